package commands

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"webapp/settings"
)

// TestConvertPrintsSettingsAndNotes: the file alone is on standard output, so that it can be redirected.
func TestConvertPrintsSettingsAndNotes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "compose.yaml")
	write(t, file, "name: shop\nservices:\n  web: {image: nginx, ports: ['80:80'], cap_add: [SYS_TIME]}\n")
	got := run("", "convert", "compose", file)
	if got.code != 0 {
		t.Fatalf("exit code %d: %s", got.code, got.stderr)
	}
	all, err := settings.Parse("webapp.yaml", []byte(got.stdout), settings.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if all[0].Name != "shop" || all[0].Container.Image != "nginx" {
		t.Errorf("got name %q and image %q", all[0].Name, all[0].Container.Image)
	}
	want := file + ":3: services.web.cap_add: is not carried: Fargate adds no capability but SYS_PTRACE, for which " +
		"there is no setting\n1 note. Next: run webapp check.\n"
	if diff := cmp.Diff(want, got.stderr); diff != "" {
		t.Errorf("standard error (-want +got):\n%s", diff)
	}
	write(t, file, "name: shop\nservices:\n  web: {build: ., ports: ['80:80']}\n")
	got = run("", "convert", "compose", file)
	if want := "1 note. Next: read the lines marked TO DO in the file, then run webapp check.\n"; !strings.HasSuffix(
		got.stderr, want) {
		t.Errorf("standard error is %q, want %q at the end", got.stderr, want)
	}
}

// TestConvertSaysWhatItCannotRead, with exit code 1 and nothing on standard output.
func TestConvertSaysWhatItCannotRead(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	write(t, "list.yaml", "- a\n")
	write(t, "other.yaml", "a: b\n")
	write(t, "key.yaml", "services: {web: {image: nginx, prots: [80]}}\n")
	write(t, "old.yaml", "web: {image: nginx}\n")
	write(t, "circle.yaml", "Service: &a {b: *a}\n")
	write(t, "empty.yaml", "")
	many := "Service:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := range 9 {
		many += fmt.Sprintf("  a%d: &a%d [*a%d, *a%[3]d, *a%[3]d, *a%[3]d, *a%[3]d, *a%[3]d]\n", i+1, i+1, i)
	}
	write(t, "many.yaml", many)
	if err := os.MkdirAll("none/copilot/web", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		args []string
		want string
	}{
		{[]string{"convert"}, "the tool is missing; write webapp convert copilot DIR, compose FILE or apprunner FILE"},
		{[]string{"convert", "composer"}, `unknown command "composer" for webapp convert; did you mean compose?; ` +
			"see webapp convert --help"},
		{[]string{"convert", "compose"}, "write one file or folder to convert; see webapp convert compose --help"},
		{[]string{"convert", "compose", "no.yaml"}, "no.yaml: does not exist"},
		{[]string{"convert", "compose", "none"}, "none: is a folder; name a file in it"},
		{[]string{"convert", "compose", "key.yaml"}, "key.yaml: not a Compose file that can be read: validating key.yaml: " +
			"services.web.prots is not a key of the Compose specification"},
		{[]string{"convert", "compose", "key.yaml", "--account", "1"},
			`--account: "1" is not a valid account; write its 12 digits`},
		{[]string{"convert", "compose", "key.yaml", "--region", "eu-west-1a"},
			`--region: "eu-west-1a" is not a valid region; write one such as eu-west-1`},
		{[]string{"convert", "compose", "old.yaml"}, "old.yaml: not a Compose file that can be read: validating old.yaml: " +
			" additional properties 'web' not allowed; the file has no services: one of the old format has them at the " +
			"top, so move them under services:"},
		{[]string{"convert", "copilot", "no"}, "no: does not exist; name the folder copilot, or the one that it is in"},
		{[]string{"convert", "copilot", "key.yaml"},
			"key.yaml: is a file; name the folder copilot, or the one that it is in"},
		{[]string{"convert", "copilot", "none"},
			"none: has no manifest of a service, such as none/copilot/web/manifest.yml"},
		{[]string{"convert", "apprunner", "list.yaml"}, "list.yaml:1: a mapping is expected, such as name: web"},
		{[]string{"convert", "apprunner", "empty.yaml"}, "empty.yaml: the file is empty"},
		{[]string{"convert", "apprunner", "circle.yaml"},
			"circle.yaml: the file is nested too deeply, or an alias holds itself"},
		{[]string{"convert", "apprunner", "many.yaml"},
			"many.yaml: the file has more than 200000 values, counting what aliases repeat"},
		{[]string{"convert", "apprunner", "other.yaml"}, "other.yaml: is neither the output of aws apprunner " +
			"describe-service, nor an apprunner.yaml, nor Terraform JSON with resource.aws_apprunner_service"},
	} {
		got := run("", tc.args...)
		if diff := cmp.Diff(result{1, "", tc.want + "\n"}, got, cmp.AllowUnexported(result{})); diff != "" {
			t.Errorf("%v (-want +got):\n%s", tc.args, diff)
		}
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
