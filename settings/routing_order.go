package settings

import (
	"fmt"
	"hash/fnv"
	"net/netip"
	"slices"
	"strings"

	"webapp/internal/configfile"
)

// A listener takes the first rule that a request meets, so that of two rules for the same request the narrower one must
// come first. The order of rules:
//
//  1. hosts: exact names, then patterns, then any host;
//  2. paths: exact ones, then patterns, then any path;
//  3. how much the rest asks for: the characters of patterns that are not wildcards, headers, and the size of ranges.
//
// A rule that asks for all that another one does, and for more, is never behind it in this order.

// exactness is the class of a list of patterns.
type exactness int

const (
	anything  exactness = iota // no pattern
	byPattern                  // one of them has a wildcard
	exact
)

// A rule's priority is of its band, which says the classes of its hosts and paths, and in the band of a level, which
// says how much the rule asks for besides. Each level has several places, of which the service's name chooses one:
// services beside each other often ask for as much, such as /app/* and /api/*. Common levels have most of the 50,000
// places. Two services may get the same place, most often one pair in 370; then one of them must say its priority.
var bands = []struct {
	hosts, paths           exactness
	first, common, further int // places of level 0, of each common level and of each level above
}{
	{exact, exact, 500, 6, 1},
	{exact, byPattern, 10, 200, 2},
	{exact, anything, 3500, 40, 1},
	{byPattern, exact, 1, 6, 1},
	{byPattern, byPattern, 10, 25, 3},
	{byPattern, anything, 10, 80, 3},
	{anything, exact, 3500, 40, 1},
	{anything, byPattern, 10, 370, 3},
	{anything, anything, 1, 60, 1},
}

const commonLevels, lastLevel = 47, 255

// derivePriority depends on this rule and its service's name only, so that another service renumbers none, and services
// that exchange their rules exchange no priority: AWS gives no two rules the same one, not even for a moment.
func (r *Routing) derivePriority(service string) int {
	hosts, paths := exactnessOf(r.Hosts), exactnessOf(r.Paths)
	level := min(r.demands(), lastLevel)
	priority := 1
	for _, band := range bands {
		for at := lastLevel; at >= 0; at-- {
			places := band.further
			switch {
			case at == 0:
				places = band.first
			case at <= commonLevels:
				places = band.common
			}
			if band.hosts == hosts && band.paths == paths && at == level {
				return priority + placeOf(service, places)
			}
			priority += places
		}
	}
	return priority
}

func placeOf(service string, places int) int {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(service))
	return int(hash.Sum32() % uint32(places)) //nolint:gosec // places are few, and at least one
}

func exactnessOf(patterns []string) exactness {
	switch {
	case len(patterns) == 0:
		return anything
	case slices.ContainsFunc(patterns, hasWildcard):
		return byPattern
	default:
		return exact
	}
}

func hasWildcard(pattern string) bool { return strings.ContainsAny(pattern, "*?") }

// demands measures what a rule asks of a request beside exact hosts and paths. Of several values the one that asks for
// least counts, since any of them is enough.
func (r *Routing) demands() int {
	total := leastLiterals(r.Hosts) + leastLiterals(r.Paths)
	for _, values := range r.Headers {
		total += 1 + leastOf(values, func(value string) int { return literals(value) + 1 - min(strings.Count(value, "*"), 1) })
	}
	if len(r.Sources) > 0 {
		total += 1 + leastOf(r.Sources, func(source string) int {
			block, _ := netip.ParsePrefix(source) // has been checked, or is reported
			return max(block.Bits(), 0)
		})
	}
	return total
}

// leastLiterals measures the patterns that have a wildcard.
func leastLiterals(patterns []string) int {
	return leastOf(slices.DeleteFunc(slices.Clone(patterns), func(p string) bool { return !hasWildcard(p) }), literals)
}

// literals counts the characters that stand for themselves.
func literals(pattern string) int {
	return len(pattern) - strings.Count(pattern, "*") - strings.Count(pattern, "?")
}

func leastOf(values []string, measure func(string) int) int {
	least := 0
	for i, value := range values {
		if n := measure(value); i == 0 || n < least {
			least = n
		}
	}
	return least
}

// rulesOfListener are the rules that were checked so far, with where the file has them.
type rulesOfListener struct {
	all        []placedRule
	priorities map[int]string
}

type placedRule struct {
	*Routing
	configfile.Checker
}

// check reports a rule that the listener cannot hold beside the others, or that never gets a request because of them.
func (l *rulesOfListener) check(c configfile.Checker, r *Routing) {
	if !c.Valid("", "paths", "hosts", "headers", "sources", "priority") {
		return
	}
	configfile.CheckUnique(c, l.priorities, r.Priority, c.At("priority").Path(),
		"a listener has one rule for each priority; write another number as its priority")
	rule := placedRule{r, c}
	for _, other := range l.all {
		switch {
		case r.shadows(other.Routing) && other.shadows(r): // without the conditions: a header's value may be secret
			c.Problemf("asks for the same as %s; only the one of the two with the lower priority would ever get a "+
				"request: tell them apart", other.Path())
		case other.Priority < r.Priority && other.shadows(r):
			reportShadow(rule, other)
		case r.Priority < other.Priority && r.shadows(other.Routing):
			reportShadow(other, rule)
		}
	}
	l.all = append(l.all, rule)
}

// reportShadow reports a rule behind one that every request for it meets first.
func reportShadow(hidden, first placedRule) {
	advice := fmt.Sprintf("write a priority below %d for this one", first.Priority)
	if first.Priority == 1 {
		advice = "exchange the two numbers"
	}
	hidden.Problemf("never gets a request: every one that meets it meets %s too, which comes first (priority %d "+
		"before %d); %s",
		first.Path(), first.Priority, hidden.Priority, advice)
}

// shadows reports whether every request that meets the other rule meets this one too.
func (r *Routing) shadows(other *Routing) bool {
	for name, values := range r.Headers {
		if !coversAll(values, other.header(name), strings.ToLower) {
			return false
		}
	}
	asIs := func(text string) string { return text }
	return coversAll(r.Hosts, other.Hosts, strings.ToLower) && coversAll(r.Paths, other.Paths, asIs) && containsAll(r.Sources, other.Sources)
}

// header returns the values of a header, whose name has any case.
func (r *Routing) header(name string) []string {
	for other, values := range r.Headers {
		if strings.EqualFold(other, name) {
			return values
		}
	}
	return nil
}

// coversAll reports whether each of the inner patterns matches nothing that one of the outer ones does not match.
// Without outer ones anything is matched. The fold makes two texts the same where AWS sees no difference.
func coversAll(outer, inner []string, fold func(string) string) bool {
	if len(outer) == 0 {
		return true
	}
	return len(inner) > 0 && !slices.ContainsFunc(inner, func(in string) bool {
		return !slices.ContainsFunc(outer, func(out string) bool { return covers(fold(out), fold(in)) })
	})
}

// covers reports whether a pattern matches all that the inner one does. What it reports is true; some odd pairs, such
// as "?*" and "*?", it does not see.
func covers(outer, inner string) bool {
	o, star, mark := 0, -1, 0
	for i := 0; i < len(inner); {
		switch {
		case o < len(outer) && outer[o] == '*':
			star, mark = o, i
			o++
		case o < len(outer) && (outer[o] == inner[i] || outer[o] == '?' && inner[i] != '*'):
			o++
			i++
		case star >= 0: // the last * takes one character more
			mark++
			o, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(outer[o:], "*") == ""
}

func containsAll(outer, inner []string) bool {
	if len(outer) == 0 {
		return true
	}
	return len(inner) > 0 && !slices.ContainsFunc(inner, func(in string) bool {
		return !slices.ContainsFunc(outer, func(out string) bool {
			a, errA := netip.ParsePrefix(out)
			b, errB := netip.ParsePrefix(in)
			return errA == nil && errB == nil && a.Bits() <= b.Bits() && a.Contains(b.Addr())
		})
	})
}
