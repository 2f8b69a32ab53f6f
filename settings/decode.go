package settings

import (
	"cmp"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/agext/levenshtein"
	"go.yaml.in/yaml/v4"
)

// section is a group of settings: its defaults and its rules stand beside its type.
type section interface {
	setDefaults()
	check(c checker)
}

// union is a section with members that exclude each other. One that an overlay names replaces the base's.
type union interface {
	keepOnly(given []string)
}

// principal is a section of which one setting says most, so that who writes a bare value means that one.
type principal interface {
	principalKey() string
}

const (
	noMergeKeys  = "merge keys are not supported; put what is shared into the base and what differs under environments"
	noNUL        = "holds a NUL character (\\0), which no process and no AWS service takes; remove it"
	duplicateKey = "the key is there twice; remove one"
)

// decoder lays YAML over settings that hold their defaults, and reports what does not fit. The YAML library's own
// decoder stops at the type's first error in a mapping, names Go types, and cannot say the setting's path; so the
// library parses, and this walk of the types takes the values over.
type decoder struct {
	report func(node *yaml.Node, path, message string)
	// excuse silences the rules of a setting: what is wrong with it follows from what was reported.
	excuse func(path string)
	given  map[string]bool // the paths that the file gives a value
	told   int             // how many problems were reported
	// secrets are the values that no message repeats, by their paths.
	secrets map[string]string
	// inherited are those that the layers before this one give.
	inherited map[string]bool
	// place is where the file has a node.
	place func(node *yaml.Node, path string) Problem
}

// traits are what the tags of a setting's field tell the decoder; what lies within the setting has them too.
type traits struct {
	// secret values are never repeated in a message: they, or what somebody mistakes for them, are no one else's
	// business.
	secret bool
	// empty says what to write into a list or mapping that restricts something, where it is there but empty: an empty
	// list of who may connect could mean nobody or everybody.
	empty string
	// shape is how a list is written where a text was found: words or shell. Of a mapping it is the value of an entry.
	shape string
	// unit is what a number counts.
	unit string
	// entry says that the value is one of a list or of a mapping by name.
	entry bool
}

func traitsOf(field reflect.StructField, parent traits) traits {
	return traits{
		secret: parent.secret || field.Tag.Get("secret") == "true",
		empty:  field.Tag.Get("empty"),
		shape:  field.Tag.Get("shape"),
		unit:   field.Tag.Get("unit"),
	}
}

// ofEntry returns the traits of what a list or mapping holds.
func (t traits) ofEntry() traits {
	t.entry = true
	return t
}

// settings decodes a whole file or a whole overlay.
func (d *decoder) settings(node *yaml.Node, s *Settings) {
	if !isNull(node) {
		d.mapping(node, reflect.ValueOf(s).Elem(), "", traits{})
	}
}

func (d *decoder) value(node *yaml.Node, into reflect.Value, path string, t traits) {
	d.given[path] = true
	if t.empty != "" && node.Kind != yaml.ScalarNode && len(node.Content) == 0 {
		d.report(node, path, isEmpty+t.empty+d.orRemove(path))
		return
	}
	switch into.Kind() {
	case reflect.Pointer:
		if into.IsNil() {
			into.Set(reflect.New(into.Type().Elem()))
			into.Interface().(section).setDefaults()
		}
		d.mapping(node, into.Elem(), path, t)
	case reflect.Struct:
		d.mapping(node, into, path, t)
	case reflect.Map:
		d.named(node, into, path, t)
	case reflect.Slice:
		d.list(node, into, path, t)
	case reflect.Interface:
		d.anything(node, into, path)
	default:
		d.scalar(node, into, path, t)
	}
}

const isEmpty = "is empty, and would restrict nothing; "

// orRemove ends the advice about an empty value.
func (d *decoder) orRemove(path string) string {
	if d.inherited[path] {
		return ", or remove the key to keep what the base gives"
	}
	return ", or remove the key"
}

// null takes back what the file gave so far, where it is written out. A key with nothing behind it is more often a
// value that was forgotten, or is commented out, so that it never takes anything back.
func (d *decoder) null(node *yaml.Node, structure reflect.Value, field reflect.StructField, path string, t traits) {
	into := structure.FieldByIndex(field.Index)
	optional := into.Kind() == reflect.Pointer
	written := node.Value != ""
	switch {
	case t.empty != "":
		d.report(node, path, isEmpty+t.empty+d.orRemove(path))
	case !written && d.given[path]:
		d.report(node, path, "has nothing behind it; write a value, null to take back what the base gives, or "+
			"remove the key to keep it")
	case !written && optional && !into.IsNil():
		d.report(node, path, "has nothing behind it; write {} for its defaults, null to go without it, or remove the key")
	case optional:
		into.SetZero()
		d.forget(path)
	case written:
		into.Set(fresh(structure.Type()).Elem().FieldByIndex(field.Index))
		d.forget(path)
	}
}

// named decodes a mapping whose keys are the file's own: services, environment variables. An overlay's entries are laid
// over the base's, and null removes one.
func (d *decoder) named(node *yaml.Node, into reflect.Value, path string, t traits) {
	if node.Kind != yaml.MappingNode {
		d.report(node, path, fmt.Sprintf("expected a mapping by name, got %s; write it as %s", describe(node, t), exampleMapping(node, into.Type(), t)))
		return
	}
	if into.IsNil() {
		into.Set(reflect.MakeMap(into.Type()))
	}
	seen := map[string]bool{}
	for key, value := range entries(node) {
		at := join(path, quoted(key.Value))
		name := reflect.ValueOf(key.Value)
		before, _, isPair := strings.Cut(key.Value, "=")
		switch {
		case key.Kind != yaml.ScalarNode || key.Style&yaml.TaggedStyle != 0:
			d.report(key, path, fmt.Sprintf("expected a name, got %s", describe(key, t)))
		case key.Value == "<<" && key.ShortTag() == "!!merge":
			d.report(key, at, noMergeKeys)
		case t.secret && isPair:
			d.report(key, path, fmt.Sprintf("has a name with an equals sign in it, %s=…; write a colon and a space "+
				"instead, {%s: …}", before, before))
		case seen[key.Value]:
			d.report(key, at, duplicateKey)
		case unusableText(key.Value) != "":
			d.report(key, path, unusableText(key.Value))
		case isNull(value):
			d.nullEntry(value, into, key.Value, at, t)
		default:
			item := reflect.New(into.Type().Elem()).Elem()
			if old := into.MapIndex(name); old.IsValid() {
				item.Set(old)
			}
			d.value(value, item, at, t.ofEntry())
			into.SetMapIndex(name, item)
		}
		seen[key.Value] = true
	}
}

// nullEntry removes an entry that the base gives.
func (d *decoder) nullEntry(node *yaml.Node, into reflect.Value, name, path string, t traits) {
	there := into.MapIndex(reflect.ValueOf(name)).IsValid()
	switch {
	case t.empty != "":
		d.report(node, path, isEmpty+t.empty+d.orRemove(path))
	case node.Value == "" && there:
		d.report(node, path, "has nothing behind it; write null to remove what the base gives, or remove the key to keep it")
	case there:
		into.SetMapIndex(reflect.ValueOf(name), reflect.Value{})
		d.forget(path)
	case into.Type().Elem().Kind() == reflect.String:
		d.report(node, path, "has no value; write one, or remove the key")
	default:
		d.report(node, path, "has nothing behind it; write its settings, or remove the key")
	}
}

// forget drops what was given below a setting that null took back.
func (d *decoder) forget(path string) {
	for given := range d.given {
		if given == path || strings.HasPrefix(given, path+".") || strings.HasPrefix(given, path+"[") {
			delete(d.given, given)
		}
	}
}

func (d *decoder) mapping(node *yaml.Node, into reflect.Value, path string, t traits) {
	known := keys(into.Type())
	if node.Kind != yaml.MappingNode {
		hint := ""
		if p, ok := into.Addr().Interface().(principal); ok && node.Kind == yaml.ScalarNode {
			hint = fmt.Sprintf("; write {%s: %s}", p.principalKey(), label(node, t))
		} else if len(known) == 1 && node.Kind == yaml.ScalarNode {
			hint = fmt.Sprintf("; write {%s: %s}", known[0], label(node, t))
		}
		d.report(node, path, fmt.Sprintf("expected a mapping with %s, got %s%s", list(known, "or"), describe(node, t), hint))
		return
	}
	if path == "" {
		known = append(known, environmentsKey, regionsKey) // which parse has read
	}
	var seen, given []string
	for key, value := range entries(node) {
		at := join(path, quoted(key.Value))
		switch {
		case key.Kind != yaml.ScalarNode:
			d.report(key, path, fmt.Sprintf("expected a key, got %s; write %s", describe(key, t), list(known, "or")))
		case key.Value == "<<":
			d.report(key, at, noMergeKeys)
		case !slices.Contains(known, key.Value):
			advice, meant := "write "+list(known, "or"), ""
			if d.told < maxProblems { // more are not shown
				advice, meant = adviseKey(path, key.Value, known)
			}
			d.report(key, at, "unknown key; "+advice)
			// What the key was meant for may be missing now, and a rule of its section may miss it.
			d.excuse(path)
			d.excuse(meant)
		case slices.Contains(seen, key.Value):
			d.report(key, at, duplicateKey)
		default:
			seen = append(seen, key.Value)
			field, ok := fieldOf(into.Type(), key.Value)
			switch {
			case !ok:
			case isNull(value):
				d.null(value, into, field, at, traitsOf(field, t))
			default:
				given = append(given, key.Value)
				d.value(value, into.FieldByIndex(field.Index), at, traitsOf(field, t))
			}
		}
	}
	if u, ok := into.Addr().Interface().(union); ok {
		u.keepOnly(given)
	}
}

func (d *decoder) list(node *yaml.Node, into reflect.Value, path string, t traits) {
	if node.Kind != yaml.SequenceNode {
		d.report(node, path, fmt.Sprintf("expected a list, got %s; %s", describe(node, t), adviseList(node, t)))
		return
	}
	items := reflect.MakeSlice(into.Type(), len(node.Content), len(node.Content))
	for i, item := range node.Content {
		at := fmt.Sprintf("%s[%d]", path, i)
		if s, ok := items.Index(i).Addr().Interface().(section); ok {
			s.setDefaults()
			d.given[at] = true
			d.mapping(resolve(item), items.Index(i), at, t.ofEntry())
			if o, ok := s.(*Override); ok {
				o.Place = d.place(resolve(item), at)
			}
		} else {
			d.scalar(resolve(item), items.Index(i), at, t.ofEntry())
		}
	}
	into.Set(items)
}

// scalar takes a value over, and reports one that does not fit. Where other quotes would make it fit, it says so.
func (d *decoder) scalar(node *yaml.Node, into reflect.Value, path string, t traits) {
	if problem := unusableText(node.Value); problem != "" {
		d.report(node, path, problem)
		return
	}
	tag := node.ShortTag()
	if node.Kind != yaml.ScalarNode || node.Style&yaml.TaggedStyle != 0 {
		tag = ""
	}
	want, ok := readScalar(tag, node.Value, into, t)
	if ok && t.secret {
		d.secrets[path] = node.Value
	}
	if ok {
		return
	}
	fits := func(tag string) bool {
		_, ok := readScalar(tag, node.Value, into, t)
		return ok
	}
	hint := ""
	switch {
	case node.Kind != yaml.ScalarNode:
	case tag == "":
		hint = "; tags are not supported"
	case tag == "!!str" && (fits("!!int") || fits("!!bool")):
		hint = "; remove the quotes"
	case tag == "!!bool" && fits("!!str"):
		hint = "; put it in quotes"
	default:
		hint = adviseNumber(node.Value, into, t)
	}
	d.report(node, path, fmt.Sprintf("expected %s, got %s%s", want, describe(node, t), hint))
}

// unusableText says what is wrong with a text that does not arrive as it was written, wherever it goes.
func unusableText(text string) string {
	switch {
	case strings.ContainsRune(text, 0):
		return noNUL
	case strings.Contains(text, "TfToken["):
		return "holds TfToken[, by which CDKTF marks values of its own; remove it"
	}
	return ""
}

// decimal is how a number is written: YAML's other notations (0x10, 010, 1_000, 1e3, .inf) are more often a mistake.
var decimal = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)

// readScalar takes a value over where its YAML type is the setting's, and says what it wants. A text is never read as a
// number, nor as true or false. Where a text is wanted, a number or date is the text that was written: an account id
// needs no quotes. In lists and mappings of texts so are true and false, since people paste environment variables by
// the dozen; in a setting of its own they are more likely a mistake.
func readScalar(tag, value string, into reflect.Value, t traits) (want string, ok bool) {
	isNumber := (tag == "!!int" || tag == "!!float") && decimal.MatchString(value)
	switch {
	case into.Type() == reflect.TypeFor[time.Duration]():
		duration, err := time.ParseDuration(value)
		if ok = tag != "" && err == nil && duration%time.Second == 0; ok {
			into.SetInt(int64(duration))
		}
		return "a duration in whole seconds, such as 30s or 5m", ok
	case into.Kind() == reflect.String:
		if ok = tag != "" && tag != "!!null" && (tag != "!!bool" || t.entry); ok {
			into.SetString(value)
		}
		return "a text", ok
	case into.Kind() == reflect.Bool:
		isTrue := strings.EqualFold(value, "true")
		if ok = tag == "!!bool" && (isTrue || strings.EqualFold(value, "false")); ok {
			into.SetBool(isTrue)
		}
		return "true or false", ok
	case into.Kind() == reflect.Int:
		n, err := strconv.Atoi(value)
		if ok = isNumber && err == nil; ok {
			into.SetInt(int64(n))
		}
		return "a whole number such as 1024", ok
	case into.Kind() == reflect.Float64:
		n, err := strconv.ParseFloat(value, 64)
		if ok = isNumber && err == nil; ok {
			into.SetFloat(n)
		}
		return "a number such as 62.5", ok
	default:
		panic(fmt.Sprintf("settings: the decoder does not know %s", into.Type()))
	}
}

// fieldOf finds the field that has the key as its yaml name.
func fieldOf(structure reflect.Type, key string) (reflect.StructField, bool) {
	for _, field := range reflect.VisibleFields(structure) {
		if !field.Anonymous && yamlName(field) == key {
			return field, true
		}
	}
	return reflect.StructField{}, false
}

// keys lists a section's yaml names in the order of its type.
func keys(structure reflect.Type) []string {
	var names []string
	for _, field := range reflect.VisibleFields(structure) {
		if name := yamlName(field); name != "" && !field.Anonymous {
			names = append(names, name)
		}
	}
	return names
}

// yamlName is the field's key in the file; empty for one that no file can set.
func yamlName(field reflect.StructField) string {
	if name := field.Tag.Get("yaml"); name != "-" {
		return name
	}
	return ""
}

// choose tells what to write instead of a wrong word: the likeliest one, or all of them where none is likely.
func choose(wrong string, known []string) string {
	if likeliest, ok := nearest(wrong, known); ok {
		return fmt.Sprintf("did you mean %s?", likeliest)
	}
	return "write " + list(known, "or")
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

// list joins words as a sentence does: "a, b or c".
func list(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " " + last + " " + words[len(words)-1]
}
