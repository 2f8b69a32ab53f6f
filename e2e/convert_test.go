package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"webapp/internal/localaws"
	"webapp/internal/localaws/live"
	"webapp/internal/localaws/scheduler"
	"webapp/settings"
)

// TestConvertedCopilotApplicationAnswers does what docs/moving.md says, with the program that people run: it converts a
// Copilot application, checks what results, and deploys an environment of it. Its services then answer at their URLs,
// those without one run, the worker takes messages from its queue, and the job has run.
func TestConvertedCopilotApplicationAnswers(t *testing.T) {
	d := newRunningDeployment(t)
	folder := filepath.Join(t.TempDir(), "shop")
	for _, file := range must(txtar.ParseFile(filepath.Join("testdata", "copilot.txtar")))(t).Files {
		writeFile(t, filepath.Join(folder, file.Name), file.Data)
	}
	text, notes := d.convert("copilot", folder)
	for _, want := range []string{"copilot/web/manifest.yml:15: image.build: ", "subscribe.topics[0]: ",
		"copilot/report/manifest.yml:11: retries: "} {
		if !strings.Contains(notes, want) {
			t.Errorf("no note begins with %q:\n%s", want, notes)
		}
	}
	file := filepath.Join(folder, "webapp.yaml")
	text = replace(t, file, text, d.prepare(text))
	writeFile(t, file, text)
	d.run("check", "--settings", file)

	before := everything(t, d.aws)
	d.settings = must(settings.Parse(file, text, settings.Options{Environment: "prod"}))(t)[0]
	outdir := filepath.Join(d.folder, "cdktf.out")
	d.run("--settings", file, "--environment", "prod", "--outdir", outdir)
	d.initialize(outdir)
	d.apply()

	d.wantAnswers()
	for name, want := range map[string]int{"shop-prod": 2, "shop-prod-admin": 1, "shop-prod-prices": 1} {
		if got := d.serviceState(name); got.Running != want {
			t.Errorf("%s runs %d tasks, want %d", name, got.Running, want)
		}
	}
	queue := d.queue("shop-prod-mailer")
	queue.send(20)
	d.awaitTasks("shop-prod-mailer", "an empty queue", func(scheduler.State) bool { return queue.length() == 0 })
	d.awaitStatus("a run of the job", func(s live.Status) bool {
		return slices.ContainsFunc(s.Runs, func(r live.Run) bool {
			return r.Schedule == "shop-prod-report" && r.State == "report ended with exit code 0"
		})
	})
	d.wantNoChange()
	d.destroy()
	d.wantAccount(before)
}

// convert returns the settings file that the program makes of the configuration of another tool, and its notes.
func (d *deployment) convert(tool, path string) (text []byte, notes string) {
	d.t.Helper()
	cmd := exec.CommandContext(d.t.Context(), webapp(d.t), "convert", tool, path, "--account", localaws.Account,
		"--region", localaws.Region)
	var out, errors bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errors
	if err := cmd.Run(); err != nil {
		d.t.Fatalf("%v\n%s", err, errors.String())
	}
	return out.Bytes(), errors.String()
}

// run runs the program in the project's folder.
func (d *deployment) run(arguments ...string) {
	d.t.Helper()
	cmd := exec.CommandContext(d.t.Context(), webapp(d.t), arguments...)
	cmd.Dir = project
	if output, err := cmd.CombinedOutput(); err != nil {
		d.t.Fatalf("%s: %v\n%s", fmt.Sprint(arguments), err, output)
	}
}

func writeFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
