package local

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"webapp/internal/given"
	"webapp/internal/localaws/live"
	"webapp/internal/localaws/scheduler"
	"webapp/settings"
)

// running returns the background server, which answers. The error says what to do where it does not.
func (h Home) running(ctx context.Context) (server, error) {
	s, alive := h.find()
	if !alive {
		return s, fmt.Errorf("the local AWS is not running; start it with: %s local up", program)
	}
	return s, s.check(ctx)
}

// service is a service on the local AWS, and how its owner reaches it by the API.
type service struct {
	scheduler.State
	cluster string // its name
	cfg     aws.Config
}

// services returns the services with a name, or with CLUSTER/NAME; all of them without a name.
func (s server) services(ctx context.Context, name string) ([]service, error) {
	status, err := s.status(ctx)
	if err != nil {
		return nil, err
	}
	var found []service
	var names []string
	for _, state := range status.Services {
		parsed, err := arn.Parse(state.ARN)
		if err != nil {
			return nil, err
		}
		parts := strings.Split(parsed.Resource, "/") // service/CLUSTER/NAME
		one := service{State: state, cluster: parts[1], cfg: s.config(parsed.AccountID, parsed.Region)}
		names = append(names, one.Name)
		if name == "" || name == one.Name || name == one.cluster+"/"+one.Name {
			found = append(found, one)
		}
	}
	switch {
	case len(names) == 0:
		return nil, fmt.Errorf("nothing runs on the local AWS; deploy to it with: %s local up", program)
	case len(found) == 0:
		return nil, fmt.Errorf("found no service %q; write one of: %s", name, strings.Join(names, ", "))
	}
	return found, nil
}

// config is for a client that owns an account and works in a region.
func (s server) config(account, region string) aws.Config {
	var stack settings.Stack
	stack.AWS.Account, stack.AWS.Region = account, region
	return given.Config(s.URL, s.Account, stack)
}

// runningStatus is the status of the background server. The error says what to do where none answers.
func (h Home) runningStatus(ctx context.Context) (server, live.Status, error) {
	s, err := h.running(ctx)
	if err != nil {
		return s, live.Status{}, err
	}
	status, err := s.status(ctx)
	return s, status, err
}

// knownStatus is the status for completion: empty where no server answers.
func (h Home) knownStatus(ctx context.Context) live.Status {
	_, status, _ := h.runningStatus(ctx)
	return status
}

// ServiceNames returns the names of the services that run, none where the local AWS does not: for completion.
func (h Home) ServiceNames(ctx context.Context) []string {
	var names []string
	for _, one := range h.knownStatus(ctx).Services {
		names = append(names, one.Name)
	}
	return slices.Compact(names)
}

// ListenerPorts returns the ports of the listeners, each with its load balancer: for completion.
func (h Home) ListenerPorts(ctx context.Context) []string {
	var ports []string
	for _, l := range h.knownStatus(ctx).Listeners {
		ports = append(ports, fmt.Sprintf("%d\t%s", l.Port, l.LoadBalancer))
	}
	return ports
}
