package settings

import (
	"fmt"
	"slices"

	"webapp/internal/configfile"
)

// circle returns the shortest way from a name over its next one back to itself, without the name at the end. It returns
// nil if there is no such way, or if the circle has a name that comes before the first in the alphabet: from there it
// is found as well, and a circle is reported once.
func circle(from, next string, after func(name string) []string) []string {
	previous := map[string]string{next: from}
	for queue := []string{next}; len(queue) > 0; queue = queue[1:] {
		for _, name := range after(queue[0]) {
			if name == from {
				var way []string
				for at := queue[0]; at != from; at = previous[at] {
					way = append(way, at)
				}
				way = append(way, from)
				slices.Reverse(way)
				if slices.Min(way) != from {
					return nil
				}
				return way
			}
			if _, seen := previous[name]; !seen {
				previous[name] = queue[0]
				queue = append(queue, name)
			}
		}
	}
	return nil
}

// describeCircle says what each name of a circle does to the next one: a calls b, b calls c and c calls a.
func describeCircle(way []string, does string) string {
	var parts []string
	for i, name := range way {
		parts = append(parts, fmt.Sprintf("%s %s %s", name, does, way[(i+1)%len(way)]))
	}
	return configfile.JoinWords(parts, "and")
}
