package scaling

import (
	"fmt"
	"math"
	"time"

	"webapp/settings"
)

// Service is what is simulated.
type Service struct {
	Plan        Plan
	Model       Model
	Assumptions Assumptions
	// Deployments are times in which ECS deploys, as distances from the load's start. Nothing scales in meanwhile.
	Deployments []Window
}

// Window is a time span, from the load's start on.
type Window struct{ From, To time.Duration }

// Model turns load and tasks into metrics. One load test of one task tells its parameters; see docs/scaling.md.
type Model struct {
	// Capacity is the requests that one task answers in a second when it does nothing else.
	Capacity float64
	// Latency is the time that a request takes in an idle task.
	Latency time.Duration
	// IdleCPU is the CPU use of a task without requests, FullCPU that of one at its capacity, in percent.
	IdleCPU, FullCPU float64
	// IdleMemory and FullMemory are the same of memory. What a task keeps when requests end is not modelled.
	IdleMemory, FullMemory float64
	// Queue is how long a task lets requests wait before it, or the client, gives up on them. What is beyond it is
	// refused.
	Queue time.Duration
	// Start is the time from the decision for a task to its first request: capacity, image, program, health check.
	Start time.Duration
	// Drain is how long a task that is removed still runs, and is paid for: the target group's deregistration delay.
	Drain time.Duration
	// Metrics are the values of custom metrics by name, once a minute. ok is false where there is no value.
	Metrics map[string]func(Sample) (value float64, ok bool)
}

// Sample is the state of the service in a minute.
type Sample struct {
	Time    time.Duration // since the load's start
	Load    float64       // requests a second
	Tasks   float64       // that answer requests, on average
	Waiting float64       // requests at the end of the minute
}

// What a model is without a load test. They are round figures for a service of small requests, not measurements.
const (
	defaultCapacityPerVCPU = 200
	defaultLatency         = 50 * time.Millisecond
	defaultQueue           = 2 * time.Second
	defaultStart           = time.Minute
	cpuUnitsPerVCPU        = 1024
)

// Of is a service as its settings say, with the default model and the default assumptions. Replace what a load test
// told.
func Of(w settings.Workload) Service {
	return Service{Plan: PlanOf(w), Model: ModelOf(w), Assumptions: DefaultAssumptions()}
}

// ModelOf is the model without a load test: 200 requests a second for each vCPU, 50 ms each.
func ModelOf(w settings.Workload) Model {
	return Model{
		Capacity: defaultCapacityPerVCPU * float64(w.Task.CPU) / cpuUnitsPerVCPU,
		Latency:  defaultLatency,
		IdleCPU:  2, FullCPU: 100,
		IdleMemory: 20, FullMemory: 45,
		Queue: defaultQueue,
		Start: defaultStart,
		Drain: w.Service.TargetGroup.DeregistrationDelay,
	}
}

// AtTargets is the load that a number of tasks answers with CPU and requests at their targets; all of their capacity
// without.
func (s Service) AtTargets(tasks int) float64 {
	rate := s.Model.Capacity
	for _, t := range s.Plan.Tracking {
		switch t.Metric.Kind {
		case settings.CPU:
			rate = min(rate, s.Model.Capacity*max(t.Target-s.Model.IdleCPU, 1)/max(s.Model.FullCPU-s.Model.IdleCPU, 1))
		case settings.Requests:
			rate = min(rate, t.Target/60)
		}
	}
	return rate * float64(tasks)
}

func (m Model) check() error {
	for _, p := range []struct {
		name  string
		value float64
		least float64
	}{
		{"capacity", m.Capacity, 1e-6}, {"latency", m.Latency.Seconds(), 1e-6}, {"idle CPU", m.IdleCPU, 0}, {"full CPU", m.FullCPU, m.IdleCPU},
		{"idle memory", m.IdleMemory, 0}, {"full memory", m.FullMemory, m.IdleMemory}, {"queue", m.Queue.Seconds(), 0},
		{"start", m.Start.Seconds(), 0}, {"drain", m.Drain.Seconds(), 0},
	} {
		if !(p.value >= p.least) || math.IsInf(p.value, 0) {
			return fmt.Errorf("the model's %s is %v; it is at least %v", p.name, p.value, p.least)
		}
	}
	return nil
}

const latencySteps = 1024

// latencies is the time that a request takes, in seconds, by the share of the capacity in use. Requests meet by chance,
// so some wait long before a task is full: Sakasegawa's approximation of a queue with several servers, of which a task
// has as many as requests fit into it at its capacity.
func (m Model) latencies() *[latencySteps + 1]float64 {
	const full = 0.99 // beyond it the formula grows without bound; what then waits is counted request by request
	base := m.Latency.Seconds()
	servers := max(m.Capacity*base, 1)
	var table [latencySteps + 1]float64
	for i := range table {
		use := min(float64(i)/latencySteps, full)
		table[i] = base * (1 + math.Pow(use, math.Sqrt(2*(servers+1))-1)/(servers*(1-use)))
	}
	return &table
}
