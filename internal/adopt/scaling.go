package adopt

import (
	"github.com/aws/aws-sdk-go-v2/aws"

	"webapp/internal/adopt/snapshot"
	"webapp/internal/tfstack"
)

const dimension = "ecs:service:DesiredCount"

func (m *matcher) scalableTarget(r tfstack.Resource) (known, id string) {
	if s, ok := m.scaledService(r); ok && s.Target != nil {
		known = aws.ToString(s.Target.ResourceId)
		return known, "ecs/" + known + "/" + dimension
	}
	return "", ""
}

// scaledService returns the existing service of a scalable target of the stack.
func (m *matcher) scaledService(target tfstack.Resource) (snapshot.Service, bool) {
	for _, service := range m.stack.Resources("aws_ecs_service") {
		if m.stack.RefersTo(target.Get("resource_id"), service) {
			s, ok := m.Services[service.Text("name")]
			return s, ok
		}
	}
	return snapshot.Service{}, false
}

// scalingPolicy finds the one of the same name; else one for the same metric.
func (m *matcher) scalingPolicy(r tfstack.Resource) (known, id string) {
	targets := m.managed(r.Get("resource_id"))
	if len(targets) == 0 {
		return "", ""
	}
	s, _ := m.scaledService(targets[0])
	full := func(name *string) string {
		return "ecs/" + m.of(r, "resource_id") + "/" + dimension + "/" + aws.ToString(name)
	}
	for _, p := range s.Policies {
		if aws.ToString(p.PolicyName) == r.Text("name") {
			return full(p.PolicyName), ""
		}
	}
	for _, p := range s.Policies {
		c := p.TargetTrackingScalingPolicyConfiguration
		if c == nil || c.PredefinedMetricSpecification == nil || m.isClaimed(r, full(p.PolicyName)) {
			continue
		}
		if metric := trackedMetric(r); metric != "" &&
			metric == string(c.PredefinedMetricSpecification.PredefinedMetricType) {
			return full(p.PolicyName), ""
		}
	}
	return "", ""
}

// trackedMetric returns the predefined metric that a policy of the stack keeps near a target.
func trackedMetric(r tfstack.Resource) string {
	tracking := r.Block("target_tracking_scaling_policy_configuration")
	return tracking.Block("predefined_metric_specification").Text("predefined_metric_type")
}
