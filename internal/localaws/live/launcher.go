package live

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"webapp/internal/localaws/engine"
	"webapp/internal/localaws/scheduler"
)

// launcher finds out what a task needs from the records.
type launcher struct {
	world *World

	mu          sync.Mutex
	taken       map[string]int         // addresses given out, by subnet
	attachments map[string]*attachment // of the tasks, by VPC and address
}

// Launch resolves a task: its address, its containers, and the values of its secrets. It refuses a task that AWS would
// not start, in the order in which AWS looks: roles, secrets, credentials of ECR, environment files, file systems,
// logs, images.
func (l *launcher) Launch(ctx context.Context, o scheduler.Order, task string) (scheduler.Launch, error) {
	p := &preflight{ctx: ctx, world: l.world, where: placeOf(o.Cluster), task: task, order: o}
	cfg := l.world.config(p.where)
	described, err := ecs.NewFromConfig(cfg).DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{
		TaskDefinition: &o.TaskDefinition,
	})
	if err != nil {
		return scheduler.Launch{}, err
	}
	p.definition = *described.TaskDefinition
	if err := p.override(); err != nil {
		return scheduler.Launch{}, err
	}
	if err := p.assumeRoles(); err != nil {
		return scheduler.Launch{}, err
	}
	if p.attachment, err = l.attach(ctx, cfg, o, portsOf(p.definition)); err != nil {
		return scheduler.Launch{}, err
	}
	launch := scheduler.Launch{
		IP: p.attachment.address.String(), Subnet: p.attachment.subnet,
		Zone: aws.ToString(p.attachment.network.subnets[p.attachment.subnet].AvailabilityZone),
		CPU:  number(aws.ToString(p.definition.Cpu)), MemoryMiB: number(aws.ToString(p.definition.Memory)),
	}
	checks := []func(*scheduler.Launch) error{
		p.containers, p.registryAuth, p.environmentFiles, p.volumes, p.logStreams, p.join, p.pull,
	}
	for _, check := range checks {
		if err := check(&launch); err != nil {
			return launch, err
		}
	}
	return launch, nil
}

// firstHost is the first address of a subnet that a task may get: AWS keeps the first four for itself. Source: VPC user
// guide, "Subnet CIDR blocks".
const firstHost = 4

// attach gives a task with named ports a network interface. Tasks are spread over the subnets.
func (l *launcher) attach(
	ctx context.Context, cfg aws.Config, o scheduler.Order, ports map[string]int,
) (*attachment, error) {
	in := &ec2.DescribeSubnetsInput{SubnetIds: o.Subnets}
	out, err := ec2.NewFromConfig(cfg).DescribeSubnets(ctx, in)
	if err != nil {
		return nil, fmt.Errorf("reading the task's subnets: %w", err)
	}
	if len(out.Subnets) == 0 {
		return nil, errors.New("the task has no subnets")
	}
	vpc := aws.ToString(out.Subnets[0].VpcId)
	network, err := readNetwork(ctx, cfg, vpc)
	if err != nil {
		return nil, err
	}
	a := &attachment{network: network, where: placeOf(o.Cluster), groups: o.SecurityGroups,
		public: o.AssignPublicIP, service: o.Service, ports: ports, endpoints: l.world.mesh.endpoints(o.Service)}
	if len(a.groups) == 0 {
		a.groups = network.defaultGroup()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	least := slices.MinFunc(out.Subnets, func(a, b ec2types.Subnet) int {
		return l.taken[aws.ToString(a.SubnetId)] - l.taken[aws.ToString(b.SubnetId)]
	})
	a.subnet = aws.ToString(least.SubnetId)
	prefix, err := netip.ParsePrefix(aws.ToString(least.CidrBlock))
	if err != nil {
		return nil, err
	}
	hosts := 1<<(32-prefix.Bits()) - firstHost - 1 // the last one is AWS's as well
	first := binary.BigEndian.Uint32(prefix.Addr().AsSlice())
	var address [4]byte
	host := uint32(firstHost + l.taken[a.subnet]%hosts) //nolint:gosec // within the subnet
	binary.BigEndian.PutUint32(address[:], first+host)
	l.taken[a.subnet]++
	a.address = netip.AddrFrom4(address)
	l.attachments[vpc+" "+a.address.String()] = a
	return a, nil
}

// containers resolves the containers of a task, with the values of their secrets.
func (p *preflight) containers(launch *scheduler.Launch) error {
	var ports []int
	for _, c := range p.definition.ContainerDefinitions {
		resolved, err := p.container(c)
		if err != nil {
			return err
		}
		ports = append(ports, resolved.Ports...)
		launch.Containers = append(launch.Containers, resolved)
	}
	for i := range launch.Containers {
		one := &launch.Containers[i]
		one.NetworkPorts, one.VPC = ports, p.attachment.network.vpc
		one.Completes = isAwaited(one.Name, launch.Containers) || one.Name == p.completes()
	}
	return nil
}

// isAwaited reports whether a container waits for another one to end. Source: ECS API, ContainerDependency.
func isAwaited(name string, containers []scheduler.Container) bool {
	return slices.ContainsFunc(containers, func(c scheduler.Container) bool {
		return c.DependsOn[name] == "COMPLETE" || c.DependsOn[name] == "SUCCESS"
	})
}

// logStreams creates the containers' log streams.
func (p *preflight) logStreams(launch *scheduler.Launch) error {
	var streams []*logStream
	launch.Ended = func() {
		for _, s := range streams {
			s.close()
		}
	}
	for i, c := range p.definition.ContainerDefinitions {
		s, err := p.logStream(c)
		if err != nil {
			return err
		}
		launch.Containers[i].Log = s.add
		streams = append(streams, s)
	}
	return nil
}

// container resolves one container of a task definition.
func (p *preflight) container(c types.ContainerDefinition) (scheduler.Container, error) {
	resolved := scheduler.Container{
		Container: engine.Container{
			Task: p.task, Name: aws.ToString(c.Name), Image: aws.ToString(c.Image), EntryPoint: c.EntryPoint,
			Command:     c.Command,
			Environment: map[string]string{}, User: aws.ToString(c.User),
			WorkingDirectory: aws.ToString(c.WorkingDirectory),
			ReadOnly:         aws.ToBool(c.ReadonlyRootFilesystem), CPU: int(c.Cpu),
			MemoryMiB: number(aws.ToString(p.definition.Memory)),
			Network:   p.task,
		},
		Essential:   c.Essential == nil || *c.Essential,
		StopTimeout: 30 * time.Second, // ECS API, ContainerDefinition: stopTimeout
		DependsOn:   map[string]string{},
	}
	if c.Memory != nil && *c.Memory > 0 {
		resolved.MemoryMiB = int(*c.Memory)
	}
	if resolved.CPU == 0 {
		resolved.CPU = number(aws.ToString(p.definition.Cpu))
	}
	if c.LinuxParameters != nil {
		resolved.Init = aws.ToBool(c.LinuxParameters.InitProcessEnabled)
	}
	if c.StopTimeout != nil {
		resolved.StopTimeout = time.Duration(*c.StopTimeout) * time.Second
	}
	for _, p := range c.PortMappings {
		resolved.Ports = append(resolved.Ports, int(aws.ToInt32(p.ContainerPort)))
	}
	for _, d := range c.DependsOn {
		resolved.DependsOn[aws.ToString(d.ContainerName)] = string(d.Condition)
	}
	if h := c.HealthCheck; h != nil {
		resolved.HealthCheck = healthCheckOf(h)
	}
	if r := c.RestartPolicy; r != nil && aws.ToBool(r.Enabled) {
		resolved.Restart = p.world.restartOf(r)
	}
	for _, pair := range c.Environment {
		resolved.Environment[aws.ToString(pair.Name)] = aws.ToString(pair.Value)
	}
	if c.RepositoryCredentials != nil {
		var err error
		secret := aws.ToString(c.RepositoryCredentials.CredentialsParameter)
		if resolved.Credentials, err = p.credentials(secret); err != nil {
			return resolved, err
		}
	}
	for _, secret := range c.Secrets {
		value, err := p.secret(aws.ToString(secret.ValueFrom))
		if err != nil {
			return resolved, err
		}
		resolved.Environment[aws.ToString(secret.Name)] = value
	}
	return resolved, nil
}

// restartOf fills in the default. Source: ECS API, ContainerRestartPolicy.
func (w *World) restartOf(r *types.ContainerRestartPolicy) *engine.Restart {
	seconds := cmp.Or(aws.ToInt32(r.RestartAttemptPeriod), 300)
	restart := &engine.Restart{AttemptPeriod: time.Duration(seconds) * w.options.Second}
	for _, code := range r.IgnoredExitCodes {
		restart.IgnoredExitCodes = append(restart.IgnoredExitCodes, int(code))
	}
	return restart
}

// healthCheckOf fills in the defaults. Source: ECS API, HealthCheck.
func healthCheckOf(h *types.HealthCheck) *scheduler.HealthCheck {
	seconds := func(n *int32, otherwise int32) time.Duration {
		if n != nil {
			otherwise = *n
		}
		return time.Duration(otherwise) * time.Second
	}
	retries := 3
	if h.Retries != nil {
		retries = int(*h.Retries)
	}
	return &scheduler.HealthCheck{
		Command: h.Command, Interval: seconds(h.Interval, 30), Timeout: seconds(h.Timeout, 5),
		StartPeriod: seconds(h.StartPeriod, 0), Retries: retries,
	}
}
