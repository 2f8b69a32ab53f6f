package rules

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"webapp/settings"
)

// Metric is what a policy looks at.
type Metric struct {
	// Kind is one of the metrics that every service has (settings.CPU, Memory, Requests, ResponseTime), settings.Backlog
	// of a service with a queue, or Custom.
	Kind settings.MetricKind
	// Name of a custom metric.
	Name string
	// HighResolution is set for CPU and memory that ECS publishes each 20 seconds, and not once a minute.
	HighResolution bool
}

// HighResolution is the time between two values of a metric of high resolution.
// Source: ECS developer guide, "Faster auto scaling with high-resolution metrics".
const HighResolution = 20 * time.Second

// Period is the time between two values of the metric.
func (m Metric) Period() time.Duration {
	if m.HighResolution {
		return HighResolution
	}
	return time.Minute
}

// Custom is the kind of the metrics that the user defines.
const Custom settings.MetricKind = "custom"

var metrics = map[settings.MetricKind]struct{ title, unit string }{
	settings.CPU:          {"CPU", " %"},
	settings.Memory:       {"memory", " %"},
	settings.Requests:     {"requests", " a minute"},
	settings.ResponseTime: {"response time", " ms"},
	settings.Backlog:      {"backlog", " messages a task"},
}

// Title names the metric for people.
func (m Metric) Title() string {
	if known, ok := metrics[m.Kind]; ok {
		return known.title
	}
	return m.Name
}

// Unit returns what follows a value of the metric, such as " %".
func (m Metric) Unit() string { return metrics[m.Kind].unit }

func (m Metric) describe(value float64) string {
	if value >= 10 || value == math.Trunc(value) {
		return fmt.Sprintf("%.0f%s", value, m.Unit())
	}
	return fmt.Sprintf("%.2g%s", value, m.Unit())
}

// distinct describes a value with as many digits as tell it from another one.
func (m Metric) distinct(value, other float64) string {
	if text := m.describe(value); value == other || text != m.describe(other) {
		return text
	}
	return distinct(value, other, 1) + m.Unit()
}

// distinct writes a number with as many digits as tell it from another one, and at least some of them after the point.
func distinct(value, other float64, least int) string {
	const most = 6
	for digits := least; digits < most; digits++ {
		if text := strconv.FormatFloat(value, 'f', digits, 64); text != strconv.FormatFloat(other, 'f', digits, 64) {
			return text
		}
	}
	return strconv.FormatFloat(value, 'f', most, 64)
}

// Series is a metric's values, one for each of its periods; NaN where one is missing.
type Series []float64

// last returns the latest value up to a period; NaN where there is none.
func (s Series) last(period int) float64 {
	for i := period; i >= 0; i-- {
		if !math.IsNaN(s[i]) {
			return s[i]
		}
	}
	return math.NaN()
}
