package configfile

import (
	"cmp"
	"fmt"
	"iter"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mattn/go-shellwords"
	"go.yaml.in/yaml/v4"
)

// adviseKey returns what to write instead of an unknown key, and the path of the setting that is probably meant, if
// any: the key may belong in another section, be misspelled, or come from another tool. The layer is the path of the
// overlay that has the key, or "".
func (f *file) adviseKey(
	layer, section, wrong string, value *yaml.Node, structure reflect.Type, known []string,
) (advice, meant string) {
	word := plainKey(wrong)
	here := func(key string) (string, string) {
		single := ""
		if field, ok := FieldOf(structure, key); ok && value.Kind == yaml.SequenceNode && !fits(value, field.Type) &&
			field.Type.Kind() != reflect.Pointer && field.Type.Kind() != reflect.Struct {
			single = ", which takes a single value"
		}
		return fmt.Sprintf("did you mean %s%s?", key, single), JoinPath(section, key)
	}
	elsewhere := func(path string) (string, string) {
		full := f.inEntry(section, path)
		switch {
		case full == "":
			return fmt.Sprintf("%s do not have %s; remove it", firstStep(section), path), ""
		case parent(full) == section && section != "":
			return here(full[len(section)+1:])
		case !strings.Contains(full, ".") && section != "" && layer == "":
			return fmt.Sprintf("did you mean %s, at the top of the file?", full), full
		}
		return fmt.Sprintf("did you mean %s?", JoinPath(layer, full)), full
	}
	if same := spelledLike(word, known); same != "" {
		return here(same)
	}
	if forAnchors.MatchString(wrong) {
		return "a settings file has no keys for anchors alone; move the anchor (&…) to where its value is used first", ""
	}
	if f.format.AdviseKey != nil {
		advice, path := f.format.AdviseKey(section, word, value.Value, value.Kind == yaml.SequenceNode)
		if advice != "" {
			return advice, path
		}
		if path != "" {
			return elsewhere(path)
		}
	}
	if renamed := f.renamed(section, wrong, structure); renamed != "" {
		return fmt.Sprintf("%s was renamed to %s", wrong, renamed), JoinPath(section, renamed)
	}
	// A setting far away, or with a name that is only similar, must accept such a value.
	fitting := func(keys []string) []string {
		return slices.DeleteFunc(slices.Clone(keys), func(key string) bool {
			field, ok := FieldOf(structure, key)
			return ok && !fits(value, field.Type) || !ok && !hasSections(value) // an overlay has entries
		})
	}
	if same := singularOf(word, fitting(known)); same != "" {
		return here(same)
	}
	if same := singularOf(word, known); same != "" && len(value.Content) == 1 && value.Kind == yaml.SequenceNode {
		return here(same)
	}
	usual, hasPlace := f.format.UsualPlaces[word]
	if hasPlace && usual != "" && parent(usual) != section {
		return elsewhere(usual)
	}
	if same := sameWord(word, known); same != "" {
		return here(same)
	}
	if near := endingWith(wrong, fitting(known)); len(near) > 0 {
		meant := ""
		if len(near) == 1 {
			meant = JoinPath(section, near[0])
		}
		return fmt.Sprintf("did you mean %s?", JoinWords(near, "or")), meant
	}
	if entry, at := f.entry(section); entry != nil {
		if paths := placesOf(entry, word, value, 2); len(paths) == 1 {
			full := JoinPath(at, paths[0])
			return fmt.Sprintf("did you mean %s?", JoinPath(layer, full)), full
		}
	}
	// Short words, such as on and mode, and words without a usual place have too many meanings to stand for a setting deep
	// within others.
	const short, deep = 4, 2
	if paths := placesOf(f.root, word, value, anyDepth); len(paths) == 1 && !f.isBeside(section, paths[0]) &&
		(isWithin(paths[0], section) || len(word) > short && (!hasPlace || usual != "") ||
			strings.Count(paths[0], ".") < deep) {
		return elsewhere(paths[0])
	}
	if likely, ok := nearest(wrong, fitting(known)); ok {
		return here(likely)
	}
	if path, ok := f.format.OtherWords[word]; ok && path != section {
		if last := lastKey(path); slices.Contains(known, last) {
			return here(last)
		}
		return elsewhere(path)
	}
	return "write " + JoinWords(known, "or"), ""
}

// adviseSection returns what is wrong with the keys of a section as a whole, or "".
func (f *file) adviseSection(section string, node *yaml.Node) string {
	if f.format.AdviseSection == nil {
		return ""
	}
	return f.format.AdviseSection(section, func(yield func(string) bool) {
		for key := range entries(node) {
			if !yield(plainKey(key.Value)) {
				return
			}
		}
	})
}

// forAnchors matches the keys that Compose, GitLab and others do not read, so that they can hold what aliases repeat.
var forAnchors = regexp.MustCompile(`^(x-|\.).`)

// plainKey returns a key in lower case, without what separates its words.
func plainKey(key string) string {
	return strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(key))
}

// spelledLike returns the key that a plain one is in another spelling: health_check and HealthCheck are healthCheck.
func spelledLike(word string, known []string) string {
	for _, key := range known {
		if plainKey(key) == word {
			return key
		}
	}
	return ""
}

// singularOf returns the key of which a plain one is the plural, or the singular.
func singularOf(word string, known []string) string {
	for _, key := range known {
		if singular(plainKey(key)) == singular(word) {
			return key
		}
	}
	return ""
}

func singular(word string) string {
	if stem, ok := strings.CutSuffix(word, "ies"); ok {
		return stem + "y"
	}
	return strings.TrimSuffix(word, "s")
}

// fits reports whether a value can be meant for a setting of a type: neither is a section or a list where the other is
// a single value.
func fits(value *yaml.Node, setting reflect.Type) bool {
	setting = elem(setting)
	kind := setting.Kind()
	isSection := kind == reflect.Struct || kind == reflect.Map
	switch {
	case isNull(value) || kind == reflect.Interface:
		return true
	case value.Kind == yaml.MappingNode:
		return isSection
	case value.Kind == yaml.SequenceNode:
		return kind == reflect.Slice || kind == reflect.Map
	case value.ShortTag() == "!!bool":
		return kind != reflect.Slice
	}
	section := reflect.New(setting).Interface()
	if p, ok := section.(FromText); ok && p.FromText(value.Value) != "" {
		return true
	}
	if p, ok := section.(Shorthand); ok && p.ShorthandKey(value.Value) != "" {
		return true
	}
	return !isSection
}

// hasSections reports whether a value is a mapping of mappings.
func hasSections(value *yaml.Node) bool {
	for _, entry := range entries(value) {
		if entry.Kind != yaml.MappingNode && !isNull(entry) {
			return false
		}
	}
	return isNull(value) || value.Kind == yaml.MappingNode
}

// sameWord returns the key that a plain one is with a word around it: enable_deletion_protection is deletionProtection,
// web_acl_arn is webACL, and security_group_ids is securityGroup.
func sameWord(word string, known []string) string {
	short := strings.TrimPrefix(word, "enable")
	for _, kind := range []string{"arn", "id", "arns", "ids"} {
		short = strings.TrimSuffix(short, kind)
	}
	for _, key := range known {
		if plain := plainKey(key); plain == short || plain == short+"s" {
			return key
		}
	}
	return ""
}

// renamed returns the current name of a renamed key of a section, or "" if the key never existed there.
func (f *file) renamed(section, key string, structure reflect.Type) string {
	for current, field := range Fields(structure) {
		if was, ok := field.Tag.Lookup("was"); ok && was == key {
			return current
		}
	}
	for _, overlay := range f.format.Overlays {
		if overlay.Was == key && key != "" && section == "" {
			return overlay.Key
		}
	}
	return ""
}

// endingWith returns those of a section's keys that end with the wrong one.
func endingWith(wrong string, known []string) []string {
	wrong = strings.ToLower(wrong)
	return slices.DeleteFunc(slices.Clone(known), func(key string) bool {
		return len(wrong) < 4 || !strings.HasSuffix(strings.ToLower(key), wrong)
	})
}

const anyDepth = 100

// placesOf lists the paths of the settings with this plain name that such a value fits, of at most some steps. It
// leaves out those in entries by name: those under services are the same as at the top of the file.
func placesOf(structure reflect.Type, word string, value *yaml.Node, depth int) []string {
	var found []string
	var walk func(structure reflect.Type, path string, depth int)
	walk = func(structure reflect.Type, path string, depth int) {
		for name, field := range Fields(structure) {
			at := JoinPath(path, name)
			if plainKey(name) == word && fits(value, field.Type) {
				found = append(found, at)
			}
			if t := elem(field.Type); t.Kind() == reflect.Struct && depth > 1 {
				walk(t, at, depth-1)
			}
		}
	}
	walk(structure, "", depth)
	return found
}

// inEntry moves the path of a setting into the entry that a section belongs to, if such an entry has the setting too:
// task.cpu is services.api.task.cpu for a section of services.api. Of several, the innermost one counts. It returns ""
// for a setting of another entry: the one at the top of the file, which is a struct that the root embeds, and to which
// this section does not belong.
func (f *file) inEntry(section, path string) string {
	innermost := ""
	for entry, at := range f.entries(section) {
		if exists(entry, path) {
			innermost = JoinPath(at, path)
		}
	}
	if innermost != "" {
		return innermost
	}
	own, inRoot := FieldOf(f.root, firstStep(section))
	meant, _ := FieldOf(f.root, firstStep(path))
	if entry, _ := f.entry(section); entry == nil || !inRoot || len(meant.Index) < 2 || own.Index[0] == meant.Index[0] {
		return path
	}
	return ""
}

// entry returns the type and the path of the outermost entry that a section belongs to, or nil.
func (f *file) entry(section string) (structure reflect.Type, at string) {
	for structure, at := range f.entries(section) {
		return structure, at
	}
	return nil, ""
}

// entries iterates over the named entries and the items of lists that a section belongs to, the outermost first, with
// their paths.
func (f *file) entries(section string) iter.Seq2[reflect.Type, string] {
	return func(yield func(reflect.Type, string) bool) {
		structure, at := f.root, ""
		for step := range steps(section) {
			at = JoinPath(at, step.written)
			if structure.Kind() == reflect.Map {
				structure = elem(structure.Elem())
				if !yield(structure, at) {
					return
				}
				continue
			}
			field, ok := FieldOf(structure, step.key)
			if !ok {
				return
			}
			structure = elem(field.Type)
			if structure.Kind() == reflect.Slice && step.index != "" {
				if structure = structure.Elem(); structure.Kind() == reflect.Struct && !yield(structure, at) {
					return
				}
			}
			if structure.Kind() != reflect.Struct && structure.Kind() != reflect.Map {
				return
			}
		}
	}
}

// isBeside reports whether a setting is beside the named entry that a section belongs to, in the same section: that of
// another kind of scaling has another meaning than a metric's.
func (f *file) isBeside(section, path string) bool {
	full := f.inEntry(section, path)
	for _, at := range f.entries(section) {
		if around := parent(parent(at)); around != "" && isWithin(full, around) && !isWithin(full, at) {
			return true
		}
	}
	return false
}

// firstStep returns the first step of a path as it is written, or "".
func firstStep(path string) string {
	for step := range steps(path) {
		return step.written
	}
	return ""
}

// reportBare reports a bare value, or a list of them, in place of a section. If the message says how to write it as the
// section's main setting, or that {} is enough, the section gets that.
func (r *Reading) reportBare(node *yaml.Node, into reflect.Value, path string, known []string, t traits) {
	message := fmt.Sprintf("expected a mapping with %s, got %s", JoinWords(known, "or"), describe(node, t))
	if advice := missingSpace(node, known); advice != "" {
		r.report(node, path, message+advice)
		return
	}
	switch strings.ToLower(node.Value) {
	case "true", "yes", "on", "enabled":
		r.reportGuess(node, path, message, "; write {} for its defaults")
		r.guesses[path].isSwitch = true
		return
	case "false", "no", "off", "disabled":
		if t.optional {
			message += "; write null for none"
		}
		r.report(node, path, message)
		return
	}
	if p, ok := into.Addr().Interface().(FromText); ok && node.Kind == yaml.ScalarNode && !isNull(node) && !t.secret {
		if example := p.FromText(node.Value); example != "" {
			r.report(node, path, message+"; write "+example)
			return
		}
	}
	key, first := mainKey(node, into, known)
	field, ok := FieldOf(into.Type(), key)
	if !ok || t.secret {
		r.report(node, path, message)
		return
	}
	value, ok := setBare(node, first, field, into.FieldByIndex(field.Index), traitsOf(field, t))
	if !ok {
		r.report(node, path, message+adviseEntry(node, field, t))
		return
	}
	r.given[JoinPath(path, key)] = true
	if u, ok := into.Addr().Interface().(Union); ok {
		u.ResetOthers([]string{key})
	}
	r.reportGuess(node, path, message+fmt.Sprintf("; write {%s: %s}", key, value), "")
}

// mainKey returns the key of the setting that a bare value, or a list of them, is meant for, or "" if there is none. It
// also returns the value, or the first one of the list.
func mainKey(node *yaml.Node, into reflect.Value, known []string) (key string, first *yaml.Node) {
	first = node
	if node.Kind == yaml.SequenceNode && len(node.Content) > 0 {
		first = resolve(node.Content[0])
	}
	if first.Kind != yaml.ScalarNode || isNull(first) || first.ShortTag() == "!!bool" {
		return "", first
	}
	if p, ok := into.Addr().Interface().(Shorthand); ok {
		return p.ShorthandKey(first.Value), first
	}
	if len(known) == 1 {
		return known[0], first
	}
	return "", first
}

// setBare gives a setting a bare value, or a list of them, and returns how to write it. It reports whether the setting
// takes it.
func setBare(
	node, first *yaml.Node, field reflect.StructField, setting reflect.Value, t traits,
) (value string, ok bool) {
	if texts, ok := setting.Addr().Interface().(*[]string); ok {
		switch {
		case node != first:
			*texts = itemsOf(node)
		case t.shape == "words":
			*texts = splitWords(node.Value)
		default:
			*texts = []string{node.Value}
		}
		return flowList(*texts), true
	}
	if node != first {
		return "", false
	}
	tag, text := node.ShortTag(), node.Value
	if decimal.MatchString(text) {
		tag = "!!int"
	}
	value = label(node, t)
	if _, ok = readScalar(tag, text, setting, t); !ok {
		_, _, value = adviseNumber(text, setting, t)
		_, ok = readScalar("!!int", value, setting, t)
	}
	limits, limited := ConstraintOf(field)
	return value, ok && value != "" && (!limited || limits.allows(setting))
}

// itemsOf returns the items of a list as they are written.
func itemsOf(list *yaml.Node) []string {
	var items []string
	for _, item := range list.Content {
		items = append(items, resolve(item).Value)
	}
	return items
}

// adviseEntry returns what to write as the setting of a section instead of a bare value that the setting does not take.
func adviseEntry(node *yaml.Node, field reflect.StructField, t traits) string {
	if node.Kind != yaml.ScalarNode {
		return ""
	}
	key, into, of := Key(field), reflect.New(field.Type).Elem(), traitsOf(field, t)
	want, ok := readScalar(node.ShortTag(), node.Value, into, of)
	if limits, limited := ConstraintOf(field); ok && limited && !limits.allows(into) {
		return fmt.Sprintf("; write {%s: …} with %s", key, limits.rangeFor(into, "a number"))
	}
	if unit, advice, _ := adviseNumber(node.Value, into, of); unit+advice != "" {
		return fmt.Sprintf("; write {%s: …}%s", key, unit+advice)
	}
	return fmt.Sprintf("; write {%s: …} with %s", key, want)
}

// missingSpace advises about a text that is meant as a key and its value. The known keys are nil if it may be any.
func missingSpace(node *yaml.Node, known []string) string {
	if node.Kind != yaml.ScalarNode || node.Style != 0 {
		return ""
	}
	key := keyWithoutSpace.FindStringSubmatch(node.Value)
	if key == nil || key[1] == "arn" || known != nil && !slices.Contains(known, key[1]) {
		return ""
	}
	return fmt.Sprintf("; put a space after the colon of %s", key[1])
}

// keyWithoutSpace matches a key and a value without a space between them, but not a URL.
var keyWithoutSpace = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9_]*):[^/\s:]`)

// adviseList returns how to write a list of these items instead of what was found.
func adviseList(node *yaml.Node, item reflect.Type, t traits) string {
	switch {
	case item.Kind() == reflect.Struct:
		keys := Keys(item)
		return fmt.Sprintf("write it as [{%s: …}]", strings.Join(keys[:min(3, len(keys))], ": …, "))
	case node.Kind == yaml.ScalarNode && t.secret:
		return "put it in brackets, […]"
	case t.limits().Enum != nil:
		return adviseWords(node, t.limits())
	case node.Kind == yaml.MappingNode && len(node.Content) > 0 && !t.secret && item.Kind() == reflect.String:
		return "write it as " + flowList(textsIn(node))
	case node.Kind != yaml.ScalarNode || item.Kind() == reflect.String && node.ShortTag() != "!!str":
		return "write it as [a, b]"
	case node.Value == "":
		return "write it as [a, b], or remove the key"
	case t.shape == "shell":
		return "write it as " + flowList(healthCommand(node.Value))
	case listIn(node.Value) != nil:
		return "write it as " + flowList(listIn(node.Value))
	case t.shape == "words":
		return "write it as " + flowList(splitWords(node.Value))
	}
	if item, ok := strings.CutPrefix(node.Value, "-"); ok {
		return fmt.Sprintf("write a hyphen and a space before each item: - %s", strings.TrimSpace(item))
	}
	return "write it as " + flowList(splitCommas(node.Value))
}

// splitCommas returns what a text has between its commas.
func splitCommas(text string) []string {
	var items []string
	for _, item := range strings.Split(text, ",") {
		items = append(items, strings.TrimSpace(item))
	}
	return items
}

// textsIn returns the texts of a mapping that is meant as a list of them: its values, or its keys if they have none.
func textsIn(mapping *yaml.Node) []string {
	var texts []string
	for key, value := range entries(mapping) {
		if value.Kind == yaml.ScalarNode && !isNull(value) {
			key = value
		}
		texts = append(texts, key.Value)
	}
	return texts
}

// healthCommand returns a health check that is written as a single text: a line for the shell, or one after CMD or
// CMD-SHELL, as in a Dockerfile, or with commas in it, as in ECS's console.
// Source: ECS API, HealthCheck command.
func healthCommand(line string) []string {
	const program, shell = "CMD", "CMD-SHELL"
	kind, isConsole := "", false
	if begin := checkKind.FindStringSubmatch(line); begin != nil {
		line, kind, isConsole = strings.TrimSpace(line[len(begin[0]):]), begin[1], strings.Contains(begin[2], ",")
	}
	items := listIn(line)
	switch {
	case items != nil && (items[0] == program || items[0] == shell):
		return items
	case items != nil:
		return append([]string{program}, items...)
	}
	if items = splitCommas(line); isConsole && kind == program && len(items) > 1 {
		if !joinsCommands.MatchString(line) {
			return append([]string{program}, items...)
		}
		line = strings.Join(items, " ")
	}
	return []string{shell, cmp.Or(line, "…")}
}

var (
	// checkKind matches the beginning of a text that has the kind of a health check, and what is behind it. If it has
	// several, the last one counts.
	checkKind     = regexp.MustCompile(`^(?:(CMD-SHELL|CMD)(\s*,\s*|\s+|$))+`)
	joinsCommands = regexp.MustCompile(`&&|\|\|`)
)

// HealthCommand returns a health check that is written as a single text as a list in YAML's notation on one line.
func HealthCommand(line string) string { return flowList(healthCommand(line)) }

// HealthCommandList returns a health check whose texts repeat its kind, or have it at their beginning, as the list in
// YAML's notation that is meant. It returns "" for any other, such as [CMD-SHELL, CMD=1 curl localhost].
func HealthCommandList(texts []string) string {
	if texts[0] == "CMD" || texts[0] == "CMD-SHELL" {
		texts = texts[1:]
	}
	switch {
	case len(texts) == 0 || !checkKind.MatchString(texts[0]):
		return ""
	case texts[0] == "CMD":
		return flowList(texts)
	}
	return flowList(healthCommand(strings.Join(texts, " ")))
}

// listIn returns the items of a list in brackets that a text has, such as the JSON of a Dockerfile, or nil.
func listIn(text string) []string {
	var document yaml.Node
	if !strings.HasPrefix(text, "[") || yaml.Unmarshal([]byte(text), &document) != nil {
		return nil
	}
	var items []string
	for _, item := range document.Content[0].Content {
		if item.Kind != yaml.ScalarNode {
			return nil
		}
		items = append(items, item.Value)
	}
	return items
}

// adviseWords returns how to write a list of words that are given, where only some are allowed.
func adviseWords(node *yaml.Node, allowed Constraint) string {
	var words []string
	for _, word := range strings.Split(node.Value, ",") {
		if word = strings.TrimSpace(word); !slices.Contains(allowed.Enum, word) {
			return fmt.Sprintf("write a list of %s, such as %s", allowed, flowList(allowed.Enum[:1]))
		}
		words = append(words, word)
	}
	return "write it as " + flowList(words)
}

// splitWords splits a command as a shell would. A command that needs a shell, such as one with && or $HOME, is passed
// to sh.
func splitWords(line string) []string {
	parser := shellwords.NewParser()
	words, err := parser.Parse(line)
	needsShell := strings.ContainsAny(inSingleQuotes.ReplaceAllString(line, ""), "$*?~`\n")
	if err != nil || parser.Position >= 0 || needsShell || len(words) == 0 {
		return []string{"sh", "-c", line}
	}
	return words
}

var inSingleQuotes = regexp.MustCompile(`'[^']*'`)

// CommandList returns the words of a command line as a list in YAML's notation on one line.
func CommandList(line string) string { return flowList(splitWords(line)) }

// flowList returns a list in YAML's notation on one line.
func flowList(words []string) string {
	items := make([]string, len(words))
	for i, word := range words {
		items[i] = word
		if !harmlessInFlow.MatchString(word) {
			items[i] = strconv.Quote(word)
		}
	}
	return "[" + strings.Join(items, ", ") + "]"
}

// harmlessInFlow matches words that need no quotes in a list on one line.
var harmlessInFlow = regexp.MustCompile(`^[A-Za-z0-9./_-][A-Za-z0-9./_:=@+-]*[A-Za-z0-9./_=@+-]$|^[A-Za-z0-9]$`)

// exampleMapping shows how to write a mapping by name, using the names in what was found.
func exampleMapping(node *yaml.Node, into reflect.Type, t traits) string {
	value := "…"
	if t.shape != "" {
		value = t.shape
	}
	var pairs []string
	for _, item := range node.Content {
		name, given := pairIn(resolve(item), into.Elem().Kind() == reflect.String)
		if !plainWord.MatchString(name) || given == "" && t.secret {
			return fmt.Sprintf("{name: %s}", value)
		}
		isReference := strings.HasPrefix(given, "arn:") // and not secret
		if t.secret && !isReference || given == "" || into.Elem().Kind() != reflect.String {
			given = value
		}
		if given != value && !harmlessInFlow.MatchString(given) {
			given = strconv.Quote(given)
		}
		pairs = append(pairs, fmt.Sprintf("%s: %s", name, given))
	}
	if node.Kind != yaml.SequenceNode || len(pairs) == 0 {
		return fmt.Sprintf("{name: %s}", value)
	}
	return "{" + strings.Join(pairs, ", ") + "}"
}

// pairIn returns the name and the value of an item of a list that is meant as an entry of a mapping, in the notations
// of other tools: NAME=value, or {name: …, value: …}. The entry's value may be a text or a section.
func pairIn(item *yaml.Node, ofTexts bool) (name, value string) {
	switch {
	case item.Kind == yaml.ScalarNode && item.Style&yaml.TaggedStyle == 0:
		name, value, _ = strings.Cut(item.Value, "=")
	case item.Kind == yaml.MappingNode:
		for key, given := range entries(item) {
			switch strings.ToLower(key.Value) {
			case "name", "key", "containername":
				name = given.Value
			case "value", "condition", "valuefrom":
				value = given.Value
			}
		}
		// [{LEVEL: debug}] is a list of mappings instead of a single mapping.
		if name == "" && ofTexts && len(item.Content) == 2 {
			name, value = item.Content[0].Value, resolve(item.Content[1]).Value
		}
	}
	return name, value
}

// adviseSingle returns what to write instead of a mapping or a list, in which other tools write a single value.
func adviseSingle(node *yaml.Node, into reflect.Value, t traits) string {
	if t.secret {
		return ""
	}
	given := map[string]string{}
	for key, value := range entries(node) {
		given[strings.ToLower(key.Value)] = value.Value
	}
	switch {
	case into.Kind() == reflect.Bool:
		return adviseSwitch(cmp.Or(given["enable"], given["enabled"]))
	case into.Kind() != reflect.String:
		return ""
	case given["repository"] != "" && given["tag"] != "": // Helm
		return "; write " + given["repository"] + ":" + given["tag"]
	case given["condition"] != "": // Compose
		return "; write its condition alone"
	case isCutByColon(node):
		return fmt.Sprintf("; put a text with a colon and a space in quotes: %q", node.Content[0].Value+": "+
			resolve(node.Content[1]).Value)
	}
	for _, item := range node.Content {
		if node.Kind != yaml.SequenceNode || item.ShortTag() != "!!int" {
			return ""
		}
	}
	if len(node.Content) == 0 {
		return ""
	}
	return fmt.Sprintf("; write %q", strings.Join(itemsOf(node), ","))
}

// isCutByColon reports whether a mapping is meant as a text: - echo done: yes.
func isCutByColon(node *yaml.Node) bool {
	if node.Kind != yaml.MappingNode || len(node.Content) != 2 {
		return false
	}
	key, value := node.Content[0], resolve(node.Content[1])
	return key.Kind == yaml.ScalarNode && value.Kind == yaml.ScalarNode && key.Style == 0 &&
		!plainWord.MatchString(key.Value)
}

// switches are the words that YAML 1.1 and other tools take for true and false.
var switches = map[string]string{
	"true": "true", "yes": "true", "y": "true", "on": "true", "enabled": "true", "enable": "true", "1": "true",
	"false": "false", "no": "false", "n": "false", "off": "false", "disabled": "false", "disable": "false", "0": "false",
}

// adviseSwitch returns how to write such a word, or "" for any other.
func adviseSwitch(word string) string {
	if meant := switches[strings.ToLower(word)]; meant != "" {
		return "; write " + meant
	}
	return ""
}

// portMapping matches the notation of Docker and Compose for a port: host:container/protocol.
var portMapping = regexp.MustCompile(`^(?:[0-9.]*:)+([1-9][0-9]*)(?:/tcp)?$|^([1-9][0-9]*)/tcp$`)

var withUnit = regexp.MustCompile(`(?i)^([0-9]+(?:\.[0-9]+)?)\s*` +
	`(%|mb|mib|mi|ms|m|gb|gib|gi|g|tb|tib|ti|t|vcpus?|cpus?|s|d|days?)?$`)

// adviseNumber returns how to write a number or duration that was given with a unit, without one, or in a wrong unit:
// the right unit, what to write, and that value by itself.
func adviseNumber(value string, into reflect.Value, t traits) (unit, advice, meant string) {
	if into.Type() == reflect.TypeFor[time.Duration]() {
		return adviseDuration(value, t)
	}
	if t.unit == "port" {
		if port := portMapping.FindStringSubmatch(value); port != nil {
			meant = cmp.Or(port[1], port[2])
			return "", "; write the container's own port, " + meant, meant
		}
		return "", "", ""
	}
	endless := []string{"forever", "never", "infinite", "unlimited"}
	if slices.Contains(endless, strings.ToLower(value)) && t.unit == "days" && slices.Contains(t.limits().Enum, "0") {
		return "", "; write 0", "0"
	}
	parts := withUnit.FindStringSubmatch(value)
	isNumber := into.Kind() == reflect.Int || into.Kind() == reflect.Float64
	if number := strings.TrimSuffix(strings.TrimPrefix(value, "+"), "%"); isNumber && t.unit == "" && number != value &&
		decimal.MatchString(number) {
		return "", "; write " + number, number
	}
	if t.unit == "" || parts == nil || !isNumber {
		return "", "", ""
	}
	number, _ := strconv.ParseFloat(parts[1], 64)
	given := strings.ToLower(parts[2])
	factor := 1.0
	const mostCPUs = 16 // of a Fargate task; a larger number is one of CPU units
	switch {
	case t.unit == "MiB" && (strings.HasPrefix(given, "g") || given == "" && number != math.Trunc(number)),
		t.unit == "CPU units" && (given == "" || strings.Contains(given, "cpu")) &&
			(number <= mostCPUs || strings.HasPrefix(given, "v")):
		factor = 1024
	case t.unit == "MiB" && strings.HasPrefix(given, "t"):
		factor = 1024 * 1024
	case t.unit == "CPU units" && given == "m": // thousandths of a CPU, as in Kubernetes
		factor = 1.024
	case t.unit == "percent" && given == "" && number < 1:
		factor = 100
	case t.unit == "milliseconds" && given == "s":
		factor = 1000
	case t.unit == "minutes" && given == "s":
		factor = 1.0 / 60
	case t.unit == "minutes" && given != "" && given != "m":
		return "; it is in minutes", "", ""
	case t.unit != "milliseconds" && (given == "s" || given == "ms"):
		return "; it is in " + t.unit, "", ""
	}
	number *= factor
	unit = "; it is in " + t.unit
	if into.Kind() == reflect.Int && number != float64(int(number)) {
		return unit, "", ""
	}
	meant = strconv.FormatFloat(number, 'f', -1, 64)
	return unit, ": write " + meant, meant
}

var spokenDuration = regexp.MustCompile(`(?i)^([0-9]+)\s*` +
	`(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)?$`)

func adviseDuration(value string, t traits) (unit, advice, meant string) {
	parts := spokenDuration.FindStringSubmatch(value)
	if parts == nil {
		return "", "", ""
	}
	switch unit := strings.ToLower(parts[2]); {
	case len(parts[1]) > 9: // too long for a duration
		if most := t.limits().High; most != nil {
			return "", "; write at most " + t.limits().format(*most), ""
		}
		return "", "", ""
	case unit == "":
		meant = parts[1] + "s"
		return "", fmt.Sprintf("; write %s for %s seconds", meant, parts[1]), meant
	case unit[0] == 'd' || unit[0] == 'w':
		days, err := strconv.Atoi(parts[1])
		if err != nil || days > 10_000 {
			return "", "", ""
		}
		if unit[0] == 'w' {
			days *= 7
		}
		meant = fmt.Sprintf("%dh", days*24)
	default:
		meant = fmt.Sprintf("%s%c", parts[1], unit[0])
	}
	return "", "; write " + meant, meant
}
