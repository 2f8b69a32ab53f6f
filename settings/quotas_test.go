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
