package e2e

import (
	"testing"
	"time"

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
	d.synthesizeChanged("webapp.yaml", `overrides:
  - {resource: aws_ecs_service.service, path: launch_type, value: FARGATE}
  - {resource: aws_ecs_service.service, path: capacity_provider_strategy, remove: true}
  - {resource: aws_ecs_service.service, path: force_new_deployment, remove: true}
`)
	created := createdAt(t, d)

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
		if got := createdAt(t, d); !got.Equal(created) {
			t.Errorf("with %q the service is another one", change)
		}
		d.wantNoChange()
	}
	d.destroy()
	d.wantAccount(before)
}

// createdAt applies what was synthesized, and returns the age of the service: a successor has the same ARN.
func createdAt(t *testing.T, d *deployment) time.Time {
	t.Helper()
	return *d.apply().Service.CreatedAt
}
