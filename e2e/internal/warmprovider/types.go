package warmprovider

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
)

// Types are the resource and data source types that a stack uses, or has used: a type that its configuration no longer
// has is in its state until the next apply.
type Types struct {
	mutex sync.Mutex
	kinds map[string]map[string]bool // by the kind of block
}

// The kinds of block whose types a provider describes.
const (
	resource  = "resource"
	data      = "data"
	ephemeral = "ephemeral"
)

// blocks are what is read of a configuration.
var blocks = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
	{Type: resource, LabelNames: []string{"type", "name"}},
	{Type: data, LabelNames: []string{"type", "name"}},
	{Type: ephemeral, LabelNames: []string{"type", "name"}},
}}

// AddFolder adds the types of the Terraform configuration in a folder.
func (t *Types) AddFolder(folder string) error {
	parser := hclparse.NewParser()
	files, err := filepath.Glob(filepath.Join(folder, "*.tf*"))
	if err != nil {
		return err
	}
	for _, file := range files {
		var parsed *hcl.File
		var problems hcl.Diagnostics
		switch {
		case strings.HasSuffix(file, ".tf"):
			parsed, problems = parser.ParseHCLFile(file)
		case strings.HasSuffix(file, ".tf.json"):
			parsed, problems = parser.ParseJSONFile(file)
		default:
			continue // a state, or values of variables
		}
		if problems.HasErrors() {
			return fmt.Errorf("reading the types of a stack: %w", problems)
		}
		content, _, problems := parsed.Body.PartialContent(blocks)
		if problems.HasErrors() {
			return fmt.Errorf("reading the types of a stack: %w", problems)
		}
		for _, block := range content.Blocks {
			t.add(block.Type, block.Labels[0])
		}
	}
	return nil
}

func (t *Types) add(kind, typ string) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.kinds == nil {
		t.kinds = map[string]map[string]bool{}
	}
	if t.kinds[kind] == nil {
		t.kinds[kind] = map[string]bool{}
	}
	t.kinds[kind][typ] = true
}

func (t *Types) has(kind, typ string) bool {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.kinds[kind][typ]
}
