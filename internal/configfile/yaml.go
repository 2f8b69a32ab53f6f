package configfile

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// readYAML parses all documents of a file. The library gives no position for the characters that it refuses, so they
// are searched for first.
func readYAML(data []byte) ([]yaml.Node, error) {
	for i, r := range string(data) {
		refused := ""
		switch _, size := utf8.DecodeRune(data[i:]); {
		case r == utf8.RuneError && size == 1:
			refused = fmt.Sprintf("byte %#x is not UTF-8; save the file as UTF-8", data[i])
		case r < ' ' && r != '\t' && r != '\n' && r != '\r', r == 0xFFFE, r == 0xFFFF:
			refused = fmt.Sprintf("it contains the control character %U; remove it", r)
		default:
			continue
		}
		return nil, &yaml.LoadError{Message: refused, Mark: markOf(data[:i])}
	}
	var documents []yaml.Node
	data = ofYAML12.ReplaceAll(data, []byte("${1}1.1"))
	err := yaml.Load(data, &documents, yaml.WithAllDocuments())
	var load *yaml.LoadError
	if !errors.As(err, &load) {
		return documents, err
	}
	if space := noBreakSpace.FindSubmatchIndex(data); space != nil {
		return nil, &yaml.LoadError{Message: "the space after this colon is a no-break space (U+00A0), which YAML does not " +
			"accept as a space; type an ordinary one", Mark: markOf(data[:space[2]])}
	}
	if strings.HasPrefix(load.Message, noToken) && blockIndicator.Match(fromMark(data, load.Mark)) {
		load.Message = "| and > cannot begin a text between braces or brackets; write the text in quotes, or this section " +
			"without braces and brackets, a key on each line"
	}
	return documents, err
}

// markOf returns the position after a part of a file.
func markOf(before []byte) yaml.Mark {
	return yaml.Mark{
		Line:   1 + bytes.Count(before, []byte("\n")),
		Column: 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]),
	}
}

// fromMark returns the rest of a line, from a position on.
func fromMark(data []byte, at yaml.Mark) []byte {
	lines := bytes.Split(data, []byte("\n"))
	line := []rune(string(lines[min(max(at.Line, 1), len(lines))-1]))
	return []byte(string(line[min(max(at.Column, 1)-1, len(line)):]))
}

var (
	// noBreakSpace matches a no-break space after the colon of a key.
	noBreakSpace = regexp.MustCompile(`(?m)^[ ]*(?:- )*[A-Za-z0-9_.-]+:[ ]*(\x{A0})`)
	// blockIndicator matches the beginning of a text over several lines.
	blockIndicator = regexp.MustCompile(`^[|>][-+0-9]*[ \t\r]*(#|$)`)
)

// ofYAML12 matches the directive for YAML 1.2. The library can read such files, but refuses the directive.
var ofYAML12 = regexp.MustCompile(`^(\x{FEFF}?(?:[ \t]*(?:#[^\n]*)?\r?\n)*%YAML[ \t]+)1\.2\b`)

// syntaxProblem turns the YAML library's error into a problem at its place.
func syntaxProblem(path string, data []byte, err error) Problem {
	p := Problem{Position: Position{File: path}}
	var load *yaml.LoadError
	if !errors.As(err, &load) {
		p.Message = "not valid YAML: " + quotedInError.ReplaceAllString(err.Error(), "…")
		return p
	}
	at, message := load.Mark, quotedInError.ReplaceAllString(load.Message, "…")
	for _, plain := range syntaxErrors {
		if strings.HasPrefix(load.Message, plain.library) {
			message = plain.message
			if plain.atStart {
				at = load.ContextMark
			}
			break
		}
	}
	if strings.HasPrefix(load.Message, noToken) && bytes.HasPrefix(fromMark(data, at), []byte("\t")) {
		message = "indent with spaces, not with a tab"
	}
	if strings.HasPrefix(load.Message, noComma) {
		if cut, why := cutText(data, load); why != "" {
			at, message = cut, why
		}
	}
	p.Line, p.Column, p.Message = at.Line, at.Column, "not valid YAML: "+message
	return p
}

// quotedInError matches text from the file in the library's messages, which may be secret.
var quotedInError = regexp.MustCompile("'[^']*'|`[^`]*`|\"[^\"]*\"")

// noToken begins the library's message for a character that cannot begin a value.
const noToken = "found character that cannot start any token"

// noComma begins the library's message for what follows an item of a list in brackets, or of a mapping in braces.
const noComma = "did not find expected ',' or "

// cutText returns where and why a text between brackets or braces has ended before its author meant it to, or "".
func cutText(data []byte, load *yaml.LoadError) (at yaml.Mark, why string) {
	lines := bytes.Split(data, []byte("\n"))
	for line := max(load.ContextMark.Line, 1); line <= min(load.Mark.Line, len(lines)); line++ {
		if hidden := hiddenEnd.FindSubmatchIndex(lines[line-1]); hidden != nil {
			return yaml.Mark{Line: line, Column: 1 + utf8.RuneCount(lines[line-1][:hidden[2]])},
				"a # after a space begins a comment, which hides the bracket or brace behind it; put a text with # in quotes"
		}
	}
	rest := fromMark(data, load.Mark)
	before := bytes.TrimSuffix(fromMark(data, yaml.Mark{Line: load.Mark.Line, Column: 1}), rest)
	switch {
	case goesOn.Match(rest) && endsItem.Match(before), beginsNew.Match(rest) && endsText.Match(before),
		bytes.HasPrefix(rest, []byte(":")) && endsValue.Match(before):
		return load.Mark, "between brackets or braces, the text before this character has ended; put the whole text in " +
			"quotes if this belongs to it, or write a comma if something new begins here"
	}
	return yaml.Mark{}, ""
}

var (
	// hiddenEnd matches a line with a bracket or brace in a comment, which is in no quotes.
	hiddenEnd = regexp.MustCompile(`^[^'"#]*(?:(?:"[^"]*"|'[^']*')[^'"#]*)*[ \t](#[^\]}]*[\]}])`)
	// goesOn matches what is not the end of a list, mapping or key, and endsItem what is before it without a space.
	goesOn   = regexp.MustCompile(`^(?:[^\]}:\s]|[\]}][^\]},\s])`)
	endsItem = regexp.MustCompile(`[^\s,]$`)
	// beginsNew matches what would begin a list or mapping, and endsText the end of a text before it.
	beginsNew = regexp.MustCompile(`^[\[{]`)
	endsText  = regexp.MustCompile(`[^\s,\]}"'][ \t]+$`)
	// endsValue matches a value behind its key, which cannot be a key itself.
	endsValue = regexp.MustCompile(`:[ \t][^,]*$`)
)

// syntaxErrors maps the library's messages for common mistakes to messages for authors of YAML files.
var syntaxErrors = []struct {
	library, message string
	atStart          bool // report where the construct begins, not where the library gave up
}{
	{"found a tab character", "indent with spaces, not with a tab", false},
	{noToken, "a value cannot begin with this character; put the text in quotes", false},
	{noComma + "']'", "the list is missing a comma between two items, or the ] at its end", true},
	{noComma + "'}'", "the mapping is missing a comma between two keys, or the } at its end", true},
	{"did not find expected node content", "expected a value; a bracket may not be closed", false},
	{"mapping values are not allowed", "a key cannot be here; check the indentation, and put a text with a colon " +
		"before a space or at its end in quotes", false},
	{"block sequence entries are not allowed",
		"a list item (- …) cannot be here; start it on a new line", false},
	{"did not find expected key", "expected a key (key: value); check the indentation and the quotes", false},
	{"did not find expected '-' indicator", "expected the next item of the list (- …); check the indentation", false},
	{"found unexpected end of stream", "the quoted text has no closing quote", true},
	{"found unknown escape character", `a backslash in "…" begins an escape; put the text in single quotes`, false},
	{"did not find expected hexadecimal number",
		`a backslash in "…" begins an escape; put the text in single quotes`, false},
	{"found invalid Unicode character escape code",
		`this \u… is only half of a character; write the character itself, or \U and its 8 digits`, false},
	{"found incompatible YAML document",
		"the directive names a version of YAML other than 1.1 and 1.2; remove the line", false},
	{"found undefined tag handle", "tags (!…) are not supported; put a text that begins with ! in quotes", false},
	{"could not find expected ':'",
		"expected a colon and a space after the key (key: value); check the indentation", true},
	{"did not find expected alphabetic or numeric character", "put a text that begins with * or & in quotes", false},
	{"unknown anchor", "no anchor (&…) has this name; put a text that begins with * in quotes", false},
}

const (
	// maxDepth is how deep mappings and lists may be nested. No setting needs more, and CDKTF fails at 200.
	maxDepth = 100

	// maxNodes is the maximum number of keys and values of a file, counting those of aliases each time.
	maxNodes = 200_000
)

// checkExtent finds the node at which a file exceeds the limits of depth or size, by mistake or to exhaust the memory
// of its readers.
func checkExtent(root *yaml.Node) (at *yaml.Node, message string) {
	count := 0
	within := map[*yaml.Node]bool{}
	var walk func(node *yaml.Node, depth int) bool
	walk = func(node *yaml.Node, depth int) bool {
		alias := node
		if node = resolve(node); node == nil {
			return true
		}
		if within[node] {
			at, message = alias,
				"the alias is inside the value that it refers to, which would never end; write the value out"
			return false
		}
		within[node] = true
		defer delete(within, node)
		if count++; count > maxNodes {
			at, message = node, fmt.Sprintf("the file has more than %d keys and values up to here, counting the "+
				"values of aliases (*…); use fewer", maxNodes)
			return false
		}
		if depth > maxDepth {
			at, message = node, fmt.Sprintf("is nested more than %d levels deep; use fewer levels", maxDepth)
			return false
		}
		for _, child := range node.Content {
			if !walk(child, depth+1) {
				return false
			}
		}
		return true
	}
	walk(root, 1)
	return at, message
}
