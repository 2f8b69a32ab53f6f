package live

import (
	"net/netip"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// anywhere is every address outside the VPC.
var anywhere = netip.MustParsePrefix("0.0.0.0/0")

// peer is one end of a connection, as the rules at the other end see it.
type peer struct {
	groups []string // its security groups
	ranges []netip.Prefix
	list   string // the name of AWS's prefix list that has these ranges, if there is one
}

// connects reports whether security groups let one end connect to a port of the other over TCP. An end without groups,
// such as the internet, lets everything through.
func (n *network) connects(from, to peer, port int) bool {
	out := len(from.groups) == 0 || n.lets(n.rules(from.groups, egress), to, port)
	in := len(to.groups) == 0 || n.lets(n.rules(to.groups, ingress), from, port)
	return out && in
}

func egress(g ec2types.SecurityGroup) []ec2types.IpPermission  { return g.IpPermissionsEgress }
func ingress(g ec2types.SecurityGroup) []ec2types.IpPermission { return g.IpPermissions }

// rules are those of several groups together: each may let something through.
func (n *network) rules(groups []string, of func(ec2types.SecurityGroup) []ec2types.IpPermission) rules {
	var all rules
	for _, id := range groups {
		all = append(all, of(n.groups[id])...)
	}
	return all
}

// rules are those of security groups in one direction.
type rules []ec2types.IpPermission

// lets reports whether rules let connections to or from all addresses of a peer through.
func (n *network) lets(all rules, p peer, port int) bool {
	var ranges []netip.Prefix
	for _, rule := range all {
		if !coversPort(rule, port) {
			continue
		}
		for _, pair := range rule.UserIdGroupPairs {
			if slices.Contains(p.groups, aws.ToString(pair.GroupId)) {
				return true
			}
		}
		for _, list := range rule.PrefixListIds {
			known := n.lists[aws.ToString(list.PrefixListId)]
			if p.list != "" && known.name == p.list {
				return true
			}
			ranges = append(ranges, known.ranges...)
		}
		for _, r := range rule.IpRanges {
			if prefix, err := netip.ParsePrefix(aws.ToString(r.CidrIp)); err == nil {
				ranges = append(ranges, prefix)
			}
		}
	}
	isOutside := func(want netip.Prefix) bool {
		return !slices.ContainsFunc(ranges, func(r netip.Prefix) bool {
			return r.Bits() <= want.Bits() && r.Contains(want.Addr())
		})
	}
	return len(p.ranges) > 0 && !slices.ContainsFunc(p.ranges, isOutside)
}

// coversPort reports whether a rule is about a port of TCP. Protocol -1 means all protocols and ports.
func coversPort(rule ec2types.IpPermission, port int) bool {
	switch aws.ToString(rule.IpProtocol) {
	case "-1":
		return true
	case "tcp", "6":
		return int(aws.ToInt32(rule.FromPort)) <= port && port <= int(aws.ToInt32(rule.ToPort))
	}
	return false
}
