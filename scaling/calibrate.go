package scaling

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"webapp/settings"
)

// Measured is metrics from CloudWatch, minute by minute from Start; NaN where there is no value.
type Measured struct {
	Start    time.Time
	Requests []float64 // a minute, of the whole service
	Tasks    []float64 // that ran
	CPU      []float64 // percent
	Memory   []float64 // percent
	Response []float64 // milliseconds, average
}

// The ids of the queries for get-metric-data; see docs/scaling.md.
const (
	requestsID = "requests"
	tasksID    = "tasks"
	cpuID      = string(settings.CPU)
	memoryID   = string(settings.Memory)
	responseID = "response"
)

// ReadMetricData reads what `aws cloudwatch get-metric-data` prints, of queries with the ids requests (RequestCount,
// Sum), tasks (RunningTaskCount, Average), cpu, memory (Average) and response (TargetResponseTime, Average), each with
// a period of 60. Only requests are required.
func ReadMetricData(r io.Reader) (Measured, error) {
	var data struct {
		MetricDataResults []struct {
			ID         string      `json:"Id"`
			Timestamps []time.Time `json:"Timestamps"`
			Values     []float64   `json:"Values"`
		} `json:"MetricDataResults"`
	}
	if err := json.NewDecoder(r).Decode(&data); err != nil {
		return Measured{}, fmt.Errorf("reading metrics: %w; they must be what aws cloudwatch get-metric-data "+
			"--output json prints", err)
	}
	var first, last time.Time
	for _, result := range data.MetricDataResults {
		if len(result.Timestamps) != len(result.Values) {
			return Measured{}, fmt.Errorf("reading metrics: %s has %d times and %d values",
				result.ID, len(result.Timestamps), len(result.Values))
		}
		for _, t := range result.Timestamps {
			if first.IsZero() || t.Before(first) {
				first = t
			}
			if t.After(last) {
				last = t
			}
		}
	}
	m := Measured{Start: first.Truncate(time.Minute)}
	const longest = 366 * 24 * time.Hour
	if last.Sub(first) > longest {
		return m, fmt.Errorf("reading metrics: they span %v; they may span at most a year", last.Sub(first))
	}
	length := int(last.Sub(m.Start)/time.Minute) + 1
	byID := map[string]*[]float64{
		requestsID: &m.Requests, tasksID: &m.Tasks, cpuID: &m.CPU, memoryID: &m.Memory, responseID: &m.Response,
	}
	for _, series := range byID {
		*series = slices.Repeat([]float64{math.NaN()}, length)
	}
	found := false
	for _, result := range data.MetricDataResults {
		series, ok := byID[strings.ToLower(result.ID)]
		if !ok {
			return m, fmt.Errorf("reading metrics: %q is not a known id; give the queries the ids requests, tasks, "+
				"cpu, memory and response", result.ID)
		}
		found = found || result.ID == requestsID && len(result.Values) > 0
		if period := periodOf(result.Timestamps); period != 0 && period != time.Minute {
			return m, fmt.Errorf("reading metrics: %s has a period of %.0f seconds; get it with a period of 60, which "+
				"CloudWatch keeps for 15 days", result.ID, period.Seconds())
		}
		for i, t := range result.Timestamps {
			value := result.Values[i]
			if result.ID == responseID {
				value *= 1000 // CloudWatch has seconds
			}
			(*series)[int(t.Sub(m.Start)/time.Minute)] = value
		}
	}
	if !found {
		return m, fmt.Errorf("reading metrics: found no values with the id %s", requestsID)
	}
	return m, nil
}

// periodOf returns the longest period that explains the times of values, some of which may be missing; 0 where there
// are too few of them to tell.
func periodOf(times []time.Time) time.Duration {
	const enough = 3
	if len(times) < enough {
		return 0
	}
	var period time.Duration
	for _, t := range times {
		for a := t.Sub(times[0]).Abs(); a != 0; {
			period, a = a, period%a
		}
	}
	return period
}

// Load returns the measured requests. A minute without a value had none.
func (m Measured) Load() Load {
	load := Load{Name: "the measured load", Start: m.Start, PerSecond: make([]float64, 60*len(m.Requests))}
	for i, requests := range m.Requests {
		if math.IsNaN(requests) {
			continue
		}
		for second := range 60 {
			load.PerSecond[60*i+second] = requests / 60
		}
	}
	return load
}

// Fit is how well a calibrated model reproduces the measured metrics: the root of the mean square error; NaN without
// data.
type Fit struct {
	Minutes             int
	CPU, Memory         float64 // percentage points
	Response            float64 // milliseconds
	CapacityFrom, TopAt float64 // the highest CPU use that was measured, and the requests a second and task then
}

// Calibrate fits a model to measured metrics: CPU and memory are lines over the requests per task, and the quietest
// tenth of the minutes gives the latency of an idle task. What was not measured stays as it is in the model.
//
// A line needs minutes of low and of high load, below a full task's. Capacity is where the line of CPU reaches FullCPU.
// It is extrapolated where no task was ever near it.
func Calibrate(m Measured, model Model) (Model, Fit, error) {
	perTask := func(i int) float64 { return m.Requests[i] / 60 / m.Tasks[i] }
	known := func(i int) bool { return !math.IsNaN(m.Requests[i]) && m.Tasks[i] > 0 }
	fit := Fit{CPU: math.NaN(), Memory: math.NaN(), Response: math.NaN()}
	for i := range m.Requests {
		if known(i) {
			fit.Minutes++
		}
	}
	// The metrics of a task that is as good as full do not tell how much more load there was than it could answer.
	const nearlyFull = 0.95
	full := func(i int) bool { return m.CPU[i] >= nearlyFull*model.FullCPU }
	line := func(values []float64) (base, slope float64, ok bool) {
		var n, sx, sy, sxx, sxy float64
		for i, y := range values {
			if !known(i) || math.IsNaN(y) || full(i) {
				continue
			}
			x := perTask(i)
			n, sx, sy, sxx, sxy = n+1, sx+x, sy+y, sxx+x*x, sxy+x*y
		}
		spread := n*sxx - sx*sx
		if n < 3 || spread < 1e-9*n*sxx {
			return 0, 0, false
		}
		slope = (n*sxy - sx*sy) / spread
		return (sy - slope*sx) / n, slope, true
	}
	base, slope, ok := line(m.CPU)
	switch {
	case !ok:
		return model, fit, fmt.Errorf("calibrating: the metrics must have minutes of different load, with the ids %s, "+
			"%s and %s", requestsID, tasksID, cpuID)
	case slope <= 0:
		return model, fit, fmt.Errorf("calibrating: CPU does not grow with the requests, so that the capacity of a " +
			"task cannot be estimated")
	}
	model.IdleCPU = min(max(base, 0), model.FullCPU)
	model.Capacity = (model.FullCPU - model.IdleCPU) / slope
	if base, slope, ok := line(m.Memory); ok {
		model.IdleMemory = max(base, 0)
		model.FullMemory = max(base+slope*model.Capacity, model.IdleMemory)
	}
	if quiet := quietest(m, known, perTask); !math.IsNaN(quiet) {
		model.Latency = time.Duration(quiet * float64(time.Millisecond))
	}
	fit.measure(m, model, known, perTask)
	if fit.CPU > worstFit {
		return model, fit, fmt.Errorf("calibrating: CPU does not follow the requests: the best model misses it by %.0f "+
			"points. Where a task is full below %.0f %% CPU, say so with --full-cpu; leave out minutes of other work",
			fit.CPU, model.FullCPU)
	}
	return model, fit, nil
}

// worstFit is how far, in points, a model of CPU may be off; the minutes of a steady service are within 1 or 2.
const worstFit = 5

// quietest returns the average response time, in milliseconds, of the tenth of the minutes with the least load.
func quietest(m Measured, known func(int) bool, perTask func(int) float64) float64 {
	var minutes []int
	for i := range m.Requests {
		if known(i) && m.Requests[i] > 0 && !math.IsNaN(m.Response[i]) {
			minutes = append(minutes, i)
		}
	}
	if len(minutes) == 0 {
		return math.NaN()
	}
	slices.SortStableFunc(minutes, func(a, b int) int {
		if perTask(a) < perTask(b) {
			return -1
		}
		return 1
	})
	minutes = minutes[:len(minutes)/10+1]
	sum := 0.0
	for _, i := range minutes {
		sum += m.Response[i]
	}
	return sum / float64(len(minutes))
}

func (f *Fit) measure(m Measured, model Model, known func(int) bool, perTask func(int) float64) {
	latencies := model.latencies()
	use := func(i int) float64 { return min(perTask(i)/model.Capacity, 1) }
	miss := func(values []float64, want func(int) float64) float64 {
		n, sum := 0.0, 0.0
		for i, value := range values {
			if known(i) && !math.IsNaN(value) {
				n++
				sum += (value - want(i)) * (value - want(i))
			}
		}
		return math.Sqrt(sum / n)
	}
	f.CPU = miss(m.CPU, func(i int) float64 { return model.IdleCPU + (model.FullCPU-model.IdleCPU)*use(i) })
	f.Memory = miss(m.Memory, func(i int) float64 {
		return model.IdleMemory + (model.FullMemory-model.IdleMemory)*use(i)
	})
	f.Response = miss(m.Response, func(i int) float64 { return 1000 * latencies[int(use(i)*latencySteps)] })
	for i, cpu := range m.CPU {
		if known(i) && cpu > f.CapacityFrom {
			f.CapacityFrom, f.TopAt = cpu, perTask(i)
		}
	}
}
