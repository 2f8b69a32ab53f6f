package settings

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"webapp/internal/configfile"
)

// resourceID is the id of a resource that exists, and the path of the setting that has it.
type resourceID struct{ path, id string }

// resourceIDs lists the ids of VPCs, subnets, security groups, prefix lists and file systems that the stack uses, and
// the bucket of access logs, which must be in the load balancer's region (ELB user guide, "Enable access logs for your
// Application Load Balancer").
func (s *Stack) resourceIDs() []resourceID {
	var all []resourceID
	add := func(path, id string) {
		if id != "" && !strings.ContainsAny(id, ".:") { // not a range of addresses
			all = append(all, resourceID{path, id})
		}
	}
	addList := func(path string, ids []string) {
		for i, id := range ids {
			add(fmt.Sprintf("%s[%d]", path, i), id)
		}
	}
	if v := s.Network.Existing; v != nil {
		add("network.existing.id", v.ID)
		if v.PublicSubnets != nil {
			addList("network.existing.publicSubnets.ids", v.PublicSubnets.IDs)
		}
		if v.PrivateSubnets != nil {
			addList("network.existing.privateSubnets.ids", v.PrivateSubnets.IDs)
		}
	}
	switch l := s.LoadBalancer; {
	case s.OnlyWorkers():
	case l.Existing != nil:
		add("loadBalancer.existing.securityGroup", l.Existing.SecurityGroup)
	default:
		addList("loadBalancer.allowedSources", l.AllowedSources)
		if l.AccessLogs != nil && l.AccessLogs.Bucket != "" {
			all = append(all, resourceID{"loadBalancer.accessLogs.bucket", l.AccessLogs.Bucket})
		}
	}
	if s.UsesNamespace() {
		addList("namespace.allowedSources", s.Namespace.AllowedSources)
	}
	for _, w := range s.Tasks() {
		addList(w.path("service.securityGroups"), w.Service.SecurityGroups)
		for _, name := range slices.Sorted(maps.Keys(w.Task.Volumes)) {
			at := configfile.JoinPath(w.path("task.volumes"), configfile.QuoteKey(name))
			add(at+".fileSystem", w.Task.Volumes[name].FileSystem)
			add(at+".accessPoint", w.Task.Volumes[name].AccessPoint)
		}
	}
	return all
}

// checkIDs reports ids that stacks in two regions have: an id can be used only in the region of its resource.
// Source: EC2 user guide, "Resource locations".
func checkIDs(all []loading) Problems {
	var problems Problems
	first := map[string]loading{}
	for _, s := range all {
		if s.AWS.Region == "" {
			continue
		}
		reported := map[string]bool{} // one problem is enough for a list, and for an id in several settings
		for _, r := range s.resourceIDs() {
			other, again := first[r.id]
			if !again {
				first[r.id] = s
				continue
			}
			setting, _, _ := strings.Cut(r.path, "[")
			if other.AWS.Region == s.AWS.Region || reported[r.id] || reported[setting] {
				continue
			}
			reported[r.id], reported[setting] = true, true
			problems = append(problems, s.Problem(r.path, "%s exists in one region only, but the stacks %s (%s) and %s "+
				"(%s) both use it; write one from %s under %s", r.id, other.StackName(), other.AWS.Region, s.StackName(),
				s.AWS.Region, s.AWS.Region, configfile.JoinPath(s.section(), setting)))
		}
	}
	return problems
}
