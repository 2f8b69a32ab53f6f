package iampolicy

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// pattern is a text in which * stands for any characters and ? for one.
type pattern struct {
	parts []patternPart
	// unknown says that the text has a variable without a value: then nothing matches.
	unknown bool
}

// patternPart is a literal text, or * or ? if wildcard is set.
type patternPart struct {
	text     string
	wildcard byte
}

// variable is a policy variable, such as ${aws:PrincipalTag/team} or, with a default, ${aws:PrincipalTag/team, 'web'}.
// Source: IAM user guide, "IAM policy elements: Variables and tags".
var variable = regexp.MustCompile(`\$\{\s*([^},]+?)\s*(?:,\s*'([^']*)'\s*)?\}`)

// parsePattern reads a text with wildcards, and replaces its variables. In a variable's value no character is a
// wildcard.
func parsePattern(text string, c context) pattern {
	var p pattern
	for text != "" {
		found := variable.FindStringSubmatchIndex(text)
		if found == nil {
			p.addWildcards(text)
			break
		}
		p.addWildcards(text[:found[0]])
		otherwise := ""
		if found[4] >= 0 {
			otherwise = text[found[4]:found[5]]
		}
		p.addVariable(text[found[2]:found[3]], otherwise, c)
		text = text[found[1]:]
	}
	return p
}

func (p *pattern) addVariable(name, otherwise string, c context) {
	if name == "*" || name == "?" || name == "$" { // these stand for themselves
		p.add(name)
		return
	}
	values := c.values(name)
	switch {
	case len(values) == 1:
		p.add(values[0])
	case otherwise != "":
		p.add(otherwise)
	default: // a key with several values is not a variable either
		p.unknown = true
	}
}

func (p *pattern) add(literal string) {
	if literal != "" {
		p.parts = append(p.parts, patternPart{text: literal})
	}
}

func (p *pattern) addWildcards(text string) {
	for text != "" {
		at := strings.IndexAny(text, "*?")
		if at < 0 {
			p.add(text)
			return
		}
		p.add(text[:at])
		p.parts = append(p.parts, patternPart{wildcard: text[at]})
		text = text[at+1:]
	}
}

// matches reports whether the pattern stands for the whole text. Where a part does not fit, the last * takes one byte
// more.
func (p pattern) matches(text string) bool {
	part, at := 0, 0
	star, taken := -1, 0
	for part < len(p.parts) || at < len(text) {
		if part < len(p.parts) {
			if p.parts[part].wildcard == '*' {
				star, taken = part, at
				part++
				continue
			}
			if n := p.parts[part].fits(text[at:]); n > 0 {
				part, at = part+1, at+n
				continue
			}
		}
		if star < 0 || taken == len(text) {
			return false
		}
		taken++
		part, at = star+1, taken
	}
	return true
}

// Matches reports whether a pattern, in which * stands for any characters and ? for one, stands for the whole text.
func Matches(pattern, text string) bool { return parsePattern(pattern, context{}).matches(text) }

// fits returns how many bytes at the beginning of a text a part that is not * stands for, 0 where it does not fit.
func (p patternPart) fits(text string) int {
	if p.wildcard == '?' {
		_, size := utf8.DecodeRuneInString(text)
		return size
	}
	if strings.HasPrefix(text, p.text) {
		return len(p.text)
	}
	return 0
}

// literal returns the text with its variables replaced, for operators that know no wildcards.
func (p pattern) literal() string {
	var b strings.Builder
	for _, part := range p.parts {
		b.WriteString(part.text)
		if part.wildcard != 0 {
			b.WriteByte(part.wildcard)
		}
	}
	return b.String()
}
