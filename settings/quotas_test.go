package settings

import (
	"fmt"
	"strings"
	"testing"
)

func TestALoadBalancerHasAtMost100TargetGroups(t *testing.T) {
	file := func(services int) []byte {
		var text strings.Builder
		text.WriteString(`name: web
container: {image: nginx, ports: [80, 81]}
service: {additionalPorts: [{port: 81, routing: {paths: [/admin/*]}}]}
services:
  mailer: {worker: true, container: {image: nginx}}
`)
		for i := range services {
			fmt.Fprintf(&text, "  s%d: {routing: {paths: [/s%[1]d/*], priority: %d}, container: {image: nginx, ports: [80]}}\n",
				i, i+1)
		}
		return []byte(text.String())
	}
	if _, err := Parse("webapp.yaml", file(98), Options{}); err != nil {
		t.Error(err)
	}
	const want = "webapp.yaml:4:1: services: need 101 target groups, one for each service and additional port, but a " +
		"load balancer has at most 100, a quota that AWS does not raise; split the services into several files, each " +
		"with a load balancer of its own"
	if _, err := Parse("webapp.yaml", file(99), Options{}); fmt.Sprint(err) != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestNoteOnTheRulesOfTargets(t *testing.T) {
	const note = "webapp.yaml:5:1: services: note: make 61 outbound rules of the load balancer's security group, one " +
		"for each port that it connects to; a security group has at most 60, unless the account's quota " +
		`"Inbound or outbound rules per security group" is higher`
	const top = `name: web
container: {image: nginx, ports: [80, 81, 82]}
loadBalancer: {domain: {name: shop.example.com}}
`
	const login = "login: {cognito: {client: c, domain: shop, userPool: " +
		"'arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbCdEf123'}}\n"
	for _, tc := range []struct {
		name, top string
		services  int
		want      string
	}{
		{"as many as a group has", "service: {healthCheck: {port: 80}}\n", 59, ""},
		{"one service more", "service: {}\n", 60, note},
		{"an additional port", "service: {additionalPorts: [{port: 81, routing: {paths: [/admin]}}]}\n", 59, note},
		{"a port of health checks", "service: {healthCheck: {port: 82}}\n", 59, note},
		{"user pools", login, 59, note},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var text strings.Builder
			text.WriteString(top + tc.top + "services:\n  mailer: {worker: true, container: {image: nginx}}\n")
			for i := range tc.services {
				fmt.Fprintf(&text, "  s%d: {routing: {paths: [/s%[1]d/*], priority: %d}, container: {image: nginx, ports: "+
					"[80]}}\n", i, i+1)
			}
			wantNotes(t, text.String(), tc.want)
		})
	}
}
