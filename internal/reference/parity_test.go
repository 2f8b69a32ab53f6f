package reference

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const parity = "../../docs/parity.md"

var (
	codeSpan   = regexp.MustCompile("`([a-zA-Z.]+)`")
	countsLine = regexp.MustCompile(`(?m)^<!-- counts: .* -->\n(?:\n\d+ .*\n)?`)
)

// TestPageOnParityNamesSettingsThatExist, and counts its own rows.
func TestPageOnParityNamesSettingsThatExist(t *testing.T) {
	text, err := os.ReadFile(parity)
	if err != nil {
		t.Fatal(err)
	}
	known, err := Settings("../../settings")
	if err != nil {
		t.Fatal(err)
	}
	known = append(known, "environments", "jobs", "overrides", "services", "sidecars")
	sections := strings.Split(string(text), "\n## ")
	for i, section := range sections[1:] {
		here, out := 0, 0
		for _, row := range strings.Split(section, "\n") {
			cells := strings.Split(strings.Trim(row, "|"), " | ")
			if !strings.HasPrefix(row, "| ") || len(cells) != 2 || strings.TrimSpace(cells[0]) == "There" {
				continue
			}
			if strings.HasPrefix(strings.TrimSpace(cells[1]), "—") {
				out++
			} else {
				here++
			}
			for _, span := range codeSpan.FindAllStringSubmatch(cells[1], -1) {
				if !slices.Contains(known, span[1]) {
					t.Errorf("%s: no setting %s exists", strings.TrimSpace(cells[0]), span[1])
				}
			}
		}
		counts := fmt.Sprintf("<!-- counts: written by go test ./internal/reference -update -->\n\n%d features "+
			"there, %d here, %d left out.\n", here+out, here, out)
		sections[i+1] = countsLine.ReplaceAllLiteralString(section, counts)
	}
	want := strings.Join(sections, "\n## ")
	switch {
	case *update:
		if err := os.WriteFile(parity, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	case want != string(text):
		t.Errorf("the counts of %s are stale; run: go test ./internal/reference -update", parity)
	}
}
