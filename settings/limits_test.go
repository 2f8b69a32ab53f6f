package settings

import (
	"strings"
	"testing"
)

// TestValuesAtTheirLimitsAreAccepted has what is next to the mistakes of testdata/bad: no problem, and no note.
func TestValuesAtTheirLimitsAreAccepted(t *testing.T) {
	const long = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl" // 64 characters
	for name, rest := range map[string]string{
		"steps at the largest value": "scaling: {requests: {perMinute: 600}, steps: {c: {on: cpu, steps: [" +
			"{at: 80, change: 1}, {at: 100, change: 3}]}, m: {on: memory, steps: [{at: 100, change: 1}]}, " +
			"r: {on: responseTime, steps: [{at: 4000000, change: 1}]}}}",
		"buffers of half the memory": "sidecars: {proxy: {image: nginx}}\nlogs: {buffer: 128}",
		"a namespace of one's own":   "service: {connect: {}}\nnamespace: {name: shop.local}",
		"a namespace below the domain": "service: {connect: {}}\nnamespace: {name: svc.example.com}\n" +
			"loadBalancer: {domain: {name: www.example.com}}",
		"a namespace of a public suffix":  "service: {connect: {}}\nnamespace: {name: shop.co.uk}",
		"a namespace of another registry": "service: {connect: {}}\nnamespace: {name: hub.docker.io}",
		"a registry in the namespace": "container: {image: registry.shop.internal/web, ports: [80]}\n" +
			"service: {connect: {}}\nnamespace: {name: shop.internal}",
		"a bucket of an account":     "state: {s3: {bucket: states-123456789012-us-gov-west-1-an, region: us-gov-west-1}}",
		"a bucket that ends alike":   "state: {s3: {bucket: loan, region: eu-west-1, create: true}}",
		"a role of the longest name": "aws: {role: \"arn:aws:iam::123456789012:role/teams/web/" + long + "\"}",
		"a web ACL of the longest name": "loadBalancer: {webACL: \"arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/" +
			long + long + "/0a1b2c3d\"}",
		"a prefix with dots": "state: {s3: {bucket: states, region: eu-west-1, prefix: .teams/web..v2/...}}",
		"the longest prefix": "state: {s3: {bucket: states, region: eu-west-1, prefix: " +
			strings.Repeat("a", 1024-len("/web/terraform.tfstate.tflock")) + "}}",
		"mounts beside the kernel's": "task: {volumes: {a: {}}}\ncontainer: {image: nginx, ports: [80], mounts: [" +
			"{volume: a, path: /dev/shm}, {volume: a, path: /process}, {volume: a, path: /data/proc}]}",
		"a repository with dots": "state: {remote: {organization: acme}}\npipeline: {github: {repository: acme/.github}}",
		"a session cookie": "loadBalancer: {domain: {name: www.example.com}}\nservice: {targetGroup: {stickiness: {}}}\n" +
			"login: {sessionCookie: AWSELBAuthSessionCookie, cognito: {userPool: \"arn:aws:cognito-idp:eu-west-1:" +
			"123456789012:userpool/eu-west-1_Users\", client: c, domain: shop}}",
		"five wildcards": "routing: {paths: ['/*/*/*/*/?']}",
	} {
		t.Run(name, func(t *testing.T) {
			file := "name: web\n" + rest
			if !strings.Contains(rest, "container:") {
				file += "\ncontainer: {image: nginx, ports: [80]}"
			}
			wantNotes(t, file, "")
		})
	}
}

func TestNotesOnNamesThatOthersHave(t *testing.T) {
	const file = "name: web\ncontainer: {image: nginx, ports: [80]}\n"
	const login = "loadBalancer: {domain: {name: www.example.com}}\nlogin: {cognito: {userPool: \"arn:aws:cognito-idp:" +
		"eu-west-1:123456789012:userpool/eu-west-1_Users\", client: c, domain: shop}, "
	const hidden = ", and hides all names below it from everything in the VPC; write a name of your own, such as " +
		"shop.internal"
	for _, tc := range []struct{ name, settings, want string }{
		{"a namespace of the stack's domain", "service: {connect: {}}\nloadBalancer: {domain: {name: www.example.com}}\n" +
			"namespace: {name: example.com}", "webapp.yaml:5:19: namespace.name: note: hides www.example.com, the stack's " +
			"own domain, from everything in the VPC, since names in example.com then exist only in the namespace; write a " +
			"name of your own, such as shop.internal, unless nothing there calls the service by its domain"},
		{"a namespace of a region", "service: {connect: {}}\nnamespace: {name: eu-west-1.amazonaws.com}",
			"webapp.yaml:4:19: namespace.name: note: eu-west-1.amazonaws.com is a domain of AWS's services" + hidden},
		{"a namespace of addresses", "service: {connect: {}}\nnamespace: {name: ec2.internal}",
			"webapp.yaml:4:19: namespace.name: note: ec2.internal is a domain in which AWS names the addresses of a VPC" +
				hidden},
		{"a namespace of a registry of names", "service: {connect: {}}\nnamespace: {name: dev}",
			"webapp.yaml:4:19: namespace.name: note: dev is a public suffix" + hidden},
		{"a bucket that may be an old one", "state: {s3: {bucket: states-an, region: eu-west-1}}",
			"webapp.yaml:3:22: state.s3.bucket: note: states-an ends with -an, as S3 now allows only in an account's " +
				"regional namespace, where a name is PREFIX-ACCOUNT-REGION-an; make sure that this bucket exists"},
		{"a cookie of the load balancer", login + "sessionCookie: AWSALBTG}",
			"webapp.yaml:4:141: login.sessionCookie: note: AWSALBTG begins with AWSALB, as the load balancer's cookies for " +
				"stickiness and for a login in progress do; write another name, such as ShopSession"},
		{"a cookie of the service", login + "sessionCookie: sid}\nservice: {targetGroup: {stickiness: {cookie: sid}}}",
			"webapp.yaml:4:141: login.sessionCookie: note: sid is also service.targetGroup.stickiness.cookie, which the " +
				"service sets; this one is the load balancer's: write another name"},
		{"a folder of the kernel", "task: {volumes: {a: {}}}\nsidecars: {b: {image: nginx, mounts: [{volume: a, path: " +
			"/dev/}]}}", "webapp.yaml:4:57: sidecars.b.mounts[0].path: note: hides the container's /dev/, without which many " +
			"programs fail; write a folder of its own, such as /data"},
	} {
		t.Run(tc.name, func(t *testing.T) { wantNotes(t, file+tc.settings, tc.want) })
	}
}

func TestNotesOnWhatIsMoreThanUsual(t *testing.T) {
	const file = "name: web\ncontainer: {image: nginx, ports: [80]}\n"
	for _, tc := range []struct{ name, settings, want string }{
		{"a buffer", "logs: {buffer: 257}", "webapp.yaml:3:16: logs.buffer: note: 257 MiB is more than half of the task's " +
			"memory (512 MiB), which the containers lack while log lines cannot be delivered; write at most 256, or raise " +
			"task.memory"},
		{"wildcards", "routing: {paths: ['/*/*/*/*/*/*']}", "webapp.yaml:3:1: routing: note: has 6 wildcards (* and ?) in " +
			"its conditions, but a rule has at most 5, except in an older account, whose quota is 6; use fewer wildcards"},
	} {
		t.Run(tc.name, func(t *testing.T) { wantNotes(t, file+tc.settings, tc.want) })
	}
}
