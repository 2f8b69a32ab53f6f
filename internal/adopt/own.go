package adopt

import (
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"

	"webapp/internal/adopt/snapshot"
	"webapp/internal/awsread"
	"webapp/internal/tfstack"
)

// ownTargetGroup finds one that no service and no listener refers to yet.
func (m *matcher) ownTargetGroup(r tfstack.Resource) (known, id string) {
	for _, g := range m.Own.TargetGroups {
		arn := aws.ToString(g.TargetGroupArn)
		isOwn := snapshot.HasName(r, aws.ToString(g.TargetGroupName)) && snapshot.Owns(m.stack, r, g.Tags)
		if isOwn && !m.isClaimed(r, arn) {
			return arn, ""
		}
	}
	return "", ""
}

// ownRole finds one that no task definition and no flow log uses yet.
func (m *matcher) ownRole(r tfstack.Resource) (known, id string) {
	for _, name := range m.Own.Roles {
		if snapshot.HasName(r, name) && !m.isClaimed(r, name) {
			return name, ""
		}
	}
	return "", ""
}

// ownTask finds the latest revision of the family, where no service runs one yet.
func (m *matcher) ownTask(r tfstack.Resource) (known, id string) {
	return m.Own.Tasks[r.Text("family")], ""
}

// ownGroup finds a security group that nothing is in yet.
func (m *matcher) ownGroup(r tfstack.Resource) (known, id string) {
	for _, g := range m.SecurityGroups {
		group := aws.ToString(g.GroupId)
		isOwn := snapshot.HasName(r, aws.ToString(g.GroupName)) && snapshot.Owns(m.stack, r, awsread.EC2Tags(g.Tags))
		if isOwn && !m.isClaimed(r, group) {
			return group, ""
		}
	}
	return "", ""
}

// ownRouteTable finds one that no subnet uses yet.
func (m *matcher) ownRouteTable(r tfstack.Resource) (known, id string) {
	for _, t := range m.RouteTables {
		table := aws.ToString(t.RouteTableId)
		if snapshot.Owns(m.stack, r, awsread.EC2Tags(t.Tags)) && !m.isClaimed(r, table) {
			return table, ""
		}
	}
	return "", ""
}

// hasOwnVPC reports whether the stack itself created the VPC. It never uses the main route table of such a VPC.
func (m *matcher) hasOwnVPC() bool {
	return m.VPC != nil && slices.ContainsFunc(m.stack.Resources("aws_vpc"), func(r tfstack.Resource) bool {
		return snapshot.Owns(m.stack, r, awsread.EC2Tags(m.VPC.Tags))
	})
}

// ownAddress finds one that no NAT gateway uses yet.
func (m *matcher) ownAddress(r tfstack.Resource) (known, id string) {
	for _, a := range m.Own.Addresses {
		address := aws.ToString(a.AllocationId)
		isOwn := a.AssociationId == nil && snapshot.Owns(m.stack, r, awsread.EC2Tags(a.Tags))
		if isOwn && !m.isClaimed(r, address) {
			return address, ""
		}
	}
	return "", ""
}

// ownGateway finds one that is not attached to a VPC yet.
func (m *matcher) ownGateway(r tfstack.Resource) (known, id string) {
	for _, g := range m.Own.Gateways {
		if snapshot.Owns(m.stack, r, awsread.EC2Tags(g.Tags)) {
			return aws.ToString(g.InternetGatewayId), ""
		}
	}
	return "", ""
}

// leftovers lists what interrupted applies of this stack created and no resource of the stack was matched with: a later
// apply created the same again.
func (m *matcher) leftovers() []string {
	managed := slices.Collect(maps.Values(m.known))
	var all []string
	add := func(what, id string) {
		if !slices.Contains(managed, id) {
			all = append(all,
				what+" "+id+", which an earlier apply of this stack created and no state contains: delete it")
		}
	}
	for _, v := range m.Own.VPCs {
		add("VPC", aws.ToString(v.VpcId))
	}
	for _, a := range m.Own.Addresses {
		add("address", aws.ToString(a.AllocationId))
	}
	for _, g := range m.Own.Gateways {
		add("internet gateway", aws.ToString(g.InternetGatewayId))
	}
	for _, l := range m.Own.LoadBalancers {
		add("load balancer", aws.ToString(l.LoadBalancerArn))
	}
	for _, g := range m.Own.TargetGroups {
		add("target group", aws.ToString(g.TargetGroupArn))
	}
	for _, name := range m.Own.Roles {
		add("role", name)
	}
	return all
}
