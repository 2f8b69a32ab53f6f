package settings

import (
	"fmt"
	"maps"
	"slices"
)

// PhysicalName is a name that AWS has once in an account and region. Of two stacks with the same one, the second overwrites what the
// first has, or AWS refuses it.
type PhysicalName struct {
	// Kind says of what: "log group".
	Kind string
	Name string
	// of is the service that it belongs to; nil where it is the stack's.
	of *NamedWorkload
}

// PhysicalNames lists the names that the stack takes in its account and region. It leaves out those that Terraform makes unique, and
// those of a cluster, VPC or role, which are the stack's own.
func (s *Settings) PhysicalNames() []PhysicalName {
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
	for _, w := range s.Workloads() {
		all = append(all, PhysicalName{"log group", "/ecs/" + w.Name, &w})
		for _, alarm := range w.alarmNames(s.Observability.Alarms) {
			all = append(all, PhysicalName{"alarm", w.Name + "-" + alarm, &w})
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

// checkNames reports names that two stacks of the file have, or two parts of one, in the same account and region. Where the settings say
// neither, both are deployed to wherever the credentials lead.
func (f file) checkNames(all []Settings) Problems {
	type place struct{ account, region, kind, name string }
	type owner struct {
		stack int
		name  PhysicalName
	}
	var problems Problems
	taken, told := map[place]owner{}, map[[2]string]bool{}
	for i, s := range all {
		for _, name := range s.PhysicalNames() {
			at := place{s.AWS.DeployedTo(), s.AWS.Region, name.Kind, name.Name}
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
			problems = append(problems, f.locate(f.places[slices.IndexFunc(f.places, s.isOf)], name.path(), fmt.Sprintf(
				"%s and %s would have the same %s, %s; give one of the two another name", pair[0], pair[1], name.Kind, name.Name)))
		}
	}
	return problems
}

// describeOwner says whose a name is: "the service api of the stack webapp-prod".
func (s Settings) describeOwner(n PhysicalName) string {
	if n.of == nil || n.of.Key == "" {
		return "the stack " + s.StackName()
	}
	return fmt.Sprintf("the service %s of the stack %s", n.of.Key, s.StackName())
}

// path is the setting that a name comes from.
func (n PhysicalName) path() string {
	if n.of == nil || n.of.Key == "" {
		return "name"
	}
	return n.of.path("")
}
