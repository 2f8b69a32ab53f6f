package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"

	"webapp/internal/localaws/scheduler"
)

// HintHeader is in the answers to calls that do not reach a task. It holds the local AWS's hint.
const HintHeader = "X-Local-Aws-Hint"

// mesh is how tasks call each other: by the names of Service Connect, by those of Cloud Map, and by address. It is a
// proxy for the stand-ins, which have no network of their own.
type mesh struct {
	world  *World
	server *http.Server
	addr   string
	turns  atomic.Int64 // of the round robin
	// transport connects to the tasks.
	transport http.Transport

	mu       sync.Mutex
	services map[string]meshService // by ARN
	records  map[string]string      // names in private zones, by the ARNs of Cloud Map's services
	networks map[string]seenNetwork // by VPC
}

// meshService is how a service is called by others.
type meshService struct {
	namespace  string // of Service Connect, "" for a service without
	endpoints  []endpoint
	registries []string // ARNs of Cloud Map's services
}

// endpoint is a client alias of Service Connect.
type endpoint struct {
	service  string // the ARN
	portName string // in its task definition
	name     string
	port     int
}

// seenNetwork is a VPC as it was when it was last read.
type seenNetwork struct {
	changes int64 // of rules of security groups
	at      time.Time
	network *network
}

// networkLasts is how long calls use what was read of a VPC, unless a rule of a security group has changed.
const networkLasts = time.Second

func newMesh(w *World) (*mesh, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("opening the network of the tasks: %w", err)
	}
	m := &mesh{
		world: w, addr: listener.Addr().String(), services: map[string]meshService{}, records: map[string]string{},
		networks: map[string]seenNetwork{},
	}
	m.server = &http.Server{Handler: m, ReadHeaderTimeout: time.Minute}
	w.work.Go(func() { _ = m.server.Serve(listener) }) // always ends with ErrServerClosed
	return m, nil
}

func (m *mesh) close() error {
	defer m.transport.CloseIdleConnections()
	return m.server.Close()
}

// put records how a service is called.
func (m *mesh) put(s awsService) {
	one := meshService{}
	if c := s.ServiceConnect; c.Enabled {
		one.namespace = c.Namespace
		for _, of := range c.Services {
			for _, alias := range of.ClientAliases {
				one.endpoints = append(one.endpoints, endpoint{s.ServiceARN, of.PortName, alias.DNSName, alias.Port})
			}
		}
	}
	for _, r := range s.ServiceRegistries {
		one.registries = append(one.registries, r.RegistryARN)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.services[s.ServiceARN] = one
}

func (m *mesh) remove(service string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.services, service)
}

// endpoints returns what a service's tasks can call if they start now. Later endpoints are not for them. Source: ECS
// developer guide, "Amazon ECS Service Connect components".
func (m *mesh) endpoints(service string) []endpoint {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []endpoint
	for arn, one := range m.services {
		if placeOf(arn) == placeOf(service) && sameNamespace(one.namespace, m.services[service].namespace) {
			all = append(all, one.endpoints...)
		}
	}
	return all
}

// sameNamespace compares namespaces, each given by its id or by the ARN that ends in it.
func sameNamespace(a, b string) bool {
	return a != "" && b != "" && (strings.HasSuffix(a, b) || strings.HasSuffix(b, a))
}

// join tells the containers of a task how to call others, and how others call them. In containers an alias of Service
// Connect is a name of the VPC's network, which leads to the container's own port only.
func (p *preflight) join(launch *scheduler.Launch) error {
	m := p.world.mesh
	aliases, err := m.names(p.ctx, p.order.Service)
	if err != nil {
		return err
	}
	for _, e := range m.endpoints(p.order.Service) {
		if e.service == p.order.Service && p.attachment.ports[e.portName] == e.port {
			aliases = append(aliases, e.name)
		}
	}
	proxy := url.URL{Scheme: "http", Host: m.addr,
		User: url.UserPassword(p.attachment.network.vpc, p.attachment.address.String())}
	for i := range launch.Containers {
		launch.Containers[i].Aliases, launch.Containers[i].Proxy = aliases, proxy.String()
	}
	return nil
}

// names are the names in private zones that lead to a service's tasks.
func (m *mesh) names(ctx context.Context, service string) ([]string, error) {
	m.mu.Lock()
	registries := m.services[service].registries
	m.mu.Unlock()
	var all []string
	for _, arn := range registries {
		name, err := m.record(ctx, arn)
		if err != nil {
			return nil, err
		}
		all = append(all, name)
	}
	return all, nil
}

// record returns the name of the record that a service of Cloud Map keeps, such as api.shop.internal.
func (m *mesh) record(ctx context.Context, arn string) (string, error) {
	m.mu.Lock()
	known := m.records[arn]
	m.mu.Unlock()
	if known != "" {
		return known, nil
	}
	client := servicediscovery.NewFromConfig(m.world.config(placeOf(arn)))
	id := arn[strings.LastIndex(arn, "/")+1:]
	found, err := client.GetService(ctx, &servicediscovery.GetServiceInput{Id: &id})
	if err != nil {
		return "", err
	}
	namespace := aws.ToString(found.Service.NamespaceId)
	if namespace == "" && found.Service.DnsConfig != nil {
		//nolint:staticcheck // Terraform's provider still sends it
		namespace = aws.ToString(found.Service.DnsConfig.NamespaceId)
	}
	in, err := client.GetNamespace(ctx, &servicediscovery.GetNamespaceInput{Id: &namespace})
	if err != nil {
		return "", err
	}
	name := aws.ToString(found.Service.Name) + "." + aws.ToString(in.Namespace.Name)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.records[arn] = name
	return name, nil
}

// portsOf are the container ports of a task definition by the names that Service Connect uses.
func portsOf(d types.TaskDefinition) map[string]int {
	ports := map[string]int{}
	for _, c := range d.ContainerDefinitions {
		for _, mapping := range c.PortMappings {
			if name := aws.ToString(mapping.Name); name != "" {
				ports[name] = int(aws.ToInt32(mapping.ContainerPort))
			}
		}
	}
	return ports
}

// unreached is why a call does not reach a task: what the caller sees, and a hint, which is not AWS's.
type unreached struct {
	status      int
	words, hint string
}

// ServeHTTP makes a call for a stand-in, which identifies itself by its VPC and its address there.
func (m *mesh) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	caller := m.caller(r)
	if caller == nil {
		http.Error(w, "only tasks are let in", http.StatusProxyAuthRequired)
		return
	}
	address, why := m.find(r.Context(), caller, r.URL)
	if why != nil {
		w.Header().Set(HintHeader, why.hint)
		http.Error(w, why.words, why.status)
		return
	}
	proxy := httputil.ReverseProxy{
		Rewrite:       func(p *httputil.ProxyRequest) { p.Out.URL.Host, p.Out.Host = address, p.In.Host },
		Transport:     &m.transport,
		FlushInterval: -1,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, err.Error(), http.StatusBadGateway)
		},
	}
	proxy.ServeHTTP(w, r)
}

// caller is the task that calls, nil where it is none.
func (m *mesh) caller(r *http.Request) *attachment {
	who := http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}
	vpc, ip, _ := who.BasicAuth()
	return m.world.launcher.attachment(vpc, ip)
}

// find returns where the task that a URL leads to listens on this machine.
func (m *mesh) find(ctx context.Context, caller *attachment, to *url.URL) (address string, why *unreached) {
	name, port := to.Hostname(), number(cmp.Or(to.Port(), "80"))
	network, err := m.network(ctx, caller)
	if err != nil {
		return "", &unreached{status: http.StatusBadGateway, words: err.Error()}
	}
	c := call{mesh: m, from: caller, network: network, name: name, port: port}
	if slices.ContainsFunc(caller.endpoints, func(e endpoint) bool { return e.name == name }) {
		return c.byConnect()
	}
	return c.direct(ctx)
}

// network is the caller's VPC as it is now: rules of security groups may have changed since the caller started.
func (m *mesh) network(ctx context.Context, caller *attachment) (*network, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	vpc, changes := caller.network.vpc, m.world.balancers.changes.Load()
	if seen := m.networks[vpc]; seen.changes == changes && time.Since(seen.at) < networkLasts {
		return seen.network, nil
	}
	read, err := readNetwork(ctx, m.world.config(caller.where), vpc)
	if err != nil {
		return nil, err
	}
	m.networks[vpc] = seenNetwork{changes, time.Now(), read}
	return read, nil
}

// call is one call of a task.
type call struct {
	mesh    *mesh
	from    *attachment
	network *network
	name    string
	port    int
}

// byConnect calls by Service Connect. What fails is answered by the proxy that ECS adds to the task, in Envoy's words.
func (c call) byConnect() (address string, why *unreached) {
	i := slices.IndexFunc(c.from.endpoints, func(e endpoint) bool { return e.name == c.name && e.port == c.port })
	if i < 0 {
		return "", &unreached{
			http.StatusBadGateway, fmt.Sprintf("dial tcp 127.255.0.1:%d: connect: connection refused", c.port),
			fmt.Sprintf("Service Connect has the name %s at another port: see the server's connect.port.", c.name),
		}
	}
	to := c.from.endpoints[i]
	found := c.targets(func(i scheduler.Instance, a *attachment) int {
		if i.Service != to.service {
			return 0
		}
		return a.ports[to.portName]
	})
	address, hint := c.choose(found)
	switch {
	case len(found) == 0:
		return "", &unreached{http.StatusServiceUnavailable, "no healthy upstream",
			fmt.Sprintf("No task of %s runs in the VPC and passes its containers' health checks.", to.service)}
	case address == "":
		return "", &unreached{http.StatusServiceUnavailable, "upstream connect error or disconnect/reset before " +
			"headers. reset reason: connection timeout", hint}
	}
	return address, nil
}

// direct calls a task by its address, or by a name in a private zone. AWS's resolver knows these where the VPC has both
// DNS attributes. Source: Route 53 developer guide, "Considerations when working with a private hosted zone".
func (c call) direct(ctx context.Context) (address string, why *unreached) {
	services, err := c.registered(ctx)
	if err != nil {
		return "", &unreached{status: http.StatusBadGateway, words: err.Error()}
	}
	ip, err := netip.ParseAddr(c.name)
	isAddress := err == nil
	found := c.targets(func(i scheduler.Instance, a *attachment) int {
		if isAddress && a.address == ip || slices.Contains(services, i.Service) {
			return c.port
		}
		return 0
	})
	if len(found) == 0 && !isAddress {
		return "", &unreached{http.StatusBadGateway, fmt.Sprintf("dial tcp: lookup %s: no such host", c.name),
			"The caller's tasks know the names of their namespace in Service Connect that existed when they started, " +
				"and those of Cloud Map with healthy tasks in their VPC, which must have DNS support and DNS hostnames."}
	}
	address, hint := c.choose(found)
	if address == "" {
		return "", &unreached{http.StatusGatewayTimeout,
			fmt.Sprintf("dial tcp %s: i/o timeout", net.JoinHostPort(c.name, fmt.Sprint(c.port))), hint}
	}
	return address, nil
}

// registered returns the services whose tasks are behind a name in a private zone.
func (c call) registered(ctx context.Context) ([]string, error) {
	if !c.network.resolves {
		return nil, nil
	}
	c.mesh.mu.Lock()
	var all []string
	for arn := range c.mesh.services {
		if placeOf(arn) == c.from.where {
			all = append(all, arn)
		}
	}
	c.mesh.mu.Unlock()
	var problems error
	return slices.DeleteFunc(all, func(arn string) bool {
		names, err := c.mesh.names(ctx, arn)
		problems = errors.Join(problems, err)
		return !slices.Contains(names, strings.ToLower(c.name))
	}), problems
}

// callee is a task that a call may go to.
type callee struct {
	*attachment
	port    int
	address string // on this machine
}

// targets returns the tasks in the caller's VPC at whose port a call arrives; 0 is for those that it is not for.
func (c call) targets(port func(scheduler.Instance, *attachment) int) []callee {
	var all []callee
	for _, i := range c.mesh.world.scheduler.Instances() {
		if a := c.mesh.world.launcher.attachment(c.network.vpc, i.IP); a != nil && a.service == i.Service {
			if n := port(i, a); n != 0 {
				all = append(all, callee{a, n, i.Addresses[n]})
			}
		}
	}
	return all
}

// choose takes the targets in turns. The address is empty, with a hint, where the chosen one is not reached.
func (c call) choose(targets []callee) (address, hint string) {
	if len(targets) == 0 {
		return "", "No task has this address."
	}
	to := targets[int(c.mesh.turns.Add(1))%len(targets)]
	if !c.network.connects(c.from.peer(), to.peer(), to.port) {
		return "", fmt.Sprintf("The security groups do not let the caller connect to port %d of %s: the caller's, "+
			"%s, must let it out, and the other's, %s, must let it in.", to.port, to.service,
			strings.Join(c.from.groups, ", "), strings.Join(to.groups, ", "))
	}
	if to.address == "" {
		return "", fmt.Sprintf("No container of %s has the port %d.", to.service, to.port)
	}
	return to.address, ""
}
