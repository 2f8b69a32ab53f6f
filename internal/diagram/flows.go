package diagram

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Flow is one that the security groups let through.
type Flow struct {
	From, To end
	Ports    string // "tcp 443", "anything"
	Why      string // the rules' description
}

// end is one side of a flow: a security group of the stack, or what a rule names instead.
type end struct {
	group string // its address; empty for anything else
	name  string // for people
}

const (
	internet = "The internet"
	ownVPC   = "Anyone in the VPC"
)

// flows reads the rules of the security groups. The two rules of one flow, out of one group and into another, are one.
func (s *Stack) flows() []Flow {
	var found []Flow
	add := func(rule resource, f Flow) {
		f.Ports, f.Why = ports(rule), plain(rule.object["description"])
		same := func(other Flow) bool { return other.From == f.From && other.To == f.To && other.Ports == f.Ports }
		if !slices.ContainsFunc(found, same) {
			found = append(found, f)
		}
	}
	for _, rule := range s.all("aws_vpc_security_group_ingress_rule") {
		add(rule, Flow{From: s.other(rule), To: s.group(rule.object["security_group_id"])})
	}
	for _, rule := range s.all("aws_vpc_security_group_egress_rule") {
		add(rule, Flow{From: s.group(rule.object["security_group_id"]), To: s.other(rule)})
	}
	slices.SortStableFunc(found, func(a, b Flow) int {
		outside := func(e end) int {
			if e.group == "" {
				return 0
			}
			return 1
		}
		return cmp.Or(outside(a.From)-outside(b.From), outside(b.To)-outside(a.To), strings.Compare(a.From.name, b.From.name),
			strings.Compare(a.To.name, b.To.name), strings.Compare(a.Ports, b.Ports))
	})
	return found
}

// group is a security group, by a value that refers to it or has its id.
func (s *Stack) group(value any) end {
	found := s.refers(value)
	if len(found) == 0 {
		return end{name: plain(value)}
	}
	if r := found[0]; r.kind == "aws_security_group" && !r.data {
		return end{group: r.address, name: cmp.Or(plain(r.object["description"]), r.address)}
	}
	return end{name: "a group of " + found[0].address}
}

// other is the side of a rule that its group does not stand on.
func (s *Stack) other(rule resource) end {
	if group := rule.object["referenced_security_group_id"]; group != nil {
		return s.group(group)
	}
	if list := rule.object["prefix_list_id"]; list != nil {
		for _, r := range s.refers(list) {
			if r.kind == "aws_vpc_endpoint" {
				return end{name: service(r)}
			}
		}
		return end{name: "prefix list " + plain(list)}
	}
	for _, key := range []string{"cidr_ipv4", "cidr_ipv6"} {
		value, ok := rule.object[key]
		if !ok {
			continue
		}
		switch block := plain(value); {
		case block == "0.0.0.0/0" || block == "::/0":
			return end{name: internet}
		case block != "" && slices.ContainsFunc(s.all("aws_vpc"), func(vpc resource) bool { return vpc.object["cidr_block"] == block }):
			return end{name: ownVPC}
		case block != "":
			return end{name: block}
		}
		for _, r := range s.refers(value) {
			if r.kind == "aws_vpc" {
				return end{name: ownVPC}
			}
		}
	}
	return end{name: "what Terraform finds"}
}

// ports names what a rule lets through.
func ports(rule resource) string {
	protocol, from, to := plain(rule.object["ip_protocol"]), plain(rule.object["from_port"]), plain(rule.object["to_port"])
	switch {
	case protocol == "-1":
		return "anything"
	case from == to:
		return protocol + " " + from
	default:
		return fmt.Sprintf("%s %s to %s", protocol, from, to)
	}
}

// service is the AWS service behind an endpoint: the end of com.amazonaws.REGION.s3.
func service(endpoint resource) string {
	name := fmt.Sprint(endpoint.object["service_name"])
	if i := strings.LastIndex(name, "}."); i >= 0 { // the region is known when Terraform runs
		return name[i+2:]
	}
	if parts := strings.SplitN(name, ".", 4); len(parts) == 4 {
		return parts[3]
	}
	return name
}
