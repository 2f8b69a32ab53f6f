// Package convert writes a settings file from the configuration of another tool: AWS Copilot, Docker Compose or AWS App
// Runner.
//
// Nothing of the input is lost silently. A source remembers which of its keys were read; what is left at the end is
// reported with its line, beside what a converter names because the settings have nothing like it. What the settings
// check refuses is left out of the file and reported too, so that every file that is written is valid.
//
// Each tool has a file of its own. A converter builds sections, which become the text of the file once at the end.
package convert

import (
	"fmt"
	"slices"
	"strings"
)

// Result is a settings file, and what is not in it.
type Result struct {
	// Settings is the text of the settings file. It passes the settings check.
	Settings []byte
	// Notes list what could not be carried, or needs a person, in the order of files and lines.
	Notes []Note
}

// Options are what a converter cannot find in its input.
type Options struct {
	// Account and Region go into ARNs and addresses of images, of which the input only has a name. Default: samples that
	// are marked in the file.
	Account, Region string
}

const (
	sampleAccount = "111122223333"
	sampleRegion  = "eu-west-1"
)

// Note says what became of a key of the input, and what to do about it.
type Note struct {
	File    string
	Line    int    // from 1; 0 if the note is about the file
	Path    string // the key's path in the file; "" if the note is about the file
	Message string
}

func (n Note) String() string {
	var b strings.Builder
	b.WriteString(n.File)
	if n.Line > 0 {
		fmt.Fprintf(&b, ":%d", n.Line)
	}
	b.WriteString(": ")
	if n.Path != "" {
		b.WriteString(n.Path + ": ")
	}
	b.WriteString(n.Message)
	return b.String()
}

// notes collects notes. An input is read once for each environment, so that most are found more than once.
type notes struct{ all []Note }

func (n *notes) add(note Note) {
	if !slices.Contains(n.all, note) {
		n.all = append(n.all, note)
	}
}

// sorted returns the notes by line. Files stay in the order in which they were read.
func (n *notes) sorted() []Note {
	var files []string
	for _, note := range n.all {
		if !slices.Contains(files, note.File) {
			files = append(files, note.File)
		}
	}
	slices.SortStableFunc(n.all, func(a, b Note) int {
		if a.File != b.File {
			return slices.Index(files, a.File) - slices.Index(files, b.File)
		}
		return a.Line - b.Line
	})
	return n.all
}
