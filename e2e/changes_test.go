package e2e

import (
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/hashicorp/terraform-exec/tfexec"

	"webapp/internal/review"
)

// Changes over time: one settings file is applied, then another, to the same state.

// TestCapacityChangesInPlace moves a running service from ordinary capacity to Spot and back. A service of an earlier
// version, which has a launch type, is moved by the AWS command line first, as the README says.
func TestCapacityChangesInPlace(t *testing.T) {
	d := newDeployment(t)
	before := everything(t, d.aws)
	d.synthesize(exampleService) // whose names the change keeps
	d.synthesizeChanged(exampleService, `overrides:
  - {resource: aws_ecs_service.service, path: launch_type, value: FARGATE}
  - {resource: aws_ecs_service.service, path: capacity_provider_strategy, remove: true}
  - {resource: aws_ecs_service.service, path: force_new_deployment, remove: true}
`)
	d.apply()

	t.Log("the upgrade, by the commands of the README")
	client := ecs.NewFromConfig(d.aws)
	name := d.settings.StackName()
	must(client.PutClusterCapacityProviders(t.Context(), &ecs.PutClusterCapacityProvidersInput{
		Cluster: &name, CapacityProviders: []string{"FARGATE", "FARGATE_SPOT"},
		DefaultCapacityProviderStrategy: []ecstypes.CapacityProviderStrategyItem{},
	}))(t)
	must(client.UpdateService(t.Context(), &ecs.UpdateServiceInput{
		Cluster: &name, Service: &d.settings.Service.Name, ForceNewDeployment: true,
		CapacityProviderStrategy: []ecstypes.CapacityProviderStrategyItem{
			{CapacityProvider: aws.String("FARGATE"), Weight: 1},
		},
	}))(t)

	for _, change := range []string{"",
		"service: {capacity: {onDemand: {base: 1, weight: 1}, spot: {weight: 3}}}", ""} {
		if change == "" {
			d.synthesize(exampleService)
		} else {
			d.synthesizeChanged(exampleService, change)
		}
		d.wantNoReplacement()
		d.pointAt(forbidding(t, d.server.URL(), "DeleteService", "CreateService"))
		d.apply()
		d.wantNoChange()
	}
	d.pointAt(d.server.URL())
	d.destroy()
	d.wantAccount(before)
}

// TestWhatAnApplyLeftUnfinishedIsKept marks resources as an apply that was cut off does. AWS lets no second one of some
// exist beside the first; the plan's summary says how to keep these, and the others are replaced.
func TestWhatAnApplyLeftUnfinishedIsKept(t *testing.T) {
	d := newDeployment(t)
	before := everything(t, d.aws)
	d.synthesize(exampleService)
	first := d.apply()
	singletons := []string{"aws_subnet", "aws_route", "aws_route_table_association", "aws_nat_gateway",
		"aws_internet_gateway",
		"aws_lb_listener", "aws_vpc_security_group_egress_rule"}
	for _, kind := range append(singletons, "aws_cloudwatch_log_group", "aws_iam_role",
		"aws_ecs_cluster_capacity_providers") {
		if err := d.stack.Taint(t.Context(), d.address(kind)); err != nil {
			t.Fatal(err)
		}
	}

	found := 0
	for _, c := range d.summary().Changes {
		if _, command, ok := strings.Cut(c.Risk, "terraform untaint "); ok {
			found++
			if err := d.stack.Untaint(t.Context(), strings.TrimSuffix(command, ", then plan again.")); err != nil {
				t.Fatal(err)
			}
		}
	}
	if found != len(singletons) {
		t.Errorf("the summary says for %d resources how to keep them, want %d", found, len(singletons))
	}
	wantKept(t, first, d.apply())
	d.wantNoChange()
	d.destroy()
	d.wantAccount(before)
}

// summary plans, and says what the apply would do as a pipeline says it.
func (d *deployment) summary() review.Summary {
	d.t.Helper()
	file := filepath.Join(d.t.TempDir(), "plan")
	if _, err := d.stack.Plan(d.t.Context(), tfexec.Out(file)); err != nil {
		d.t.Fatal(err)
	}
	planned, err := d.stack.ShowPlanFile(d.t.Context(), file)
	if err != nil {
		d.t.Fatal(err)
	}
	return review.Summarize(planned, nil)
}

// forbidding is an AWS at which a call of one of these ECS actions fails the test.
func forbidding(t *testing.T, awsURL string, actions ...string) (url string) {
	t.Helper()
	return through(t, awsURL, func(r *http.Request, body []byte) []byte {
		_, action, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		if slices.Contains(actions, action) {
			t.Errorf("%s: %s", action, body)
		}
		return body
	})
}
