package settings

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"webapp/internal/configfile"
)

// Workload is a service: what its tasks run, how many tasks run, and which requests they get.
type Workload struct {
	// Worker makes the service one without load balancer: it has no URL, no target group and no health check of the load
	// balancer, and its container needs no ports. At the top of the file it makes a stack of workers only, which has no
	// load balancer; all services under services must then be workers too. With service.connect or service.discovery,
	// other services reach its ports. Default false.
	Worker bool `yaml:"worker"`

	// Routing selects the requests that the service gets. Without it, the service gets all requests that match no other
	// routing. Required under services, except for a worker. Default: none.
	Routing *Routing `yaml:"routing"`

	// Login has the load balancer ask users to log in before they reach the service at the container's first port. Not
	// with service.targetGroup.protocolVersion HTTP2 or GRPC. Default: none.
	Login *Login `yaml:"login"`

	// Queue is the SQS queue whose messages the tasks receive. Default: none.
	Queue *Queue `yaml:"queue"`

	// SendsTo lists the services of this file to whose queues the tasks send messages, by their names under services,
	// and the service at the top of the file by the application's name. The main container gets the URL of each queue in
	// a variable such as MAILER_QUEUE_URL. Default: none.
	SendsTo []string `yaml:"sendsTo"`

	Task      Task      `yaml:"task"`
	Container Container `yaml:"container"`

	// Sidecars are additional containers of every task, by name: 1 to 255 letters, digits, hyphens and underscores.
	// Default: none.
	Sidecars map[string]*Sidecar `yaml:"sidecars"`

	Service Service `yaml:"service"`

	// Scaling lets Application Auto Scaling choose the number of tasks. Without it, or with null, the service runs
	// service.desiredCount tasks. Default: none.
	Scaling *Scaling `yaml:"scaling"`

	// Release is a command that runs once with each new version, before any task of it starts, such as a migration of a
	// database. If it fails, the services of the file keep running the version that they have. Default: none.
	Release *Release `yaml:"release"`

	Logs Logs `yaml:"logs"`

	// Tracing sends the traces of the service to X-Ray. It costs by the trace. Default: none.
	Tracing *Tracing `yaml:"tracing"`
}

// NamedWorkload is a workload of a stack and its names.
type NamedWorkload struct {
	// Key is the workload's name under services or jobs, or "" for the one at the top of the file.
	Key string
	// Name is unique among the stacks of an account and region. The names of the workload's resources begin with it.
	Name string
	*Workload

	// Receives is the queue whose messages the tasks receive, nil if there is none.
	Receives *NamedQueue
	// Sends are the queues that the tasks send messages to.
	Sends []NamedQueue

	// section of the file that the workload is in, if it is not a service.
	section string
}

// path returns the path of one of the workload's settings in the file.
func (w NamedWorkload) path(setting string) string {
	if w.Key == "" {
		return setting
	}
	if w.IsJob() {
		setting = strings.TrimPrefix(setting, "service.") // a job has these of its own
	}
	return configfile.JoinPath(configfile.JoinPath(cmp.Or(w.section, "services"), configfile.QuoteKey(w.Key)), setting)
}

// describe says where in the file the workload is.
func (w NamedWorkload) describe() string {
	return cmp.Or(w.path(""), "the service at the top of the file")
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
		w.Service.ZoneRebalancing = false // it needs room for an additional task
	}
	if !given("service.desiredCount") && w.Scaling != nil {
		w.Service.DesiredCount = w.Scaling.Min
	}
	if w.Queue != nil {
		w.Queue.derive(w, func(path string) bool { return given(configfile.JoinPath("queue", path)) })
	}
	if w.Scaling != nil {
		w.Scaling.derive(func(path string) bool { return given(configfile.JoinPath("scaling", path)) })
	}
	if d := &w.Service.Deployment; !given("service.deployment.rollback") && !d.CircuitBreaker && len(d.Alarms) == 0 {
		d.Rollback = false // nothing would detect a failed deployment
	}
	group := w.Service.TargetGroup
	w.Service.HealthCheck.derive(group,
		func(path string) bool { return given(configfile.JoinPath("service.healthCheck", path)) })
	if w.Routing != nil {
		canonicalRanges(w.Routing.Sources)
	}
	for i, more := range w.Service.AdditionalPorts {
		at := additionalPort(i)
		w.Service.AdditionalPorts[i].HealthCheck.derive(group,
			func(path string) bool { return given(configfile.JoinPath(at+".healthCheck", path)) })
		if more.Routing != nil {
			canonicalRanges(more.Routing.Sources)
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
	w.checkRelease(c)
	if w.Scaling != nil {
		if w.Scaling.Backlog != nil && w.Queue == nil && c.Valid("queue") &&
			!c.At("scaling.backlog").ReportDropped(c.At("queue").Path(), w.Scaling.withoutBacklog(c.At("scaling"))) {
			c.At("scaling.backlog").Problemf("is the length of the service's queue, which it does not have; add queue: {}")
		}
		if c.Valid("service.desiredCount", "scaling.min", "scaling.max") {
			w.checkDesiredCount(c.At("service").At("desiredCount"))
		}
		if c.Valid("service.desiredCount", "scaling", "scaling.min", "scaling.max", "scaling.steps",
			"scaling.schedules") {
			w.Scaling.checkEffect(c.At("scaling"), w.Service.DesiredCount)
			w.checkZero(c.At("scaling"), time.Time{}, configfile.Checker.Problemf)
		}
	}
	if c.Valid("service.deployment.minHealthyPercent", "service.deployment.maxPercent", "service.desiredCount",
		"scaling.min", "scaling.schedules") {
		fewest, setting := w.Service.DesiredCount, ""
		if w.Scaling != nil {
			fewest, setting = w.Scaling.fewest()
		}
		w.Service.Deployment.checkRoom(c.At("service").At("deployment"), fewest, setting)
	}
	if c.Valid("service.desiredCount", "scaling", "scaling.max", "scaling.schedules") {
		w.noteCapacity(c)
	}
	if w.Worker {
		w.checkWorker(c)
		return
	}
	if len(w.Container.Ports) > 0 && c.Valid("container.ports") {
		w.checkAdditionalPorts(c)
		w.checkHealthPorts(c)
	}
}

// rule is a rule of the listener.
type rule struct {
	*Routing
	path string // of the routing
	key  string // of the service or port, which no other rule of the stack has
}

// rules lists the listener's rules of a service.
func (w NamedWorkload) rules() []rule {
	if w.Worker {
		return nil
	}
	var all []rule
	if w.Routing != nil {
		all = append(all, rule{w.Routing, w.path("routing"), w.Key})
	}
	for i, more := range w.Service.AdditionalPorts {
		if more.Routing != nil {
			all = append(all, rule{more.Routing, configfile.JoinPath(w.path(additionalPort(i)), "routing"),
				fmt.Sprintf("%s:%d", w.Key, more.Port)})
		}
	}
	return all
}

// additionalPort returns the path of an additional port from its workload.
func additionalPort(i int) string { return fmt.Sprintf("service.additionalPorts[%d]", i) }

// checkAdditionalPorts checks that every additional port belongs to the main container.
func (w *Workload) checkAdditionalPorts(c configfile.Checker) {
	seen := map[int]string{}
	for i, more := range w.Service.AdditionalPorts {
		at := c.At(additionalPort(i)).At("port")
		configfile.CheckUnique(at, seen, more.Port, at.Path(), "list each port once")
		switch place := slices.Index(w.Container.Ports, more.Port); {
		case place == 0:
			at.Problemf("%d is the container's first port, which the service's routing is for; write another port",
				more.Port)
		case place < 0 && w.sidecarAt(more.Port) != "":
			at.Problemf("%d is a port of the sidecar %s, but the load balancer sends requests to the main container only; "+
				"write one of container.ports (%s)", more.Port, w.sidecarAt(more.Port),
				configfile.JoinNumbers(w.Container.Ports))
		case place < 0:
			at.Problemf("%d is not one of container.ports (%s); add it there", more.Port,
				configfile.JoinNumbers(w.Container.Ports))
		}
	}
}

// sidecarAt returns the name of the sidecar that has the port, or "" if there is none.
func (w *Workload) sidecarAt(port int) string {
	for _, name := range slices.Sorted(maps.Keys(w.Sidecars)) {
		if slices.Contains(w.Sidecars[name].Ports, port) {
			return name
		}
	}
	return ""
}

// checkDesiredCount reports a count outside the limits of scaling, which Application Auto Scaling would change
// immediately. A count of 0 is allowed: it creates a service before its image exists.
func (w *Workload) checkDesiredCount(c configfile.Checker) {
	switch n := w.Service.DesiredCount; {
	case n == 0:
	case n < w.Scaling.Min:
		c.Problemf("%d is below scaling.min (%d); write %d to %d, or remove it to start with scaling.min",
			n, w.Scaling.Min, w.Scaling.Min, w.Scaling.Max)
	case n > w.Scaling.Max:
		c.Problemf("%d is above scaling.max (%d); write %d to %d, or raise scaling.max",
			n, w.Scaling.Max, w.Scaling.Min, w.Scaling.Max)
	}
}

// checkHealthPorts reports health checks of a port on which no container listens, or listens with another protocol.
func (w *Workload) checkHealthPorts(c configfile.Checker) {
	var open []int
	for _, k := range w.Containers() {
		open = append(open, k.Ports...)
	}
	dropped := func(port int) string {
		return c.At("sidecars").FindDropped(func(path string, values []string) bool {
			return strings.HasSuffix(path, ".ports") && slices.Contains(values, strconv.Itoa(port))
		})
	}
	check := func(c configfile.Checker, h HealthCheck, requests int) {
		if requests != 0 && (h.Port == 0 || h.Port == requests) {
			h.noteProtocol(c, w.Service.TargetGroup.Protocol, requests)
		}
		at := c.At("port")
		if h.Port != 0 && !slices.Contains(open, h.Port) &&
			!at.ReportDropped(dropped(h.Port), "write "+nested(at.Path(), "null")) {
			at.Problemf("%d is not a port of any container (%s); add it to one, or remove it", h.Port,
				configfile.JoinNumbers(open))
		}
	}
	check(c.At("service.healthCheck"), w.Service.HealthCheck, w.Container.TargetPort())
	for i, more := range w.Service.AdditionalPorts {
		check(c.At(additionalPort(i)).At("healthCheck"), more.HealthCheck, more.Port)
	}
}

// checkListener applies the rules that span a workload and the listener.
func (s *Stack) checkListener(c configfile.Checker, w NamedWorkload) {
	at := c.At(w.path(""))
	l := s.LoadBalancer
	if protocol := w.Service.TargetGroup.ProtocolVersion; (protocol == http2 || protocol == grpc) && l.HTTPS == nil &&
		l.Existing == nil {
		at.At("service.targetGroup.protocolVersion").Problemf("%s needs HTTPS at the load balancer; add "+
			"loadBalancer.https or loadBalancer.domain, or write HTTP1", protocol)
	}
	if l.Existing != nil && w.Routing == nil && w.Key == "" && !w.Worker {
		at.At("routing").Problemf("is missing: with loadBalancer.existing, every service needs a routing; write " +
			"routing: {hosts: [shop.example.com], priority: 100}")
	}
	checkPriority := func(c configfile.Checker, r *Routing) {
		switch {
		case r == nil || s.PreviewName != "":
		case r.Priority == 0 && l.Existing != nil: // none is derived
			c.At("priority").Problemf("is missing: with loadBalancer.existing it is not derived; ask the listener's "+
				"owner for a free one, 1 to %d", maxPriority)
		default:
			configfile.CheckRange(c.At("priority"), r.Priority, 1, maxPriority)
		}
	}
	checkPriority(at.At("routing"), w.Routing)
	l.noteUnnamedHosts(at.At("routing"), w.Routing)
	s.checkLogins(c, w)
	for i, more := range w.Service.AdditionalPorts {
		routing := at.At(additionalPort(i)).At("routing")
		checkPriority(routing, more.Routing)
		l.noteUnnamedHosts(routing, more.Routing)
	}
}

// checkServices applies the rules of every workload, and those that compare workloads.
func (s *Stack) checkServices(c configfile.Checker) {
	names := map[string]string{}
	rules := rulesOfListener{priorities: map[int]string{}, everywhere: s.everywhere()}
	connects, records := map[string]string{}, map[string]string{}
	for _, w := range s.Workloads() {
		at := c.At(w.path(""))
		if w.Key != "" {
			if !shortName.MatchString(w.Key) {
				at.Problemf("%q is not a valid service name; "+nameRule, w.Key, 20)
			}
		}
		s.checkReached(at, w)
		configfile.CheckUnique(at.At("service"), names, w.Service.Name, w.path("service.name"),
			"the services of a cluster need different names; change one of the two")
		s.noteNotInherited(c, w)
		s.checkLogGroup(at, w)
		if !w.Worker {
			s.checkListener(c, w)
		}
		w.checkPolicies(c)
		for _, r := range w.rules() {
			s.checkAdmitted(c.At(r.path), r.Routing)
			rules.check(c.At(r.path), r)
		}
		if connect := w.Service.Connect; connect != nil && w.Serves() {
			configfile.CheckUnique(at.At("service.connect"), connects, connect.Name, w.path("service.connect.name"),
				differentNames)
			configfile.CheckUnique(at.At("service.connect"), records, connect.DiscoveryName,
				w.path("service.connect.discoveryName"), differentNames)
		}
		if discovery := w.Service.Discovery; discovery != nil {
			configfile.CheckUnique(at.At("service.discovery"), records, discovery.Name,
				w.path("service.discovery.name"), differentNames)
		}
	}
	if s.Routing == nil && !s.Worker && s.LoadBalancer.Existing == nil {
		rules.noteRest()
	}
	s.checkTargetGroups(c)
	s.noteTargets(c)
	s.checkSessionCookies(c)
	s.checkCalls(c)
	s.checkQueues(c)
	if s.OnlyWorkers() {
		s.checkOnlyWorkers(c)
	}
}

const differentNames = "the services of a namespace need different names; change one of the two"
