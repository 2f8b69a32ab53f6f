package settings

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"webapp/internal/configfile"
)

// LogRetention is how many days CloudWatch Logs keeps log events; 0 is forever.
type LogRetention int

// Allowed returns the values that the API takes. Source: CloudWatch Logs API, PutRetentionPolicy.
func (LogRetention) Allowed() []string {
	return strings.Fields("0 1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1096 1827 2192 2557 2922 3288 3653")
}

// Logs sends the output of the containers to CloudWatch Logs.
type Logs struct {
	// Existing is the name of a log group that exists in the stack's account and region, to use instead of creating
	// one. Several services may share it: the name of a stream begins with the task's family and the container. The
	// group keeps its own retention and key. A group that the stack has created before is destroyed with its logs.
	// Default: none; a group /ecs/NAME is created, with the stack's name, under services followed by the service's.
	// Source: CloudWatch Logs API, CreateLogGroup.
	Existing string `yaml:"existing"`

	// RetentionDays is how long log events are kept, in days: 1, 3, 5, 7, 14, 30, 60, 90 and further values up to 3653.
	// 0 keeps them forever, which costs more every month. Default 1.
	// Source: CloudWatch Logs API, PutRetentionPolicy.
	RetentionDays LogRetention `yaml:"retentionDays" unit:"days"`

	// KMSKey is the ARN of a KMS key that encrypts the logs. Its policy must allow CloudWatch Logs to use it. Default:
	// an AWS owned key.
	KMSKey string `yaml:"kmsKey" arn:"kms" was:"key"`

	// Blocking makes a container wait while its log lines cannot be delivered: no line is lost, but the service may
	// hang. With false, lines wait in a buffer, and are dropped when it is full. Default false, like ECS's own default
	// since 2025.
	// Source: ECS developer guide, "Send Amazon ECS logs to CloudWatch".
	Blocking bool `yaml:"blocking"`

	// BufferMiB is the size of each container's buffer, in MiB of the task's memory, of which all buffers of the task
	// together must leave some. Not with Blocking. Default 25.
	// Source: ECS developer guide, "Send Amazon ECS logs to CloudWatch".
	BufferMiB int `yaml:"buffer" range:"1,1024" unit:"MiB"`
}

func (l *Logs) SetDefaults() {
	l.RetentionDays = 1
	l.BufferMiB = 25
}

var logGroupName = regexp.MustCompile(`^[A-Za-z0-9_./#-]{1,512}$`)

// LogGroup returns the name of the log group of the containers.
func (w NamedWorkload) LogGroup() string { return cmp.Or(w.Logs.Existing, "/ecs/"+w.Name) }

func (l *Logs) Check(c configfile.Checker) {
	if l.Existing != "" {
		l.checkExisting(c)
	}
	checkLogKey(c, l.KMSKey)
	if l.Blocking && c.Written("buffer") {
		c.At("buffer").Problemf("has no effect with blocking: true, which uses no buffer; remove one of the two")
	}
}

// checkExisting applies the rules of a log group that exists.
func (l *Logs) checkExisting(c configfile.Checker) {
	_, name, isARN := strings.Cut(l.Existing, ":log-group:")
	switch name = strings.TrimSuffix(name, ":*"); {
	case strings.HasPrefix(l.Existing, "aws/"): // CloudWatch Logs API, CreateLogGroup
		c.At("existing").Problemf("%q cannot exist: no log group's name begins with aws/; write one such as /%s", l.Existing,
			l.Existing)
	case logGroupName.MatchString(l.Existing):
	case isARN && logGroupName.MatchString(name):
		c.At("existing").Problemf("%q is the ARN of a log group; write only its name, %s: the group must be in the "+
			"stack's account and region", l.Existing, name)
	default:
		c.At("existing").Problemf("%q (%s) is not the name of a log group; write 1 to 512 letters, digits and _-/.#, such "+
			"as /teams/shop", l.Existing, configfile.Characters(l.Existing))
	}
	for _, setting := range []string{"retentionDays", "kmsKey"} {
		if c.Written(setting) {
			c.At(setting).Problemf("has no effect on a log group that exists; remove it, and set it where the group is " +
				"created, or remove existing")
		}
	}
}

// checkLogGroup reports a log group that is said to exist, but which the stack creates for another task: a plan would
// not find it.
func (s *Stack) checkLogGroup(c configfile.Checker, w NamedWorkload) {
	for _, other := range s.Tasks() {
		if w.Logs.Existing != "" && other.Logs.Existing == "" && w.Logs.Existing == other.LogGroup() {
			c.At("logs.existing").Problemf("%s is the log group that this stack creates for %s; write a group that "+
				"exists before the stack is deployed, in both places, or remove this line", w.Logs.Existing, other.path("logs"))
		}
	}
}

// Explain adds what a retention of 0 days means.
func (l *Logs) Explain(key string, allowed configfile.Constraint) string {
	return explainRetention(key, l.RetentionDays, allowed)
}

func explainRetention(key string, days LogRetention, allowed configfile.Constraint) string {
	if key != "retentionDays" {
		return ""
	}
	return fmt.Sprintf("%d is not a valid number of days; write %s, where 0 keeps logs forever", days, allowed)
}

// checkLogKey reports a KMS key that cannot encrypt a log group.
func checkLogKey(c configfile.Checker, key string) {
	if key != "" {
		checkKey(c.At("kmsKey"), key, "")
	}
}
