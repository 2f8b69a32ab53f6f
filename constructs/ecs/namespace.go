package ecs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsservicediscoverydnsnamespace"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/servicediscoveryprivatednsnamespace"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/servicediscoveryservice"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/constructs/network"
	"webapp/settings"
)

// Namespace is where services find each other by name, and the security group in which they reach each other.
type Namespace struct {
	id, arn string
	peers   *network.SecurityGroup
	ports   map[int]bool // that the peers admit each other to
	sources []string     // who else may call them
}

// NewNamespace makes a private DNS zone of the VPC, or finds it, and the group of the services in it. The name is that
// of the stack.
func NewNamespace(scope constructs.Construct, id string, vpc *network.VPC, name string, s settings.Namespace) *Namespace {
	scope = constructs.NewConstruct(scope, &id)
	n := &Namespace{
		peers: network.NewSecurityGroup(scope, "peers", vpc, name+"-peers", "Services of "+name+" that call each other"),
		ports: map[int]bool{}, sources: s.AllowedSources,
	}
	if s.Existing {
		found := dataawsservicediscoverydnsnamespace.NewDataAwsServiceDiscoveryDnsNamespace(scope, jsii.String("found"),
			&dataawsservicediscoverydnsnamespace.DataAwsServiceDiscoveryDnsNamespaceConfig{
				Name: &s.Name, Type: jsii.String("DNS_PRIVATE"),
			})
		n.id, n.arn = *found.Id(), *found.Arn()
		return n
	}
	created := servicediscoveryprivatednsnamespace.NewServiceDiscoveryPrivateDnsNamespace(scope, jsii.String("Resource"),
		&servicediscoveryprivatednsnamespace.ServiceDiscoveryPrivateDnsNamespaceConfig{
			Name:        &s.Name,
			Description: jsii.String("Services of " + name),
			Vpc:         jsii.String(vpc.ID()),
			Lifecycle:   replacedFirst(),
		})
	n.id, n.arn = *created.Id(), *created.Arn()
	return n
}

// admit lets the peers, and whom the settings name, reach the peers on a port. Services may share one.
func (n *Namespace) admit(port int) {
	if !n.ports[port] {
		n.ports[port] = true
		n.peers.AdmitGroup("peers", n.peers, port, "Between services")
		for _, source := range n.sources {
			n.peers.AdmitSource(source, port, source+" to services found by name")
		}
	}
}

// replacedFirst has the successor made first. Another VPC or another name is another namespace with other services, and
// AWS deletes no namespace that services of ECS are in: they must have moved before.
// Source: Cloud Map API, DeleteNamespace, ResourceInUse.
func replacedFirst() *cdktf.TerraformResourceLifecycle {
	return &cdktf.TerraformResourceLifecycle{CreateBeforeDestroy: jsii.Bool(true)}
}

// register makes a DNS record, in which ECS keeps the addresses of the healthy tasks.
func (n *Namespace) register(scope constructs.Construct, s settings.Discovery) servicediscoveryservice.ServiceDiscoveryService {
	return servicediscoveryservice.NewServiceDiscoveryService(scope, jsii.String("discovery"), &servicediscoveryservice.ServiceDiscoveryServiceConfig{
		Name: &s.Name,
		DnsConfig: &servicediscoveryservice.ServiceDiscoveryServiceDnsConfig{
			NamespaceId:   &n.id,
			RoutingPolicy: jsii.String("MULTIVALUE"),
			DnsRecords: []*servicediscoveryservice.ServiceDiscoveryServiceDnsConfigDnsRecords{{
				Type: jsii.String("A"), Ttl: jsii.Number(s.TTL.Seconds()),
			}},
		},
		Lifecycle: replacedFirst(),
		// ECS tells the tasks' health. Cloud Map takes no other threshold than 1.
		HealthCheckCustomConfig: &servicediscoveryservice.ServiceDiscoveryServiceHealthCheckCustomConfig{FailureThreshold: jsii.Number(1)},
		// A task that ended without a word must not keep the record from being deleted.
		ForceDestroy: true,
	})
}
