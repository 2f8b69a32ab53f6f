package settings

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"webapp/internal/configfile"
)

// resourceID is the id of a resource that exists, the path of the setting that has it, and the region in which it must
// be.
type resourceID struct{ path, id, region string }

// resourceIDs lists the ids of VPCs, subnets, security groups, prefix lists and file systems that the stack uses, the
// bucket of access logs, which must be in the load balancer's region (ELB user guide, "Enable access logs for your
// Application Load Balancer"), and that of the state.
func (s *Stack) resourceIDs() []resourceID {
	var all []resourceID
	add := func(path, id string) {
		if id != "" && !strings.ContainsAny(id, ".:") { // not a range of addresses
			all = append(all, resourceID{path, id, s.AWS.Region})
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
			all = append(all, resourceID{"loadBalancer.accessLogs.bucket", l.AccessLogs.Bucket, s.AWS.Region})
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
	if state := s.State.S3; state != nil {
		all = append(all, resourceID{stateBucket, state.Bucket, state.Region})
	}
	return all
}

const stateBucket = "state.s3.bucket"

// checkIDs reports ids that stacks in two regions have: an id can be used only in the region of its resource. The name
// of a bucket is unique in its partition.
// Sources: EC2 user guide, "Resource locations"; S3 user guide, "General purpose bucket naming rules".
func checkIDs(all []loading) Problems {
	type user struct {
		stack  loading
		region string
	}
	var problems Problems
	first := map[string]user{}
	for _, s := range all {
		reported := map[string]bool{} // one problem is enough for a list, and for an id in several settings
		for _, r := range s.resourceIDs() {
			if r.region == "" {
				continue
			}
			key := r.id
			if strings.HasSuffix(r.path, ".bucket") {
				key = partitionOf(r.region) + " " + r.id
			}
			other, again := first[key]
			if !again {
				first[key] = user{s, r.region}
				continue
			}
			setting, _, _ := strings.Cut(r.path, "[")
			if other.region == r.region || reported[r.id] || reported[setting] {
				continue
			}
			reported[r.id], reported[setting] = true, true
			advice := ""
			if r.path == stateBucket {
				advice = ", or the bucket's own region as state.s3.region"
			}
			problems = append(problems, s.Problem(r.path, "%s exists in one region only, but the stacks %s (%s) and %s "+
				"(%s) both use it; write one from %s under %s%s", r.id, other.stack.StackName(), other.region, s.StackName(),
				r.region, r.region, configfile.JoinPath(s.section(), setting), advice))
		}
	}
	return problems
}

// part is an existing resource, and the existing one that it belongs to, as the settings pair them.
type part struct {
	path, id         string
	wholePath, whole string
	// kind of the whole: "VPC".
	kind string
}

// parts lists the pairs of such resources that the settings name.
func (s *Stack) parts() []part {
	var all []part
	if v := s.Network.Existing; v != nil && v.ID != "" {
		add := func(path, id string) {
			all = append(all, part{path, id, "network.existing.id", v.ID, "VPC"})
		}
		for i, subnets := range []*ExistingSubnets{v.PublicSubnets, v.PrivateSubnets} {
			if subnets != nil {
				for j, id := range subnets.IDs {
					add(fmt.Sprintf("network.existing.%s.ids[%d]", []string{"publicSubnets", "privateSubnets"}[i], j), id)
				}
			}
		}
		if l := s.LoadBalancer.Existing; l != nil && !s.OnlyWorkers() {
			add("loadBalancer.existing.listener", l.Listener)
		}
	}
	for _, w := range s.Tasks() {
		for _, name := range slices.Sorted(maps.Keys(w.Task.Volumes)) {
			at := configfile.JoinPath(w.path("task.volumes"), configfile.QuoteKey(name))
			if v := w.Task.Volumes[name]; v.AccessPoint != "" {
				all = append(all, part{at + ".accessPoint", v.AccessPoint, at + ".fileSystem", v.FileSystem, "file system"})
			}
		}
		for _, login := range w.logins() {
			if k := login.Cognito; k != nil {
				at := configfile.JoinPath(w.path(login.path), "cognito")
				all = append(all, part{at + ".client", k.Client, at + ".userPool", k.UserPool, "user pool"})
			}
		}
	}
	return all
}

// checkWholes reports a resource that is paired with two others, though it belongs to one. Mostly, an overlay changes
// one half of a pair, and inherits the other.
// Sources: EC2 API, Subnet; ELB API, LoadBalancer; EFS API, AccessPointDescription; Cognito API, UserPoolClientType.
func checkWholes(all []loading) Problems {
	type user struct {
		stack loading
		part
	}
	var problems Problems
	first := map[string]user{}
	for _, s := range all {
		reported := map[string]bool{} // one problem is enough for a list
		for _, p := range s.parts() {
			other, again := first[p.id]
			if !again {
				first[p.id] = user{s, p}
				continue
			}
			setting, _, _ := strings.Cut(p.path, "[")
			if other.whole == p.whole || reported[setting] {
				continue
			}
			reported[setting] = true
			where := [2]string{"the stack " + other.stack.StackName(), "the stack " + s.StackName()}
			if where[0] == where[1] {
				where = [2]string{other.wholePath, p.wholePath}
			}
			problems = append(problems, s.Problem(p.path, "%s belongs to one %s only, but goes with %s in %s, and with %s in "+
				"%s; write one of %s as %s", p.id, p.kind, other.whole, where[0], p.whole, where[1], p.whole,
				configfile.JoinPath(s.section(), setting)))
		}
	}
	return problems
}
