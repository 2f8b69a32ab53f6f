package configfile

import (
	"fmt"
	"math/big"
	"reflect"
	"strconv"

	"go.yaml.in/yaml/v4"
)

// anything decodes the value of an override, which gets into Terraform's JSON through JavaScript. It reports values
// that would be changed on the way.
func (r *Reading) anything(node *yaml.Node, into reflect.Value, path string) {
	if value, ok := r.jsonValue(node, path); ok {
		into.Set(reflect.ValueOf(&value).Elem())
		return
	}
	r.excuse(path)
}

// jsonValue returns the JSON value of a node. It reports what JSON or JavaScript cannot represent, without the value,
// which may be secret.
func (r *Reading) jsonValue(node *yaml.Node, path string) (value any, ok bool) {
	node = resolve(node)
	switch {
	case node.Style&yaml.TaggedStyle != 0:
		r.report(node, path, "has a tag, and tags are not supported; write a text, a number, true, false, a list or "+
			"a mapping")
		return nil, false
	case node.Kind == yaml.SequenceNode:
		return r.jsonList(node, path)
	case node.Kind == yaml.MappingNode:
		return r.jsonMapping(node, path)
	}
	switch node.ShortTag() {
	case "!!null":
		return nil, true
	case "!!bool":
		return node.Value == "true" || node.Value == "True" || node.Value == "TRUE", true
	case "!!int", "!!float":
		number, exact := exactNumber(node.Value)
		if !exact {
			r.report(node, path, "is a number that JSON would change; write a plain decimal of at most 15 digits, or "+
				"put it in quotes to make it a text")
			return nil, false
		}
		return number, true
	default: // a text, or a date, which JSON represents as a text
		if problem := unusableText(node.Value); problem != "" {
			r.report(node, path, problem)
			return nil, false
		}
		return node.Value, true
	}
}

func (r *Reading) jsonList(node *yaml.Node, path string) (any, bool) {
	items, all := make([]any, len(node.Content)), true
	for i, item := range node.Content {
		at := fmt.Sprintf("%s[%d]", path, i)
		value, ok := r.jsonValue(item, at)
		if ok && value == nil {
			r.report(resolve(item), at, "is null, which a list in Terraform cannot contain; remove the item")
			ok = false
		}
		items[i], all = value, all && ok
	}
	return items, all
}

func (r *Reading) jsonMapping(node *yaml.Node, path string) (any, bool) {
	entriesByKey, all := map[string]any{}, true
	for key, value := range entries(node) {
		at := JoinPath(path, QuoteKey(key.Value))
		problem := ""
		_, isDuplicate := entriesByKey[key.Value]
		switch {
		case key.Kind != yaml.ScalarNode || key.Style&yaml.TaggedStyle != 0 || isNull(key):
			problem, at = "has a key that is not a text; write a text", path
		case key.Value == "__proto__":
			problem = "is reserved by JavaScript and would be lost; no property in Terraform has this name"
		case unusableText(key.Value) != "":
			problem, at = unusableText(key.Value), path
		case isDuplicate:
			problem = duplicateKey
		}
		if problem != "" {
			r.report(key, at, problem)
			all = false
			continue
		}
		item, ok := r.jsonValue(value, at)
		entriesByKey[key.Value], all = item, all && ok
	}
	return entriesByKey, all
}

// exactNumber reads a plain decimal. The result is exact if JavaScript's number has the same digits.
func exactNumber(text string) (number any, exact bool) {
	if !decimal.MatchString(text) {
		return nil, false
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, false
	}
	written, ok := new(big.Rat).SetString(text)
	carried, fits := new(big.Rat).SetString(strconv.FormatFloat(f, 'f', -1, 64))
	if !ok || !fits || written.Cmp(carried) != 0 {
		return nil, false
	}
	if written.IsInt() {
		const most = 1 << 53
		if f > most || f < -most {
			return nil, false
		}
		return int(f), true
	}
	return f, true
}
