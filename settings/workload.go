package settings

import (
	"fmt"
	"maps"
	"slices"
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
func (s *Settings) Workloads() []NamedWorkload {
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
	return join(join("services", quoted(w.Key)), setting)
}

func (w *Workload) setDefaults() {
	for _, part := range []section{&w.Task, &w.Container, &w.Service, &w.Logs} {
		part.setDefaults()
	}
}

// derive fills in what follows from other settings, where the file does not give it.
func (w NamedWorkload) derive(s *Settings, given func(path string) bool) {
	if !given("service.publicAddresses") && s.Network.Default {
		// The default VPC has public subnets only: without a public address no task could pull its image.
		w.Service.PublicAddresses = true
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
		w.Scaling.derive(func(path string) bool { return given(join("scaling", path)) })
	}
	if d := &w.Service.Deployment; !given("service.deployment.rollback") && !d.CircuitBreaker && len(d.Alarms) == 0 {
		d.Rollback = false // nothing would notice a failed deployment
	}
	protocol := w.Service.TargetGroup.Protocol
	w.Service.HealthCheck.derive(protocol, func(path string) bool { return given(join("service.healthCheck", path)) })
	// In a listener of another stack only its owner knows which priorities are free.
	shared := s.LoadBalancer.Existing != nil
	if w.Routing != nil && !shared && !given("routing.priority") {
		w.Routing.Priority = w.Routing.derivePriority(w.Key)
	}
	for i, more := range w.Service.AdditionalPorts {
		at := fmt.Sprintf("service.additionalPorts[%d]", i)
		w.Service.AdditionalPorts[i].HealthCheck.derive(protocol, func(path string) bool { return given(join(at+".healthCheck", path)) })
		if more.Routing != nil && !shared && !given(at+".routing.priority") {
			more.Routing.Priority = more.Routing.derivePriority(fmt.Sprintf("%s:%d", w.Key, more.Port))
		}
	}
	w.deriveNames(s, given)
}

func (w *Workload) check(c checker) {
	if w.Routing != nil {
		w.Routing.check(c.at("routing"))
	}
	w.Task.check(c.at("task"))
	w.Container.check(c.at("container"))
	for name, sidecar := range w.Sidecars {
		at := c.at("sidecars").key(name)
		checkECSName(at, name)
		sidecar.check(at)
	}
	w.checkTracing(c)
	w.checkContainers(c)
	w.Service.check(c.at("service"))
	if w.Scaling != nil {
		w.Scaling.check(c.at("scaling"))
		if c.fine("service.desiredCount", "scaling.min", "scaling.max") {
			w.checkDesiredCount(c.at("service").at("desiredCount"))
		}
		if c.fine("service.desiredCount", "scaling", "scaling.min", "scaling.max", "scaling.steps", "scaling.schedules") {
			w.Scaling.checkZero(c.at("scaling"), w.Service.DesiredCount)
		}
	}
	if c.fine("service.deployment", "service.desiredCount") {
		fewest := w.Service.DesiredCount
		if w.Scaling != nil {
			fewest = max(min(fewest, w.Scaling.Min), 1)
		}
		w.Service.Deployment.checkRoom(c.at("service").at("deployment"), fewest)
	}
	if c.fine("container.ports") {
		w.checkAdditionalPorts(c)
		w.checkHealthPorts(c)
	}
	w.Logs.check(c.at("logs"))
}

// checkAdditionalPorts: ECS finds the container by its port.
func (w *Workload) checkAdditionalPorts(c checker) {
	seen := map[int]string{}
	for i, more := range w.Service.AdditionalPorts {
		at := c.at("service").at(fmt.Sprintf("additionalPorts[%d].port", i))
		unique(at, seen, more.Port, at.path, "list each port once")
		switch place := slices.Index(w.Container.Ports, more.Port); {
		case place == 0:
			at.problemf("%d is the container's first port, which the service's own routing is for; write another one", more.Port)
		case place < 0:
			at.problemf("%d is not among the container's ports (%s); add it there", more.Port, numbers(w.Container.Ports))
		}
	}
}

// checkDesiredCount: Application Auto Scaling moves a count outside its limits at once, so the file would not be true.
// A count of 0 is how people start a service before there is anything to run.
func (w *Workload) checkDesiredCount(c checker) {
	switch n := w.Service.DesiredCount; {
	case n == 0:
	case n < w.Scaling.Min:
		c.problemf("%d is below scaling.min (%d); write %d to %d, or leave it out to start with scaling.min",
			n, w.Scaling.Min, w.Scaling.Min, w.Scaling.Max)
	case n > w.Scaling.Max:
		c.problemf("%d is above scaling.max (%d); write %d to %d, or raise scaling.max",
			n, w.Scaling.Max, w.Scaling.Min, w.Scaling.Max)
	}
}

// checkHealthPorts: a check of a port that no container listens on never succeeds.
func (w *Workload) checkHealthPorts(c checker) {
	var open []int
	for _, k := range w.Containers() {
		open = append(open, k.Ports...)
	}
	check := func(c checker, h HealthCheck) {
		if h.Port != 0 && !slices.Contains(open, h.Port) {
			c.at("port").problemf("%d is not among the containers' ports (%s); add it there, or leave it out", h.Port, numbers(open))
		}
	}
	check(c.at("service.healthCheck"), w.Service.HealthCheck)
	for i, more := range w.Service.AdditionalPorts {
		check(c.at(fmt.Sprintf("service.additionalPorts[%d].healthCheck", i)), more.HealthCheck)
	}
}

// checkListener applies the rules that a workload and the listener have together.
func (s *Settings) checkListener(c checker, w NamedWorkload) {
	at := c.at(w.path(""))
	l := s.LoadBalancer
	if protocol := w.Service.TargetGroup.Protocol; (protocol == http2 || protocol == grpc) && l.HTTPS == nil && l.Existing == nil {
		at.at("service.targetGroup.protocol").problemf("%s needs HTTPS at the load balancer; write "+
			"loadBalancer.https or loadBalancer.domain too, or HTTP1", protocol)
	}
	if l.Existing != nil && w.Routing == nil && w.Key == "" {
		at.at("routing").problemf("is missing: in a listener of another stack every service says which requests it " +
			"gets; write routing: {hosts: [shop.example.com], priority: 100}")
	}
	checkPriority := func(c checker, r *Routing) {
		switch {
		case r == nil:
		case r.Priority == 0 && l.Existing != nil: // where none is derived
			c.at("priority").problemf("is missing: only the owner of the listener knows which are free; write one, 1 to %d", maxPriority)
		default:
			within(c.at("priority"), r.Priority, 1, maxPriority)
		}
	}
	checkPriority(at.at("routing"), w.Routing)
	l.noteUnnamedHosts(at.at("routing"), w.Routing)
	for i, more := range w.Service.AdditionalPorts {
		routing := at.at(fmt.Sprintf("service.additionalPorts[%d].routing", i))
		checkPriority(routing, more.Routing)
		l.noteUnnamedHosts(routing, more.Routing)
	}
}

// checkServices applies the rules of every workload, and those that hold among them.
func (s *Settings) checkServices(c checker) {
	s.Workload.check(c)
	names := map[string]string{}
	rules := rulesOfListener{priorities: map[int]string{}}
	connects, records := map[string]string{}, map[string]string{}
	for _, w := range s.Workloads() {
		at := c.at(w.path(""))
		if w.Key != "" {
			if !shortName.MatchString(w.Key) {
				at.problemf("%q is no service's name; "+nameRule, w.Key, 20)
			}
			w.check(at)
			if w.Routing == nil {
				at.at("routing").problemf("is missing: every service beside the first one says which requests it gets; "+
					"write routing: {paths: [/%s/*]}", w.Key)
			}
		}
		unique(at.at("service"), names, w.Service.Name, w.path("service.name"),
			"two services of a cluster have different names; write a name here or there")
		s.checkListener(c, w)
		w.checkPolicies(c)
		if w.Routing != nil {
			rules.check(c.at(w.path("routing")), w.Routing)
		}
		for i, more := range w.Service.AdditionalPorts {
			if more.Routing != nil {
				rules.check(at.at(fmt.Sprintf("service.additionalPorts[%d].routing", i)), more.Routing)
			}
		}
		if connect := w.Service.Connect; connect != nil {
			unique(at.at("service.connect"), connects, connect.Name, w.path("service.connect.name"), differentNames)
			unique(at.at("service.connect"), records, connect.DiscoveryName, w.path("service.connect.discoveryName"), differentNames)
		}
		if discovery := w.Service.Discovery; discovery != nil {
			unique(at.at("service.discovery"), records, discovery.Name, w.path("service.discovery.name"), differentNames)
		}
	}
	s.checkCalls(c)
}

const differentNames = "two services of a namespace have different names; write another name here"

// unique reports a value that an earlier setting has already. A value that was derived stands nowhere in the file, so
// the checker may be that of its section.
func unique[V comparable](c checker, seen map[V]string, value V, path, rule string) {
	if earlier, ok := seen[value]; ok {
		c.problemf("%v is what %s has already; %s", value, earlier, rule)
		return
	}
	seen[value] = path
}

// eachOnce applies a rule to every item of a list, and reports those that are there already.
func eachOnce(c checker, items []string, rule string, check func(c checker, item string)) {
	seen := map[string]string{}
	for i, item := range items {
		at := c.index(i)
		check(at, item)
		unique(at, seen, item, at.path, rule)
	}
}
