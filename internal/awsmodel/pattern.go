package awsmodel

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/dlclark/regexp2"
)

// javaOnly are the parts of the models' patterns that Java reads in another way than regexp2, and how that is written
// there.
var javaOnly = strings.NewReplacer(
	// The characters beyond the first 65,536, as pairs of surrogates.
	`\uD800\uDC00-\uDBFF\uDFFF`, "\U00010000-\U0010FFFF",
	`\p{Print}`, `[\x20-\x7E]`,
	`\p{Graph}`, `[\x21-\x7E]`,
	`\p{ASCII}`, `[\x00-\x7F]`,
	`\p{Alnum}`, `[a-zA-Z0-9]`,
)

// compiled keeps the patterns that were used, by their text.
var compiled sync.Map

// compile returns a pattern as AWS applies it: to the whole value, whether or not it has anchors. AWS's messages show
// so: it refuses a role's name "a b" with the pattern [\w+=,.@-]+, which a part of the name does match.
func compile(pattern string) (*regexp2.Regexp, error) {
	if found, ok := compiled.Load(pattern); ok {
		return found.(*regexp2.Regexp), nil
	}
	// Java's patterns look ahead and repeat up to 1,024 times, which Go's cannot. With RE2, \d, \w and \s are ASCII, as
	// in Java.
	expression, err := regexp2.Compile(`\A(?:`+javaOnly.Replace(pattern)+`)\z`, regexp2.RE2)
	if err != nil {
		return nil, fmt.Errorf("the pattern %s: %w", pattern, err)
	}
	expression.MatchTimeout = 10 * time.Second
	compiled.Store(pattern, expression)
	return expression, nil
}

// Matches reports whether a value matches the shape's pattern. A shape without one matches all.
func (s *Shape) Matches(value string) (bool, error) {
	if s.Pattern == "" {
		return true, nil
	}
	expression, err := compile(s.Pattern)
	if err != nil {
		return false, err
	}
	return expression.MatchString(value)
}
