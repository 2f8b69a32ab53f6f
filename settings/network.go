package settings

import (
	"slices"
	"strings"
	"unicode/utf8"

	"webapp/internal/configfile"
)

// Network is the VPC that the service runs in: exactly one of new, existing and default. Default: new.
type Network struct {
	// New creates a VPC with public and private subnets.
	New *CreatedVPC `yaml:"new"`

	// Existing looks up a VPC that already exists. Its public subnets are recognized by their routes.
	Existing *ExistingVPC `yaml:"existing"`

	// Default uses the region's default VPC. It has only public subnets, so tasks get public addresses; their security
	// group still only admits the load balancer. Default false.
	Default bool `yaml:"default"`
}

// maxTagValue is the length of a tag's value (EC2 user guide, "Tag restrictions"); the name of a created VPC leaves
// room for the suffix of its subnets, such as "-private-a".
const maxTagValue, maxNewVPCName = 256, 240

// ResetOthers lets an overlay change the kind of network: it removes the kinds that only the base asks for.
func (n *Network) ResetOthers(given []string) {
	asked := slices.DeleteFunc(n.kinds(), func(kind string) bool { return !slices.Contains(given, kind) })
	if len(asked) == 0 {
		return // new: null or default: false only removes that kind
	}
	if !slices.Contains(asked, "new") {
		n.New = nil
	}
	if !slices.Contains(asked, "existing") {
		n.Existing = nil
	}
	if !slices.Contains(asked, "default") {
		n.Default = false
	}
}

// kinds lists the kinds of network that the settings ask for.
func (n *Network) kinds() []string {
	var kinds []string
	if n.New != nil {
		kinds = append(kinds, "new")
	}
	if n.Existing != nil {
		kinds = append(kinds, "existing")
	}
	if n.Default {
		kinds = append(kinds, "default")
	}
	return kinds
}

func (n *Network) Check(c configfile.Checker) {
	if kinds := n.kinds(); len(kinds) > 1 {
		c.Problemf("has %s, but a service runs in a single VPC; keep one of them", configfile.JoinWords(kinds, "and"))
	}
}

// checkBalancerSubnets reports a single subnet for the load balancer, and private ones that are too small for it. Tasks
// need no second one, and no larger ones.
// Source: ELB user guide, "Subnets for your load balancer".
func (s *Stack) checkBalancerSubnets(c configfile.Checker) {
	existing, created := s.Network.Existing, s.Network.New
	if s.OnlyWorkers() || s.LoadBalancer.Existing != nil {
		return
	}
	if created != nil && !s.BalancerIsInPublicSubnets() && created.PrivateSubnetPrefix > smallestBalancerSubnetBits &&
		c.Valid("network.new.cidr") {
		c.At("network.new.privateSubnetPrefix").Problemf("%d is out of range for an internal load balancer, which is in "+
			"these subnets; write a number from %d to %d", created.PrivateSubnetPrefix, created.sixteenth(),
			smallestBalancerSubnetBits)
	}
	if existing == nil {
		return
	}
	subnets, setting := existing.PrivateSubnets, "network.existing.privateSubnets"
	if s.BalancerIsInPublicSubnets() {
		subnets, setting = existing.PublicSubnets, "network.existing.publicSubnets"
	}
	if subnets != nil && len(subnets.IDs) == 1 && c.Valid(setting) {
		c.At(setting).At("ids").Problemf("has 1 subnet, but a load balancer needs %d; add one in another zone", minZones)
	}
}

// checkTags reports tags that nothing in AWS has. Only the values are patterns: a filter is of one key.
func checkTags(c configfile.Checker, tags map[string]string) {
	for key, value := range tags {
		if length := utf8.RuneCountInString(key); length == 0 || length > 128 || strings.ContainsAny(key, "*?\n") {
			c.Key(key).Problemf("%q (%s) is not a valid tag key; write 1 to 128 characters without * and ?", key,
				configfile.Characters(key))
		}
		checkTagPattern(c.Key(key), value)
	}
}

// checkTagPattern reports a text that is the value of no tag, which * and ? may abbreviate.
func checkTagPattern(c configfile.Checker, value string) {
	if utf8.RuneCountInString(value) > maxTagValue || strings.Contains(value, "\n") {
		c.Problemf("%q (%s) is not the value of a tag; write up to %d characters on one line", value,
			configfile.Characters(value), maxTagValue)
	}
}
