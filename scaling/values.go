package scaling

import (
	"fmt"
	"io"
	"math"
	"sort"
	"strconv"
	"strings"
	"time"

	"webapp/scaling/rules"
)

// Values are those of a custom metric over time, whatever the simulated service does.
type Values struct {
	at     []time.Duration // since a load's start, in order
	values []float64       // NaN where there is none
}

// ReadValues reads the values of a custom metric under a load from a CSV of two columns: a time, and the value from
// then on up to the next line, or nothing where the metric has none. Times are those of ReadCSV; seconds count from the
// load's start. The last value lasts.
func ReadValues(name string, r io.Reader, load Load) (Values, error) {
	rows, err := readRows(name, r)
	if err != nil {
		return Values{}, err
	}
	if len(rows) == 0 {
		return Values{}, fmt.Errorf("reading %s: it must have one line or more of: time,value", name)
	}
	var v Values
	for _, row := range rows {
		seconds, _, err := readTime(strings.TrimSpace(row[0]), load.Start, false)
		if err != nil {
			return v, fmt.Errorf("reading %s: %w", name, err)
		}
		at := time.Duration(seconds * float64(time.Second))
		if n := len(v.at); n > 0 && at <= v.at[n-1] {
			return v, fmt.Errorf("reading %s: the time %s is not after the line before", name, row[0])
		}
		value, text := math.NaN(), strings.TrimSpace(row[1])
		if text != "" {
			if value, err = strconv.ParseFloat(text, 64); err != nil || math.IsInf(value, 0) || math.IsNaN(value) {
				return v, fmt.Errorf("reading %s: %q is not a number; leave it empty where a value is missing", name, row[1])
			}
		}
		v.at, v.values = append(v.at, at), append(v.values, value)
	}
	if v.at[0] >= load.Duration() || v.at[len(v.at)-1] < 0 && len(v.at) > 1 {
		return v, fmt.Errorf("reading %s: it goes from %s to %s, and the load from %s to %s", name, rows[0][0],
			rows[len(rows)-1][0], load.Start.Format(time.DateTime), load.Start.Add(load.Duration()).Format(time.DateTime))
	}
	return v, nil
}

// At returns the value of a time since the load's start; NaN where there is none.
func (v Values) At(t time.Duration) float64 {
	i := sort.Search(len(v.at), func(i int) bool { return v.at[i] > t })
	if i == 0 {
		return math.NaN()
	}
	return v.values[i-1]
}

// Metric returns the values for a model, as they are.
func (v Values) Metric() func(Sample) (float64, bool) {
	return func(s Sample) (float64, bool) {
		value := v.At(s.Time)
		return value, !math.IsNaN(value)
	}
}

// Shared returns the values for a model, divided by the tasks that run: the values are a total, such as the length of a
// queue, and the metric is the part of each task. Without a task there is no value.
func (v Values) Shared() func(Sample) (float64, bool) {
	return func(s Sample) (float64, bool) {
		value := v.At(s.Time) / s.Tasks
		return value, s.Tasks > 0 && !math.IsNaN(value)
	}
}

// CustomMetrics returns the names of the custom metrics that the policies of a plan look at.
func CustomMetrics(p rules.Plan) []string {
	var names []string
	add := func(m rules.Metric) {
		if m.Kind == rules.Custom {
			names = append(names, m.Name)
		}
	}
	for _, t := range p.Tracking {
		add(t.Metric)
	}
	for _, s := range p.Steps {
		add(s.Metric)
	}
	return names
}
