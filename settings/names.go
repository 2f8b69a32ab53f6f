package settings

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"webapp/internal/configfile"
)

// PhysicalName is a name that must be unique within an account and region. If two stacks have the same one, the second
// stack overwrites the first one's resource, or AWS refuses it.
type PhysicalName struct {
	// Kind of resource: "log group".
	Kind string
	Name string
	// of is the service or job that the name belongs to, or nil if it belongs to the stack.
	of *NamedWorkload
	// setting is the path of the setting that gives the name, or "" if it follows from the names of the stack and the
	// service.
	setting string
	// everywhere is set if the name must be unique in all regions of the account.
	everywhere bool
	// repeatable is set if others may have the name too, unless theirs is not repeatable.
	repeatable bool
	// advice says what to change if another stack has the name, "" for one of the two. ofPreview does so for a name that
	// all previews have, "" for removing the setting.
	advice, ofPreview string
}

// PhysicalNames lists the names that the stack uses in its account and region. It leaves out names that Terraform makes
// unique, and names within a cluster, VPC or role of the stack.
func (s *Stack) PhysicalNames() []PhysicalName {
	stack := s.StackName()
	all := []PhysicalName{{Kind: "cluster", Name: stack}}
	if s.Observability.Dashboard {
		all = append(all, PhysicalName{Kind: "dashboard", Name: stack})
	}
	if a := s.Observability.Alarms; a != nil {
		if a.Topic == "" {
			all = append(all, PhysicalName{Kind: "topic", Name: stack + "-alarms"})
		}
		if a.ServerErrors != nil {
			all = append(all, PhysicalName{Kind: "alarm", Name: stack + "-load-balancer-errors"})
		}
	}
	if s.UsesNamespace() && !s.Namespace.Existing && s.Network.New == nil {
		// Cloud Map API, CreatePrivateDnsNamespace: a VPC has only one namespace of a given name.
		all = append(all, PhysicalName{Kind: "namespace in " + s.Network.describe(), Name: s.Namespace.Name,
			setting: "namespace.name"})
	}
	all = append(all, s.recordNames()...)
	all = append(all, s.namesInNamespace()...)
	for _, w := range s.Workloads() {
		for _, r := range w.rules() {
			if l := s.LoadBalancer.Existing; l != nil && r.Priority != 0 {
				// ELB API, CreateRule: PriorityInUse.
				all = append(all, PhysicalName{Kind: "priority in the listener " + l.Listener,
					Name: fmt.Sprint(r.Priority), of: &w, setting: configfile.JoinPath(r.path, "priority")})
			}
		}
		if w.Logs.Existing == "" {
			all = append(all, PhysicalName{Kind: "log group", Name: w.LogGroup(), of: &w})
		}
		if q := w.Receives; q != nil && q.Existing == "" {
			all = append(all, PhysicalName{Kind: "queue", Name: q.Name, of: &w},
				PhysicalName{Kind: "queue", Name: q.DeadLetters, of: &w})
		}
		all = append(all, PhysicalName{Kind: familyName, Name: w.Task.Family, of: &w, setting: w.path("task.family"),
			repeatable: true, advice: familyOfItsOwn})
		for _, alarm := range w.alarmNames(s.Observability.Alarms) {
			all = append(all, PhysicalName{Kind: "alarm", Name: w.Name + "-" + alarm, of: &w})
		}
	}
	for _, j := range s.NamedJobs() {
		w := &j.NamedWorkload
		if w.Logs.Existing == "" {
			all = append(all, PhysicalName{Kind: "log group", Name: w.LogGroup(), of: w})
		}
		all = append(all, PhysicalName{Kind: familyName, Name: j.Task.Family, of: w, setting: w.path("task.family"),
			advice: familyOfItsOwn})
		if j.Schedule == nil {
			continue
		}
		all = append(all, PhysicalName{Kind: "schedule group", Name: j.ScheduleName(), of: w})
		if a := s.Observability.Alarms; a != nil && a.MissedJobs {
			all = append(all, PhysicalName{Kind: "alarm", Name: j.Name + "-missed", of: w})
		}
	}
	return all
}

// recordNames lists the DNS records of the domain: Route 53 refuses a record that exists, in whatever region its load
// balancer is. Overrides that set set_identifier make records of a routing policy, which several stacks may have.
// Source: Route 53 API, ResourceRecordSet SetIdentifier.
func (s *Stack) recordNames() []PhysicalName {
	domain := s.LoadBalancer.Domain
	ofPolicy := func(o Override) bool {
		return strings.HasPrefix(o.Resource, "aws_route53_record.") && o.Path == "set_identifier"
	}
	if domain == nil || s.LoadBalancer.Existing != nil || s.OnlyWorkers() || slices.ContainsFunc(s.Overrides, ofPolicy) {
		return nil
	}
	advice := fmt.Sprintf("write another domain, or domain: null, under %s%s",
		configfile.JoinPath(s.section(), "loadBalancer"), s.inTwoAccounts())
	var all []PhysicalName
	for i, name := range domain.Names() {
		setting := "loadBalancer.domain.name"
		if i > 0 {
			setting = fmt.Sprintf("loadBalancer.domain.aliases[%d]", i-1)
		}
		all = append(all, PhysicalName{Kind: dnsRecord, Name: name, setting: setting, everywhere: true,
			advice: advice})
	}
	return all
}

const dnsRecord = "DNS record"

// namesInNamespace lists the services in AWS Cloud Map that a namespace has for the stack. Stacks that create their
// namespaces may have the same names in them, but a namespace that a stack looks up is found by its own name alone.
// Sources: Cloud Map API, CreateService (ServiceAlreadyExists); ECS API, ServiceConnectService (discoveryName).
func (s *Stack) namesInNamespace() []PhysicalName {
	own := fmt.Sprintf("namespace: null under %s, so that ", s.section())
	var all []PhysicalName
	for _, w := range s.Workloads() {
		add := func(name, setting, change string) {
			all = append(all, PhysicalName{Kind: "name in the namespace " + s.Namespace.Name, Name: name, of: &w,
				setting: w.path(setting), repeatable: !s.Namespace.Existing,
				advice: fmt.Sprintf("write another %s, or %sit has a namespace of its own%s",
					configfile.JoinPath(s.section(), w.path(change)), own, s.inTwoAccounts()),
				ofPreview: "write " + own + "each has a namespace of its own"})
		}
		if connect := w.Service.Connect; connect != nil && w.Serves() {
			change := "service.connect.discoveryName"
			if connect.DiscoveryName == connect.defaultDiscoveryName() {
				// The name by which clients reach it must be unique there too (ECS API, ServiceConnectService).
				change = "service.connect.name"
			}
			add(connect.DiscoveryName, "service.connect.discoveryName", change)
		}
		if discovery := w.Service.Discovery; discovery != nil {
			add(discovery.Name, "service.discovery.name", "service.discovery.name")
		}
	}
	return all
}

// familyName is the kind of a task family. Services may share one: each runs a revision of its own.
const familyName = "family of task definitions"

// familyOfItsOwn says what to do about the family of a job that another task has too.
const familyOfItsOwn = "webapp run starts a job's newest task definition, so that it needs a family of its own; " +
	"change one of the two"

// alarmNames lists the suffixes of the names of a service's alarms, which begin with the service's name.
func (w NamedWorkload) alarmNames(a *Alarms) []string {
	var all []string
	if w.Scaling != nil {
		if w.Scaling.Burst != nil {
			all = append(all, "burst")
		}
		for _, name := range slices.Sorted(maps.Keys(w.Scaling.Steps)) {
			all = append(all, name+"-steps")
		}
	}
	if a == nil {
		return all
	}
	for _, alarm := range []struct {
		name  string
		there bool
	}{
		{"server-errors", a.ServerErrors != nil && !w.Worker},
		{"unhealthy-hosts", a.UnhealthyHosts != nil && !w.Worker},
		{"latency", a.Latency != nil && !w.Worker},
		{"cpu", a.CPU != nil},
		{"memory", a.Memory != nil},
		{"at-maximum", a.AtMaximum != nil && w.Scaling != nil},
		{"fewer-running", a.FewerRunning != nil},
		{"oldest-message", a.OldestMessage != nil && w.Receives != nil},
		{"dead-letters", a.DeadLetters != nil && w.Receives != nil && w.Receives.DeadLetters != ""},
	} {
		if alarm.there {
			all = append(all, alarm.name)
		}
	}
	for _, more := range w.Service.AdditionalPorts {
		if a.UnhealthyHosts != nil {
			all = append(all, fmt.Sprintf("unhealthy-hosts-%d", more.Port))
		}
		if a.Latency != nil {
			all = append(all, fmt.Sprintf("latency-%d", more.Port))
		}
	}
	return all
}

// checkNames reports names that two stacks of the file, or two parts of a stack, have in the same account and region.
// If the settings give no account and region, all stacks are deployed to those of the credentials.
func checkNames(all []loading) Problems {
	type key struct{ account, region, kind, name string }
	type owner struct {
		stack int
		name  PhysicalName
	}
	var problems Problems
	taken, reported := map[key]owner{}, map[[2]string]bool{}
	for i, s := range all {
		for _, name := range s.PhysicalNames() {
			at := key{s.AWS.accountKey(), s.AWS.Region, name.Kind, name.Name}
			if name.everywhere {
				at.region = ""
			}
			other, again := taken[at]
			if !again || other.name.repeatable && !name.repeatable {
				taken[at] = owner{i, name}
			}
			if !again || other.name.repeatable && name.repeatable {
				continue
			}
			pair := [2]string{all[other.stack].describeOwner(other.name), s.describeOwner(name)}
			if reported[pair] { // one problem is enough for all names of the pair
				continue
			}
			reported[pair] = true
			problems = append(problems, s.Problem(name.path(),
				"%s and %s would have the same %s, %s; %s", pair[0], pair[1], name.Kind, name.Name,
				cmp.Or(name.advice, "change one of the two")))
		}
	}
	return problems
}

// noteSharedQueues notes existing queues whose messages two stacks receive: each gets only some of them.
func noteSharedQueues(all []loading) {
	type key struct{ account, region, queue string }
	receivers := map[key]string{}
	for i, s := range all {
		for _, w := range s.Workloads() {
			if w.Receives == nil || w.Receives.Existing == "" {
				continue
			}
			at := key{s.AWS.accountKey(), s.AWS.Region, w.Receives.Existing}
			other, taken := receivers[at]
			if !taken {
				receivers[at] = s.StackName()
			} else if other != s.StackName() {
				all[i].Stack.Notes = append(all[i].Stack.Notes, s.Problem(w.path("queue.existing"),
					"note: %s is also the queue of the stack %s, so that each of the two gets only some of its messages; write "+
						"another queue in one of them", at.queue, other))
			}
		}
	}
}

// inTwoAccounts ends the advice about a name that stacks of two accounts may both have.
func (s *Stack) inTwoAccounts() string {
	if s.AWS.AccountID() == "" {
		return ", or aws.account if they are in two accounts"
	}
	return ""
}

// describeOwner names the owner of a name: "the service api of the stack webapp-prod".
func (s Stack) describeOwner(n PhysicalName) string {
	if n.of == nil || n.of.Key == "" {
		return "the stack " + s.StackName()
	}
	kind := "service"
	if n.of.IsJob() {
		kind = "job"
	}
	return fmt.Sprintf("the %s %s of the stack %s", kind, n.of.Key, s.StackName())
}

// path returns the setting that a name comes from.
func (n PhysicalName) path() string {
	switch {
	case n.setting != "":
		return n.setting
	case n.of == nil || n.of.Key == "":
		return "name"
	}
	return n.of.path("")
}

// describe identifies an existing VPC.
func (n Network) describe() string {
	if n.Existing == nil {
		return "the default VPC"
	}
	if len(n.Existing.Tags) > 0 {
		return fmt.Sprint("the VPC with the tags ", n.Existing.Tags)
	}
	return "the VPC " + n.Existing.Name + n.Existing.ID // one of the two
}
