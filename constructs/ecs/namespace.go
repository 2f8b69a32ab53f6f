package ecs

import (
	"maps"
	"slices"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	existing "github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsservicediscoverydnsnamespace"
	private "github.com/cdktf/cdktf-provider-aws-go/aws/v19/servicediscoveryprivatednsnamespace"
	discovery "github.com/cdktf/cdktf-provider-aws-go/aws/v19/servicediscoveryservice"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/constructs/network"
	"webapp/settings"
)

// Namespace is a private DNS zone in which services find each other, and the security group through which they reach
// each other.
type Namespace struct {
	id, arn string
	group   *network.SecurityGroup // of the services in the namespace
	ports   map[int]bool           // that are open already
	sources []string               // other sources that may connect to the services
}

// NamespaceProps are the properties of a Namespace.
type NamespaceProps struct {
	Name     string // of the stack
	VPC      *network.VPC
	Settings settings.Namespace
}

// NewNamespace creates the namespace, or looks up an existing one, and creates the group of the services in it.
func NewNamespace(scope constructs.Construct, id string, props NamespaceProps) *Namespace {
	scope = constructs.NewConstruct(scope, &id)
	s := props.Settings
	n := &Namespace{
		group: network.NewSecurityGroup(scope, "peers", network.SecurityGroupProps{
			VPC: props.VPC, Name: props.Name + "-peers",
			Description: "Services of " + props.Name + " that call each other",
		}),
		ports: map[int]bool{}, sources: s.AllowedSources,
	}
	if s.Existing {
		lookup := existing.NewDataAwsServiceDiscoveryDnsNamespace(scope, jsii.String("found"),
			&existing.DataAwsServiceDiscoveryDnsNamespaceConfig{Name: &s.Name, Type: jsii.String("DNS_PRIVATE")})
		n.id, n.arn = *lookup.Id(), *lookup.Arn()
		return n
	}
	created := private.NewServiceDiscoveryPrivateDnsNamespace(scope, jsii.String("Resource"),
		&private.ServiceDiscoveryPrivateDnsNamespaceConfig{
			Name:        &s.Name,
			Description: jsii.String("Services of " + props.Name),
			Vpc:         jsii.String(props.VPC.ID()),
			Lifecycle:   createBeforeDestroy(),
		})
	n.id, n.arn = *created.Id(), *created.Arn()
	return n
}

// allowPort lets the services, and the other sources that the settings allow, connect to a port of the services.
// Several services may have the same port.
func (n *Namespace) allowPort(port int) {
	if n.ports[port] {
		return
	}
	n.ports[port] = true
	n.group.AllowFrom("peers", n.group, port, "Between services")
	for _, source := range n.sources {
		n.group.AllowFromSource(source, port, source+" to services found by name")
	}
}

// admit lets the tasks of a job connect to the services, and the services not to the tasks. It is called after all
// services have joined. It returns the rules.
func (n *Namespace) admit(job string, tasks *network.SecurityGroup) []cdktf.ITerraformDependable {
	before := len(n.group.Rules())
	for _, port := range slices.Sorted(maps.Keys(n.ports)) {
		n.group.AllowFrom("job-"+job, tasks, port, "Jobs to services")
	}
	return n.group.Rules()[before:]
}

// createBeforeDestroy is for what ECS services are registered in. A changed VPC or name means a new namespace, and AWS
// does not delete the old one until the services have moved.
// Source: Cloud Map API, DeleteNamespace, ResourceInUse.
func createBeforeDestroy() *cdktf.TerraformResourceLifecycle {
	return &cdktf.TerraformResourceLifecycle{CreateBeforeDestroy: jsii.Bool(true)}
}

// register creates a DNS record that holds the addresses of a service's healthy tasks. ECS keeps it up to date.
func (n *Namespace) register(scope constructs.Construct, s settings.Discovery) discovery.ServiceDiscoveryService {
	config := &discovery.ServiceDiscoveryServiceConfig{
		Name: &s.Name,
		DnsConfig: &discovery.ServiceDiscoveryServiceDnsConfig{
			NamespaceId:   &n.id,
			RoutingPolicy: jsii.String("MULTIVALUE"),
			DnsRecords: []*discovery.ServiceDiscoveryServiceDnsConfigDnsRecords{{
				Type: jsii.String("A"), Ttl: jsii.Number(s.TTL.Seconds()),
			}},
		},
		Lifecycle: createBeforeDestroy(),
		// ECS reports the health of the tasks. Cloud Map accepts no threshold but 1.
		HealthCheckCustomConfig: &discovery.ServiceDiscoveryServiceHealthCheckCustomConfig{
			FailureThreshold: jsii.Number(1),
		},
		// Otherwise a task that ended without deregistering would keep the record from being deleted.
		ForceDestroy: true,
	}
	return discovery.NewServiceDiscoveryService(scope, jsii.String("discovery"), config)
}
