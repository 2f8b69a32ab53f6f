package settings

import (
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
		for _, alarm := range w.alarmNames(s.Observability.Alarms) {
			all = append(all, PhysicalName{Kind: "alarm", Name: w.Name + "-" + alarm, of: &w})
		}
	}
	for _, j := range s.NamedJobs() {
		w := &j.NamedWorkload
		if w.Logs.Existing == "" {
			all = append(all, PhysicalName{Kind: "log group", Name: w.LogGroup(), of: w})
		}
		// webapp run starts the newest revision of the family.
		all = append(all, PhysicalName{Kind: "family of task definitions", Name: j.Task.Family, of: w,
			setting: w.path("task.family")})
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
	var all []PhysicalName
	for i, name := range domain.Names() {
		setting := "loadBalancer.domain.name"
		if i > 0 {
			setting = fmt.Sprintf("loadBalancer.domain.aliases[%d]", i-1)
		}
		all = append(all, PhysicalName{Kind: dnsRecord, Name: name, setting: setting, everywhere: true})
	}
	return all
}

const dnsRecord = "DNS record"

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
	if a.UnhealthyHosts != nil {
		for _, more := range w.Service.AdditionalPorts {
			all = append(all, fmt.Sprintf("unhealthy-hosts-%d", more.Port))
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
			if !again {
				taken[at] = owner{i, name}
				continue
			}
			pair := [2]string{all[other.stack].describeOwner(other.name), s.describeOwner(name)}
			if reported[pair] { // one problem is enough for all names of the pair
				continue
			}
			reported[pair] = true
			problems = append(problems, s.Problem(name.path(),
				"%s and %s would have the same %s, %s; %s", pair[0], pair[1], name.Kind, name.Name, s.adviseName(name)))
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

// adviseName says what to change if another stack has the name.
func (s Stack) adviseName(n PhysicalName) string {
	if n.Kind != dnsRecord {
		return "change one of the two"
	}
	hint := ""
	if s.AWS.AccountID() == "" {
		hint = ", or aws.account if they are in two accounts"
	}
	return fmt.Sprintf("write another domain, or domain: null, under %s%s",
		configfile.JoinPath(s.section(), "loadBalancer"), hint)
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
