package localaws

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"webapp/internal/awsread"
)

// networkRules: EC2's codes are those of its API reference, "Error codes for the Amazon EC2 API".
func networkRules() map[string]rule {
	return map[string]rule{
		"ec2 AuthorizeSecurityGroupEgress": func(a *account, input object) (*refusal, error) {
			return a.groupRules(input, true)
		},
		"ec2 AuthorizeSecurityGroupIngress": func(a *account, input object) (*refusal, error) {
			return a.groupRules(input, false)
		},
		"ec2 CreateNatGateway":      natGateway,
		"ec2 DeleteSecurityGroup":   deletedGroup,
		"ec2 DeleteSubnet":          deletedSubnet,
		"ec2 DeleteVpc":             deletedVPC,
		"ec2 DetachInternetGateway": detachedGateway,
		"ec2 ReleaseAddress":        releasedAddress,
	}
}

// rulesPerGroup is the quota of rules of a security group, for each direction, and for IPv4 and IPv6 each (Amazon VPC
// user guide, "Amazon VPC quotas").
const rulesPerGroup = 60

// prefixListWeights are what the lists that AWS manages count as, where it is not one (Amazon VPC user guide,
// "AWS-managed prefix list weight").
var prefixListWeights = map[string]int{
	"com.amazonaws.global.cloudfront.origin-facing":      55,
	"com.amazonaws.global.ipv6.cloudfront.origin-facing": 55,
}

// groupRules counts what a security group would have in one direction. A rule for another group counts as one of IPv4
// and one of IPv6, a prefix list as many as it may have entries.
func (a *account) groupRules(input object, egress bool) (*refusal, error) {
	client := ec2.NewFromConfig(a.cfg)
	found, err := client.DescribeSecurityGroups(a.ctx,
		&ec2.DescribeSecurityGroupsInput{GroupIds: []string{text(input, "GroupId")}})
	if err != nil || len(found.SecurityGroups) == 0 {
		return nil, err
	}
	group := found.SecurityGroups[0]
	permissions := group.IpPermissions
	if egress {
		permissions = group.IpPermissionsEgress
	}
	v4, v6 := 0, 0
	var lists []string
	for _, p := range permissions {
		v4 += len(p.IpRanges) + len(p.UserIdGroupPairs)
		v6 += len(p.Ipv6Ranges) + len(p.UserIdGroupPairs)
		for _, list := range p.PrefixListIds {
			lists = append(lists, *list.PrefixListId)
		}
	}
	for _, p := range objects(input, "IpPermissions") {
		groups := len(objects(p, "UserIdGroupPairs"))
		v4 += len(objects(p, "IpRanges")) + groups
		v6 += len(objects(p, "Ipv6Ranges")) + groups
		for _, list := range objects(p, "PrefixListIds") {
			lists = append(lists, text(list, "PrefixListId"))
		}
	}
	for _, list := range lists {
		weight := a.prefixListWeight(list)
		v4, v6 = v4+weight, v6+weight
	}
	if max(v4, v6) > rulesPerGroup {
		return &refusal{"RulesPerSecurityGroupLimitExceeded", "The maximum number of rules per security group has " +
			"been reached."}, nil
	}
	return nil, nil
}

func (a *account) prefixListWeight(id string) int {
	found, err := ec2.NewFromConfig(a.cfg).DescribeManagedPrefixLists(a.ctx,
		&ec2.DescribeManagedPrefixListsInput{PrefixListIds: []string{id}})
	if err != nil || len(found.PrefixLists) == 0 {
		return 1
	}
	list := found.PrefixLists[0]
	name := aws.ToString(list.PrefixListName)
	for managed, weight := range prefixListWeights {
		if strings.Contains(name, strings.TrimPrefix(managed, "com.amazonaws.")) {
			return weight
		}
	}
	return max(1, int(aws.ToInt32(list.MaxEntries)))
}

// natGateway: an address is one gateway's. AWS says so in the gateway's state, some seconds later.
func natGateway(a *account, input object) (*refusal, error) {
	address := text(input, "AllocationId")
	return a.refuseIf(a.hasGateway(address), "Resource.AlreadyAssociated",
		"Elastic IP address [%s] is already associated", address)
}

func releasedAddress(a *account, input object) (*refusal, error) {
	address := text(input, "AllocationId")
	return a.refuseIf(a.hasGateway(address), "InvalidIPAddress.InUse",
		"The address with allocation id [%s] is in use.", address)
}

// hasGateway reports whether a NAT gateway has the address.
func (a *account) hasGateway(address string) bool {
	return address != "" && slices.ContainsFunc(a.natGateways(), func(g ec2types.NatGateway) bool {
		return slices.ContainsFunc(g.NatGatewayAddresses,
			func(used ec2types.NatGatewayAddress) bool { return aws.ToString(used.AllocationId) == address })
	})
}

func (a *account) natGateways() []ec2types.NatGateway {
	found := awsread.Call(a.read, "the NAT gateways", ec2.NewFromConfig(a.cfg).DescribeNatGateways, nil).NatGateways
	return slices.DeleteFunc(found, func(g ec2types.NatGateway) bool {
		return g.State == ec2types.NatGatewayStateDeleted || g.State == ec2types.NatGatewayStateFailed
	})
}

func (a *account) endpoints() []ec2types.VpcEndpoint {
	found := awsread.Call(a.read, "the endpoints", ec2.NewFromConfig(a.cfg).DescribeVpcEndpoints, nil).VpcEndpoints
	return slices.DeleteFunc(found,
		func(e ec2types.VpcEndpoint) bool { return strings.EqualFold(string(e.State), "deleted") })
}

// deletedSubnet: whatever has a network interface in it keeps it.
func deletedSubnet(a *account, input object) (*refusal, error) {
	id := text(input, "SubnetId")
	isIn := func(zone elbtypes.AvailabilityZone) bool { return aws.ToString(zone.SubnetId) == id }
	inUse := a.services.stand("subnets", id) ||
		slices.ContainsFunc(a.natGateways(),
			func(g ec2types.NatGateway) bool { return aws.ToString(g.SubnetId) == id }) ||
		slices.ContainsFunc(a.endpoints(),
			func(e ec2types.VpcEndpoint) bool { return slices.Contains(e.SubnetIds, id) }) ||
		slices.ContainsFunc(a.read.AllLoadBalancers(),
			func(b elbtypes.LoadBalancer) bool { return slices.ContainsFunc(b.AvailabilityZones, isIn) })
	return a.refuseIf(inUse, "DependencyViolation", "The subnet '%s' has dependencies and cannot be deleted.", id)
}

func deletedGroup(a *account, input object) (*refusal, error) {
	id := text(input, "GroupId")
	isIt := func(g ec2types.SecurityGroupIdentifier) bool { return aws.ToString(g.GroupId) == id }
	inUse := a.services.stand("securityGroups", id) ||
		slices.ContainsFunc(a.read.AllLoadBalancers(),
			func(b elbtypes.LoadBalancer) bool { return slices.Contains(b.SecurityGroups, id) }) ||
		slices.ContainsFunc(a.endpoints(),
			func(e ec2types.VpcEndpoint) bool { return slices.ContainsFunc(e.Groups, isIt) }) ||
		slices.ContainsFunc(a.read.SecurityGroups(), func(g ec2types.SecurityGroup) bool {
			return aws.ToString(g.GroupId) != id &&
				slices.ContainsFunc(slices.Concat(g.IpPermissions, g.IpPermissionsEgress), refersTo(id))
		})
	return a.refuseIf(inUse, "DependencyViolation", "resource %s has a dependent object", id)
}

func refersTo(group string) func(ec2types.IpPermission) bool {
	return func(p ec2types.IpPermission) bool {
		return slices.ContainsFunc(p.UserIdGroupPairs,
			func(pair ec2types.UserIdGroupPair) bool { return aws.ToString(pair.GroupId) == group })
	}
}

// deletedVPC: moto itself looks for subnets and route tables.
func deletedVPC(a *account, input object) (*refusal, error) {
	id := text(input, "VpcId")
	gateways := awsread.Call(a.read, "the internet gateways", ec2.NewFromConfig(a.cfg).DescribeInternetGateways, nil)
	isIt := func(attachment ec2types.InternetGatewayAttachment) bool { return aws.ToString(attachment.VpcId) == id }
	inUse := slices.ContainsFunc(a.read.SecurityGroups(), func(g ec2types.SecurityGroup) bool {
		return aws.ToString(g.VpcId) == id && aws.ToString(g.GroupName) != "default"
	}) ||
		slices.ContainsFunc(gateways.InternetGateways,
			func(g ec2types.InternetGateway) bool { return slices.ContainsFunc(g.Attachments, isIt) }) ||
		slices.ContainsFunc(a.endpoints(), func(e ec2types.VpcEndpoint) bool { return aws.ToString(e.VpcId) == id })
	return a.refuseIf(inUse, "DependencyViolation", "The vpc '%s' has dependencies and cannot be deleted.", id)
}

func detachedGateway(a *account, input object) (*refusal, error) {
	vpc := text(input, "VpcId")
	inUse := slices.ContainsFunc(a.natGateways(), func(g ec2types.NatGateway) bool {
		return aws.ToString(g.VpcId) == vpc && g.ConnectivityType != ec2types.ConnectivityTypePrivate
	}) ||
		slices.ContainsFunc(a.read.AllLoadBalancers(), func(b elbtypes.LoadBalancer) bool {
			return aws.ToString(b.VpcId) == vpc && b.Scheme == elbtypes.LoadBalancerSchemeEnumInternetFacing
		})
	return a.refuseIf(inUse, "DependencyViolation", "Network %s has some mapped public address(es). Please unmap "+
		"those public address(es) before detaching the gateway.", vpc)
}
