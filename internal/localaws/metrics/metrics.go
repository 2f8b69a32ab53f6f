// Package metrics keeps the values of CloudWatch's metrics, minute by minute, and computes their statistics.
package metrics

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Metric is a metric of CloudWatch. Its dimensions are part of its name: a metric with other ones is another metric.
// Source: CloudWatch user guide, "CloudWatch concepts".
type Metric struct {
	Namespace, Name string
	Dimensions      map[string]string
}

func (m Metric) key() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q %q", m.Namespace, m.Name)
	for _, name := range slices.Sorted(maps.Keys(m.Dimensions)) {
		fmt.Fprintf(&b, " %q=%q", name, m.Dimensions[name])
	}
	return b.String()
}

// Datum is values of a metric: each by itself, or only what they come to.
type Datum struct {
	Metric
	// Unit is CloudWatch's name for it, such as Percent.
	Unit    string
	Values  []float64
	Summary Summary // of further values
}

// Summary is what values come to.
type Summary struct{ Count, Sum, Minimum, Maximum float64 }

// Summarize returns what single values come to.
func Summarize(values []float64) Summary {
	s := Summary{}
	for _, v := range values {
		s = s.with(Summary{Count: 1, Sum: v, Minimum: v, Maximum: v})
	}
	return s
}

func (s Summary) with(other Summary) Summary {
	switch {
	case other.Count == 0:
		return s
	case s.Count == 0:
		return other
	}
	return Summary{
		Count: s.Count + other.Count, Sum: s.Sum + other.Sum,
		Minimum: min(s.Minimum, other.Minimum), Maximum: max(s.Maximum, other.Maximum),
	}
}

// Query asks for a statistic of a metric in periods of several minutes.
type Query struct {
	Metric
	// Statistic is SampleCount, Average, Sum, Minimum, Maximum or a percentile such as p99.
	Statistic string
	Minutes   int
}

// point is a metric's values of a minute.
type point struct {
	minute  int
	summary Summary
	values  []float64 // for percentiles
}

// Store keeps metrics. It may be used by several goroutines at once.
type Store struct {
	mu     sync.Mutex
	series map[string][]point // in the order of the minutes
}

// New returns a store without metrics.
func New() *Store { return &Store{series: map[string][]point{}} }

const (
	// keptMinutes are a day: no alarm looks further back. Source: CloudWatch API, PutMetricAlarm.
	keptMinutes = 24 * 60
	// keptValues is how many values of a minute are kept at least for percentiles. Twice as many are thinned out evenly.
	keptValues = 2000
)

// Add adds values to a minute. Minutes are numbered; their numbers grow.
func (s *Store) Add(minute int, d Datum) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := d.key()
	all := s.series[key]
	i, found := slices.BinarySearchFunc(all, minute, func(p point, minute int) int { return p.minute - minute })
	if !found {
		all = slices.Insert(all, i, point{minute: minute})
	}
	p := &all[i]
	p.summary = p.summary.with(Summarize(d.Values)).with(d.Summary)
	p.values = thin(append(p.values, d.Values...))
	if first := all[len(all)-1].minute - keptMinutes; all[0].minute < first {
		all = slices.Delete(all, 0, 1)
	}
	s.series[key] = all
}

func thin(values []float64) []float64 {
	slices.Sort(values)
	if len(values) <= 2*keptValues {
		return values
	}
	kept := make([]float64, 0, keptValues)
	for i := range keptValues {
		kept = append(kept, values[i*(len(values)-1)/(keptValues-1)])
	}
	return kept
}

// Values returns a statistic in the last periods, of which the latest ends with a minute; NaN stands for a period
// without values.
func (s *Store) Values(q Query, minute, periods int) []float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.series[q.key()]
	values := make([]float64, periods)
	for i := range values {
		last := minute - (periods-1-i)*q.Minutes
		values[i] = statistic(q.Statistic, all, last-q.Minutes, last)
	}
	return values
}

// statistic computes a statistic of the points after one minute and up to another.
func statistic(name string, all []point, after, upTo int) float64 {
	summary := Summary{}
	var values []float64
	for _, p := range all {
		if p.minute > after && p.minute <= upTo {
			summary = summary.with(p.summary)
			values = append(values, p.values...)
		}
	}
	if summary.Count == 0 {
		return math.NaN()
	}
	switch name {
	case "SampleCount":
		return summary.Count
	case "Average":
		return summary.Sum / summary.Count
	case "Sum":
		return summary.Sum
	case "Minimum":
		return summary.Minimum
	case "Maximum":
		return summary.Maximum
	}
	return percentile(name, values)
}

// percentile returns the value below which a percentage of the values is. A set of statistics has none.
// Source: CloudWatch user guide, "CloudWatch statistics definitions".
func percentile(name string, values []float64) float64 {
	percent, err := strconv.ParseFloat(strings.TrimPrefix(name, "p"), 64)
	if err != nil || len(values) == 0 {
		return math.NaN()
	}
	slices.Sort(values)
	rank := int(math.Ceil(percent/100*float64(len(values)))) - 1
	return values[min(max(rank, 0), len(values)-1)]
}
