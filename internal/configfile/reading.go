package configfile

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Reading decodes and checks the settings of one target.
type Reading struct {
	file   file
	target Target
	into   reflect.Value

	// layer is the one being decoded, and depth its place among the target's.
	layer layer
	depth int
	// given are the paths with a value in the file, and inherited those with a value in an earlier layer.
	given, inherited map[string]bool
	// restricts are the paths with a value in the file that restricts something, even if a later null dropped it.
	restricts map[string]bool
	// nulls are the paths with a null that had no earlier value to drop, and idle the problems of those that need one.
	nulls map[string]bool
	idle  map[string]Problem
	// idleIn are the paths of the layers of the nulls that have dropped nothing, by their problems.
	idleIn map[Problem]string
	// drops are the nulls that dropped settings, by the paths of these.
	drops map[string]drop
	// blank are the problems of keys without a value, unless a rule reports their settings.
	blank map[string]Problem
	// derived are the paths without a value in the file, for which the caller derives one.
	derived map[string]bool
	// secrets are the values that messages must not repeat, by path.
	secrets map[string]string
	// unread settings could not be decoded. broken settings have a problem, so the rules that depend on them are not
	// applied. The paths are those of the settings, without the path of the layer.
	unread, broken map[string]bool
	// incomplete sections have an unknown key, or lack the setting that one is meant for.
	incomplete map[string]bool
	// unknown are the keys whose meaning is unknown, by section.
	unknown map[string][]*unknownKey
	// guesses are the settings that could not be read, but have the value that the message says to write instead. If a
	// rule refuses it, the message no longer says so.
	guesses map[string]*guess
	// added entries are not in an earlier layer, which has one of a similar name.
	added           map[string]string
	problems, notes Problems
}

// guess is the place of a problem among all, and its message without the advice to write the value. The settings that
// are missing because of it are no problems of their own.
type guess struct {
	problem int
	message string
	missing []string
	// isSwitch says that the value is true, for a section that is meant to be turned on.
	isSwitch bool
}

// unknownKey is a key whose meaning is unknown: its value, and its problem with the settings that it may be meant for.
type unknownKey struct {
	value *yaml.Node
	guess
}

func newReading(f file, t Target, into reflect.Value) *Reading {
	r := &Reading{file: f, target: t, into: into}
	for _, set := range []*map[string]bool{&r.given, &r.inherited, &r.restricts, &r.derived, &r.unread, &r.broken,
		&r.incomplete, &r.nulls} {
		*set = map[string]bool{}
	}
	r.unknown = map[string][]*unknownKey{}
	r.secrets, r.guesses = map[string]string{}, map[string]*guess{}
	r.idle, r.blank, r.added = map[string]Problem{}, map[string]Problem{}, map[string]string{}
	r.drops, r.idleIn = map[string]drop{}, map[Problem]string{}
	return r
}

// Decode merges a layer into the settings: 0 is the file's base, the last one the innermost overlay.
func (r *Reading) Decode(layer int) {
	r.inherited = maps.Clone(r.given)
	r.layer, r.depth = r.target.layers[layer], layer
	r.noteDedented()
	if !isNull(r.layer.node) {
		r.mapping(r.layer.node, r.into, "", traits{})
	}
}

// WrittenLast reports whether the layer that was decoded last has a value for the setting.
func (r *Reading) WrittenLast(path string) bool {
	r.mustExist(path)
	return !isNull(lookup(r.layer.node, path))
}

// Refuse reports a value in the layer that was decoded last.
func (r *Reading) Refuse(path, format string, args ...any) {
	r.report(lookup(r.layer.node, path), path, fmt.Sprintf(format, args...))
}

// Miss reports a setting that no layer has given so far, in the one that was decoded last.
func (r *Reading) Miss(path, message string) {
	if r.isReported(path) || r.incomplete[parent(path)] {
		return
	}
	node := r.layer.node
	if section := lookup(node, parent(path)); section != nil {
		node = section
	}
	r.report(node, path, message)
}

// report adds a problem in the layer that is being decoded.
func (r *Reading) report(node *yaml.Node, path, message string) {
	r.problems = append(r.problems, r.problemIn(r.layer, node, path, message))
	r.unread[path], r.broken[path] = true, true
}

// reportGuess adds a problem of a setting that has got the value that the advice says to write.
func (r *Reading) reportGuess(node *yaml.Node, path, message, advice string) {
	r.guesses[path] = &guess{problem: len(r.problems), message: message}
	r.problems = append(r.problems, r.problemIn(r.layer, node, path, message+advice))
}

// forgetGuesses drops the guesses at and below a setting that gets another value.
func (r *Reading) forgetGuesses(path string) {
	maps.DeleteFunc(r.guesses, func(guessed string, _ *guess) bool { return isWithin(guessed, path) })
}

// excuse silences the rules of a setting, or of all in a section, whose problems would follow from one that was
// reported.
func (r *Reading) excuse(path string) { r.unread[path], r.broken[path] = true, true }

// Given reports whether the file gives the setting. Callers ask before they derive a value: problems of derived values
// are not reported, since they follow from others.
func (r *Reading) Given(path string) bool {
	r.mustExist(path)
	r.derived[path] = !r.given[path]
	return r.given[path]
}

// Drops reports whether the file has null for the setting, or for what it is a part of, without a value before it to
// drop. Callers ask before they inherit a value from elsewhere in the file, which the null drops then.
func (r *Reading) Drops(path string) bool {
	r.mustExist(path)
	delete(r.idleIn, r.idle[path])
	delete(r.idle, path)
	for at := path; at != ""; at = parent(at) {
		if r.nulls[at] {
			return true
		}
	}
	return false
}

// Check applies the rules of every section, those of inner sections first, and then the rules that span sections.
func (r *Reading) Check(spanning func(Checker)) {
	for path, problem := range r.idle {
		r.problems = append(r.problems, problem)
		r.unread[path], r.broken[path] = true, true
	}
	c := Checker{reading: r}
	walkSections(r.into, c)
	spanning(c)
	for path, problem := range r.blank {
		if !r.isReported(path) {
			r.problems = append(r.problems, problem)
		}
	}
}

// Problems returns all problems of the target.
func (r *Reading) Problems() Problems { return r.problems }

// Notes returns the notes on the target.
func (r *Reading) Notes() Problems { return r.notes }

// Problem returns a problem of a setting of the target.
func (r *Reading) Problem(path, format string, args ...any) Problem {
	r.mustExist(path)
	return r.locate(path, fmt.Sprintf(format, args...))
}

// reportRule reports a broken rule, unless the setting could not be decoded or is derived, in which case the cause has
// been reported already.
func (r *Reading) reportRule(path, message string) {
	if r.isReported(path) || r.isDerived(path) {
		return
	}
	if _, rest, ok := strings.Cut(message, "; "); ok && strings.HasPrefix(message, `""`) &&
		!r.given[path] && !strings.HasSuffix(path, "]") {
		message = "is missing; " + rest
	}
	if isMissing(message) && (r.incomplete[path] || r.isMisspelt(path, message) || r.isOfSwitch(path, message)) {
		r.broken[path] = true
		return
	}
	if entry := r.misnamed(path, message); entry != "" {
		r.problems = append(r.problems, r.locate(entry, misspelledEntry+r.added[entry]+"?"))
		r.unread[entry], r.broken[entry] = true, true
		return
	}
	if guess, ok := r.guesses[path]; ok {
		r.problems[guess.problem].Message = mask(guess.message + link(message) + message)
	} else {
		r.problems = append(r.problems, r.locate(path, message))
	}
	r.broken[path] = true
	for at := parent(path); at != ""; at = parent(at) {
		if guess, ok := r.guesses[at]; ok && !r.broken[at] {
			r.problems[guess.problem].Message = mask(guess.message)
		}
	}
}

// misnamed returns the path of an added entry that lacks something, as those do that are meant to change the entry of
// a similar name. It returns "" for other problems.
func (r *Reading) misnamed(path, message string) string {
	if !isMissing(message) && !strings.HasPrefix(message, "has no ") {
		return ""
	}
	for at := path; at != ""; at = parent(at) {
		if r.added[at] != "" {
			return at
		}
	}
	return ""
}

func isMissing(message string) bool { return strings.HasPrefix(message, "is missing") }

// isMisspelt reports whether an unknown key of the same section may be meant for a setting that is missing: its value
// fits. The problem of the key then says so, and the missing setting is no problem of its own.
func (r *Reading) isMisspelt(path, message string) bool {
	setting := settingAt(r.file.root, path)
	for _, key := range r.unknown[parent(path)] {
		isSwitch := key.value.ShortTag() == "!!bool"
		if setting == nil || !fits(key.value, setting) || isSwitch != (setting.Kind() == reflect.Bool) {
			continue
		}
		r.lacks(&key.guess, strings.TrimPrefix(path, parent(path)+"."), message)
		return true
	}
	return false
}

// isOfSwitch reports whether a section that lacks a setting is given as true. The problem of the section then says so.
func (r *Reading) isOfSwitch(path, message string) bool {
	for at := parent(path); at != ""; at = parent(at) {
		if section := r.guesses[at]; section != nil && section.isSwitch {
			r.lacks(section, strings.TrimPrefix(path, at+"."), message)
			return true
		}
	}
	return false
}

// lacks adds a missing setting to the message of a problem. For a single one, it says what the rule says.
func (r *Reading) lacks(g *guess, setting, message string) {
	g.missing = append(g.missing, setting)
	if len(g.missing) > 1 {
		setting, message = JoinWords(g.missing, "and"), "are missing"
	}
	r.problems[g.problem].Message = mask(fmt.Sprintf("%s; %s %s", g.message, setting, message))
}

// link joins what a value is and what is wrong with it.
func link(message string) string {
	if verb.MatchString(message) {
		return ", which "
	}
	return ", and "
}

// verb matches a message whose subject is the setting.
var verb = regexp.MustCompile(`^(is|has|needs|would|cannot|names|makes|begins|contains|gets|belongs|does|looks) `)

// isDerived reports whether the setting, or what it is a part of, is derived.
func (r *Reading) isDerived(path string) bool {
	for ; path != ""; path = parent(path) {
		if r.derived[path] {
			return true
		}
	}
	return false
}

// dropped lists the settings below a section that restrict something, but that a null of the section dropped. A mapping
// that restricts something has entries that do so too; it is listed alone.
func (r *Reading) dropped(section string) []string {
	var all []string
	for path := range r.restricts {
		if setting, ok := strings.CutPrefix(path, section+"."); ok && !r.given[path] && !r.restricts[parent(path)] {
			all = append(all, setting)
		}
	}
	slices.Sort(all)
	return all
}

// mustExist reports a path that does not exist. Such a mistake in a rule would silently keep the rule from ever
// applying.
func (r *Reading) mustExist(path string) {
	if !exists(r.file.root, path) {
		r.problems = append(r.problems, Problem{r.file.position(r.file.base, ""),
			fmt.Sprintf("a rule refers to %s, which is not a setting; please report this bug", path)})
	}
}

func (r *Reading) isReported(path string) bool {
	r.mustExist(path)
	if r.broken[path] {
		return true
	}
	for at := parent(path); at != ""; at = parent(at) {
		if r.unread[at] {
			return true
		}
	}
	return false
}

// Written reports whether the file gives a setting for this target alone: in its overlay, or anywhere in a file without
// overlays.
func (r *Reading) Written(path string) bool {
	r.mustExist(path)
	for _, l := range slices.Backward(r.target.layers) {
		if written := !isNull(lookup(l.node, path)); written || l.place == "" {
			return written
		}
	}
	return false
}

// addNote adds a hint, unless the setting is derived: the hint is where it was derived from.
func (r *Reading) addNote(path, message string) {
	r.mustExist(path)
	if r.isDerived(path) {
		return
	}
	r.notes = append(r.notes, r.locate(path, "note: "+message))
}

// locate places a problem in the last layer that gives the setting, or removes it with null, or otherwise at the
// nearest enclosing section in any layer.
func (r *Reading) locate(path, message string) Problem {
	for _, l := range slices.Backward(r.target.layers) {
		for at := path; at != ""; at = parent(at) {
			if node := lookup(l.node, at); node != nil && (at == path || isNull(node)) {
				return r.problemIn(l, node, path, message)
			}
		}
	}
	for at := path; at != ""; at = parent(at) {
		for _, l := range r.target.layers {
			if node := lookup(l.node, at); node != nil {
				return r.problemIn(l, node, path, message)
			}
		}
	}
	return r.file.problem(r.file.base, path, "%s", message)
}

// problemIn returns a problem at a place in a layer.
func (r *Reading) problemIn(l layer, node *yaml.Node, path, message string) Problem {
	p := r.file.problem(node, JoinPath(l.path, path), "%s", message)
	if l.place != "" {
		p.File = l.place
	}
	return p
}

// walkSections applies the constraints and rules of a section after those of its inner sections.
func walkSections(value reflect.Value, c Checker) {
	switch value.Kind() {
	case reflect.Pointer:
		if !value.IsNil() {
			walkSections(value.Elem(), c)
		}
	case reflect.Slice:
		for i := range value.Len() {
			walkSections(value.Index(i), c.Index(i))
		}
	case reflect.Map:
		names := value.MapKeys()
		slices.SortFunc(names, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, name := range names {
			entry := reflect.New(value.Type().Elem()).Elem() // the values of a map are not addressable
			entry.Set(value.MapIndex(name))
			walkSections(entry, c.Key(name.String()))
		}
	case reflect.Struct:
		for key, field := range Fields(value.Type()) {
			walkSections(value.FieldByIndex(field.Index), c.At(key))
		}
		checkConstraints(value, c)
		if section, ok := value.Addr().Interface().(Checkable); ok {
			section.Check(c)
		}
	}
}
