package assertions

import (
	"errors"
	"testing"
)

// Capture is a matcher that keeps the values that it matched. It keeps them only when the whole assertion passes.
// Several values, of one assertion or of several, are kept in order. The first one is the current one, and Next moves
// on.
type Capture struct {
	pattern []any
	values  []any
	current int
}

// captured is a value that a Capture matched in an assertion that has not ended yet.
type captured struct {
	by    *Capture
	value any
}

func commit(all []captured) {
	for _, c := range all {
		c.by.values = append(c.by.values, c.value)
	}
}

// NewCapture returns a Capture of any value except null, or of values that match the pattern.
func NewCapture(pattern ...any) *Capture { return &Capture{pattern: pattern} }

func (c *Capture) compile(exact bool) check {
	inner := present(Any(), exact)
	switch len(c.pattern) {
	case 0:
	case 1:
		inner = present(c.pattern[0], exact)
	default:
		inner = fault("NewCapture takes one pattern at most")
	}
	return check{want: inner.want, faults: inner.faults, test: func(got any) result {
		r := inner.run(got)
		r.captured = append(r.captured, captured{c, got})
		return r
	}}
}

// MarshalJSON fails, because a Capture in a struct would silently have no effect.
func (c *Capture) MarshalJSON() ([]byte, error) {
	return nil, errors.New("a Capture cannot be in a struct; write the want as a map")
}

// Next moves to the next value, and reports whether there is one.
func (c *Capture) Next() bool {
	if c.current+1 >= len(c.values) {
		return false
	}
	c.current++
	return true
}

// String returns the current value. The test ends if it is not a string.
func (c *Capture) String(t testing.TB) string {
	t.Helper()
	return current[string](t, c, "a string")
}

// Number returns the current value. The test ends if it is not a number.
func (c *Capture) Number(t testing.TB) float64 {
	t.Helper()
	return current[float64](t, c, "a number")
}

// Bool returns the current value. The test ends if it is not a boolean.
func (c *Capture) Bool(t testing.TB) bool {
	t.Helper()
	return current[bool](t, c, "a boolean")
}

// Array returns the current value. The test ends if it is not an array.
func (c *Capture) Array(t testing.TB) []any {
	t.Helper()
	return current[[]any](t, c, "an array")
}

// Object returns the current value. The test ends if it is not an object.
func (c *Capture) Object(t testing.TB) map[string]any {
	t.Helper()
	return current[map[string]any](t, c, "an object")
}

func current[T any](t testing.TB, c *Capture, want string) T {
	t.Helper()
	if len(c.values) == 0 {
		t.Fatalf("nothing was captured, want %s", want)
	}
	v, ok := c.values[c.current].(T)
	if !ok {
		t.Fatalf("captured value: got %s, want %s", show(c.values[c.current]), want)
	}
	return v
}
