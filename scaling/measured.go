package scaling

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"time"

	"webapp/scaling/rules"
	"webapp/settings"
)

// Answered adds a request that was answered, to a result that is measured and not simulated.
func (r *Result) Answered(took time.Duration) { r.latency.add(took.Seconds(), 1) }

// MeetTargets finds out how the targets of the service's plan were met in the minutes of a result that is measured.
func (r *Result) MeetTargets() {
	for _, t := range r.Service.Plan.Tracking {
		if t.Metric.Kind == rules.Custom {
			continue
		}
		var values rules.Series
		for _, m := range r.Minutes {
			values = append(values, m.Metric(t.Metric.Kind))
		}
		t.Metric.HighResolution = false // what was measured is a value a minute
		r.Targets = append(r.Targets, targetResult(t, values))
	}
}

func targetResult(t rules.Tracking, values rules.Series) TargetResult {
	above := 0
	for _, value := range values {
		if value > t.Target {
			above++
		}
	}
	return TargetResult{Tracking: t, Values: values, Above: time.Duration(above) * t.Metric.Period()}
}

// Comparison is a measured day beside a simulation of the same load.
type Comparison struct {
	Figures []Deviation // those that were measured
	// TaskHours are those of the tasks that ran, in the minutes in which they were measured, and SimulatedTaskHours those
	// of the simulated tasks in the same minutes.
	TaskHours, SimulatedTaskHours float64
	Changes                       []Action // that Application Auto Scaling made; nil where they are not known
}

// Deviation is how far a simulated figure is from the measured one.
type Deviation struct {
	Metric  rules.Metric // the zero value stands for the tasks that run
	Values  []float64    // the measured ones, minute by minute; NaN where there is none
	Minutes int          // that have a measured and a simulated value
	// Mean is the average of the differences of these minutes, whatever their sign.
	Mean float64
	// Measured and Simulated are the highest values of these minutes.
	Measured, Simulated float64
}

// Compare lays what was measured beside a simulation of the measured load.
func (m Measured) Compare(r Result, activities []Activity) Comparison {
	var c Comparison
	for _, figure := range []struct {
		kind   settings.MetricKind
		values []float64
		of     func(Minute) float64
	}{
		{"", m.Tasks, func(m Minute) float64 { return float64(m.Running) }},
		{settings.CPU, m.CPU, func(m Minute) float64 { return m.CPU }},
		{settings.Memory, m.Memory, func(m Minute) float64 { return m.Memory }},
		{settings.ResponseTime, m.Response, func(m Minute) float64 { return m.ResponseTime }},
	} {
		d := Deviation{Metric: rules.Metric{Kind: figure.kind}, Values: figure.values}
		for i, measured := range figure.values {
			if i >= len(r.Minutes) {
				break
			}
			simulated := figure.of(r.Minutes[i])
			if math.IsNaN(measured) || math.IsNaN(simulated) {
				continue
			}
			d.Minutes++
			d.Mean += math.Abs(measured - simulated)
			d.Measured, d.Simulated = max(d.Measured, measured), max(d.Simulated, simulated)
		}
		if d.Minutes > 0 {
			d.Mean /= float64(d.Minutes)
			c.Figures = append(c.Figures, d)
		}
	}
	for i, tasks := range m.Tasks {
		if i < len(r.Minutes) && !math.IsNaN(tasks) {
			c.TaskHours += tasks / 60
			c.SimulatedTaskHours += float64(r.Minutes[i].Running) / 60
		}
	}
	c.Changes = m.changes(r.Load, activities)
	return c
}

// InitialTasks returns how many tasks ran in the beginning; false where that was not measured.
func (m Measured) InitialTasks() (int, bool) {
	for _, tasks := range m.Tasks {
		if !math.IsNaN(tasks) {
			return int(math.Round(tasks)), true
		}
	}
	return 0, false
}

// Activity is a change that Application Auto Scaling has made.
type Activity struct {
	At     time.Time
	To     int // tasks
	Policy string
	Cause  string // in AWS's words
}

// changes returns the activities under a load. The first one of them began at the tasks of the minute before.
func (m Measured) changes(load Load, activities []Activity) []Action {
	var all []Action
	from := -1
	for _, a := range activities {
		at := a.At.Sub(load.Start)
		if at < 0 || at >= load.Duration() {
			from = a.To
			continue
		}
		if before := int(at/time.Minute) - 1; from < 0 && before >= 0 && before < len(m.Tasks) &&
			!math.IsNaN(m.Tasks[before]) {
			from = int(math.Round(m.Tasks[before]))
		}
		all = append(all, Action{
			At: at, Since: at, Ready: at, From: max(from, 0), To: a.To, Policy: a.Policy, Reason: a.Cause,
		})
		from = a.To
	}
	return all
}

var (
	countSet  = regexp.MustCompile(`^Setting desired count to (\d+)\.?$`)
	triggered = regexp.MustCompile(`triggered policy (\S+)`)
)

// ReadActivities reads what `aws application-autoscaling describe-scaling-activities` prints of a service, and returns
// the changes of its number of tasks, the first one first. Those that failed have changed nothing and are left out.
// Source: Application Auto Scaling user guide, "Scaling activities for Application Auto Scaling".
func ReadActivities(r io.Reader) ([]Activity, error) {
	var data struct {
		ScalingActivities []struct {
			Description, Cause, StatusCode, ResourceID string
			StartTime                                  jsonTime
		}
	}
	const how = "they must be what aws application-autoscaling describe-scaling-activities --output json prints"
	if err := json.NewDecoder(r).Decode(&data); err != nil {
		return nil, fmt.Errorf("reading scaling activities: %w; %s", err, how)
	}
	if data.ScalingActivities == nil {
		return nil, fmt.Errorf("reading scaling activities: found no list of ScalingActivities; %s", how)
	}
	var all []Activity
	of := data.ScalingActivities
	for _, a := range of {
		if a.ResourceID != of[0].ResourceID {
			return nil, fmt.Errorf("reading scaling activities: they are of %s and %s; get those of one service with "+
				"--resource-id", of[0].ResourceID, a.ResourceID)
		}
		found := countSet.FindStringSubmatch(a.Description)
		if found == nil || a.StatusCode == "Failed" {
			continue
		}
		to, err := strconv.Atoi(found[1])
		if err != nil {
			return nil, fmt.Errorf("reading scaling activities: %q: %w", a.Description, err)
		}
		activity := Activity{At: time.Time(a.StartTime), To: to, Cause: a.Cause}
		if policy := triggered.FindStringSubmatch(a.Cause); policy != nil {
			activity.Policy = policy[1]
		}
		all = append(all, activity)
	}
	slices.SortStableFunc(all, func(a, b Activity) int { return a.At.Compare(b.At) })
	return all, nil
}

// jsonTime is a time as the AWS CLI prints it: as text, or, in its first version, as seconds since 1970.
type jsonTime time.Time

func (t *jsonTime) UnmarshalJSON(text []byte) error {
	if seconds, err := strconv.ParseFloat(string(text), 64); err == nil {
		*t = jsonTime(time.Unix(0, int64(seconds*float64(time.Second))).UTC())
		return nil
	}
	return (*time.Time)(t).UnmarshalJSON(text)
}
