package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"webapp/internal/awsread"
	"webapp/internal/localaws/live"
	"webapp/internal/localaws/scheduler"
)

// StopTask stops a task, given by the beginning of its id, and prints the events of its service until as many tasks as
// it should have are healthy again.
func (h Home) StopTask(ctx context.Context, id, reason string, out io.Writer) error {
	s, err := h.running(ctx)
	if err != nil {
		return err
	}
	one, task, err := s.task(ctx, id)
	if err != nil {
		return err
	}
	events := &eventPrinter{service: one, out: out, seen: map[string]bool{}}
	if err := events.skip(ctx); err != nil {
		return err
	}
	began := time.Now()
	if _, err := ecs.NewFromConfig(one.cfg).StopTask(ctx, &ecs.StopTaskInput{
		Cluster: &one.cluster, Task: &task, Reason: &reason,
	}); err != nil {
		return fmt.Errorf("stopping the task %s: %w", task, err)
	}
	fmt.Fprintf(out, "Stopped the task %s of the service %s. Reason: %s\n", task, one.Name, reason)
	state, err := h.awaitHealthy(ctx, s, events)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "The service %s has %d of %d tasks healthy again, after %s.\n", one.Name, healthyTasks(state),
		state.Desired, time.Since(began).Round(time.Second/10))
	return nil
}

// awaitHealthy waits until a service has its tasks, and prints its events meanwhile.
func (h Home) awaitHealthy(ctx context.Context, s server, events *eventPrinter) (state scheduler.State, err error) {
	one := events.service
	interrupted := ctx
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ctx, stop := context.WithTimeoutCause(ctx, startsWithin,
		fmt.Errorf("the service %s does not have its tasks again after %s", one.Name, startsWithin))
	defer stop()
	go h.watch(ctx, s, cancel)
	var failed error
	err = s.await(ctx, func(status live.Status) bool {
		i := slices.IndexFunc(status.Services, func(other scheduler.State) bool { return other.ARN == one.ARN })
		if i < 0 {
			failed = fmt.Errorf("the service %s is gone", one.Name)
			return true
		}
		state = status.Services[i]
		failed = events.print(ctx)
		return failed != nil || healthyTasks(state) >= state.Desired
	})
	if interrupted.Err() != nil {
		return state, fmt.Errorf("interrupted while the service %s has %d of %d tasks healthy", one.Name,
			healthyTasks(state), state.Desired)
	}
	return state, errors.Join(err, failed)
}

// task finds a task by the beginning of its id, and the service that it is of. What is stopping already is left out.
func (s server) task(ctx context.Context, id string) (service, string, error) {
	id = id[strings.LastIndex(id, "/")+1:] // of an ARN
	services, err := s.services(ctx, "")
	if err != nil {
		return service{}, "", err
	}
	var of []service
	var found, all []string
	for _, one := range services {
		for _, t := range one.Tasks {
			if isStopping(t) {
				continue
			}
			line := fmt.Sprintf("%s  %s  %s", t.ID, t.Status, one.Name)
			all = append(all, line)
			if strings.HasPrefix(t.ID, id) {
				of, found = append(of, one), append(found, line)
			}
		}
	}
	switch {
	case len(all) == 0:
		return service{}, "", errors.New("no task is running")
	case len(found) == 0:
		return service{}, "", fmt.Errorf("the id of no task begins with %q; the tasks are:\n  %s", id,
			strings.Join(all, "\n  "))
	case len(found) > 1:
		return service{}, "", fmt.Errorf("the ids of %d tasks begin with %q; write more of it:\n  %s", len(found), id,
			strings.Join(found, "\n  "))
	}
	task, _, _ := strings.Cut(found[0], " ")
	return of[0], task, nil
}

func isStopping(t scheduler.TaskState) bool {
	switch t.Status {
	case scheduler.Deactivating, scheduler.Stopping, scheduler.Deprovisioning, scheduler.Stopped:
		return true
	}
	return false
}

// TaskIDs returns the ids of the tasks that can be stopped, each with its service: for completion.
func (h Home) TaskIDs(ctx context.Context) []string {
	var ids []string
	for _, one := range h.knownStatus(ctx).Services {
		for _, t := range one.Tasks {
			if !isStopping(t) {
				ids = append(ids, t.ID+"\t"+one.Name)
			}
		}
	}
	return ids
}

// healthyTasks returns how many tasks of a service serve.
func healthyTasks(s scheduler.State) int {
	healthy := 0
	for _, t := range s.Tasks {
		if t.Healthy {
			healthy++
		}
	}
	return healthy
}

// eventPrinter prints the events of a service, each one once.
type eventPrinter struct {
	service service
	out     io.Writer
	seen    map[string]bool // by id
}

// skip leaves out the events that there are now.
func (p *eventPrinter) skip(ctx context.Context) error {
	out := p.out
	p.out = io.Discard
	defer func() { p.out = out }()
	return p.print(ctx)
}

// print prints the events that are new, the oldest first.
func (p *eventPrinter) print(ctx context.Context) error {
	r := awsread.New(ctx, p.service.cfg)
	found := r.Service(p.service.cluster, p.service.Name)
	if found == nil {
		return r.Err()
	}
	for _, e := range slices.Backward(found.Events) {
		if id := aws.ToString(e.Id); !p.seen[id] {
			p.seen[id] = true
			fmt.Fprintf(p.out, "%s  %s\n", aws.ToTime(e.CreatedAt).Local().Format("15:04:05"), aws.ToString(e.Message))
		}
	}
	return nil
}
