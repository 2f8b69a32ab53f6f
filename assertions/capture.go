package assertions

import (
	"errors"
	"testing"
)

// Capture is a matcher that keeps the values it met, for a test to look at.
// A value is kept only when the assertion as a whole passed. Several values, of
// one assertion or of several, are kept in the order they were met; the first is
// the current one, and Next goes on.
type Capture struct {
	pattern []any
	values  []any
	current int
}

// captured is a value that a Capture met in a match whose end is not known yet.
type captured struct {
	by    *Capture
	value any
}

func commit(all []captured) {
	for _, c := range all {
		c.by.values = append(c.by.values, c.value)
	}
}

// NewCapture makes a Capture of any value but null, or of what matches the pattern.
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

// MarshalJSON fails: a Capture in a struct used as a want would be lost unseen.
func (c *Capture) MarshalJSON() ([]byte, error) {
	return nil, errors.New("a Capture cannot stand in a struct; write the want as a map")
}

// Next goes to the next value and says whether there is one.
func (c *Capture) Next() bool {
	if c.current+1 >= len(c.values) {
		return false
	}
	c.current++
	return true
}

// String is the current value; the test ends if it is no string.
func (c *Capture) String(t testing.TB) string {
	t.Helper()
	return current[string](t, c, "a string")
}

// Number is the current value; the test ends if it is no number.
func (c *Capture) Number(t testing.TB) float64 {
	t.Helper()
	return current[float64](t, c, "a number")
}

// Bool is the current value; the test ends if it is no boolean.
func (c *Capture) Bool(t testing.TB) bool {
	t.Helper()
	return current[bool](t, c, "a boolean")
}

// Array is the current value; the test ends if it is no array.
func (c *Capture) Array(t testing.TB) []any {
	t.Helper()
	return current[[]any](t, c, "an array")
}

// Object is the current value; the test ends if it is no object.
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
