package e2e

import (
	"fmt"
	"testing"
)

// TestAnotherLoadBalancerTakesOver moves a service from one load balancer of another team to the next, to one of its
// own, and back. AWS lets only one load balancer use a target group, so that the service gets other groups each time.
func TestAnotherLoadBalancerTakesOver(t *testing.T) {
	d := newDeployment(t)
	const text = `name: moving
network: {default: true}
loadBalancer: {%s}
routing: {hosts: [moving.example.com], priority: 10}
container: {name: web, image: public.ecr.aws/nginx/nginx:1.27, ports: [80, 90]}
service: {additionalPorts: [{port: 90, routing: {hosts: [admin.example.com], priority: 11}}]}
scaling: {min: 2, max: 5, requests: {perMinute: 600}}
`
	existing := func(name, group string) string {
		file := fmt.Sprintf(text, "existing: {securityGroup: "+group+", listener: arn:aws:elasticloadbalancing:"+
			"eu-west-1:123456789012:listener/app/"+name+"/0123456789abcdef/0123456789abcdef}")
		return string(replace(t, name, []byte(file), d.prepare([]byte(file))))
	}
	first, second := existing("first", "sg-01234567890000001"), existing("second", "sg-01234567890000002")
	before := everything(t, d.aws)
	d.synthesizeText(first)
	d.apply()
	for _, next := range []struct{ name, file string }{
		{"another existing one", second}, {"one of its own", fmt.Sprintf(text, "port: 80")},
		{"an existing one again", first},
	} {
		t.Log(next.name)
		d.synthesizeText(next.file)
		d.apply()
		d.wantSequence("CreateTargetGroup", "CreateRule", "UpdateService", "DeleteRule", "DeleteTargetGroup")
		d.wantSequence("AuthorizeSecurityGroupIngress", "UpdateService", "RevokeSecurityGroupIngress")
		d.wantSequence("AuthorizeSecurityGroupEgress", "UpdateService", "RevokeSecurityGroupEgress SecurityGroupRuleId")
		d.wantNoCall("ModifySecurityGroupRules")
		d.wantNoChange()
	}
	d.destroy()
	d.wantAccount(before)
}

// TestPortAndServiceWithPrioritiesAreRenamed follows docs/services.md: AWS gives no two rules of a listener the same
// priority, so that the new port and service have others, and the old ones go in a second apply.
func TestPortAndServiceWithPrioritiesAreRenamed(t *testing.T) {
	d := newDeployment(t)
	const (
		head = `name: renamed
network: {default: true}
container: {name: web, image: public.ecr.aws/nginx/nginx:1.27, ports: [80, %s]}
service: {additionalPorts: [%s]}
services: {%s}
`
		port    = "{port: %d, routing: {paths: [/admin/*]%s, priority: %d}}"
		service = "%s: {container: {name: api, image: public.ecr.aws/nginx/nginx:1.27, ports: [80]}, service: " +
			"{discovery: {name: %[1]s}}, routing: {paths: [/api/*]%s, priority: %d}}"
		tried = ", headers: {X-Preview: [new]}"
	)
	oldPort, oldService := fmt.Sprintf(port, 9000, "", 10), fmt.Sprintf(service, "api", "", 20)
	d.synthesizeText(fmt.Sprintf(head, "9000", oldPort, oldService))
	d.apply()
	d.synthesizeText(fmt.Sprintf(head, "9000, 9001", oldPort+", "+fmt.Sprintf(port, 9001, tried, 9),
		oldService+", "+fmt.Sprintf(service, "orders", tried, 19)))
	d.apply()
	d.wantNoCall("DeleteRule", "ModifyRule")
	d.synthesizeText(fmt.Sprintf(head, "9001", fmt.Sprintf(port, 9001, "", 9), fmt.Sprintf(service, "orders", "", 19)))
	d.apply()
	d.wantSequence("ModifyRule", "DeleteRule")
	d.wantNoCall("CreateRule", "CreateTargetGroup")
	d.wantNoChange()
}
