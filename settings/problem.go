package settings

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Problem is one thing wrong with a settings file, told to the person who wrote it.
type Problem struct {
	File         string // as it was named on the command line
	Line, Column int    // from 1; 0 where the problem has no place in the file
	Path         string // the setting, "scaling.max"; empty for the file as a whole
	Message      string // what is there, the rule, and what to write instead
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

// maxProblems is how many problems of a file are told: more do not help anybody.
const maxProblems = 100

// capped keeps the first problems, and says at the place of the next one how many more there are.
func (ps Problems) capped() Problems {
	if len(ps) <= maxProblems {
		return ps
	}
	rest := ps[maxProblems]
	rest.Path, rest.Message = "", fmt.Sprintf("%d more problems from here on; correct those above first", len(ps)-maxProblems)
	return append(slices.Clip(ps[:maxProblems]), rest)
}

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

// checker is what a section's rules report to. It stands at one place in the settings.
type checker struct {
	path     string
	report   func(path, message string)
	reported func(path string) bool
	// note, where it is set, takes what is worth knowing but not wrong.
	note func(path, message string)
	// inLastLayer reports whether the most specific layer of the file gives a setting. See wrote.
	inLastLayer func(path string) bool
	// asks, where it is set, hears what the rules ask for. See Describe.
	asks func(path string, limits limits)
}

// at returns the checker of a setting within this one.
func (c checker) at(name string) checker {
	c.path = join(c.path, name)
	return c
}

// key returns the checker of a named entry: a service, an environment variable.
func (c checker) key(name string) checker { return c.at(quoted(name)) }

// index returns the checker of a list's item.
func (c checker) index(i int) checker {
	c.path = fmt.Sprintf("%s[%d]", c.path, i)
	return c
}

// fine says whether none of the settings within this one has a problem so far. A rule that compares settings asks it
// first: the file does not say the value of one that could not be read.
func (c checker) fine(names ...string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return c.reported(join(c.path, name)) })
}

// wrote reports whether the file gives a setting for this stack alone: in the environment's overlay, or anywhere where
// the file has no environments. Rules about settings without effect ask it: what the base gives may be meant for
// another environment.
func (c checker) wrote(name string) bool { return c.inLastLayer(join(c.path, name)) }

// problemf reports a broken rule: what is there, the rule, and what to write instead.
func (c checker) problemf(format string, args ...any) {
	c.report(c.path, fmt.Sprintf(format, args...))
}

// notef reports what is worth knowing but not wrong: the settings are used, and the program says it.
func (c checker) notef(format string, args ...any) {
	if c.note != nil {
		c.note(c.path, fmt.Sprintf(format, args...))
	}
}

// Notes are the notes on all stacks of a file, each once, in the file's order.
func Notes(all []Settings) Problems {
	var notes Problems
	for _, s := range all {
		notes = append(notes, s.Notes...)
	}
	return notes.Sorted()
}

// within reports a number outside the range.
func within[N int | float64](c checker, n, low, high N) {
	if !isWithin(c, n, low, high) {
		c.problemf("%v is out of range; write a number from %v to %v", n, low, high)
	}
}

// ask tells what a rule asks for, to who wants to hear it.
func (c checker) ask(l limits) {
	if c.asks != nil {
		c.asks(c.path, l)
	}
}

// isWithin says whether a number is in the range. It is for rules with a message of their own.
func isWithin[N int | float64](c checker, n, low, high N) bool {
	c.ask(limits{low: low, high: high})
	return n >= low && n <= high
}

// isOffered says whether a value is among those on offer. It is for rules with a message of their own.
func isOffered[V comparable](c checker, value V, offered ...V) bool {
	l := limits{oneOf: make([]any, len(offered))}
	for i, v := range offered {
		l.oneOf[i] = v
	}
	c.ask(l)
	return slices.Contains(offered, value)
}

// oneOf reports a word that is not among those on offer.
func oneOf(c checker, word string, offered ...string) {
	if !isOffered(c, word, offered...) {
		c.problemf("%q is not on offer; %s", word, choose(word, offered))
	}
}

// checkText reports a text that is empty or too long.
func checkText(c checker, text, what string, most int) {
	if length := utf8.RuneCountInString(text); length == 0 || length > most {
		c.problemf("%q (%d characters) is not %s; write 1 to %d characters", text, length, what, most)
	}
}

// chooseKey tells which name to write instead of one that is not there.
func chooseKey[V any](wrong string, known map[string]V, none string) string {
	if len(known) == 0 {
		return none
	}
	return choose(wrong, slices.Sorted(maps.Keys(known)))
}

// numbers joins numbers as a sentence does: "1, 2 or 3".
func numbers(ns []int) string {
	words := make([]string, len(ns))
	for i, n := range ns {
		words[i] = fmt.Sprint(n)
	}
	return list(words, "or")
}

func join(path, name string) string {
	if path == "" || name == "" {
		return path + name
	}
	return path + "." + name
}

// checkDuration reports a duration outside the range.
func checkDuration(c checker, d, low, high time.Duration) {
	if high == maxDuration && d < low {
		c.problemf("%s is out of range; write %s or more", seconds(d), seconds(low))
	} else if d < low || d > high {
		c.problemf("%s is out of range; write a duration from %s to %s", seconds(d), seconds(low), seconds(high))
	}
}

// seconds renders a duration as a settings file has it: "90s".
func seconds(d time.Duration) string {
	return fmt.Sprintf("%ds", d/time.Second)
}
