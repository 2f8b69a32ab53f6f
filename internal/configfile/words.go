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

// Suggest returns what to write instead of a wrong word: the likeliest one, or all of them if none is likely.
func Suggest(wrong string, known []string) string {
	return cmp.Or(SuggestLikely(wrong, known), "write "+JoinWords(known, "or"))
}

// SuggestLikely returns which word to write instead of a wrong one, or "" if none is likely.
func SuggestLikely(wrong string, known []string) string {
	if likeliest, ok := nearest(wrong, known); ok {
		return fmt.Sprintf("did you mean %s?", likeliest)
	}
	return ""
}

// SuggestKey returns which name to write instead of one that does not exist. The advice is none if there are no names.
func SuggestKey[V any](wrong string, known map[string]V, none string) string {
	if len(known) == 0 {
		return none
	}
	return Suggest(wrong, slices.Sorted(maps.Keys(known)))
}

// nearest returns the word that was most likely meant: one with two letters the other way round, one that differs in at
// most two letters and at most half of them, or the only one that begins with the wrong word, if that has at least four
// letters.
func nearest(wrong string, known []string) (string, bool) {
	const longest = 100
	if len(wrong) > longest {
		return "", false
	}
	wrong = strings.ToLower(wrong)
	lower := make([]string, len(known))
	for i, word := range known {
		lower[i] = strings.ToLower(word)
	}
	for i := range len(wrong) - 1 {
		swapped := wrong[:i] + wrong[i+1:i+2] + wrong[i:i+1] + wrong[i+2:]
		if at := slices.Index(lower, swapped); at >= 0 && len(wrong) > 2 {
			return known[at], true
		}
	}
	size := utf8.RuneCountInString(wrong)
	limit := min(2, size/2)
	// Of two equally near words, prefer the one with the same beginning.
	beginnings := levenshtein.NewParams().BonusThreshold(0)
	likeliest, best := "", -1.0
	for i, word := range lower {
		difference := utf8.RuneCountInString(word) - size // at least so many letters differ
		if max(difference, -difference) > limit || levenshtein.Distance(wrong, word, nil) > limit {
			continue
		}
		if match := levenshtein.Match(wrong, word, beginnings); match > best {
			likeliest, best = known[i], match
		}
	}
	if best >= 0 {
		return likeliest, true
	}
	var longer []string
	for i, word := range lower {
		if len(wrong) >= 4 && strings.HasPrefix(word, wrong) {
			longer = append(longer, known[i])
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

// Characters counts the characters of a text, as a sentence does: "1 character".
func Characters(text string) string {
	if n := utf8.RuneCountInString(text); n != 1 {
		return fmt.Sprintf("%d characters", n)
	}
	return "1 character"
}

// Seconds returns a duration in the notation of a settings file: "90s".
func Seconds(d time.Duration) string { return fmt.Sprintf("%ds", d/time.Second) }
