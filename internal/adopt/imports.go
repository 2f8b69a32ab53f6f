package adopt

import (
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
)

// ImportsFile is the name of the file of import blocks, in the folder of the synthesized stack. Synthesis keeps it.
const ImportsFile = "imports.tf"

// WriteImports writes the matches as import blocks.
func (m Matches) WriteImports(file string) error {
	var b strings.Builder
	b.WriteString("# Written by webapp adopt. Remove this file after it was applied: it has no effect then.\n")
	for _, one := range m.Found() {
		fmt.Fprintf(&b, "\nimport {\n  to = %s\n  id = %q\n}\n", one.Address(), one.ID)
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		return fmt.Errorf("writing the import blocks: %w", err)
	}
	return nil
}

// WriteTable prints what each resource was matched with, what would be created, and what is not part of the stack.
func (m Matches) WriteTable(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "Exists and becomes part of the stack\n")
	for _, one := range m.Found() {
		fmt.Fprintf(table, "  %s\t%s\n", one.Address(), one.ID)
	}
	var created []string
	for _, one := range m.All {
		if one.ID == "" {
			created = append(created, one.Address())
		}
	}
	for _, section := range []struct {
		title string
		lines []string
	}{
		{"Does not exist and would be created", created},
		{"Exists beside the stack and stays as it is", m.Unmanaged},
	} {
		if len(section.lines) > 0 {
			fmt.Fprintf(table, "\n%s\n  %s\n", section.title, strings.Join(section.lines, "\n  "))
		}
	}
	return table.Flush()
}
