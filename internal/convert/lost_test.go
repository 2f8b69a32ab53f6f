package convert

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"go.yaml.in/yaml/v4"

	"webapp/internal/configfile"
)

// meaningless are keys without a meaning for a settings file.
var meaningless = []string{
	// Compose: whether the other service must be in the file; whether it starts again, which it always does; replicated,
	// which is the default.
	"required", "restart", "soft", "version", "mode",
	"driver", "networks[0]", // of an extension and a network, which have notes
	// App Runner: how the service is, and what only a reference needs.
	"ServiceId", "ServiceUrl", "CreatedAt", "UpdatedAt", "Status", "OperationId", "Protocol", "ImageRepositoryType",
	"image_repository_type", "AutoScalingConfigurationName", "AutoScalingConfigurationRevision",
	"AutoScalingConfigurationArn", "auto_scaling_configuration_name", "auto_scaling_configuration_arn",
	"ObservabilityConfigurationArn", "required_version", "region",
}

// meaninglessRoots are such keys at the top of a file: the names are those of the folders, and "/" is the default.
var meaninglessRoots = []string{"name", "type", "http.path"}

// TestNothingIsLost removes every value of every input, one at a time: what is written must change, or a note must be
// about the value or what it is in. A value that changes neither would be lost silently.
func TestNothingIsLost(t *testing.T) {
	eachCase(t, func(t *testing.T, tool, _ string, archive *txtar.Archive) {
		input, _ := inputOf(archive)
		for i := range input {
			rewriteYAML(t, &input[i])
		}
		whole := convertIn(t, tool, input)
		for i, file := range input {
			if strings.Contains(file.Name, "/addons/") || strings.HasSuffix(file.Name, ".workspace") {
				continue
			}
			var root yaml.Node
			if err := yaml.Unmarshal(file.Data, &root); err != nil {
				t.Fatal(err)
			}
			for _, path := range leaves(root.Content[0], "") {
				key := path[strings.LastIndex(path, ".")+1:]
				if slices.Contains(meaningless, key) || slices.Contains(meaninglessRoots, path) ||
					strings.Contains(path, ".x-") || // the author's own
					isNoted(whole.Notes, file.Name, path) {
					continue
				}
				without := slices.Clone(input)
				without[i].Data = withoutLeaf(t, file.Data, path)
				result, err := tryIn(t, tool, without)
				if err == nil && string(result.Settings) == string(whole.Settings) &&
					noteTexts(result.Notes) == noteTexts(whole.Notes) {
					t.Errorf("%s: %s is lost: without it, the settings and the notes are the same", file.Name, path)
				}
			}
		}
	})
}

// rewriteYAML writes a file as it is written again after a change.
func rewriteYAML(t *testing.T, file *txtar.File) {
	t.Helper()
	var root yaml.Node
	if err := yaml.Unmarshal(file.Data, &root); err != nil {
		t.Fatal(err)
	}
	var err error
	if file.Data, err = yaml.Marshal(&root); err != nil {
		t.Fatal(err)
	}
}

// leaves lists the paths of all values that hold no others.
func leaves(n *yaml.Node, path string) []string {
	var all []string
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			all = append(all, leaves(n.Content[i+1], configfile.JoinPath(path, configfile.QuoteKey(n.Content[i].Value)))...)
		}
	case yaml.SequenceNode:
		for i, item := range n.Content {
			all = append(all, leaves(item, fmt.Sprintf("%s[%d]", path, i))...)
		}
	case yaml.AliasNode:
	default:
		all = append(all, path)
	}
	return all
}

func withoutLeaf(t *testing.T, data []byte, path string) []byte {
	t.Helper()
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		t.Fatal(err)
	}
	var remove func(n *yaml.Node, at string)
	remove = func(n *yaml.Node, at string) {
		step := 1
		if n.Kind == yaml.MappingNode {
			step = 2
		}
		for i := 0; i+step-1 < len(n.Content); i += step {
			here := fmt.Sprintf("%s[%d]", at, i)
			if step == 2 {
				here = configfile.JoinPath(at, configfile.QuoteKey(n.Content[i].Value))
			}
			if here == path {
				n.Content = slices.Delete(n.Content, i, i+step)
				return
			}
			remove(n.Content[i+step-1], here)
		}
	}
	remove(root.Content[0], "")
	changed, err := yaml.Marshal(&root)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

// isNoted reports whether a note is about a value, or about what it is in.
func isNoted(notes []Note, file, path string) bool {
	return slices.ContainsFunc(notes, func(n Note) bool {
		rest, isInside := strings.CutPrefix(path, n.Path)
		// The overlay of an environment has the paths of what it is laid over.
		if _, overlay, ok := strings.Cut(path, "environments."); ok && !isInside {
			_, overlay, _ = strings.Cut(overlay, ".")
			rest, isInside = strings.CutPrefix(overlay, n.Path)
		}
		return n.File == file && isInside && (rest == "" || n.Path == "" && n.Line > 0 || rest[0] == '.' || rest[0] == '[')
	})
}

func noteTexts(notes []Note) string {
	var b strings.Builder
	for _, n := range notes {
		n.Line = 0
		b.WriteString(n.String() + "\n")
	}
	return b.String()
}
