package adopt

import "webapp/internal/tfstack"

// monitoring finds what has the resource's name.
func (m *matcher) monitoring(r tfstack.Resource) (known, id string) { return m.MonitoringID(r), "" }

// eventTarget assumes that a rule has its target: an apply creates the two together.
func (m *matcher) eventTarget(r tfstack.Resource) (known, id string) {
	if rule := m.of(r, "rule"); rule != "" {
		return rule + "/" + r.Text("target_id"), ""
	}
	return "", ""
}

// topicPolicy finds the policy of the topic. Every topic has one.
func (m *matcher) topicPolicy(r tfstack.Resource) (known, id string) { return m.of(r, "arn"), "" }
