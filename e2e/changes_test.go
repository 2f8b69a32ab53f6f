package e2e

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Changes over time: one settings file is applied, then another, to the same state.

// TestCapacityChangesInPlace moves a running service from ordinary capacity to Spot and back. A service of an earlier version,
// which has a launch type, is moved by the AWS command line first, as the README says.
func TestCapacityChangesInPlace(t *testing.T) {
	d := newDeployment(t)
	before := everything(t, d.aws)
	d.synthesize("webapp.yaml") // whose names the change keeps
	d.synthesizeChanged("webapp.yaml", `overrides:
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
		CapacityProviderStrategy: []ecstypes.CapacityProviderStrategyItem{{CapacityProvider: aws.String("FARGATE"), Weight: 1}},
	}))(t)

	for _, change := range []string{"", "service: {capacity: {onDemand: {base: 1, weight: 1}, spot: {weight: 3}}}", ""} {
		if change == "" {
			d.synthesize("webapp.yaml")
		} else {
			d.synthesizeChanged("webapp.yaml", change)
		}
		d.wantNoReplacement()
		d.pointAt(forbidding(t, d.server.URL(), "DeleteService", "CreateService"))
		d.apply()
		d.wantNoChange()
	}
	d.destroy()
	d.wantAccount(before)
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
