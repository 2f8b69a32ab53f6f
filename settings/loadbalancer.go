package settings

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"webapp/internal/configfile"
)

// LoadBalancer is the application load balancer, the only way in to the service.
type LoadBalancer struct {
	// Public faces the internet where true: anyone can reach the listener. Where false, only the VPC's own addresses
	// can. Default true.
	Public bool `yaml:"public"`

	// Port that the listener accepts requests on. Default 80, with https 443.
	Port int `yaml:"port" range:"1,65535"`

	// HTTPS encrypts the requests on their way to the load balancer. Default: none, plain HTTP; with a domain it is
	// there.
	HTTPS *HTTPS `yaml:"https"`

	// Domain is the name in DNS that the service answers at. Default: none, the load balancer's own name.
	Domain *Domain `yaml:"domain"`

	// AllowedSources are who may connect, instead of everybody or the VPC: ranges of IPv4 or IPv6 addresses, and ids of managed
	// prefix lists, such as CloudFront's. A security group has 60 rules for each family of addresses, unless the
	// account's quota is higher; a list counts as the most entries that it may have, CloudFront's as 55. With
	// https.redirect, lists and long lists of ranges are admitted to port 80 by a group of its own. Default: none.
	// Source: VPC user guide, "Amazon VPC quotas" and "AWS-managed prefix lists".
	AllowedSources []string `yaml:"allowedSources" was:"openTo" empty:"list who may connect, such as [203.0.113.0/24]"`

	// DualStack gives the load balancer addresses of IPv6 too. Its subnets must have them. Default: whether
	// network.new.ipv6 is.
	DualStack bool `yaml:"dualStack"`

	// IdleTimeout is how long a connection may be silent before it is closed. Default 60s.
	IdleTimeout time.Duration `yaml:"idleTimeout" range:"1s,4000s"`

	// DeletionProtection keeps everybody, Terraform too, from deleting the load balancer. Write true for production; it
	// must be false again, and applied, before a destroy. Default false.
	DeletionProtection bool `yaml:"deletionProtection"`

	// DropInvalidHeaders removes headers whose names are not valid, instead of passing them on. Default true.
	DropInvalidHeaders bool `yaml:"dropInvalidHeaders"`

	// DesyncMitigation is how strictly requests are refused that servers could read in two ways: monitor, defensive or
	// strictest. Default defensive.
	DesyncMitigation string `yaml:"desyncMitigation" enum:"monitor,defensive,strictest"`

	// AccessLogs keeps a line for every request in S3. Default: none, since it costs by the gigabyte.
	AccessLogs *AccessLogs `yaml:"accessLogs"`

	// WebACL is the ARN of a regional AWS WAF web ACL that filters the requests. Default: none.
	WebACL string `yaml:"webACL"`

	// Existing joins the listener of a load balancer that another stack owns, instead of creating one. Every service
	// then has a routing with a priority. The other settings of this section belong to that stack and cannot be set
	// here. Default: none.
	Existing *ExistingListener `yaml:"existing"`
}

// ExistingListener names a listener of a load balancer in the VPC of the stack.
type ExistingListener struct {
	// Listener is its ARN. Required.
	Listener string `yaml:"listener"`

	// SecurityGroup is the id of the load balancer's security group, which gets a rule that lets requests out to the
	// tasks. Default: the first of those that the load balancer has.
	SecurityGroup string `yaml:"securityGroup"`
}

// AccessLogs keeps a line for every request.
type AccessLogs struct {
	// Bucket to write to, which must let Elastic Load Balancing do so. Default: one is created, encrypted, versioned,
	// closed to the public and to plain HTTP; destroying the stack removes it with the logs.
	Bucket string `yaml:"bucket"`

	// Prefix of the files' names, without a slash at its end. Default: none.
	Prefix string `yaml:"prefix"`

	// RetentionDays is how long a created bucket keeps the files, in days. Default 90.
	RetentionDays int `yaml:"retentionDays" range:"1,3650" unit:"days"`
}

const httpPort, httpsPort = 80, 443

var (
	listenerARN   = regexp.MustCompile(`^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:listener/app/[A-Za-z0-9-]+/[0-9a-f]+/[0-9a-f]+$`)
	webACLARN     = regexp.MustCompile(`^arn:aws[a-z-]*:wafv2:[a-z0-9-]+:[0-9]{12}:regional/webacl/[A-Za-z0-9_-]+/[0-9a-f-]+$`)
	prefixListID  = regexp.MustCompile(`^pl-[0-9a-f]{8}([0-9a-f]{9})?$`)
	accessLogFile = regexp.MustCompile(`^[A-Za-z0-9!_.*'()-]+(/[A-Za-z0-9!_.*'()-]+)*$`)
)

func (l *LoadBalancer) SetDefaults() {
	l.Public = true
	l.Port = httpPort
	l.IdleTimeout = 60 * time.Second
	l.DropInvalidHeaders = true
	l.DesyncMitigation = "defensive"
}

// derive fills in what follows from other settings, where the file does not give it.
func (l *LoadBalancer) derive(s *Stack, given func(path string) bool) {
	if l.Domain != nil {
		l.Domain.derive(given)
		if l.HTTPS == nil {
			l.HTTPS = &HTTPS{}
			l.HTTPS.SetDefaults()
		}
	}
	if !given("port") && l.HTTPS != nil {
		l.Port = httpsPort
	}
	if !given("dualStack") && s.Network.New != nil {
		l.DualStack = s.Network.New.IPv6
	}
}

func (l *LoadBalancer) Check(c configfile.Checker) {
	if l.HTTPS != nil {
		l.checkHTTPS(c)
	}
	if l.Domain != nil {
		if l.HTTPS != nil && len(l.HTTPS.Certificates) == 0 && l.Existing == nil {
			l.Domain.checkRequested(c.At("domain"))
		}
	}
	configfile.CheckItems(c.At("allowedSources"), l.AllowedSources, "list each once", func(c configfile.Checker, who string) {
		if !strings.HasPrefix(who, "pl-") {
			checkCIDR(c, who)
		} else if !prefixListID.MatchString(who) {
			c.Problemf("%q is not the id of a prefix list; write one, such as pl-0123456789abcdef0", who)
		}
	})
	if n := countRanges(l.AllowedSources, ":"); n > 0 && n == len(l.AllowedSources) && !l.DualStack && c.Valid("allowedSources", "dualStack") {
		c.At("allowedSources").Notef("names IPv6 addresses only, and the load balancer has none without dualStack: nobody " +
			"can connect; add ranges of IPv4, or dualStack: true with subnets that have IPv6")
	}
	for _, family := range families {
		if n := countRanges(l.AllowedSources, family.mark); n > maxGroupRules {
			c.At("allowedSources").Notef("has %d ranges of %s; a security group has %d rules for them, %s", n, family.name, maxGroupRules, ruleQuota)
		}
	}
	if l.WebACL != "" {
		checkARN(c.At("webACL"), l.WebACL, webACLARN, "regional web ACL", "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/shop/0123…")
	}
	if l.Existing != nil {
		l.checkOwnSettings(c)
	}
}

// checkOwnSettings reports settings of a load balancer that another stack owns: they would change nothing.
func (l *LoadBalancer) checkOwnSettings(c configfile.Checker) {
	for _, key := range configfile.Keys(reflect.TypeFor[LoadBalancer]()) {
		if key != "existing" && c.Written(key) {
			c.At(key).Problemf("has no effect with existing: the load balancer belongs to another stack, which " +
				"decides this; remove it")
		}
	}
}

// RedirectGroup reports whether the redirect has a security group of its own, since one group may not hold the rules of
// two ports.
func (l *LoadBalancer) RedirectGroup() bool {
	if l.HTTPS == nil || !l.HTTPS.Redirect {
		return false
	}
	list := slices.ContainsFunc(l.AllowedSources, func(who string) bool { return strings.HasPrefix(who, "pl-") })
	return list || 2*max(countRanges(l.AllowedSources, "."), countRanges(l.AllowedSources, ":")) > maxGroupRules
}

// checkVPCOfListener: a target group is in the VPC of its load balancer (ELB API, CreateTargetGroup).
func (s *Stack) checkVPCOfListener(c configfile.Checker) {
	if s.LoadBalancer.Existing != nil && s.Network.New != nil {
		c.At("loadBalancer.existing").Problemf("is in another VPC than the one that the stack creates; name the " +
			"load balancer's: " +
			"network: {existing: {id: vpc-0123456789abcdef0}}, or network: {default: true}")
	}
}

// checkDualStack: a subnet without a range of IPv6 gives the load balancer no such address.
func (s *Stack) checkDualStack(c configfile.Checker) {
	if created := s.Network.New; s.LoadBalancer.DualStack && (s.Network.Default || created != nil && !created.IPv6) {
		c.At("loadBalancer.dualStack").Problemf("true needs subnets with addresses of IPv6; write network.new.ipv6: " +
			"true, or leave it out")
	}
}

func (l *ExistingListener) Check(c configfile.Checker) {
	checkARN(c.At("listener"), l.Listener, listenerARN, "listener", "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shared/0123456789abcdef/0123456789abcdef")
	if l.SecurityGroup != "" && !securityGroupID.MatchString(l.SecurityGroup) {
		c.At("securityGroup").Problemf("%q is not the id of a security group; write one such as sg-0123456789abcdef0", l.SecurityGroup)
	}
}

func (a *AccessLogs) SetDefaults() { a.RetentionDays = 90 }

func (a *AccessLogs) Check(c configfile.Checker) {
	if a.Bucket != "" {
		checkBucket(c.At("bucket"), a.Bucket)
	}
	if a.Prefix != "" && (!accessLogFile.MatchString(a.Prefix) || strings.Contains(a.Prefix, "AWSLogs")) {
		c.At("prefix").Problemf("%q is not a valid prefix; write names separated by slashes, without AWSLogs, which AWS adds", a.Prefix)
	}
	if a.Bucket != "" && c.Written("retentionDays") {
		c.At("retentionDays").Problemf("has no effect on a bucket that exists already; remove it and set a " +
			"lifecycle rule on that bucket, " +
			"or remove bucket to have one created")
	}
}

const maxPort = 65535
