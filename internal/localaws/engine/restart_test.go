package engine

import (
	"context"
	"testing"
	"time"
)

// starts is an engine whose containers end when the test says so.
type starts struct{ containers chan *ending }

type ending struct {
	Running
	exited chan struct{}
	code   int
}

func (e *ending) Exited() <-chan struct{} { return e.exited }
func (e *ending) ExitCode() int           { return e.code }
func (e *ending) Stop(time.Duration)      { e.end(143) }
func (e *ending) end(code int)            { e.code = code; close(e.exited) }

func (s starts) Start(ctx context.Context, _ Container) (Running, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	one := &ending{exited: make(chan struct{})}
	s.containers <- one
	return one, nil
}

func (s starts) Close() error { return nil }

func TestContainersAreStartedAgain(t *testing.T) {
	t.Parallel()
	ends := func(code int) func(Running, *ending, context.CancelFunc) {
		return func(_ Running, c *ending, _ context.CancelFunc) { c.end(code) }
	}
	for name, tc := range map[string]struct {
		policy *Restart
		end    func(r Running, first *ending, stopTask context.CancelFunc)
		again  bool
	}{
		"as the policy says":         {&Restart{}, ends(1), true},
		"also after success":         {&Restart{}, ends(0), true},
		"not without a policy":       {nil, ends(1), false},
		"not after an ignored code":  {&Restart{IgnoredExitCodes: []int{0, 3}}, ends(3), false},
		"not one that ended at once": {&Restart{AttemptPeriod: time.Hour}, ends(1), false},
		"not one that was stopped": {&Restart{},
			func(r Running, _ *ending, _ context.CancelFunc) { r.Stop(0) }, false},
		"not when the task is to stop": {&Restart{},
			func(_ Running, c *ending, stopTask context.CancelFunc) { stopTask(); c.end(1) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			e := starts{make(chan *ending, 2)}
			r, err := WithRestarts(e).Start(ctx, Container{Restart: tc.policy})
			if err != nil {
				t.Fatal(err)
			}
			tc.end(r, <-e.containers, cancel)
			select {
			case <-r.Exited():
				if tc.again {
					t.Error("it stays ended")
				}
			case <-e.containers:
				if !tc.again {
					t.Error("it was started again")
				}
				r.Stop(0)
				if r.ExitCode() != 143 {
					t.Errorf("after Stop, the exit code is %d, want 143", r.ExitCode())
				}
			}
		})
	}
}
