package configfile

import (
	"cmp"
	"fmt"
	"slices"
	"unicode/utf8"
)

// Checker collects what rules report. It refers to one path of the settings of a reading.
type Checker struct {
	path    string
	reading *Reading
}

// At returns the checker of a setting below this one.
func (c Checker) At(path string) Checker {
	c.path = JoinPath(c.path, path)
	return c
}

// Key returns the checker of a named entry: a service, an environment variable.
func (c Checker) Key(name string) Checker { return c.At(QuoteKey(name)) }

// Index returns the checker of an item of a list.
func (c Checker) Index(i int) Checker {
	c.path = fmt.Sprintf("%s[%d]", c.path, i)
	return c
}

// Path returns the checker's path.
func (c Checker) Path() string { return c.path }

// Valid reports whether none of the settings below this one has a problem so far; "" is the checker's own path. Rules
// that compare settings call it first, because the value of a setting that could not be read is unknown. Rules about
// something missing from a section call it for the section, because an unknown key may be meant for that.
func (c Checker) Valid(paths ...string) bool {
	return !slices.ContainsFunc(paths, func(path string) bool {
		at := JoinPath(c.path, path)
		return c.reading.isReported(at) || c.reading.incomplete[at]
	})
}

// Written is like that of Reading. It is for rules about settings without effect: a setting in the base may be meant
// for another target.
func (c Checker) Written(path string) bool { return c.reading.Written(JoinPath(c.path, path)) }

// Given reports whether the file gives a setting, in the base or in an overlay of this target.
func (c Checker) Given(path string) bool {
	at := JoinPath(c.path, path)
	c.reading.mustExist(at)
	return c.reading.given[at]
}

// Later reports whether the last layer of the file that gives one of two settings gives only the first one, so that it
// is the one to change if they do not go together.
func Later(first, second Checker) bool {
	for _, l := range slices.Backward(first.reading.target.layers) {
		isFirst, isSecond := !isNull(lookup(l.node, first.path)), !isNull(lookup(l.node, second.path))
		if isFirst || isSecond {
			return !isSecond
		}
	}
	return false
}

// Problemf reports a broken rule. The message gives the value, the rule, and what to write instead.
func (c Checker) Problemf(format string, args ...any) {
	c.reading.reportRule(c.path, withoutSecret(c.reading.secrets[c.path], format, args))
}

// Notef reports a hint about a setting that is not wrong.
func (c Checker) Notef(format string, args ...any) {
	c.reading.addNote(c.path, withoutSecret(c.reading.secrets[c.path], format, args))
}

// CheckDropped reports a null of a whole section that drops settings which restrict something: like a null of one of
// these, it would open what an earlier layer of the file restricts. Rules call it for the sections that are in use.
func (c Checker) CheckDropped() {
	if dropped := c.reading.dropped(c.path); len(dropped) > 0 {
		c.Problemf("null also drops %s, so that nothing would be restricted; write null for other settings of the section, "+
			"or remove the key to keep what the base gives", JoinWords(dropped, "and"))
	}
}

// CheckRange reports a number outside a range that depends on other settings. Other ranges are tags of their fields.
func CheckRange(c Checker, n, low, high int) {
	if n < low || n > high {
		c.Problemf("%d is out of range; write a number from %d to %d", n, low, high)
	}
}

// CheckText reports a text that is empty or too long.
func CheckText(c Checker, text, what string, longest int) {
	if length := utf8.RuneCountInString(text); length == 0 || length > longest {
		c.Problemf("%q (%s) is not %s; write 1 to %d characters", text, Characters(text), what, longest)
	}
}

// CheckUnique reports a value that an earlier setting already has. The path of the value is a separate argument because
// a derived value is not in the file, and its checker may be that of its section.
func CheckUnique[V cmp.Ordered](c Checker, seen map[V]string, value V, path, rule string) {
	if earlier, ok := seen[value]; ok {
		c.Problemf("%v is already used by %s; %s", value, earlier, rule)
		return
	}
	seen[value] = path
}

// CheckItems applies a rule to every item of a list, and reports duplicates.
func CheckItems[T cmp.Ordered](c Checker, items []T, rule string, check func(c Checker, item T)) {
	seen := map[T]string{}
	for i, item := range items {
		at := c.Index(i)
		check(at, item)
		CheckUnique(at, seen, item, at.path, rule)
	}
}
