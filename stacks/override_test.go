package stacks_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/assertions"
	"webapp/stacks"
)

func TestOverridesChangeAnyProperty(t *testing.T) {
	s := load(t, `overrides: [
		{resource: aws_lb.load-balancer_D8F84775, path: idle_timeout, value: 120},
		{resource: aws_lb.load-balancer, path: tags.Team, value: web},
		{resource: aws_ecs_service.service, path: load_balancer.0.container_port, value: 8001},
		{resource: aws_ecs_service.service, path: deployment_circuit_breaker, remove: true},
		{resource: data.aws_availability_zones.network_zones, path: filter.0.values, value: [opted-in]},
		{resource: aws_ecs_cluster.cluster, path: setting, value: [{name: containerInsights, value: enabled}]}]`)
	stack := stacks.NewWebApp(cdktf.Testing_App(nil), s)
	if err := stacks.Override(stack, s.Overrides); err != nil {
		t.Fatal(err)
	}
	tpl := assertions.Synth(t, stack)
	tpl.One("aws_lb").Matches(object{"idle_timeout": 120,
		"tags": assertions.ObjectEquals(object{"Name": "webapp-test", "Team": "web"})})
	tpl.One("aws_ecs_service").Has("load_balancer.0.container_port", 8001)
	if got := tpl.One("aws_ecs_service").Get("deployment_circuit_breaker"); got != nil {
		t.Errorf("the removed circuit breaker: got %v, want null", got)
	}
	tpl.Data().One("aws_availability_zones").Has("filter",
		[]any{assertions.ObjectEquals(object{"name": "opt-in-status", "values": []any{"opted-in"}})})
	tpl.One("aws_ecs_cluster").Has("setting", []any{object{"name": "containerInsights", "value": "enabled"}})
}

func TestOverrideThatHitsNothingIsRefused(t *testing.T) {
	s := load(t, `overrides: [
		{resource: aws_lb.balancer, path: idle_timeout, value: 120},
		{resource: aws_efs_file_system.data, path: encrypted, value: true},
		{resource: aws_lb.load-balancer, path: client_keep_alive, remove: true}]`)
	err := stacks.Override(stacks.NewWebApp(cdktf.Testing_App(nil), s), s.Overrides)
	for i := range err {
		if err[i].Line == 0 || !strings.HasSuffix(err[i].File, "webapp.yaml") {
			t.Errorf("without its place in the file: %v", err[i])
		}
		err[i].File, err[i].Line, err[i].Column = "", 0, 0
	}
	const want = ": environments.test.overrides[0].resource: the stack webapp-test has no resource aws_lb.balancer; " +
		"write one of aws_lb.load-balancer_D8F84775\n" +
		": environments.test.overrides[1].resource: the stack webapp-test has no resource of type " +
		"aws_efs_file_system; " +
		"see the addresses in its plan\n" +
		": environments.test.overrides[2].path: aws_lb.load-balancer_D8F84775 in the stack webapp-test has no " +
		"client_keep_alive to remove"
	if err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
