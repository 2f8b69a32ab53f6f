package adopt

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// readOwn reads what bears the stack's tags and names, whatever leads to it.
func (r *reader) readOwn(stack Stack) {
	r.readOwnNetwork(stack)
	r.readOwnLoadBalancers(stack)
	r.readOwnTargetGroups(stack)
	r.readOwnRoles(stack)
	r.readOwnTasks(stack)
}

// ownedBy reports whether something with a name and tags was made for one of the stack's resources of a type.
func (s Stack) ownedBy(typ, name string, tags map[string]string) bool {
	return slices.ContainsFunc(s.all(typ), func(resource Resource) bool {
		return (name == "" || resource.isNamed(name)) && s.owns(resource, tags)
	})
}

func (r *reader) readOwnNetwork(stack Stack) {
	var filters []ec2types.Filter
	for key, value := range stack.ownTags(Resource{}) {
		filters = append(filters, ec2types.Filter{Name: aws.String("tag:" + key), Values: []string{value}})
	}
	if len(filters) == 0 || r.err != nil {
		return
	}
	client := ec2.NewFromConfig(r.cfg)
	vpcs, err := client.DescribeVpcs(r.ctx, &ec2.DescribeVpcsInput{Filters: filters})
	if r.failed("looking for the stack's own VPC", err) {
		return
	}
	for _, v := range vpcs.Vpcs {
		if stack.ownedBy("aws_vpc", "", ec2Tags(v.Tags)) {
			r.a.Own.VPCs = append(r.a.Own.VPCs, v)
		}
	}
	addresses, err := client.DescribeAddresses(r.ctx, &ec2.DescribeAddressesInput{Filters: filters})
	if r.failed("looking for the stack's own addresses", err) {
		return
	}
	for _, a := range addresses.Addresses {
		if stack.ownedBy("aws_eip", "", ec2Tags(a.Tags)) {
			r.a.Own.Addresses = append(r.a.Own.Addresses, a)
		}
	}
	gateways, err := client.DescribeInternetGateways(r.ctx, &ec2.DescribeInternetGatewaysInput{Filters: filters})
	if r.failed("looking for the stack's own internet gateway", err) {
		return
	}
	for _, g := range gateways.InternetGateways {
		if len(g.Attachments) == 0 && stack.ownedBy("aws_internet_gateway", "", ec2Tags(g.Tags)) {
			r.a.Own.Gateways = append(r.a.Own.Gateways, g)
		}
	}
}

func (r *reader) readOwnLoadBalancers(stack Stack) {
	if r.err != nil || len(stack.all("aws_lb")) == 0 {
		return
	}
	var named []elbtypes.LoadBalancer
	client := elb.NewFromConfig(r.cfg)
	pages := elb.NewDescribeLoadBalancersPaginator(client, &elb.DescribeLoadBalancersInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(r.ctx)
		if r.failed("looking for the stack's own load balancer", err) {
			return
		}
		named = append(named, slices.DeleteFunc(page.LoadBalancers, func(l elbtypes.LoadBalancer) bool {
			return !stack.names("aws_lb", aws.ToString(l.LoadBalancerName))
		})...)
	}
	arn := func(l elbtypes.LoadBalancer) string { return aws.ToString(l.LoadBalancerArn) }
	for _, one := range withTags(r, named, arn) {
		if stack.ownedBy("aws_lb", aws.ToString(one.Thing.LoadBalancerName), one.Tags) {
			r.a.Own.LoadBalancers = append(r.a.Own.LoadBalancers, one)
		}
	}
}

func (r *reader) readOwnTargetGroups(stack Stack) {
	if r.err != nil || len(stack.all("aws_lb_target_group")) == 0 {
		return
	}
	var named []elbtypes.TargetGroup
	pages := elb.NewDescribeTargetGroupsPaginator(elb.NewFromConfig(r.cfg), &elb.DescribeTargetGroupsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(r.ctx)
		if r.failed("looking for the stack's own target groups", err) {
			return
		}
		named = append(named, slices.DeleteFunc(page.TargetGroups, func(g elbtypes.TargetGroup) bool {
			return !stack.names("aws_lb_target_group", aws.ToString(g.TargetGroupName))
		})...)
	}
	arn := func(g elbtypes.TargetGroup) string { return aws.ToString(g.TargetGroupArn) }
	for _, one := range withTags(r, named, arn) {
		if stack.ownedBy("aws_lb_target_group", aws.ToString(one.Thing.TargetGroupName), one.Tags) {
			r.a.Own.TargetGroups = append(r.a.Own.TargetGroups, one)
		}
	}
}

// names reports whether the stack gives such a name to a resource of a type.
func (s Stack) names(typ, name string) bool {
	return slices.ContainsFunc(s.all(typ), func(r Resource) bool { return r.isNamed(name) })
}

// withTags reads the tags of what Elastic Load Balancing knows.
func withTags[T any](r *reader, things []T, arn func(T) string) []Tagged[T] {
	var all []Tagged[T]
	const most = 20 // resources of one DescribeTags
	for some := range slices.Chunk(things, most) {
		ask := &elb.DescribeTagsInput{}
		for _, thing := range some {
			ask.ResourceArns = append(ask.ResourceArns, arn(thing))
		}
		found, err := elb.NewFromConfig(r.cfg).DescribeTags(r.ctx, ask)
		if r.failed("reading the tags of load balancers and target groups", err) {
			return nil
		}
		for _, thing := range some {
			one := Tagged[T]{Thing: thing, Tags: map[string]string{}}
			for _, description := range found.TagDescriptions {
				if aws.ToString(description.ResourceArn) == arn(thing) {
					for _, t := range description.Tags {
						one.Tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
					}
				}
			}
			all = append(all, one)
		}
	}
	return all
}

func (r *reader) readOwnRoles(stack Stack) {
	if r.err != nil || len(stack.all("aws_iam_role")) == 0 {
		return
	}
	client := iam.NewFromConfig(r.cfg)
	pages := iam.NewListRolesPaginator(client, &iam.ListRolesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(r.ctx)
		if r.failed("looking for the stack's own roles", err) {
			return
		}
		for _, role := range page.Roles {
			name := aws.ToString(role.RoleName)
			if !stack.names("aws_iam_role", name) {
				continue
			}
			found, err := client.ListRoleTags(r.ctx, &iam.ListRoleTagsInput{RoleName: &name})
			if r.failed("reading the tags of the role "+name, err) {
				return
			}
			tags := map[string]string{}
			for _, t := range found.Tags {
				tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
			}
			if stack.ownedBy("aws_iam_role", name, tags) {
				r.a.Own.Roles = append(r.a.Own.Roles, name)
				r.readRole(name)
			}
		}
	}
}

// readOwnTasks reads the newest revision of each of the stack's families. AWS answers a ClientException where a family
// has none.
func (r *reader) readOwnTasks(stack Stack) {
	r.a.Own.Tasks = map[string]string{}
	for _, resource := range stack.all("aws_ecs_task_definition") {
		family := resource.text("family")
		found, err := ecs.NewFromConfig(r.cfg).DescribeTaskDefinition(r.ctx, &ecs.DescribeTaskDefinitionInput{
			TaskDefinition: &family, Include: []ecstypes.TaskDefinitionField{ecstypes.TaskDefinitionFieldTags},
		})
		var none *ecstypes.ClientException
		if errors.As(err, &none) {
			continue
		}
		if r.failed("looking for the task definition "+family, err) {
			return
		}
		tags := map[string]string{}
		for _, t := range found.Tags {
			tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
		}
		if stack.owns(resource, tags) {
			r.a.Own.Tasks[family] = aws.ToString(found.TaskDefinition.TaskDefinitionArn)
		}
	}
}

// ownLoadBalancer is the name of the stack's own load balancer, where nothing else leads to one.
func (r *reader) ownLoadBalancer() string {
	var names []string
	for _, l := range r.a.Own.LoadBalancers {
		names = append(names, aws.ToString(l.Thing.LoadBalancerName))
	}
	return r.onlyOne("load balancers", "-load-balancer NAME", names)
}

// ownVPC is the id of the stack's own VPC, where nothing else leads to one.
func (r *reader) ownVPC() string {
	var ids []string
	for _, v := range r.a.Own.VPCs {
		ids = append(ids, aws.ToString(v.VpcId))
	}
	return r.onlyOne("VPCs", "-vpc ID", ids)
}

func (r *reader) onlyOne(what, option string, ids []string) string {
	switch {
	case len(ids) == 0 || r.err != nil:
		return ""
	case len(ids) > 1:
		r.err = fmt.Errorf("applies of this stack made %d %s: %s; say which of them to keep: %s, and delete the others", len(ids), what, strings.Join(ids, ", "), option)
	}
	return ids[0]
}
