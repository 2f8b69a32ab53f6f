package synth

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// mendHCL makes Terraform accept what CDKTF writes for `cdktf synth --hcl`: it writes the conditions of a lifecycle as
// an attribute, where Terraform wants blocks, and puts references into quotes, where Terraform wants them bare.
func mendHCL(outdir string) error {
	files, err := filepath.Glob(filepath.Join(outdir, "stacks", "*", "*.tf"))
	if err != nil {
		return err
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("mending the HCL: %w", err)
		}
		mended, err := mendLifecycles(source, file)
		if err != nil {
			return fmt.Errorf("mending the HCL: %w", err)
		}
		if err := os.WriteFile(file, mended, 0o644); err != nil {
			return fmt.Errorf("mending the HCL: %w", err)
		}
	}
	return nil
}

// edit replaces a range of the source.
type edit struct {
	in  hcl.Range
	new string
}

func mendLifecycles(source []byte, name string) ([]byte, error) {
	parsed, problems := hclsyntax.ParseConfig(source, name, hcl.InitialPos)
	if problems.HasErrors() {
		return nil, problems
	}
	var edits []edit
	for _, resource := range parsed.Body.(*hclsyntax.Body).Blocks {
		edits = append(edits, bareReferences(source, resource.Body, "depends_on")...)
		for _, block := range resource.Body.Blocks {
			if block.Type == "lifecycle" {
				edits = append(edits, bareReferences(source, block.Body, "ignore_changes", "replace_triggered_by")...)
				edits = append(edits, conditionBlocks(source, block.Body, "precondition", "postcondition")...)
			}
		}
	}
	// From the end, so that the ranges before stay true.
	slices.SortFunc(edits, func(a, b edit) int { return b.in.Start.Byte - a.in.Start.Byte })
	for _, e := range edits {
		source = slices.Concat(source[:e.in.Start.Byte], []byte(e.new), source[e.in.End.Byte:])
	}
	return hclwrite.Format(source), nil
}

// bareReferences takes the quotes from the items of lists.
func bareReferences(source []byte, body *hclsyntax.Body, names ...string) []edit {
	var edits []edit
	for _, name := range names {
		for _, item := range items(body, name) {
			edits = append(edits, edit{item.Range(), unquoted(source, item.Range())})
		}
	}
	return edits
}

// conditionBlocks writes lists of condition objects as blocks.
func conditionBlocks(source []byte, body *hclsyntax.Body, names ...string) []edit {
	var edits []edit
	for _, name := range names {
		var blocks strings.Builder
		for _, item := range items(body, name) {
			object, ok := item.(*hclsyntax.ObjectConsExpr)
			if !ok {
				continue
			}
			fmt.Fprintf(&blocks, "%s {\n", name)
			for _, entry := range object.Items {
				key, value := unquoted(source, entry.KeyExpr.Range()), entry.ValueExpr.Range().SliceBytes(source)
				fmt.Fprintf(&blocks, "%s = %s\n", key, value)
			}
			blocks.WriteString("}\n")
		}
		if blocks.Len() > 0 {
			edits = append(edits, edit{body.Attributes[name].SrcRange, blocks.String()})
		}
	}
	return edits
}

// items are those of an attribute that is a list; none where there is no such attribute.
func items(body *hclsyntax.Body, name string) []hclsyntax.Expression {
	if attribute, ok := body.Attributes[name]; ok {
		if list, ok := attribute.Expr.(*hclsyntax.TupleConsExpr); ok {
			return list.Exprs
		}
	}
	return nil
}

func unquoted(source []byte, in hcl.Range) string {
	return strings.Trim(string(in.SliceBytes(source)), `"`)
}
