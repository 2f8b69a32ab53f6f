package e2e

import (
	"fmt"
	"net/http"
	neturl "net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/google/go-cmp/cmp"

	"webapp/settings"
)

// changingShop is a service in the default VPC, with room for what changes.
const changingShop = `name: shop
network: {default: true}
loadBalancer: {%s}
container: {name: web, image: public.ecr.aws/nginx/nginx:1.27, ports: [80]}
`

// TestHTTPSComesGrowsAndGoes takes a service from HTTP to HTTPS, adds and removes names, and goes back.
func TestHTTPSComesGrowsAndGoes(t *testing.T) {
	d := newDeployment(t)
	before := everything(t, d.aws)
	zone := given["https-domain"]
	zone(t, d.aws)
	withZone := everything(t, d.aws)
	domain := func(aliases ...string) string {
		return fmt.Sprintf(changingShop, "domain: {name: example.com, zone: example.com, aliases: ["+strings.Join(aliases, ", ")+"]}")
	}
	d.synthesizeText(fmt.Sprintf(changingShop, ""))
	http := d.apply()

	t.Log("HTTPS comes: port 80 is open all the time, and redirects once port 443 answers")
	d.synthesizeText(domain())
	calls := d.record()
	d.apply()
	calls.wantOrder("CreateListener Port=443", "ModifyListener RedirectConfig")
	calls.wantNone("CreateListener Port=80", "DeleteListener", "RevokeSecurityGroupIngress", "SetSubnets")
	wantListeners(t, d, "80 HTTP redirect", "443 HTTPS forward")
	wantProofs(t, d, "example.com")
	d.wantNoChange()

	t.Log("names come: the certificate is another one, the record of the first name stays")
	d.synthesizeText(domain("www.example.com", `"*.example.com"`))
	calls = d.record()
	d.apply()
	calls.wantOrder("RequestCertificate", "ModifyListener", "DeleteCertificate")
	calls.wantNone("ChangeResourceRecordSets <Action>DELETE")
	wantProofs(t, d, "example.com", "www.example.com")
	d.wantNoChange()

	t.Log("names go: the wildcard shares the record of the name that stays")
	d.synthesizeText(domain())
	d.apply()
	wantProofs(t, d, "example.com")
	d.wantNoChange()

	t.Log("HTTPS goes: port 80 serves again before port 443 closes")
	d.synthesizeText(fmt.Sprintf(changingShop, ""))
	calls = d.record()
	again := d.apply()
	calls.wantOrder("ModifyListener Type=forward", "DeleteListener")
	calls.wantNone("CreateListener")
	wantListeners(t, d, "80 HTTP forward")
	if *again.Listeners[0].ListenerArn != *http.Listeners[0].ListenerArn {
		t.Error("the listener on port 80 is another one")
	}
	wantProofs(t, d)
	d.wantNoChange()

	t.Log("the port changes: the new one is open before the old one closes")
	d.synthesizeText(fmt.Sprintf(changingShop, "port: 8080"))
	calls = d.record()
	d.apply()
	calls.wantOrder("CreateListener Port=8080", "DeleteListener")
	wantListeners(t, d, "8080 HTTP forward")
	d.wantNoChange()

	t.Log("a record that another certificate needs is left when the stack forgets it")
	d.synthesizeText(domain())
	d.apply()
	d.forget("proof-example-com")
	d.destroy()
	wantProofs(t, d, "example.com")
	after := everything(t, d.aws)
	if got, want := len(after["record"]), len(withZone["record"])+1; got != want {
		t.Errorf("records: got %v, want one more than %v", after["record"], withZone["record"])
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
	d.synthesizeText(fmt.Sprintf(ports, "8000, 9000") + "service: {additionalPorts: [{port: 9000, routing: {paths: [/admin/*]}}]}\n")
	first := d.apply()

	d.synthesizeText(fmt.Sprintf(ports, "8080"))
	d.wantNoReplacement("aws_ecs_task_definition.")
	calls := d.record()
	second := d.apply()
	calls.wantOrder("AuthorizeSecurityGroupIngress", "UpdateService", "DeleteRule", "DeleteTargetGroup")
	calls.wantOrder("UpdateService", "RevokeSecurityGroupIngress")
	calls.wantOrder("UpdateService", "RevokeSecurityGroupEgress")
	calls.wantNone("CreateTargetGroup", "ModifyListener")
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
	d := newDeployment(t)
	before := everything(t, d.aws)
	const moving = `name: moving
network: %s
container: {name: web, image: public.ecr.aws/nginx/nginx:1.27, ports: [80]}
service: {publicAddresses: true}
`
	d.synthesizeText(fmt.Sprintf(moving, "{new: {cidr: 10.0.0.0/16}}"))
	first := d.apply()
	d.synthesizeText(fmt.Sprintf(moving, "{new: {cidr: 10.1.0.0/16}}"))
	calls := d.record()
	second := d.apply()
	calls.wantOrder("CreateLoadBalancer", "UpdateService", "DeleteLoadBalancer", "DeleteVpc")
	calls.wantNone("SetSubnets", "SetSecurityGroups")
	wantInVPC(t, second.LoadBalancer, *second.VPC.VpcId)
	if *first.VPC.VpcId == *second.VPC.VpcId || *first.Service.ServiceArn != *second.Service.ServiceArn {
		t.Error("the VPC is the same, or the service another one")
	}
	d.wantNoChange()

	t.Log("another kind of network is another VPC too")
	d.synthesizeText(fmt.Sprintf(moving, "{default: true}"))
	calls = d.record()
	third := d.apply()
	calls.wantOrder("CreateLoadBalancer", "UpdateService", "DeleteLoadBalancer", "DeleteVpc")
	calls.wantNone("SetSubnets", "SetSecurityGroups")
	wantInVPC(t, third.LoadBalancer, *third.VPC.VpcId)
	d.wantNoChange()

	d.destroy()
	d.wantAccount(before)
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
		for _, listener := range must(client.DescribeListeners(t.Context(), &elb.DescribeListenersInput{LoadBalancerArn: l.LoadBalancerArn}))(t).Listeners {
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
		for _, r := range must(client.ListResourceRecordSets(t.Context(), &route53.ListResourceRecordSetsInput{HostedZoneId: zone.Id}))(t).ResourceRecordSets {
			if token, name, _ := strings.Cut(strings.TrimSuffix(*r.Name, "."), "."); r.Type == "CNAME" && strings.HasPrefix(token, "_") {
				got = append(got, name)
			}
		}
	}
	wantSame(t, "records that validate a certificate", got, want)
}

// synthesizeText is synthesize with the text of a settings file.
func (d *deployment) synthesizeText(text string) {
	d.t.Helper()
	all, err := settings.Parse("webapp.yaml", []byte(text), settings.Options{})
	if err != nil {
		d.t.Fatal(err)
	}
	d.write(all[0])
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

// calls are what Terraform asks of AWS, in order, each with its action and body. A call is named by its action, and by a
// part of its body where it takes that to tell it from others: "CreateListener Port=443".
type calls struct {
	t     *testing.T
	mutex sync.Mutex
	all   []string
}

// record keeps the calls of what follows.
func (d *deployment) record() *calls {
	d.t.Helper()
	c := &calls{t: d.t}
	d.pointAt(through(d.t, d.server.URL(), func(r *http.Request, body []byte) []byte {
		c.mutex.Lock()
		defer c.mutex.Unlock()
		c.all = append(c.all, action(r, body)+" "+string(body))
		return body
	}))
	return c
}

// action is that of a request: of JSON by its header, of forms by a field, of XML by the first element.
func action(r *http.Request, body []byte) string {
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		return target[strings.LastIndex(target, ".")+1:]
	}
	if found := xmlRequest.FindSubmatch(body); found != nil {
		return string(found[1])
	}
	form, err := neturl.ParseQuery(string(body))
	if err != nil {
		return ""
	}
	return form.Get("Action")
}

var xmlRequest = regexp.MustCompile(`^(?:<\?[^>]*>)?<(\w+)Request\b`)

// find returns the places of a call.
func (c *calls) find(call string) []int {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	action, part, _ := strings.Cut(call, " ")
	var found []int
	for i, text := range c.all {
		if strings.HasPrefix(text, action+" ") && strings.Contains(text, part) {
			found = append(found, i)
		}
	}
	return found
}

// wantOrder fails where a call was not made, or not after every one of the call before it.
func (c *calls) wantOrder(order ...string) {
	c.t.Helper()
	last := -1
	for i, call := range order {
		found := c.find(call)
		switch {
		case len(found) == 0:
			c.t.Errorf("%s was not called", call)
			return
		case found[0] < last:
			c.t.Errorf("%s was called before %s", call, order[i-1])
		}
		last = found[len(found)-1]
	}
}

func (c *calls) wantNone(unwanted ...string) {
	c.t.Helper()
	for _, call := range unwanted {
		for _, i := range c.find(call) {
			c.t.Errorf("called: %.300s", c.all[i])
		}
	}
}
