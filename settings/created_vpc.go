package settings

import (
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"webapp/internal/configfile"
)

// CreatedVPC is a VPC created by this stack: a public and a private subnet in every zone, and a gateway endpoint that
// keeps traffic to S3 inside AWS, at no charge.
type CreatedVPC struct {
	// Name is the VPC's Name tag, and the beginning of its subnets' Name tags. 1 to 240 characters. Default: the
	// stack's name.
	Name string `yaml:"name"`

	// CIDR is the VPC's range of IPv4 addresses, /16 to /23. Each of up to 6 zones has a sixteenth of the range for its
	// public subnet and another for its private subnet, so that adding a zone moves no subnet. Changing the range
	// replaces the VPC and the load balancer: the service moves to the new ones before the old ones are deleted.
	// Clients that use the load balancer's own name must switch to the new one. Clients that use the domain fail while
	// DNS still caches the old address, for a minute or more. Default 10.0.0.0/16.
	CIDR string `yaml:"cidr"`

	// Zones is the number of availability zones; a load balancer needs at least two. Default 2.
	Zones int `yaml:"zones" range:"2,6" list:"zoneNames"`

	// ZoneNames lists the zones by name instead of by number: [eu-west-1b, eu-west-1c]. The last letter of a name
	// determines which part of the range the zone gets, so that adding or removing a zone moves no other subnet. NAT
	// gateways are in the zones listed first, so add new zones at the end. Default: the region's first zones.
	ZoneNames []string `yaml:"zoneNames"`

	// NATGateways is the number of NAT gateways through which the private subnets reach the internet, 0 to Zones. A
	// single gateway is shared by all zones: cheaper, but its zone is a single point of failure. Each one costs by the
	// hour and by the gigabyte. With 0, tasks without public addresses need images in ECR, in the stack's region, and
	// Endpoints for all that they use: ecr.api, ecr.dkr, logs and so on. Default 1; 0 if the tasks have public addresses,
	// or with isolated.
	NATGateways int `yaml:"natGateways"`

	// PublicSubnetPrefix is the size of the public subnets, as the number after the slash of their ranges: from a
	// sixteenth of the VPC to 27, the smallest size for a load balancer. Choose it before the first deployment: a
	// subnet cannot be resized, and AWS refuses a new subnet with addresses of an existing one. Default: a sixteenth of
	// the VPC.
	PublicSubnetPrefix int `yaml:"publicSubnetPrefix" range:"20,27"`

	// PrivateSubnetPrefix is the size of the private subnets, from a sixteenth of the VPC to 28, or to 27 with an internal
	// load balancer, which is in them. Each task takes an address of a subnet, and each of Endpoints one of every subnet;
	// AWS reserves 5 in each. Choose it before the first deployment, as for the public subnets. Default: a sixteenth of
	// the VPC.
	PrivateSubnetPrefix int `yaml:"privateSubnetPrefix" range:"20,28"`

	// Isolated keeps the tasks' traffic inside AWS: there is no NAT gateway, VPC endpoints are created for what the
	// services use (ECR, logs, secrets, parameters, queues, exec, traces), and the tasks may only connect to these and to
	// S3. List other services that they call in Endpoints. Images must be in a private ECR repository. Each endpoint costs
	// by the hour in every zone. Default false.
	Isolated bool `yaml:"isolated"`

	// Endpoints lists AWS services to reach through a VPC endpoint, by the part of the endpoint's name after
	// com.amazonaws.REGION, such as sqs or ecr.api. With isolated, they are added to those that the services need. Each
	// costs by the hour in every zone, except dynamodb, whose gateway endpoint is free. S3 always has a gateway endpoint.
	// Default: none.
	Endpoints []string `yaml:"endpoints"`

	// FlowLogs records the VPC's connections. It costs by the gigabyte. Default: none.
	FlowLogs *FlowLogs `yaml:"flowLogs"`

	// IPv6 gives the VPC and its subnets IPv6 ranges in addition to IPv4. Private subnets reach the internet through an
	// egress-only gateway, which is free. It can be turned on at any time. Before it can be turned off, the subnets
	// must release their ranges (EC2 API, DisassociateVpcCidrBlock). Default false.
	IPv6 bool `yaml:"ipv6"`
}

// FlowLogs records the VPC's connections in a separate log group.
type FlowLogs struct {
	// Traffic to record: all, accept or reject. Default all.
	Traffic string `yaml:"traffic" enum:"all,accept,reject"`

	// RetentionDays is how long the records are kept, in days; the values are those of logs.retentionDays. Default 14.
	RetentionDays LogRetention `yaml:"retentionDays" unit:"days"`

	// KMSKey is the ARN of a KMS key that encrypts the records. Its policy must allow CloudWatch Logs to use it.
	// Default: an AWS owned key.
	KMSKey string `yaml:"kmsKey" arn:"kms" was:"key"`
}

const (
	minZones = 2

	// A load balancer needs subnets of a /27 or larger (ELB user guide, "Subnets for your load balancer"), and AWS has no
	// subnets below a /28 (VPC user guide, "Subnet sizing").
	smallestBalancerSubnetBits, smallestSubnetBits = 27, 28

	// A VPC has at most 65,536 addresses (VPC user guide, "VPC CIDR blocks"). With the smallest one here, each sixteenth
	// is large enough for a load balancer.
	largestVPCBits, smallestVPCBits = 16, smallestBalancerSubnetBits - 4
)

func (v *CreatedVPC) SetDefaults() {
	v.CIDR = "10.0.0.0/16"
	v.Zones = 2
	v.NATGateways = 1
}

// ResetOthers lets an overlay replace zones by zoneNames or the other way round, or isolate the VPC. A NAT gateway in
// an overlay does not end the isolation: that needs isolated: false.
func (v *CreatedVPC) ResetOthers(given []string) {
	zones, names := slices.Contains(given, "zones"), slices.Contains(given, "zoneNames")
	switch {
	case names && !zones && len(v.ZoneNames) > 0:
		v.Zones = len(v.ZoneNames)
	case zones && !names:
		v.ZoneNames = nil
	}
	if v.Isolated && slices.Contains(given, "isolated") && !slices.Contains(given, "natGateways") {
		v.NATGateways = 0
	}
}

// derive fills in what follows from the other settings.
func (v *CreatedVPC) derive(s *Stack, given func(path string) bool) {
	if !given("name") {
		v.Name = s.StackName()
	}
	assignPublicIP := true
	for _, w := range s.Tasks() {
		assignPublicIP = assignPublicIP && w.Service.AssignPublicIP
	}
	if !given("natGateways") && (assignPublicIP || v.Isolated) {
		// The tasks reach the internet without a NAT gateway, or not at all: an unused one would only cost money.
		v.NATGateways = 0
	}
	if sixteenth := v.sixteenth(); sixteenth > 0 {
		if !given("publicSubnetPrefix") {
			v.PublicSubnetPrefix = sixteenth
		}
		if !given("privateSubnetPrefix") {
			v.PrivateSubnetPrefix = sixteenth
		}
	}
	if v.Isolated {
		for _, needed := range s.neededEndpoints() {
			if !slices.Contains(v.Endpoints, needed) {
				v.Endpoints = append(v.Endpoints, needed)
			}
		}
	}
}

// sixteenth returns the prefix length of a sixteenth of the VPC, or 0 if the range is not valid.
func (v *CreatedVPC) sixteenth() int {
	block, err := netip.ParsePrefix(v.CIDR)
	if err != nil {
		return 0
	}
	return block.Bits() + 4
}

// Zone is an availability zone of a new VPC.
type Zone struct {
	// Place is the index of the zone's part of the VPC's range. Place 0 has the letter a.
	Place int
	// Name is "" if the zone comes from AWS's list of the region's zones.
	Name string
}

// Letter identifies the zone in ids and tags.
func (z Zone) Letter() string { return zoneLetters[z.Place : z.Place+1] }

// ZoneList lists the zones of the VPC.
func (v CreatedVPC) ZoneList() []Zone {
	zones := make([]Zone, v.Zones)
	for i := range zones {
		zones[i].Place = i
		if len(v.ZoneNames) > 0 {
			name := v.ZoneNames[i]
			zones[i] = Zone{Place: strings.Index(zoneLetters, name[len(name)-1:]), Name: name}
		}
	}
	return zones
}

const zoneLetters = "abcdef"

// The services with a gateway endpoint, which is free. Every new VPC has that of S3.
// Source: VPC, AWS PrivateLink guide, "Gateway endpoints".
const (
	S3       = "s3"
	DynamoDB = "dynamodb"
)

var zoneName = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]+[a-f]$`)

func (v *CreatedVPC) Check(c configfile.Checker) {
	checkNewVPCName(c.At("name"), v.Name)
	checkVPCRange(c.At("cidr"), v.CIDR)
	v.checkZones(c)
	if c.Valid("zones", "natGateways") && (v.NATGateways < 0 || v.NATGateways > v.Zones) {
		c.At("natGateways").Problemf("%d is out of range; write 1 (shared), or up to one for each zone (%d)", v.NATGateways,
			v.Zones)
	}
	if c.Valid("cidr") {
		configfile.CheckRange(c.At("publicSubnetPrefix"), v.PublicSubnetPrefix, v.sixteenth(), smallestBalancerSubnetBits)
		configfile.CheckRange(c.At("privateSubnetPrefix"), v.PrivateSubnetPrefix, v.sixteenth(), smallestSubnetBits)
	}
	if v.Isolated && v.NATGateways > 0 {
		c.At("natGateways").Problemf("%d cannot be combined with isolated: true, which lets nothing leave the VPC; "+
			"write 0, or remove this line", v.NATGateways)
	}
	configfile.CheckItems(c.At("endpoints"), v.Endpoints, "list each service once",
		func(c configfile.Checker, service string) {
			switch {
			case service == S3:
				c.Notef("has no effect: a new VPC always has an endpoint of S3, at no charge; remove it")
			case !hasEndpoint(service):
				c.Problemf("%q is not a service with a VPC endpoint; %s", service, suggestEndpoint(service))
			case slices.Contains(EndpointsWithoutDNS, service):
				c.Notef("%s has no private DNS names; create DNS records for the endpoint's addresses, or the tasks will "+
					"not use it", service)
			}
		})
}

// checkNewVPCName checks a name by which others look up the VPC and its subnets, reading * and ? as wildcards.
func checkNewVPCName(c configfile.Checker, name string) {
	length := utf8.RuneCountInString(name)
	if length == 0 || length > maxNewVPCName || strings.ContainsAny(name, "*?\n") {
		c.Problemf("%q (%s) is not a valid name of a VPC; write 1 to %d characters without * and ?", name,
			configfile.Characters(name), maxNewVPCName)
	}
}

func (v *CreatedVPC) checkZones(c configfile.Checker) {
	if len(v.ZoneNames) == 0 {
		return
	}
	if v.Zones != len(v.ZoneNames) {
		c.At("zones").Problemf("%d does not match the %d zoneNames; remove one of the two", v.Zones, len(v.ZoneNames))
	}
	if len(v.ZoneNames) < minZones {
		c.At("zoneNames").Problemf("has 1 zone, but a new VPC needs at least %d, since a load balancer does; add another "+
			"one", minZones)
	}
	configfile.CheckItems(c.At("zoneNames"), v.ZoneNames, "list each zone once", func(c configfile.Checker, name string) {
		if !zoneName.MatchString(name) {
			c.Problemf("%q is not a valid availability zone; write one such as eu-west-1a", name)
		}
	})
}

// checkZonesOfRegion reports zones that the stack's region does not have. If the settings name no region, the names of
// the zones do.
func (s *Stack) checkZonesOfRegion(c configfile.Checker) {
	v, region := s.Network.New, s.AWS.Region
	c = c.At("network.new")
	if v == nil || region != "" && partitionOf(region) == "" {
		return
	}
	if most := fargateZones(region); len(v.ZoneNames) == 0 && c.Valid("zones") && most > 0 && v.Zones > most {
		c.At("zones").Problemf("%d is more than the %d availability zones of %s with Fargate; write at most %d",
			v.Zones, most, region, most)
	}
	regions := map[string]bool{}
	for i, name := range v.ZoneNames {
		at := c.At("zoneNames").Index(i)
		if !zoneName.MatchString(name) || !at.Valid("") {
			continue
		}
		home, letter := name[:len(name)-1], name[len(name)-1:]
		regions[home] = true
		switch letters := lettersOf(home); {
		case region != "" && home != region: // below
		case partitionOf(home) == "":
			at.Problemf("%s cannot be used: %s", name, notARegion(home))
		case !strings.Contains(letters, letter):
			at.Problemf("%s is not a zone of %s, whose zones are %s; write another zone", name, home,
				configfile.JoinWords(strings.Split(letters, ""), "and"))
		}
	}
	delete(regions, region)
	switch others := configfile.JoinWords(slices.Sorted(maps.Keys(regions)), "and"); {
	case region != "" && len(regions) > 0:
		c.At("zoneNames").Problemf("has zones of %s, but aws.region is %s; name zones of that region"+
			ownPlace, others, region)
	case len(regions) > 1:
		c.At("zoneNames").Problemf("has zones of several regions (%s), but a VPC is in a single region; name zones of one "+
			"region", others)
	}
}

func (f *FlowLogs) SetDefaults() {
	f.Traffic = "all"
	f.RetentionDays = 14
}

// Explain adds what a retention of 0 days means.
func (f *FlowLogs) Explain(key string, allowed configfile.Constraint) string {
	return explainRetention(key, f.RetentionDays, allowed)
}

func (f *FlowLogs) Check(c configfile.Checker) {
	checkLogKey(c, f.KMSKey)
}

// checkVPCRange reports a range that AWS refuses, or that is too small for the subnets.
func checkVPCRange(c configfile.Checker, cidr string) {
	block, err := netip.ParsePrefix(cidr)
	if err != nil || !block.Addr().Is4() {
		c.Problemf("%q is not a valid range of IPv4 addresses; write one such as 10.0.0.0/16", cidr)
		return
	}
	possible := netip.PrefixFrom(block.Addr(), max(largestVPCBits, min(block.Bits(), smallestVPCBits))).Masked()
	special := slices.IndexFunc(notForVPCs, possible.Overlaps)
	switch {
	case special >= 0:
		c.Problemf("%s overlaps %s, whose addresses hosts cannot have; write a private range within "+
			"10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16, such as 10.0.0.0/16", cidr, notForVPCs[special])
	case block.Bits() != possible.Bits():
		c.Problemf("/%d is out of range; write a range from /%d (the largest VPC) to /%d (the smallest one with room "+
			"for a load balancer's subnets), such as %s", block.Bits(), largestVPCBits, smallestVPCBits, possible)
	case block != possible:
		c.Problemf("%s has address bits beyond its /%d; write %s", cidr, block.Bits(), possible)
	}
}

// notForVPCs are the ranges whose addresses hosts cannot have: this network, loopback, link-local, multicast and
// reserved (RFC 6890). A VPC may have any other range, even a public one (VPC user guide, "VPC CIDR blocks").
var notForVPCs = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("224.0.0.0/4"), netip.MustParsePrefix("240.0.0.0/4"),
}
