package assertions

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// Resources are the resources, or the data sources, of a template.
type Resources struct {
	t       testing.TB
	root    any
	section string // its key in the JSON
	noun    string // its name in a failure
}

// Count asserts the number of resources of a type.
func (rs *Resources) Count(typ string, want int) {
	rs.t.Helper()
	rs.CountMatching(typ, Object{}, want)
}

// None asserts that there is no resource of a type.
func (rs *Resources) None(typ string) {
	rs.t.Helper()
	rs.Count(typ, 0)
}

// One returns the only resource of a type. The test ends if there is none or more than one.
func (rs *Resources) One(typ string) *Resource {
	rs.t.Helper()
	return rs.OneMatching(typ, Object{})
}

// All returns the resources of the types, or of every type if none is given, sorted by address. The test ends if a type
// has none, because a loop over nothing would assert nothing.
func (rs *Resources) All(types ...string) []*Resource {
	rs.t.Helper()
	if len(types) == 0 {
		types = rs.types()
	}
	if len(types) == 0 {
		rs.t.Fatalf("template has no %ss", rs.noun)
	}
	var all []*Resource
	for _, typ := range types {
		all = append(all, rs.Find(typ, Object{})...)
	}
	slices.SortFunc(all, func(a, b *Resource) int { return strings.Compare(a.Address(), b.Address()) })
	return all
}

// Has asserts that at least one resource of a type matches. Literals are partial.
func (rs *Resources) Has(typ string, want any) {
	rs.t.Helper()
	s := rs.split(typ, want)
	if len(s.matching) == 0 {
		rs.t.Error(s.miscount(1, "at least one"))
		return
	}
	commit(s.captured)
}

// Find returns the resources of a type that match, sorted by address. The test ends if there is none, as in All.
func (rs *Resources) Find(typ string, want any) []*Resource {
	rs.t.Helper()
	s := rs.split(typ, want)
	if len(s.matching) == 0 {
		rs.t.Fatal(s.miscount(1, "at least one"))
	}
	commit(s.captured)
	return s.matching
}

// OneMatching returns the only resource of a type that matches. The test ends if none or more than one does.
func (rs *Resources) OneMatching(typ string, want any) *Resource {
	rs.t.Helper()
	s := rs.split(typ, want)
	if len(s.matching) != 1 {
		rs.t.Fatal(s.miscount(1, "exactly one"))
	}
	commit(s.captured)
	return s.matching[0]
}

// CountMatching asserts the number of resources of a type that match.
func (rs *Resources) CountMatching(typ string, want any, n int) {
	rs.t.Helper()
	s := rs.split(typ, want)
	if len(s.matching) != n {
		rs.t.Error(s.miscount(n, fmt.Sprint(n)))
		return
	}
	commit(s.captured)
}

// AllMatch asserts that there are resources of a type, and that all of them match.
func (rs *Resources) AllMatch(typ string, want any) {
	rs.t.Helper()
	s := rs.split(typ, want)
	switch {
	case s.total() == 0:
		rs.t.Error(s.miscount(1, "at least one"))
	case len(s.others) > 0:
		text := fmt.Sprintf("%d of %d %s do not match:", len(s.others), s.total(), typ)
		for _, o := range s.others {
			text += "\n  " + o.resource.Address() + ":" + list(o.mismatches, "    ")
		}
		rs.t.Error(text)
	default:
		commit(s.captured)
	}
}

// types returns the types that occur, sorted.
func (rs *Resources) types() []string {
	rs.t.Helper()
	return slices.Sorted(maps.Keys(rs.object(rs.root, rs.section)))
}

// named returns the resources of a type by name.
func (rs *Resources) named(typ string) Object {
	rs.t.Helper()
	return rs.object(rs.object(rs.root, rs.section), typ)
}

// object returns the object at a key, which is empty if there is no such key.
func (rs *Resources) object(parent any, key string) Object {
	rs.t.Helper()
	got, ok := parent.(Object)[key]
	if !ok {
		return nil
	}
	object, ok := got.(Object)
	if !ok {
		rs.t.Fatalf("reading the template's %ss: %s: got %s, want an object", rs.noun, key, show(got))
	}
	return object
}

// split holds the resources of a type that match, and those that do not.
type split struct {
	from     *Resources
	typ      string
	matching []*Resource
	captured []captured
	others   []other
}

type other struct {
	resource   *Resource
	mismatches []mismatch
}

func (rs *Resources) split(typ string, want any) split {
	rs.t.Helper()
	c := ready(rs.t, want)
	s := split{from: rs, typ: typ}
	named := rs.named(typ)
	for _, name := range slices.Sorted(maps.Keys(named)) {
		r := newResource(rs.t, rs.section, typ, name, rs.object(named, name))
		res := c.run(r.json)
		if res.ok() {
			s.matching = append(s.matching, r)
			s.captured = append(s.captured, res.captured...)
		} else {
			s.others = append(s.others, other{r, res.mismatches})
		}
	}
	return s
}

func (s split) total() int { return len(s.matching) + len(s.others) }

// miscount reports that not n resources match: those that do and, if they are too few, the closest of the others.
func (s split) miscount(n int, want string) string {
	var text string
	switch {
	case s.total() == 0:
		types := nearest(s.typ, s.from.types())
		for i, typ := range types {
			types[i] = fmt.Sprintf("%s (%d)", typ, len(s.from.named(typ)))
		}
		return fmt.Sprintf("template has no %s of type %s, want %s; it has:%s", s.from.noun, s.typ, want, lines(types))
	case len(s.matching) == 0 && n == 1:
		return fmt.Sprintf("no %s of %d matches; the closest is %s", s.typ, s.total(), s.closest())
	case len(s.others) == 0:
		text = fmt.Sprintf("template has %s of type %s, want %s:", plural(s.total(), s.from.noun), s.typ, want)
	default:
		text = fmt.Sprintf("%d of %d %s match, want %s:", len(s.matching), s.total(), s.typ, want)
	}
	for _, r := range s.matching {
		text += "\n  " + r.Address()
	}
	if len(s.matching) < n && len(s.others) > 0 {
		text += "\nthe closest of the others is " + s.closest()
	}
	return text
}

// closest returns the resource with the fewest mismatches, and these.
func (s split) closest() string {
	c := slices.MinFunc(s.others, func(a, b other) int { return cmp.Compare(len(a.mismatches), len(b.mismatches)) })
	return c.resource.Address() + ":" + list(c.mismatches, "  ")
}
