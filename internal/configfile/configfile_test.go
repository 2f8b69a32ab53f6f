package configfile

import (
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// machine is a settings file of its own, so that the engine is tested apart from webapp.yaml.
type machine struct {
	Name    string           `yaml:"name"`
	Ports   []int            `yaml:"ports" range:"1,65535"`
	Mode    string           `yaml:"mode" enum:"fast,slow" was:"speed"`
	Wait    time.Duration    `yaml:"wait" range:"2s,120s"`
	Retries int              `yaml:"retries" range:"1,10" optional:"true"`
	Share   float64          `yaml:"share" range:"0.5,"`
	Disk    *disk            `yaml:"disk"`
	Disks   map[string]*disk `yaml:"disks"`
}

type disk struct {
	Size int `yaml:"size" range:"1,"`
}

func (m *machine) SetDefaults() {
	*m = machine{Mode: "fast", Wait: 30 * time.Second, Share: math.NaN()}
}

func (d *disk) SetDefaults() { d.Size = 8 }

func (m *machine) Explain(key string, _ Constraint) string {
	if key == "mode" && m.Mode == "quick" {
		return "quick is an old word; write fast"
	}
	return ""
}

// problems decodes and checks a file.
func problems(t *testing.T, text string, rules func(*Reading, Checker)) string {
	t.Helper()
	file, found := Parse[machine]("machine.yaml", []byte(text), Format{})
	for _, target := range file.Targets() {
		var m machine
		SetDefaults(&m)
		reading := file.Read(target, &m)
		for layer := range target.Layers() {
			reading.Decode(layer)
		}
		reading.Check(func(c Checker) {
			if rules != nil {
				rules(reading, c)
			}
		})
		found = append(found, reading.Problems()...)
	}
	return found.Sorted().Error()
}

func TestConstraintsAreThoseOfTheTags(t *testing.T) {
	for text, want := range map[string]string{
		"{ports: [80, 65535], mode: slow, wait: 120s, retries: 10, share: 0.5, disk: {}}": "",
		"retries: 0":             "",
		"ports: [80, 0]":         "machine.yaml:1:13: ports[1]: 0 is out of range; write a number from 1 to 65535",
		"mode: slwo":             `machine.yaml:1:7: mode: "slwo" is not a valid value; did you mean slow?`,
		"mode: other":            `machine.yaml:1:7: mode: "other" is not a valid value; write fast or slow`,
		"mode: quick":            "machine.yaml:1:7: mode: quick is an old word; write fast",
		"speed: slow":            "machine.yaml:1:1: speed: unknown key; speed was renamed to mode",
		"wait: 1s":               "machine.yaml:1:7: wait: 1s is out of range; write a duration from 2s to 120s",
		"retries: 11":            "machine.yaml:1:10: retries: 11 is out of range; write a number from 1 to 10",
		"share: 0.4":             "machine.yaml:1:8: share: 0.4 is out of range; write 0.5 or more",
		"disk: {size: 0}":        "machine.yaml:1:14: disk.size: 0 is out of range; write 1 or more",
		"disks: {a: {size: -1}}": "machine.yaml:1:19: disks.a.size: -1 is out of range; write 1 or more",
	} {
		if got := problems(t, text, nil); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", text, got, want)
		}
	}
}

func TestDescribe(t *testing.T) {
	low, high, half, two, most := 1.0, 65535.0, 0.5, 2.0, 120.0
	ten := 10.0
	want := map[string]Description{
		"name":    {},
		"ports":   {Constraint: Constraint{Low: &low, High: &high}, Items: true},
		"mode":    {Constraint: Constraint{Enum: []string{"fast", "slow"}}, Default: "fast"},
		"wait":    {Constraint: Constraint{Low: &two, High: &most}, Default: "30s"},
		"retries": {Constraint: Constraint{Low: &low, High: &ten, Optional: true}, Default: 0},
		"share":   {Constraint: Constraint{Low: &half}},
		"disk":    {},
		"disks":   {},
	}
	got := Describe(reflect.TypeFor[machine]())
	for key, d := range got {
		d.kind = nil
		got[key] = d
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Constraint{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestRulesAboutUnknownSettingsAreReported: such a rule would silently never apply.
func TestRulesAboutUnknownSettingsAreReported(t *testing.T) {
	const want = "machine.yaml:1:1: a rule refers to disk.colour, which is not a setting; please report this bug"
	for name, rule := range map[string]func(*Reading, Checker){
		"given":   func(r *Reading, _ Checker) { r.Given("disk.colour") },
		"valid":   func(_ *Reading, c Checker) { c.At("disk").Valid("colour") },
		"written": func(_ *Reading, c Checker) { c.Written("disk.colour") },
		"note":    func(_ *Reading, c Checker) { c.At("disk.colour").Notef("x") },
	} {
		if got := problems(t, "name: a", rule); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, want)
		}
	}
	known := func(r *Reading, c Checker) {
		r.Given("disks.any.size")
		c.Valid("ports[3]", "disk.size", "")
	}
	if got := problems(t, "name: a", known); got != "" {
		t.Error(got)
	}
}
