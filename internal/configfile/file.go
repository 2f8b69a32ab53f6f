package configfile

import (
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Format describes one kind of settings file.
type Format struct {
	// Overlays are the keys whose entries are merged into the settings around them, outermost first.
	Overlays []Overlay
	// Start tells the author of an empty file where to begin.
	Start string
	// Foreign returns what to do with a file of another tool, or "" for any other. It gets the keys at the top of the
	// file, and whether the file has a value at some keys, in which * stands for any: services.*.image.
	Foreign func(keys []string, has func(keys string) bool) string
	// UsualPlaces maps a key that exists in several sections to the path that is most likely meant, or to "" if its word
	// has too many meanings. Keys are in lower case, without hyphens and underscores.
	UsualPlaces map[string]string
	// OtherWords maps the words of other tools to paths, written as in UsualPlaces. A key that exists in exactly one
	// section of a file needs no entry.
	OtherWords map[string]string
	// AdviseKey is for the words of other tools that mean different settings in different sections, or depend on their
	// value. It gets a word as OtherWords has it, and its value if that is a text. It returns what to write instead, or
	// the path of the setting of the same meaning, or neither. Optional.
	AdviseKey func(section, word, value string, isList bool) (advice, path string)
	// AdviseSection is for the keys of one section in another, for which a single message is better than one for each. It
	// gets the words of a section, as AdviseKey does, and returns what is wrong with them as a whole, or "". Optional.
	AdviseSection func(section string, words iter.Seq[string]) string
}

// Overlay is a key with named sets of settings. Each of them, merged into the settings around the key, is a target.
type Overlay struct {
	// Key in the file, and the former name of the key.
	Key, Was string
	// Noun names one entry, with its article: "an environment". Plural names several.
	Noun, Plural string
	// Example is an example of an entry, such as "staging: {}". Without says what a file without the key has.
	Example, Without string
	// Further says that the settings around the key are also a target, in addition to those of the entries.
	Further bool
	// CheckName returns what is wrong with an entry's name, or "".
	CheckName func(name string) string
}

// Target is one complete set of settings in a file.
type Target struct {
	// Names has the target's entry for each overlay, in the order of Format.Overlays, or "" if it has none.
	Names []string
	// layers begin with the file's base. Each later one is merged into the earlier ones.
	layers []layer
}

// layer is a mapping of settings with its path in the file.
type layer struct {
	path string
	node *yaml.Node
	// place is where the settings were given, if that was outside of the file.
	place string
}

// Layers returns the number of layers: the base, the overlays, and the values from outside of the file.
func (t Target) Layers() int { return len(t.layers) }

// File is a parsed settings file, whose settings are those of T.
type File[T any] struct {
	file
}

type file struct {
	path   string
	format Format
	root   reflect.Type // T
	base   *yaml.Node
	// replaced are the merged values by the own ones of a mapping that are in their place.
	replaced map[*yaml.Node]*yaml.Node
	// targets has at least one element if the file could be parsed.
	targets []Target
	// outside are the layers of the values from outside of the file.
	outside []layer
}

// Parse parses a file. It returns the problems of the file as a whole and of its overlays' names. Even with problems,
// there may be targets to read.
func Parse[T any](path string, data []byte, format Format) (File[T], Problems) {
	f := File[T]{file{path: path, format: format, root: reflect.TypeFor[T]()}}
	problems := f.parse(data)
	return f, problems
}

// Targets lists the sets of settings in the file's order.
func (f File[T]) Targets() []Target {
	all := make([]Target, len(f.targets))
	for i, target := range f.targets {
		all[i] = f.withOutside(target)
	}
	return all
}

// Base returns the target of the file without its overlays.
func (f File[T]) Base() Target { return f.withOutside(f.baseTarget()) }

// Read returns a reading of a target into the settings, which must contain their defaults.
func (f File[T]) Read(t Target, settings *T) *Reading {
	return newReading(f.file, t, reflect.ValueOf(settings).Elem())
}

// Problem returns a problem at a top-level key, or of the file as a whole if the key is absent.
func (f File[T]) Problem(key, format string, args ...any) Problem {
	_, at := child(f.base, key)
	if at == nil {
		key = ""
	}
	return f.problem(at, key, format, args...)
}

func (f *file) baseTarget() Target {
	return Target{Names: make([]string, len(f.format.Overlays)), layers: []layer{{node: f.base}}}
}

func (f *file) parse(data []byte) Problems {
	if len(data) > maxFileSize {
		return Problems{f.problem(nil, "", "%s", tooLarge)}
	}
	documents, err := readYAML(data)
	switch {
	case err != nil:
		return Problems{syntaxProblem(f.path, data, err)}
	case len(documents) == 0 || len(documents) == 1 && isNull(documents[0].Content[0]):
		return Problems{f.problem(nil, "", "the file is empty; %s", f.format.Start)}
	case len(documents) > 1:
		return Problems{f.problem(&documents[1], "",
			"a second document begins here (---); keep only one, and write the differences between stacks under "+
				"environments")}
	}
	base := documents[0].Content[0]
	if base.Kind != yaml.MappingNode {
		return Problems{f.problem(base, "", "expected settings (key: value), got %s%s", describe(base, traits{}),
			missingSpace(base, nil))}
	}
	if node, message := checkExtent(base); node != nil {
		return Problems{f.problem(node, "", "%s", message)}
	}
	replaced, at, wrong := mergeKeys(base)
	if at != nil {
		return Problems{f.problem(at, "", "%s", wrong)}
	}
	if message := f.foreign(base); message != "" {
		return Problems{f.problem(base, "", "%s", message)}
	}
	f.base, f.replaced = base, replaced
	problems := f.addTargets(f.baseTarget(), 0)
	if len(f.targets) == 0 {
		f.targets = []Target{f.baseTarget()}
	}
	return problems
}

func (f *file) foreign(base *yaml.Node) string {
	if f.format.Foreign == nil {
		return ""
	}
	var keys []string
	for key := range entries(base) {
		keys = append(keys, key.Value)
	}
	return f.format.Foreign(keys, func(keys string) bool { return has(base, strings.Split(keys, ".")) })
}

// addTargets adds a target, or the targets that result from the overlays from the given level on.
func (f *file) addTargets(t Target, level int) Problems {
	if level == len(f.format.Overlays) {
		f.targets = append(f.targets, t)
		return nil
	}
	overlay := f.format.Overlays[level]
	own := t.layers[len(t.layers)-1]
	declared, at := child(own.node, overlay.Key)
	if declared == nil {
		return f.addTargets(t, level+1)
	}
	section := JoinPath(own.path, overlay.Key)
	problems := f.checkInnerOverlays(own, level)
	if overlay.Further {
		problems = append(problems, f.addTargets(t, level+1)...)
	}
	if declared.Kind != yaml.MappingNode || len(declared.Content) == 0 {
		advice := "remove it for " + overlay.Without
		if declared.Kind == yaml.SequenceNode && len(declared.Content) > 0 {
			advice = "write " + strings.ReplaceAll(exampleMapping(declared, reflect.TypeFor[map[string]struct{}](), traits{}),
				"…", "{}")
		}
		return append(problems, f.problem(at, section, "expected %s by name, such as %s, got %s; %s",
			overlay.Plural, overlay.Example, describe(declared, traits{}), advice))
	}
	for key, value := range entries(declared) {
		if wrong := f.dedented(overlay, declared, key, value); wrong != "" {
			problems = append(problems, f.problem(key, section, "%s", wrong)) // of the section: no entry is in use without it
			continue
		}
		problem, wrong, readable := f.checkEntry(t, level, section, key, value)
		if wrong {
			problems = append(problems, problem)
		}
		if !readable {
			continue
		}
		entry := Target{Names: slices.Clone(t.Names)}
		entry.Names[level] = key.Value
		entry.layers = append(slices.Clip(t.layers),
			layer{path: JoinPath(section, QuoteKey(key.Value)), node: value})
		problems = append(problems, f.addTargets(entry, level+1)...)
	}
	return problems
}

// checkInnerOverlays reports overlays that belong in the entries of an outer one.
func (f *file) checkInnerOverlays(own layer, level int) Problems {
	var problems Problems
	for _, inner := range f.format.Overlays[level+1:] {
		if _, at := child(own.node, inner.Key); at != nil {
			overlay := f.format.Overlays[level].Key
			problems = append(problems, f.problem(at, JoinPath(own.path, inner.Key),
				"cannot be combined with %s at the same level; put it into the entries of %s that need it",
				overlay, overlay))
		}
	}
	return problems
}

// checkEntry returns what is wrong with an overlay's entry, and whether its settings can be read all the same.
func (f *file) checkEntry(
	t Target, level int, section string, key, value *yaml.Node,
) (problem Problem, wrong, readable bool) {
	overlay := f.format.Overlays[level]
	where := JoinPath(section, QuoteKey(key.Value))
	isMapping := value.Kind == yaml.MappingNode || isNull(value)
	if wrong := overlay.CheckName(key.Value); wrong != "" {
		// The rules for such an entry may depend on its name.
		return f.problem(key, where, "%s", wrong), true, isMapping && !overlay.Further
	}
	if !isMapping {
		return f.problem(value, where, "expected settings (key: value), got %s", describe(value, traits{})), true, false
	}
	isDuplicate := func(other Target) bool {
		return other.Names[level] == key.Value && slices.Equal(other.Names[:level], t.Names[:level])
	}
	if slices.ContainsFunc(f.targets, isDuplicate) {
		return f.problem(key, where, duplicateKey), true, false
	}
	for _, outer := range f.format.Overlays[:level+1] {
		if _, nested := child(value, outer.Key); nested != nil {
			return f.problem(nested, JoinPath(where, outer.Key),
				"%s cannot contain %s; move them to the level of %s",
				overlay.Noun, outer.Plural, key.Value), true, true
		}
	}
	return Problem{}, false, true
}

func (f *file) problem(node *yaml.Node, path, format string, args ...any) Problem {
	return Problem{f.position(node, path), mask(fmt.Sprintf(format, args...))}
}

func (f *file) position(node *yaml.Node, path string) Position {
	p := Position{File: f.path, Path: mask(path)}
	if node != nil {
		p.Line, p.Column = node.Line, node.Column
	}
	return p
}

// Path returns the file's name as it was given.
func (f File[T]) Path() string { return f.path }
