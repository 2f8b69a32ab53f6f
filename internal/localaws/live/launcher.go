package live

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"webapp/internal/localaws/engine"
	"webapp/internal/localaws/scheduler"
)

// launcher finds out what a task needs from the records.
type launcher struct {
	world *World

	mu    sync.Mutex
	taken map[string]int // addresses given out, by subnet
}

// Launch resolves a task: its address, its containers, and the values of its secrets.
func (l *launcher) Launch(ctx context.Context, s scheduler.Service, task string) (scheduler.Launch, error) {
	where := placeOf(s.ARN)
	cfg := l.world.config(where)
	described, err := ecs.NewFromConfig(cfg).DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{
		TaskDefinition: &s.TaskDefinition,
	})
	if err != nil {
		return scheduler.Launch{}, err
	}
	launch, vpc, err := l.attach(ctx, ec2.NewFromConfig(cfg), s)
	if err != nil {
		return launch, err
	}
	definition := described.TaskDefinition
	var ports []int
	for _, c := range definition.ContainerDefinitions {
		resolved, err := l.container(ctx, where, task, *definition, c)
		if err != nil {
			return launch, err
		}
		ports = append(ports, resolved.Ports...)
		launch.Containers = append(launch.Containers, resolved)
	}
	for i := range launch.Containers {
		launch.Containers[i].NetworkPorts, launch.Containers[i].VPC = ports, vpc
	}
	return launch, nil
}

// firstHost is the first address of a subnet that a task may get: AWS keeps the first four for itself. Source: VPC user
// guide, "Subnet CIDR blocks".
const firstHost = 4

// attach gives a task a network interface, and returns its VPC. Tasks are spread over the subnets.
func (l *launcher) attach(
	ctx context.Context, client *ec2.Client, s scheduler.Service,
) (launch scheduler.Launch, vpc string, err error) {
	out, err := client.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{SubnetIds: s.Subnets})
	if err != nil || len(out.Subnets) == 0 {
		return launch, "", fmt.Errorf("the service's subnets cannot be read: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	least := slices.MinFunc(out.Subnets, func(a, b subnet) int {
		return l.taken[aws.ToString(a.SubnetId)] - l.taken[aws.ToString(b.SubnetId)]
	})
	id := aws.ToString(least.SubnetId)
	prefix, err := netip.ParsePrefix(aws.ToString(least.CidrBlock))
	if err != nil {
		return launch, "", err
	}
	hosts := 1<<(32-prefix.Bits()) - firstHost - 1 // the last one is AWS's as well
	first := binary.BigEndian.Uint32(prefix.Addr().AsSlice())
	var address [4]byte
	binary.BigEndian.PutUint32(address[:], first+uint32(firstHost+l.taken[id]%hosts)) //nolint:gosec // within the subnet
	l.taken[id]++
	launch = scheduler.Launch{IP: netip.AddrFrom4(address).String(), Zone: aws.ToString(least.AvailabilityZone), Subnet: id}
	return launch, aws.ToString(least.VpcId), nil
}

// container resolves one container of a task definition.
func (l *launcher) container(
	ctx context.Context, where place, task string, definition types.TaskDefinition, c types.ContainerDefinition,
) (scheduler.Container, error) {
	resolved := scheduler.Container{
		Container: engine.Container{
			Task: task, Name: aws.ToString(c.Name), Image: aws.ToString(c.Image), EntryPoint: c.EntryPoint, Command: c.Command,
			Environment: map[string]string{}, User: aws.ToString(c.User), WorkingDirectory: aws.ToString(c.WorkingDirectory),
			ReadOnly: aws.ToBool(c.ReadonlyRootFilesystem), CPU: int(c.Cpu), MemoryMiB: number(aws.ToString(definition.Memory)),
			Network: task,
		},
		Essential:   c.Essential == nil || *c.Essential,
		StopTimeout: 30 * time.Second, // ECS API, ContainerDefinition: stopTimeout
		DependsOn:   map[string]string{},
	}
	if c.Memory != nil && *c.Memory > 0 {
		resolved.MemoryMiB = int(*c.Memory)
	}
	if resolved.CPU == 0 {
		resolved.CPU = number(aws.ToString(definition.Cpu))
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
	for _, pair := range c.Environment {
		resolved.Environment[aws.ToString(pair.Name)] = aws.ToString(pair.Value)
	}
	secrets := secrets{ctx: ctx, cfg: l.world.config(where)}
	if c.RepositoryCredentials != nil {
		var err error
		if resolved.Credentials, err = secrets.credentials(aws.ToString(c.RepositoryCredentials.CredentialsParameter)); err != nil {
			return resolved, err
		}
	}
	for _, secret := range c.Secrets {
		value, err := secrets.value(aws.ToString(secret.ValueFrom))
		if err != nil {
			return resolved, err
		}
		resolved.Environment[aws.ToString(secret.Name)] = value
	}
	log, err := l.world.logStream(ctx, where, task, c)
	resolved.Log = log
	return resolved, err
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

// initializationError is why ECS could not prepare a task.
func initializationError(format string, values ...any) error {
	return &scheduler.StopError{
		Code: scheduler.FailedToStart, Reason: "ResourceInitializationError: " + fmt.Sprintf(format, values...),
	}
}

// words is what AWS says of an error: its code and message.
func words(err error) string {
	var api interface {
		ErrorCode() string
		ErrorMessage() string
	}
	if errors.As(err, &api) {
		return api.ErrorCode() + ": " + api.ErrorMessage()
	}
	var network net.Error
	if errors.As(err, &network) {
		return "the local AWS does not answer"
	}
	return strings.TrimSpace(err.Error())
}
