package settings

import (
	"maps"
	"slices"

	"webapp/internal/configfile"
)

// Serves reports whether the service has a port that others connect to: the load balancer, or other services. Only a
// worker can be without one.
func (w *Workload) Serves() bool { return len(w.Container.Ports) > 0 }

// checkWorker reports settings that need a load balancer, which a worker does not have.
func (w *Workload) checkWorker(c configfile.Checker) {
	// Given, not Written: a service is a worker in every environment, so that the base is meant for this one too.
	given := map[string]bool{"routing": w.Routing != nil, "service.additionalPorts": len(w.Service.AdditionalPorts) > 0}
	for _, setting := range []string{"service.targetGroup", "service.healthCheck"} {
		given[setting] = c.Given(setting)
	}
	for setting, given := range given {
		if given {
			c.At(setting).Problemf("has no effect: a worker gets no requests from the load balancer; remove it, or " +
				"remove worker")
		}
	}
	if w.Scaling != nil {
		w.Scaling.checkWorker(c.At("scaling"))
	}
	if d := w.Service.Discovery; d != nil && !w.Serves() {
		c.At("service.discovery").Problemf("needs a port that other services connect to; add container.ports")
	}
	if k := w.Service.Connect; k != nil && !w.Serves() {
		for _, setting := range []string{"name", "port", "protocol", "discoveryName"} {
			if at := c.At("service.connect"); at.Given(setting) {
				at.At(setting).Problemf("has no effect without a port that other services connect to; add " +
					"container.ports, or remove it")
			}
		}
	}
	if w.Serves() && !w.UsesServiceDiscovery() {
		c.At("container.ports").Notef("has no effect: nothing connects to a worker without service.connect or " +
			"service.discovery; remove it, or add one of them")
	}
}

// checkWorker reports policies on the metrics of a load balancer.
func (s *Scaling) checkWorker(c configfile.Checker) {
	const problem = "has no data: a worker gets no requests from the load balancer; use cpu, memory, backlog or " +
		"metrics instead"
	if s.Requests != nil {
		c.At("requests").Problemf(problem)
	}
	if s.ResponseTime != nil {
		c.At("responseTime").Problemf(problem)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Steps)) {
		if on := s.Steps[name].On; on == Requests || on == ResponseTime {
			c.At("steps").Key(name).At("on").Problemf("%s "+problem, on)
		}
	}
}
