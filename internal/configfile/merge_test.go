package configfile

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestMergeKeysAreWrittenOut compares files with what they mean without merge keys.
func TestMergeKeysAreWrittenOut(t *testing.T) {
	for merged, written := range map[string]string{
		"{<<: {name: a, mode: slow}, mode: fast}":                        "{name: a, mode: fast}",
		"{mode: fast, <<: {name: a, mode: slow}}":                        "{name: a, mode: fast}",
		"{<<: [{mode: slow}, {mode: fast, name: a}]}":                    "{mode: slow, name: a}",
		"{<<: {<<: {<<: {name: a}, mode: slow}}}":                        "{mode: slow, name: a}",
		"{<<: [], name: a}":                                              "{name: a}",
		"{disks: {a: &a {size: 3}, b: {<<: *a}}}":                        "{disks: {a: {size: 3}, b: {size: 3}}}",
		"{disks: {<<: {a: {size: 3}, b: {}}, a: {}, b: null}}":           "{disks: {a: {}}}",
		"{disks: {<<: &d {a: {size: 3}}, b: {}}, <<: {disks: {c: {}}}}":  "{disks: {a: {size: 3}, b: {}}}",
		"{<<: &m {ports: [1], disk: {size: 2}}, disk: null, ports: [2]}": "{ports: [2]}",
	} {
		read := func(text string) (m machine) {
			t.Helper()
			file, found := Parse[machine]("machine.yaml", []byte(text), Format{})
			SetDefaults(&m)
			reading := file.Read(file.Base(), &m)
			reading.Decode(0)
			reading.Check(func(Checker) {})
			if found = append(found, reading.Problems()...); len(found) > 0 {
				t.Errorf("%s: %v", text, found)
			}
			return m
		}
		if diff := cmp.Diff(read(written), read(merged), cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("%s (-written +merged):\n%s", merged, diff)
		}
	}
}

func TestMergeKeysThatMergeNothing(t *testing.T) {
	const takes = "the merge key << takes a mapping, or a list of mappings, got "
	for text, want := range map[string]string{
		"{<<: 1, name: a}":               "1:2: " + takes + "a single value;",
		"{<<: hunter2}":                  "1:2: " + takes + "a text;",
		"{<<: , name: a}":                "1:2: " + takes + "nothing;",
		"{ports: &p [1], <<: *p}":        "1:17: " + takes + "a list with a single value;",
		"{<<: [[{name: a}]]}":            "1:2: " + takes + "a list with a list;",
		"{<<: {name: a}, <<: {wait: 5}}": "1:17: a mapping has one merge key; write a list, such as <<: [*first, *second]",
		"{<<: {mode: slow}, mode: }":     "1:26: a key without a value hides the one that << merges",
		"&m {name: a, disk: {<<: *m}}":   "1:25: the alias is inside the value that it refers to",
		"<<: &m [*m]":                    "1:9: the alias is inside the value that it refers to",
		`{"<<": {name: a}}`:              `1:2: <<: unknown key`,
	} {
		if got := problems(t, text, nil); !strings.HasPrefix(got, "machine.yaml:"+want) {
			t.Errorf("%s: got  %s\nwant %s", text, got, want)
		}
	}
}
