package live

import (
	"cmp"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsarn "github.com/aws/aws-sdk-go-v2/aws/arn"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/smithy-go/middleware"

	"webapp/internal/awsread"
	"webapp/internal/localaws/balancer"
)

type smithyStack = middleware.Stack

// balancers are the running load balancers.
type balancers struct {
	world *World

	refreshing  sync.Mutex   // held while the records are read
	registering sync.Mutex   // held while a target comes or goes
	changes     atomic.Int64 // of rules of security groups, and of load balancers

	mu      sync.Mutex
	running map[string]*runningBalancer // by the load balancer's ARN
	homes   map[string]string           // of a target group: the ARN of the load balancer that it belongs to for life

	addresses map[target]func(port int) string // on this machine, of the registered targets
	hints     map[string]string                // by target group: why its newest target is not reached, "" if it is
}

type runningBalancer struct {
	*balancer.Balancer
	place     place
	record    types.LoadBalancer
	listeners []types.Listener
	groups    []balancer.Group
	log       *accessLog
}

func newBalancers(w *World) *balancers {
	return &balancers{
		world: w, running: map[string]*runningBalancer{}, homes: map[string]string{},
		addresses: map[target]func(int) string{}, hints: map[string]string{},
	}
}

func (b *balancers) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, one := range b.running {
		one.Close()
		one.log.write()
	}
}

// all returns the running load balancers, as they are now.
func (b *balancers) all() []runningBalancer {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []runningBalancer
	for _, one := range b.running {
		all = append(all, *one)
	}
	return all
}

// of returns the load balancer of a target group, nil where there is none.
func (b *balancers) of(group string) *runningBalancer {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.running[b.homes[group]]
}

// Health returns the state of a task in a target group, and the description of what is wrong.
func (b *balancers) Health(group, ip string, port int) (state, description string) {
	one := b.of(group)
	if one == nil {
		return "", ""
	}
	for _, h := range one.Targets(group) {
		if h.ID == ip && h.Port == port {
			return h.State, h.Description
		}
	}
	return "", ""
}

// refresh makes the load balancers of a place what the records say.
func (b *balancers) refresh(p place) error {
	b.refreshing.Lock()
	defer b.refreshing.Unlock()
	cfg := b.world.config(p)
	r := &balancing{awsread.New(b.world.ctx, cfg), elb.NewFromConfig(cfg)}
	records, groups := r.loadBalancers(), r.groups()
	configs, logs := map[string]balancer.Config{}, map[string]accessLogTarget{}
	listeners := map[string][]types.Listener{}
	for _, record := range records {
		arn := aws.ToString(record.LoadBalancerArn)
		listeners[arn] = r.listeners(arn)
		configs[arn], logs[arn] = r.config(arn, listeners[arn])
	}
	if err := r.Err(); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for arn, one := range b.running {
		if _, exists := configs[arn]; one.place == p && !exists {
			one.Close()
			one.log.write()
			delete(b.running, arn)
		}
	}
	var problems []error
	for _, record := range records {
		arn := aws.ToString(record.LoadBalancerArn)
		one := b.running[arn]
		if one == nil {
			log := &accessLog{world: b.world, arn: arn}
			one = &runningBalancer{place: p, log: log, Balancer: balancer.New(balancer.Options{
				Second: b.world.options.Second, Certificate: b.world.authority.certificate, Log: log.add,
			})}
			b.running[arn] = one
		}
		one.record, one.listeners = record, listeners[arn]
		one.log.send(logs[arn])
		config := b.withGroups(arn, configs[arn], groups)
		one.groups = config.Groups
		problems = append(problems, one.Configure(config))
	}
	return errors.Join(problems...)
}

// withGroups adds the groups that a load balancer forwards to, or ever did: their targets may still drain.
func (b *balancers) withGroups(arn string, c balancer.Config, groups []balancer.Group) balancer.Config {
	for _, l := range c.Listeners {
		for _, rule := range l.Rules {
			for _, f := range rule.Action.Forward {
				b.homes[f.Group] = arn
			}
		}
	}
	for _, g := range groups {
		if b.homes[g.ARN] == arn {
			c.Groups = append(c.Groups, g)
		}
	}
	return c
}

// balancing reads load balancers.
type balancing struct {
	*awsread.Reader
	client *elb.Client
}

func (r *balancing) loadBalancers() []types.LoadBalancer {
	return awsread.Call(r.Reader, "the load balancers", r.client.DescribeLoadBalancers,
		&elb.DescribeLoadBalancersInput{}).LoadBalancers
}

func (r *balancing) listeners(arn string) []types.Listener {
	return awsread.Call(r.Reader, "the listeners", r.client.DescribeListeners,
		&elb.DescribeListenersInput{LoadBalancerArn: &arn}).Listeners
}

func (r *balancing) config(arn string, listeners []types.Listener) (balancer.Config, accessLogTarget) {
	c := balancer.Config{}
	attributes := awsread.Call(r.Reader, "the attributes of a load balancer", r.client.DescribeLoadBalancerAttributes,
		&elb.DescribeLoadBalancerAttributesInput{LoadBalancerArn: &arn})
	for _, a := range attributes.Attributes {
		if aws.ToString(a.Key) == "idle_timeout.timeout_seconds" {
			c.IdleTimeout = secondsOf(aws.ToString(a.Value))
		}
	}
	for _, l := range listeners {
		described := awsread.Call(r.Reader, "the rules of a listener", r.client.DescribeRules,
			&elb.DescribeRulesInput{ListenerArn: l.ListenerArn}).Rules
		slices.SortStableFunc(described, func(x, y types.Rule) int { return cmp.Compare(priority(x), priority(y)) })
		listener := balancer.Listener{
			ARN: aws.ToString(l.ListenerArn), Port: int(aws.ToInt32(l.Port)),
			HTTPS: l.Protocol == types.ProtocolEnumHttps,
		}
		if len(l.Certificates) > 0 {
			listener.Certificate = aws.ToString(l.Certificates[0].CertificateArn)
		}
		if m := l.MutualAuthentication; m != nil && aws.ToString(m.Mode) != "off" {
			listener.Clients = r.clients(*m)
		}
		for _, rule := range described {
			listener.Rules = append(listener.Rules, ruleOf(rule))
		}
		c.Listeners = append(c.Listeners, listener)
	}
	return c, accessLogTargetOf(attributes.Attributes)
}

// clients returns how a listener asks clients for certificates.
func (r *balancing) clients(m types.MutualAuthenticationAttributes) *balancer.Clients {
	if aws.ToString(m.Mode) != "verify" {
		return &balancer.Clients{}
	}
	bundle := awsread.Call(r.Reader, "the authorities of a trust store", r.client.GetTrustStoreCaCertificatesBundle,
		&elb.GetTrustStoreCaCertificatesBundleInput{TrustStoreArn: m.TrustStoreArn})
	_, encoded, _ := strings.Cut(aws.ToString(bundle.Location), ";base64,") // see moto.py
	text, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		r.Fail("the location of a trust store's authorities: %v", err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	return &balancer.Clients{
		Authorities: pool, IgnoreExpiry: aws.ToBool(m.IgnoreClientCertificateExpiry),
		Advertise: m.AdvertiseTrustStoreCaNames == types.AdvertiseTrustStoreCaNamesEnumOn,
	}
}

// lowest is the priority of the default rule.
const lowest = 1 << 20

func priority(r types.Rule) int {
	n, err := strconv.Atoi(aws.ToString(r.Priority))
	if err != nil { // "default"
		return lowest
	}
	return n
}

func ruleOf(r types.Rule) balancer.Rule {
	rule := balancer.Rule{Priority: priority(r) % lowest}
	for _, c := range r.Conditions {
		rule.Conditions = append(rule.Conditions, conditionOf(c))
	}
	for _, a := range r.Actions {
		switch {
		case a.AuthenticateCognitoConfig != nil:
			rule.Action.Login = loginOf(*a.AuthenticateCognitoConfig)
		case a.FixedResponseConfig != nil:
			rule.Action.Fixed = &balancer.Fixed{
				Status:      number(aws.ToString(a.FixedResponseConfig.StatusCode)),
				ContentType: aws.ToString(a.FixedResponseConfig.ContentType),
				Body:        aws.ToString(a.FixedResponseConfig.MessageBody),
			}
		case a.RedirectConfig != nil:
			d := a.RedirectConfig
			rule.Action.Redirect = &balancer.Redirect{
				Protocol: aws.ToString(d.Protocol), Host: aws.ToString(d.Host), Port: aws.ToString(d.Port),
				Path: aws.ToString(d.Path), Query: aws.ToString(d.Query),
				Status: number(strings.TrimPrefix(string(d.StatusCode), "HTTP_")),
			}
		case a.ForwardConfig != nil && len(a.ForwardConfig.TargetGroups) > 0:
			for _, g := range a.ForwardConfig.TargetGroups {
				weight := 1
				if g.Weight != nil {
					weight = int(*g.Weight)
				}
				rule.Action.Forward = append(rule.Action.Forward,
					balancer.Forward{Group: aws.ToString(g.TargetGroupArn), Weight: weight})
			}
		case a.TargetGroupArn != nil:
			rule.Action.Forward = []balancer.Forward{{Group: *a.TargetGroupArn, Weight: 1}}
		}
	}
	return rule
}

// loginOf returns the login of an action, whose page is in the domain of the user pool. Source: Cognito developer
// guide, "The redirect and authorization endpoint".
func loginOf(c types.AuthenticateCognitoActionConfig) *balancer.Login {
	domain := aws.ToString(c.UserPoolDomain)
	if pool, err := awsarn.Parse(aws.ToString(c.UserPoolArn)); err == nil && !strings.Contains(domain, ".") {
		domain += ".auth." + pool.Region + ".amazoncognito.com"
	}
	return &balancer.Login{
		Page: "https://" + domain + "/oauth2/authorize", Client: aws.ToString(c.UserPoolClientId),
		Scope:           cmp.Or(aws.ToString(c.Scope), "openid"),
		Cookie:          cmp.Or(aws.ToString(c.SessionCookieName), "AWSELBAuthSessionCookie"),
		Unauthenticated: string(c.OnUnauthenticatedRequest),
	}
}

func conditionOf(c types.RuleCondition) balancer.Condition {
	condition := balancer.Condition{Field: aws.ToString(c.Field), Values: c.Values}
	switch {
	case c.HostHeaderConfig != nil:
		condition.Values = c.HostHeaderConfig.Values
	case c.PathPatternConfig != nil:
		condition.Values = c.PathPatternConfig.Values
	case c.HttpHeaderConfig != nil:
		condition.Name, condition.Values = aws.ToString(c.HttpHeaderConfig.HttpHeaderName), c.HttpHeaderConfig.Values
	case c.HttpRequestMethodConfig != nil:
		condition.Values = c.HttpRequestMethodConfig.Values
	case c.SourceIpConfig != nil:
		condition.Values = c.SourceIpConfig.Values
	case c.QueryStringConfig != nil:
		for _, pair := range c.QueryStringConfig.Values {
			text := aws.ToString(pair.Value)
			if key := aws.ToString(pair.Key); key != "" {
				text = key + "=" + text
			}
			condition.Values = append(condition.Values, text)
		}
	}
	return condition
}

func (r *balancing) groups() []balancer.Group {
	var all []balancer.Group
	for _, g := range awsread.Call(r.Reader, "the target groups", r.client.DescribeTargetGroups,
		&elb.DescribeTargetGroupsInput{}).TargetGroups {
		group := balancer.Group{ARN: aws.ToString(g.TargetGroupArn), Protocol: aws.ToString(g.ProtocolVersion),
			TLS: g.Protocol == types.ProtocolEnumHttps, DeregistrationDelay: 300 * time.Second, Check: checkOf(g)}
		in := &elb.DescribeTargetGroupAttributesInput{TargetGroupArn: g.TargetGroupArn}
		sticky, lasts := false, time.Duration(0)
		attributes := r.client.DescribeTargetGroupAttributes
		for _, a := range awsread.Call(r.Reader, "the attributes of a target group", attributes,
			in).Attributes {
			value := aws.ToString(a.Value)
			switch aws.ToString(a.Key) {
			case "deregistration_delay.timeout_seconds":
				group.DeregistrationDelay = secondsOf(value)
			case "slow_start.duration_seconds":
				group.SlowStart = secondsOf(value)
			case "load_balancing.algorithm.type":
				group.Algorithm = value
			case "stickiness.enabled":
				sticky = value == "true"
			case "stickiness.lb_cookie.duration_seconds":
				lasts = secondsOf(value)
			}
		}
		if sticky {
			group.Stickiness = lasts
		}
		all = append(all, group)
	}
	return all
}

func checkOf(g types.TargetGroup) balancer.Check {
	c := balancer.Check{
		Path:               cmp.Or(aws.ToString(g.HealthCheckPath), "/"),
		TLS:                g.HealthCheckProtocol == types.ProtocolEnumHttps,
		Interval:           time.Duration(cmp.Or(aws.ToInt32(g.HealthCheckIntervalSeconds), 30)) * time.Second,
		Timeout:            time.Duration(cmp.Or(aws.ToInt32(g.HealthCheckTimeoutSeconds), 5)) * time.Second,
		HealthyThreshold:   int(cmp.Or(aws.ToInt32(g.HealthyThresholdCount), 5)),
		UnhealthyThreshold: int(cmp.Or(aws.ToInt32(g.UnhealthyThresholdCount), 2)),
		Codes:              "200",
	}
	if g.Matcher != nil && g.Matcher.HttpCode != nil {
		c.Codes = *g.Matcher.HttpCode
	}
	if g.Matcher != nil && g.Matcher.GrpcCode != nil {
		c.Codes = *g.Matcher.GrpcCode
	}
	if port, err := strconv.Atoi(aws.ToString(g.HealthCheckPort)); err == nil { // else traffic-port
		c.Port = port
	}
	return c
}

func number(text string) int {
	n, _ := strconv.Atoi(text) // AWS has checked it
	return n
}

func secondsOf(text string) time.Duration { return time.Duration(number(text)) * time.Second }
