package stacks_test

import (
	"testing"

	"webapp/assertions"
)

// The command before a release.

const withARelease = `release: {command: [migrate, "--steps=${n}"], timeout: 20m}`

// TestReleaseCommandRunsBeforeAnyTask of the new version, of all services.
func TestReleaseCommandRunsBeforeAnyTask(t *testing.T) {
	tpl := synthesize(t, withARelease+", "+withAWorker)
	services := tpl.All("aws_ecs_service")
	web := tpl.OneMatching("aws_ecs_service", object{"name": "webapp-test"})
	release := tpl.OneMatching("terraform_data", object{"provisioner": []any{object{"local-exec": object{
		"interpreter": []any{"webapp", "run", "--request"}, "command": "${jsonencode(self.input)}",
	}}}})
	release.Matches(object{
		"triggers_replace": object{"task-definition": web.Get("task_definition")},
		"input": object{
			"cluster": tpl.One("aws_ecs_cluster").Ref("arn"), "taskDefinition": web.Get("task_definition"),
			"container": "hello-app-runner", "command": []any{"migrate", "--steps=$${n}"}, "timeout": 1200,
			"subnets":        web.Get("network_configuration.subnets"),
			"securityGroups": web.Get("network_configuration.security_groups"),
			"assignPublicIp": web.Get("network_configuration.assign_public_ip"),
			"attempts":       3, "startedBy": "webapp-release",
		},
	})
	for _, service := range services {
		service.DependsOn(release)
	}
	release.DependsOn(tpl.OneMatching("aws_iam_role_policy", object{
		"role": assertions.Regexp(`aws_iam_role\.task_execution-role_`),
	}))
}

// TestReleaseCommandOfAWorker: the service at the top waits for it too.
func TestReleaseCommandOfAWorker(t *testing.T) {
	tpl := synthesize(t, `services: {mailer: {worker: true, container: {image: mailer}, release: {command: [migrate]}}}`)
	release := tpl.OneMatching("terraform_data", object{"input": object{"container": "mailer", "timeout": 900}})
	for _, service := range tpl.All("aws_ecs_service") {
		service.DependsOn(release)
	}
}

func TestReleaseCommandFollowsRedeploy(t *testing.T) {
	tpl := synthesize(t, withARelease+`, service: {deployment: {redeploy: "2"}}`)
	tpl.Has("terraform_data", object{"triggers_replace": object{"redeploy": "2"}})
}

func TestReleaseCommandRunsWhereTheStackIs(t *testing.T) {
	tpl := synthesize(t, withARelease+
		`, aws: {region: eu-west-1, role: "arn:aws:iam::123456789012:role/deploy"}`)
	tpl.Has("terraform_data", object{"input": object{
		"region": "eu-west-1", "role": "arn:aws:iam::123456789012:role/deploy",
	}})
}

func TestWithoutReleaseCommandNothingRuns(t *testing.T) {
	tpl := synthesize(t, "")
	tpl.CountMatching("terraform_data", object{"provisioner": assertions.Any()}, 0)
}
