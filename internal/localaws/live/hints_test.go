package live

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"webapp/settings"
)

// settingPath finds a setting in a hint, such as service.assignPublicIp.
var settingPath = regexp.MustCompile(
	`\b(network|loadBalancer|task|container|service|logs|namespace)(\.[a-z][A-Za-z0-9]+)+`)

// TestHintsNameSettingsThatExist: what follows a hint's advice must not meet an unknown key.
func TestHintsNameSettingsThatExist(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	oneOff, err := filepath.Glob("../../oneoff/*.go") // what webapp run says
	if err != nil || len(oneOff) == 0 {
		t.Fatalf("no files of oneoff: %v", err)
	}
	files = append(files, oneOff...)
	named := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, literal := range regexp.MustCompile(`"[^"\n]*"`).FindAllString(string(text), -1) {
			for _, path := range settingPath.FindAllString(literal, -1) {
				named++
				if !exists(reflect.TypeFor[settings.Settings](), strings.Split(path, ".")) {
					t.Errorf("%s names %s, which is not a setting", file, path)
				}
			}
		}
	}
	if named == 0 {
		t.Error("no hint names a setting")
	}
}

// exists reports whether a section has a setting of this path.
func exists(section reflect.Type, path []string) bool {
	if len(path) == 0 {
		return true
	}
	for section.Kind() == reflect.Pointer {
		section = section.Elem()
	}
	if section.Kind() != reflect.Struct {
		return false
	}
	for _, field := range reflect.VisibleFields(section) {
		if key, _, _ := strings.Cut(field.Tag.Get("yaml"), ","); key == path[0] && !field.Anonymous {
			return exists(field.Type, path[1:])
		}
	}
	return false
}
