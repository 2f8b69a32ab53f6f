package configfile

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/agext/levenshtein"
)

// Suggest says what to write instead of a wrong word: the likeliest one, or all of them if none is likely.
func Suggest(wrong string, known []string) string {
	if likeliest, ok := nearest(wrong, known); ok {
		return fmt.Sprintf("did you mean %s?", likeliest)
	}
	return "write " + JoinWords(known, "or")
}

// SuggestKey says which name to write instead of one that does not exist. none is the advice if there are no names.
func SuggestKey[V any](wrong string, known map[string]V, none string) string {
	if len(known) == 0 {
		return none
	}
	return Suggest(wrong, slices.Sorted(maps.Keys(known)))
}

// nearest is the likeliest word that was meant: at most two slips, and no more than half of the letters, lie between
// the two, or it is the only one that begins with at least four letters that were written.
func nearest(wrong string, known []string) (string, bool) {
	const longest = 100
	if len(wrong) > longest {
		return "", false
	}
	wrong = strings.ToLower(wrong)
	beginnings := levenshtein.NewParams().BonusThreshold(0) // of two words as near, the one that begins alike
	likeliest := slices.MaxFunc(known, func(a, b string) int {
		return cmp.Compare(levenshtein.Match(wrong, strings.ToLower(a), beginnings),
			levenshtein.Match(wrong, strings.ToLower(b), beginnings))
	})
	if levenshtein.Distance(wrong, strings.ToLower(likeliest), nil) <= min(2, utf8.RuneCountInString(wrong)/2) {
		return likeliest, true
	}
	var longer []string
	for _, word := range known {
		if len(wrong) >= 4 && strings.HasPrefix(strings.ToLower(word), wrong) {
			longer = append(longer, word)
		}
	}
	if len(longer) == 1 {
		return longer[0], true
	}
	return "", false
}

// JoinWords joins words as a sentence does: "a, b or c".
func JoinWords(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " " + last + " " + words[len(words)-1]
}

// JoinNumbers joins numbers as a sentence does: "1, 2 or 3".
func JoinNumbers(ns []int) string {
	words := make([]string, len(ns))
	for i, n := range ns {
		words[i] = fmt.Sprint(n)
	}
	return JoinWords(words, "or")
}

// Seconds renders a duration as a settings file has it: "90s".
func Seconds(d time.Duration) string { return fmt.Sprintf("%ds", d/time.Second) }

// JoinPath joins the path of a section and that of a setting in it. Either may be empty.
func JoinPath(section, setting string) string {
	if section == "" || setting == "" {
		return section + setting
	}
	return section + "." + setting
}
