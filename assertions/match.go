package assertions

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Matcher is used in a wanted value, at any depth, where a literal would be too strict or not strict enough.
type Matcher interface {
	// compile prepares the matcher. In exact mode, the literals inside it are exact.
	compile(exact bool) check
}

type matcher func(exact bool) check

func (m matcher) compile(exact bool) check { return m(exact) }

// check is a compiled wanted value: literals are turned into tests, and errors in the value itself are found.
type check struct {
	want   string     // as failures print it
	faults []mismatch // what is wrong with the want itself
	absent bool       // wants that there be no value
	test   func(got any) result
}

// missing is the value of a key that does not exist.
type missing struct{}

func (c check) run(got any) result {
	_, gone := got.(missing)
	switch {
	case gone && c.absent:
		return result{}
	case gone:
		return fail("missing, want %s", c.want)
	case c.absent:
		return fail("got %s, want %s", show(got), c.want)
	}
	return c.test(got)
}

// ready compiles a wanted value, and ends the test if the value itself is wrong. As a mismatch, such an error could
// hide behind Not, or in an array without elements.
func ready(t testing.TB, want any) check {
	t.Helper()
	c := compile(want, false)
	if len(c.faults) > 0 {
		t.Fatalf("the want is wrong:%s", list(c.faults, "  "))
	}
	return c
}

// fault is a wanted value that is wrong. It is never run, because ready ends the test.
func fault(format string, args ...any) check {
	return check{want: "?", faults: fail(format, args...).mismatches}
}

const nilFault = "nil%s: write Absent() for no such key, Any() for any value, or an empty literal"

// compile prepares a wanted value: a Matcher, or a literal of any Go type that has a JSON form.
func compile(want any, exact bool) check {
	v := reflect.ValueOf(want)
	switch v.Kind() {
	case reflect.Invalid:
		return fault(nilFault, "")
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Func:
		if v.IsNil() {
			return fault(nilFault, " "+v.Type().String())
		}
	}
	switch w := want.(type) {
	case Matcher:
		return w.compile(exact)
	case string, bool, float64:
		return scalar(want)
	}
	// Maps and slices may contain matchers.
	switch {
	case v.Kind() == reflect.Map && v.Type().Key().Kind() == reflect.String:
		fields := Object{}
		for _, k := range v.MapKeys() {
			fields[k.String()] = v.MapIndex(k).Interface()
		}
		return object(fields, exact)
	case v.Kind() == reflect.Slice:
		items := make([]any, v.Len())
		for i := range items {
			items[i] = v.Index(i).Interface()
		}
		return array("[%s]", items, exact, equals)
	}
	var plain any
	text, err := json.Marshal(want)
	if err == nil {
		err = json.Unmarshal(text, &plain)
	}
	if err != nil {
		return fault("%v", err)
	}
	return compile(plain, exact)
}

// present compiles a check that needs a value that exists.
func present(want any, exact bool) check {
	c := compile(want, exact)
	if c.absent {
		return fault("Absent() is for the value of a key; nothing can be missing here")
	}
	return c
}

func scalar(want any) check {
	return check{want: encode(want), test: func(got any) result {
		switch {
		case got == want:
			return result{}
		case kind(got) == kind(want):
			return fail("got %s, want %s", show(got), encode(want))
		default:
			return fail("got %s, want %s", show(got), show(want))
		}
	}}
}

func object(fields map[string]any, exact bool) check {
	checks := map[string]check{}
	keys := slices.Sorted(maps.Keys(fields))
	var c check
	var texts []string
	for _, k := range keys {
		checks[k] = compile(fields[k], exact)
		c.faults = append(c.faults, under(k, checks[k].faults)...)
		texts = append(texts, encode(k)+":"+checks[k].want)
	}
	c.want = "{" + strings.Join(texts, ",") + "}"
	c.test = func(got any) result {
		have, ok := got.(Object)
		if !ok {
			return fail("got %s, want %s (object)", show(got), c.want)
		}
		var all result
		for _, k := range keys {
			inner, found := have[k]
			if found {
				all.add(checks[k].run(inner).at(k))
			} else if r := checks[k].run(missing{}); !r.ok() {
				r.mismatches[0].text += " (" + nearKeys(k, have) + ")"
				all.add(r.at(k))
			}
		}
		for _, k := range slices.Sorted(maps.Keys(have)) {
			if _, known := checks[k]; exact && !known {
				all.add(fail("got %s, want no such key", show(have[k])).at(k))
			}
		}
		return all
	}
	return c
}

// array is an array whose elements are compared by the function. The format is for failures.
func array(format string, items []any, exact bool, compare func(checks []check, have []any) result) check {
	var c check
	var checks []check
	for i, item := range items {
		inner := present(item, exact)
		checks = append(checks, inner)
		c.faults = append(c.faults, under(index(i), inner.faults)...)
	}
	c.want = fmt.Sprintf(format, wants(checks))
	c.test = func(got any) result {
		have, ok := got.([]any)
		if !ok {
			return fail("got %s, want %s (array)", show(got), c.want)
		}
		return compare(checks, have)
	}
	return c
}

func wants(checks []check) string {
	var texts []string
	for _, c := range checks {
		texts = append(texts, c.want)
	}
	return strings.Join(texts, ",")
}

func equals(checks []check, have []any) result {
	if len(have) != len(checks) {
		return fail("got %s: %s, want %d: [%s]", plural(len(have), "element"), encode(have), len(checks), wants(checks))
	}
	var all result
	for i, c := range checks {
		all.add(c.run(have[i]).at(index(i)))
	}
	return all
}

// ObjectLike matches an object that has at least these keys, at every depth. A plain map means the same, except inside
// Exact.
func ObjectLike(want map[string]any) Matcher {
	return matcher(func(bool) check { return compile(want, false) })
}

// ObjectEquals matches an object that has these keys and no others, at every depth.
func ObjectEquals(want map[string]any) Matcher { return Exact(want) }

// Exact makes every literal inside it exact, also those in other matchers except ObjectLike.
func Exact(want any) Matcher {
	return matcher(func(bool) check { return compile(want, true) })
}

// ArrayEquals matches an array of exactly these elements in this order. A plain slice means the same.
func ArrayEquals(want ...any) Matcher {
	return matcher(func(exact bool) check { return array("[%s]", want, exact, equals) })
}

// ArrayWith matches an array that has these elements in this order. Other elements may be between them.
func ArrayWith(want ...any) Matcher {
	return matcher(func(exact bool) check { return array("ArrayWith(%s)", want, exact, inOrder) })
}

func inOrder(checks []check, have []any) result {
	var all result
	next := 0
	for _, c := range checks {
		matches := func(v any) bool { return c.run(v).ok() }
		found := slices.IndexFunc(have[next:], matches)
		if found < 0 {
			hint := ""
			if earlier := slices.IndexFunc(have[:next], matches); earlier >= 0 {
				hint = fmt.Sprintf(" ([%d] would match, but stands before or is taken)", earlier)
			}
			return noElement(c, have, hint, func(i int) bool { return i >= next })
		}
		all.add(c.run(have[next+found]))
		next += found + 1
	}
	return all
}

// noElement reports that no element matches, with the differences of the closest one.
func noElement(c check, have []any, hint string, may func(i int) bool) result {
	var best []mismatch
	for i, v := range have {
		if ms := c.run(v).at(index(i)).mismatches; may(i) && (best == nil || len(ms) < len(best)) {
			best = ms
		}
	}
	if best == nil {
		return fail("no element is left for %s%s", c.want, hint)
	}
	r := fail("no element matches %s%s; the closest:", c.want, hint)
	r.mismatches[0].closest = best
	return r
}

// Unordered matches an array of exactly these elements in any order.
func Unordered(want ...any) Matcher {
	return matcher(func(exact bool) check { return array("Unordered(%s)", want, exact, inAnyOrder) })
}

// inAnyOrder assigns an element to each check. An element may match several checks, so it moves to another check when
// the one that has it matches another element too.
func inAnyOrder(checks []check, have []any) result {
	if len(have) != len(checks) {
		return equals(checks, have)
	}
	owner := map[int]int{} // element -> check
	var serve func(i int, tried map[int]bool) bool
	serve = func(i int, tried map[int]bool) bool {
		for j, v := range have {
			if tried[j] || !checks[i].run(v).ok() {
				continue
			}
			tried[j] = true
			if other, taken := owner[j]; !taken || serve(other, tried) {
				owner[j] = i
				return true
			}
		}
		return false
	}
	for i, c := range checks {
		if !serve(i, map[int]bool{}) {
			return noElement(c, have, "", func(i int) bool { _, taken := owner[i]; return !taken })
		}
	}
	var all result
	for j, v := range have {
		all.add(checks[owner[j]].run(v))
	}
	return all
}

// Any matches any value except null.
func Any() Matcher {
	return matcher(func(bool) check {
		return test("any value", func(got any) bool { return got != nil })
	})
}

// Absent matches where there is no such key. A null is not absent.
func Absent() Matcher {
	return matcher(func(bool) check { return check{want: "no such key", absent: true} })
}

// Not matches a value that exists and does not match.
func Not(want any) Matcher {
	return matcher(func(exact bool) check {
		inner := compile(want, exact)
		if inner.absent {
			return fault("Not(Absent()) is Any()")
		}
		c := test("Not("+inner.want+")", func(got any) bool { return !inner.run(got).ok() })
		c.faults = inner.faults
		return c
	})
}

// Regexp matches a string that contains a match of the regular expression. Anchor it with ^ and $.
func Regexp(expression string) Matcher {
	return matcher(func(bool) check {
		re, err := regexp.Compile(expression)
		if err != nil {
			return fault("%v", err)
		}
		return test("a string with "+expression, func(got any) bool {
			s, ok := got.(string)
			return ok && re.MatchString(s)
		})
	})
}

// JSON matches a string that contains JSON whose value matches.
func JSON(want any) Matcher {
	return matcher(func(exact bool) check {
		inner := present(want, exact)
		return check{want: "JSON(" + inner.want + ")", faults: inner.faults, test: func(got any) result {
			decoded, problem := decode(got)
			if problem != "" {
				return fail("%s", problem)
			}
			return inner.run(decoded)
		}}
	})
}

// AtLeast matches a number that is n or more.
func AtLeast[N ~int | ~float64](n N) Matcher {
	return number("a number of at least "+encode(n), func(got float64) bool { return got >= float64(n) })
}

// AtMost matches a number that is n or less.
func AtMost[N ~int | ~float64](n N) Matcher {
	return number("a number of at most "+encode(n), func(got float64) bool { return got <= float64(n) })
}

// Between matches a number from low to high, both included.
func Between[N ~int | ~float64](low, high N) Matcher {
	return number("a number from "+encode(low)+" to "+encode(high), func(got float64) bool {
		return float64(low) <= got && got <= float64(high)
	})
}

func number(want string, accept func(float64) bool) Matcher {
	return matcher(func(bool) check {
		return test(want, func(got any) bool {
			n, ok := got.(float64)
			return ok && accept(n)
		})
	})
}

// test is a check without details of a mismatch.
func test(want string, accept func(got any) bool) check {
	return check{want: want, test: func(got any) result {
		if accept(got) {
			return result{}
		}
		return fail("got %s, want %s", show(got), want)
	}}
}
