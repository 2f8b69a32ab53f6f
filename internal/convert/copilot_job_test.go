package convert

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"webapp/settings"
)

// TestSchedulesOfCopilotAreThoseOfAWS has the forms of Copilot's documentation, "Scheduled Job" manifest, on.schedule.
func TestSchedulesOfCopilotAreThoseOfAWS(t *testing.T) {
	for theirs, want := range map[string]string{
		"@hourly":             "cron(0 * * * ? *)",
		"@daily":              "cron(0 0 * * ? *)",
		"@weekly":             "cron(0 0 ? * SUN *)",
		"@monthly":            "cron(0 0 1 * ? *)",
		"@yearly":             "cron(0 0 1 1 ? *)",
		"@every 1m":           "rate(1 minute)",
		"@every 1h30m":        "rate(90 minutes)",
		"@every 24h":          "rate(24 hours)",
		"rate(5 minutes)":     "rate(5 minutes)",
		"cron(0 12 L * ? *)":  "cron(0 12 L * ? *)",
		"0 */12 * * *":        "cron(0 */12 * * ? *)",
		"30 4 1,15 * *":       "cron(30 4 1,15 * ? *)",
		"0 9 * * 1-5":         "cron(0 9 ? * MON-FRI *)",
		"0 9 * JAN-JUN SUN":   "cron(0 9 ? JAN-JUN SUN *)",
		"0 0 * * 0,6":         "cron(0 0 ? * SUN,SAT *)",
		"0 0 * * 7":           "cron(0 0 ? * SUN *)",
		"0 0 * * */2":         "cron(0 0 ? * SUN,TUE,THU,SAT *)",
		"0 0 13 * 5":          "", // both days count
		"@every 90s":          "",
		"@reboot":             "",
		"none":                "",
		"0 0 32 * *":          "",
		"0 9 ? * MON-FRI":     "cron(0 9 ? * MON-FRI *)",
		"rate(1 fortnight)":   "",
		"cron(0 9 ? * MON *)": "cron(0 9 ? * MON *)",
	} {
		dir := t.TempDir()
		manifest := filepath.Join(dir, "copilot", "report", "manifest.yml")
		if err := os.MkdirAll(filepath.Dir(manifest), 0o700); err != nil {
			t.Fatal(err)
		}
		text := "name: report\ntype: Scheduled Job\nimage: {location: nginx}\non: {schedule: \"" + theirs + "\"}\n"
		if err := os.WriteFile(manifest, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		result, err := Copilot(dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		all, err := settings.Parse("webapp.yaml", result.Settings, settings.Options{})
		if err != nil {
			t.Fatalf("%s: %v\n%s", theirs, err, result.Settings)
		}
		got := ""
		if s := all[0].Jobs["report"].Schedule; s != nil {
			got = s.Expression()
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", theirs, diff)
		}
		noted := false
		for _, note := range result.Notes {
			noted = noted || strings.HasPrefix(note.Path, "on.schedule")
		}
		if lost := want == "" && theirs != "none"; noted != lost {
			t.Errorf("%s is in the list: %v, want %v", theirs, noted, lost)
		}
	}
}
