package docs

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"webapp/settings"
)

var yamlBlock = regexp.MustCompile("(?ms)^```yaml\n(.*?)^```")

// TestReferenceNamesEveryKey checks that the reference has every key that editors offer at the top of a settings file.
func TestReferenceNamesEveryKey(t *testing.T) {
	var schema struct{ Properties map[string]any }
	if err := json.Unmarshal([]byte(read(t, "generated/webapp.schema.json")), &schema); err != nil {
		t.Fatal(err)
	}
	if len(schema.Properties) < 20 {
		t.Fatalf("the schema has %d keys", len(schema.Properties))
	}
	page := read(t, "docs/settings.md")
	for key := range schema.Properties {
		// In code style, alone or at the beginning of a path.
		if !regexp.MustCompile("`" + key + "[`.]").MatchString(page) {
			t.Errorf("docs/settings.md does not name %s", key)
		}
	}
}

// TestSettingsInPagesAreValid checks each block of settings in this folder and the README. A part of a file is checked
// as a part of the smallest one.
func TestSettingsInPagesAreValid(t *testing.T) {
	const smallest = "name: webapp\naws: {region: eu-west-1}\ncontainer: {image: nginx, ports: [80]}\n"
	checked := 0
	for _, page := range pages(t) {
		if folder := filepath.Dir(page); folder != "docs" && folder != "." {
			continue
		}
		for _, block := range yamlBlock.FindAllStringSubmatch(read(t, page), -1) {
			file := block[1]
			if !strings.Contains("\n"+file, "\nname:") {
				file = smallest + file
			}
			if _, err := settings.Parse("webapp.yaml", []byte(file), settings.Options{}); err != nil {
				t.Errorf("%s: %v\nin\n%s", page, err, block[1])
			}
			checked++
		}
	}
	if checked < 5 {
		t.Errorf("%d blocks of settings, want more", checked)
	}
}
