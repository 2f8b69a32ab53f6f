package localaws

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	discoverytypes "github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
	"github.com/google/go-cmp/cmp"

	"webapp/internal/localaws/engine"
)

// namespace creates a private zone of the VPC.
func (s *liveSite) namespace(name string) discoverytypes.NamespaceSummary {
	s.t.Helper()
	client := servicediscovery.NewFromConfig(s.cfg)
	try(client.CreatePrivateDnsNamespace(s.t.Context(), &servicediscovery.CreatePrivateDnsNamespaceInput{
		Name: &name, Vpc: &s.vpc,
	}))(s.t)
	return try(client.ListNamespaces(s.t.Context(), nil))(s.t).Namespaces[0]
}

// createAPI creates a service that others reach at a port of the alias api, and at the port 80 of its record in the
// zone.
func (s *liveSite) createAPI(namespace discoverytypes.NamespaceSummary, port int32) {
	s.t.Helper()
	definition := s.definition("api", "api", s.secret+":password::")
	definition.ContainerDefinitions[0].PortMappings[0].Name = aws.String("http")
	definition.ContainerDefinitions[0].PortMappings[0].AppProtocol = ecstypes.ApplicationProtocolHttp
	try(s.ecs.RegisterTaskDefinition(s.t.Context(), definition))(s.t)
	record := try(servicediscovery.NewFromConfig(s.cfg).CreateService(s.t.Context(),
		&servicediscovery.CreateServiceInput{
			Name: aws.String("api"), NamespaceId: namespace.Id, DnsConfig: &discoverytypes.DnsConfig{
				DnsRecords: []discoverytypes.DnsRecord{{Type: discoverytypes.RecordTypeA, TTL: aws.Int64(10)}},
			},
		}))(s.t).Service.Arn
	in := s.serviceInput("api", "api")
	in.ServiceRegistries = []ecstypes.ServiceRegistry{{RegistryArn: record}}
	in.ServiceConnectConfiguration = &ecstypes.ServiceConnectConfiguration{
		Enabled: true, Namespace: namespace.Arn, Services: []ecstypes.ServiceConnectService{{
			PortName: aws.String("http"), DiscoveryName: aws.String("api-sc"),
			ClientAliases: []ecstypes.ServiceConnectClientAlias{{DnsName: aws.String("api"), Port: &port}},
		}},
	}
	try(s.ecs.CreateService(s.t.Context(), in))(s.t)
}

// connect has the service web join a namespace, as a client only.
func (s *liveSite) connect(namespace *string) error {
	_, err := s.ecs.UpdateService(s.t.Context(), &ecs.UpdateServiceInput{
		Cluster: aws.String("web"), Service: aws.String("web"),
		ServiceConnectConfiguration: &ecstypes.ServiceConnectConfiguration{Enabled: true, Namespace: namespace},
	})
	return err
}

// TestServicesCallEachOther by the names of Service Connect and of Cloud Map, as far as security groups let them.
func TestServicesCallEachOther(t *testing.T) {
	t.Parallel()
	s := startStandIns(t)
	// call has a task of web call an address.
	call := func(address string) (int, string) {
		return s.request(http.MethodGet, "/call?url="+url.QueryEscape(address), "")
	}
	answers := func(address, image string) func(ecstypes.Service) bool {
		return func(ecstypes.Service) bool {
			status, body := call(address)
			var answer engine.Answer
			return status == http.StatusOK && json.Unmarshal([]byte(body), &answer) == nil && answer.Image == image &&
				answer.Path == "/x?y=1"
		}
	}
	fails := func(why, address string, status int, words string) {
		t.Helper()
		if got, body := call(address); got != status || body != words+"\n" {
			t.Errorf("%s: %s: got %d %q, want %d %q", why, address, got, body, status, words)
		}
	}
	const byConnect, byRecord = "http://api:8080/x?y=1", "http://api.shop.internal/x?y=1"
	const timeout = "upstream connect error or disconnect/reset before headers. reset reason: connection timeout"

	s.await("v1", s.deployed("v1"))
	zone := s.namespace("shop.internal")
	s.createAPI(zone, 8080)
	s.admit(s.tasks, fromGroup(s.tasks, 80))
	fails("the caller is in no namespace", byConnect, http.StatusBadGateway, "dial tcp: lookup api: no such host")
	fails("the VPC has no DNS hostnames", byRecord, http.StatusBadGateway,
		"dial tcp: lookup api.shop.internal: no such host")

	var missing *ecstypes.NamespaceNotFoundException
	if err := s.connect(aws.String(*zone.Arn + "0")); !errors.As(err, &missing) {
		t.Errorf("a namespace that is not there: got %v, want NamespaceNotFoundException", err)
	}
	try(s.ec2.ModifyVpcAttribute(t.Context(), &ec2.ModifyVpcAttributeInput{
		VpcId: &s.vpc, EnableDnsHostnames: &ec2types.AttributeBooleanValue{Value: aws.Bool(true)},
	}))(t)
	if err := s.connect(zone.Arn); err != nil {
		t.Fatal(err)
	}
	s.await("a call by Service Connect", answers(byConnect, "api"))
	s.await("web in the namespace", s.deployed("v1"))
	fails("no such name", "http://nobody/", http.StatusBadGateway, "dial tcp: lookup nobody: no such host")
	fails("another port of the alias", "http://api/", http.StatusBadGateway,
		"dial tcp 127.255.0.1:80: connect: connection refused")

	s.shut(s.tasks, fromGroup(s.tasks, 80))
	fails("the server admits nobody", byConnect, http.StatusServiceUnavailable, timeout)
	fails("the server admits nobody", byRecord, http.StatusGatewayTimeout,
		"dial tcp api.shop.internal:80: i/o timeout")

	s.admit(s.tasks, fromGroup(s.tasks, 80))
	s.await("a call by the record", answers(byRecord, "api"))

	try(s.ecs.UpdateService(t.Context(), &ecs.UpdateServiceInput{
		Cluster: aws.String("web"), Service: aws.String("api"), DesiredCount: aws.Int32(0),
	}))(t)
	s.await("the end of the server", func(ecstypes.Service) bool {
		status, body := call(byConnect)
		return status == http.StatusServiceUnavailable && body == "no healthy upstream\n"
	})
}

// recording is an engine that says which containers it has started.
type recording struct {
	inline
	started chan engine.Container
}

func (e recording) Start(ctx context.Context, c engine.Container) (engine.Running, error) {
	if c.Image == "api" {
		e.started <- c
	}
	return e.inline.Start(ctx, c)
}

// TestContainersGetTheirNames in the network of their VPC. There nothing leads from an alias's port to the container's.
func TestContainersGetTheirNames(t *testing.T) {
	t.Parallel()
	for port, want := range map[int32][]string{80: {"api.shop.internal", "api"}, 8080: {"api.shop.internal"}} {
		started := make(chan engine.Container, 100)
		s := startSiteOn(t, recording{started: started})
		s.createAPI(s.namespace("shop.internal"), port)
		if diff := cmp.Diff(want, (<-started).Aliases); diff != "" {
			t.Errorf("the alias has the port %d: names (-want +got):\n%s", port, diff)
		}
	}
}
