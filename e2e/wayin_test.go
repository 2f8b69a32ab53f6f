package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/google/go-cmp/cmp"
)

// changingShop is a service in the default VPC, with room for what changes.
const changingShop = `name: shop
network: {default: true}
loadBalancer: {%s}
container: {name: web, image: public.ecr.aws/nginx/nginx:1.27, ports: [80]}
`

// changingDomain gives the shop a domain.
func changingDomain(aliases ...string) string {
	return fmt.Sprintf(changingShop,
		"domain: {name: example.com, zone: example.com, aliases: ["+strings.Join(aliases, ", ")+"]}")
}

// withHostedZone returns a deployment in an account that has the domain's hosted zone, and what exists there.
func withHostedZone(t *testing.T) (d *deployment, before map[string][]string) {
	t.Helper()
	d = newDeployment(t)
	d.prepare([]byte(changingDomain()))
	return d, everything(t, d.aws)
}

// TestHTTPSComes takes a service from HTTP to HTTPS: port 80 is open all the time, and redirects once port 443 answers.
func TestHTTPSComes(t *testing.T) {
	d, before := withHostedZone(t)
	d.synthesizeText(fmt.Sprintf(changingShop, ""))
	d.apply()
	d.synthesizeText(changingDomain())
	d.apply()
	d.wantSequence(`CreateListener "Port":443`, `ModifyListener "RedirectConfig"`)
	d.wantNoCall(`CreateListener "Port":80,`, "DeleteListener", "RevokeSecurityGroupIngress", "SetSubnets")
	wantListeners(t, d, "80 HTTP redirect", "443 HTTPS forward")
	wantProofs(t, d, "example.com")
	d.wantNoChange()
	d.destroy()
	d.wantAccount(before)
}

// TestNamesOfADomainComeAndGo adds aliases to a domain, and removes them.
func TestNamesOfADomainComeAndGo(t *testing.T) {
	d, before := withHostedZone(t)
	d.synthesizeText(changingDomain())
	d.apply()

	t.Log("names come: the certificate is another one, the record of the first name stays")
	d.synthesizeText(changingDomain("www.example.com", `"*.example.com"`))
	d.apply()
	d.wantSequence("RequestCertificate", "ModifyListener", "DeleteCertificate")
	d.wantNoCall(`ChangeResourceRecordSets "DELETE"`)
	wantProofs(t, d, "example.com", "www.example.com")
	d.wantNoChange()

	t.Log("names go: the wildcard shares the record of the name that stays")
	d.synthesizeText(changingDomain())
	d.apply()
	wantProofs(t, d, "example.com")
	d.wantNoChange()
	d.destroy()
	d.wantAccount(before)
}

// TestHTTPSGoesAndThePortChanges takes a service that an earlier release has deployed to the present one, then from
// HTTPS back to HTTP, and to another port.
func TestHTTPSGoesAndThePortChanges(t *testing.T) {
	d, before := withHostedZone(t)
	wildcard := changingDomain(`"*.example.com"`)
	d.synthesizeText(wildcard)
	d.becomeEarlier()
	earlier := d.apply()

	t.Log("the present release: listeners and records have other addresses in Terraform, and stay")
	d.synthesizeText(wildcard)
	d.wantUntouched("aws_lb.", "aws_lb_listener.", "aws_lb_target_group.", "aws_route53_record.",
		"aws_vpc_security_group_ingress_rule.", "aws_acm_certificate.")
	https := d.apply()
	wantSame(t, "listeners", arnsOf(https.Listeners), arnsOf(earlier.Listeners))
	wantProofs(t, d, "example.com")
	d.wantNoChange()

	t.Log("HTTPS goes: port 80 serves again before port 443 closes")
	d.synthesizeText(fmt.Sprintf(changingShop, ""))
	http := d.apply()
	d.wantSequence(`ModifyListener "forward"`, "DeleteListener")
	d.wantNoCall("CreateListener")
	wantListeners(t, d, "80 HTTP forward")
	if !slices.Contains(arnsOf(https.Listeners), *http.Listeners[0].ListenerArn) {
		t.Error("the listener on port 80 is another one")
	}
	wantProofs(t, d)
	d.wantNoChange()

	t.Log("the port changes: clients must follow it, so that neither order helps them")
	d.synthesizeText(fmt.Sprintf(changingShop, "port: 8080"))
	d.apply()
	wantListeners(t, d, "8080 HTTP forward")
	d.wantNoChange()
	d.destroy()
	d.wantAccount(before)
}

// TestRecordThatAnotherCertificateNeedsIsLeft follows the README: the stack forgets the record before it is destroyed.
func TestRecordThatAnotherCertificateNeedsIsLeft(t *testing.T) {
	d, before := withHostedZone(t)
	d.synthesizeText(changingDomain())
	d.apply()
	d.forget("proof-example-com")
	d.destroy()
	wantProofs(t, d, "example.com")
	after := everything(t, d.aws)
	if got, want := len(after["record"]), len(before["record"])+1; got != want {
		t.Errorf("records: got %v, want one more than %v", after["record"], before["record"])
	}
	after["record"] = before["record"]
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("the account (-before +now):\n%s", diff)
	}
}

// TestPortsChangeWithoutAGap takes the container to another first port, and one more port away.
func TestPortsChangeWithoutAGap(t *testing.T) {
	d := newDeployment(t)
	before := everything(t, d.aws)
	const ports = `name: ports
network: {default: true}
container: {name: web, image: public.ecr.aws/nginx/nginx:1.27, ports: [%s]}
scaling: {min: 2, max: 5, requests: {perMinute: 600}}
`
	d.synthesizeText(fmt.Sprintf(ports, "8000, 9000") + "service: {additionalPorts: [{port: 9000, routing: {paths: " +
		"[/admin/*]}}]}\n")
	first := d.apply()

	d.synthesizeText(fmt.Sprintf(ports, "8080"))
	d.wantNoReplacement("aws_ecs_task_definition.")
	second := d.apply()
	d.wantSequence("AuthorizeSecurityGroupIngress", "UpdateService", "DeleteRule", "DeleteTargetGroup")
	d.wantSequence("UpdateService", "RevokeSecurityGroupIngress")
	d.wantSequence("UpdateService", "RevokeSecurityGroupEgress")
	d.wantNoCall("CreateTargetGroup", "ModifyListener")
	if *second.TargetGroup.TargetGroupArn != *first.TargetGroup.TargetGroupArn {
		t.Error("the target group is another one")
	}
	d.wantNoChange()

	d.destroy()
	d.wantAccount(before)
}

// TestServicesExchangeTheirRoutings: AWS gives no two rules of a listener the same priority, not even for a moment.
func TestServicesExchangeTheirRoutings(t *testing.T) {
	d := newDeployment(t)
	const services = `name: exchange
network: {default: true}
container: {name: web, image: public.ecr.aws/nginx/nginx:1.27, ports: [80]}
services:
  app: {container: {name: app, image: public.ecr.aws/nginx/nginx:1.27, ports: [80]}, routing: {%s}}
  admin: {container: {name: admin, image: public.ecr.aws/nginx/nginx:1.27, ports: [80]}, routing: {%s}}
`
	const one, other = `hosts: ["*.example.com"]`, `hosts: [admin.example.com]`
	d.synthesizeText(fmt.Sprintf(services, one, other))
	d.apply()
	d.synthesizeText(fmt.Sprintf(services, other, one))
	d.apply()
	d.wantNoChange()
	d.destroy()
}

// TestAnotherVPCReplacesTheLoadBalancer: AWS refuses to move one to another VPC.
func TestAnotherVPCReplacesTheLoadBalancer(t *testing.T) {
	t.Parallel()
	const moving = `name: moving
network: %s
container: {name: web, image: public.ecr.aws/nginx/nginx:1.27, ports: [80]}
service: {assignPublicIp: true, connect: {}, discovery: {}}
`
	for name, network := range map[string]string{
		"another range":           "{new: {cidr: 10.1.0.0/16}}",
		"another kind of network": "{default: true}",
	} {
		t.Run(name, func(t *testing.T) {
			d := newDeployment(t)
			before := everything(t, d.aws)
			d.synthesizeText(fmt.Sprintf(moving, "{new: {cidr: 10.0.0.0/16}}"))
			first := d.apply()
			d.synthesizeText(fmt.Sprintf(moving, network))
			second := d.apply()
			d.wantSequence("CreateLoadBalancer", "UpdateService", "DeleteLoadBalancer", "DeleteVpc")
			d.wantSequence("CreatePrivateDnsNamespace", "UpdateService", "DeleteNamespace", "DeleteVpc")
			d.wantNoCall("SetSubnets", "SetSecurityGroups")
			wantInVPC(t, second.LoadBalancer, *second.VPC.VpcId)
			if *first.VPC.VpcId == *second.VPC.VpcId || *first.Service.ServiceArn != *second.Service.ServiceArn {
				t.Error("the VPC is the same, or the service another one")
			}
			d.wantNoChange()
			d.destroy()
			d.wantAccount(before)
		})
	}
}

func wantInVPC(t *testing.T, balancer elbtypes.LoadBalancer, vpc string) {
	t.Helper()
	if *balancer.VpcId != vpc {
		t.Errorf("the load balancer is in %s, want %s", *balancer.VpcId, vpc)
	}
}

// wantListeners checks the load balancer's listeners: their port, protocol and what they do.
func wantListeners(t *testing.T, d *deployment, want ...string) {
	t.Helper()
	client := elb.NewFromConfig(d.aws)
	var got []string
	for _, l := range must(client.DescribeLoadBalancers(t.Context(), nil))(t).LoadBalancers {
		listeners := must(client.DescribeListeners(t.Context(),
			&elb.DescribeListenersInput{LoadBalancerArn: l.LoadBalancerArn}))(t).Listeners
		for _, listener := range listeners {
			got = append(got, fmt.Sprint(*listener.Port, " ", listener.Protocol, " ", listener.DefaultActions[0].Type))
		}
	}
	wantSame(t, "listeners", got, want)
}

// wantProofs checks for which names the zone has a record that validates a certificate.
func wantProofs(t *testing.T, d *deployment, want ...string) {
	t.Helper()
	client := route53.NewFromConfig(d.aws)
	var got []string
	for _, zone := range must(client.ListHostedZones(t.Context(), nil))(t).HostedZones {
		resourceRecordSets := must(client.ListResourceRecordSets(t.Context(),
			&route53.ListResourceRecordSetsInput{HostedZoneId: zone.Id}))(t).ResourceRecordSets
		for _, r := range resourceRecordSets {
			if token, name, _ := strings.Cut(strings.TrimSuffix(*r.Name, "."), "."); r.Type == "CNAME" &&
				strings.HasPrefix(token, "_") {
				got = append(got, name)
			}
		}
	}
	wantSame(t, "records that validate a certificate", got, want)
}

// becomeEarlier makes of the synthesized stack the one that an earlier release wrote for the same settings.
func (d *deployment) becomeEarlier() {
	d.t.Helper()
	earlier, err := os.ReadFile(filepath.Join("testdata", "earlier.tf.json"))
	if err == nil {
		err = os.WriteFile(filepath.Join(d.stackFolder, "cdk.tf.json"), earlier, 0o600)
	}
	if err == nil {
		err = d.types.AddFolder(d.stackFolder)
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

// wantUntouched fails where the next apply would create, replace or delete resources of these types.
func (d *deployment) wantUntouched(types ...string) {
	d.t.Helper()
	for address, actions := range d.changes() {
		meant := slices.ContainsFunc(types, func(prefix string) bool { return strings.HasPrefix(address, prefix) })
		if meant && (actions.Create() || actions.Delete() || actions.Replace()) {
			d.t.Errorf("the next apply would %v %s", actions, address)
		}
	}
}

func arnsOf(listeners []elbtypes.Listener) []string {
	var arns []string
	for _, l := range listeners {
		arns = append(arns, *l.ListenerArn)
	}
	return arns
}

// forget takes the resource whose address has this text out of the state, as `terraform state rm` does.
func (d *deployment) forget(part string) {
	d.t.Helper()
	state, err := d.stack.Show(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	for _, resource := range state.Values.RootModule.Resources {
		if strings.Contains(resource.Address, part) {
			if err := d.stack.StateRm(d.t.Context(), resource.Address); err != nil {
				d.t.Fatal(err)
			}
			return
		}
	}
	d.t.Fatalf("the state has no address with %q", part)
}

// find returns the places, among the calls of the last apply, of an operation; of those only whose input has the text
// behind it, where there is one: `CreateListener "Port":443`.
func (d *deployment) find(call string) []int {
	d.t.Helper()
	operation, part, _ := strings.Cut(call, " ")
	var found []int
	for i, c := range d.calls() {
		input, err := json.Marshal(c.Input)
		if err != nil {
			d.t.Fatal(err)
		}
		if c.Operation == operation && strings.Contains(string(input), part) {
			found = append(found, i)
		}
	}
	return found
}

// wantSequence fails where the last apply did not make a call, or not after every one of the call before it.
func (d *deployment) wantSequence(order ...string) {
	d.t.Helper()
	last := -1
	for i, call := range order {
		found := d.find(call)
		switch {
		case len(found) == 0:
			d.t.Errorf("%s was not called", call)
			return
		case found[0] < last:
			d.t.Errorf("%s was called before %s", call, order[i-1])
		}
		last = found[len(found)-1]
	}
}

// wantNoCall fails where the last apply made a call.
func (d *deployment) wantNoCall(unwanted ...string) {
	d.t.Helper()
	for _, call := range unwanted {
		if n := len(d.find(call)); n > 0 {
			d.t.Errorf("%s was called %d times", call, n)
		}
	}
}
