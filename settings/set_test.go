package settings

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const twoStacks = `name: web
container: {image: nginx, ports: [80], environment: {A: a}}
scaling: {min: 1, max: 4, cpu: {percent: 50}}
environments:
  staging: {aws: {region: eu-west-1}, additionalRegions: {eu-central-1: {}}}
  prod: {scaling: {min: 2}, container: {image: "nginx:1"}}
`

// TestValuesFromOutsideHavePrecedence over the file and all of its overlays, for each stack.
func TestValuesFromOutsideHavePrecedence(t *testing.T) {
	set := []Value{
		{Place: "--set", Path: "container.image", Text: "shop@sha256:" + digest},
		{Place: "--set", Path: "container.environment.B", Text: "b"},
		{Place: "--set", Path: "container.ports", Text: "[81, 82]"},
		{Place: "context", Path: "services.api.container.image", Text: "api:2"},
		{Place: "context", Path: `services."api".container.ports`, Text: "[83]"},
		{Place: "context", Path: "services.api.routing", Text: "{paths: [/api/*]}"},
		{Place: "--set", Path: "scaling", Text: "null"},
		{Place: "--set", Path: "aws.account", Text: "012345678901"},
	}
	all, err := Parse("webapp.yaml", []byte(twoStacks), Options{Set: set})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 3 {
		t.Fatalf("%d stacks", len(all))
	}
	type values struct {
		image, api, account string
		ports               []int
		environment         map[string]string
		scaled              bool
	}
	want := values{image: "shop@sha256:" + digest, api: "api:2", account: "012345678901", ports: []int{81, 82},
		environment: map[string]string{"A": "a", "B": "b"}}
	for _, s := range all {
		got := values{s.Container.Image, s.Services["api"].Container.Image, s.AWS.Account, s.Container.Ports,
			s.Container.Environment, s.Scaling != nil}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(values{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", s.StackName(), diff)
		}
		if got := s.Set["scaling"]; got != "null" || len(s.Set) != len(set) {
			t.Errorf("%s keeps %v", s.StackName(), s.Set)
		}
	}
}

// TestMistakesFromOutsideAreToldThere where the value was given, as those of the file are told in it.
func TestMistakesFromOutsideAreToldThere(t *testing.T) {
	for _, tc := range []struct{ name, path, text, want string }{
		{"a rule", "container.image", "https://shop", `--set: container.image: "https://shop" is not a valid image: ` +
			"an image is not a URL; remove https://"},
		{"a rule of one stack", "scaling.max", "1",
			"--set: scaling.max: 1 is below scaling.min (2); raise max to at least 2, or lower min (in environment prod)"},
		{"an unknown setting", "container.imag", "x", "--set: container.imag: unknown key; did you mean image?"},
		{"a type", "container.ports", "80", "--set: container.ports: expected a list, got 80; write it as [80]"},
		{"a part of a list", "container.ports[0]", "80", "--set: container.ports[0]: is not the path of a setting; " +
			"write keys separated by dots, such as container.image, and a list as a whole"},
		{"no path", "container..image", "x", "--set: container..image: is not the path of a setting; write keys " +
			"separated by dots, such as container.image, and a list as a whole"},
		{"an environment", "environments.prod.scaling.max", "9", "--set: environments.prod.scaling.max: cannot be set " +
			"from outside of the file; name the setting itself, such as container.image"},
		{"the region of another", "aws.region", "us-west-2", "--set: aws.region: the region is already eu-central-1; " +
			"remove this line (in environment staging, region eu-central-1)"},
		{"YAML", "container.image", `"`, "--set: container.image: not valid YAML: the quoted text has no closing quote"},
		{"two documents", "container.image", "a\n---\nb", "--set: container.image: is more than one value; write one"},
		{"nothing", "container.image", "", "--set: container.image: has no value; write one"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := Parse("webapp.yaml", []byte(twoStacks),
				Options{Set: []Value{{Place: "--set", Path: tc.path, Text: tc.text}}})
			var problems Problems
			if !errors.As(err, &problems) {
				t.Fatalf("got %v, want problems", err)
			}
			if diff := cmp.Diff(tc.want, problems.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestOneStackIsLoaded whatever is wrong with the others.
func TestOneStackIsLoaded(t *testing.T) {
	const file = twoStacks + "  broken: {scaling: {max: 0}}\n"
	all, err := Parse("webapp.yaml", []byte(file), Options{Stack: "web-staging-eu-central-1"})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 || all[0].StackName() != "web-staging-eu-central-1" {
		t.Errorf("got %d stacks, %s first", len(all), all[0].StackName())
	}
	_, err = Parse("webapp.yaml", []byte(twoStacks), Options{Stack: "web-prd"})
	const want = "webapp.yaml: the file has no stack web-prd; did you mean web-prod?"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
