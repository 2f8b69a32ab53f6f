package events

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// at returns what a path such as $.resources[0] leads to, nil where it leads nowhere.
// Source: EventBridge user guide, "Amazon EventBridge input transformation".
func at(path string, event object) any {
	var value any = event
	for _, step := range steps.FindAllString(strings.TrimPrefix(path, "$"), -1) {
		if index, isIndex := strings.CutPrefix(step, "["); isIndex {
			list, _ := value.([]any)
			i, err := strconv.Atoi(strings.TrimSuffix(index, "]"))
			if err != nil || i >= len(list) {
				return nil
			}
			value = list[i]
			continue
		}
		fields, _ := value.(object)
		value = fields[strings.TrimPrefix(step, ".")]
	}
	return value
}

var steps = regexp.MustCompile(`\.[^.\[]+|\[\d+\]`)

// transform fills the variables of a template. A text is put in as it is, and anything else as JSON.
func transform(template string, paths map[string]string, event object) string {
	return variables.ReplaceAllStringFunc(template, func(variable string) string {
		switch value := at(paths[strings.Trim(variable, "<>")], event).(type) {
		case nil:
			return ""
		case string:
			return value
		default:
			text, err := json.Marshal(value)
			if err != nil {
				return fmt.Sprint(value)
			}
			return string(text)
		}
	})
}

var variables = regexp.MustCompile(`<[A-Za-z0-9_.-]+>`)
