package live

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"webapp/internal/localaws/balancer"
)

// target is a task's port in a target group.
type target struct {
	group, ip string
	port      int
}

// Register adds a task to a target group. If security groups do not let the load balancer connect to it, it is
// registered without an address: its health checks time out. Source: "Troubleshoot your Application Load Balancers",
// "A registered target is not in service".
func (b *balancers) Register(group, ip string, port int, address func(port int) string) {
	if b.of(group) == nil {
		_ = b.refresh(placeOf(group)) // a group without a load balancer gets no requests
	}
	t := target{group, ip, port}
	b.mu.Lock()
	b.addresses[t] = address
	b.mu.Unlock()
	b.register(t, map[string]*network{})
}

// register registers a target, with an address if the load balancer reaches it. The networks are those read already, by
// VPC. If a rule changes meanwhile, it looks again.
func (b *balancers) register(t target, networks map[string]*network) {
	one := b.of(t.group)
	if one == nil {
		return
	}
	for {
		seen := b.changes.Load()
		hint := b.obstacle(one, t, networks)
		if b.registerUnless(seen, one, t, hint) {
			return
		}
		clear(networks)
	}
}

// registerUnless registers a target, unless a rule has changed since a number of changes was seen.
func (b *balancers) registerUnless(seen int64, one *runningBalancer, t target, hint string) bool {
	b.registering.Lock()
	defer b.registering.Unlock()
	if b.changes.Load() != seen {
		return false
	}
	b.mu.Lock()
	address, registered := b.addresses[t]
	if registered { // or else the task has stopped in the meantime
		b.hints[t.group] = hint
	}
	b.mu.Unlock()
	if registered {
		reached := balancer.Target{ID: t.ip, Port: t.port}
		if hint == "" {
			reached.Address, reached.Other = address(t.port), address
		}
		one.Register(t.group, reached)
	}
	return true
}

// obstacle returns a hint on why a load balancer does not reach a target, "" if it does. What cannot be read is no
// obstacle.
func (b *balancers) obstacle(one *runningBalancer, t target, networks map[string]*network) string {
	b.mu.Lock()
	record, ports := one.record, one.ports(t)
	b.mu.Unlock()
	vpc := aws.ToString(record.VpcId)
	task := b.world.launcher.attachment(vpc, t.ip)
	if task == nil {
		return ""
	}
	n := networks[vpc]
	if n == nil {
		read, err := readNetwork(b.world.ctx, b.world.config(one.place), vpc)
		if err != nil {
			return ""
		}
		n = read
		networks[vpc] = n
	}
	from := n.balancerPeer(record)
	for _, port := range ports {
		if !n.connects(from, task.peer(), port) {
			return fmt.Sprintf("The security groups do not let the load balancer %s connect to the task at port "+
				"%d, by which its target group %s sends requests or health checks. The load balancer's groups, %s, "+
				"must let it out, and the task's, %s, must let it in.",
				aws.ToString(record.LoadBalancerName), port, strings.Split(t.group, "/")[1],
				strings.Join(from.groups, ", "), strings.Join(task.groups, ", "))
		}
	}
	return ""
}

// balancerPeer is a load balancer as the tasks' security groups see it: its nodes have any addresses of its subnets. An
// application load balancer that names no groups has the VPC's default one.
func (n *network) balancerPeer(record types.LoadBalancer) peer {
	var subnets []string
	for _, zone := range record.AvailabilityZones {
		subnets = append(subnets, aws.ToString(zone.SubnetId))
	}
	p := peer{groups: record.SecurityGroups, ranges: n.ranges(subnets)}
	if len(p.groups) == 0 && record.Type == types.LoadBalancerTypeEnumApplication {
		p.groups = n.defaultGroup()
	}
	return p
}

// ports are those of a target that the load balancer connects to: for requests and for health checks.
func (one *runningBalancer) ports(t target) []int {
	for _, g := range one.groups {
		if g.ARN == t.group && g.Check.Port != 0 && g.Check.Port != t.port {
			return []int{t.port, g.Check.Port}
		}
	}
	return []int{t.port}
}

// Deregister takes a task out of a target group.
func (b *balancers) Deregister(group, ip string, port int) <-chan struct{} {
	t := target{group, ip, port}
	b.registering.Lock()
	defer b.registering.Unlock()
	b.mu.Lock()
	delete(b.addresses, t)
	b.mu.Unlock()
	if one := b.of(group); one != nil {
		return one.Deregister(group, ip, port)
	}
	done := make(chan struct{})
	close(done)
	return done
}

// reconnect looks again which targets of a region the load balancers reach. It is for after a rule of a security group
// has changed.
func (b *balancers) reconnect(region string) {
	b.changes.Add(1)
	b.mu.Lock()
	var targets []target
	for t := range b.addresses {
		if placeOf(t.group).region == region {
			targets = append(targets, t)
		}
	}
	b.mu.Unlock()
	networks := map[string]*network{}
	for _, t := range targets {
		b.register(t, networks)
	}
}

// attachment returns that of the task that has an address in a VPC, nil where there is none.
func (l *launcher) attachment(vpc, ip string) *attachment {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.attachments[vpc+" "+ip]
}
