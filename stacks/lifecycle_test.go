package stacks_test

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"webapp/assertions"
	"webapp/internal/review"
	"webapp/settings"
)

// mayHaveASuccessor are the kinds of which AWS lets a second one exist beside the first, and the property that makes
// the names of the two differ; empty where they have no name that must be unique.
var mayHaveASuccessor = map[string]string{
	"aws_lb":                  "name_prefix",
	"aws_lb_target_group":     "name_prefix",
	"aws_lb_trust_store":      "name_prefix",
	"aws_security_group":      "name_prefix",
	"aws_iam_role":            "name_prefix",
	"aws_ecs_task_definition": "", // a revision of its family
	"aws_s3_bucket":           "bucket_prefix",
	"aws_eip":                 "",
	"aws_route_table":         "",
	"aws_vpc":                 "", // the ranges of two VPCs may overlap
	"aws_acm_certificate":     "",
	// Only another name replaces a queue, or another kind, with which the name ends differently.
	"aws_sqs_queue": "name",
	// It waits for a certificate, and is nothing in AWS.
	"aws_acm_certificate_validation": "",
}

// TestOnlyWhatCanHaveASuccessorIsReplacedByOne: Terraform gives create_before_destroy to everything that a resource
// with it depends on. What AWS allows once only could then never be replaced by itself; where the order of destruction
// needs it all the same, the plan's summary knows the way out.
func TestOnlyWhatCanHaveASuccessorIsReplacedByOne(t *testing.T) {
	for name, tpl := range everyExample(t) {
		resources := tpl.All()
		for _, address := range slices.Sorted(maps.Keys(createdBeforeDestroyed(tpl))) {
			i := slices.IndexFunc(resources, func(r *assertions.Resource) bool { return r.Address() == address })
			resource := resources[i]
			unique, may := mayHaveASuccessor[resource.Type()]
			switch {
			case may && unique != "":
				resource.Has(unique, assertions.Any())
			case !may && !review.IsSingleton(resource.Type()):
				t.Errorf("%s: %s is created before it is destroyed (its own setting, or that of what depends on it): "+
					"AWS may refuse a second one beside it", name, address)
			}
		}
	}
}

// TestWhatHasAFixedNameIsDestroyedFirst: these have fixed names, and nothing that depends on them needs a successor.
func TestWhatHasAFixedNameIsDestroyedFirst(t *testing.T) {
	for name, tpl := range everyExample(t) {
		for address := range createdBeforeDestroyed(tpl) {
			switch kind, _, _ := strings.Cut(address, "."); kind {
			case "aws_cloudwatch_log_group", "aws_ecs_cluster", "aws_ecs_service", "aws_appautoscaling_target":
				t.Errorf("%s: %s is created before it is destroyed", name, address)
			}
		}
	}
}

// everyExample synthesizes the first stack of every example.
func everyExample(t *testing.T) map[string]*assertions.Template {
	t.Helper()
	files, err := filepath.Glob("../examples/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	all := map[string]*assertions.Template{}
	for _, file := range files {
		parsed, err := settings.Load(file, settings.Options{})
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(file)] = synth(t, parsed[0])
	}
	return all
}

var address = regexp.MustCompile(`(?:data\.)?(?:aws_[a-z0-9_]+|local)\.[A-Za-z0-9_-]+`)

// createdBeforeDestroyed returns the addresses of the resources that Terraform creates before it destroys them: those
// with the setting, and all that they depend on.
func createdBeforeDestroyed(tpl *assertions.Template) map[string]bool {
	dependencies := map[string][]string{}
	var seeds []string
	for section, prefix := range map[string]string{"resource": "", "data": "data."} {
		kinds, _ := tpl.JSON()[section].(map[string]any)
		for kind, named := range kinds {
			for name, body := range named.(map[string]any) {
				from := prefix + kind + "." + name
				dependencies[from] = mentioned(body)
				lifecycle, _ := body.(map[string]any)["lifecycle"].(map[string]any)
				if lifecycle["create_before_destroy"] == true {
					seeds = append(seeds, from)
				}
			}
		}
	}
	locals, _ := tpl.JSON()["locals"].(map[string]any)
	for name, body := range locals {
		dependencies["local."+name] = mentioned(body)
	}
	reached := map[string]bool{}
	for len(seeds) > 0 {
		next := seeds[0]
		seeds = seeds[1:]
		if !reached[next] {
			reached[next] = true
			seeds = append(seeds, dependencies[next]...)
		}
	}
	maps.DeleteFunc(reached, func(address string, _ bool) bool {
		return strings.HasPrefix(address, "data.") || strings.HasPrefix(address, "local.")
	})
	return reached
}

// mentioned returns the addresses in a value's expressions.
func mentioned(value any) []string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // it came from JSON
	}
	return address.FindAllString(string(text), -1)
}
