package stacks_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"webapp/assertions"
)

const (
	certificate = "arn:aws:acm:eu-west-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"
	another     = "arn:aws:acm:eu-west-1:123456789012:certificate/76543210-89ab-cdef-0123-456789abcdef"
)

// sharedListener belongs to another stack.
const sharedListener = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:" +
	"listener/app/shared/0123456789abcdef/0123456789abcdef"

func TestHTTPSRedirectsPlainHTTP(t *testing.T) {
	tpl := synthesize(t, `loadBalancer: {port: 443, https: {certificates: ["`+certificate+`", "`+another+`"]}}`)
	https := tpl.OneMatching("aws_lb_listener", object{"protocol": "HTTPS"})
	https.Matches(object{"port": 443, "certificate_arn": certificate,
		"ssl_policy":     "ELBSecurityPolicy-TLS13-1-2-2021-06",
		"default_action": []any{object{"type": "forward"}}})
	tpl.One("aws_lb_listener_certificate").Matches(object{"listener_arn": https.Ref("arn"), "certificate_arn": another})
	tpl.OneMatching("aws_lb_listener", object{"protocol": "HTTP"}).Matches(object{"port": 80,
		"default_action": []any{object{
			"type": "redirect", "redirect": object{"protocol": "HTTPS", "port": "443", "status_code": "HTTP_301"},
		}}})
	for _, port := range []int{80, 443} {
		tpl.OneMatching("aws_vpc_security_group_ingress_rule",
			object{"cidr_ipv4": "0.0.0.0/0", "from_port": port, "to_port": port})
	}
	tpl.Output("ServiceURL").Has("value", "https://"+tpl.One("aws_lb").Ref("dns_name"))
}

func TestHTTPSWithoutRedirectOpensNoOtherPort(t *testing.T) {
	tpl := synthesize(t, `loadBalancer: {port: 8443, https: {certificates: ["`+certificate+`"], redirect: false,
		policy: ELBSecurityPolicy-TLS13-1-3-2021-06}}`)
	tpl.One("aws_lb_listener").Matches(object{"port": 8443, "protocol": "HTTPS",
		"ssl_policy": "ELBSecurityPolicy-TLS13-1-3-2021-06"})
	tpl.CountMatching("aws_vpc_security_group_ingress_rule", object{"cidr_ipv4": "0.0.0.0/0"}, 1)
	tpl.Output("ServiceURL").Has("value", "https://"+tpl.One("aws_lb").Ref("dns_name")+":8443")
}

// TestPortEightyStaysOpenWhenHTTPSComes: its listener and its rules stay, and the redirect begins once the other
// listener answers.
func TestPortEightyStaysOpenWhenHTTPSComes(t *testing.T) {
	before := byAddress(synthesize(t, "loadBalancer: {port: 80}"))
	tpl := synthesize(t, `loadBalancer: {port: 443, https: {certificates: ["`+certificate+`"]}},
		services: {api: {routing: {paths: [/api/*]}, container: {image: api, ports: [80]}}}`)
	after := byAddress(tpl)
	for address := range before {
		if after[address] == nil {
			t.Errorf("%s goes", address)
		}
	}
	redirect := tpl.OneMatching("aws_lb_listener", object{"port": 80})
	redirect.DependsOn(tpl.OneMatching("aws_lb_listener", object{"port": 443}))
	redirect.DependsOn(tpl.One("aws_lb_listener_rule"))
	redirect.DependsOn(tpl.OneMatching("aws_vpc_security_group_ingress_rule",
		object{"cidr_ipv4": "0.0.0.0/0", "from_port": 443}))
}

// TestListenersOfEarlierReleasesAreMoved: they were named by what they do.
func TestListenersOfEarlierReleasesAreMoved(t *testing.T) {
	tpl := synthesize(t, `loadBalancer: {port: 443, https: {certificates: ["`+certificate+`"]}}`)
	wantMoved(t, tpl, tpl.OneMatching("aws_lb_listener", object{"port": 443}),
		"aws_lb_listener.load-balancer_listener_DF3231AC")
	wantMoved(t, tpl, tpl.OneMatching("aws_lb_listener", object{"port": 80}),
		"aws_lb_listener.load-balancer_redirect_10DB8AB9")
	wantMoved(t, tpl, tpl.OneMatching("aws_vpc_security_group_ingress_rule",
		object{"cidr_ipv4": "0.0.0.0/0", "from_port": 443}),
		"aws_vpc_security_group_ingress_rule.load-balancer_security-group_from-anywhere_4FED46E3")
	wantMoved(t, tpl, tpl.OneMatching("aws_vpc_security_group_ingress_rule",
		object{"cidr_ipv4": "0.0.0.0/0", "from_port": 80}),
		"aws_vpc_security_group_ingress_rule.load-balancer_security-group_from-anywhere-to-redirect_F7627A37")
}

func TestDomainGetsACertificateAndRecords(t *testing.T) {
	tpl := synthesize(t, "loadBalancer: {port: 443, domain: {name: www.example.com, aliases: [example.com], zone: "+
		"example.com}}")
	made := tpl.One("aws_acm_certificate")
	made.Matches(object{"domain_name": "www.example.com", "subject_alternative_names": []string{"example.com"},
		"validation_method": "DNS",
		"lifecycle":         object{"create_before_destroy": true}})
	validation := tpl.One("aws_acm_certificate_validation")
	validation.Has("certificate_arn", made.Ref("arn"))
	tpl.OneMatching("aws_lb_listener", object{"protocol": "HTTPS"}).Has("certificate_arn",
		validation.Ref("certificate_arn"))
	zone, lb := tpl.Data().Find("aws_route53_zone", object{"name": "example.com", "private_zone": false})[0],
		tpl.One("aws_lb")
	for _, name := range []string{"www.example.com", "example.com"} {
		tpl.OneMatching("aws_route53_record", object{"name": name, "type": "A", "alias": object{
			"name": lb.Ref("dns_name"), "zone_id": lb.Ref("zone_id"), "evaluate_target_health": true,
		}}).DependsOn(tpl.One("aws_ecs_service"))
		proof := tpl.OneMatching("aws_route53_record", object{"name": assertions.Regexp(`== "` + name + `"`)})
		// It outlives the certificate: the next one needs the same record.
		proof.Has("lifecycle.ignore_changes", []string{"name", "type", "records"})
		proof.References("records", made)
		validation.Has("validation_record_fqdns", assertions.ArrayWith(proof.Ref("fqdn")))
	}
	tpl.CountMatching("aws_route53_record", object{"type": "AAAA"}, 0)
	tpl.Output("ServiceURL").Has("value", "https://www.example.com")
	zone.Has("name", "example.com")
}

// TestANameAndItsWildcardShareARecord: AWS asks one record of both, so that removing one of the names must not delete
// it.
func TestANameAndItsWildcardShareARecord(t *testing.T) {
	const former = "aws_route53_record.load-balancer_certificate_proof-any-example-com_8F24046A"
	tpl := synthesize(t, `loadBalancer: {port: 443, domain: {name: example.com, aliases: ["*.example.com"],
		zone: example.com}}`)
	tpl.CountMatching("aws_route53_record", object{"type": assertions.Regexp("resource_record_type")}, 1)
	// Earlier releases had two. The second one is forgotten, not deleted.
	tpl.Matches(object{"removed": []any{object{"from": former, "lifecycle": object{"destroy": false}}}})

	tpl = synthesize(t, `loadBalancer: {port: 443, domain: {name: www.example.com, aliases: ["*.example.com"],
		zone: example.com}}`)
	tpl.CountMatching("aws_route53_record", object{"type": assertions.Regexp("resource_record_type")}, 2)
	wantMoved(t, tpl, tpl.OneMatching("aws_route53_record", object{"name": assertions.Regexp(`== "example.com"`)}),
		former)
}

// TestNamesThatDifferInADotAreDifferentRecords: construct ids have no dots, and say any for a wildcard.
func TestNamesThatDifferInADotAreDifferentRecords(t *testing.T) {
	all := []string{"a-b.example.com", "a.b.example.com", "any.example.com", "*.example.com"}
	tpl := synthesize(t, fmt.Sprintf(`loadBalancer: {port: 443, domain: {name: %s, aliases: [%s, %s, %q]}}`,
		all[0], all[1], all[2], all[3]))
	for _, name := range all {
		tpl.OneMatching("aws_route53_record", object{"name": name, "type": "A"})
		proof := strings.TrimPrefix(name, "*.")
		tpl.OneMatching("aws_route53_record", object{"name": assertions.Regexp(`== "` + regexp.QuoteMeta(proof) + `"`)})
	}
	// What earlier releases had at an address of today is not moved away from there.
	proof := tpl.OneMatching("aws_route53_record", object{"name": assertions.Regexp(`== "any\.example`)})
	tpl.Matches(object{"moved": assertions.Not(assertions.ArrayWith(object{"from": proof.Address()}))})
}

func TestDualStackLoadBalancerIsReachedByIPv6(t *testing.T) {
	tpl := synthesize(t, "network: {new: {ipv6: true}}, loadBalancer: {port: 443, domain: {name: www.example.com}}")
	tpl.One("aws_lb").Has("ip_address_type", "dualstack")
	tpl.OneMatching("aws_route53_record", object{"name": "www.example.com", "type": "AAAA"})
	for _, port := range []int{80, 443} {
		tpl.OneMatching("aws_vpc_security_group_ingress_rule", object{"cidr_ipv6": "::/0", "from_port": port})
	}
	internal := synthesize(t, "network: {new: {ipv6: true}}, loadBalancer: {public: false}")
	internal.OneMatching("aws_vpc_security_group_ingress_rule",
		object{"cidr_ipv6": internal.One("aws_vpc").Ref("ipv6_cidr_block")})
	synthesize(t, "").One("aws_lb").Has("ip_address_type", "ipv4")
	inDefault := synthesize(t, "network: {default: true}, loadBalancer: {dualStack: true}")
	inDefault.One("aws_lb").Has("ip_address_type", "dualstack")
	inDefault.OneMatching("aws_vpc_security_group_ingress_rule", object{"cidr_ipv6": "::/0"})
}

func TestLoadBalancerIsOpenToThoseNamedOnly(t *testing.T) {
	tpl := synthesize(t, `loadBalancer: {allowedSources: [203.0.113.0/24, "2001:db8::/32", pl-0123456789abcdef0]}`)
	group := tpl.One("aws_lb").Get("security_groups.0")
	for _, who := range []object{{"cidr_ipv4": "203.0.113.0/24"}, {"cidr_ipv6": "2001:db8::/32"},
		{"prefix_list_id": "pl-0123456789abcdef0"}} {
		who["security_group_id"], who["from_port"] = group, 8000
		tpl.OneMatching("aws_vpc_security_group_ingress_rule", who)
	}
	tpl.CountMatching("aws_vpc_security_group_ingress_rule", object{"security_group_id": group}, 3)
}

// TestPrefixListsOfTwoPortsAreInTwoGroups: CloudFront's alone counts as 55 of the 60 rules of a group.
func TestPrefixListsOfTwoPortsAreInTwoGroups(t *testing.T) {
	https := `port: 443, https: {certificates: ["` + certificate + `"]}`
	tpl := synthesize(t, `loadBalancer: {allowedSources: [pl-0123456789abcdef0], `+https+`}`)
	groups := tpl.One("aws_lb").Get("security_groups").([]any)
	if len(groups) != 2 {
		t.Fatalf("groups: got %v, want two", groups)
	}
	for i, port := range []int{443, 80} {
		tpl.OneMatching("aws_vpc_security_group_ingress_rule",
			object{"security_group_id": groups[i], "prefix_list_id": assertions.Any(), "from_port": port})
	}
	// The tasks admit the first one, in which every address of the load balancer is.
	tpl.OneMatching("aws_vpc_security_group_ingress_rule", object{"referenced_security_group_id": groups[0]})

	one := synthesize(t, `loadBalancer: {allowedSources: [203.0.113.0/24],
		`+https+`}`).One("aws_lb").Get("security_groups").([]any)
	if len(one) != 1 {
		t.Errorf("groups for a range: got %v, want one", one)
	}
}

func TestLoadBalancerIsTunedAsTheSettingsSay(t *testing.T) {
	synthesize(t, "").One("aws_lb").Matches(object{"idle_timeout": 60, "enable_deletion_protection": false,
		"drop_invalid_header_fields": true, "desync_mitigation_mode": "defensive", "access_logs": assertions.Absent()})
	tpl := synthesize(t, `loadBalancer: {idleTimeout: 5m, deletionProtection: true, dropInvalidHeaders: false,
		desyncMitigation: strictest,
		webACL: "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/shop/01234567-89ab-cdef-0123-456789abcdef"}`)
	lb := tpl.One("aws_lb")
	lb.Matches(object{"idle_timeout": 300, "enable_deletion_protection": true, "drop_invalid_header_fields": false,
		"desync_mitigation_mode": "strictest"})
	tpl.One("aws_wafv2_web_acl_association").Has("resource_arn", lb.Ref("arn"))
}

func TestAccessLogsGoToABucketThatIsClosedToEverybodyElse(t *testing.T) {
	tpl := synthesize(t, "loadBalancer: {accessLogs: {prefix: web, retentionDays: 30}}")
	bucket, lb := tpl.One("aws_s3_bucket"), tpl.One("aws_lb")
	lb.Has("access_logs", object{"enabled": true, "bucket": bucket.Ref("id"), "prefix": "web"})
	tpl.One("aws_s3_bucket_public_access_block").Matches(object{"bucket": bucket.Ref("id"), "block_public_acls": true,
		"block_public_policy": true,
		"ignore_public_acls":  true, "restrict_public_buckets": true})
	tpl.One("aws_s3_bucket_server_side_encryption_configuration").Has("rule",
		[]any{object{"apply_server_side_encryption_by_default": object{"sse_algorithm": "AES256"}}})
	tpl.One("aws_s3_bucket_lifecycle_configuration").Has("rule",
		[]any{object{"status": "Enabled", "expiration": []any{object{"days": 30}}}})
	policy := tpl.One("aws_s3_bucket_policy")
	account := tpl.Data().One("aws_caller_identity").Ref("account_id")
	policy.Has("policy", assertions.JSON(object{"Statement": []any{
		object{"Effect": "Allow", "Principal": object{"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
			"Action":    []string{"s3:PutObject"},
			"Resource":  []string{bucket.Ref("arn") + "/web/AWSLogs/" + account + "/*"},
			"Condition": assertions.Absent()},
		object{
			"Effect": "Deny", "Principal": "*",
			"Condition": object{"Bool": object{"aws:SecureTransport": []string{"false"}}},
		},
	}}))
	lb.DependsOn(policy)
}

func TestAccessLogsMayGoToABucketThatIsThere(t *testing.T) {
	tpl := synthesize(t, "loadBalancer: {accessLogs: {bucket: company-logs}}")
	tpl.One("aws_lb").Has("access_logs", object{"bucket": "company-logs", "prefix": assertions.Absent()})
	tpl.None("aws_s3_bucket")
}

func TestTargetGroupIsTunedAsTheSettingsSay(t *testing.T) {
	synthesize(t, "").One("aws_lb_target_group").Matches(object{"protocol_version": "HTTP1",
		"deregistration_delay": "60", "slow_start": 0,
		"load_balancing_algorithm_type": "round_robin", "stickiness": object{"enabled": false, "type": "lb_cookie"}})
	tpl := synthesize(t, `container: {ports: [8000, 8001]}, service: {healthCheck: {port: 8001},
		targetGroup: {deregistrationDelay: 2m, algorithm: leastOutstandingRequests, stickiness: {duration: 1h,
			cookie: session}}}`)
	tpl.One("aws_lb_target_group").Matches(object{"deregistration_delay": "120",
		"load_balancing_algorithm_type": "least_outstanding_requests",
		"stickiness": object{
			"enabled": true, "type": "app_cookie", "cookie_name": "session", "cookie_duration": 3600,
		},
		"health_check": object{"port": "8001"}})
	// The check must get through to its port.
	tasks := tpl.One("aws_ecs_service").Get("network_configuration.security_groups.0")
	tpl.OneMatching("aws_vpc_security_group_ingress_rule", object{"security_group_id": tasks, "from_port": 8001})
	synthesize(t, "service: {targetGroup: {slowStart: 60s, stickiness: {}}}").One("aws_lb_target_group").Matches(object{
		"slow_start": 60, "stickiness": object{"type": "lb_cookie", "cookie_duration": 86400}})
}

func TestGRPCIsCheckedInItsOwnTerms(t *testing.T) {
	tpl := synthesize(t, `loadBalancer: {port: 443, https: {certificates: ["`+certificate+`"]}},
		service: {targetGroup: {protocolVersion: GRPC}}`)
	tpl.One("aws_lb_target_group").Matches(object{"protocol": "HTTP", "protocol_version": "GRPC",
		"health_check": object{"matcher": "12", "path": "/AWS.ALB/healthcheck"}})
}

// Source: ELB API, CreateTargetGroup: the default of HealthCheckProtocol is HTTP for every protocol of the group.
func TestRequestsToTasksCanBeEncrypted(t *testing.T) {
	synthesize(t, "").One("aws_lb_target_group").Matches(object{"protocol": "HTTP",
		"health_check": object{"protocol": assertions.Absent()}})
	tpl := synthesize(t, `container: {ports: [8443, 8444, 8000]}, service: {targetGroup: {protocol: HTTPS},
		additionalPorts: [{port: 8444, routing: {paths: [/admin]}, healthCheck: {protocol: HTTP, port: 8000}}]}`)
	tpl.AllMatch("aws_lb_target_group", object{"protocol": "HTTPS", "protocol_version": "HTTP1"})
	tpl.CountMatching("aws_lb_target_group", object{"health_check": object{"protocol": "HTTPS"}}, 1)
	tpl.CountMatching("aws_lb_target_group", object{"health_check": object{"protocol": assertions.Absent(),
		"port": "8000"}}, 1)
}

// Source: ELB user guide, "Authenticate users using an Application Load Balancer": the action comes before the one that
// forwards, and the load balancer connects to the user pool's endpoints.
func TestUsersLogInBeforeTheyReachTheTasks(t *testing.T) {
	const pool = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbCdEf123"
	const https = `loadBalancer: {port: 443, https: {certificates: ["` + certificate + `"]}}`
	tpl := synthesize(t, https+`, container: {ports: [80, 81]},
		login: {cognito: {userPool: "`+pool+`", client: c0123, domain: shop}},
		service: {additionalPorts: [{port: 81, routing: {paths: [/admin]}, login: {
			cognito: {userPool: "`+pool+`", client: c0123, domain: login.example.com}, scope: openid email,
			sessionTimeout: 8h, sessionCookie: admin, unauthenticated: deny}}]},
		services: {api: {routing: {paths: [/api]}, container: {image: api, ports: [80]}}}`)
	tpl.OneMatching("aws_lb_listener", object{"port": 443}).Has("default_action", assertions.ArrayEquals(
		object{"type": "authenticate-cognito", "order": 1, "authenticate_cognito": object{
			"user_pool_arn": pool, "user_pool_client_id": "c0123", "user_pool_domain": "shop", "scope": "openid",
			"session_timeout": 604800, "session_cookie_name": "AWSELBAuthSessionCookie",
			"on_unauthenticated_request": "authenticate"}},
		object{"type": "forward", "order": 2}))
	tpl.OneMatching("aws_lb_listener_rule", object{"condition": []any{object{"path_pattern": object{
		"values": []string{"/admin"}}}}}).Has("action", assertions.ArrayEquals(
		object{"type": "authenticate-cognito", "order": 1, "authenticate_cognito": object{
			"user_pool_domain": "login.example.com", "scope": "openid email", "session_timeout": 28800,
			"session_cookie_name": "admin", "on_unauthenticated_request": "deny"}},
		object{"type": "forward", "order": 2}))
	tpl.OneMatching("aws_lb_listener_rule", object{"condition": []any{object{"path_pattern": object{
		"values": []string{"/api"}}}}}).Has("action", []any{object{"type": "forward", "order": assertions.Absent()}})
	toPools := object{"cidr_ipv4": "0.0.0.0/0", "from_port": 443, "ip_protocol": "tcp"}
	groups := tpl.One("aws_lb").Get("security_groups.0")
	tpl.OneMatching("aws_vpc_security_group_egress_rule", toPools).Has("security_group_id", groups)
	synthesize(t, https).CountMatching("aws_vpc_security_group_egress_rule", toPools, 0)
}

// Source: ELB user guide, "Mutual authentication with TLS in Application Load Balancer".
func TestClientsProveWhoTheyAre(t *testing.T) {
	const store = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:truststore/clients/0123456789abcdef"
	https := func(clients string) *assertions.Template {
		return synthesize(t, `loadBalancer: {port: 443, https: {certificates: ["`+certificate+`"]`+clients+`}}`)
	}
	listener := func(tpl *assertions.Template) *assertions.Resource {
		return tpl.OneMatching("aws_lb_listener", object{"port": 443})
	}
	tpl := https(`, clientCertificates: {authorities: "arn:aws:s3:::authorities/teams/web.pem", authoritiesVersion: v1,
		ignoreExpiry: true, advertiseAuthorities: true}`)
	made := tpl.One("aws_lb_trust_store")
	made.Matches(object{"name_prefix": "webap-", "ca_certificates_bundle_s3_bucket": "authorities",
		"ca_certificates_bundle_s3_key": "teams/web.pem", "ca_certificates_bundle_s3_object_version": "v1",
		"lifecycle": object{"create_before_destroy": true}})
	listener(tpl).Has("mutual_authentication", assertions.ObjectEquals(object{"mode": "verify",
		"trust_store_arn": made.Ref("arn"), "ignore_client_certificate_expiry": true,
		"advertise_trust_store_ca_names": "on"}))
	// Plain HTTP, which has no certificates, is only redirected.
	tpl.OneMatching("aws_lb_listener", object{"port": 80}).Lacks("mutual_authentication")

	tpl = https(`, clientCertificates: {trustStore: "` + store + `"}`)
	tpl.None("aws_lb_trust_store")
	listener(tpl).Has("mutual_authentication", assertions.ObjectEquals(object{"mode": "verify", "trust_store_arn": store,
		"ignore_client_certificate_expiry": false, "advertise_trust_store_ca_names": "off"}))

	for _, mode := range []string{"passthrough", "off"} {
		listener(https(", clientCertificates: {mode: "+mode+"}")).Has("mutual_authentication",
			assertions.ObjectEquals(object{"mode": mode}))
	}
	listener(https("")).Has("mutual_authentication", assertions.ObjectEquals(object{"mode": "off"}))
}

// Source: ELB API, CreateTrustStore (Name).
func TestTrustStoreHasNoTwoHyphensInARow(t *testing.T) {
	tpl := synth(t, loadNamed(t, "a--b-shop", `loadBalancer: {port: 443, https: {certificates: ["`+certificate+`"],
		clientCertificates: {authorities: "arn:aws:s3:::authorities/web.pem"}}}`))
	tpl.One("aws_lb_trust_store").Has("name_prefix", "a-b-s-")
}

func TestServiceJoinsTheListenerOfAnotherStack(t *testing.T) {
	tpl := synthesize(t, `network: {existing: {name: shared}},
		loadBalancer: {existing: {listener: "`+sharedListener+`"}},
		routing: {hosts: [shop.example.com], priority: 100}`)
	tpl.None("aws_lb")
	tpl.None("aws_lb_listener")
	listener, lb := tpl.Data().One("aws_lb_listener"), tpl.Data().One("aws_lb")
	listener.Has("arn", sharedListener)
	lb.Has("arn", listener.Ref("load_balancer_arn"))
	rule := tpl.One("aws_lb_listener_rule")
	rule.Matches(object{"listener_arn": listener.Ref("arn"), "priority": 100})
	tpl.One("aws_ecs_service").DependsOn(rule)
	// A target group of another VPC would be refused half-way through an apply.
	vpc := tpl.OneMatching("terraform_data", object{"input": object{"id": assertions.Any()}})
	tpl.One("aws_lb_target_group").Has("lifecycle.precondition", []any{object{
		"condition": "${" + lb.Address() + ".vpc_id == " + vpc.Address() + ".input.id}",
	}})
	group := "${element(tolist(" + lb.Address() + ".security_groups), 0)}"
	// Another load balancer of another stack cannot use the target group.
	identity := tpl.OneMatching("terraform_data", object{"input": object{"arn": lb.Ref("arn"), "securityGroup": group}})
	tpl.One("aws_lb_target_group").Has("lifecycle.replace_triggered_by", []any{identity.Address() + ".input.arn"})
	tpl.OneMatching("aws_vpc_security_group_egress_rule", object{"security_group_id": group})
	tpl.OneMatching("aws_vpc_security_group_ingress_rule", object{"referenced_security_group_id": group})
	tpl.Output("LoadBalancerDNS").Has("value", lb.Ref("dns_name"))

	tpl = synthesize(t, `network: {existing: {name: shared}}, loadBalancer: {existing: {listener: "`+sharedListener+`",
		securityGroup: sg-0123456789abcdef0}}, routing: {paths: [/shop], priority: 1}`)
	tpl.OneMatching("aws_vpc_security_group_egress_rule", object{"security_group_id": "sg-0123456789abcdef0"})
}

// wantMoved fails where Terraform would not take the resource for the one that an earlier release had at the former
// address.
func wantMoved(t *testing.T, tpl *assertions.Template, r *assertions.Resource, former string) {
	t.Helper()
	tpl.Matches(object{"moved": assertions.ArrayWith(object{"from": former, "to": r.Address()})})
}
