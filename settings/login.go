package settings

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"webapp/internal/configfile"
)

// Login has the load balancer ask users to log in before their requests reach the tasks. It needs HTTPS at the load
// balancer, which must reach the login's endpoints: an internal one needs a NAT gateway for that. Health checks need no
// login.
// Source: ELB user guide, "Authenticate users using an Application Load Balancer".
type Login struct {
	// Cognito is the user pool in which the users are. It may leave the login to another identity provider, by OIDC or
	// SAML. AWS has no user pools in China. Required.
	Cognito *Cognito `yaml:"cognito"`

	// Scope is what the load balancer asks to know about a user: openid, and others such as email and profile, separated
	// by spaces. Default openid.
	Scope string `yaml:"scope" shape:"words"`

	// SessionTimeout is how long a user stays logged in, up to 168h (7 days). Default 168h.
	SessionTimeout time.Duration `yaml:"sessionTimeout" range:"1s,604800s"`

	// SessionCookie is the name of the cookies by which the load balancer knows a user who has logged in. Logins with
	// different user pools or clients need different names. Default AWSELBAuthSessionCookie.
	SessionCookie string `yaml:"sessionCookie"`

	// Unauthenticated says what happens to a request without a login: authenticate redirects it to the login page, deny
	// answers 401, and allow lets it through, so that the container must tell the users apart. Default authenticate.
	Unauthenticated string `yaml:"unauthenticated" enum:"authenticate,deny,allow"`
}

// Cognito is an Amazon Cognito user pool that exists. The load balancer reads the client's secret itself: it is neither
// in the settings nor in Terraform's state.
type Cognito struct {
	// UserPool is the ARN of the user pool, which is in the account and region of the load balancer. Required.
	UserPool string `yaml:"userPool" arn:"cognito-idp"`

	// Client is the id of an app client of the pool, with a secret, the code grant flow and Scope. Its callback URLs must
	// have https://HOST/oauth2/idpresponse for each host at which users ask for the service. Required.
	Client string `yaml:"client"`

	// Domain of the pool's login page: the prefix of a domain of Cognito's, such as shop, or the whole of your own.
	// Required.
	Domain string `yaml:"domain"`
}

var (
	userPoolARN = regexp.MustCompile(
		`^arn:aws[a-z-]*:cognito-idp:[a-z0-9-]+:[0-9]{12}:userpool/([a-z0-9-]+)_[0-9a-zA-Z]+$`)
	// Cognito API, ClientIdType and DomainType.
	userPoolClient = regexp.MustCompile(`^[A-Za-z0-9_+]{1,128}$`)
	userPoolDomain = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	// Cognito's answer to others is "Domain cannot contain reserved word" (aws-amplify/amplify-cli, issue 3854).
	reservedByCognito = regexp.MustCompile("aws|amazon|cognito")
	// RFC 6749, 3.3.
	oauthScope = regexp.MustCompile(`^[!#-\[\]-~]+( [!#-\[\]-~]+)*$`)
)

// openID is the scope that every login asks for.
const openID = "openid"

func (l *Login) SetDefaults() {
	l.Scope = openID
	l.SessionTimeout = 7 * 24 * time.Hour
	l.SessionCookie = "AWSELBAuthSessionCookie"
	l.Unauthenticated = "authenticate"
}

func (l *Login) Check(c configfile.Checker) {
	if l.Cognito == nil {
		c.At("cognito").Problemf("is missing; write the user pool, such as cognito: {userPool: " +
			"arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbCdEf123, client: 0123456789abcdefghijklmnop, " +
			"domain: shop}")
	}
	l.checkScope(c.At("scope"))
	if !cookieName.MatchString(l.SessionCookie) {
		c.At("sessionCookie").Problemf("%q is not a valid cookie name; write letters, digits, dots, hyphens and "+
			"underscores", l.SessionCookie)
	}
}

// checkScope reports what is not a scope, and one without openid, for which the load balancer gets nothing about the
// user.
// Sources: ELB user guide, "Authenticate users using an Application Load Balancer" (the user info endpoint); Cognito
// developer guide, "The user attributes endpoint".
func (l *Login) checkScope(c configfile.Checker) {
	switch words := strings.Fields(l.Scope); {
	case !oauthScope.MatchString(l.Scope):
		c.Problemf("%q is not a valid scope; write words with one space between two, such as \"openid email\"", l.Scope)
	case !slices.Contains(words, openID):
		others := strings.FieldsFunc(l.Scope, func(r rune) bool { return r == ' ' || r == ',' })
		others = slices.DeleteFunc(others, func(word string) bool { return strings.EqualFold(word, openID) })
		c.Problemf("%q does not have the word openid, without which the user pool tells the load balancer nothing about "+
			"the user; write %q", l.Scope, strings.Join(append([]string{openID}, others...), " "))
	}
}

func (p *Cognito) Check(c configfile.Checker) {
	checkARN(c.At("userPool"), p.UserPool, userPoolARN, "user pool",
		"arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbCdEf123")
	if m := userPoolARN.FindStringSubmatch(p.UserPool); m != nil && m[1] != regionOf(p.UserPool) {
		c.At("userPool").Problemf("names the region %s and a user pool in %s; write the ARN as AWS shows it",
			regionOf(p.UserPool), m[1])
	}
	if !userPoolClient.MatchString(p.Client) {
		c.At("client").Problemf("%q is not the id of an app client; write one such as 0123456789abcdefghijklmnop", p.Client)
	}
	host := hostOf(p.Domain)
	prefix, _, ofCognito := strings.Cut(host, ".auth.")
	switch {
	case ofCognito && strings.Contains(host, ".amazoncognito.") && userPoolDomain.MatchString(prefix):
		// kubernetes-sigs/aws-load-balancer-controller, issue 1280: ELB refuses the whole of it.
		c.At("domain").Problemf("%q is a domain of Cognito's; write only its prefix, %s", p.Domain, prefix)
	case userPoolDomain.MatchString(p.Domain) && reservedByCognito.MatchString(p.Domain):
		c.At("domain").Problemf("%q cannot be the prefix of a Cognito domain: Cognito reserves aws, amazon and cognito; "+
			"write the user pool's prefix, such as shop", p.Domain)
	case userPoolDomain.MatchString(p.Domain), isPlainName(p.Domain):
	case reportInternational(c.At("domain"), p.Domain, isPlainName):
	case host != p.Domain && isDomainName(host):
		c.At("domain").Problemf("%q is not a domain alone, in lower case; write %s", p.Domain, host)
	default:
		c.At("domain").Problemf("%q is not the domain of a user pool; write its prefix, such as shop, or the whole of your "+
			"own, such as login.example.com", p.Domain)
	}
}

// hostOf returns the host of a URL in lower case; a text that is not a URL may be a host already.
func hostOf(text string) string {
	_, rest, isURL := strings.Cut(text, "://")
	if !isURL {
		rest = text
	}
	host, _, _ := strings.Cut(rest, "/")
	return strings.ToLower(host)
}

// loginAt is a login of a workload, and its path from there.
type loginAt struct {
	path string
	*Login
}

func (w *Workload) logins() []loginAt {
	var all []loginAt
	if w.Login != nil {
		all = append(all, loginAt{"login", w.Login})
	}
	for i, more := range w.Service.AdditionalPorts {
		if more.Login != nil {
			all = append(all, loginAt{configfile.JoinPath(additionalPort(i), "login"), more.Login})
		}
	}
	return all
}

// checkSessionCookies reports logins with different users that have the same cookie: who has logged in at one of them
// would need no login at the other.
// Source: ELB user guide, "Authenticate users using an Application Load Balancer" (a unique cookie name for independent
// client authentication).
func (s *Stack) checkSessionCookies(c configfile.Checker) {
	type other struct {
		path string
		pool Cognito
	}
	seen := map[string]other{}
	for _, w := range s.Workloads() {
		for _, login := range w.logins() {
			if login.Cognito == nil || w.Worker {
				continue
			}
			path, pool := w.path(login.path), *login.Cognito
			first, again := seen[login.SessionCookie]
			switch {
			case !again:
				seen[login.SessionCookie] = other{path, pool}
			case first.pool.UserPool != pool.UserPool || first.pool.Client != pool.Client:
				c.At(path).At("sessionCookie").Problemf("%s is the cookie of %s too, which has another user pool or client: "+
					"who has logged in there would need no login here; write another name", login.SessionCookie, first.path)
			}
		}
	}
}

// checkLogins applies the rules that span the logins of a workload, its target group and the load balancer.
// Source: ELB user guide, "Action types for listener rules" (with gRPC and HTTP/2 only forward actions).
func (s *Stack) checkLogins(c configfile.Checker, w NamedWorkload) {
	l, created := s.LoadBalancer, s.Network.New
	sticky := w.Service.TargetGroup.Stickiness
	for _, login := range w.logins() {
		at := c.At(w.path(login.path))
		if cookie := at.At("sessionCookie"); sticky != nil && sticky.Cookie == login.SessionCookie {
			cookie.Notef("%s is also service.targetGroup.stickiness.cookie, which the service sets; this one is the load "+
				"balancer's: write another name", login.SessionCookie)
		} else if strings.HasPrefix(strings.ToUpper(login.SessionCookie), "AWSALB") {
			cookie.Notef("%s begins with AWSALB, as the load balancer's cookies for stickiness and for a login in progress do; "+
				"write another name, such as ShopSession", login.SessionCookie)
		}
		if version := w.Service.TargetGroup.ProtocolVersion; version == http2 || version == grpc {
			at.Problemf("cannot be combined with service.targetGroup.protocolVersion %s, for which a load balancer can only "+
				"forward requests; remove it, or write HTTP1", version)
			continue
		}
		switch {
		case l.Existing != nil:
		case l.HTTPS == nil:
			at.Problemf("needs HTTPS at the load balancer; add loadBalancer.https or loadBalancer.domain, or remove it")
		case !l.Public && (s.Network.Default || created != nil && created.NATGateways == 0):
			at.Problemf("needs a way for the load balancer to the user pool, which an internal one has through a NAT " +
				"gateway; use a network with one, such as network: {new: {natGateways: 1}}, or loadBalancer.public: true")
		case !l.Public && created != nil && s.Service.AssignPublicIP:
			at.Problemf("needs a way for the load balancer to the user pool, which an internal one does not have in the " +
				"public subnets; write service.assignPublicIp: false, or loadBalancer.public: true")
		}
	}
}
