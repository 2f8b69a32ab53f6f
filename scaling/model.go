package scaling

import (
	"fmt"
	"math"
	"time"

	"webapp/scaling/rules"
	"webapp/settings"
)

// Service is what is simulated.
type Service struct {
	Plan        rules.Plan
	Model       Model
	Assumptions rules.Assumptions
	// Deployments are the times in which ECS deploys. Nothing scales in meanwhile.
	Deployments []Window
	// WhatIfs are the failures to simulate.
	WhatIfs []WhatIf
	// TaskHourPrice is the price of a task for an hour, in any currency; 0 where it is not known.
	TaskHourPrice float64
}

// Window is a span of time, counted from the start of the load.
type Window struct{ From, To time.Duration }

// Model computes metrics from the load and the number of tasks. A load test of one task yields its parameters; see
// docs/scaling.md.
type Model struct {
	// Capacity is the requests that one task answers in a second when it does nothing else.
	Capacity float64
	// Latency is the time that a request takes in an idle task.
	Latency time.Duration
	// IdleCPU is the CPU use of a task without requests, FullCPU that of one at its capacity, in percent.
	IdleCPU, FullCPU float64
	// IdleMemory and FullMemory are the same for memory. Memory that a task keeps after requests is not modelled.
	IdleMemory, FullMemory float64
	// Queue is how long requests wait before the task or the client gives up on them. Further ones are refused.
	Queue time.Duration
	// Messages says that requests are messages in a queue: they wait until a task takes them, and none is refused.
	Messages bool
	// Start is the time from the decision for a task to its first request: capacity, image, program, health check.
	Start time.Duration
	// Drain is how long a removed task still runs and costs money: the target group's deregistration delay.
	Drain time.Duration
	// Metrics compute the custom metrics by name, once a minute. ok is false if there is no value.
	Metrics map[string]func(Sample) (value float64, ok bool)
}

// Sample is the state of the service in a minute.
type Sample struct {
	Time    time.Duration // since the load's start
	Load    float64       // requests a second
	Tasks   float64       // that answer requests, on average
	Waiting float64       // requests at the end of the minute
}

// The model without a load test: round figures for a service of small requests, not measurements.
const (
	defaultCapacityPerVCPU = 200
	defaultLatency         = 50 * time.Millisecond
	defaultQueue           = 2 * time.Second
	defaultStart           = time.Minute
	cpuUnitsPerVCPU        = 1024
)

// Of returns the service that settings describe, with the default model and the default assumptions. Replace what a
// load test has measured.
func Of(w settings.Workload) Service {
	return Service{Plan: PlanOf(w), Model: ModelOf(w), Assumptions: rules.DefaultAssumptions()}
}

// ModelOf returns the model without a load test: 200 requests a second for each vCPU, 50 ms each.
func ModelOf(w settings.Workload) Model {
	return Model{
		Capacity: defaultCapacityPerVCPU * float64(w.Task.CPU) / cpuUnitsPerVCPU,
		Latency:  defaultLatency,
		IdleCPU:  2, FullCPU: 100,
		IdleMemory: 20, FullMemory: 45,
		Queue: defaultQueue, Messages: w.Worker && w.Queue != nil,
		Start: defaultStart,
		Drain: w.Deregistration(),
	}
}

// AtTargets returns the load under which CPU or requests of a number of tasks reach their targets; without such
// targets, the load that uses all of their capacity.
func (s Service) AtTargets(tasks int) float64 {
	rate := s.Model.Capacity
	for _, t := range s.Plan.Tracking {
		switch t.Metric.Kind {
		case settings.CPU:
			share := max(t.Target-s.Model.IdleCPU, 1) / max(s.Model.FullCPU-s.Model.IdleCPU, 1)
			rate = min(rate, s.Model.Capacity*share)
		case settings.Requests:
			rate = min(rate, t.Target/60)
		default: // memory and response times say nothing of a rate
		}
	}
	return rate * float64(tasks)
}

// cpu and memory return the percentage of a task that uses a share of its capacity.
func (m Model) cpu(use float64) float64    { return m.IdleCPU + (m.FullCPU-m.IdleCPU)*use }
func (m Model) memory(use float64) float64 { return m.IdleMemory + (m.FullMemory-m.IdleMemory)*use }

func (m Model) check() error {
	for _, p := range []struct {
		name  string
		value float64
		least float64
	}{
		{"capacity", m.Capacity, 1e-6}, {"latency", m.Latency.Seconds(), 1e-6},
		{"idle CPU", m.IdleCPU, 0}, {"full CPU", m.FullCPU, m.IdleCPU},
		{"idle memory", m.IdleMemory, 0}, {"full memory", m.FullMemory, m.IdleMemory}, {"queue", m.Queue.Seconds(), 0},
		{"start", m.Start.Seconds(), 0}, {"drain", m.Drain.Seconds(), 0},
	} {
		if !(p.value >= p.least && p.value <= maxRate) {
			return fmt.Errorf("the model's %s is %v; it must be %v to %.0f", p.name, p.value, p.least, maxRate)
		}
	}
	return nil
}

const latencySteps = 1024

// latencies returns the time of a request in seconds, by the share of the capacity in use. Requests arrive at random,
// so that some wait long before a task is full: Sakasegawa's approximation of a queue with several servers. A task has
// as many servers as requests are in it at its capacity.
func (m Model) latencies() *[latencySteps + 1]float64 {
	const full = 0.99 // beyond it the formula grows without bound; waiting requests are counted one by one then
	base := m.Latency.Seconds()
	servers := max(m.Capacity*base, 1)
	var table [latencySteps + 1]float64
	for i := range table {
		use := min(float64(i)/latencySteps, full)
		table[i] = base * (1 + math.Pow(use, math.Sqrt(2*(servers+1))-1)/(servers*(1-use)))
	}
	return &table
}
