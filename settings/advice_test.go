package settings

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"webapp/internal/configfile"
)

// TestKeyInAnotherSpellingIsThatOfItsSection writes every key of every section as other tools would.
func TestKeyInAnotherSpellingIsThatOfItsSection(t *testing.T) {
	walkKeys(reflect.TypeFor[Settings](), "{", "}", func(key, before, after string) {
		words := strings.ToLower(beforeWord.ReplaceAllString(key, "${1}_$2"))
		spellings := []string{
			words, strings.ReplaceAll(words, "_", "-"), strings.ToUpper(key[:1]) + key[1:], strings.ToLower(key),
		}
		slices.Sort(spellings)
		spellings = slices.DeleteFunc(slices.Compact(spellings), func(spelling string) bool { return spelling == key })
		file := before + strings.Join(spellings, ": , ") + ": " + after
		var problems Problems
		if _, err := Parse("webapp.yaml", []byte(file), Options{}); !errors.As(err, &problems) {
			t.Fatalf("%s: got %v, want problems", file, err)
		}
		for _, wrong := range spellings {
			want := fmt.Sprintf("%s: unknown key; did you mean %s?", wrong, key)
			if !slices.ContainsFunc(problems, func(p Problem) bool { return strings.HasSuffix(p.String(), want) }) {
				t.Errorf("%s: got\n%v\nwant %s", file, problems, want)
			}
		}
	})
}

var beforeWord = regexp.MustCompile(`([a-z0-9])([A-Z])`)

// walkKeys visits every key of a section and of those in it, with what is before and after it in a file.
func walkKeys(structure reflect.Type, before, after string, visit func(key, before, after string)) {
	for _, key := range configfile.Keys(structure) {
		visit(key, before, after)
		field, _ := configfile.FieldOf(structure, key)
		inner, before, after := field.Type, before+key+": ", after
		for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Map || inner.Kind() == reflect.Slice {
			switch inner.Kind() {
			case reflect.Map:
				before, after = before+"{one: ", "}"+after
			case reflect.Slice:
				before, after = before+"[", "]"+after
			}
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct {
			walkKeys(inner, before+"{", "}"+after, visit)
		}
	}
}

// TestForeignWordsAreFound: words are looked up in lower case, without what separates their parts.
func TestForeignWordsAreFound(t *testing.T) {
	for _, foreign := range slices.Concat(foreignKeys, absentKeys) {
		if !plainWords.MatchString(foreign.words) {
			t.Errorf("%q is not as words are looked up", foreign.words)
		}
		if foreign.key == "" && foreign.advice == "" {
			t.Errorf("%q says nothing", foreign.words)
		}
	}
}

var plainWords = regexp.MustCompile(`^[a-z0-9]+( [a-z0-9]+)*$`)
