package settings

import (
	"net/netip"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"webapp/internal/configfile"
)

// LoadBalancer is the Application Load Balancer, through which all requests reach the service.
type LoadBalancer struct {
	// Public makes the load balancer internet-facing: anyone can connect to the listener. With false, only addresses of
	// the VPC can. Default true.
	Public bool `yaml:"public"`

	// Port on which the listener accepts requests. Default 80; 443 with https.
	Port int `yaml:"port" range:"1,65535"`

	// HTTPS encrypts requests between the clients and the load balancer. Default: none, plain HTTP; on if domain is
	// set.
	HTTPS *HTTPS `yaml:"https"`

	// Domain is the DNS name of the service. Default: none; clients use the load balancer's own name.
	Domain *Domain `yaml:"domain"`

	// AllowedSources are the only clients that may connect: ranges of IPv4 or IPv6 addresses, and ids of managed prefix
	// lists, such as CloudFront's. A security group has at most 60 rules for each address family, unless the account's
	// quota is higher. A prefix list counts as many rules as it may have entries: 55 for CloudFront's. With
	// https.redirect, prefix lists and more than 30 ranges get a second security group for port 80. Default: everybody
	// if public, otherwise the VPC.
	// Source: VPC user guide, "Amazon VPC quotas" and "AWS-managed prefix lists".
	AllowedSources []string `yaml:"allowedSources" was:"openTo" empty:"list who may connect, such as [203.0.113.0/24]"`

	// DualStack gives the load balancer IPv6 addresses in addition to IPv4. Its subnets must have IPv6 ranges. Default:
	// the value of network.new.ipv6.
	DualStack bool `yaml:"dualStack"`

	// IdleTimeout is how long a connection may be idle before it is closed. Default 60s.
	IdleTimeout time.Duration `yaml:"idleTimeout" range:"1s,4000s"`

	// DeletionProtection prevents everybody, including Terraform, from deleting the load balancer. Recommended for
	// production. Before a destroy, set it to false and apply. Default false.
	DeletionProtection bool `yaml:"deletionProtection"`

	// DropInvalidHeaders removes headers with invalid names instead of passing them on. Default true.
	DropInvalidHeaders bool `yaml:"dropInvalidHeaders"`

	// DesyncMitigation is how strictly the load balancer refuses ambiguous requests, which servers could interpret in
	// different ways: monitor, defensive or strictest. Default defensive.
	DesyncMitigation string `yaml:"desyncMitigation" enum:"monitor,defensive,strictest"`

	// AccessLogs writes a line for every request to S3. It costs by the gigabyte. Default: none.
	AccessLogs *AccessLogs `yaml:"accessLogs"`

	// WebACL is the ARN of a regional AWS WAF web ACL that filters the requests. Default: none.
	WebACL string `yaml:"webACL" arn:"wafv2"`

	// Existing uses the listener of a load balancer that another stack owns, instead of creating a load balancer. Every
	// service then needs a routing with a priority. The other settings of this section belong to that stack and cannot
	// be set here. Default: none.
	Existing *ExistingListener `yaml:"existing"`
}

// ExistingListener names a listener of a load balancer in the VPC of the stack.
type ExistingListener struct {
	// Listener is the listener's ARN. Required.
	Listener string `yaml:"listener" arn:"elasticloadbalancing"`

	// SecurityGroup is the id of the load balancer's security group. It gets a rule that allows requests to the tasks.
	// Default: the first security group of the load balancer.
	SecurityGroup string `yaml:"securityGroup"`
}

// AccessLogs writes a line for every request to S3.
type AccessLogs struct {
	// Bucket is the name of the bucket to write to. Its policy must allow Elastic Load Balancing to write. Default: a
	// bucket is created, encrypted, versioned, and closed to the public and to plain HTTP. Destroying the stack deletes
	// it with the logs.
	Bucket string `yaml:"bucket"`

	// Prefix of the log files' names, without a slash at the end. Default: none.
	Prefix string `yaml:"prefix"`

	// RetentionDays is how long a created bucket keeps the log files, in days. Default 90.
	RetentionDays int `yaml:"retentionDays" range:"1,3650" unit:"days"`
}

const httpPort, httpsPort = 80, 443

// maxWebACLName is the length of a web ACL's name. Source: WAF API, EntityName.
const maxWebACLName = 128

// restOfLogFile is what follows the prefix in the key of a file of access logs, where it is shortest.
// Source: ELB user guide, "Access logs for your Application Load Balancer" (access log files).
const restOfLogFile = "/AWSLogs/123456789012/elasticloadbalancing/eu-west-1/2026/11/28/" +
	"123456789012_elasticloadbalancing_eu-west-1_app.a.0123456789abcdef_20261128T2340Z_192.0.2.1_0123abcd.log.gz"

var (
	listenerARN = regexp.MustCompile(`^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:` +
		`listener/app/[A-Za-z0-9-]+/[0-9a-f]+/[0-9a-f]+$`)
	webACLARN = regexp.MustCompile(`^arn:aws[a-z-]*:wafv2:[a-z0-9-]+:[0-9]{12}:` +
		`regional/webacl/([A-Za-z0-9_-]+)/[0-9a-f-]+$`)
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
	configfile.CheckItems(c.At("allowedSources"), l.AllowedSources, "list each once",
		func(c configfile.Checker, who string) {
			if strings.HasPrefix(who, "sg-") {
				c.Problemf("%s is a security group, which cannot be a source here; write the addresses of the clients, such "+
					"as 10.0.0.0/16, or the id of a prefix list, such as pl-0123456789abcdef0", who)
				return
			}
			checkSource(c, who)
		})
	if c.Valid("public", "allowedSources", "dualStack") {
		l.checkClients(c.At("allowedSources"))
	}
	l.noteRules(c.At("allowedSources"))
	l.notePort(c.At("port"))
	if l.WebACL != "" {
		checkARN(c.At("webACL"), l.WebACL, webACLARN, "regional web ACL",
			"arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/shop/0123…")
		if parts := webACLARN.FindStringSubmatch(l.WebACL); parts != nil {
			checkPart(c.At("webACL"), "web ACL's name", parts[1], maxWebACLName, "AWS WAF")
		}
	}
	if l.Existing != nil {
		l.checkOwnSettings(c)
	}
}

// noteRules notes that the allowed sources may be more rules than a security group has.
func (l *LoadBalancer) noteRules(c configfile.Checker) {
	list := ""
	for _, id := range l.AllowedSources {
		if slices.Contains(listsOfCloudFront, id) {
			list = id
		}
	}
	for _, family := range families {
		n := countRanges(l.AllowedSources, family.mark)
		switch {
		case n > maxGroupRules:
			c.Notef("has %d %s ranges; a security group has at most %d rules for them, %s", n, family.name, maxGroupRules,
				ruleQuota)
		case list != "" && family.name == ipv4 && n+weightOfCloudFront > maxGroupRules:
			c.Notef("has %d %s ranges beside %s, CloudFront's list, which counts as %d rules; a security group has at most "+
				"%d, %s", n, ipv4, list, weightOfCloudFront, maxGroupRules, ruleQuota)
		}
	}
}

// notePort notes a port at which clients expect the other protocol.
func (l *LoadBalancer) notePort(c configfile.Checker) {
	switch {
	case l.HTTPS == nil && l.Port == httpsPort:
		c.Notef("443 is the port of HTTPS, but the listener only understands plain HTTP there, so that https://… fails; " +
			"add loadBalancer.https or loadBalancer.domain, or write port: 80")
	case l.HTTPS != nil && l.Port == httpPort && !l.HTTPS.Redirect:
		c.Notef("80 is the port of plain HTTP, but the listener only understands HTTPS there, so that http://… fails; " +
			"write port: 443")
	}
}

// checkClients reports allowed sources that are not addresses of clients, and notes those from which probably nobody
// connects.
func (l *LoadBalancer) checkClients(c configfile.Checker) {
	if len(l.AllowedSources) == 0 {
		return
	}
	if clients := l.clients(); len(clients) > 0 {
		if l.Public && !slices.ContainsFunc(clients, func(who string) bool { return !isPrivate(who) }) {
			c.Notef("has only private ranges, but clients reach a public load balancer from their public addresses, even " +
				"those in the VPC: nobody can connect; write public: false, or the clients' public addresses, such as " +
				"203.0.113.0/24")
			return
		}
		l.noteClients(c)
		return
	}
	if countRanges(l.AllowedSources, ".") == 0 && !l.DualStack {
		c.Problemf("has only IPv6 ranges, but the load balancer has no IPv6 addresses without dualStack: nobody can " +
			"connect; add IPv4 ranges, or dualStack: true and subnets that have IPv6")
		return
	}
	c.Problemf("has only loopback, link-local or multicast addresses, so no client can connect; write the clients' own " +
		"addresses, such as 203.0.113.0/24")
}

// noteClients notes allowed sources from which no client can connect, beside others.
func (l *LoadBalancer) noteClients(c configfile.Checker) {
	for i, who := range l.AllowedSources {
		switch {
		case strings.Contains(who, ":") && !l.DualStack:
			c.Index(i).Notef("%s has no effect: the load balancer has no IPv6 addresses without dualStack: true", who)
		case l.Public && isPrivate(who):
			c.Index(i).Notef(privateSource, who)
		}
	}
}

const privateSource = "%s is a private range, but clients reach a public load balancer from their public addresses, " +
	"even those in the VPC; write these, such as those of the NAT gateways, or loadBalancer.public: false"

// clients returns the allowed sources from which clients can connect.
func (l *LoadBalancer) clients() []string {
	return slices.DeleteFunc(slices.Clone(l.AllowedSources), func(who string) bool {
		return strings.Contains(who, ":") && !l.DualStack || isLocal(who)
	})
}

// localRanges are the loopback, link-local and multicast addresses, which no client in another network has (RFC 6890).
var localRanges = []netip.Prefix{
	netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("224.0.0.0/4"),
	netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("fe80::/10"), netip.MustParsePrefix("ff00::/8"),
}

// privateRanges are those of private networks, which the internet does not route (RFC 1918, RFC 6598 and RFC 4193).
var privateRanges = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("fc00::/7"),
}

// isLocal reports whether a source is within one of the localRanges.
func isLocal(source string) bool { return isWithin(source, localRanges) }

// isPrivate reports whether a source is within one of the privateRanges.
func isPrivate(source string) bool { return isWithin(source, privateRanges) }

func isWithin(source string, ranges []netip.Prefix) bool {
	block, err := netip.ParsePrefix(source)
	return err == nil && slices.ContainsFunc(ranges, func(larger netip.Prefix) bool { return contains(larger, block) })
}

// admitted returns the ranges from which clients can connect, or nil if the settings do not say.
func (s *Stack) admitted() []string {
	l := s.LoadBalancer
	switch {
	case l.Existing != nil || slices.ContainsFunc(l.AllowedSources, prefixListID.MatchString):
		return nil
	case len(l.AllowedSources) > 0:
		return l.clients()
	case l.Public:
		return s.everywhere()
	case s.Network.New != nil && l.DualStack:
		return []string{s.Network.New.CIDR, "::/0"} // AWS chooses the VPC's range of IPv6
	case s.Network.New != nil:
		return []string{s.Network.New.CIDR}
	}
	return nil
}

// checkAdmitted reports a rule for clients that cannot connect to the load balancer.
func (s *Stack) checkAdmitted(c configfile.Checker, r *Routing) {
	for i, source := range r.Sources {
		if l := s.LoadBalancer; l.Existing == nil && l.Public && isPrivate(source) {
			c.At("sources").Index(i).Notef(privateSource, source)
		}
	}
	admitted := s.admitted()
	if admitted == nil || len(r.Sources) == 0 || !c.Valid("sources") {
		return
	}
	for i, source := range r.Sources {
		block, err := netip.ParsePrefix(source)
		if err != nil || !c.At("sources").Index(i).Valid("") {
			return
		}
		reaches := slices.ContainsFunc(admitted, func(allowed string) bool {
			of, err := netip.ParsePrefix(allowed)
			return err != nil || of.Overlaps(block)
		})
		if reaches && !isLocal(source) {
			return
		}
	}
	c.At("sources").Problemf("no client in these ranges can connect to the load balancer, which admits only %s, so the "+
		"rule would never get a request; change one of the two", strings.Join(admitted, ", "))
}

// checkOwnSettings reports settings of a load balancer that another stack owns: they would have no effect.
func (l *LoadBalancer) checkOwnSettings(c configfile.Checker) {
	for _, key := range configfile.Keys(reflect.TypeFor[LoadBalancer]()) {
		if key != "existing" && c.Written(key) {
			c.At(key).Problemf("has no effect with existing: it is set by the stack that owns the load balancer; " +
				"remove it")
		}
	}
}

// RedirectGroup reports whether the redirect needs a second security group, because one group cannot hold the rules of
// both ports.
func (l *LoadBalancer) RedirectGroup() bool {
	if l.HTTPS == nil || !l.HTTPS.Redirect {
		return false
	}
	list := slices.ContainsFunc(l.AllowedSources, func(who string) bool { return strings.HasPrefix(who, "pl-") })
	return list || 2*max(countRanges(l.AllowedSources, "."), countRanges(l.AllowedSources, ":")) > maxGroupRules
}

// checkVPCOfListener reports an existing listener without an existing VPC: a target group is in the VPC of its load
// balancer (ELB API, CreateTargetGroup).
func (s *Stack) checkVPCOfListener(c configfile.Checker) {
	if s.LoadBalancer.Existing != nil && s.Network.New != nil && c.Valid("network", "network.existing") {
		c.At("loadBalancer.existing").Problemf("cannot be in the VPC that this stack creates; use the load " +
			"balancer's VPC instead: network: {existing: {id: vpc-0123456789abcdef0}}, or network: {default: true}")
	}
}

// BalancerIsInPublicSubnets reports whether the load balancer is in the public subnets. An internal one is in the same
// subnets as the tasks.
func (s *Settings) BalancerIsInPublicSubnets() bool {
	return s.LoadBalancer.Public || s.Service.AssignPublicIP
}

// checkDualStack reports a dual-stack load balancer in subnets without IPv6 ranges, and notes those that may lack them.
func (s *Stack) checkDualStack(c configfile.Checker) {
	switch created := s.Network.New; {
	case !s.LoadBalancer.DualStack:
	case s.Network.Default: // EC2 API, AssociateVpcCidrBlock: any VPC can have a range of IPv6
		c.At("loadBalancer.dualStack").Notef("true needs subnets with IPv6 ranges, which those of a default VPC have only " +
			"if somebody has added them")
	case created != nil && !created.IPv6:
		c.At("loadBalancer.dualStack").Problemf("true needs subnets with IPv6 addresses; write network.new.ipv6: " +
			"true, or remove this line")
	}
}

func (l *ExistingListener) ShorthandKey(string) string { return "listener" }

func (l *ExistingListener) Check(c configfile.Checker) {
	if strings.Contains(l.Listener, ":listener/net/") {
		c.At("listener").Problemf("%s is of a Network Load Balancer, which does not know HTTP; write the ARN of a listener "+
			"of an Application Load Balancer", l.Listener)
	} else {
		checkARN(c.At("listener"), l.Listener, listenerARN, "listener",
			"arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shared/0123456789abcdef/0123456789abcdef")
	}
	if l.SecurityGroup != "" && !securityGroupID.MatchString(l.SecurityGroup) {
		c.At("securityGroup").Problemf("%q is not the id of a security group; write one such as sg-0123456789abcdef0",
			l.SecurityGroup)
	}
}

func (a *AccessLogs) SetDefaults() { a.RetentionDays = 90 }

func (a *AccessLogs) Check(c configfile.Checker) {
	if a.Bucket != "" {
		checkBucket(c.At("bucket"), a.Bucket)
	}
	isValid := func(prefix string) bool {
		return accessLogFile.MatchString(prefix) && !strings.Contains(prefix, "AWSLogs")
	}
	checkPrefix(c.At("prefix"), a.Prefix, isValid, "names separated by slashes, without AWSLogs, which AWS adds")
	if n := len(a.Prefix + restOfLogFile); n > maxObjectKey {
		c.At("prefix").Problemf("has %d characters, with which the key of a log file has %d or more, but S3 takes at most "+
			"%d; write a shorter one", len(a.Prefix), n, maxObjectKey)
	}
	if a.Bucket != "" && c.Written("retentionDays") {
		c.At("retentionDays").Problemf("has no effect on an existing bucket; remove it and set a lifecycle rule on " +
			"that bucket, or remove bucket to have one created")
	}
}
