package settings

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"webapp/internal/configfile"
)

// Cooldowns is how fast a target-tracking policy may change the number of tasks.
type Cooldowns struct {
	// ScaleIn lets the policy remove tasks. Without it the policy only adds them, and others, or a schedule, remove
	// them. Default true.
	ScaleIn bool `yaml:"scaleIn"`

	// ScaleInCooldown is the time after a removal in which no further one begins, 0s or more. Default 5m.
	// Source: Application Auto Scaling user guide, "Define cooldown periods".
	ScaleInCooldown time.Duration `yaml:"scaleInCooldown" range:"0s,2147483647s"`

	// ScaleOutCooldown is the time in which tasks that were added count as on their way, so that only a larger need
	// adds more, 0s or more. Default 5m. A shorter one answers a growing load sooner. One that is shorter than tasks
	// take to start and to show in the metrics, three minutes or more, answers the same load twice, and the number of
	// tasks swings.
	ScaleOutCooldown time.Duration `yaml:"scaleOutCooldown" range:"0s,2147483647s"`
}

const defaultCooldown = 5 * time.Minute

func (p *Cooldowns) SetDefaults() {
	*p = Cooldowns{ScaleIn: true, ScaleInCooldown: defaultCooldown, ScaleOutCooldown: defaultCooldown}
}

// TargetTracking adds tasks while a metric is above its target and removes them while it is below.
type TargetTracking struct {
	// Percent is the average use to keep near, in percent of what the tasks have. Required.
	Percent float64 `yaml:"percent" range:"1,100" unit:"percent"`

	Cooldowns
}

func (t *TargetTracking) SetDefaults() {
	t.Percent = math.NaN() // required, and no file can say it
}

func (t *TargetTracking) ShorthandKey() string { return "percent" }

func (t *TargetTracking) Check(c configfile.Checker) {
	if math.IsNaN(t.Percent) {
		c.At("percent").Problemf("is missing; write the average use to keep near, such as percent: 50")
	}
}

// RequestTracking keeps the requests for each task near a target.
// Source: Application Auto Scaling API, PredefinedMetricSpecification (ALBRequestCountPerTarget).
type RequestTracking struct {
	// PerMinute is how many requests a task gets in a minute, more than 0. A load test tells: take what one task can
	// answer in time, and leave it air. Required.
	PerMinute float64 `yaml:"perMinute"`

	Cooldowns
}

func (t *RequestTracking) SetDefaults() {
	t.PerMinute = math.NaN()
}

func (t *RequestTracking) ShorthandKey() string { return "perMinute" }

func (t *RequestTracking) Check(c configfile.Checker) {
	checkTarget(c.At("perMinute"), t.PerMinute, "the requests that a task gets in a minute, such as perMinute: 1000")
}

// ResponseTimeTracking adds tasks while the average response takes longer than a target.
// Source: Application Auto Scaling user guide, "Choose metrics"; Elastic Load Balancing, "CloudWatch metrics for your
// Application Load Balancer" (TargetResponseTime).
type ResponseTimeTracking struct {
	// Milliseconds that the average response takes, more than 0. Required.
	Milliseconds float64 `yaml:"milliseconds"`

	Cooldowns
}

func (t *ResponseTimeTracking) SetDefaults() {
	t.Milliseconds = math.NaN()
}

func (t *ResponseTimeTracking) ShorthandKey() string { return "milliseconds" }

func (t *ResponseTimeTracking) Check(c configfile.Checker) {
	checkTarget(c.At("milliseconds"), t.Milliseconds, "the time that an average response takes, such as "+
		"milliseconds: 300")
}

// MetricTracking keeps a metric of CloudWatch near a target.
// Source: Application Auto Scaling user guide, "Choose metrics".
type MetricTracking struct {
	Metric

	// Target is the metric's value to keep near, more than 0. Required.
	Target float64 `yaml:"target"`

	Cooldowns
}

func (t *MetricTracking) SetDefaults() {
	t.Target = math.NaN()
}

func (t *MetricTracking) Check(c configfile.Checker) {
	t.Metric.Check(c)
	checkTarget(c.At("target"), t.Target, "the metric's value to keep near, such as target: 100")
}

// Metric is one metric of CloudWatch.
// Source: CloudWatch API, Metric; Application Auto Scaling API, CustomizedMetricSpecification.
type Metric struct {
	// Namespace of the metric, such as AWS/SQS or a name of your own, 1 to 255 characters. Required.
	Namespace string `yaml:"namespace"`

	// Name of the metric, such as ApproximateNumberOfMessagesVisible, 1 to 255 characters. Required.
	Name string `yaml:"name"`

	// Statistic of a minute's values: Average, Minimum, Maximum, Sum or SampleCount. Default Average.
	Statistic string `yaml:"statistic" enum:"Average,Minimum,Maximum,Sum,SampleCount"`

	// Dimensions that tell the metric from others of its name, exactly as it is published, up to 30. Default: none.
	Dimensions map[string]string `yaml:"dimensions"`
}

var (
	policyName = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$`)
)

const maxDimensions = 30

func (m *Metric) SetDefaults() { m.Statistic = "Average" }

func (m *Metric) Check(c configfile.Checker) {
	checkMetricText(c.At("namespace"), m.Namespace, "a metric's namespace", 255)
	checkMetricText(c.At("name"), m.Name, "a metric's name", 255)
	if strings.HasPrefix(m.Namespace, ":") {
		c.At("namespace").Problemf("%q begins with a colon, which CloudWatch refuses; remove it", m.Namespace)
	}
	if n := len(m.Dimensions); n > maxDimensions {
		c.At("dimensions").Problemf("%d are more than the %d that a metric can have; remove some", n, maxDimensions)
	}
	for name, value := range m.Dimensions {
		at := c.At("dimensions").Key(name)
		checkMetricText(at, name, "a dimension's name", 255)
		checkMetricText(at, value, "a dimension's value", 1024)
		if strings.HasPrefix(name, ":") {
			at.Problemf("%q begins with a colon, which CloudWatch refuses; remove it", name)
		}
	}
}

// checkMetricText reports what cannot be part of a metric's identity: it is of printable ASCII, and not all spaces.
// Source: CloudWatch API, Dimension and MetricDatum.
func checkMetricText(c configfile.Checker, text, what string, most int) {
	switch {
	case text != "" && strings.TrimSpace(text) == "":
		c.Problemf("%q is all spaces; write %s", text, what)
	case strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }):
		c.Problemf("%q is not %s: CloudWatch takes ASCII letters, digits, signs and spaces only; write it as it is "+
			"published", text, what)
	default:
		configfile.CheckText(c, text, what, most)
	}
}

// identity is the same for two ways to write one metric.
func (m *Metric) identity() string {
	text := fmt.Sprintf("%s %s (%s)", m.Namespace, m.Name, m.Statistic)
	for _, name := range slices.Sorted(maps.Keys(m.Dimensions)) {
		text += fmt.Sprintf(" %s=%s", name, m.Dimensions[name])
	}
	return text
}

// checkTarget reports a target that is missing, or that no number of tasks can reach.
func checkTarget(c configfile.Checker, value float64, what string) {
	switch {
	case math.IsNaN(value):
		c.Problemf("is missing; write %s", what)
	case value <= 0:
		c.Problemf("%v is a target that no number of tasks can reach; write a number above 0", value)
	}
}
