package configfile

import (
	"iter"
	"regexp"
	"strconv"
	"strings"
)

// step is one step of a path such as services.api.container.ports[1]: a key, and the index if it is an item of a list.
type step struct {
	key     string // without quotes
	index   string // "" for a step without one
	written string // as it is in the path
	end     int    // where it ends in the path
}

// steps iterates over the steps of a path. A key that is not a plain word is in quotes there.
func steps(path string) iter.Seq[step] {
	return func(yield func(step) bool) {
		for at := 0; at < len(path); {
			written, key := firstKey(path[at:])
			if written == "" {
				at++ // the dot between two steps
				continue
			}
			index := firstIndex(path[at+len(written):])
			end := at + len(written) + len(index)
			if !yield(step{key, strings.Trim(index, "[]"), path[at:end], end}) {
				return
			}
			at = end
		}
	}
}

// lastKey returns the key that a path ends with, without quotes.
func lastKey(path string) (key string) {
	for step := range steps(path) {
		key = step.key
	}
	return key
}

// firstKey returns the key that a path begins with, as it is written and without quotes.
func firstKey(path string) (written, key string) {
	if path[0] == '"' {
		if quoted, err := strconv.QuotedPrefix(path); err == nil {
			key, _ = strconv.Unquote(quoted) // QuotedPrefix has checked it
			return quoted, key
		}
	}
	if end := strings.IndexAny(path, `."[`); end >= 0 {
		path = path[:end]
	}
	return path, path
}

// firstIndex returns the index that a path begins with, in brackets, or "".
func firstIndex(path string) string {
	end := strings.IndexByte(path, ']')
	if end < 2 || path[0] != '[' || strings.Trim(path[1:end], "0123456789") != "" {
		return ""
	}
	return path[:end+1]
}

// hasKey reports whether a path has a step with the key.
func hasKey(path, key string) bool {
	for s := range steps(path) {
		if s.key == key {
			return true
		}
	}
	return false
}

// parent returns the path of the enclosing section, or "" at the top.
func parent(path string) string {
	if strings.HasSuffix(path, "]") {
		return path[:strings.LastIndex(path, "[")]
	}
	before, last := 0, 0
	for s := range steps(path) {
		before, last = last, s.end
	}
	return path[:before]
}

// JoinPath joins the paths of a section and of a setting in it. Either may be empty.
func JoinPath(section, setting string) string {
	if section == "" || setting == "" {
		return section + setting
	}
	return section + "." + setting
}

// QuoteKey returns a key as it is written in a path: in quotes unless it is a plain word.
func QuoteKey(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	return strconv.Quote(word)
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_<-]+$`)
