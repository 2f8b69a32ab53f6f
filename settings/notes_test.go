package settings

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestNotesAreGivenOnceForAllStacks(t *testing.T) {
	all, err := Parse("webapp.yaml", []byte(`name: webapp
container: {image: nginx, ports: [8080], environment: {PEER: "${HOST}:80", PLAIN: $HOST}}
environments: {dev: {}, prod: {container: {environment: {OWN: "${X}"}}}}`), Options{})
	if err != nil {
		t.Fatal(err)
	}
	const want = "webapp.yaml:2:62: container.environment.PEER: note: the container gets ${…} literally; nothing " +
		"replaces it\nwebapp.yaml:3:63: environments.prod.container.environment.OWN: note: the container gets ${…} " +
		"literally; nothing replaces it"
	if got := Notes(all).Error(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestNotesOnWhatIsInAnotherVPC(t *testing.T) {
	const used = `name: webapp
container: {image: nginx, ports: [80], mounts: [{volume: data, path: /d}, {volume: scratch, path: /s}]}
task: {volumes: {data: {fileSystem: fs-01234567}, scratch: {}}}
service: {securityGroups: [sg-01234567], discovery: {}}
namespace: {name: shop.internal, existing: true, allowedSources: [sg-01234567, pl-01234567]}
`
	for _, tc := range []struct{ name, network, want string }{
		{"a new VPC", "", "webapp.yaml:3:37: task.volumes.data.fileSystem: note: tasks reach a file system through " +
			"mount targets in their VPC, which this stack creates; deploy without the volume first and create mount " +
			"targets in that VPC, or use the VPC of the mount targets: network: {existing: {id: " +
			"vpc-0123456789abcdef0}}\nwebapp.yaml:4:27: service.securityGroups: note: a task's security groups must " +
			"be in its VPC, which this stack creates; deploy without them first and create them in that VPC, or use " +
			"their VPC: network: {existing: {id: vpc-0123456789abcdef0}}\nwebapp.yaml:5:44: namespace.existing: " +
			"note: the namespace belongs to another VPC unless it was created in this stack's VPC after the first " +
			"deployment: names of service.discovery then do not resolve here, and tasks reach those of other stacks " +
			"only if the two VPCs are peered or routed to each other"},
		{"an existing one", "network: {existing: {id: vpc-01234567}}", ""},
		{"the default one", "network: {default: true}", ""},
	} {
		t.Run(tc.name, func(t *testing.T) { wantNotes(t, used+tc.network, tc.want) })
	}
}

func TestNotesOnAServiceAreNotRepeatedForItsJobs(t *testing.T) {
	wantNotes(t, `name: webapp
container: {image: nginx, ports: [80], environment: {PEER: "${HOST}:80"}}
jobs: {report: {extends: webapp, container: {command: [report], environment: {OWN: "${X}"}}}}
`, "webapp.yaml:2:60: container.environment.PEER: note: the container gets ${…} literally; nothing replaces it\n"+
		"webapp.yaml:3:84: jobs.report.container.environment.OWN: note: the container gets ${…} literally; nothing "+
		"replaces it")
}

func TestNotesOnSectionsInPlaceOfMergedOnes(t *testing.T) {
	const note = "note: takes the place of the whole section that << merges, without its %s; write them here too if " +
		"they are meant to apply"
	wantNotes(t, `name: webapp
container: {image: nginx, ports: [80]}
services:
  api: &api
    routing: &routing {paths: [/api/*], sources: [203.0.113.0/24]}
    container: &container {image: api, ports: [80], environment: {A: a}}
  other: {<<: *api, routing: {paths: [/other/*]}, container: {<<: *container, environment: {B: b}}}
  same: {<<: *api, routing: {<<: *routing, paths: [/same/*]}}
  open: {<<: *api, routing: {<<: *routing, paths: [/open/*], sources: [0.0.0.0/0]}}
  mailer: {<<: *api, worker: true, routing: null, container: {image: mailer}}
environments:
  prod: &prod {loadBalancer: {allowedSources: [203.0.113.0/24]}}
  dev: {<<: *prod, loadBalancer: {port: 8080}}
`, "webapp.yaml:7:21: services.other.routing: "+fmt.Sprintf(note, "sources")+
		"\nwebapp.yaml:13:20: environments.dev.loadBalancer: "+fmt.Sprintf(note, "allowedSources"))
}

func TestNotesOnTheRulesOfPeers(t *testing.T) {
	ranges := func(n int) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf("203.0.%d.0/24", i))
		}
		return strings.Join(all, ", ")
	}
	for _, tc := range []struct{ name, discovery, sources, want string }{
		{"as many as a group has", "connect: {}", ranges(58) + ", sg-01234567", ""},
		{"one more", "connect: {}", ranges(58) + ", sg-01234567, pl-01234567",
			"webapp.yaml:4:29: namespace.allowedSources: note: makes 61 IPv4 rules (sources: 60, ports: 1); a " +
				"security group has at most 60, unless the account's quota " +
				`"Inbound or outbound rules per security group" is higher. ` +
				"Merge several ranges into a larger one; a prefix list counts as many rules as it may have entries"},
		{"every port of discovery", "discovery: {}", ranges(20), "webapp.yaml:4:29: namespace.allowedSources: note: " +
			"makes 63 IPv4 rules (sources: 20, ports: 3); " +
			"a security group has at most 60, unless the account's quota " +
			`"Inbound or outbound rules per security group" is higher. ` +
			"Merge several ranges into a larger one; a prefix list counts as many rules as it may have entries"},
		{"another family", "discovery: {}", ranges(19) + ", 2001:db8::/32", ""},
		{"jobs, which have no Service Connect", "connect: {}", ranges(59) + "]}\njobs: {a: {extends: webapp, container: " +
			"{command: [a", ""},
		{"a job", "discovery: {}", ranges(19) + "]}\njobs: {a: {extends: webapp, container: {command: [a",
			"webapp.yaml:4:29: namespace.allowedSources: note: makes 63 IPv4 rules (sources: 19, ports: 3, jobs: 1); " +
				"a security group has at most 60, unless the account's quota " +
				`"Inbound or outbound rules per security group" is higher. ` +
				"Merge several ranges into a larger one; a prefix list counts as many rules as it may have entries"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			wantNotes(t, "name: webapp\ncontainer: {image: nginx, ports: [80, 81, 82]}\nservice: {"+tc.discovery+
				"}\nnamespace: {allowedSources: ["+tc.sources+"]}"+strings.Repeat("}}", strings.Count(tc.sources, "jobs")),
				tc.want)
		})
	}
}

func wantNotes(t *testing.T, file, want string) {
	t.Helper()
	all, err := Parse("webapp.yaml", []byte(file), Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	if notes := Notes(all); len(notes) > 0 {
		got = notes.Error()
	}
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestNotesOnWhatAWSTakes(t *testing.T) {
	var ranges []string
	for i := range 61 {
		ranges = append(ranges, fmt.Sprintf("203.0.%d.0/24", i))
	}
	var certificates, steps []string
	for i := range 27 {
		certificates = append(certificates, fmt.Sprintf(`"arn:aws:acm:eu-west-1:123456789012:certificate/%08d"`, i))
	}
	for i := range 21 {
		steps = append(steps, fmt.Sprintf("{at: %d, change: 1}", i+1))
	}
	const secret = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:"
	var names []string
	for i := range 10 {
		names = append(names, fmt.Sprintf("n%d.example.com", i))
	}
	const private = " is a private range, but clients reach a public load balancer from their public addresses, even " +
		"those in the VPC; write these, such as those of the NAT gateways, or loadBalancer.public: false"
	for _, tc := range []struct{ name, settings, want string }{
		{"a host that the domain does not have", `
loadBalancer: {domain: {name: www.example.com, aliases: [example.com, "*.eu.example.com"]}}
routing: {hosts: [example.com, shop.eu.example.com, shop.example.com]}`,
			"webapp.yaml:5:53: routing.hosts[2]: note: shop.example.com gets no DNS record and is missing from the " +
				"certificate; add it to loadBalancer.domain.aliases, unless its DNS record is managed elsewhere"},
		{"hosts far below a wildcard, which only a record covers", `
loadBalancer: {domain: {name: www.example.com, aliases: ["*.example.com", eu.example.com]}}
routing: {hosts: [a.b.example.com, a.eu.example.com]}`,
			"webapp.yaml:5:19: routing.hosts[0]: note: a.b.example.com is missing from the certificate, in which * stands " +
				"for a single part of a name; add it to loadBalancer.domain.aliases\n" +
				"webapp.yaml:5:36: routing.hosts[1]: note: a.eu.example.com gets no DNS record and is missing from the " +
				"certificate; add it to loadBalancer.domain.aliases, unless its DNS record is managed elsewhere"},
		{"a host far below a wildcard, with a certificate of its own", `
loadBalancer:
  domain: {name: www.example.com, aliases: ["*.example.com"]}
  https: {certificates: ["arn:aws:acm:eu-west-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"]}
routing: {hosts: [a.b.example.com]}`, ""},
		{"a host at a load balancer of another stack", `
network: {default: true}
loadBalancer: {domain: {name: www.example.com}}
environments:
  shared:
    loadBalancer:
      existing:
        listener: arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shared/0123456789abcdef/0123
    routing: {hosts: [shop.example.com], priority: 5}`, ""},
		{"public subnets of an internal service", `
network: {existing: {name: shared, publicSubnets: {ids: [subnet-01234567, subnet-12345678]}}}
loadBalancer: {public: false}`,
			"webapp.yaml:4:36: network.existing.publicSubnets: note: has no effect: nothing of the stack is in public " +
				"subnets; remove it, unless another environment needs it"},
		{"private subnets of a public service", `
network: {existing: {name: shared, privateSubnets: {ids: [subnet-01234567, subnet-12345678]}}}
service: {assignPublicIp: true}`,
			"webapp.yaml:4:36: network.existing.privateSubnets: note: has no effect: nothing of the stack is in private " +
				"subnets; remove it, unless another environment needs it"},
		{"both subnets", `
network: {existing: {name: shared, publicSubnets: {ids: [subnet-01234567, subnet-12345678]},
  privateSubnets: {ids: [subnet-01234568]}}}`, ""},
		{"a rule that takes every request", "services: {next: {container: {image: nginx, ports: [80]}, " +
			"routing: {paths: [/*]}}}",
			"webapp.yaml:3:59: services.next.routing: note: matches every request, so the service at the top, which has " +
				"no routing, gets none; unless this service is to take its place, write narrower conditions, such as " +
				"paths: [/api/*]"},
		{"a rule that takes every request of IPv4", "network: {new: {ipv6: true}}\nservices: {next: {container: " +
			"{image: nginx, ports: [80]}, routing: {sources: [0.0.0.0/0]}}}", ""},
		{"an endpoint without DNS names", "network: {new: {endpoints: [iot.data]}}",
			"webapp.yaml:3:29: network.new.endpoints[0]: note: iot.data has no private DNS names; create DNS records " +
				"for the endpoint's addresses, or the tasks will not use it"},
		{"an endpoint of S3", "network: {new: {endpoints: [logs, s3]}}",
			"webapp.yaml:3:35: network.new.endpoints[1]: note: has no effect: a new VPC always has an endpoint of S3, at no " +
				"charge; remove it"},
		{"as many names as a certificate has at first", "loadBalancer: {domain: {name: www.example.com, aliases: [" +
			strings.Join(names[1:], ", ") + "]}}", ""},
		{"more names than a certificate has at first", "loadBalancer: {domain: {name: www.example.com, aliases: [" +
			strings.Join(names, ", ") + "]}}",
			"webapp.yaml:3:57: loadBalancer.domain.aliases: note: makes 11 names with the domain's own; a certificate has " +
				`at most 10, unless the account's quota "Domain names per ACM certificate" is higher`},
		{"as many names of a certificate that exists", "loadBalancer: {https: {certificates: " +
			"['arn:aws:acm:eu-west-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef']}, domain: {name: " +
			"www.example.com, aliases: [" + strings.Join(names, ", ") + "]}}", ""},
		{"hosts without a domain", "routing: {hosts: [shop.example.com]}", ""},
		{"more ranges than a group has rules", "loadBalancer: {allowedSources: [" + strings.Join(ranges, ", ") + "]}",
			`webapp.yaml:3:32: loadBalancer.allowedSources: note: has 61 IPv4 ranges; a security group has ` +
				`at most 60 rules for them, unless the account's quota ` +
				`"Inbound or outbound rules per security group" is higher`},
		{"CloudFront's list and as many ranges as fit", "loadBalancer: {allowedSources: [pl-4fa04526, pl-01234567, " +
			strings.Join(ranges[:5], ", ") + "]}", ""},
		{"CloudFront's list and one range more", "loadBalancer: {allowedSources: [pl-4fa04526, " +
			strings.Join(ranges[:6], ", ") + "]}",
			"webapp.yaml:3:32: loadBalancer.allowedSources: note: has 6 IPv4 ranges beside pl-4fa04526, CloudFront's " +
				"list, which counts as 55 rules; a security group has at most 60, unless the account's quota " +
				`"Inbound or outbound rules per security group" is higher`},
		{"more certificates than a load balancer has at first", "loadBalancer: {https: {certificates: [" +
			strings.Join(certificates, ", ") + "]}}",
			"webapp.yaml:3:38: loadBalancer.https.certificates: note: has 27 certificates; a load balancer has at most 26, " +
				`unless the account's quota "Certificates per Application Load Balancer" is higher; several names can share one`},
		{"more steps than a policy has at first", "scaling: {memory: {percent: 50}, steps: {up: {on: cpu, " +
			"steps: [" + strings.Join(steps, ", ") + "]}}}",
			"webapp.yaml:3:63: scaling.steps.up.steps: note: has 21 steps; a policy has at most 20, unless the account's " +
				`quota "Step adjustments per step scaling policy" is higher`},
		{"a secret's ARN without the end that AWS adds", `
sidecars:
  proxy:
    image: ghcr.io/shop/proxy
    credentials: "` + secret + `my-secret"
    secrets: {A: "` + secret + `app-config:key::", B: "` + secret + `db-AbCdEf", C: "` + secret + `db/app", D: "` +
			secret + `my-0nefoo"}`,
			"webapp.yaml:7:18: sidecars.proxy.credentials: note: ends in -secret, which AWS takes for the hyphen and six " +
				"characters that it adds to a secret's name; if that is still the name, write the whole ARN, with what " +
				"follows it\n" +
				"webapp.yaml:8:18: sidecars.proxy.secrets.A: note: ends in -config, which AWS takes for the hyphen and six " +
				"characters that it adds to a secret's name; if that is still the name, write the whole ARN, with what " +
				"follows it"},
		{"HTTP where clients expect HTTPS", "loadBalancer: {port: 443}",
			"webapp.yaml:3:22: loadBalancer.port: note: 443 is the port of HTTPS, but the listener only understands plain " +
				"HTTP there, so that https://… fails; add loadBalancer.https or loadBalancer.domain, or write port: 80"},
		{"HTTPS where clients expect HTTP", "loadBalancer: {port: 80, domain: {name: www.example.com}, https: " +
			"{redirect: false}}",
			"webapp.yaml:3:22: loadBalancer.port: note: 80 is the port of plain HTTP, but the listener only understands " +
				"HTTPS there, so that http://… fails; write port: 443"},
		{"IPv6 in the default VPC", `
network: {default: true}
loadBalancer: {dualStack: true}`,
			"webapp.yaml:5:27: loadBalancer.dualStack: note: true needs subnets with IPv6 ranges, which those of a default " +
				"VPC have only if somebody has added them"},
		{"IPv6 at a load balancer of both", "network: {new: {ipv6: true}}\nloadBalancer: {allowedSources: " +
			"['2001:db8::/32']}", ""},
		{"private ranges at a public load balancer", `
loadBalancer: {allowedSources: [10.0.0.0/8, 203.0.113.0/24, "2001:db8::/32"]}
routing: {sources: [192.168.0.0/16, 203.0.113.0/24]}`,
			"webapp.yaml:4:33: loadBalancer.allowedSources[0]: note: 10.0.0.0/8" + private + "\n" +
				"webapp.yaml:4:61: loadBalancer.allowedSources[2]: note: 2001:db8::/32 has no effect: the load balancer has no " +
				"IPv6 addresses without dualStack: true\n" +
				"webapp.yaml:5:21: routing.sources[0]: note: 192.168.0.0/16" + private},
		{"private ranges at an internal one", `
network: {default: true}
loadBalancer: {public: false, allowedSources: [10.0.0.0/8]}
routing: {sources: [10.1.0.0/16]}`, ""},
		{"a grace period of one port", "service: {additionalPorts: [{port: 81, routing: {paths: [/x]}, healthCheck: " +
			"{gracePeriod: 5m}}]}",
			"webapp.yaml:3:91: service.additionalPorts[0].healthCheck.gracePeriod: note: is ignored: a service has " +
				"one grace period for all its ports; set it in service.healthCheck"},
		{"Spot alone", "service: {capacity: {spot: {weight: 1}}}",
			"webapp.yaml:3:22: service.capacity.spot: note: is the only capacity: no task can start while Spot has " +
				"none; write onDemand: {base: 1} if that matters"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			wantNotes(t, "name: webapp\ncontainer: {image: nginx, ports: [80, 81]}\n"+tc.settings, tc.want)
		})
	}
}

func TestNotesOnSettingsThatServicesDoNotInherit(t *testing.T) {
	const (
		registry = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:registry-AbCdEf"
		key      = "arn:aws:kms:eu-west-1:123456789012:key/01234567"
		top      = `name: webapp
logs: {retentionDays: 30, kmsKey: "` + key + `"}
task: {architecture: ARM64}
container: {image: ghcr.io/shop/web, ports: [80], credentials: "` + registry + `"}
`
	)
	for _, tc := range []struct{ name, settings, want string }{
		{"all left out", top + "services: {api: {routing: {paths: [/api/*]}, container: {image: ghcr.io/shop/api, " +
			"ports: [80]}}}",
			`webapp.yaml:5:12: services.api: note: logs.retentionDays is 1: services inherit nothing from the ` +
				`top of the file, where it is 30; write logs: {retentionDays: 30} here, or ` +
				`{retentionDays: 1} to keep the default
webapp.yaml:5:12: services.api: note: logs.kmsKey is not set: services inherit nothing from the top of the file, ` +
				`where it is set; write logs: {kmsKey: ` + key + `} here, or {kmsKey: ""} to keep the default
webapp.yaml:5:12: services.api: note: task.architecture is X86_64: services inherit nothing from the top of the ` +
				`file, where it is ARM64; write task: {architecture: ARM64} here, or ` +
				`{architecture: X86_64} to keep the default
webapp.yaml:5:12: services.api: note: container.credentials is not set: services inherit nothing from the top of the ` +
				`file, where it is set for the same registry; write that line under container here too, ` +
				`or credentials: "" if the image is public`},
		{"the advice followed", top + `services:
  api:
    routing: {paths: [/api/*]}
    logs: {retentionDays: 30, kmsKey: "` + key + `"}
    task: {architecture: ARM64}
    container: {image: ghcr.io/shop/api, ports: [80], credentials: "` + registry + `"}`, ""},
		{"the defaults kept", top + `services:
  api:
    routing: {paths: [/api/*]}
    logs: {retentionDays: 1, kmsKey: ""}
    task: {architecture: X86_64}
    container: {image: ghcr.io/shop/api, ports: [80], credentials: ""}`, ""},
		{"the advice followed in the base only", top + `services:
  api:
    routing: {paths: [/api/*]}
    logs: {retentionDays: 30, kmsKey: "` + key + `"}
    task: {architecture: ARM64}
    container: {image: nginx, ports: [80]}
environments: {prod: {}}`, ""},
	} {
		t.Run(tc.name, func(t *testing.T) { wantNotes(t, tc.settings, tc.want) })
	}
}

func TestNoteOnPortsOfAWorkerThatNobodyConnectsTo(t *testing.T) {
	const file = `name: webapp
container: {image: nginx, ports: [80]}
services:
  mailer: {worker: true, container: {image: nginx, ports: [25]}`
	wantNotes(t, file+", service: {discovery: {}}}", "")
	wantNotes(t, file+"}", "webapp.yaml:4:59: services.mailer.container.ports: note: has no effect: nothing connects "+
		"to a worker without service.connect or service.discovery; remove it, or add one of them")
}

func TestNoteOnMessagesThatAreVisibleBeforeTheirTaskHasStopped(t *testing.T) {
	const file = `name: webapp
container: {image: nginx, ports: [80]}
services:
  mailer: {worker: true, container: {image: nginx, stopTimeout: 120s}, queue: `
	wantNotes(t, file+"{}}", "")
	wantNotes(t, file+"{visibilityTimeout: 120s}}", "")
	wantNotes(t, file+"{visibilityTimeout: 119s}}", "webapp.yaml:4:99: services.mailer.queue.visibilityTimeout: note: "+
		"119s is shorter than container.stopTimeout (120s): another task may receive a message that a stopping task "+
		"still works on; write at least 120s")
}

func TestNotesOnServicesThatAnIsolatedVPCCannotReach(t *testing.T) {
	wantNotes(t, `name: web
container: {image: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1", ports: [80]}
network: {new: {isolated: true, endpoints: [sns, dynamodb, lambda-fips]}}
task:
  role:
    statements:
    - {actions: [s3:GetObject, sns:Publish, dynamodb:GetItem, lambda:InvokeFunction, iam:GetRole], resources: ["*"]}
    - {actions: [logs:PutLogEvents, cloudwatch:PutMetricData], resources: ["*"]}
    - {actions: [ses:SendEmail, ses:SendRawEmail, elasticfilesystem:ClientMount], resources: ["*"]}
    - actions: [kms:Decrypt]
      resources: ["*"]
      conditions: {StringEquals: {"kms:ViaService": [ssm.eu-west-1.amazonaws.com]}}
jobs: {report: {extends: web, container: {command: [report]}}}
`, "webapp.yaml:8:37: task.role.statements[1].actions[1]: note: cloudwatch:PutMetricData is allowed, but the "+
		"VPC has no endpoint for that service, nor a way to the internet, so the tasks cannot reach it; add monitoring to "+
		"network.new.endpoints\nwebapp.yaml:9:18: task.role.statements[2].actions[0]: note: ses:SendEmail is allowed, but "+
		"the VPC has no endpoint for that service, nor a way to the internet, so the tasks cannot reach it; add email to "+
		"network.new.endpoints")
}

func TestNotesOnSubnetsThatScalingMayFill(t *testing.T) {
	const scaling = "scaling: {min: 2, max: 10, cpu: {percent: 50}, schedules: {sale: {cron: 0 8 ? * MON-FRI *, max: %d}}}"
	for _, tc := range []struct {
		name, network string
		max           int
		want          string
	}{
		{"as many tasks as addresses", "network: {new: {privateSubnetPrefix: 28}}", 22, ""},
		{"a task more", "network: {new: {privateSubnetPrefix: 28}}", 23, "webapp.yaml:3:38: " +
			"network.new.privateSubnetPrefix: note: 28 gives the private subnets 22 addresses, besides the 5 that AWS " +
			"reserves in each, but with as many tasks as scaling may start, 23 are needed (23 for tasks); write 27 or " +
			"less, or run fewer tasks"},
		{"endpoints beside them", "network: {new: {cidr: 10.0.0.0/23, endpoints: [sqs, dynamodb]}}", 53, "webapp.yaml:" +
			"3:23: network.new.cidr: note: 10.0.0.0/23 gives the private subnets 54 addresses, besides the 5 that AWS " +
			"reserves in each, but with as many tasks as scaling may start, 55 are needed (53 for tasks and 2 for " +
			"endpoints); write a range of /22 or larger, or run fewer tasks"},
		{"another VPC", "network: {existing: {name: shared}}", 1000, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			wantNotes(t, "name: webapp\ncontainer: {image: nginx, ports: [80]}\n"+tc.network+"\n"+
				fmt.Sprintf(scaling, tc.max), tc.want)
		})
	}
}

func TestNoteOnAReadOnlySidecarOfAServiceWithExec(t *testing.T) {
	const file = `name: webapp
container: {image: nginx, ports: [80]}
sidecars: {proxy: {image: envoy, readOnly: true}}
`
	wantNotes(t, file, "")
	wantNotes(t, file+"service: {exec: true}", "webapp.yaml:3:44: sidecars.proxy.readOnly: note: true keeps service.exec "+
		"out of this container, since its agent writes to the container's file system; write false if you want a shell "+
		"here")
}

func TestNoteOnFoldersThatBelongToRoot(t *testing.T) {
	const file = `name: webapp
task: {volumes: {tmp: {}, files: {fileSystem: fs-01234567}}}
network: {default: true}
container: {image: nginx, ports: [80], readOnly: true, mounts: [{volume: files, path: /f}, {volume: tmp, path: /tmp`
	const note = "webapp.yaml:4:92: container.mounts[1]: note: the container runs as node:node, and can write to the " +
		"volume tmp only if its image declares /tmp with VOLUME: otherwise the folder belongs to root; let a sidecar that " +
		"runs as root change its mode or owner first, as in examples/sidecar-and-efs.yaml"
	for _, tc := range []struct{ name, rest, want string }{
		{"another user", "}], user: 'node:node'}", note},
		{"root", "}], user: '0:1000'}", ""},
		{"the image's user", "}]}", ""},
		{"reads only", ", readOnly: true}], user: node}", ""},
		{"prepared", "}], user: node}\nsidecars: {prepare: {image: busybox, mounts: [{volume: tmp, path: /t}]}}", ""},
		{"not prepared by one who cannot", "}], user: 'node:node'}\nsidecars: {reader: {image: busybox, " +
			"mounts: [{volume: tmp, path: /t, readOnly: true}]}}", note},
		{"not repeated for a job", "}], user: 'node:node'}\njobs: {report: {extends: webapp, container: {command: [r]}}}",
			note},
	} {
		t.Run(tc.name, func(t *testing.T) { wantNotes(t, file+tc.rest, tc.want) })
	}
}

func TestNotesOnJobsThatAreOver(t *testing.T) {
	all, err := Parse("webapp.yaml", []byte(`name: webapp
container: {image: nginx, ports: [80]}
jobs:
  once: {container: {image: nginx}, schedule: {at: "2026-11-27T18:00:00", timeZone: Europe/Paris}}
  soon: {container: {image: nginx}, schedule: {at: "2026-11-27T18:00:01", timeZone: Europe/Paris}}
  years: {container: {image: nginx}, schedule: {cron: 0 3 * * ? 2020-2025}}
  always: {container: {image: nginx}, schedule: {cron: 0 3 * * ? *}}
`), Options{Now: time.Date(2026, time.November, 27, 17, 0, 0, 1, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	const over = " is over, and does not come again; write a later time, or remove the schedule"
	const want = "webapp.yaml:4:52: jobs.once.schedule.at: note: 2026-11-27T18:00:00" + over + "\n" +
		`webapp.yaml:6:55: jobs.years.schedule.cron: note: "0 3 * * ? 2020-2025"` + over
	if got := Notes(all).Error(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestNotesOnCommandsThatNeedAShell(t *testing.T) {
	const file = "name: webapp\n"
	const oneWord = " is one word: unless the image has an entry point that takes a whole line, a program of that name " +
		"is looked for; write each of its words as an item of its own, such as "
	const literally = " literally, since no shell reads it; to have one replace it, write "
	const operator = " is an argument of the program, since no shell reads it; to have one read the whole line, write " +
		"[sh, -c, the line]"
	for _, tc := range []struct{ name, settings, want string }{
		{"a line in one item", "container: {image: nginx, ports: [80], command: [npm run start]}",
			`webapp.yaml:2:50: container.command[0]: note: "npm run start"` + oneWord + "[npm, run, start]"},
		{"for an init", `container: {image: nginx, ports: [80], entryPoint: [/sbin/tini, --], command: ["a --b c"]}`,
			`webapp.yaml:2:80: container.command[0]: note: "a --b c" is one word: a program of that name is looked for; ` +
				"write each of its words as an item of its own, such as [a, --b, c]"},
		{"for another entry point", "container: {image: nginx, ports: [80], entryPoint: [psql, -c], " +
			"command: [select 1]}", ""},
		{"parameters of a line", `container: {image: nginx, ports: [80], command: [sh, -c, 'exec "$@"', --, npm, start]}`,
			""},
		{"the name of a script", "container: {image: nginx, ports: [80], command: [bash, -ec, npm start, --]}", ""},
		{"words after a line", "container: {image: nginx, ports: [80], command: [sh, -c, bundle exec, puma]}",
			"webapp.yaml:2:71: container.command[3]: note: the shell runs only the item after -c, and ignores what follows " +
				`it; write the whole line as one item after -c: "bundle exec puma"`},
		{"variables", `container: {image: nginx, ports: [80], entryPoint: [$HOME/run], command: [a, "0.0.0.0:${PORT}"]}`,
			"webapp.yaml:2:53: container.entryPoint[0]: note: the program gets $HOME" + literally + "[sh, -c, the line]\n" +
				"webapp.yaml:2:78: container.command[1]: note: the program gets ${PORT}" + literally + "[sh, -c, the line]"},
		{"variables for a shell or of another notation", `container: {image: nginx, ports: [80], command: [sh, -c, $RUN], ` +
			`healthCheck: {command: [CMD-SHELL, curl $HOST]}}` + "\nrelease: {command: [a, '${env:PORT}', '{print $1}']}", ""},
		{"variables of a health check", "container: {image: nginx, ports: [80], healthCheck: {command: " +
			"[CMD, curl, $HOST/]}}", "webapp.yaml:2:75: container.healthCheck.command[2]: note: the program gets $HOST" +
			literally + "[CMD-SHELL, the line]"},
		{"for a shell", "container: {image: nginx, ports: [80], entryPoint: [sh, -c], command: [npm run start]}", ""},
		{"of a release", "container: {image: nginx, ports: [80]}\nrelease: {command: [bin/rails db:migrate]}",
			`webapp.yaml:3:21: release.command[0]: note: "bin/rails db:migrate"` + oneWord +
				"[bin/rails, db:migrate]"},
		{"operators", `container: {image: nginx, ports: [80], command: [npm, run, build, "&&", npm, start, ">", log]}`,
			`webapp.yaml:2:67: container.command[3]: note: "&&"` + operator +
				"\n" + `webapp.yaml:2:85: container.command[6]: note: ">"` + operator},
		{"an option's value", `container: {image: nginx, ports: [80], command: [cut, -d, "|"]}`, ""},
	} {
		t.Run(tc.name, func(t *testing.T) { wantNotes(t, file+tc.settings, tc.want) })
	}
}

func TestNotesOnIDsInPlaceOfNames(t *testing.T) {
	const found = " looks like an id, but only what has it as its Name tag would be found; write "
	for _, tc := range []struct{ existing, want string }{
		{"name: vpc-0123456789abcdef0", "webapp.yaml:3:28: network.existing.name: note: vpc-0123456789abcdef0" + found +
			"id: vpc-0123456789abcdef0 instead of name"},
		{"tags: {Name: vpc-01234567}", "webapp.yaml:3:35: network.existing.tags.Name: note: vpc-01234567" + found +
			"id: vpc-01234567 instead of tags"},
		{"name: web, privateSubnets: {tags: {Name: subnet-01234567}}", "webapp.yaml:3:63: " +
			"network.existing.privateSubnets.tags.Name: note: subnet-01234567" + found +
			"ids: [subnet-01234567] instead of tags"},
		{"name: vpc-shared", ""},
		{"tags: {vpc: vpc-01234567}", ""},
	} {
		t.Run(tc.existing, func(t *testing.T) {
			wantNotes(t, "name: webapp\ncontainer: {image: nginx, ports: [80]}\nnetwork: {existing: {"+tc.existing+"}}\n",
				tc.want)
		})
	}
}

func TestNotesOnEnvironmentsThatMayBeSections(t *testing.T) {
	const other = "note: makes a stack with this name; if the %s of another stack is meant, indent it, so that it is in " +
		"that one"
	wantNotes(t, `name: webapp
container: {image: nginx, ports: [80]}
environments:
  live: {service: {desiredCount: 2}}
  scaling: null
  tracing: {}
  preview: {service: {desiredCount: 1}}
  pipeline: {logs: {retentionDays: 3}}
  service: {name: shop}
  test:
`, "webapp.yaml:5:12: environments.scaling: "+fmt.Sprintf(other, "scaling")+
		"\nwebapp.yaml:6:12: environments.tracing: "+fmt.Sprintf(other, "tracing")+
		"\nwebapp.yaml:9:12: environments.service: "+fmt.Sprintf(other, "service"))
}

func TestNotesOnDaysInNumbers(t *testing.T) {
	wantNotes(t, `name: webapp
container: {image: nginx, ports: [80]}
jobs:
  a: {container: {image: a}, schedule: {cron: 0 9 ? * 1-5 *}}
  b: {container: {image: a}, schedule: {cron: 0 9 ? * 2-6 *}}
  c: {container: {image: a}, schedule: {cron: 0 9 ? * MON-FRI *}}
  d: {container: {image: a}, schedule: {cron: 0 9 ? * 2#1 *}}
scaling: {max: 4, cpu: {percent: 50}, schedules: {a: {cron: 0 7 ? * 7 *, min: 2}, b: {cron: 0 7 ? * SUN *, min: 1}}}
`, "webapp.yaml:4:47: jobs.a.schedule.cron: note: 1-5 is SUN-THU, since AWS counts from 1 for Sunday; write the "+
		"days by name: SUN-THU, or MON-FRI for what 1-5 is in Unix\nwebapp.yaml:8:61: scaling.schedules.a.cron: note: 7 is "+
		"SAT, since AWS counts from 1 for Sunday; write the days by name: SAT, or SUN for what 7 is in Unix")
}

func TestNotesOnSchedulesThatAreOver(t *testing.T) {
	const over = "is over: all its times have passed; remove it, or write later ones"
	notes := func(scaling string) string {
		t.Helper()
		all, err := Parse("webapp.yaml", []byte("name: web\ncontainer: {image: nginx, ports: [80]}\nscaling: "+scaling),
			Options{Now: time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)})
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, note := range Notes(all) {
			lines = append(lines, note.Path+" "+strings.TrimPrefix(note.Message, "note: "))
		}
		return strings.Join(lines, "\n")
	}
	for _, tc := range []struct{ schedule, want string }{
		{"at: 2026-11-27T11:00:00", over},
		{"at: 2026-11-27T11:00:00, timeZone: America/New_York", ""},
		{"cron: 0 7 * * ? 2020", over},
		{"cron: 0 7 * * ? 2020-2027", ""},
		{"cron: 0 7 * * ? *, end: '2026-11-28T06:00:00Z'", over},
		{"cron: 0 7 * * ? *, end: '2026-11-28T08:00:00Z'", ""},
		{"rate: 1 day, end: '2026-11-26T00:00:00Z'", over},
		{"rate: 1 day", ""},
	} {
		if tc.want != "" {
			tc.want = "scaling.schedules.sale " + tc.want
		}
		if got := notes("{cpu: {percent: 50}, schedules: {sale: {min: 2, " + tc.schedule + "}}}"); got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.schedule, got, tc.want)
		}
	}
	const stopped = "{cpu: {percent: 50}, schedules: {go: {min: 1, at: 2026-01-05T00:00:00}, stop: {min: 0, max: 0, at: " +
		"2026-01-01T00:00:00}}}"
	if got := notes(stopped); strings.Contains(got, "no tasks") {
		t.Errorf("a stop that is over: got %q", got)
	}
	const last = "{min: 0, cpu: {percent: 50}, schedules: {sale: {min: 2, at: %d-01-01T00:00:00}}}"
	if got := notes(fmt.Sprintf(last, 2027)); got != "" {
		t.Errorf("a schedule in the future: got %q", got)
	}
	if got := notes(fmt.Sprintf(last, 2026)); !strings.Contains(got, "scaling.min 0 lets the service scale down to no "+
		"tasks, and nothing would start one again") {
		t.Errorf("a schedule that is over: got %q", got)
	}
}

func TestNotesOnStepsThatWorkAgainstATarget(t *testing.T) {
	for _, tc := range []struct{ name, scaling, want string }{
		{"adding below the target", "cpu: {percent: 50}, steps: {up: {on: cpu, steps: [{at: 30, change: 0}, {at: 40, " +
			"change: 1}]}}", "webapp.yaml:3:87: scaling.steps.up.steps[1].at: note: 40 % is not above the target (50 %), so " +
			"the step would respond to ordinary load; write a higher value"},
		{"removing above it", "cpu: {percent: 50}, steps: {down: {on: cpu, when: below, steps: [{at: 60, change: -1}]}}",
			"webapp.yaml:3:81: scaling.steps.down.steps[0].at: note: 60 % is not below the target (50 %), so the step would " +
				"remove tasks at ordinary load; write a lower value"},
		{"a custom metric", "metrics: {lag: {namespace: Shop, name: Lag, target: 9}}, steps: {up: {metric: {namespace: " +
			"Shop, name: Lag}, steps: [{at: 9, change: 1}]}}", "webapp.yaml:3:132: scaling.steps.up.steps[0].at: note: 9 is " +
			"not above the target (9), so the step would respond to ordinary load; write a higher value"},
		{"each other", "steps: {up: {on: cpu, steps: [{at: 30, change: 1}]}, down: {on: cpu, when: below, steps: [{at: " +
			"60, change: -1}]}}", "webapp.yaml:3:46: scaling.steps.up.steps[0].at: note: 30 % is not above the 60 % below " +
			"which scaling.steps.down removes tasks, so between the two they would be added and removed in turn; write a " +
			"higher value"},
		{"on the right sides", "cpu: {percent: 50}, steps: {up: {on: cpu, steps: [{at: 70, change: 1}]}, down: {on: cpu, " +
			"when: below, steps: [{at: 30, change: -1}]}}", ""},
		{"another metric", "memory: {percent: 50}, steps: {up: {on: cpu, steps: [{at: 40, change: 1}]}}", ""},
		{"an exact number", "cpu: {percent: 50}, steps: {up: {on: cpu, adjustment: exact, steps: [{at: 40, change: 1}]}}",
			""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			wantNotes(t, "name: web\ncontainer: {image: nginx, ports: [80]}\nscaling: {"+tc.scaling+"}", tc.want)
		})
	}
}

func TestNoteOnAPermissionsBoundaryThatOtherServicesDoNotHave(t *testing.T) {
	const boundary = "permissionsBoundary: 'arn:aws:iam::123456789012:policy/limit'"
	const file = "name: web\ncontainer: {image: nginx, ports: [80]}\ntask: {role: {" + boundary + "}}\n" +
		"jobs: {a: {extends: web, container: {command: [a]}}}\nservices: {api: {worker: true, container: {image: nginx}"
	wantNotes(t, file+"}}", "webapp.yaml:5:12: services.api: note: task.role.permissionsBoundary is not set: services "+
		"inherit nothing from the top of the file, where it is set; write task: {role: {permissionsBoundary: "+
		"arn:aws:iam::123456789012:policy/limit}} here, or {permissionsBoundary: \"\"} to keep the default")
	wantNotes(t, file+", task: {role: {"+boundary+"}}}}", "")
	wantNotes(t, file+", task: {role: {permissionsBoundary: ''}}}}", "")
}

func TestNoteOnStepsAndSchedulesThatNeverRemoveTasks(t *testing.T) {
	const file = "name: web\ncontainer: {image: nginx, ports: [80]}\nscaling: {max: 6"
	const nothing = "webapp.yaml:3:1: scaling: note: nothing ever removes tasks, since "
	const up = ", steps: {up: {on: cpu, steps: [{at: 70, change: 1}]}"
	wantNotes(t, file+up+"}}", nothing+"all steps add some; add steps that remove tasks, with when: below and a change "+
		"below 0, or a target such as cpu: {percent: 50}")
	wantNotes(t, file+up+", down: {on: cpu, when: below, steps: [{at: 30, change: -1}]}}}", "")
	wantNotes(t, file+up+"}, schedules: {night: {cron: 0 22 * * ? *, max: 1}, day: {cron: 0 7 * * ? *}}}", "")
	wantNotes(t, file+", steps: {exact: {on: cpu, adjustment: exact, steps: [{at: 70, change: 5}]}}}", "")
	const day = ", schedules: {day: {cron: 0 7 * * ? *, min: 4}, night: {cron: 0 22 * * ? *, min: 1"
	wantNotes(t, file+day+"}}}", nothing+"a lower min stops none; write a lower max for one of the schedules, or add a "+
		"target such as cpu: {percent: 50}")
	wantNotes(t, file+day+", max: 1}}}", "")
}

func TestNoteOnTargetsThatNeverRemoveTasks(t *testing.T) {
	const file = "name: web\ncontainer: {image: nginx, ports: [80]}\nscaling: {cpu: {percent: 50, scaleIn: false}"
	wantNotes(t, file+"}", "webapp.yaml:3:1: scaling: note: nothing ever removes tasks, since scaleIn is false for "+
		"every target; remove it from one of them, or add steps that remove tasks")
	wantNotes(t, file+", memory: {percent: 50}}", "")
	wantNotes(t, file+", steps: {idle: {on: cpu, when: below, steps: [{at: 10, change: -1}]}}}", "")
	wantNotes(t, file+", schedules: {night: {cron: 0 22 * * ? *, max: 1}, day: {cron: 0 7 * * ? *}}}", "")
}

func TestNoteOnMessagesThatExpireWhileTheyAreHidden(t *testing.T) {
	const file = "name: web\ncontainer: {image: nginx, ports: [80]}\nqueue: {retentionPeriod: 60s, visibilityTimeout: "
	wantNotes(t, file+"60s}", "webapp.yaml:3:1: queue: note: a message that is hidden 5 times (maxReceives) for 60s "+
		"(visibilityTimeout) is older than retentionPeriod (60s), after which SQS deletes it: it is lost and never becomes "+
		"a dead letter; write a longer retentionPeriod, or fewer receives")
	wantNotes(t, "name: web\ncontainer: {image: nginx, ports: [80]}\nqueue: {retentionPeriod: 151s}", "")
	wantNotes(t, file+"61s}", "webapp.yaml:3:1: queue: note: visibilityTimeout (61s) is longer than retentionPeriod "+
		"(60s), after which SQS deletes a message: one that a task fails to handle is lost before another task can "+
		"receive it; write a longer retentionPeriod")
}

func TestNotesOnScalingThatHasNoEffect(t *testing.T) {
	const metric = "metrics: {sent: {target: 5, namespace: AWS/"
	const sure = "make sure that it is right: without data, nothing scales"
	for _, tc := range []struct{ name, settings, want string }{
		{"Spot that gets no task", "service: {capacity: {onDemand: {base: 10}, spot: {weight: 1}}}\n" +
			"scaling: {max: 3, cpu: {percent: 50}}",
			"webapp.yaml:3:39: service.capacity.onDemand.base: note: 10 is not less than the number of tasks (at most 3), so " +
				"that none of them runs on Fargate Spot; write a smaller base, or run more tasks"},
		{"on-demand capacity that gets none",
			"service: {desiredCount: 2, capacity: {spot: {base: 2}, onDemand: {weight: 1}}}",
			"webapp.yaml:3:52: service.capacity.spot.base: note: 2 is not less than the number of tasks (at most 2), so that " +
				"none of them runs on on-demand capacity; write a smaller base, or run more tasks"},
		{"a base that leaves some", "service: {desiredCount: 3, capacity: {onDemand: {base: 2}, spot: {weight: 1}}}", ""},
		{"fewer tasks in an environment", "service: {desiredCount: 3, capacity: {onDemand: {base: 2}, spot: {weight: 1}}}\n" +
			"environments: {dev: {service: {desiredCount: 1}}, prod: {}}", ""},
		{"a response time in seconds", "scaling: {responseTime: {milliseconds: 0.3}}", "webapp.yaml:3:40: " +
			"scaling.responseTime.milliseconds: note: 0.3 is less than a millisecond; if it is in seconds, write 300"},
		{"a namespace that is almost one", "scaling: {" + metric + "SQSS, name: Orders}}}", "webapp.yaml:3:50: " +
			`scaling.metrics.sent.namespace: note: "AWS/SQSS" is not known as a namespace of AWS; did you mean AWS/SQS?`},
		{"an unknown namespace", "scaling: {" + metric + "Weather, name: Rain}}}", "webapp.yaml:3:50: " +
			`scaling.metrics.sent.namespace: note: "AWS/Weather" is not known as a namespace of AWS; ` + sure},
		{"an unknown metric", "scaling: {" + metric + "SQS, name: MessagesOfLastWeek, dimensions: {QueueName: q}}}}",
			`webapp.yaml:3:65: scaling.metrics.sent.name: note: "MessagesOfLastWeek" is not known as a metric of ` +
				"AWS/SQS; " + sure},
		{"an unknown dimension", "scaling: {" + metric + "SQS, name: NumberOfMessagesSent, dimensions: {Owner: q}}}}",
			`webapp.yaml:3:107: scaling.metrics.sent.dimensions.Owner: note: "Owner" is not known as a dimension of ` +
				"AWS/SQS; " + sure},
		{"no dimensions", "scaling: {" + metric + "Kinesis, name: IncomingRecords}}}", "webapp.yaml:3:21: " +
			"scaling.metrics.sent: note: has no dimensions, but every metric of AWS/Kinesis has some of StreamName, ShardId " +
			"and ConsumerName: without them it has no data"},
		{"other namespaces", "scaling: {" + metric + "SNS, name: NumberOfMessagesSent, dimensions: {TopicName: q}}, " +
			"x: {target: 1, namespace: AWS/EC2, name: CPUUtilization, dimensions: {InstanceId: i-1}}, y: {target: 1, " +
			"namespace: AWS/EC2, name: CPUUtilization}, z: {target: 1, namespace: Shop/SQS, name: Orders}}}", ""},
		{"the whole length of a queue", "scaling: {" + metric + "SQS, name: ApproximateNumberOfMessagesVisible, " +
			"dimensions: {QueueName: q}}}}", "webapp.yaml:3:65: scaling.metrics.sent.name: note: " +
			"ApproximateNumberOfMessagesVisible is the total number of messages, to which the number of tasks is not in " +
			"proportion, so that scaling overshoots; for the service's own queue, write scaling.backlog, which is the number " +
			"for each task"},
		{"a step on it", "scaling: {cpu: {percent: 50}, steps: {up: {metric: {namespace: AWS/SQS, " +
			"name: ApproximateNumberOfMessagesVisible, dimensions: {QueueName: q}}, steps: [{at: 100, change: 1}]}}}", ""},
		{"one time, two limits", "scaling: {cpu: {percent: 50}, schedules: {a: {cron: 0 7 * * ? *, min: 2}, b: {cron: " +
			"0  7 * * ? *, min: 3}, c: {cron: 0 7 * * ? *, min: 2, timeZone: Europe/Paris}}}", "webapp.yaml:3:75: " +
			"scaling.schedules.b: note: has the times of scaling.schedules.a, but other limits, and AWS does not say which " +
			"ones apply then; write another time, or remove one of them"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			wantNotes(t, "name: web\ncontainer: {image: nginx, ports: [80]}\n"+tc.settings, tc.want)
		})
	}
}

func TestNoteOnSchedulesThatAreSuspended(t *testing.T) {
	const note = "webapp.yaml:3:30: scaling.suspended: note: has the schedules, which alone would start a task again " +
		"once the service has none; write min: 1 until they are no longer suspended"
	for suspended, want := range map[string]string{"[schedules]": note, "[scaleIn, schedules]": "", "[]": ""} {
		all, err := Parse("webapp.yaml", []byte("name: web\ncontainer: {image: nginx, ports: [80]}\nscaling: {min: 0, "+
			"suspended: "+suspended+", cpu: {percent: 50}, schedules: {day: {cron: 0 7 * * ? *, min: 1}}}"),
			Options{Now: time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)})
		if err != nil {
			t.Fatal(err)
		}
		if got := Notes(all); len(got) > 0 != (want != "") || want != "" && got.Error() != want {
			t.Errorf("%s: got %v, want %s", suspended, got, want)
		}
	}
}

func TestNoteOnAQueueOfTwoEnvironments(t *testing.T) {
	const file = "name: web\ncontainer: {image: nginx, ports: [80]}\nqueue: {existing: orders}\nenvironments:\n" +
		"  dev: {aws: {region: eu-west-1}}\n  prod: {aws: {region: eu-west-1}"
	wantNotes(t, file+", queue: {existing: orders-prod}}", "")
	wantNotes(t, file+"}", "webapp.yaml:3:19: queue.existing: note: orders is also the queue of the stack web-dev, so "+
		"that each of the two gets only some of its messages; write another queue in one of them")
}

func TestAgeOfTheOldestMessageIsBelowTheRetentionPeriod(t *testing.T) {
	for retention, want := range map[string]time.Duration{"5m": 150 * time.Second, "15m": 450 * time.Second,
		"16m": 15 * time.Minute} {
		all, err := Parse("webapp.yaml", []byte("name: web\ncontainer: {image: nginx, ports: [80]}\nqueue: "+
			"{retentionPeriod: "+retention+"}\nobservability: {alarms: {}}"), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := all[0].Observability.Alarms.OldestMessage.Age; got != want {
			t.Errorf("%s: got %v, want %v", retention, got, want)
		}
	}
}

func TestTimeZoneOfTheBaseStaysWhenAnOverlayHasARate(t *testing.T) {
	wantNotes(t, "name: web\ncontainer: {image: nginx, ports: [80]}\nscaling: {cpu: {percent: 50}, schedules: {a: "+
		"{cron: 0 7 * * ? *, timeZone: Europe/Paris, min: 2}}}\nenvironments: {dev: {scaling: "+
		"{schedules: {a: {rate: 1 day}}}}}", "")
}

func TestNotesOnWhatProbablyDoesNotWork(t *testing.T) {
	const base = "name: web\naws: {region: eu-west-1, account: \"123456789012\"}\n" +
		"container: {image: nginx, ports: [80]}\n"
	const key = "arn:aws:kms:eu-west-1:123456789012:key/01234567-89ab-4def-8123-456789abcdef"
	for _, tc := range []struct{ name, settings, want string }{
		{"actions of which some fit", "task: {role: {statements: [{actions: [s3:GetObject, s3:ListBucket], resources: " +
			"[\"arn:aws:s3:::b/*\"]}]}}", "webapp.yaml:4:53: task.role.statements[0].actions[1]: note: s3:ListBucket is not " +
			"possible on arn:aws:s3:::b/*, and permits nothing; write a resource that it takes, such as " +
			"arn:aws:s3:::BucketName, or \"*\""},
		{"one that is only possible on all", "task: {role: {statements: [{actions: [ecr:GetAuthorizationToken, " +
			"ecr:BatchGetImage], resources: [\"arn:aws:ecr:eu-west-1:123456789012:repository/shop\"]}]}}",
			"webapp.yaml:4:39: task.role.statements[0].actions[0]: note: ecr:GetAuthorizationToken is only possible on \"*\", " +
				"and permits nothing here; move it to a statement of its own, with resources: [\"*\"], or remove it"},
		{"a key for nothing", "task: {secretKmsKeys: [\"" + key + "\"]}", "webapp.yaml:4:23: task.secretKmsKeys: note: has " +
			"no effect: ECS reads no secret, parameter or environment file for these containers; remove it, or allow " +
			"kms:Decrypt in task.role.statements for what the containers decrypt themselves"},
		{"a key in the base of environments", "task: {secretKmsKeys: [\"" + key + "\"]}\nenvironments: {dev: {}}", ""},
		{"a plain check of a port for TLS", "service: {targetGroup: {protocol: HTTPS}, healthCheck: {protocol: HTTP}}",
			"webapp.yaml:4:67: service.healthCheck.protocol: note: HTTP is not what the container serves on port 80 " +
				"(service.targetGroup.protocol is HTTPS), so that no task becomes healthy; write HTTPS, or add the port of " +
				"another listener of the container, such as port: 8081"},
		{"a check by TLS of a plain port", "service: {healthCheck: {protocol: HTTPS, successCodes: 200-499}}",
			"webapp.yaml:4:35: service.healthCheck.protocol: note: HTTPS is not what the container serves on port 80 " +
				"(service.targetGroup.protocol is HTTP), so that no task becomes healthy; write HTTP, or add the port of " +
				"another listener of the container, such as port: 8081"},
		{"a check of another port", "sidecars: {proxy: {image: nginx, ports: [8443]}}\n" +
			"service: {healthCheck: {protocol: HTTPS, port: 8443}}", ""},
		{"a check that accepts the refusal", "service: {targetGroup: {protocol: HTTPS}, healthCheck: {protocol: HTTP, " +
			"successCodes: \"200,400\"}}", ""},
		{"private clients of a public load balancer", "loadBalancer: {allowedSources: [10.0.0.0/8, 100.64.0.0/10]}",
			"webapp.yaml:4:32: loadBalancer.allowedSources: note: has only private ranges, but clients reach a public load " +
				"balancer from their public addresses, even those in the VPC: nobody can connect; write public: false, or the " +
				"clients' public addresses, such as 203.0.113.0/24"},
		{"private clients of an internal one", "loadBalancer: {public: false, allowedSources: [10.0.0.0/8]}", ""},
		{"exact numbers beyond the limits", "scaling: {min: 2, max: 10, cpu: {percent: 50}, steps: {up: {on: cpu, " +
			"adjustment: exact, steps: [{at: 80, change: 10}, {at: 90, change: 12}]}, down: {on: cpu, when: below, " +
			"adjustment: exact, steps: [{at: 20, change: 2}, {at: 10, change: 1}]}}}",
			"webapp.yaml:4:136: scaling.steps.up.steps[1].change: note: 12 is above the highest max (10), beyond which " +
				"scaling never goes; write at most 10, or raise max\n" +
				"webapp.yaml:4:237: scaling.steps.down.steps[1].change: note: 1 is below the lowest min (2), beyond which " +
				"scaling never goes; write at least 2, or lower min"},
	} {
		t.Run(tc.name, func(t *testing.T) { wantNotes(t, base+tc.settings, tc.want) })
	}
}
