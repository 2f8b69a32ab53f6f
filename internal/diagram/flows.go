package diagram

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"webapp/internal/tfstack"
)

// flow is a connection that the security groups allow.
type flow struct {
	From, To end
	Ports    string // "tcp 443", "all traffic"
	Purpose  string // the description of its rules
}

// end is one end of a flow: a security group of the stack, or whatever else a rule names.
type end struct {
	group string // address of the security group; empty for anything else
	name  string // for the reader
}

const (
	internet = "The internet"
	ownVPC   = "Anything in the VPC"
)

// flows lists the connections that the rules of the security groups allow. A rule out of one group and the matching
// rule into another one are the same flow.
func (s stack) flows() []flow {
	var found []flow
	add := func(rule tfstack.Resource, from, to end) {
		f := flow{From: from, To: to, Ports: ports(rule), Purpose: literal(rule.Get("description"))}
		same := func(other flow) bool { return other.From == from && other.To == to && other.Ports == f.Ports }
		if !slices.ContainsFunc(found, same) {
			found = append(found, f)
		}
	}
	for _, rule := range s.Resources("aws_vpc_security_group_ingress_rule") {
		add(rule, s.peer(rule), s.group(rule.Get("security_group_id")))
	}
	for _, rule := range s.Resources("aws_vpc_security_group_egress_rule") {
		add(rule, s.group(rule.Get("security_group_id")), s.peer(rule))
	}
	slices.SortStableFunc(found, func(a, b flow) int {
		outside := func(e end) int {
			if e.group == "" {
				return 0
			}
			return 1
		}
		return cmp.Or(outside(a.From)-outside(b.From), outside(b.To)-outside(a.To),
			strings.Compare(a.From.name, b.From.name), strings.Compare(a.To.name, b.To.name),
			strings.Compare(a.Ports, b.Ports))
	})
	return found
}

// group returns the security group that a value refers to, or whose id it holds.
func (s stack) group(value any) end {
	found := s.References(value)
	if len(found) == 0 {
		return end{name: literal(value)}
	}
	if r := found[0]; r.Type == "aws_security_group" && !r.Data {
		return end{group: r.Address(), name: cmp.Or(literal(r.Get("description")), r.Address())}
	}
	return end{name: "a group of " + found[0].Address()}
}

// peer returns what a rule admits connections from or to.
func (s stack) peer(rule tfstack.Resource) end {
	if group := rule.Get("referenced_security_group_id"); group != nil {
		return s.group(group)
	}
	if list := rule.Get("prefix_list_id"); list != nil {
		for _, r := range s.References(list) {
			if r.Type == "aws_vpc_endpoint" {
				return end{name: awsService(r)}
			}
		}
		return end{name: "prefix list " + literal(list)}
	}
	for _, key := range []string{"cidr_ipv4", "cidr_ipv6"} {
		value := rule.Get(key)
		switch block := literal(value); {
		case block == "0.0.0.0/0" || block == "::/0":
			return end{name: internet}
		case s.isOwnRange(block):
			return end{name: ownVPC}
		case block != "":
			return end{name: block}
		}
		for _, r := range s.References(value) {
			if r.Type == "aws_vpc" {
				return end{name: ownVPC}
			}
		}
	}
	return end{name: "known when Terraform runs"}
}

// isOwnRange reports whether a block of addresses is that of the stack's own VPC.
func (s stack) isOwnRange(block string) bool {
	return block != "" && slices.ContainsFunc(s.Resources("aws_vpc"), func(vpc tfstack.Resource) bool {
		return vpc.Text("cidr_block") == block
	})
}

// ports returns the protocol and the ports that a rule allows.
func ports(rule tfstack.Resource) string {
	protocol := literal(rule.Get("ip_protocol"))
	from, to := literal(rule.Get("from_port")), literal(rule.Get("to_port"))
	switch {
	case protocol == "-1":
		return "all traffic"
	case from == to:
		return protocol + " " + from
	default:
		return fmt.Sprintf("%s %s to %s", protocol, from, to)
	}
}

// awsService returns the name of the AWS service behind an endpoint: s3 of com.amazonaws.REGION.s3.
func awsService(endpoint tfstack.Resource) string {
	name := endpoint.Text("service_name")
	if i := strings.LastIndex(name, "}."); i >= 0 { // the region is known when Terraform runs
		return name[i+2:]
	}
	if parts := strings.SplitN(name, ".", 4); len(parts) == 4 {
		return parts[3]
	}
	return name
}
