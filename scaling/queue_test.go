package scaling_test

import (
	"math"
	"testing"
	"time"

	"webapp/scaling"
	"webapp/settings"
)

// worker is a service of one task that takes messages from a queue, one in a second.
func worker(t *testing.T, change string) scaling.Service {
	t.Helper()
	all, err := settings.Parse("webapp.yaml", []byte(`name: web
container: {image: nginx, ports: [80]}
services: {worker: {worker: true, queue: {}, container: {image: worker}, scaling: {max: 20, `+change+`}}}`),
		settings.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := scaling.Of(*all[0].Services["worker"])
	s.Model.Capacity, s.Model.Latency = 1, time.Second
	return s
}

func TestMessagesWaitAndAreNotRefused(t *testing.T) {
	load := scaling.Steady(2, time.Hour) // twice what a task can do
	load.PerSecond = append(load.PerSecond, scaling.Steady(0, time.Hour).PerSecond...)
	s := worker(t, "cpu: {percent: 99}, suspended: [scaleIn, scaleOut]")
	r := scaling.Simulate(s, load)
	if r.Refused != 0 {
		t.Errorf("%v messages were refused", r.Refused)
	}
	for minute, want := range map[int]float64{29: 30 * 60, 59: 60 * 60, 89: 30 * 60, 119: 0} {
		if got := r.Minutes[minute].Backlog; math.Abs(got-want) > 1 {
			t.Errorf("after %d minutes %v messages wait, want %v", minute+1, got, want)
		}
	}
}

func TestBacklogScalesTheTasks(t *testing.T) {
	s := worker(t, "backlog: {perTask: 60}")
	r := scaling.Simulate(s, scaling.Steady(8, 2*time.Hour))
	if last := r.Minutes[len(r.Minutes)-1]; last.Running < 8 || last.Backlog > 60 {
		t.Errorf("at the end %d tasks run and %v messages wait for each, want 8 tasks or more and 60 messages or fewer",
			last.Running, last.Backlog)
	}
	first := r.Actions[0]
	if first.Policy != "backlog" || first.From != 1 {
		t.Errorf("the first change is %+v, want one by the backlog", first)
	}
}

// TestFirstMessageStartsATask although one message is far below the target.
func TestFirstMessageStartsATask(t *testing.T) {
	s := worker(t, "min: 0, backlog: {perTask: 1000}")
	load := scaling.Steady(0, 2*time.Hour)
	load.PerSecond[30*60] = 1
	r := scaling.Simulate(s, load)
	var up, down bool
	for _, a := range r.Actions {
		up = up || a.From == 0 && a.To == 1 && a.At > 30*time.Minute && a.At < 40*time.Minute
		down = down || a.From == 1 && a.To == 0 && a.At > 40*time.Minute
	}
	if !up || !down {
		t.Errorf("got the changes %+v, want a task soon after the message, and none again later", r.Actions)
	}
	if last := r.Minutes[len(r.Minutes)-1]; last.Running != 0 || last.Backlog != 0 {
		t.Errorf("at the end %d tasks run and %v messages wait, want none", last.Running, last.Backlog)
	}
}
