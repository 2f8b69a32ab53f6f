package snapshot

import (
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"webapp/internal/awsread"
	"webapp/internal/tfstack"
)

// Own is what has the stack's own names and tags. An interrupted apply leaves such things behind, and nothing refers to
// them.
type Own struct {
	VPCs          []ec2types.Vpc
	Addresses     []ec2types.Address
	Gateways      []ec2types.InternetGateway // attached to no VPC
	LoadBalancers []elbtypes.LoadBalancer
	TargetGroups  []TargetGroup
	Roles         []string          // names
	Tasks         map[string]string // ARN of the latest revision, by family
}

// TargetGroup is a target group and its tags, which AWS returns apart from it.
type TargetGroup struct {
	elbtypes.TargetGroup
	Tags map[string]string
}

// ownTags returns the tags that distinguish the resources of a stack from those of other stacks. It is nil where the
// settings leave them out.
func ownTags(stack *tfstack.Stack) map[string]string {
	tags := stack.DefaultTags()
	if tags["Application"] == "" {
		return nil
	}
	own := map[string]string{}
	for _, key := range []string{"Application", "Environment"} {
		if tags[key] != "" {
			own[key] = tags[key]
		}
	}
	return own
}

// Owns reports whether something with these tags was created for a resource of the stack.
func Owns(stack *tfstack.Stack, r tfstack.Resource, tags map[string]string) bool {
	own := ownTags(stack)
	for key, value := range own {
		if tags[key] != value {
			return false
		}
	}
	name := r.Block("tags").Text("Name")
	return len(own) > 0 && (name == "" || tags["Name"] == name)
}

var generated = regexp.MustCompile(`^[0-9a-f]{26}$`) // what Terraform adds to a name prefix

// HasName reports whether a name is the one that Terraform would give to a resource.
func HasName(r tfstack.Resource, name string) bool {
	if prefix := r.Text("name_prefix"); prefix != "" {
		rest, ok := strings.CutPrefix(name, prefix)
		return ok && generated.MatchString(rest)
	}
	return r.Text("name") == name
}

// hasName reports whether one of the stack's resources of a type would get the name.
func (s *scan) hasName(typ, name string) bool {
	return slices.ContainsFunc(s.stack.Resources(typ), func(r tfstack.Resource) bool { return HasName(r, name) })
}

// owns reports whether something with these tags was created for one of the stack's resources of a type.
func (s *scan) owns(typ string, tags map[string]string) bool {
	return slices.ContainsFunc(s.stack.Resources(typ), func(r tfstack.Resource) bool { return Owns(s.stack, r, tags) })
}

// ownsNamed is owns for something that has a name too.
func (s *scan) ownsNamed(typ, name string, tags map[string]string) bool {
	return slices.ContainsFunc(s.stack.Resources(typ), func(r tfstack.Resource) bool {
		return HasName(r, name) && Owns(s.stack, r, tags)
	})
}

// readOwn reads what has the stack's names and tags.
func (s *scan) readOwn() {
	s.readOwnNetwork()
	s.readOwnLoadBalancing()
	s.readOwnRoles()
	s.readOwnTasks()
}

func (s *scan) readOwnNetwork() {
	var filters []ec2types.Filter
	for key, value := range ownTags(s.stack) {
		filters = append(filters, awsread.Filter("tag:"+key, value))
	}
	if len(filters) == 0 {
		return
	}
	s.Own.VPCs = slices.DeleteFunc(s.account.VPCs(filters...), func(v ec2types.Vpc) bool {
		return !s.owns("aws_vpc", awsread.EC2Tags(v.Tags))
	})
	s.Own.Addresses = slices.DeleteFunc(s.account.Addresses(filters...), func(a ec2types.Address) bool {
		return !s.owns("aws_eip", awsread.EC2Tags(a.Tags))
	})
	s.Own.Gateways = slices.DeleteFunc(s.account.InternetGateways(filters...), func(g ec2types.InternetGateway) bool {
		return len(g.Attachments) > 0 || !s.owns("aws_internet_gateway", awsread.EC2Tags(g.Tags))
	})
}

// readOwnLoadBalancing reads the load balancers and target groups. AWS cannot filter them by their tags, so that those
// with one of the stack's names are selected first.
func (s *scan) readOwnLoadBalancing() {
	const loadBalancer, targetGroup = "aws_lb", "aws_lb_target_group"
	var balancers []elbtypes.LoadBalancer
	var groups []elbtypes.TargetGroup
	var arns []string
	if len(s.stack.Resources(loadBalancer)) > 0 {
		balancers = s.account.AllLoadBalancers()
	}
	if len(s.stack.Resources(targetGroup)) > 0 {
		groups = s.account.AllTargetGroups()
	}
	for _, l := range balancers {
		if s.hasName(loadBalancer, aws.ToString(l.LoadBalancerName)) {
			arns = append(arns, aws.ToString(l.LoadBalancerArn))
		}
	}
	for _, g := range groups {
		if s.hasName(targetGroup, aws.ToString(g.TargetGroupName)) {
			arns = append(arns, aws.ToString(g.TargetGroupArn))
		}
	}
	tags := s.account.LoadBalancingTags(arns)
	for _, l := range balancers {
		if s.ownsNamed(loadBalancer, aws.ToString(l.LoadBalancerName), tags[aws.ToString(l.LoadBalancerArn)]) {
			s.Own.LoadBalancers = append(s.Own.LoadBalancers, l)
		}
	}
	for _, g := range groups {
		its := tags[aws.ToString(g.TargetGroupArn)]
		if s.ownsNamed(targetGroup, aws.ToString(g.TargetGroupName), its) {
			s.Own.TargetGroups = append(s.Own.TargetGroups, TargetGroup{g, its})
		}
	}
}

func (s *scan) readOwnRoles() {
	if len(s.stack.Resources("aws_iam_role")) == 0 {
		return
	}
	for _, name := range s.account.RoleNames() {
		if s.hasName("aws_iam_role", name) && s.ownsNamed("aws_iam_role", name, s.account.RoleTags(name)) {
			s.Own.Roles = append(s.Own.Roles, name)
			s.readRole(name)
		}
	}
}

// readOwnTasks reads the latest revision of each of the stack's families.
func (s *scan) readOwnTasks() {
	s.Own.Tasks = map[string]string{}
	for _, resource := range s.stack.Resources("aws_ecs_task_definition") {
		family := resource.Text("family")
		if task, tags := s.account.TaskDefinition(family); task != nil && Owns(s.stack, resource, tags) {
			s.Own.Tasks[family] = aws.ToString(task.TaskDefinitionArn)
		}
	}
}

// ownLoadBalancer returns the stack's own load balancer; nil where there is none.
func (s *scan) ownLoadBalancer() *elbtypes.LoadBalancer {
	var names []string
	for _, l := range s.Own.LoadBalancers {
		names = append(names, aws.ToString(l.LoadBalancerName))
	}
	if !s.isOnlyOne("load balancers", "--load-balancer NAME", names) {
		return nil
	}
	return &s.Own.LoadBalancers[0]
}

// ownVPC returns the id of the stack's own VPC; empty where there is none.
func (s *scan) ownVPC() string {
	var ids []string
	for _, v := range s.Own.VPCs {
		ids = append(ids, aws.ToString(v.VpcId))
	}
	if !s.isOnlyOne("VPCs", "--vpc ID", ids) {
		return ""
	}
	return ids[0]
}

// isOnlyOne reports whether applies of the stack created one thing of a kind. Several are an error.
func (s *scan) isOnlyOne(what, option string, ids []string) bool {
	if len(ids) > 1 {
		s.account.Fail("applies of this stack created %d %s: %s; say which of them to keep with %s, and delete the "+
			"others",
			len(ids), what, strings.Join(ids, ", "), option)
	}
	return len(ids) == 1
}
