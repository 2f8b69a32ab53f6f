package rules

import (
	"fmt"
	"math"
	"strconv"

	"webapp/settings"
)

// Metric is what a policy looks at.
type Metric struct {
	// Kind is one of the metrics that every service has (settings.CPU, Memory, Requests, ResponseTime), or Custom.
	Kind settings.MetricKind
	// Name of a custom metric.
	Name string
}

// Custom is the kind of the metrics that the user defines.
const Custom settings.MetricKind = "custom"

var metrics = map[settings.MetricKind]struct{ title, unit string }{
	settings.CPU:          {"CPU", " %"},
	settings.Memory:       {"memory", " %"},
	settings.Requests:     {"requests", " a minute"},
	settings.ResponseTime: {"response time", " ms"},
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

// beside describes a value with as many digits as tell it from another one.
func (m Metric) beside(value, other float64) string {
	if text := m.describe(value); value == other || text != m.describe(other) {
		return text
	}
	return beside(value, other, 1) + m.Unit()
}

// beside writes a number with as many digits as tell it from another one, but at least some after the point.
func beside(value, other float64, least int) string {
	const most = 6
	for digits := least; digits < most; digits++ {
		if text := strconv.FormatFloat(value, 'f', digits, 64); text != strconv.FormatFloat(other, 'f', digits, 64) {
			return text
		}
	}
	return strconv.FormatFloat(value, 'f', most, 64)
}

// Series is a metric's values, minute by minute; NaN where one is missing.
type Series []float64

// last returns the latest value up to a minute; NaN where there is none.
func (s Series) last(minute int) float64 {
	for i := minute; i >= 0; i-- {
		if !math.IsNaN(s[i]) {
			return s[i]
		}
	}
	return math.NaN()
}
