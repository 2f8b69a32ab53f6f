package configfile

import (
	"fmt"
	"slices"
	"strings"

	"webapp/internal/credentials"
)

// Position is the place of a setting in a file.
type Position struct {
	File         string // as it was named on the command line
	Line, Column int    // from 1; 0 for the file as a whole
	Path         string // the setting, "scaling.max"; empty for the file as a whole
}

// Problem is a single mistake in a settings file, explained to the person who wrote the file.
type Problem struct {
	Position
	Message string // the value, the rule, and what to write instead
}

// String renders the problem as file:line:column: path: message, which editors and terminals make clickable.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", p.Line, p.Column)
	}
	b.WriteString(": ")
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	b.WriteString(p.Message)
	return b.String()
}

// Problems is the error of a settings file: all its mistakes, in the file's order.
type Problems []Problem

// Error has one line for each problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Sorted returns the problems in the file's order, without duplicates: the base is read again for every environment,
// and what has an anchor for every alias, so its problems are found each time, by an alias with another path.
func (ps Problems) Sorted() Problems {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	seen := map[Problem]bool{}
	return slices.DeleteFunc(ps, func(p Problem) bool {
		if p.Line > 0 { // values from outside of the file have no place that tells them apart
			p.Path = ""
		}
		isDuplicate := seen[p]
		seen[p] = true
		return isDuplicate
	})
}

// maxProblems is the number of problems that are shown: more would not help.
const maxProblems = 100

// Capped keeps the first problems, and reports the number of the others at the place of the next one.
func (ps Problems) Capped() Problems {
	if len(ps) <= maxProblems {
		return ps
	}
	rest := ps[maxProblems]
	rest.Path, rest.Message = "",
		fmt.Sprintf("%d more problems from here on; correct the ones above first", len(ps)-maxProblems)
	return append(slices.Clip(ps[:maxProblems]), rest)
}

// mask prepares a text for a message: without credentials, and not too long.
func mask(text string) string { return shorten(credentials.Redact(text)) }

// shorten leaves out the middle of a long text: an unexpected value can be as long as the file.
func shorten(text string) string {
	const most, end = 1000, 300
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most-end]) + " … " + string(runes[len(runes)-end:])
}

// withoutSecret formats a message that does not repeat a value. It looks for the value in the arguments alone: the
// words of the message may be the same as the value by chance.
func withoutSecret(secret, format string, args []any) string {
	isReference := strings.HasPrefix(secret, "arn:") || strings.HasPrefix(secret, "s3://") // and not secret
	for i, arg := range args {
		if secret != "" && !isReference && arg == any(secret) {
			args[i] = "…"
		}
	}
	return fmt.Sprintf(format, args...)
}
