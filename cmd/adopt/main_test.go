package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"webapp/internal/adopt"
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
		{"each of several", two, []string{"web=shop", "web-api=shop-backend"}, map[string]string{"web": "shop", "web-api": "shop-backend"}, ""},
		{"one that an override names already", one, []string{"old=web"}, map[string]string{"web": "web"}, ""},
		{"one of several, but which", two, []string{"shop"}, nil,
			"-service shop: the stack has the services web, web-api; say which of them it is: -service web=shop"},
		{"of another stack", two, []string{"admin=shop"}, nil, "-service admin=shop: the stack has no service " +
			"admin; write one of web, web-api"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := services(stackOf(t, tc.stack), tc.given)
			if problem := text(err); problem != tc.problem {
				t.Errorf("error: got %q\nwant %q", problem, tc.problem)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("services (-want +got):\n%s", diff)
			}
		})
	}
}

// TestMistakesAreToldBeforeAnythingIsAsked of AWS.
func TestMistakesAreToldBeforeAnythingIsAsked(t *testing.T) {
	file := filepath.Join(t.TempDir(), "webapp.yaml")
	const several = "name: web\ncontainer: {image: nginx, ports: [80]}\nenvironments: {prod: {}, test: {}}\n"
	if err := os.WriteFile(file, []byte(several), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		args []string
		want string
	}{
		{"which environment", []string{"-settings", file}, file + " has the stacks web-prod, web-test; adopt into " +
			"one of them: -stack web-prod"},
		{"which stack", []string{"-settings", file, "-stack", "web"}, file + " has the stacks web-prod, web-test; " +
			"adopt into one of them: -stack web-prod"},
		{"an argument too many", []string{"vpc-1"}, `unexpected argument "vpc-1"; see -help`},
		{"an unknown flag", []string{"-listener", "x"}, "flag provided but not defined: -listener"},
		{"no settings", []string{"-settings", filepath.Join(filepath.Dir(file), "none")}, "no such file"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var out, stderr bytes.Buffer
			err := run(t.Context(), tc.args, &out, &stderr)
			if !strings.Contains(text(err), tc.want) {
				t.Errorf("error: got %v\nwant it to say %s", err, tc.want)
			}
			if out.Len() > 0 {
				t.Errorf("it writes overrides: %s", &out)
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

func stackOf(t *testing.T, services string) adopt.Stack {
	t.Helper()
	file := filepath.Join(t.TempDir(), "cdk.tf.json")
	if err := os.WriteFile(file, []byte(`{"resource": {"aws_ecs_service": {`+services+`}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	stack, err := adopt.ReadStack(file)
	if err != nil {
		t.Fatal(err)
	}
	return stack
}
