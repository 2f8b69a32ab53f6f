package commands

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"webapp/settings"
)

// contextOfCDKTF are the keys that CDKTF itself reads, or that its command line adds.
var contextOfCDKTF = []string{
	"allowSepCharsInLogicalIds", "cdktfJsonPath", "cdktfRelativeModules", "cdktfStaticModuleAssetHash", "cdktfVersion",
	"excludeStackIdFromLogicalIds",
}

// setKey is the key of the context with values of settings, by their paths.
const setKey = "set"

// readContext reads the CDKTF context into the options as CDKTF does: from cdktf.json, which its command line hands
// over in CDKTF_CONTEXT_JSON. Run by itself, without that command line, the variable wins over the file. It returns the
// values of settings that the context has.
func readContext(options map[string]*string) ([]settings.Value, error) {
	if text := os.Getenv("CDKTF_CONTEXT_JSON"); text != "" {
		var context map[string]any
		err := unmarshal([]byte(text), &context)
		if err == nil && context == nil {
			err = errors.New("it is a JSON null, not an object")
		}
		if err != nil {
			return nil, fmt.Errorf("CDKTF_CONTEXT_JSON: %w; write an object such as {\"vpcname\": \"shared\"}, or unset it",
				err)
		}
		return setOptions("CDKTF_CONTEXT_JSON: ", context, options)
	}
	text, err := os.ReadFile("cdktf.json")
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the CDKTF context: %w", err)
	}
	var config struct {
		Context map[string]any `json:"context"`
	}
	if err := unmarshal(text, &config); err != nil {
		return nil, fmt.Errorf("cdktf.json: %w", err)
	}
	return setOptions("cdktf.json: context.", config.Context, options)
}

// unmarshal decodes JSON. Its errors are for whoever wrote it.
func unmarshal(text []byte, into any) error {
	err := json.Unmarshal(text, into)
	var syntax *json.SyntaxError
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		line := 1 + bytes.Count(text[:min(syntax.Offset, int64(len(text)))], []byte("\n"))
		return fmt.Errorf("line %d is not valid JSON: %w", line, err)
	case errors.As(err, &wrong) && wrong.Field != "":
		return fmt.Errorf("%s is a JSON %s, not an object", wrong.Field, wrong.Value)
	case errors.As(err, &wrong):
		return fmt.Errorf("it is a JSON %s, not an object", wrong.Value)
	}
	return err
}

// setOptions sets the options that the context gives. An empty text is one that is not given. It returns the values of
// settings.
func setOptions(source string, context map[string]any, options map[string]*string) ([]settings.Value, error) {
	values, problems := settingsOfContext(source, context[setKey])
	known := append(slices.Collect(maps.Keys(options)), setKey)
	slices.Sort(known)
	for _, key := range slices.Sorted(maps.Keys(context)) {
		value := context[key]
		text, isText := value.(string)
		switch option := options[key]; {
		case key == setKey, option == nil && isCDKTFs(key):
		case option == nil:
			problems = append(problems, fmt.Errorf("%s%s is unknown; the keys are %s",
				source, key, strings.Join(known, ", ")))
		case !isText:
			problems = append(problems, notAText(source+key, value))
		case text != "":
			*option = text
		}
	}
	return values, errors.Join(problems...)
}

// settingsOfContext returns the values of settings that the context has, by their paths.
func settingsOfContext(source string, value any) (values []settings.Value, problems []error) {
	byPath, isObject := value.(map[string]any)
	if value != nil && !isObject {
		return nil, []error{fmt.Errorf(`%s%s is not an object; write one, such as {"container.image": "shop:1.4.2"}`,
			source, setKey)}
	}
	for _, path := range slices.Sorted(maps.Keys(byPath)) {
		text, isText := byPath[path].(string)
		if !isText {
			problems = append(problems, notAText(fmt.Sprintf("%s%s: %s", source, setKey, path), byPath[path]))
			continue
		}
		values = append(values, settings.Value{Place: source + setKey, Path: path, Text: text})
	}
	return values, problems
}

func notAText(where string, value any) error {
	written, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return fmt.Errorf("%s is %s; write a text in quotes", where, written)
}

// isCDKTFs reports whether a key of the context is CDKTF's, or one of its features', such as @cdktf/….
func isCDKTFs(key string) bool {
	return slices.Contains(contextOfCDKTF, key) || strings.ContainsAny(key, "@/:")
}
