package settings

import (
	"regexp"
	"slices"
	"strings"

	"webapp/internal/configfile"
)

// ExistingVPC identifies a VPC that this stack does not manage, by exactly one of name, id and tags.
type ExistingVPC struct {
	// Name is the value of the VPC's Name tag. * stands for any characters and ? for a single one, as in core-*. Exactly
	// one VPC in the region must have such a name: Terraform refuses to choose between several.
	// Source: EC2 user guide, "Find your Amazon EC2 resources", filters with wildcards.
	Name string `yaml:"name"`

	// ID of the VPC.
	ID string `yaml:"id"`

	// Tags of the VPC, with the wildcards of name in their values. Exactly one VPC in the region must have them.
	Tags map[string]string `yaml:"tags" empty:"write the tags to look for, such as {team: web}"`

	// PublicSubnets are the subnets for an internet-facing load balancer. Default: one subnet in each zone whose route
	// table leads to an internet gateway.
	PublicSubnets *ExistingSubnets `yaml:"publicSubnets"`

	// PrivateSubnets are the subnets for the tasks. Default: one subnet in each zone whose route table does not lead to
	// an internet gateway, preferably one with another route to the internet.
	PrivateSubnets *ExistingSubnets `yaml:"privateSubnets"`
}

// ExistingSubnets identifies subnets of an existing VPC, by either ids or tags.
type ExistingSubnets struct {
	// IDs of the subnets, each in a different zone. Tasks need one. A load balancer needs two: public ones, or private
	// ones with loadBalancer.public: false.
	IDs []string `yaml:"ids" empty:"list the subnets, such as [subnet-0123456789abcdef0, subnet-0fedcba9876543210]"`

	// Tags of the subnets, such as {Name: "*private*"}: * stands for any characters and ? for a single one. If several
	// subnets of a zone have them, the one whose id sorts first is used.
	Tags map[string]string `yaml:"tags" empty:"write the tags to look for, such as {team: web}"`
}

var (
	vpcID    = regexp.MustCompile(`^vpc-[0-9a-f]{8}([0-9a-f]{9})?$`)
	subnetID = regexp.MustCompile(`^subnet-[0-9a-f]{8}([0-9a-f]{9})?$`)
)

// ResetOthers lets an overlay identify the VPC by another property.
func (v *ExistingVPC) ResetOthers(given []string) {
	name, id, tags := slices.Contains(given, "name"), slices.Contains(given, "id"), slices.Contains(given, "tags")
	if !name && (id || tags) {
		v.Name = ""
	}
	if !id && (name || tags) {
		v.ID = ""
	}
	if !tags && (name || id) {
		v.Tags = nil
	}
}

func (v *ExistingVPC) ShorthandKey(value string) string {
	if strings.HasPrefix(value, "vpc-") {
		return "id"
	}
	return "name"
}

func (v *ExistingVPC) Check(c configfile.Checker) {
	var ways []string
	if v.Name != "" {
		ways = append(ways, "name")
		checkTagPattern(c.At("name"), v.Name)
		noteID(c.At("name"), v.Name, vpcID, "id: %s instead of name")
	}
	if v.ID != "" {
		ways = append(ways, "id")
		if !vpcID.MatchString(v.ID) {
			c.At("id").Problemf("%q is not the id of a VPC; write one such as vpc-0123456789abcdef0", v.ID)
		}
	}
	if len(v.Tags) > 0 {
		ways = append(ways, "tags")
		checkTags(c.At("tags"), v.Tags)
		noteID(c.At("tags").Key(nameTag), v.Tags[nameTag], vpcID, "id: %s instead of tags")
	}
	switch len(ways) {
	case 0:
		if c.Valid("", "id", "tags") {
			c.At("name").Problemf("is missing; write the value of the VPC's Name tag, or its id, or its tags")
		}
	case 1:
	default:
		c.Problemf("has %s; keep one of them", configfile.JoinWords(ways, "and"))
	}
}

// ResetOthers lets an overlay identify the subnets by the other property.
func (s *ExistingSubnets) ResetOthers(given []string) {
	ids, tags := slices.Contains(given, "ids"), slices.Contains(given, "tags")
	if ids && !tags {
		s.Tags = nil
	}
	if tags && !ids {
		s.IDs = nil
	}
}

func (s *ExistingSubnets) ShorthandKey(string) string { return "ids" }

func (s *ExistingSubnets) Check(c configfile.Checker) {
	switch {
	case len(s.IDs) == 0 && len(s.Tags) == 0 && c.Valid("", "ids", "tags"):
		c.Problemf("names no subnets; write ids or tags, or remove it to have the subnets found by their routes")
	case len(s.IDs) > 0 && len(s.Tags) > 0:
		c.Problemf("has both ids and tags; keep one of them")
	}
	configfile.CheckItems(c.At("ids"), s.IDs, "list each subnet once", func(c configfile.Checker, id string) {
		if !subnetID.MatchString(id) {
			c.Problemf("%q is not the id of a subnet; write one such as subnet-0123456789abcdef0", id)
		}
	})
	checkTags(c.At("tags"), s.Tags)
	noteID(c.At("tags").Key(nameTag), s.Tags[nameTag], subnetID, "ids: [%s] instead of tags")
}

// nameTag is the tag that consoles show as the name of a VPC or subnet.
const nameTag = "Name"

// noteID notes an id where a Name tag is looked up: hardly any VPC or subnet has its own id as its name.
// Source: Terraform's AWS provider, data sources aws_vpc and aws_subnets: tags.
func noteID(c configfile.Checker, name string, id *regexp.Regexp, instead string) {
	if id.MatchString(name) {
		c.Notef("%s looks like an id, but only what has it as its Name tag would be found; write "+instead, name, name)
	}
}

// noteUnusedSubnets notes subnets of an existing VPC in which the stack has nothing.
func (s *Stack) noteUnusedSubnets(c configfile.Checker) {
	existing := s.Network.Existing
	if existing == nil {
		return
	}
	hasBalancer := !s.OnlyWorkers() && s.LoadBalancer.Existing == nil
	public := hasBalancer && s.BalancerIsInPublicSubnets()
	private := hasBalancer && !public
	for _, w := range s.Tasks() {
		public, private = public || w.Service.AssignPublicIP, private || !w.Service.AssignPublicIP
	}
	for _, subnets := range []struct {
		setting, kind string
		given, used   bool
	}{
		{"publicSubnets", "public", existing.PublicSubnets != nil, public},
		{"privateSubnets", "private", existing.PrivateSubnets != nil, private},
	} {
		if subnets.given && !subnets.used {
			c.At("network.existing").At(subnets.setting).Notef("has no effect: nothing of the stack is in %s subnets; remove "+
				"it, unless another environment needs it", subnets.kind)
		}
	}
}
