package commands

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"webapp/internal/tfstack"
)

// TestServicesAreNamed by themselves where the stack has one, and by the stack's name where it has several.
func TestServicesAreNamed(t *testing.T) {
	const one, two = `"a": {"name": "web"}`, `"a": {"name": "web"}, "b": {"name": "web-api"}`
	for _, tc := range []struct {
		name, stack string
		given       []string
		want        map[string]string
		problem     string
	}{
		{"none", one, nil, map[string]string{}, ""},
		{"the only one", one, []string{"shop"}, map[string]string{"web": "shop"}, ""},
		{"each of several", two, []string{"web=shop", "web-api=shop-backend"},
			map[string]string{"web": "shop", "web-api": "shop-backend"}, ""},
		{"one that an override names already", one, []string{"old=web"}, map[string]string{"web": "web"}, ""},
		{"one of several, but which", two, []string{"shop"}, nil,
			"--ecs-service shop: the stack has the services web, web-api; say which of them it is: " +
				"--ecs-service web=shop"},
		{"of another stack", two, []string{"admin=shop"}, nil, "--ecs-service admin=shop: the stack has no service " +
			"admin; write one of web, web-api"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := existingServices(stackOf(t, tc.stack), tc.given)
			if problem := text(err); problem != tc.problem {
				t.Errorf("error: got %q\nwant %q", problem, tc.problem)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("services (-want +got):\n%s", diff)
			}
		})
	}
}

// TestMistakesStopAdopting before anything is synthesized, or asked of AWS.
func TestMistakesStopAdopting(t *testing.T) {
	file := filepath.Join(t.TempDir(), "webapp.yaml")
	const several = "name: web\ncontainer: {image: nginx, ports: [80]}\nenvironments: {prod: {}, test: {}}\n"
	if err := os.WriteFile(file, []byte(several), 0o600); err != nil {
		t.Fatal(err)
	}
	whichStack := file + " has the stacks web-prod, web-test; adopt into one of them: --stack web-prod"
	missing := filepath.Join(filepath.Dir(file), "none")
	for _, tc := range []struct {
		name string
		args []string
		want string
	}{
		{"which environment", []string{"--settings", file}, whichStack},
		{"which stack", []string{"--settings", file, "--stack", "web"},
			file + ": the file has no stack web; write web-prod or web-test"},
		{"an argument too many", []string{"vpc-1"}, `unexpected argument "vpc-1"; see webapp adopt --help`},
		{"an unknown flag", []string{"--listener", "x"}, "unknown flag: --listener; see webapp adopt --help"},
		{"no settings", []string{"--settings", missing},
			missing + ": no such file or directory; name the settings file with --settings"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := run("", append([]string{"adopt"}, tc.args...)...)
			if diff := cmp.Diff(result{code: 1, stderr: tc.want + "\n"}, r, cmp.AllowUnexported(result{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func stackOf(t *testing.T, services string) *tfstack.Stack {
	t.Helper()
	file := filepath.Join(t.TempDir(), tfstack.File)
	if err := os.WriteFile(file, []byte(`{"resource": {"aws_ecs_service": {`+services+`}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	stack, err := tfstack.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	return stack
}
