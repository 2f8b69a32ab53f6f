package settings

import (
	"maps"
	"slices"
	"strings"

	"webapp/internal/configfile"
)

// Serves reports whether the service has a port that others connect to: the load balancer, or other services. Only a
// worker can be without one.
func (w *Workload) Serves() bool { return len(w.Container.Ports) > 0 }

// OnlyWorkers reports whether the stack has no load balancer: the service at the top of the file is a worker, and so
// are all others.
func (s *Settings) OnlyWorkers() bool { return s.Worker }

const noBalancer = "the service at the top of the file is a worker, so that the stack has no load balancer"

// checkReached reports a service that no request can reach: it lacks what requests need, or it is meant as a worker.
// One message says both.
func (s *Stack) checkReached(c configfile.Checker, w NamedWorkload) {
	if w.Worker || !c.Valid("worker") {
		return
	}
	noPorts := len(w.Container.Ports) == 0 && c.Valid("container.ports")
	noRouting := w.Key != "" && w.Routing == nil && c.Valid("routing")
	const port = "the port that the container listens on, such as "
	switch {
	case s.OnlyWorkers():
		c.Problemf("gets no requests: %s; write the settings of %s at the top of the file and those of the worker under "+
			"services, or worker: true here too", noBalancer, w.path(""))
	case noPorts && noRouting:
		c.At("worker").Problemf("is missing or false, but requests cannot reach a service without routing and "+
			"container.ports; write worker: true, or routing: {paths: [/%s/*]} and "+port+"container: {ports: [8000]}", w.Key)
	case noRouting:
		c.At("routing").Problemf("is missing: every service under services needs one, except for workers; "+
			"write routing: {paths: [/%s/*]}, or worker: true", w.Key)
	case noPorts && w.Queue != nil && w.Routing == nil && s.othersAreWorkers():
		c.At("worker").Problemf("is missing or false, but requests cannot reach a service without container.ports; write " +
			"worker: true if it only receives messages, or " + port + "container: {ports: [8000]}")
	case noPorts:
		c.At("container").At("ports").Problemf("is missing; write " + port + "[8000]")
	}
}

// othersAreWorkers reports whether the service at the top of the file may become a worker: those under services are.
func (s *Stack) othersAreWorkers() bool {
	for _, w := range s.Services {
		if !w.Worker {
			return false
		}
	}
	return true
}

// checkOnlyWorkers reports what needs the load balancer that a stack of workers does not have.
func (s *Stack) checkOnlyWorkers(c configfile.Checker) {
	if c.Given("loadBalancer") {
		c.At("loadBalancer").Problemf("has no effect: %s; %s, or remove worker", noBalancer,
			removeHere(c, "loadBalancer"))
	}
	if s.Preview != nil {
		c.At("preview").Problemf("needs a load balancer to share: " + noBalancer + "; remove it, or remove worker")
	}
	if a := s.Observability.Alarms; a != nil {
		for alarm, there := range map[string]bool{
			"serverErrors": a.ServerErrors != nil, "unhealthyHosts": a.UnhealthyHosts != nil, "latency": a.Latency != nil,
		} {
			if there {
				setting := "observability.alarms." + alarm
				c.At(setting).Problemf("has no data: %s; %s", noBalancer, removeHere(c, setting))
			}
		}
	}
}

// removeHere says how to remove what a worker cannot have. Where an overlay makes the service a worker, the base's
// setting is for others.
func removeHere(c configfile.Checker, setting string) string {
	if c.Written("worker") && !c.Written(setting) {
		return "beside worker: true, write " + nested(setting, "null")
	}
	return "remove it"
}

// nested returns how a file gives a setting a value: service: {healthCheck: null}.
func nested(setting, value string) string {
	return strings.ReplaceAll(setting, ".", ": {") + ": " + value + strings.Repeat("}", strings.Count(setting, "."))
}

// onlyExisting returns how an overlay that drops what a list names gives the list: without names of nothing.
func onlyExisting(setting string, list []string, exists func(name string) bool) string {
	rest := slices.DeleteFunc(slices.Clone(list), func(name string) bool { return !exists(name) })
	if len(rest) == 0 {
		return "write " + nested(setting, "null")
	}
	return "write " + nested(setting, "["+strings.Join(rest, ", ")+"]")
}

// checkWorker reports settings that need a load balancer, which a worker does not have.
func (w *Workload) checkWorker(c configfile.Checker) {
	// Given, not Written: a service is a worker in every environment, so that the base is meant for this one too.
	given := map[string]bool{
		"routing": w.Routing != nil, "login": w.Login != nil,
		"service.additionalPorts": len(w.Service.AdditionalPorts) > 0,
	}
	for _, setting := range []string{"service.targetGroup", "service.healthCheck"} {
		given[setting] = c.Given(setting)
	}
	for setting, given := range given {
		if given {
			c.At(setting).Problemf("has no effect: a worker gets no requests from the load balancer; %s, or remove "+
				"worker", removeHere(c, setting))
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
