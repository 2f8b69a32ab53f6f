package assertions

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// mismatch is one difference between got and want.
type mismatch struct {
	path    string
	text    string
	closest []mismatch // to the nearest candidate, where an array was searched
}

// result is the result of one match.
type result struct {
	mismatches []mismatch
	captured   []captured
}

func (r result) ok() bool { return len(r.mismatches) == 0 }

func fail(format string, args ...any) result {
	return result{mismatches: []mismatch{{text: fmt.Sprintf(format, args...)}}}
}

// at returns the result with paths from one level up.
func (r result) at(path string) result {
	r.mismatches = under(path, r.mismatches)
	return r
}

func (r *result) add(other result) {
	r.mismatches = append(r.mismatches, other.mismatches...)
	r.captured = append(r.captured, other.captured...)
}

func under(path string, ms []mismatch) []mismatch {
	var out []mismatch
	for _, m := range ms {
		out = append(out, mismatch{join(path, m.path), m.text, under(path, m.closest)})
	}
	return out
}

// join joins two parts of a path.
func join(a, b string) string {
	if a == "" || b == "" || b[0] == '[' {
		return a + b
	}
	return a + "." + b
}

func index(i int) string { return fmt.Sprintf("[%d]", i) }

// list formats mismatches, one a line.
func list(ms []mismatch, indent string) string {
	var b strings.Builder
	for _, m := range ms {
		b.WriteString("\n" + indent)
		if m.path != "" {
			b.WriteString(m.path + ": ")
		}
		b.WriteString(m.text + list(m.closest, indent+"  "))
	}
	return b.String()
}

func lines(items []string) string {
	if len(items) == 0 {
		return " none"
	}
	return "\n  " + strings.Join(items, "\n  ")
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// show formats a value of the template with its JSON type, because 2 and "2" look alike.
func show(v any) string {
	if v == nil {
		return "null"
	}
	return encode(v) + " (" + kind(v) + ")"
}

func encode(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // what came out of JSON goes into it
	return strings.TrimSuffix(b.String(), "\n")
}

func kind(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "string"
	case bool:
		return "boolean"
	case float64:
		return "number"
	case []any:
		return "array"
	default:
		return "object"
	}
}

// nearest sorts names by the similarity of their spelling to the given one.
func nearest(name string, names []string) []string {
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(distance(name, a), distance(name, b)), cmp.Compare(a, b))
	})
	return names
}

// distance returns the number of edits between two names (Levenshtein). The beginning of a name counts as near to it.
func distance(a, b string) int {
	if strings.HasPrefix(a, b) || strings.HasPrefix(b, a) {
		return 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
