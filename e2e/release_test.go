package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"webapp/internal/review"
)

// releaseSettings are those of a version, with what its migration writes and ends with.
const releaseSettings = `
name: shop
container: {image: "shop:%[1]d", name: shop, ports: [8000]}
release: {command: [sh, -c, "echo migrating to %[1]d; exit %[2]d"]}
service: {desiredCount: %[3]d, assignPublicIp: true}
services:
  mailer: {worker: true, container: {image: "mailer:%[1]d"}, service: {assignPublicIp: true}}
jobs:
  report: {container: {image: "report:%[1]d", name: report, command: [sh, -c, "echo reporting; exit 4"]}}
`

// TestCommandBeforeARelease: it runs once with each new version, before any task of it. One that fails stops the
// release, of all services, and the next version that is good goes through.
func TestCommandBeforeARelease(t *testing.T) {
	d := newRunningDeployment(t)
	before := everything(t, d.aws)
	version := func(version, code, tasks int) {
		d.synthesizeText(fmt.Sprintf(releaseSettings, version, code, tasks))
	}
	ran := func() (runs int) {
		for _, c := range d.calls() {
			if c.Operation == "RunTask" {
				runs++
			}
		}
		return runs
	}
	answers := func(image string) {
		t.Helper()
		d.awaitSteady()
		if got := d.get(d.questions()[0].url).Image; got != image {
			t.Errorf("%s answers, want %s", got, image)
		}
	}

	version(1, 0, 1)
	want := []review.Command{{Container: "shop", Words: []string{"sh", "-c", "echo migrating to 1; exit 0"}}}
	withoutAddress := cmpopts.IgnoreFields(review.Command{}, "Address")
	if diff := cmp.Diff(want, d.summary().Commands, withoutAddress); diff != "" {
		t.Errorf("the review's commands (-want +got):\n%s", diff)
	}
	d.apply()
	d.wantOrder("ecs RunTask", "ecs CreateService")
	if got := ran(); got != 1 {
		t.Errorf("it has run %d times at first, want once", got)
	}
	answers("shop:1")
	d.wantNoChange()

	t.Log("another number of tasks is no release")
	version(1, 0, 2)
	d.apply()
	if got := ran(); got != 0 {
		t.Errorf("it has run %d times, want never", got)
	}

	t.Log("a migration that fails")
	version(2, 3, 2)
	d.planned, d.fresh, d.callsBefore = "", false, len(d.server.Calls())
	failed := d.stack.Apply(t.Context())
	if failed == nil {
		t.Fatal("the apply succeeded")
	}
	for _, told := range []string{"exit status 3", "migrating to 2", "ended with exit code 3"} {
		if !strings.Contains(strings.Join(strings.Fields(failed.Error()), " "), told) { // Terraform wraps lines
			t.Errorf("the error does not tell %q:\n%v", told, failed)
		}
	}
	answers("shop:1")
	d.wantNoCall("UpdateService")

	t.Log("the same again: the apply tries it again")
	version(2, 0, 2)
	d.apply()
	if got := ran(); got != 1 {
		t.Errorf("it has run %d times with the version that failed, want once", got)
	}
	answers("shop:2")
	d.wantNoChange()

	t.Log("a job by hand")
	file := filepath.Join(t.TempDir(), "shop.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, releaseSettings, 2, 0, 2), 0o600); err != nil {
		t.Fatal(err)
	}
	job := exec.CommandContext(t.Context(), webapp(t), "run", "report", "--settings", file)
	job.Env, job.Stderr = environ(d.server.URL()), t.Output()
	printed, _ := job.Output() // the exit code says it
	if code := job.ProcessState.ExitCode(); code != 4 || string(printed) != "reporting\n" {
		t.Errorf("got exit code %d and %q, want 4 and what the job writes", code, printed)
	}
	d.destroy()
	d.wantNoCall("RunTask")
	d.wantAccount(before)
}
