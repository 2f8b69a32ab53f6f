package live

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// httpsPort is where AWS's APIs and the registries listen.
const httpsPort = 443

// attachment is a task's network interface.
type attachment struct {
	network *network
	where   place
	subnet  string
	address netip.Addr
	groups  []string
	public  bool // it has a public address

	service   string         // the ARN, empty for a task without a service
	ports     map[string]int // the container's, by their names in the task definition
	endpoints []endpoint     // of Service Connect that the task knows
}

func (i *attachment) peer() peer {
	return peer{groups: i.groups, ranges: []netip.Prefix{netip.PrefixFrom(i.address, i.address.BitLen())}}
}

// The hints say which settings lead out of a dead end.
const (
	hintNoRoute = "The subnet %s has no route to the internet. Set network.new.natGateways to 1 or more, or " +
		"service.assignPublicIp to true, or network.new.isolated to true for images in ECR. In an existing VPC, " +
		"choose other subnets under network.existing."
	hintNoPublicAddress = "The subnet %s leads to an internet gateway, which only addresses of the internet get " +
		"through, and the task has none. Set service.assignPublicIp to true, or put the tasks into private " +
		"subnets with a NAT gateway."
	hintNAT = "The NAT gateway %s, to which the subnet %s leads, does not lead to the internet: it must be " +
		"public, and its own subnet must lead to an internet gateway."
	hintEgress = "The task's security groups, %s, let nothing out to the internet on port 443. Add an egress rule to " +
		"0.0.0.0/0, or to the addresses of the endpoints that the VPC has for AWS's services."
	hintEndpoint = "The security groups do not let the task connect to the VPC endpoint %s of %s on port 443, to " +
		"which the service's name leads in this VPC. The task's groups must let it out, and the endpoint's must " +
		"let it in."
	hintGateway = "The task's security groups, %s, let nothing out on port 443 to S3, where ECR keeps the layers " +
		"of images. Add an egress rule to the prefix list com.amazonaws.%s.s3."
	hintMissingEndpoint = " Or give the VPC an endpoint: add %s to network.new.endpoints; network.new.isolated " +
		"adds all that are needed."
)

// toService returns "" if a task reaches an AWS service of a region by its API's name, such as ecr.api, or else a hint.
// The name leads to the VPC's endpoint where there is one, even if there is a way through the internet as well. Source:
// AWS PrivateLink guide, "Access an AWS service using an interface VPC endpoint".
func (i *attachment) toService(name, region string) string {
	for _, e := range i.network.endpoints {
		if region == i.where.region && i.network.leadsTo(e, name, region) {
			to := peer{ranges: i.network.ranges(e.SubnetIds)}
			for _, g := range e.Groups {
				to.groups = append(to.groups, aws.ToString(g.GroupId))
			}
			if !i.network.connects(i.peer(), to, httpsPort) {
				return fmt.Sprintf(hintEndpoint, aws.ToString(e.VpcEndpointId), name)
			}
			return ""
		}
	}
	hint := i.toInternet()
	if hint != "" && region == i.where.region {
		hint += fmt.Sprintf(hintMissingEndpoint, name)
	}
	return hint
}

// leadsTo reports whether a service's usual name leads to an interface endpoint.
func (n *network) leadsTo(e ec2types.VpcEndpoint, name, region string) bool {
	return e.VpcEndpointType == ec2types.VpcEndpointTypeInterface && available(e) &&
		n.resolves && aws.ToBool(e.PrivateDnsEnabled) &&
		strings.HasSuffix(aws.ToString(e.ServiceName), "."+region+"."+name)
}

func available(e ec2types.VpcEndpoint) bool { return strings.EqualFold(string(e.State), "available") }

// toS3 is toService for S3, which may have a gateway endpoint besides: a route to S3's addresses.
func (i *attachment) toS3(region string) string {
	table := aws.ToString(i.network.table(i.subnet).RouteTableId)
	for _, e := range i.network.endpoints {
		service := aws.ToString(e.ServiceName)
		if region != i.where.region || e.VpcEndpointType != ec2types.VpcEndpointTypeGateway || !available(e) ||
			!strings.HasSuffix(service, "."+region+".s3") || !slices.Contains(e.RouteTableIds, table) {
			continue
		}
		if !i.network.connects(i.peer(), peer{ranges: []netip.Prefix{anywhere}, list: service}, httpsPort) {
			return fmt.Sprintf(hintGateway, strings.Join(i.groups, ", "), region)
		}
		return ""
	}
	return i.toService("s3", region)
}

// toInternet returns "" if a task reaches any server on the internet, or else a hint.
func (i *attachment) toInternet() string {
	route := i.network.defaultRoute(i.subnet)
	switch {
	case route == nil:
		return fmt.Sprintf(hintNoRoute, i.subnet)
	case isInternetGateway(route) && !i.public:
		return fmt.Sprintf(hintNoPublicAddress, i.subnet)
	case route.NatGatewayId != nil && !i.network.leadsOut(*route.NatGatewayId):
		return fmt.Sprintf(hintNAT, *route.NatGatewayId, i.subnet)
	case !i.network.connects(i.peer(), peer{ranges: []netip.Prefix{anywhere}}, httpsPort):
		return fmt.Sprintf(hintEgress, strings.Join(i.groups, ", "))
	}
	return "" // where a transit gateway or another appliance leads is not known here
}

func isInternetGateway(r *ec2types.Route) bool {
	return strings.HasPrefix(aws.ToString(r.GatewayId), "igw-")
}

// leadsOut reports whether a NAT gateway leads to the internet. Source: VPC user guide, "NAT gateways".
func (n *network) leadsOut(id string) bool {
	nat, there := n.nats[id]
	if !there || nat.State != ec2types.NatGatewayStateAvailable ||
		nat.ConnectivityType == ec2types.ConnectivityTypePrivate {
		return false
	}
	route := n.defaultRoute(aws.ToString(nat.SubnetId))
	return route != nil && isInternetGateway(route)
}
