package settings

import (
	"fmt"
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

	// BufferMiB is the size of each container's buffer, in MiB of the task's memory. Not with Blocking. Default 25.
	BufferMiB int `yaml:"buffer" range:"1,1024" unit:"MiB"`
}

func (l *Logs) SetDefaults() {
	l.RetentionDays = 1
	l.BufferMiB = 25
}

func (l *Logs) Check(c configfile.Checker) {
	checkLogKey(c, l.KMSKey)
	if l.Blocking && c.Written("buffer") {
		c.At("buffer").Problemf("has no effect with blocking: true, which uses no buffer; remove one of the two")
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
		checkKey(c.At("kmsKey"), key)
	}
}
