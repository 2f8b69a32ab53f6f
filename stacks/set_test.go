package stacks_test

import (
	"testing"

	"webapp/settings"
)

// TestValuesFromOutsideAreKept in the state, once the services run with them. Terraform must not read them as
// expressions.
func TestValuesFromOutsideAreKept(t *testing.T) {
	all, err := settings.Load(settingsFile, settings.Options{Set: []settings.Value{
		{Place: "--set", Path: "container.image", Text: "shop:2"},
		{Place: "--set", Path: "container.environment.GREETING", Text: "'${name}'"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	tpl := synth(t, all[0])
	kept := tpl.OneMatching("terraform_data", object{"input": object{
		"container.image": "shop:2", "container.environment.GREETING": "'$${name}'",
	}})
	kept.DependsOn(tpl.One("aws_ecs_service"))
	tpl.Output("Set").Has("value", kept.Ref("output"))
	tpl.One("aws_ecs_task_definition").Decode("container_definitions").Has("0.image", "shop:2")
}

func TestWithoutValuesFromOutsideNothingIsKept(t *testing.T) {
	tpl := synthesize(t, "")
	if outputs, _ := tpl.JSON()["output"].(map[string]any); outputs["Set"] != nil {
		t.Errorf("got the output %v", outputs["Set"])
	}
}
