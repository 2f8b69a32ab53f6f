package inventory

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/google/go-cmp/cmp"
)

// TestTableHasEveryKindOfPolicy has one policy of each kind that a settings file can ask for, and one of a kind to
// come.
func TestTableHasEveryKindOfPolicy(t *testing.T) {
	tracking := func(name string, c scalingtypes.TargetTrackingScalingPolicyConfiguration) scalingtypes.ScalingPolicy {
		c.TargetValue = aws.Float64(62.5)
		return scalingtypes.ScalingPolicy{PolicyName: &name, TargetTrackingScalingPolicyConfiguration: &c}
	}
	steps := func(name string, kind scalingtypes.AdjustmentType, changes ...int32) scalingtypes.ScalingPolicy {
		c := scalingtypes.StepScalingPolicyConfiguration{AdjustmentType: kind}
		for _, change := range changes {
			c.StepAdjustments = append(c.StepAdjustments, scalingtypes.StepAdjustment{ScalingAdjustment: &change})
		}
		return scalingtypes.ScalingPolicy{PolicyName: &name, StepScalingPolicyConfiguration: &c}
	}
	got := rows(t, Inventory{
		ScalableTarget: &scalingtypes.ScalableTarget{MinCapacity: aws.Int32(1), MaxCapacity: aws.Int32(4)},
		Policies: []scalingtypes.ScalingPolicy{
			tracking("cpu", scalingtypes.TargetTrackingScalingPolicyConfiguration{
				PredefinedMetricSpecification: &scalingtypes.PredefinedMetricSpecification{
					PredefinedMetricType: scalingtypes.MetricTypeECSServiceAverageCPUUtilization,
				},
			}),
			tracking("backlog", scalingtypes.TargetTrackingScalingPolicyConfiguration{
				CustomizedMetricSpecification: &scalingtypes.CustomizedMetricSpecification{
					Namespace: aws.String("Shop"), MetricName: aws.String("Waiting"),
				},
			}),
			tracking("math", scalingtypes.TargetTrackingScalingPolicyConfiguration{
				CustomizedMetricSpecification: &scalingtypes.CustomizedMetricSpecification{
					Metrics: []scalingtypes.TargetTrackingMetricDataQuery{{Id: aws.String("m")}},
				},
			}),
			steps("burst", scalingtypes.AdjustmentTypePercentChangeInCapacity, 100),
			steps("steps", scalingtypes.AdjustmentTypeChangeInCapacity, 1, -4),
			{PolicyName: aws.String("other"), PolicyType: scalingtypes.PolicyTypePredictiveScaling},
		},
	}, "scaling", "scaling policy")
	want := []string{
		"scaling: 1 to 4 tasks",
		"scaling policy: cpu, keeps ECSServiceAverageCPUUtilization near 62.5",
		"scaling policy: backlog, keeps Shop/Waiting near 62.5",
		"scaling policy: math, keeps a metric expression near 62.5",
		"scaling policy: burst, changes +100 % of the tasks",
		"scaling policy: steps, changes +1, -4 tasks",
		"scaling policy: other, PredictiveScaling",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

// TestTableNeedsNothing has nothing that AWS may leave out, and then the least of what it does not.
func TestTableNeedsNothing(t *testing.T) {
	got := rows(t, Inventory{}, "service", "scaling", "log group")
	if diff := cmp.Diff([]string{"service: , , 0 of 0 tasks running, rollback false", "scaling: off"},
		got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	got = rows(t, Inventory{
		Service: ecstypes.Service{CapacityProviderStrategy: []ecstypes.CapacityProviderStrategyItem{
			{CapacityProvider: aws.String("FARGATE")}, {CapacityProvider: aws.String("FARGATE_SPOT")},
		}, DeploymentConfiguration: &ecstypes.DeploymentConfiguration{}},
		Task: ecstypes.TaskDefinition{ContainerDefinitions: []ecstypes.ContainerDefinition{{Name: aws.String("a")},
			{PortMappings: []ecstypes.PortMapping{{}}}}},
	}, "service", "container")
	want := []string{"service: , FARGATE and FARGATE_SPOT, 0 of 0 tasks running, rollback false", "container: a,",
		"container: , , port 0"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

// rows are those of the table of some kinds of things.
func rows(t *testing.T, i Inventory, kinds ...string) []string {
	t.Helper()
	var table strings.Builder
	if err := i.WriteTable(&table); err != nil {
		t.Fatal(err)
	}
	var all []string
	for line := range strings.Lines(table.String()) {
		what, rest, _ := strings.Cut(strings.TrimSpace(line), "  ")
		if slices.Contains(kinds, what) {
			all = append(all, what+": "+strings.TrimSpace(rest))
		}
	}
	return all
}
