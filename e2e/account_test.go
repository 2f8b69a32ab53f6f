package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	neturl "net/url"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// everything lists what an account holds of what a stack makes, by kind.
func everything(t *testing.T, cfg aws.Config) map[string][]string {
	t.Helper()
	ctx := t.Context()
	all := map[string][]string{}
	add := func(kind string, id *string) { all[kind] = append(all[kind], aws.ToString(id)) }

	network := ec2.NewFromConfig(cfg)
	metricAlarms := must(cloudwatch.NewFromConfig(cfg).DescribeAlarms(ctx,
		&cloudwatch.DescribeAlarmsInput{}))(t).MetricAlarms
	for _, a := range metricAlarms {
		if !strings.HasPrefix(*a.AlarmName, "TargetTracking-") { // those are AWS's own; moto forgets to delete them
			add("alarm", a.AlarmName)
		}
	}
	for _, v := range must(network.DescribeVpcs(ctx, nil))(t).Vpcs {
		add("VPC", v.VpcId)
	}
	for _, s := range must(network.DescribeSubnets(ctx, nil))(t).Subnets {
		add("subnet", s.SubnetId)
	}
	for _, r := range must(network.DescribeRouteTables(ctx, nil))(t).RouteTables {
		add("route table", r.RouteTableId)
	}
	for _, g := range must(network.DescribeInternetGateways(ctx, nil))(t).InternetGateways {
		add("internet gateway", g.InternetGatewayId)
	}
	for _, n := range must(network.DescribeNatGateways(ctx, nil))(t).NatGateways {
		if n.State != ec2types.NatGatewayStateDeleted { // AWS shows a deleted one for a while
			add("NAT gateway", n.NatGatewayId)
		}
	}
	for _, a := range must(network.DescribeAddresses(ctx, nil))(t).Addresses {
		add("address", a.AllocationId)
	}
	for _, g := range must(network.DescribeSecurityGroups(ctx, nil))(t).SecurityGroups {
		add("security group", g.GroupId)
	}
	for _, e := range endpoints(t, cfg) {
		add("endpoint", e.VpcEndpointId)
	}
	for _, f := range must(network.DescribeFlowLogs(ctx, nil))(t).FlowLogs {
		add("flow log", f.FlowLogId)
	}
	for _, g := range must(network.DescribeEgressOnlyInternetGateways(ctx, nil))(t).EgressOnlyInternetGateways {
		add("egress-only gateway", g.EgressOnlyInternetGatewayId)
	}
	for _, r := range must(network.DescribeSecurityGroupRules(ctx, nil))(t).SecurityGroupRules {
		add("rule", r.SecurityGroupRuleId)
	}
	for _, b := range must(s3.NewFromConfig(cfg).ListBuckets(ctx, nil))(t).Buckets {
		add("bucket", b.Name)
	}
	for _, c := range must(acm.NewFromConfig(cfg).ListCertificates(ctx, nil))(t).CertificateSummaryList {
		add("certificate", c.CertificateArn)
	}
	names := route53.NewFromConfig(cfg)
	for _, z := range must(names.ListHostedZones(ctx, nil))(t).HostedZones {
		// moto's of a Cloud Map namespace, which AWS deletes with it
		if strings.HasSuffix(strings.TrimSuffix(*z.Name, "."), "-hz") {
			continue
		}
		resourceRecordSets := must(names.ListResourceRecordSets(ctx,
			&route53.ListResourceRecordSetsInput{HostedZoneId: z.Id}))(t).ResourceRecordSets
		for _, r := range resourceRecordSets {
			add("record", r.Name)
		}
	}
	balancing := elb.NewFromConfig(cfg)
	for _, l := range must(balancing.DescribeLoadBalancers(ctx, nil))(t).LoadBalancers {
		add("load balancer", l.LoadBalancerArn)
	}
	for _, l := range all["load balancer"] {
		listeners := must(balancing.DescribeListeners(ctx,
			&elb.DescribeListenersInput{LoadBalancerArn: &l}))(t).Listeners
		for _, listener := range listeners {
			rules := must(balancing.DescribeRules(ctx,
				&elb.DescribeRulesInput{ListenerArn: listener.ListenerArn}))(t).Rules
			for _, r := range rules {
				add("listener rule", r.RuleArn)
			}
		}
	}
	for _, g := range must(balancing.DescribeTargetGroups(ctx, nil))(t).TargetGroups {
		add("target group", g.TargetGroupArn)
	}
	containers := ecs.NewFromConfig(cfg)
	arns := must(containers.ListClusters(ctx, nil))(t).ClusterArns
	clusters := must(containers.DescribeClusters(ctx, &ecs.DescribeClustersInput{Clusters: arns}))(t).Clusters
	for _, cluster := range clusters {
		if *cluster.Status == "INACTIVE" { // so is a deleted one for a while
			continue
		}
		arn := *cluster.ClusterArn
		add("cluster", &arn)
		serviceArns := must(containers.ListServices(ctx, &ecs.ListServicesInput{Cluster: &arn}))(t).ServiceArns
		for _, service := range serviceArns {
			add("service", &service)
		}
	}
	taskDefinitionArns := must(containers.ListTaskDefinitions(ctx,
		&ecs.ListTaskDefinitionsInput{Status: "ACTIVE"}))(t).TaskDefinitionArns
	for _, arn := range taskDefinitionArns {
		add("task definition", &arn)
	}
	for _, g := range must(cloudwatchlogs.NewFromConfig(cfg).DescribeLogGroups(ctx, nil))(t).LogGroups {
		add("log group", g.LogGroupName)
	}
	for _, r := range must(iam.NewFromConfig(cfg).ListRoles(ctx, nil))(t).Roles {
		add("role", r.RoleName)
	}
	discovery := servicediscovery.NewFromConfig(cfg)
	for _, n := range must(discovery.ListNamespaces(ctx, nil))(t).Namespaces {
		add("namespace", n.Id)
	}
	for _, s := range must(discovery.ListServices(ctx, nil))(t).Services {
		add("discovered service", s.Id)
	}
	messages := sns.NewFromConfig(cfg)
	for _, topic := range must(messages.ListTopics(ctx, nil))(t).Topics {
		add("topic", topic.TopicArn)
	}
	for _, s := range must(messages.ListSubscriptions(ctx, nil))(t).Subscriptions {
		add("subscription", s.SubscriptionArn)
	}
	for _, r := range must(eventbridge.NewFromConfig(cfg).ListRules(ctx, &eventbridge.ListRulesInput{}))(t).Rules {
		add("event rule", r.Arn)
	}
	dashboardEntries := must(cloudwatch.NewFromConfig(cfg).ListDashboards(ctx,
		&cloudwatch.ListDashboardsInput{}))(t).DashboardEntries
	for _, d := range dashboardEntries {
		add("dashboard", d.DashboardName)
	}
	queryDefinitions := must(cloudwatchlogs.NewFromConfig(cfg).DescribeQueryDefinitions(ctx,
		&cloudwatchlogs.DescribeQueryDefinitionsInput{}))(t).QueryDefinitions
	for _, q := range queryDefinitions {
		add("log query", q.Name)
	}
	scaling := applicationautoscaling.NewFromConfig(cfg)
	for _, s := range must(scaling.DescribeScalableTargets(ctx, &applicationautoscaling.DescribeScalableTargetsInput{
		ServiceNamespace: scalingtypes.ServiceNamespaceEcs}))(t).ScalableTargets {
		add("scalable target", s.ResourceId)
	}
	for _, p := range must(scaling.DescribeScalingPolicies(ctx, &applicationautoscaling.DescribeScalingPoliciesInput{
		ServiceNamespace: scalingtypes.ServiceNamespaceEcs}))(t).ScalingPolicies {
		add("scaling policy", p.PolicyName)
	}
	return all
}

// rollingBack is an AWS where every deployment of a new task definition fails, so that ECS goes back to the old one.
func rollingBack(t *testing.T, awsURL string) (url string) {
	t.Helper()
	return through(t, awsURL, func(r *http.Request, body []byte) []byte {
		if !strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".UpdateService") {
			return body
		}
		request := map[string]any{}
		if err := json.Unmarshal(body, &request); err != nil {
			t.Errorf("reading UpdateService: %v", err)
		}
		delete(request, "taskDefinition")
		body, err := json.Marshal(request)
		if err != nil {
			t.Errorf("writing UpdateService: %v", err)
		}
		return body
	})
}

// through is an AWS behind a proxy that sees every request, and may change its body.
func through(t *testing.T, awsURL string, change func(r *http.Request, body []byte) []byte) (url string) {
	t.Helper()
	backend, err := neturl.Parse(awsURL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(backend)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("reading a request: %v", err)
		}
		body = change(r, body)
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// endpoints lists those of all VPCs, without the deleted ones that AWS still shows for a while.
func endpoints(t *testing.T, cfg aws.Config) []ec2types.VpcEndpoint {
	t.Helper()
	all := must(ec2.NewFromConfig(cfg).DescribeVpcEndpoints(t.Context(), nil))(t).VpcEndpoints
	return slices.DeleteFunc(all,
		func(e ec2types.VpcEndpoint) bool { return strings.EqualFold(string(e.State), "deleted") })
}

// existingVPC is a VPC that another team has made.
type existingVPC struct {
	t      *testing.T
	client *ec2.Client
	id     string
}

// createVPC makes a VPC as they are found: public subnets, two of them in one zone; private ones behind a NAT gateway;
// and ones for databases, which use the main route table and have no way out.
func createVPC(t *testing.T, cfg aws.Config, name string) existingVPC {
	t.Helper()
	v, public := createPublicVPC(t, cfg, name)
	private := v.routeTable()
	nat := must(v.client.CreateNatGateway(t.Context(), &ec2.CreateNatGatewayInput{
		SubnetId:         public,
		ConnectivityType: ec2types.ConnectivityTypePublic,
		AllocationId:     must(v.client.AllocateAddress(t.Context(), nil))(t).AllocationId,
	}))(t).NatGateway
	must(v.client.CreateRoute(t.Context(), &ec2.CreateRouteInput{
		RouteTableId: private, DestinationCidrBlock: aws.String("0.0.0.0/0"), NatGatewayId: nat.NatGatewayId,
	}))(t)
	v.subnet("10.20.2.0/24", "eu-west-1a", private)
	v.subnet("10.20.3.0/24", "eu-west-1b", private)
	v.subnet("10.20.4.0/24", "eu-west-1a", nil)
	v.subnet("10.20.5.0/24", "eu-west-1b", nil)
	return v
}

// createPublicVPC makes a VPC with public subnets only, and returns one of them.
func createPublicVPC(t *testing.T, cfg aws.Config, name string) (existingVPC, *string) {
	t.Helper()
	client := ec2.NewFromConfig(cfg)
	created := must(client.CreateVpc(t.Context(), &ec2.CreateVpcInput{CidrBlock: aws.String("10.20.0.0/16"),
		TagSpecifications: []ec2types.TagSpecification{{ResourceType: ec2types.ResourceTypeVpc,
			Tags: []ec2types.Tag{{Key: aws.String("Name"), Value: &name}}}}}))(t)
	v := existingVPC{t: t, client: client, id: *created.Vpc.VpcId}
	gateway := must(client.CreateInternetGateway(t.Context(), nil))(t).InternetGateway.InternetGatewayId
	must(client.AttachInternetGateway(t.Context(),
		&ec2.AttachInternetGatewayInput{InternetGatewayId: gateway, VpcId: &v.id}))(t)
	public := v.routeTable()
	must(client.CreateRoute(t.Context(), &ec2.CreateRouteInput{
		RouteTableId: public, DestinationCidrBlock: aws.String("0.0.0.0/0"), GatewayId: gateway,
	}))(t)
	first := v.subnet("10.20.0.0/24", "eu-west-1a", public)
	v.subnet("10.20.1.0/24", "eu-west-1b", public)
	v.subnet("10.20.9.0/24", "eu-west-1a", public)
	return v, first
}

func (v existingVPC) routeTable() *string {
	v.t.Helper()
	return must(v.client.CreateRouteTable(v.t.Context(),
		&ec2.CreateRouteTableInput{VpcId: &v.id}))(v.t).RouteTable.RouteTableId
}

// subnet makes a subnet; without a route table it uses the VPC's main one.
func (v existingVPC) subnet(cidr, zone string, table *string) *string {
	v.t.Helper()
	id := must(v.client.CreateSubnet(v.t.Context(), &ec2.CreateSubnetInput{
		VpcId: &v.id, CidrBlock: &cidr, AvailabilityZone: &zone,
	}))(v.t).Subnet.SubnetId
	if table != nil {
		must(v.client.AssociateRouteTable(v.t.Context(),
			&ec2.AssociateRouteTableInput{RouteTableId: table, SubnetId: id}))(v.t)
	}
	return id
}

// must ends the test where a call failed.
func must[T any](result T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return result
	}
}
