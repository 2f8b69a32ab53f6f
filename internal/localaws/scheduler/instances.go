package scheduler

import (
	"slices"
	"strings"
)

// Instance is a running task that other tasks may call.
type Instance struct {
	Service string // the ARN
	IP      string
	// Addresses are where the task's ports are on this machine.
	Addresses map[int]string
}

// Instances returns the running tasks whose containers pass their health checks. Target groups do not count: ECS
// registers and deregisters tasks in Cloud Map by their containers alone. Source: ECS developer guide, "Use service
// discovery to connect Amazon ECS services with DNS names".
func (s *Scheduler) Instances() []Instance {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Instance
	for _, one := range s.services {
		for _, t := range one.tasks {
			if t.status == Running && !t.stopping() && t.containersHealthy() {
				all = append(all, t.instance())
			}
		}
	}
	slices.SortFunc(all, func(a, b Instance) int { return strings.Compare(a.IP, b.IP) })
	return all
}

func (t *task) instance() Instance {
	i := Instance{Service: t.service.ARN, IP: t.launch.IP, Addresses: map[int]string{}}
	for _, c := range t.containers {
		for _, port := range c.Ports {
			i.Addresses[port] = c.running.Address(port)
		}
	}
	return i
}
