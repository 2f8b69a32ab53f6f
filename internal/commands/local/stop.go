package local

import "webapp/internal/localaws/scheduler"

// healthyTasks returns how many tasks of a service serve.
func healthyTasks(s scheduler.State) int {
	healthy := 0
	for _, t := range s.Tasks {
		if t.Healthy {
			healthy++
		}
	}
	return healthy
}
