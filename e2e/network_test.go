package e2e

import (
	"fmt"
	"net/http"
	neturl "net/url"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"webapp/internal/inventory"
)

// The network of webapp.yaml, and what becomes of it.
const (
	firstNetwork = "    zones: 2\n    natGateways: 1\n"
	grownNetwork = `    zones: 3
    natGateways: 3
    ipv6: true
    endpoints: [sqs]
    flowLogs: {}
`
	shrunkNetwork   = "    zones: 2\n    natGateways: 1\n    ipv6: true\n"
	isolatedNetwork = "    zones: 2\n    isolated: true\n    ipv6: true\n"

	publicImage  = "public.ecr.aws/aws-containers/hello-app-runner:latest"
	privateImage = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/hello:latest"
)

// TestNetworkChangesInPlace takes a running service's network from the smallest to all that there is, and back to less.
func TestNetworkChangesInPlace(t *testing.T) {
	d := newDeployment(t)
	before := everything(t, d.aws)
	d.synthesize(exampleService)
	first := d.apply()

	t.Log("a zone, NAT gateways, IPv6, endpoints and flow logs come to what is there")
	d.synthesize(exampleService, firstNetwork, grownNetwork)
	d.wantNoReplacement()
	grown := d.apply()
	wantSubnets(t, grown, "10.0.0.0/20", "10.0.16.0/20", "10.0.32.0/20", "10.0.128.0/20",
		"10.0.144.0/20", "10.0.160.0/20")
	wantKept(t, first, grown)
	for _, subnet := range grown.Subnets {
		if len(subnet.Ipv6CidrBlockAssociationSet) != 1 || !aws.ToBool(subnet.AssignIpv6AddressOnCreation) {
			t.Errorf("subnet %s has no addresses of IPv6", *subnet.CidrBlock)
		}
	}
	wantEndpoints(t, d.aws, "s3", "sqs")
	d.wantNoChange()

	t.Log("what goes is taken from under nobody")
	d.synthesize(exampleService, firstNetwork, shrunkNetwork)
	d.wantNoReplacement()
	d.pointAt(watched(t, d.aws, d.server.URL()))
	shrunk := d.apply()
	wantSubnets(t, shrunk, "10.0.0.0/20", "10.0.16.0/20", "10.0.128.0/20", "10.0.144.0/20")
	wantKept(t, first, shrunk)
	wantEndpoints(t, d.aws, "s3")
	d.wantNoChange()

	t.Log("cut off from the internet, nothing but the task with its other image would be replaced")
	d.synthesize(exampleService, firstNetwork, isolatedNetwork, publicImage, privateImage)
	d.wantNoReplacement("aws_ecs_task_definition.")

	d.destroy()
	d.wantAccount(before)
}

// TestSubnetsOfAnotherVPCAreRefused says so when Terraform plans, before anything is made.
func TestSubnetsOfAnotherVPCAreRefused(t *testing.T) {
	d := newDeployment(t)
	shared := createVPC(t, d.aws, "shared")
	other := createVPC(t, d.aws, "other")
	here, too := shared.subnet("10.20.6.0/24", "eu-west-1c", nil), shared.subnet("10.20.7.0/24", "eu-west-1c", nil)
	foreign := other.subnet("10.20.6.0/24", "eu-west-1b", nil)
	name := func(ids ...*string) {
		d.synthesize("examples/existing-vpc.yaml", "existing:\n",
			"existing:\n    privateSubnets: {ids: ["+strings.Join(aws.ToStringSlice(ids), ", ")+"]}\n")
	}

	name(here, foreign)
	_, err := d.stack.Plan(t.Context())
	wantRefused(t, err, fmt.Sprintf("network.existing.privateSubnets.ids: %s is in %s, not in the VPC shared: name "+
		"subnets of that one.", *foreign, other.id))

	name(here, too)
	_, err = d.stack.Plan(t.Context())
	wantRefused(t, err, "The VPC shared has the subnets of network.existing.privateSubnets.ids in 1 zones, and a "+
		"load balancer needs 2: name one in each zone.")
}

func wantRefused(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil {
		t.Fatalf("the plan succeeds; want it to say %s", want)
	}
	wantMessage(t, err, want)
}

// wantKept fails where something of the first deployment is another one now.
func wantKept(t *testing.T, first, now inventory.Inventory) {
	t.Helper()
	if *first.VPC.VpcId != *now.VPC.VpcId || *first.LoadBalancer.LoadBalancerArn != *now.LoadBalancer.LoadBalancerArn ||
		*first.Service.ServiceArn != *now.Service.ServiceArn {
		t.Error("the VPC, the load balancer or the service is another one")
	}
	for _, subnet := range first.Subnets {
		if !slices.ContainsFunc(now.Subnets, func(s ec2types.Subnet) bool { return *s.SubnetId == *subnet.SubnetId }) {
			t.Errorf("subnet %s is another one, or gone", *subnet.CidrBlock)
		}
	}
}

// wantEndpoints checks which AWS services are reached without the internet.
func wantEndpoints(t *testing.T, cfg aws.Config, want ...string) {
	t.Helper()
	var got []string
	for _, endpoint := range endpoints(t, cfg) {
		got = append(got, strings.TrimPrefix(*endpoint.ServiceName, "com.amazonaws.eu-west-1."))
	}
	wantSame(t, "endpoints", got, want)
}

// watched is an AWS that tells when a part of the network is taken away from what uses it. The real one refuses to
// delete such a subnet, for as long as the provider tries; moto lets it go.
func watched(t *testing.T, cfg aws.Config, awsURL string) (url string) {
	t.Helper()
	users := map[string]func(*testing.T, aws.Config, neturl.Values) []string{
		"DeleteSubnet":           usersOfSubnet,
		"DisassociateRouteTable": usersOfAssociation,
		"DeleteNatGateway":       usersOfNATGateway,
	}
	return through(t, awsURL, func(_ *http.Request, body []byte) []byte {
		if form, err := neturl.ParseQuery(string(body)); err == nil && users[form.Get("Action")] != nil {
			if found := users[form.Get("Action")](t, cfg, form); len(found) > 0 {
				t.Errorf("%s while it is used by %s", form.Get("Action"), strings.Join(found, ", "))
			}
		}
		return body
	})
}

// usersOfSubnet names the load balancers, endpoints and services that stand in a subnet.
func usersOfSubnet(t *testing.T, cfg aws.Config, form neturl.Values) []string {
	subnet := form.Get("SubnetId")
	users := servicesIn(t, cfg, subnet)
	for _, balancer := range must(elb.NewFromConfig(cfg).DescribeLoadBalancers(t.Context(), nil))(t).LoadBalancers {
		for _, zone := range balancer.AvailabilityZones {
			if *zone.SubnetId == subnet {
				users = append(users, *balancer.LoadBalancerName)
			}
		}
	}
	for _, endpoint := range endpoints(t, cfg) {
		if slices.Contains(endpoint.SubnetIds, subnet) {
			users = append(users, *endpoint.ServiceName)
		}
	}
	return users
}

// usersOfAssociation names the services whose tasks would lose their routes.
func usersOfAssociation(t *testing.T, cfg aws.Config, form neturl.Values) []string {
	for _, table := range must(ec2.NewFromConfig(cfg).DescribeRouteTables(t.Context(), nil))(t).RouteTables {
		for _, association := range table.Associations {
			if *association.RouteTableAssociationId == form.Get("AssociationId") {
				return servicesIn(t, cfg, *association.SubnetId)
			}
		}
	}
	return nil
}

// usersOfNATGateway names the route tables that lead to a NAT gateway.
func usersOfNATGateway(t *testing.T, cfg aws.Config, form neturl.Values) []string {
	var users []string
	for _, table := range must(ec2.NewFromConfig(cfg).DescribeRouteTables(t.Context(), nil))(t).RouteTables {
		for _, route := range table.Routes {
			if aws.ToString(route.NatGatewayId) == form.Get("NatGatewayId") {
				users = append(users, *table.RouteTableId)
			}
		}
	}
	return users
}

func servicesIn(t *testing.T, cfg aws.Config, subnet string) []string {
	client := ecs.NewFromConfig(cfg)
	var names []string
	for _, cluster := range must(client.ListClusters(t.Context(), nil))(t).ClusterArns {
		arns := must(client.ListServices(t.Context(), &ecs.ListServicesInput{Cluster: &cluster}))(t).ServiceArns
		if len(arns) == 0 {
			continue
		}
		services := must(client.DescribeServices(t.Context(),
			&ecs.DescribeServicesInput{Cluster: &cluster, Services: arns}))(t).Services
		for _, service := range services {
			if *service.Status == "ACTIVE" &&
				slices.Contains(service.NetworkConfiguration.AwsvpcConfiguration.Subnets, subnet) {
				names = append(names, *service.ServiceName)
			}
		}
	}
	return names
}
