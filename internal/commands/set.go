package commands

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"webapp/settings"
	"webapp/stacks"
)

// readDeployed reads what was set for a stack when it was deployed, from the file with its Terraform outputs. The file
// "" has nothing.
func readDeployed(stdin io.Reader, file string) ([]settings.Value, error) {
	if file == "" {
		return nil, nil
	}
	var text []byte
	var err error
	if file == "-" {
		text, err = io.ReadAll(stdin)
	} else {
		text, err = os.ReadFile(file)
	}
	if err != nil {
		return nil, fmt.Errorf("--set-from: %w; name the file with what terraform output -json prints", err)
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, fmt.Errorf("--set-from %s: is empty; write what terraform output -json prints, which is {} for a stack "+
			"without outputs", file)
	}
	var outputs map[string]struct{ Value json.RawMessage }
	if err := unmarshal(text, &outputs); err != nil {
		return nil, fmt.Errorf("--set-from %s: %w; write what terraform output -json prints", file, err)
	}
	set := map[string]string{}
	if own, ok := outputs[stacks.SetOutput]; ok {
		if err := unmarshal(own.Value, &set); err != nil {
			return nil, fmt.Errorf("--set-from %s: the output %s: %w; write what terraform output -json prints", file,
				stacks.SetOutput, err)
		}
	}
	var values []settings.Value
	for _, path := range slices.Sorted(maps.Keys(set)) {
		values = append(values, settings.Value{Place: "--set-from " + file, Path: path, Text: set[path]})
	}
	return values, nil
}

// lastOfEach returns the last value of each setting. An empty one leaves the setting to the file.
func lastOfEach(all []settings.Value) []settings.Value {
	var values []settings.Value
	for _, value := range all {
		values = slices.DeleteFunc(values, func(other settings.Value) bool { return other.Path == value.Path })
		if strings.TrimSpace(value.Text) != "" {
			values = append(values, value)
		}
	}
	return values
}

// printSet says which settings do not have the file's values.
func printSet(output io.Writer, all []settings.Stack) {
	if paths := slices.Sorted(maps.Keys(all[0].Set)); len(paths) > 0 { // every stack has the same
		fmt.Fprintf(output, "Not from the file: %s\n", strings.Join(paths, ", "))
	}
}
