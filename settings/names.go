package settings

import (
	"fmt"
	"maps"
	"slices"
)

// PhysicalName is a name that AWS has once in an account and region. Of two stacks with the same one, the second
// overwrites what the first has, or AWS refuses it.
type PhysicalName struct {
	// Kind says of what: "log group".
	Kind string
	Name string
	// of is the service that it belongs to; nil where it is the stack's.
	of *NamedWorkload
	// setting gives the name; empty where it follows from the stack's and the service's.
	setting string
}

// PhysicalNames lists the names that the stack takes in its account and region. It leaves out those that Terraform
// makes unique, and those of a cluster, VPC or role, which are the stack's own.
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
		// Cloud Map API, CreatePrivateDnsNamespace: a VPC has one namespace of a name.
		all = append(all, PhysicalName{Kind: "namespace in " + s.Network.describe(), Name: s.Namespace.Name, setting: "namespace.name"})
	}
	for _, w := range s.Workloads() {
		if l := s.LoadBalancer.Existing; l != nil && w.Routing != nil {
			// ELB API, CreateRule: PriorityInUse.
			all = append(all, PhysicalName{"priority in the listener " + l.Listener, fmt.Sprint(w.Routing.Priority), &w, w.path("routing.priority")})
		}
		all = append(all, PhysicalName{Kind: "log group", Name: "/ecs/" + w.Name, of: &w})
		for _, alarm := range w.alarmNames(s.Observability.Alarms) {
			all = append(all, PhysicalName{Kind: "alarm", Name: w.Name + "-" + alarm, of: &w})
		}
	}
	return all
}

// alarmNames lists the alarms of a service, by what is behind its name in theirs.
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
		{"server-errors", a.ServerErrors != nil},
		{"unhealthy-hosts", a.UnhealthyHosts != nil},
		{"latency", a.Latency != nil},
		{"cpu", a.CPU != nil},
		{"memory", a.Memory != nil},
		{"at-maximum", a.AtMaximum != nil && w.Scaling != nil},
		{"fewer-running", a.FewerRunning != nil},
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

// checkNames reports names that two stacks of the file have, or two parts of one, in the same account and region. Where
// the settings say neither, both are deployed to wherever the credentials lead.
func checkNames(all []loading) Problems {
	type place struct{ account, region, kind, name string }
	type owner struct {
		stack int
		name  PhysicalName
	}
	var problems Problems
	taken, told := map[place]owner{}, map[[2]string]bool{}
	for i, s := range all {
		for _, name := range s.PhysicalNames() {
			at := place{s.AWS.AccountID(), s.AWS.Region, name.Kind, name.Name}
			other, again := taken[at]
			if !again {
				taken[at] = owner{i, name}
				continue
			}
			pair := [2]string{all[other.stack].describeOwner(other.name), s.describeOwner(name)}
			if told[pair] { // one problem for all names of the two
				continue
			}
			told[pair] = true
			problems = append(problems, s.Problem(name.path(),
				"%s and %s would have the same %s, %s; give one of the two another one", pair[0], pair[1], name.Kind, name.Name))
		}
	}
	return problems
}

// describeOwner says whose a name is: "the service api of the stack webapp-prod".
func (s Stack) describeOwner(n PhysicalName) string {
	if n.of == nil || n.of.Key == "" {
		return "the stack " + s.StackName()
	}
	return fmt.Sprintf("the service %s of the stack %s", n.of.Key, s.StackName())
}

// path is the setting that a name comes from.
func (n PhysicalName) path() string {
	switch {
	case n.setting != "":
		return n.setting
	case n.of == nil || n.of.Key == "":
		return "name"
	}
	return n.of.path("")
}

// describe tells one VPC that is there already from another.
func (n Network) describe() string {
	if n.Existing == nil {
		return "the default VPC"
	}
	if len(n.Existing.Tags) > 0 {
		return fmt.Sprint("the VPC with the tags ", n.Existing.Tags)
	}
	return "the VPC " + n.Existing.Name + n.Existing.ID // one of the two
}
