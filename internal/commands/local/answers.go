package local

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"webapp/internal/localaws"
	"webapp/internal/localaws/engine"
	"webapp/internal/localaws/live"
	"webapp/internal/localaws/scheduler"
)

// status asks the server what runs.
func (s server) status(ctx context.Context) (live.Status, error) {
	var status live.Status
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+localaws.StatusPath, nil)
	if err != nil {
		return status, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return status, fmt.Errorf("asking the local AWS what runs: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	return status, json.NewDecoder(response.Body).Decode(&status)
}

// followDeployments says why tasks do not start while Terraform waits for them, and cancels the apply when a service
// has failed for good: Terraform would wait for it until its timeout.
func (h Home) followDeployments(ctx context.Context, s server, cancel context.CancelCauseFunc, out io.Writer) {
	again := time.NewTicker(time.Second)
	defer again.Stop()
	said := map[live.Hint]bool{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-again.C:
		}
		status, err := s.status(ctx)
		if err != nil {
			continue // watch says so
		}
		for _, hint := range status.Hints {
			if !said[hint] {
				said[hint] = true
				step(out, "%s\n        %s", hint.Words, hint.Hint)
			}
		}
		for _, one := range status.Services {
			if one.Rollout == scheduler.Failed {
				cancel(fmt.Errorf("the service %s does not start: %s Its last events, the newest first:\n  %s",
					one.Name, one.Reason, strings.Join(one.Events, "\n  ")))
				return
			}
		}
	}
}

// startsWithin bounds how long the tasks of a stack may take to be healthy, after Terraform has ended.
const startsWithin = 10 * time.Minute

// awaitServices waits until the newest deployment of every service is completed. followDeployments ends the wait if one
// fails.
func (h Home) awaitServices(ctx context.Context, s server, out io.Writer) error {
	ctx, stop := context.WithTimeoutCause(ctx, startsWithin,
		fmt.Errorf("the tasks are not healthy after %s", startsWithin))
	defer stop()
	step(out, "Waiting until the tasks are healthy")
	return s.await(ctx, func(status live.Status) bool {
		deploys := func(one scheduler.State) bool { return one.Rollout != scheduler.Completed }
		return !slices.ContainsFunc(status.Services, deploys)
	})
}

// await asks the server what runs, again and again, until that meets a condition.
func (s server) await(ctx context.Context, condition func(live.Status) bool) error {
	again := time.NewTicker(200 * time.Millisecond)
	defer again.Stop()
	for {
		status, err := s.status(ctx)
		if err != nil {
			return withCause(ctx, err)
		}
		if condition(status) {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-again.C:
		}
	}
}

// PrintStatus prints how the services are doing, and where they answer.
func (h Home) PrintStatus(ctx context.Context, out io.Writer) error {
	_, status, err := h.runningStatus(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, one := range status.Services {
		fmt.Fprintf(table, "service %s\t%d of %d tasks running, %d of them stand-ins\t%s\n",
			one.Name, one.Running, one.Desired, one.StandIns, one.Rollout)
		for _, t := range one.Tasks {
			health := "not healthy yet"
			if t.Healthy {
				health = "healthy"
			}
			fmt.Fprintf(table, "  task %s\t%s in %s\t%s\n", t.ID, t.Status, t.Zone, health)
		}
		for _, event := range one.Events {
			fmt.Fprintf(table, "  event\t%s\n", event)
		}
	}
	for _, l := range status.Listeners {
		fmt.Fprintf(table, "listener %d of %s\t%s\n", l.Port, l.LoadBalancer, l.URL())
	}
	printMonitoring(table, status)
	for _, hint := range status.Hints {
		fmt.Fprintf(table, "problem\t%s\n\t%s\n", hint.Words, hint.Hint)
	}
	return table.Flush()
}

// tryListeners requests / of every listener, and says what came back.
func (h Home) tryListeners(ctx context.Context, s server, out io.Writer) error {
	status, err := s.status(ctx)
	if err != nil {
		return err
	}
	const readable = 0o644 // a certificate is for everybody
	if err := os.WriteFile(h.authorityFile(), []byte(status.Authority), readable); err != nil {
		return err
	}
	if len(status.Listeners) == 0 {
		return nil // all services are workers
	}
	fmt.Fprintln(out, "\nIt answers")
	for _, l := range status.Listeners {
		if l.LocalPort == 0 {
			fmt.Fprintf(out, "  %s port %d: no free port of this machine was found\n", l.LoadBalancer, l.Port)
			continue
		}
		fmt.Fprintf(out, "  curl %s\n    %s\n", curlArguments(l, h.authorityFile()), answerOf(ctx, l, status.Authority))
	}
	return nil
}

func (h Home) authorityFile() string { return h.path("authority.pem") }

// curlArguments are what curl takes to reach a listener. Its name leads to this machine.
func curlArguments(l live.Listener, authority string) string {
	if l.HTTPS {
		return fmt.Sprintf("--cacert %s %s", authority, l.URL())
	}
	return l.URL()
}

// answerOf is the first line of what a listener answers, for people.
func answerOf(ctx context.Context, l live.Listener, authority string) string {
	client := clientOf(l, authority, answersWithin)
	defer client.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, l.URL(), nil)
	if err != nil {
		return err.Error()
	}
	begin := time.Now()
	response, err := client.Do(request)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = response.Body.Close() }()
	answer := fmt.Sprintf("%s, after %d ms", response.Status, time.Since(begin).Milliseconds())
	if location := response.Header.Get("Location"); location != "" {
		return answer + ", to " + location
	}
	var from engine.Answer
	if json.NewDecoder(response.Body).Decode(&from) == nil && from.StandIn {
		answer += ", from a stand-in for " + from.Image
	}
	return answer
}

// HintOn is what the local AWS at an address knows about something, by its ARN. It is empty where there is none.
func HintOn(ctx context.Context, url, arn string) string {
	if url == "" {
		return ""
	}
	status, _ := server{URL: url}.status(ctx) // none is no hint
	for _, hint := range status.Hints {
		if hint.About == arn {
			return hint.Hint
		}
	}
	return ""
}
