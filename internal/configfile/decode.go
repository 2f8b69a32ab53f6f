package configfile

import (
	"cmp"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

const (
	noNUL        = "contains a NUL character (\\0), which neither processes nor AWS services accept; remove it"
	duplicateKey = "duplicate key; remove one, or merge the two"
	// misspelledEntry begins the message about an entry of an overlay, before the name that was probably meant.
	misspelledEntry = "is not in the settings that it changes; did you mean "
)

// The YAML library's own decoder stops at the first error of a mapping, names Go types in its messages, and does not
// know the path of a setting. So the library only parses. The methods below walk the types and decode the nodes into
// them.

// traits are the decoding options from the tags of a setting's field. They also apply to what the setting contains.
type traits struct {
	// secret values, and values mistaken for them, are never repeated in a message.
	secret bool
	// empty says what to write into a list or mapping that restricts something, if it is present but empty: an empty
	// list of clients could mean nobody or everybody.
	empty string
	// shape says how to write a list if a text was found: words or shell. For a text of words, it says the reverse. For a
	// mapping, it is the value of an entry.
	shape string
	// unit is the unit of a number.
	unit string
	// list is the key of the setting that takes a list instead of this one, which takes a number.
	list string
	// limits are the constraint of the field.
	limits func() Constraint
	// entry says that the value is an item of a list or an entry of a mapping by name.
	entry bool
	// optional says that null removes the section.
	optional bool
}

func traitsOf(field reflect.StructField, parent traits) traits {
	return traits{
		secret: parent.secret || field.Tag.Get("secret") == "true",
		empty:  field.Tag.Get("empty"),
		shape:  field.Tag.Get("shape"),
		unit:   field.Tag.Get("unit"),
		list:   field.Tag.Get("list"),
		limits: func() Constraint {
			c, _ := ConstraintOf(field)
			return c
		},
	}
}

// ofEntry returns the traits of the items or entries of a list or mapping.
func (t traits) ofEntry() traits {
	t.entry = true
	return t
}

func (r *Reading) value(node *yaml.Node, into reflect.Value, path string, t traits) {
	r.given[path] = true
	delete(r.nulls, path)
	delete(r.idle, path)
	delete(r.drops, path)
	if t.empty != "" {
		r.restricts[path] = true
		if node.Kind != yaml.ScalarNode && len(node.Content) == 0 {
			r.report(node, path, isEmpty+t.empty+r.orRemove(path))
			return
		}
	}
	switch into.Kind() {
	case reflect.Pointer:
		if into.IsNil() {
			into.Set(reflect.New(into.Type().Elem()))
			setDefaults(into)
		}
		t.optional = !t.entry
		r.mapping(node, into.Elem(), path, t)
	case reflect.Struct:
		r.mapping(node, into, path, t)
	case reflect.Map:
		r.named(node, into, path, t)
	case reflect.Slice:
		r.list(node, into, path, t)
	case reflect.Interface:
		r.anything(node, into, path)
	default:
		r.scalar(node, into, path, t)
	}
}

const isEmpty = "is empty and would restrict nothing; "

// orRemove ends the advice about an empty value.
func (r *Reading) orRemove(path string) string {
	if r.inherited[path] {
		return ", or remove the key to keep what the base gives"
	}
	return ", or remove the key"
}

// null removes what the file has given so far, if it is written out. A key without a value is more often one whose
// value was forgotten or commented out, so it never removes anything, and never stands for a default: an optional
// section would not be there, such as a login, and a single value would be another one than its author sees. Only
// where nothing is lost is it accepted: for sections that are always there, and lists and mappings of nothing.
func (r *Reading) null(
	key, node *yaml.Node, structure reflect.Value, field reflect.StructField, path string, t traits,
) {
	into := structure.FieldByIndex(field.Index)
	optional := into.Kind() == reflect.Pointer
	written := node.Value != ""
	switch {
	case t.empty != "":
		r.report(node, path, isEmpty+t.empty+r.orRemove(path))
	case !written && r.given[path]:
		r.report(node, path, noValue(key)+"; write one, or null to drop what the base gives, or remove the key to keep it")
	case !written && optional && !into.IsNil():
		r.report(node, path, noValue(key)+"; write {} for its defaults, or null to turn it off, or remove the key")
	case !written && meansSomething(into.Type()):
		r.reportBlank(node, structure.Type(), key.Value, path,
			noValue(key)+"; write "+exampleValue(into.Type())+", or remove the key")
	case optional:
		into.SetZero()
		r.nulls[path] = written && !r.forget(node, path)
	case written:
		into.Set(withDefaults(structure.Type()).Elem().FieldByIndex(field.Index))
		r.nulls[path] = !r.forget(node, path)
	}
}

// noValue says that a key has no value, and why if there seems to be one.
func noValue(key *yaml.Node) string {
	if strings.HasPrefix(key.LineComment, "#") {
		return "has no value: what begins with # is a comment, unless it is in quotes"
	}
	return "has no value"
}

// meansSomething reports whether the mere presence of a setting of a type has an effect, or its value.
func meansSomething(setting reflect.Type) bool {
	return setting.Kind() != reflect.Struct && setting.Kind() != reflect.Slice && setting.Kind() != reflect.Map
}

// exampleValue says what to write as a setting of a type.
func exampleValue(setting reflect.Type) string {
	switch {
	case setting.Kind() != reflect.Pointer:
		return "one"
	case len(problemsOfDefaults(setting.Elem())) == 0:
		return "its settings, {} for their defaults"
	}
	return "its settings"
}

// reportBlank reports a key without a value. If the section's own rules may report that the setting is missing, they
// know better what to write, and the message is only for a setting for which the program derives a value.
func (r *Reading) reportBlank(node *yaml.Node, section reflect.Type, key, path, message string) {
	if slices.ContainsFunc(problemsOfDefaults(section), func(p Problem) bool { return p.Path == key }) {
		r.blank[path] = r.problemIn(r.layer, node, path, message)
	} else {
		r.report(node, path, message)
	}
}

// problemsOfDefaults applies the rules of a section to its defaults.
func problemsOfDefaults(section reflect.Type) Problems {
	into := withDefaults(section)
	r := newReading(file{root: section}, Target{}, into.Elem())
	walkSections(into, Checker{reading: r})
	return r.problems
}

// named decodes a mapping with arbitrary names, such as services or environment variables. An overlay's entries are
// merged into the base's, and null removes one.
func (r *Reading) named(node *yaml.Node, into reflect.Value, path string, t traits) {
	if how := rewrite(node, into); how != "" {
		r.report(node, path, "is in another notation; write "+how)
		return
	}
	if node.Kind != yaml.MappingNode {
		advice := missingSpace(node, nil)
		if advice == "" {
			advice = "; write it as " + exampleMapping(node, into.Type(), t)
		}
		r.report(node, path, fmt.Sprintf("expected a mapping by name, got %s%s", describe(node, t), advice))
		return
	}
	if into.IsNil() {
		into.Set(reflect.MakeMap(into.Type()))
	}
	seen := map[string]bool{}
	node = r.joinTexts(node, path, nil, func(string) bool { return t.secret })
	for key, value := range entries(node) {
		at := JoinPath(path, QuoteKey(key.Value))
		name := reflect.ValueOf(key.Value)
		before, _, isPair := strings.Cut(key.Value, "=")
		misplaced := dedentedEntry(node, key, value, into.Type().Elem(), path)
		switch {
		case key.Kind != yaml.ScalarNode || key.Style&yaml.TaggedStyle != 0:
			r.report(key, path, fmt.Sprintf("expected a name, got %s", describe(key, t)))
		case t.secret && isPair:
			r.report(key, path, fmt.Sprintf("has a name with an equals sign, %s=…; write a colon and a space "+
				"instead, {%s: …}", before, before))
		case seen[key.Value]:
			r.report(key, at, duplicateKey)
		case unusableText(key.Value) != "":
			r.report(key, path, unusableText(key.Value))
		case key.Value == "" && into.Type().Elem().Kind() == reflect.Pointer:
			r.report(key, at, "has no name; write one")
		case isNull(value):
			r.nullEntry(node, key, value, into, at, t)
		case misplaced != "":
			r.report(key, path, misplaced)
		default:
			item := reflect.New(into.Type().Elem()).Elem()
			if old := into.MapIndex(name); old.IsValid() {
				item.Set(old)
			} else if similar := r.similarEntry(key.Value, path); similar != "" {
				r.added[at] = similar
			}
			r.value(value, item, at, t.ofEntry())
			into.SetMapIndex(name, item)
		}
		seen[key.Value] = true
	}
}

// rewrite returns how to write a mapping by name that is in another notation, or "".
func rewrite(node *yaml.Node, into reflect.Value) string {
	section, ok := into.Interface().(Rewritable)
	var found any
	if !ok || node.Decode(&found) != nil {
		return ""
	}
	return section.Rewrite(found)
}

// isRest reports whether a key without a value is the rest of a text in braces that a comma has ended: it follows
// another entry, and no colon follows it.
func isRest(mapping, key, value *yaml.Node) bool {
	return mapping.Style&yaml.FlowStyle != 0 && key != resolve(mapping.Content[0]) && value.Value == "" &&
		value.Column == key.Column+utf8.RuneCountInString(key.Value)
}

// nullEntry removes an entry of the base.
func (r *Reading) nullEntry(mapping, key, node *yaml.Node, into reflect.Value, path string, t traits) {
	name := key.Value
	exists := into.MapIndex(reflect.ValueOf(name)).IsValid()
	message := noValue(key) + "; write " + exampleValue(into.Type().Elem()) + ", or remove the key"
	if isRest(mapping, key, node) {
		message = "has no value: a comma ends a text in braces, unless it is in quotes; put the whole text in quotes, or " +
			"write a value"
	}
	similar := r.similarEntry(name, parent(path))
	switch {
	case t.empty != "":
		r.report(node, path, isEmpty+t.empty+r.orRemove(path))
	case node.Value == "" && exists:
		r.report(node, path, noValue(key)+"; write null to drop what the base gives, or remove the key to keep it")
	case exists:
		into.SetMapIndex(reflect.ValueOf(name), reflect.Value{})
		r.forget(node, path)
	case similar != "":
		r.report(node, path, misspelledEntry+similar+"?")
	case node.Value == "":
		r.report(node, path, message)
	default:
		r.nulls[path] = true
		if r.file.replaced[node] == nil {
			problem := r.problemIn(r.layer, node, path, "null has nothing to drop; remove the key, or give it a value")
			r.idle[path], r.idleIn[problem] = problem, r.layer.path
		}
	}
}

// similarEntry returns the name of an entry of earlier layers that is like another name, or "".
func (r *Reading) similarEntry(name, section string) string {
	var names []string
	for path := range r.inherited {
		if last := strings.TrimPrefix(path, section+"."); parent(path) == section && section != "" && last != path {
			names = append(names, last)
		}
	}
	slices.Sort(names)
	similar, _ := nearest(name, names)
	return similar
}

// isWithin reports whether a path is that of a section, or below it.
func isWithin(path, section string) bool {
	return path == section || strings.HasPrefix(path, section+".") || strings.HasPrefix(path, section+"[")
}

func (r *Reading) mapping(node *yaml.Node, into reflect.Value, path string, t traits) {
	known := Keys(into.Type())
	if node.Kind != yaml.MappingNode {
		r.reportBare(node, into, path, known, t)
		return
	}
	delete(r.guesses, path)
	if advice := r.file.adviseSection(path, node); advice != "" {
		r.report(node, path, advice)
		return
	}
	r.noteReplaced(node, into.Type(), path)
	offered := known
	if path == "" && r.layer.place == "" {
		for _, overlay := range r.file.format.Overlays {
			known = append(known, overlay.Key) // parse has read them
			if !hasKey(r.layer.path, overlay.Key) {
				offered = append(slices.Clip(offered), overlay.Key)
			}
		}
	}
	var seen, given []string
	node = r.joinTexts(node, path, known, func(key string) bool {
		field, ok := FieldOf(into.Type(), key)
		return !ok || traitsOf(field, t).secret
	})
	for key, value := range entries(node) {
		at := JoinPath(path, QuoteKey(key.Value))
		switch {
		case key.Kind != yaml.ScalarNode:
			r.report(key, path,
				fmt.Sprintf("expected a key, got %s; write %s", describe(key, t), JoinWords(known, "or")))
		case !slices.Contains(known, key.Value):
			all := "write " + JoinWords(offered, "or")
			advice, meant := all, ""
			if len(r.problems) < maxProblems { // further ones are not shown
				advice, meant = r.file.adviseKey(r.layer.path, path, key.Value, value, into.Type(), offered)
			}
			r.report(key, at, "unknown key; "+advice)
			// The setting that the key was meant for is now missing, which would break rules of its section.
			switch own, ok := r.suppose(node, value, into, path, meant, t); {
			case ok:
				given = append(given, own)
			case meant == "":
				r.incomplete[path] = true
				if last := len(r.problems) - 1; advice == all {
					r.unknown[path] = append(r.unknown[path],
						&unknownKey{value, guess{problem: last, message: r.problems[last].Message}})
				}
			default:
				r.incomplete[parent(meant)] = true
			}
		case slices.Contains(seen, key.Value):
			r.report(key, at, duplicateKey)
		default:
			seen = append(seen, key.Value)
			field, ok := FieldOf(into.Type(), key.Value)
			switch {
			case !ok:
			case isNull(value):
				r.null(key, value, into, field, at, traitsOf(field, t))
			default:
				given = append(given, key.Value)
				given = append(given, namesIn(value, key.Value, field.Type)...)
				r.value(value, into.FieldByIndex(field.Index), at, traitsOf(field, t))
			}
		}
	}
	if u, ok := into.Addr().Interface().(Union); ok {
		u.ResetOthers(given)
	}
}

// noteReplaced notes that a section takes the place of a merged one, and so drops what restricts something there: an
// overlay would keep it.
func (r *Reading) noteReplaced(node *yaml.Node, structure reflect.Type, path string) {
	merged := r.file.replaced[node]
	for key, field := range Fields(structure) {
		value, _ := child(merged, key)
		if own, _ := child(node, key); field.Tag.Get("empty") != "" && own == nil && !isNull(value) {
			r.addNote(path, fmt.Sprintf("takes the place of the whole section that << merges, without its %s; write them here "+
				"too if they are meant to apply", key))
		}
	}
}

// namesIn lists the paths of the entries of a mapping by name that have a value.
func namesIn(node *yaml.Node, section string, of reflect.Type) []string {
	var all []string
	for key, value := range entries(node) {
		if of.Kind() == reflect.Map && !isNull(value) {
			all = append(all, JoinPath(section, QuoteKey(key.Value)))
		}
	}
	return all
}

// joinTexts joins texts that a comma has ended, in a mapping in braces: {cron: 0 7 ? * MON,TUE *} has the keys cron and
// "TUE *", and the second one follows the comma directly, has no value, and is none of the known keys. One that is no
// plain word may also follow after spaces: {GREETING: yes, we can}.
func (r *Reading) joinTexts(node *yaml.Node, path string, known []string, secret func(key string) bool) *yaml.Node {
	if node.Style&yaml.FlowStyle == 0 {
		return node
	}
	joined := *node
	joined.Content = nil
	wrong := map[string]*yaml.Node{}
	for key, value := range entries(node) {
		if last := len(joined.Content) - 1; last > 0 && isNull(value) && value.Value == "" &&
			key.Kind == yaml.ScalarNode && !slices.Contains(known, key.Value) {
			before := joined.Content[last]
			end := before.Column + utf8.RuneCountInString(before.Value)
			name := joined.Content[last-1].Value
			if before.Kind == yaml.ScalarNode && (before.Style == 0 || wrong[name] == before) && !isNull(before) &&
				before.Line == key.Line && (end+1 == key.Column || end < key.Column && !likeKey.MatchString(key.Value)) {
				text := *before
				spaces := strings.Repeat(" ", key.Column-end-1)
				if decimal.MatchString(key.Value) { // a list of numbers, such as status codes, has none
					spaces = ""
				}
				text.Tag, text.Style, text.Value = "!!str", yaml.DoubleQuotedStyle, before.Value+","+spaces+key.Value
				joined.Content[last], wrong[name] = &text, &text
				continue
			}
		}
		joined.Content = append(joined.Content, key, value)
	}
	for name, text := range wrong {
		value := strconv.Quote(text.Value)
		if secret(name) {
			value = `"…"`
		}
		r.report(text, JoinPath(path, QuoteKey(name)), fmt.Sprintf("a comma ends a text in braces; put the whole text in "+
			"quotes: %s: %s", QuoteKey(name), value))
	}
	return &joined
}

// likeKey matches what can be meant as a key, and not only as a part of a text.
var likeKey = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// suppose silences the rules of the setting that an unknown key is meant for. One of the same section gets the key's
// value, for the rules of other settings: what is wrong with the value itself is reported once the key is right. It
// returns the key of such a setting.
func (r *Reading) suppose(
	section, value *yaml.Node, into reflect.Value, path, meant string, t traits,
) (key string, ok bool) {
	if meant == "" {
		return "", false
	}
	key = strings.TrimPrefix(strings.TrimPrefix(meant, path), ".")
	field, ok := FieldOf(into.Type(), key)
	if _, own := child(section, key); parent(meant) == path && own != nil {
		r.broken[meant] = true // what is below has been read
		return "", false
	}
	if ok = ok && parent(meant) == path && !isNull(value); ok {
		found := len(r.problems)
		r.value(value, into.FieldByIndex(field.Index), meant, traitsOf(field, t))
		r.problems = r.problems[:found]
		r.forgetGuesses(meant)
	}
	r.excuse(meant)
	return key, ok
}

func (r *Reading) list(node *yaml.Node, into reflect.Value, path string, t traits) {
	if node.Kind != yaml.SequenceNode {
		r.report(node, path, fmt.Sprintf("expected a list, got %s; %s", describe(node, t),
			adviseList(node, into.Type().Elem(), t)))
		return
	}
	r.forgetGuesses(path)
	items := reflect.MakeSlice(into.Type(), len(node.Content), len(node.Content))
	for i, item := range node.Content {
		at := fmt.Sprintf("%s[%d]", path, i)
		if items.Index(i).Kind() != reflect.Struct {
			r.scalar(resolve(item), items.Index(i), at, t.ofEntry())
			continue
		}
		setDefaults(items.Index(i).Addr())
		r.given[at] = true
		r.mapping(resolve(item), items.Index(i), at, t.ofEntry())
		if p, ok := items.Index(i).Addr().Interface().(Positioned); ok {
			p.SetPosition(r.problemIn(r.layer, resolve(item), at, "").Position)
		}
	}
	into.Set(items)
}

// scalar decodes a value, and reports one of the wrong type. If the message says what to write instead, the setting
// gets that value, so that the rules apply to it.
func (r *Reading) scalar(node *yaml.Node, into reflect.Value, path string, t traits) {
	if problem := unusableText(node.Value); problem != "" {
		r.report(node, path, problem)
		return
	}
	tag := node.ShortTag()
	if node.Kind != yaml.ScalarNode || node.Style&yaml.TaggedStyle != 0 {
		tag = ""
	}
	delete(r.guesses, path)
	want, ok := readScalar(tag, node.Value, into, t)
	if t.secret {
		r.secrets[path] = node.Value
	}
	if ok {
		return
	}
	fits := func(tag string) bool {
		_, ok := readScalar(tag, node.Value, into, t)
		return ok
	}
	message := fmt.Sprintf("expected %s, got %s", want, describe(node, t))
	switch {
	case node.Kind == yaml.SequenceNode && t.list != "":
		r.report(node, path, message+fmt.Sprintf("; write %s for a list", t.list))
	case node.Kind == yaml.SequenceNode && t.shape == "words" && !t.entry && len(node.Content) > 0:
		r.report(node, path, message+"; write "+strconv.Quote(strings.Join(itemsOf(node), " ")))
	case node.Kind != yaml.ScalarNode:
		r.report(node, path, message+adviseSingle(node, into, t))
	case into.Kind() == reflect.Bool && tag != "" && adviseSwitch(node.Value) != "" && !fits("!!bool"):
		readScalar("!!bool", switches[strings.ToLower(node.Value)], into, t)
		r.reportGuess(node, path, message, adviseSwitch(node.Value))
	case tag == "":
		r.report(node, path, message+"; tags are not supported")
	case tag == "!!str" && (fits("!!int") || fits("!!bool")):
		r.reportGuess(node, path, message, "; remove the quotes")
	case tag == "!!bool" && fits("!!str"):
		r.reportGuess(node, path, message, "; put it in quotes")
	default:
		plain := plainNumber(tag, node.Value)
		unit, advice, meant := adviseNumber(cmp.Or(plain, node.Value), into, t)
		if _, ok := readScalar("!!int", plain, into, t); ok && plain != "" && (meant == "" || meant == plain) {
			unit, advice, meant = "", "; write "+plain, plain
		}
		if unit+advice == "" && t.limits().Optional {
			advice = "; write one, or remove it"
		}
		if _, ok := readScalar("!!int", meant, into, t); ok && meant != "" {
			r.reportGuess(node, path, message+unit, advice)
		} else {
			r.report(node, path, message+unit+advice)
		}
	}
}

// unusableText returns what is wrong with a text that would not arrive unchanged in Terraform or AWS, or "".
func unusableText(text string) string {
	switch {
	case strings.ContainsRune(text, 0):
		return noNUL
	case strings.Contains(text, "TfToken["):
		return "contains TfToken[, with which CDKTF marks its own values; remove it"
	}
	return ""
}

// wholeNumber describes the numbers that a setting takes.
func (t traits) wholeNumber() string {
	limits := t.limits()
	switch {
	case t.unit == "CPU units" || t.unit == "MiB" && limits.Low == nil:
		return "a whole number such as 1024"
	case limits.Enum != nil:
		return "a whole number such as " + limits.Enum[len(limits.Enum)/2]
	case limits.Low != nil && !limits.isOpen():
		return "a whole number from " + limits.String()
	}
	return "a whole number such as 1"
}

// decimal matches the only accepted notation of numbers: YAML's others (0x10, 010, 1_000, 1e3, .inf) are more often a
// mistake.
var decimal = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)

// plainNumber returns a number of YAML's other notations in the accepted one, or "". It does not say what 010 is: eight
// or ten, depending on YAML's version.
func plainNumber(tag, text string) string {
	digits := strings.ReplaceAll(text, "_", "")
	if tag != "!!int" && tag != "!!float" || zeroFirst.MatchString(digits) {
		return ""
	}
	number, err := strconv.ParseFloat(digits, 64)
	if n, notWhole := strconv.ParseInt(digits, 0, 64); notWhole == nil {
		number, err = float64(n), nil
	}
	const beyondAll = 1e15 // and infinity
	if err != nil || math.IsNaN(number) || math.Abs(number) > beyondAll {
		return ""
	}
	return strconv.FormatFloat(number, 'f', -1, 64)
}

var zeroFirst = regexp.MustCompile(`^[+-]?0[0-9]`)

// readScalar decodes a value if its YAML type fits the setting, and returns a description of the expected type. A text
// is never read as a number, or as true or false. For a text, a number or date is accepted as it is written: an account
// id needs no quotes. In lists and mappings of texts, true and false are accepted too, since people paste many
// environment variables; elsewhere they are more likely a mistake.
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
		return t.wholeNumber(), ok
	case into.Kind() == reflect.Float64:
		n, err := strconv.ParseFloat(value, 64)
		if ok = isNumber && err == nil; ok {
			into.SetFloat(n)
		}
		return "a number such as 62.5", ok
	default:
		panic(fmt.Sprintf("configfile: the decoder does not know %s", into.Type()))
	}
}
