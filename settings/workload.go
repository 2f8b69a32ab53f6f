package settings

import (
	"fmt"
	"maps"
	"slices"

	"webapp/internal/configfile"
)

// Workload is one service and all that is its own: what a task runs, how many run, and which requests reach them.
type Workload struct {
	// Routing chooses the requests that the service gets. Without it the service gets all that no other one is chosen
	// for. Required under services. Default: none.
	Routing *Routing `yaml:"routing"`

	Task      Task      `yaml:"task"`
	Container Container `yaml:"container"`

	// Sidecars are more containers of every task, by name. Default: none.
	Sidecars map[string]*Sidecar `yaml:"sidecars"`

	Service Service `yaml:"service"`

	// Scaling lets Application Auto Scaling choose the number of tasks. Without it, or with null, the service keeps
	// desiredCount tasks. Default: none.
	Scaling *Scaling `yaml:"scaling"`

	Logs Logs `yaml:"logs"`

	// Tracing sends the traces of the service to X-Ray. Default: none, since it costs by the trace.
	Tracing *Tracing `yaml:"tracing"`
}

// NamedWorkload is a workload of a stack with its names.
type NamedWorkload struct {
	// Key is the workload's name under services; empty for the one at the top of the file.
	Key string
	// Name is unique among the stacks of an account and region, and begins the names of what belongs to the workload.
	Name string
	*Workload
}

// Workloads lists the services of the stack: the one at the top of the file, then those under services by name.
func (s *Stack) Workloads() []NamedWorkload {
	all := []NamedWorkload{{Name: s.StackName(), Workload: &s.Workload}}
	for _, key := range slices.Sorted(maps.Keys(s.Services)) {
		all = append(all, NamedWorkload{Key: key, Name: s.StackName() + "-" + key, Workload: s.Services[key]})
	}
	return all
}

// path is where the file has a setting of the workload.
func (w NamedWorkload) path(setting string) string {
	if w.Key == "" {
		return setting
	}
	return configfile.JoinPath(configfile.JoinPath("services", configfile.QuoteKey(w.Key)), setting)
}

// derive fills in what follows from other settings, where the file does not give it.
func (w NamedWorkload) derive(s *Stack, given func(path string) bool) {
	if !given("service.assignPublicIp") && s.Network.Default {
		// The default VPC has public subnets only: without a public address no task could pull its image.
		w.Service.AssignPublicIP = true
	}
	if !given("task.family") {
		w.Task.Family = w.Name
	}
	if !given("container.name") {
		w.Container.Name = nameOfImage(w.Container.Image)
	}
	if !given("service.name") {
		w.Service.Name = w.Name
	}
	if !given("service.zoneRebalancing") && w.Service.Deployment.MaxPercent == 100 {
		w.Service.ZoneRebalancing = false // it needs room for one more task
	}
	if !given("service.desiredCount") && w.Scaling != nil {
		w.Service.DesiredCount = w.Scaling.Min
	}
	if w.Scaling != nil {
		w.Scaling.derive(func(path string) bool { return given(configfile.JoinPath("scaling", path)) })
	}
	if d := &w.Service.Deployment; !given("service.deployment.rollback") && !d.CircuitBreaker && len(d.Alarms) == 0 {
		d.Rollback = false // nothing would notice a failed deployment
	}
	protocol := w.Service.TargetGroup.ProtocolVersion
	w.Service.HealthCheck.derive(protocol, func(path string) bool { return given(configfile.JoinPath("service.healthCheck", path)) })
	// In a listener of another stack only its owner knows which priorities are free.
	shared := s.LoadBalancer.Existing != nil
	if w.Routing != nil && !shared && !given("routing.priority") {
		w.Routing.Priority = w.Routing.derivePriority(w.Key)
	}
	for i, more := range w.Service.AdditionalPorts {
		at := fmt.Sprintf("service.additionalPorts[%d]", i)
		w.Service.AdditionalPorts[i].HealthCheck.derive(protocol, func(path string) bool { return given(configfile.JoinPath(at+".healthCheck", path)) })
		if more.Routing != nil && !shared && !given(at+".routing.priority") {
			more.Routing.Priority = more.Routing.derivePriority(fmt.Sprintf("%s:%d", w.Key, more.Port))
		}
	}
	w.deriveNames(s, given)
}

func (w *Workload) Check(c configfile.Checker) {
	for name := range w.Sidecars {
		checkECSName(c.At("sidecars").Key(name), name)
	}
	w.checkTracing(c)
	w.checkContainers(c)
	if w.Scaling != nil {
		if c.Valid("service.desiredCount", "scaling.min", "scaling.max") {
			w.checkDesiredCount(c.At("service").At("desiredCount"))
		}
		if c.Valid("service.desiredCount", "scaling", "scaling.min", "scaling.max", "scaling.steps", "scaling.schedules") {
			w.Scaling.checkZero(c.At("scaling"), w.Service.DesiredCount)
		}
	}
	if c.Valid("service.deployment", "service.desiredCount") {
		fewest := w.Service.DesiredCount
		if w.Scaling != nil {
			fewest = max(min(fewest, w.Scaling.Min), 1)
		}
		w.Service.Deployment.checkRoom(c.At("service").At("deployment"), fewest)
	}
	if c.Valid("container.ports") {
		w.checkAdditionalPorts(c)
		w.checkHealthPorts(c)
	}
}

// checkAdditionalPorts: ECS finds the container by its port.
func (w *Workload) checkAdditionalPorts(c configfile.Checker) {
	seen := map[int]string{}
	for i, more := range w.Service.AdditionalPorts {
		at := c.At("service").At(fmt.Sprintf("additionalPorts[%d].port", i))
		configfile.CheckUnique(at, seen, more.Port, at.Path(), "list each port once")
		switch place := slices.Index(w.Container.Ports, more.Port); {
		case place == 0:
			at.Problemf("%d is the container's first port, which the service's own routing is for; write another one", more.Port)
		case place < 0:
			at.Problemf("%d is not among the container's ports (%s); add it there", more.Port, configfile.JoinNumbers(w.Container.Ports))
		}
	}
}

// checkDesiredCount: Application Auto Scaling moves a count outside its limits at once, so the file would not be true.
// A count of 0 is how people start a service before there is anything to run.
func (w *Workload) checkDesiredCount(c configfile.Checker) {
	switch n := w.Service.DesiredCount; {
	case n == 0:
	case n < w.Scaling.Min:
		c.Problemf("%d is below scaling.min (%d); write %d to %d, or leave it out to start with scaling.min",
			n, w.Scaling.Min, w.Scaling.Min, w.Scaling.Max)
	case n > w.Scaling.Max:
		c.Problemf("%d is above scaling.max (%d); write %d to %d, or raise scaling.max",
			n, w.Scaling.Max, w.Scaling.Min, w.Scaling.Max)
	}
}

// checkHealthPorts: a check of a port that no container listens on never succeeds.
func (w *Workload) checkHealthPorts(c configfile.Checker) {
	var open []int
	for _, k := range w.Containers() {
		open = append(open, k.Ports...)
	}
	check := func(c configfile.Checker, h HealthCheck) {
		if h.Port != 0 && !slices.Contains(open, h.Port) {
			c.At("port").Problemf("%d is not among the containers' ports (%s); add it there, or leave it out", h.Port, configfile.JoinNumbers(open))
		}
	}
	check(c.At("service.healthCheck"), w.Service.HealthCheck)
	for i, more := range w.Service.AdditionalPorts {
		check(c.At(fmt.Sprintf("service.additionalPorts[%d].healthCheck", i)), more.HealthCheck)
	}
}

// checkListener applies the rules that a workload and the listener have together.
func (s *Stack) checkListener(c configfile.Checker, w NamedWorkload) {
	at := c.At(w.path(""))
	l := s.LoadBalancer
	if protocol := w.Service.TargetGroup.ProtocolVersion; (protocol == http2 || protocol == grpc) && l.HTTPS == nil && l.Existing == nil {
		at.At("service.targetGroup.protocolVersion").Problemf("%s needs HTTPS at the load balancer; write "+
			"loadBalancer.https or loadBalancer.domain too, or HTTP1", protocol)
	}
	if l.Existing != nil && w.Routing == nil && w.Key == "" {
		at.At("routing").Problemf("is missing: in a listener of another stack every service says which requests it " +
			"gets; write routing: {hosts: [shop.example.com], priority: 100}")
	}
	checkPriority := func(c configfile.Checker, r *Routing) {
		switch {
		case r == nil:
		case r.Priority == 0 && l.Existing != nil: // where none is derived
			c.At("priority").Problemf("is missing: only the owner of the listener knows which are free; write one, 1 to %d", maxPriority)
		default:
			configfile.CheckRange(c.At("priority"), r.Priority, 1, maxPriority)
		}
	}
	checkPriority(at.At("routing"), w.Routing)
	l.noteUnnamedHosts(at.At("routing"), w.Routing)
	for i, more := range w.Service.AdditionalPorts {
		routing := at.At(fmt.Sprintf("service.additionalPorts[%d].routing", i))
		checkPriority(routing, more.Routing)
		l.noteUnnamedHosts(routing, more.Routing)
	}
}

// checkServices applies the rules of every workload, and those that hold among them.
func (s *Stack) checkServices(c configfile.Checker) {
	names := map[string]string{}
	rules := rulesOfListener{priorities: map[int]string{}}
	connects, records := map[string]string{}, map[string]string{}
	for _, w := range s.Workloads() {
		at := c.At(w.path(""))
		if w.Key != "" {
			if !shortName.MatchString(w.Key) {
				at.Problemf("%q is not a valid service name; "+nameRule, w.Key, 20)
			}
			if w.Routing == nil {
				at.At("routing").Problemf("is missing: every service beside the first one says which requests it gets; "+
					"write routing: {paths: [/%s/*]}", w.Key)
			}
		}
		configfile.CheckUnique(at.At("service"), names, w.Service.Name, w.path("service.name"),
			"two services of a cluster have different names; write a name here or there")
		s.checkListener(c, w)
		w.checkPolicies(c)
		if w.Routing != nil {
			rules.check(c.At(w.path("routing")), w.Routing)
		}
		for i, more := range w.Service.AdditionalPorts {
			if more.Routing != nil {
				rules.check(at.At(fmt.Sprintf("service.additionalPorts[%d].routing", i)), more.Routing)
			}
		}
		if connect := w.Service.Connect; connect != nil {
			configfile.CheckUnique(at.At("service.connect"), connects, connect.Name, w.path("service.connect.name"), differentNames)
			configfile.CheckUnique(at.At("service.connect"), records, connect.DiscoveryName, w.path("service.connect.discoveryName"), differentNames)
		}
		if discovery := w.Service.Discovery; discovery != nil {
			configfile.CheckUnique(at.At("service.discovery"), records, discovery.Name, w.path("service.discovery.name"), differentNames)
		}
	}
	s.checkCalls(c)
}

const differentNames = "two services of a namespace have different names; write another name here"
