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

// Cooldowns limit how fast a target-tracking policy changes the number of tasks.
type Cooldowns struct {
	// ScaleIn lets the policy remove tasks. With false, the policy only adds tasks, and others, or a schedule, remove
	// them. Default true.
	ScaleIn bool `yaml:"scaleIn"`

	// ScaleInCooldown is the time after a scale-in during which no other begins. Default 5m.
	// Source: Application Auto Scaling user guide, "Define cooldown periods".
	ScaleInCooldown time.Duration `yaml:"scaleInCooldown" range:"0s,2147483647s"`

	// ScaleOutCooldown is the time after a scale-out during which only a larger need adds more tasks. A shorter time
	// responds sooner to growing load. But if it is shorter than tasks take to start and to affect the metrics, three
	// minutes or more, the same load adds tasks twice, and the number of tasks oscillates. Default 5m.
	ScaleOutCooldown time.Duration `yaml:"scaleOutCooldown" range:"0s,2147483647s"`
}

const defaultCooldown = 5 * time.Minute

func (p *Cooldowns) SetDefaults() {
	*p = Cooldowns{ScaleIn: true, ScaleInCooldown: defaultCooldown, ScaleOutCooldown: defaultCooldown}
}

// TargetTracking keeps a metric near a target: it adds tasks while the metric is above, and removes tasks while it is
// below.
type TargetTracking struct {
	// Percent is the target for the average use, in percent of the tasks' CPU or memory. Required.
	Percent float64 `yaml:"percent" range:"1,100" unit:"percent"`

	Cooldowns
}

func (t *TargetTracking) SetDefaults() {
	t.Percent = math.NaN() // required; a file cannot contain NaN
}

func (t *TargetTracking) ShorthandKey(string) string { return "percent" }

func (t *TargetTracking) Check(c configfile.Checker) {
	if math.IsNaN(t.Percent) {
		c.At("percent").Problemf("is missing; write the target for the average use, such as percent: 50")
	}
}

// RequestTracking keeps the number of requests per task near a target.
// Source: Application Auto Scaling API, PredefinedMetricSpecification (ALBRequestCountPerTarget).
type RequestTracking struct {
	// PerMinute is the target for the number of requests that a task gets in a minute, more than 0. Measure with a load
	// test how many requests one task can handle in time, and choose a target somewhat below. Required.
	PerMinute float64 `yaml:"perMinute"`

	Cooldowns
}

func (t *RequestTracking) SetDefaults() {
	t.PerMinute = math.NaN()
}

func (t *RequestTracking) ShorthandKey(string) string { return "perMinute" }

func (t *RequestTracking) Check(c configfile.Checker) {
	checkTarget(c.At("perMinute"), t.PerMinute, "the requests that a task gets in a minute, such as perMinute: 1000")
}

// ResponseTimeTracking adds tasks while the average response takes longer than a target.
// Source: Application Auto Scaling user guide, "Choose metrics"; Elastic Load Balancing, "CloudWatch metrics for your
// Application Load Balancer" (TargetResponseTime).
type ResponseTimeTracking struct {
	// Milliseconds is the target for the average response time, more than 0 and at most 4000000. Required.
	Milliseconds float64 `yaml:"milliseconds" unit:"milliseconds"`

	Cooldowns
}

func (t *ResponseTimeTracking) SetDefaults() {
	t.Milliseconds = math.NaN()
}

func (t *ResponseTimeTracking) ShorthandKey(string) string { return "milliseconds" }

func (t *ResponseTimeTracking) Check(c configfile.Checker) {
	checkTarget(c.At("milliseconds"), t.Milliseconds, "the time that an average response takes, such as "+
		"milliseconds: 300")
	if t.Milliseconds > maxLatency {
		c.At("milliseconds").Problemf("%.10g ms can never be reached; write at most %d", t.Milliseconds, maxLatency)
	}
	noteSeconds(c.At("milliseconds"), t.Milliseconds)
}

// noteSeconds notes a response time in milliseconds that is more likely one in seconds: no service responds that fast.
func noteSeconds(c configfile.Checker, milliseconds float64) {
	if milliseconds > 0 && milliseconds < 1 {
		c.Notef("%v is less than a millisecond; if it is in seconds, write %.10g", milliseconds, milliseconds*1000)
	}
}

// BacklogTracking keeps the number of messages that wait in the queue near a target for each running task.
// Sources: Application Auto Scaling user guide, "Create a target tracking scaling policy for Application Auto Scaling
// using metric math"; EC2 Auto Scaling user guide, "Scaling policy based on Amazon SQS", for the choice of a target.
type BacklogTracking struct {
	// PerTask is the target for the number of messages that wait for each task, more than 0: the time that a message may
	// wait, divided by the time that a task takes for a message. Messages that a task has received do not count.
	// Required.
	PerTask float64 `yaml:"perTask"`

	Cooldowns
}

func (t *BacklogTracking) SetDefaults() {
	t.PerTask = math.NaN()
}

func (t *BacklogTracking) ShorthandKey(string) string { return "perTask" }

func (t *BacklogTracking) Check(c configfile.Checker) {
	checkTarget(c.At("perTask"), t.PerTask, "the messages that may wait for each task, such as perTask: 100")
}

// MetricTracking keeps a CloudWatch metric near a target.
// Source: Application Auto Scaling user guide, "Choose metrics".
type MetricTracking struct {
	Metric

	// Target is the target for the metric, more than 0. Required.
	Target float64 `yaml:"target"`

	Cooldowns
}

func (t *MetricTracking) SetDefaults() {
	t.Target = math.NaN()
}

func (t *MetricTracking) Check(c configfile.Checker) {
	t.Metric.Check(c)
	checkTarget(c.At("target"), t.Target, "the metric's value to keep near, such as target: 100")
	if t.Namespace == "AWS/SQS" && t.Name == messagesVisible {
		c.At("name").Notef("%s is the total number of messages, to which the number of tasks is not in proportion, so that "+
			"scaling overshoots; for the service's own queue, write scaling.backlog, which is the number for each task", t.Name)
	}
}

// Metric identifies a CloudWatch metric.
// Source: CloudWatch API, Metric; Application Auto Scaling API, CustomizedMetricSpecification.
type Metric struct {
	// Namespace of the metric, such as AWS/SQS or a custom one, 1 to 255 characters. Required.
	Namespace string `yaml:"namespace"`

	// Name of the metric, such as ApproximateNumberOfMessagesVisible, 1 to 255 characters. Required.
	Name string `yaml:"name"`

	// Statistic of a minute's values: Average, Minimum, Maximum, Sum or SampleCount. Default Average.
	Statistic string `yaml:"statistic" enum:"Average,Minimum,Maximum,Sum,SampleCount"`

	// Dimensions of the metric, exactly as it is published, at most 30. Default: none.
	Dimensions map[string]string `yaml:"dimensions"`
}

var (
	policyName = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$`)
)

const maxDimensions = 30

func (m *Metric) SetDefaults() { m.Statistic = "Average" }

func (m *Metric) Check(c configfile.Checker) {
	checkMetricText(c.At("namespace"), m.Namespace, "a valid namespace of a metric", 255)
	checkMetricText(c.At("name"), m.Name, "a valid metric name", 255)
	if strings.HasPrefix(m.Namespace, ":") {
		c.At("namespace").Problemf("%q begins with a colon, which CloudWatch refuses; remove it", m.Namespace)
	}
	if n := len(m.Dimensions); n > maxDimensions {
		c.At("dimensions").Problemf("has %d dimensions, but a metric can have at most %d; remove some", n,
			maxDimensions)
	}
	for name, value := range m.Dimensions {
		at := c.At("dimensions").Key(name)
		checkMetricText(at, name, "a valid dimension name", 255)
		checkMetricText(at, value, "a valid dimension value", 1024)
		if strings.HasPrefix(name, ":") {
			at.Problemf("%q begins with a colon, which CloudWatch refuses; remove it", name)
		}
	}
	m.checkAWS(c)
}

// checkMetricText reports a text that cannot be part of a metric's identity, which is printable ASCII and not only
// spaces.
// Source: CloudWatch API, Dimension and MetricDatum.
func checkMetricText(c configfile.Checker, text, what string, most int) {
	switch {
	case text != "" && strings.TrimSpace(text) == "":
		c.Problemf("%q has only spaces; write %s", text, what)
	case strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }):
		c.Problemf("%q is not %s: CloudWatch only accepts printable ASCII characters; write it as it is published",
			text, what)
	default:
		configfile.CheckText(c, text, what, most)
	}
}

// identity returns a text that is the same for every way to write a metric.
func (m *Metric) identity() string {
	text := fmt.Sprintf("%s %s (%s)", m.Namespace, m.Name, m.Statistic)
	for _, name := range slices.Sorted(maps.Keys(m.Dimensions)) {
		text += fmt.Sprintf(" %s=%s", name, m.Dimensions[name])
	}
	return text
}

// checkTarget reports a target that is missing, or that cannot be reached.
func checkTarget(c configfile.Checker, value float64, what string) {
	switch {
	case math.IsNaN(value):
		c.Problemf("is missing; write %s", what)
	case value <= 0:
		c.Problemf("%v cannot be reached with any number of tasks; write a number above 0", value)
	}
}
