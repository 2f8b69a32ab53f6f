package localaws

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// Quotas of an Application Load Balancer (Elastic Load Balancing, "Quotas for your Application Load Balancers").
const (
	rulesPerLoadBalancer = 100
	valuesPerRule        = 5
	wildcardsPerRule     = 5
)

// loadBalancingRules: the codes are the API reference's, the texts those that public reports quote.
func loadBalancingRules() map[string]rule {
	return map[string]rule{
		"elbv2 CreateLoadBalancer": newLoadBalancer,
		"elbv2 SetSubnets":         movedLoadBalancer,
		"elbv2 SetSecurityGroups":  movedLoadBalancer,
		"elbv2 CreateListener":     listener,
		"elbv2 ModifyListener":     listener,
		"elbv2 CreateRule":         listenerRule,
		"elbv2 ModifyRule":         listenerRule,
	}
}

func newLoadBalancer(a *account, input object) (*refusal, error) {
	return a.placement(input, "")
}

// movedLoadBalancer: a load balancer stays in its VPC.
func movedLoadBalancer(a *account, input object) (*refusal, error) {
	found, err := a.loadBalancer(text(input, "LoadBalancerArn"))
	if err != nil {
		return nil, err
	}
	return a.placement(input, *found.VpcId)
}

// placement checks the subnets and security groups of a load balancer, which stands in a VPC already where one is
// given.
func (a *account) placement(input object, vpc string) (*refusal, error) {
	ids := texts(input, "Subnets")
	for _, mapping := range objects(input, "SubnetMappings") {
		ids = append(ids, text(mapping, "SubnetId"))
	}
	var zones []string
	if len(ids) > 0 {
		found, err := ec2.NewFromConfig(a.cfg).DescribeSubnets(a.ctx, &ec2.DescribeSubnetsInput{SubnetIds: ids})
		if err != nil {
			return nil, err
		}
		for _, subnet := range found.Subnets {
			if vpc == "" {
				vpc = *subnet.VpcId
			}
			if *subnet.VpcId != vpc {
				return &refusal{"InvalidConfigurationRequest",
					fmt.Sprintf("The subnet '%s' is not in VPC '%s'", *subnet.SubnetId, vpc)}, nil
			}
			if slices.Contains(zones, *subnet.AvailabilityZone) {
				return &refusal{"InvalidConfigurationRequest", "A load balancer cannot be attached to multiple " +
					"subnets in the same Availability Zone"}, nil
			}
			zones = append(zones, *subnet.AvailabilityZone)
		}
		if kind := text(input, "Type"); len(zones) < 2 && (kind == "" || kind == "application") {
			return &refusal{"ValidationError", "At least two subnets in two different Availability Zones must be " +
				"specified"}, nil
		}
	}
	return a.groupsIn(texts(input, "SecurityGroups"), vpc)
}

func (a *account) groupsIn(ids []string, vpc string) (*refusal, error) {
	if len(ids) == 0 || vpc == "" {
		return nil, nil
	}
	found, err := ec2.NewFromConfig(a.cfg).DescribeSecurityGroups(a.ctx,
		&ec2.DescribeSecurityGroupsInput{GroupIds: ids})
	if err != nil {
		return nil, err
	}
	outside := func(g ec2types.SecurityGroup) bool { return aws.ToString(g.VpcId) != vpc }
	if slices.ContainsFunc(found.SecurityGroups, outside) {
		return &refusal{"InvalidConfigurationRequest", "One or more security groups are invalid"}, nil
	}
	return nil, nil
}

func listener(a *account, input object) (*refusal, error) {
	own := text(input, "ListenerArn")
	balancer := text(input, "LoadBalancerArn")
	if balancer == "" {
		balancer = loadBalancerOf(own)
	}
	listeners, err := a.listeners(balancer)
	if err != nil {
		return nil, err
	}
	protocol := text(input, "Protocol")
	for _, other := range listeners {
		if *other.ListenerArn == own && protocol == "" {
			protocol = string(other.Protocol)
		}
		if *other.ListenerArn != own && input["Port"] != nil && fmt.Sprint(*other.Port) == fmt.Sprint(input["Port"]) {
			return &refusal{"DuplicateListener", fmt.Sprintf("A listener already exists on this port for this load "+
				"balancer '%s'", balancer)}, nil
		}
	}
	if refused := logins(protocol, objects(input, "DefaultActions")); refused != nil {
		return refused, nil
	}
	return a.targets(balancer, objects(input, "DefaultActions"))
}

// logins refuses actions that ask users to log in without HTTPS.
func logins(protocol string, actions []object) *refusal {
	for _, action := range actions {
		if kind := text(action, "Type"); strings.HasPrefix(kind, "authenticate-") && protocol != "HTTPS" {
			return &refusal{"InvalidLoadBalancerAction", "Actions of type '" + kind + "' are supported only on HTTPS " +
				"listeners"}
		}
	}
	return nil
}

func listenerRule(a *account, input object) (*refusal, error) {
	if refused := conditions(objects(input, "Conditions")); refused != nil {
		return refused, nil
	}
	balancer := loadBalancerOf(text(input, "ListenerArn") + text(input, "RuleArn"))
	listeners, err := a.listeners(balancer)
	if err != nil {
		return nil, err
	}
	for _, l := range listeners {
		isOfRule := strings.HasPrefix(strings.Replace(text(input, "RuleArn"), ":listener-rule/", ":listener/", 1),
			*l.ListenerArn+"/")
		if *l.ListenerArn == text(input, "ListenerArn") || isOfRule {
			if refused := logins(string(l.Protocol), objects(input, "Actions")); refused != nil {
				return refused, nil
			}
		}
	}
	if input["Priority"] != nil {
		count, err := a.countRules(balancer)
		if err != nil {
			return nil, err
		}
		if count >= rulesPerLoadBalancer {
			return &refusal{"TooManyRules", "The maximum number of rules on load balancer '" + balancer +
				"' has been reached"}, nil
		}
	}
	return a.targets(balancer, objects(input, "Actions"))
}

// conditions counts what a rule compares with. A condition's values stand in the part that is named after its field, or
// in the list that was there before these parts.
func conditions(all []object) *refusal {
	values, wildcards := 0, 0
	count := func(list []string) {
		values += len(list)
		for _, value := range list {
			wildcards += strings.Count(value, "*") + strings.Count(value, "?")
		}
	}
	for _, condition := range all {
		count(texts(condition, "Values"))
		for _, part := range []string{"HostHeaderConfig", "PathPatternConfig", "HttpHeaderConfig",
			"HttpRequestMethodConfig", "SourceIpConfig"} {
			count(texts(inner(condition, part), "Values"))
		}
		for _, pair := range objects(inner(condition, "QueryStringConfig"), "Values") {
			count([]string{text(pair, "Key") + text(pair, "Value")})
		}
	}
	if values > valuesPerRule {
		return &refusal{"ValidationError", fmt.Sprintf("A rule can only have '%d' condition values", valuesPerRule)}
	}
	if wildcards > wildcardsPerRule {
		return &refusal{"ValidationError",
			fmt.Sprintf("A rule can only have '%d' condition wildcards", wildcardsPerRule)}
	}
	return nil
}

// targets checks the target groups that a load balancer is to forward to.
func (a *account) targets(balancer string, actions []object) (*refusal, error) {
	groups := targetGroups(actions)
	if len(groups) == 0 {
		return nil, nil
	}
	client := elb.NewFromConfig(a.cfg)
	own, err := a.loadBalancer(balancer)
	if err != nil {
		return nil, err
	}
	found, err := client.DescribeTargetGroups(a.ctx, &elb.DescribeTargetGroupsInput{TargetGroupArns: groups})
	if err != nil {
		return nil, err
	}
	for _, group := range found.TargetGroups {
		if vpc := aws.ToString(group.VpcId); vpc != "" && vpc != *own.VpcId {
			return &refusal{"InvalidConfigurationRequest", fmt.Sprintf("Target group '%s' is in a different VPC "+
				"than load balancer '%s'", *group.TargetGroupArn, balancer)}, nil
		}
	}
	users, err := a.usersOfTargetGroups()
	if err != nil {
		return nil, err
	}
	for _, group := range groups {
		if other := users[group]; other != "" && other != balancer {
			return &refusal{"TargetGroupAssociationLimit", "The following target groups cannot be associated with " +
				"more than one load balancer: " + group}, nil
		}
	}
	return nil, nil
}

// targetGroups are those that actions forward to.
func targetGroups(actions []object) []string {
	var all []string
	add := func(arn string) {
		if arn != "" && !slices.Contains(all, arn) {
			all = append(all, arn)
		}
	}
	for _, action := range actions {
		add(text(action, "TargetGroupArn"))
		for _, group := range objects(inner(action, "ForwardConfig"), "TargetGroups") {
			add(text(group, "TargetGroupArn"))
		}
	}
	return all
}

// usersOfTargetGroups returns the load balancer that forwards to a target group, by the group's ARN.
func (a *account) usersOfTargetGroups() (map[string]string, error) {
	client := elb.NewFromConfig(a.cfg)
	balancers, err := client.DescribeLoadBalancers(a.ctx, nil)
	if err != nil {
		return nil, err
	}
	users := map[string]string{}
	use := func(balancer string, actions []elbtypes.Action) {
		for _, action := range actions {
			if action.TargetGroupArn != nil {
				users[*action.TargetGroupArn] = balancer
			}
			if action.ForwardConfig == nil {
				continue
			}
			for _, group := range action.ForwardConfig.TargetGroups {
				users[*group.TargetGroupArn] = balancer
			}
		}
	}
	for _, balancer := range balancers.LoadBalancers {
		listeners, err := a.listeners(*balancer.LoadBalancerArn)
		if err != nil {
			return nil, err
		}
		for _, l := range listeners {
			use(*balancer.LoadBalancerArn, l.DefaultActions)
			found, err := client.DescribeRules(a.ctx, &elb.DescribeRulesInput{ListenerArn: l.ListenerArn})
			if err != nil {
				return nil, err
			}
			for _, r := range found.Rules {
				use(*balancer.LoadBalancerArn, r.Actions)
			}
		}
	}
	return users, nil
}

// countRules counts the rules of a load balancer, but for those of its listeners' defaults.
func (a *account) countRules(balancer string) (int, error) {
	listeners, err := a.listeners(balancer)
	if err != nil {
		return 0, err
	}
	count := 0
	for _, l := range listeners {
		pages := elb.NewDescribeRulesPaginator(elb.NewFromConfig(a.cfg),
			&elb.DescribeRulesInput{ListenerArn: l.ListenerArn})
		for pages.HasMorePages() {
			page, err := pages.NextPage(a.ctx)
			if err != nil {
				return 0, err
			}
			for _, r := range page.Rules {
				if !aws.ToBool(r.IsDefault) {
					count++
				}
			}
		}
	}
	return count, nil
}

func (a *account) loadBalancer(arn string) (elbtypes.LoadBalancer, error) {
	found, err := elb.NewFromConfig(a.cfg).DescribeLoadBalancers(a.ctx,
		&elb.DescribeLoadBalancersInput{LoadBalancerArns: []string{arn}})
	if err != nil {
		return elbtypes.LoadBalancer{}, err
	}
	if len(found.LoadBalancers) != 1 {
		return elbtypes.LoadBalancer{}, fmt.Errorf("%d load balancers have the ARN %s", len(found.LoadBalancers), arn)
	}
	return found.LoadBalancers[0], nil
}

func (a *account) listeners(balancer string) ([]elbtypes.Listener, error) {
	found, err := elb.NewFromConfig(a.cfg).DescribeListeners(a.ctx,
		&elb.DescribeListenersInput{LoadBalancerArn: &balancer})
	if err != nil {
		return nil, err
	}
	return found.Listeners, nil
}

// loadBalancerOf is the ARN of the load balancer of a listener or a rule: arn:…:listener-rule/app/NAME/ID/….
func loadBalancerOf(arn string) string {
	parts := strings.Split(arn, "/")
	if len(parts) < 4 {
		return ""
	}
	return strings.Replace(strings.Replace(strings.Join(parts[:4], "/"), ":listener-rule/", ":loadbalancer/", 1),
		":listener/", ":loadbalancer/", 1)
}
