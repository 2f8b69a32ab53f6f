package settings

import (
	"fmt"
	"hash/fnv"
	"net/netip"
	"slices"
	"strings"

	"webapp/internal/configfile"
)

// A listener applies the first rule that a request matches, so if two rules match a request, the more specific one must
// come first. The order of rules:
//
//  1. hosts: exact names, then patterns, then any host;
//  2. paths: exact ones, then patterns, then any path;
//  3. how much the rest asks for: the characters of patterns that are not wildcards, headers, and the size of ranges.
//
// A rule with all the conditions of another rule, and more, never comes after it in this order.

// exactness classifies a list of patterns.
type exactness int

const (
	anything  exactness = iota // no pattern
	byPattern                  // at least one has a wildcard
	exact
)

// A rule's priority consists of its band, which follows from the classes of its hosts and paths, of its level in the
// band, which measures the other conditions, and of a slot in the level, chosen by the service's name: services of one
// stack often have equally specific rules, such as /app/* and /api/*. Common levels have most of the 50,000 slots. In
// the most common band, two services of the same level get the same slot with a probability of 1 in 370; then one of
// them moves.
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

// derivePriorities gives a priority to each rule without one. It follows from the rule and its service's name alone, so
// that adding a service changes no other priority, and two services that swap their rules do not swap priorities, which
// AWS would refuse. Only where another rule has the same, the nearest free one is taken instead.
func (s *Stack) derivePriorities(given func(path string) bool) {
	if s.LoadBalancer.Existing != nil {
		return // only the owner of an existing listener knows which priorities are free
	}
	var placed []*Routing
	var derived []rule
	for _, w := range s.Workloads() {
		for _, r := range w.rules() {
			if given(configfile.JoinPath(r.path, "priority")) {
				placed = append(placed, r.Routing)
			} else {
				derived = append(derived, r)
			}
		}
	}
	everywhere := s.everywhere()
	for _, r := range derived {
		r.Priority = r.nearestFree(r.derivePriority(r.key), placed, everywhere)
		placed = append(placed, r.Routing)
	}
}

// nearestFree returns the priority, or the nearest one that no placed rule has and that keeps the more specific rules
// first.
func (r *Routing) nearestFree(priority int, placed []*Routing, everywhere []string) int {
	taken := func(priority int) bool {
		return slices.ContainsFunc(placed, func(other *Routing) bool { return other.Priority == priority })
	}
	fits := func(priority int) bool {
		return 1 <= priority && priority <= maxPriority && !taken(priority) &&
			!slices.ContainsFunc(placed, func(other *Routing) bool {
				return other.Priority < priority && other.shadows(r, everywhere) ||
					priority < other.Priority && r.shadows(other, everywhere)
			})
	}
	if !taken(priority) {
		return priority
	}
	for distance := 1; distance < maxPriority; distance++ {
		for _, other := range []int{priority + distance, priority - distance} {
			if fits(other) {
				return other
			}
		}
	}
	return priority
}

// allAddresses are the ranges of all IPv4 and of all IPv6 addresses.
var allAddresses = []string{"0.0.0.0/0", "::/0"}

// everywhere returns the ranges that have every address of a client.
func (s *Stack) everywhere() []string {
	if s.LoadBalancer.DualStack {
		return allAddresses
	}
	return allAddresses[:1]
}

// derivePriority returns the priority that a rule has by itself.
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

// demands measures how specific a rule is besides its exact hosts and paths. Of several values, the least specific one
// counts, since a request only has to match one of them.
func (r *Routing) demands() int {
	total := leastLiterals(r.Hosts) + leastLiterals(r.Paths)
	for _, values := range r.Headers {
		total += 1 + leastOf(values, func(value string) int {
			return literals(value) +
				1 - min(strings.Count(value, "*"), 1)
		})
	}
	if len(r.Sources) > 0 {
		total += 1 + leastOf(r.Sources, func(source string) int {
			block, _ := netip.ParsePrefix(source) // invalid ones are reported elsewhere
			return max(block.Bits(), 0)
		})
	}
	return total
}

// leastLiterals measures the patterns with wildcards.
func leastLiterals(patterns []string) int {
	return leastOf(slices.DeleteFunc(slices.Clone(patterns), func(p string) bool { return !hasWildcard(p) }), literals)
}

// literals counts the characters that are not wildcards.
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

// rulesOfListener are the rules checked so far, with their places in the file.
type rulesOfListener struct {
	all        []placedRule
	priorities map[int]string
	everywhere []string // the ranges that have every address of a client
}

type placedRule struct {
	*Routing
	configfile.Checker
}

// check reports a rule whose priority is taken, or that never gets a request because of the other rules.
func (l *rulesOfListener) check(c configfile.Checker, r rule) {
	if !c.Valid("", "paths", "hosts", "headers", "sources", "priority") {
		return
	}
	if own := r.derivePriority(r.key); r.Priority > 0 && !c.Given("priority") && r.Priority != own {
		c.Notef("has priority %d, because another rule has its default, %d; write priority: %[1]d to keep it when services "+
			"are added or removed", r.Priority, own)
	}
	at := c
	if c.Given("priority") {
		at = c.At("priority")
	}
	configfile.CheckUnique(at, l.priorities, r.order(), c.At("priority").Path(),
		"set another priority for one of the two")
	rule := placedRule{r.Routing, c}
	for _, other := range l.all {
		switch {
		case r.shadows(other.Routing, l.everywhere) && other.shadows(r.Routing, l.everywhere):
			// Without the conditions: a header's value may be secret.
			c.Problemf("has the same conditions as %s, so only one of the two would ever get a request; change one "+
				"of them", other.Path())
		case other.order() < r.order() && other.shadows(r.Routing, l.everywhere):
			reportShadow(rule, other)
		case r.order() < other.order() && r.shadows(other.Routing, l.everywhere):
			reportShadow(other, rule)
		}
	}
	l.all = append(l.all, rule)
}

// checkSharedListeners reports rules that never get a request because of those of another stack at the same listener.
func checkSharedListeners(all []loading) Problems {
	var problems Problems
	others := map[string][]ownedRule{} // by listener
	for _, s := range all {
		if s.LoadBalancer.Existing == nil || s.PreviewName != "" {
			continue
		}
		listener := s.LoadBalancer.Existing.Listener
		var own []ownedRule
		for _, w := range s.Workloads() {
			for _, r := range w.rules() {
				own = append(own, ownedRule{r, s})
			}
		}
		for _, one := range own {
			for _, other := range others[listener] {
				problems = append(problems, one.hides(other)...)
				problems = append(problems, other.hides(one)...)
			}
		}
		others[listener] = append(others[listener], own...)
	}
	return problems
}

// ownedRule is a rule and its stack.
type ownedRule struct {
	rule
	stack loading
}

// hides reports the other rule if it never gets a request because of this one, which comes first.
func (r ownedRule) hides(other ownedRule) Problems {
	if r.Priority >= other.Priority || !r.shadows(other.Routing, allAddresses) {
		return nil
	}
	return Problems{other.stack.Problem(other.path, "never gets a request in the stack %s: all requests that it matches "+
		"also match %s of the stack %s, which comes first at the listener (priority %d before %d); change one of the two",
		other.stack.StackName(), r.path, r.stack.StackName(), r.Priority, other.Priority)}
}

// noteRest notes rules that match every request, so that none is left for the service behind the listener's default
// action, which comes last (ELB user guide, "Listener rules"). That is right while another service takes its place.
func (l *rulesOfListener) noteRest() {
	for _, rule := range l.all {
		if rule.shadows(&Routing{}, l.everywhere) {
			rule.Notef("matches every request, so the service at the top, which has no routing, gets none; unless this " +
				"service is to take its place, write narrower conditions, such as paths: [/api/*]")
		}
	}
}

// reportShadow reports a rule that is hidden by an earlier rule which matches all of its requests.
func reportShadow(hidden, first placedRule) {
	advice := fmt.Sprintf("set a priority below %d for this rule", first.Priority)
	if first.Priority == 1 {
		advice = "swap the two priorities"
	}
	hidden.Problemf("never gets a request: all requests that it matches also match %s, which comes first (priority "+
		"%d before %d); %s",
		first.Path(), first.Priority, hidden.Priority, advice)
}

// shadows reports whether every request that matches the other rule also matches this one. Requests come from the
// ranges of everywhere.
func (r *Routing) shadows(other *Routing, everywhere []string) bool {
	for name, values := range r.Headers {
		if !coversAll(values, other.header(name), strings.ToLower) {
			return false
		}
	}
	asIs := func(text string) string { return text }
	return coversAll(r.Hosts, other.Hosts, strings.ToLower) &&
		coversAll(r.Paths, orAll(other.Paths, "/*"), asIs) &&
		containsAll(r.Sources, orAll(other.Sources, everywhere...))
}

// orAll returns the values of a condition. Without values, a condition matches everything; then it returns all.
func orAll(values []string, all ...string) []string {
	if len(values) == 0 {
		return all
	}
	return values
}

// header returns the values of a header, whose name is not case-sensitive.
func (r *Routing) header(name string) []string {
	for other, values := range r.Headers {
		if strings.EqualFold(other, name) {
			return values
		}
	}
	return nil
}

// coversAll reports whether each inner pattern is covered by one of the outer patterns. No outer patterns cover
// everything. The function fold makes two texts equal if AWS treats them as equal.
func coversAll(outer, inner []string, fold func(string) string) bool {
	if len(outer) == 0 {
		return true
	}
	return len(inner) > 0 && !slices.ContainsFunc(inner, func(in string) bool {
		return !slices.ContainsFunc(outer, func(out string) bool { return covers(fold(out), fold(in)) })
	})
}

// covers reports whether the outer pattern matches everything that the inner one matches. It misses some unusual pairs,
// such as "?*" and "*?", but is never wrong when it returns true.
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
		case star >= 0: // let the last * match one more character
			mark++
			o, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(outer[o:], "*") == ""
}

// contains reports whether a range of addresses has all those of another one.
func contains(outer, inner netip.Prefix) bool {
	return outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
}

func containsAll(outer, inner []string) bool {
	if len(outer) == 0 {
		return true
	}
	return len(inner) > 0 && !slices.ContainsFunc(inner, func(in string) bool {
		return !slices.ContainsFunc(outer, func(out string) bool {
			a, errA := netip.ParsePrefix(out)
			b, errB := netip.ParsePrefix(in)
			return errA == nil && errB == nil && contains(a, b)
		})
	})
}
