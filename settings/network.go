package settings

import (
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"
)

// Network is the VPC that the service runs in: exactly one of new, existing and default. Default: new.
type Network struct {
	// New creates a VPC with public and private subnets.
	New *NewVPC `yaml:"new"`

	// Existing finds a VPC that is there already. Which of its subnets are public is read off their routes.
	Existing *ExistingVPC `yaml:"existing"`

	// Default uses the region's default VPC. It has public subnets only, so tasks get public addresses there; their
	// security group still admits nobody but the load balancer.
	Default bool `yaml:"default"`
}

// NewVPC is a VPC of the service's own: a public and a private subnet in every zone.
type NewVPC struct {
	// Name is the VPC's Name tag, and begins those of its subnets. 1 to 240 characters. Default: the stack's name.
	Name string `yaml:"name"`

	// CIDR is the VPC's range of IPv4 addresses, /16 to /23. Default 10.0.0.0/16. Each of up to 6 zones gets a
	// sixteenth of it for its public subnet and one for its private subnet, so that adding a zone moves no subnet.
	CIDR string `yaml:"cidr"`

	// Zones is the number of availability zones, 2 to 6: a load balancer needs two. Default 2.
	Zones int `yaml:"zones"`

	// NATGateways is the number of NAT gateways through which the private subnets reach the internet, 0 to Zones.
	// Default 1, shared by all zones, which is cheap but lets the zone of the gateway be a single point of failure;
	// each one costs by the hour and by the gigabyte. Default 0 where the tasks have public addresses.
	NATGateways int `yaml:"natGateways"`
}

// ExistingVPC names a VPC that this stack does not manage.
type ExistingVPC struct {
	// Name is the value of the VPC's Name tag; exactly one VPC of the region must have it. Required.
	Name string `yaml:"name"`
}

const (
	minZones, maxZones = 2, 6

	// A VPC has at most 65,536 addresses (VPC user guide, "VPC CIDR blocks"). The smallest here leaves each sixteenth
	// a /27, which a load balancer's subnet needs (ELB user guide, "Subnets for your load balancer").
	largestVPCBits, smallestVPCBits = 16, 23

	// maxTagValue is the length of a tag's value (EC2 user guide, "Tag restrictions"); the name of a new VPC leaves room
	// for the "-private-a" of its subnets.
	maxTagValue, maxNewVPCName = 256, 240
)

func (n *Network) setDefaults() {}

// keepOnly lets an overlay change the kind of network: the kinds that it does not name are the base's, and go.
func (n *Network) keepOnly(given []string) {
	asked := slices.DeleteFunc(n.kinds(), func(kind string) bool { return !slices.Contains(given, kind) })
	if len(asked) == 0 {
		return // new: null or default: false only takes that kind away
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

// kinds names the kinds of network that are asked for.
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

func (n *Network) check(c checker) {
	if kinds := n.kinds(); len(kinds) > 1 {
		c.problemf("%s at once; a service runs in one VPC: keep one of them", list(kinds, "and"))
	}
	if n.New != nil {
		n.New.check(c.at("new"))
	}
	if n.Existing != nil {
		n.Existing.check(c.at("existing"))
	}
}

func (v *NewVPC) setDefaults() {
	v.CIDR = "10.0.0.0/16"
	v.Zones = 2
	v.NATGateways = 1
}

func (v *NewVPC) check(c checker) {
	checkVPCName(c.at("name"), v.Name, maxNewVPCName)
	checkVPCRange(c.at("cidr"), v.CIDR)
	within(c.at("zones"), v.Zones, minZones, maxZones)
	if c.fine("zones", "natGateways") && (v.NATGateways < 0 || v.NATGateways > v.Zones) {
		c.at("natGateways").problemf("%d is out of range; write 0, 1 (shared) or up to one per zone (%d)",
			v.NATGateways, v.Zones)
	}
}

// checkVPCRange reports a range that AWS refuses or that is too small for its subnets.
func checkVPCRange(c checker, cidr string) {
	block, err := netip.ParsePrefix(cidr)
	switch {
	case err != nil || !block.Addr().Is4():
		c.problemf("%q is no range of IPv4 addresses; write one such as 10.0.0.0/16", cidr)
	case block != block.Masked():
		c.problemf("%s has address bits beyond its /%d; write %s", cidr, block.Bits(), block.Masked())
	case block.Bits() < largestVPCBits || block.Bits() > smallestVPCBits:
		c.problemf("/%d is out of range; write a block from /%d (the largest VPC) to /%d (the smallest whose "+
			"sixteenths can hold a load balancer's subnet)", block.Bits(), largestVPCBits, smallestVPCBits)
	case !block.Addr().IsPrivate() && !sharedAddressSpace.Contains(block.Addr()):
		c.problemf("%s is not a private range; write a block within 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or %s",
			cidr, sharedAddressSpace)
	}
}

// sharedAddressSpace is RFC 6598's, which many companies route privately.
var sharedAddressSpace = netip.MustParsePrefix("100.64.0.0/10")

func (v *ExistingVPC) setDefaults() {}

func (v *ExistingVPC) check(c checker) {
	if v.Name == "" {
		c.at("name").problemf("is missing; write the value of the VPC's Name tag")
		return
	}
	checkVPCName(c.at("name"), v.Name, maxTagValue)
}

// checkVPCName checks the value of a Name tag. Braces are left out since Terraform would read ${…} as an expression.
func checkVPCName(c checker, name string, most int) {
	if length := utf8.RuneCountInString(name); length == 0 || length > most || strings.ContainsAny(name, "{}*?\n") {
		c.problemf("%q (%d characters) is no Name tag; write 1 to %d characters without {, }, * and ?", name, length, most)
	}
}
