package adopt

import (
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// Own is what bears the stack's own tags and names. An apply that was cut off leaves such things behind, with nothing
// that leads to them.
type Own struct {
	VPCs          []ec2types.Vpc
	Addresses     []ec2types.Address
	Gateways      []ec2types.InternetGateway // attached to no VPC
	LoadBalancers []Tagged[elbtypes.LoadBalancer]
	TargetGroups  []Tagged[elbtypes.TargetGroup]
	Roles         []string
	Tasks         map[string]string // ARN of the newest revision, by family
}

// Tagged is something whose tags AWS tells apart from it.
type Tagged[T any] struct {
	Thing T
	Tags  map[string]string
}

// ownTags are the tags by which a resource of the stack is told from those of other stacks. Nil where the settings
// leave them out.
func (s Stack) ownTags(r Resource) map[string]string {
	own := map[string]string{}
	for _, key := range []string{"Application", "Environment"} {
		if value := s.tags[key]; value != "" {
			own[key] = value
		}
	}
	if own["Application"] == "" {
		return nil
	}
	if tags, ok := r.config["tags"].(map[string]any); ok {
		if name, ok := tags["Name"].(string); ok {
			own["Name"] = name
		}
	}
	return own
}

// owns reports whether something with these tags was made for a resource of the stack.
func (s Stack) owns(r Resource, tags map[string]string) bool {
	own := s.ownTags(r)
	for key, value := range own {
		if tags[key] != value {
			return false
		}
	}
	return len(own) > 0
}

func ec2Tags(tags []ec2types.Tag) map[string]string {
	all := map[string]string{}
	for _, t := range tags {
		all[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return all
}

// ownTargetGroup finds one that no service or listener leads to yet.
func (m *matcher) ownTargetGroup(r Resource) (known, id string) {
	for _, g := range m.Own.TargetGroups {
		arn := aws.ToString(g.Thing.TargetGroupArn)
		if r.isNamed(aws.ToString(g.Thing.TargetGroupName)) && m.stack.owns(r, g.Tags) && !m.isTaken(r, arn) {
			return arn, ""
		}
	}
	return "", ""
}

// ownRole finds one that no task definition or flow log uses yet.
func (m *matcher) ownRole(r Resource) (known, id string) {
	for _, name := range m.Own.Roles {
		if r.isNamed(name) && !m.isTaken(r, name) {
			return name, ""
		}
	}
	return "", ""
}

// ownTask finds the newest revision of the family, where no service runs one yet.
func (m *matcher) ownTask(r Resource) (known, id string) { return m.Own.Tasks[r.text("family")], "" }

// ownGroup finds a security group that nothing is in yet.
func (m *matcher) ownGroup(r Resource) (known, id string) {
	for _, g := range m.SecurityGroups {
		group := aws.ToString(g.GroupId)
		if r.isNamed(aws.ToString(g.GroupName)) && m.stack.owns(r, ec2Tags(g.Tags)) && !m.isTaken(r, group) {
			return group, ""
		}
	}
	return "", ""
}

// ownRouteTable finds one that no subnet uses yet.
func (m *matcher) ownRouteTable(r Resource) (known, id string) {
	for _, t := range m.RouteTables {
		if table := aws.ToString(t.RouteTableId); m.stack.owns(r, ec2Tags(t.Tags)) && !m.isTaken(r, table) {
			return table, ""
		}
	}
	return "", ""
}

// hasOwnVPC reports whether the stack itself has made the VPC. It never uses that one's main route table.
func (m *matcher) hasOwnVPC() bool {
	return m.VPC != nil && slices.ContainsFunc(m.stack.all("aws_vpc"), func(r Resource) bool { return m.stack.owns(r, ec2Tags(m.VPC.Tags)) })
}

// ownAddress finds one that no NAT gateway has yet.
func (m *matcher) ownAddress(r Resource) (known, id string) {
	for _, a := range m.Own.Addresses {
		if address := aws.ToString(a.AllocationId); a.AssociationId == nil && m.stack.owns(r, ec2Tags(a.Tags)) && !m.isTaken(r, address) {
			return address, ""
		}
	}
	return "", ""
}

// ownGateway finds one that is attached to no VPC yet.
func (m *matcher) ownGateway(r Resource) (known, id string) {
	for _, g := range m.Own.Gateways {
		if m.stack.owns(r, ec2Tags(g.Tags)) {
			return aws.ToString(g.InternetGatewayId), ""
		}
	}
	return "", ""
}

// strays lists what an apply of this stack made, and no resource of the stack is: it was cut off, and another one made
// the same again.
func (m *matcher) strays() []string {
	managed := slices.Collect(maps.Values(m.known))
	var all []string
	note := func(what, id string) {
		if !slices.Contains(managed, id) {
			all = append(all, what+" "+id+", which an earlier apply of this stack made and no state knows: delete it")
		}
	}
	for _, v := range m.Own.VPCs {
		note("VPC", aws.ToString(v.VpcId))
	}
	for _, a := range m.Own.Addresses {
		note("address", aws.ToString(a.AllocationId))
	}
	for _, g := range m.Own.Gateways {
		note("internet gateway", aws.ToString(g.InternetGatewayId))
	}
	for _, l := range m.Own.LoadBalancers {
		note("load balancer", aws.ToString(l.Thing.LoadBalancerArn))
	}
	for _, g := range m.Own.TargetGroups {
		note("target group", aws.ToString(g.Thing.TargetGroupArn))
	}
	for _, name := range m.Own.Roles {
		note("role", name)
	}
	return all
}
