package configfile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"webapp/internal/credentials"
)

// Position is where a file has a setting.
type Position struct {
	File         string // as it was named on the command line
	Line, Column int    // from 1; 0 for the file as a whole
	Path         string // the setting, "scaling.max"; empty for the file as a whole
}

// Problem is one thing wrong with a settings file, for the person who wrote the file.
type Problem struct {
	Position
	Message string // what is there, the rule, and what to write instead
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

// Problems is the error of a settings file: everything wrong with it, in the file's order.
type Problems []Problem

// Error has one line for each problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Sorted returns the problems in the file's order, each once: the base is read anew for every environment, so what is
// wrong with it comes up again each time.
func (ps Problems) Sorted() Problems {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	seen := map[Problem]bool{}
	return slices.DeleteFunc(ps, func(p Problem) bool {
		again := seen[p]
		seen[p] = true
		return again
	})
}

// maxProblems is how many problems of a file are shown: more do not help anybody.
const maxProblems = 100

// Capped keeps the first problems, and says at the place of the next one how many more there are.
func (ps Problems) Capped() Problems {
	if len(ps) <= maxProblems {
		return ps
	}
	rest := ps[maxProblems]
	rest.Path, rest.Message = "",
		fmt.Sprintf("%d more problems from here on; correct those above first", len(ps)-maxProblems)
	return append(slices.Clip(ps[:maxProblems]), rest)
}

// mask prepares a text for a problem: without credentials, and not too long.
func mask(text string) string { return shorten(credentials.Redact(text)) }

// shorten leaves out the middle of a long text: a value that is not what was expected can be as long as the file.
func shorten(text string) string {
	const most, end = 1000, 300
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most-end]) + " … " + string(runes[len(runes)-end:])
}

// hide takes a value out of a rule's message. Very short ones are replaced only where they stand in quotes: they may be
// parts of words.
func hide(message, secret string) string {
	const short = 6
	if secret == "" || strings.HasPrefix(secret, "arn:") { // a reference, which is not secret
		return message
	}
	message = strings.ReplaceAll(message, strconv.Quote(secret), `"…"`)
	if len(secret) >= short {
		message = strings.ReplaceAll(message, secret, "…")
	}
	return message
}
