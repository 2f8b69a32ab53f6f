package adopt

import (
	"github.com/aws/aws-sdk-go-v2/aws"
)

const dimension = "ecs:service:DesiredCount"

func (m *matcher) scalableTarget(r Resource) (known, id string) {
	if s, ok := m.scaledService(r); ok && s.Target != nil {
		known = aws.ToString(s.Target.ResourceId)
		return known, "ecs/" + known + "/" + dimension
	}
	return "", ""
}

// scaledService is the existing service that a scalable target of the stack's is for.
func (m *matcher) scaledService(target Resource) (Service, bool) {
	for _, service := range m.stack.all("aws_ecs_service") {
		if m.stack.refersTo(target, "resource_id", service) {
			s, ok := m.Services[service.text("name")]
			return s, ok
		}
	}
	return Service{}, false
}

// scalingPolicy finds the one of the same name; else one that tracks the same metric.
func (m *matcher) scalingPolicy(r Resource) (known, id string) {
	references := m.stack.references(r.config["resource_id"])
	if len(references) == 0 {
		return "", ""
	}
	s, _ := m.scaledService(m.stack.resources[references[0]])
	full := func(name *string) string {
		return "ecs/" + m.of(r, "resource_id") + "/" + dimension + "/" + aws.ToString(name)
	}
	for _, p := range s.Policies {
		if aws.ToString(p.PolicyName) == r.text("name") {
			return full(p.PolicyName), ""
		}
	}
	for _, p := range s.Policies {
		c := p.TargetTrackingScalingPolicyConfiguration
		if c == nil || c.PredefinedMetricSpecification == nil || m.isTaken(r, full(p.PolicyName)) {
			continue
		}
		if metric := trackedMetric(r); metric != "" && metric == string(c.PredefinedMetricSpecification.PredefinedMetricType) {
			return full(p.PolicyName), ""
		}
	}
	return "", ""
}

// trackedMetric is the predefined metric that a policy of the stack's keeps near a target.
func trackedMetric(r Resource) string {
	for _, tracking := range r.blocks("target_tracking_scaling_policy_configuration") {
		if metric, ok := tracking["predefined_metric_specification"].(map[string]any); ok {
			name, _ := metric["predefined_metric_type"].(string)
			return name
		}
	}
	return ""
}
