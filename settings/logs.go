package settings

import (
	"fmt"

	"webapp/internal/configfile"
)

// Logs keeps what the containers print.
type Logs struct {
	// RetentionDays is how long log events are kept, in days. CloudWatch Logs offers 1, 3, 5, 7, 14, 30, 60, 90 and
	// more up to 3653; 0 keeps them for ever, and costs more every month. Default 1.
	// Source: CloudWatch Logs API, PutRetentionPolicy.
	RetentionDays int `yaml:"retentionDays" enum:"0,1,3,5,7,14,30,60,90,120,150,180,365,400,545,731,1096,1827,2192,2557,2922,3288,3653" unit:"days"`

	// KMSKey is the ARN of a KMS key to encrypt the logs with, whose policy lets CloudWatch Logs use it. Default: AWS's
	// own key.
	KMSKey string `yaml:"kmsKey" was:"key"`

	// Blocking makes a container wait while its log lines cannot be delivered, so that none is lost but the service may
	// stand still. Otherwise they wait in a buffer, and go when it is full. Default false, as ECS's own since 2025.
	// Source: ECS developer guide, "Send Amazon ECS logs to CloudWatch".
	Blocking bool `yaml:"blocking"`

	// BufferMiB is the buffer's size for each container, in MiB of the task's memory. Not with Blocking. Default 25.
	BufferMiB int `yaml:"buffer" range:"1,1024" unit:"MiB"`
}

func (l *Logs) SetDefaults() {
	l.RetentionDays = 1
	l.BufferMiB = 25
}

func (l *Logs) Check(c configfile.Checker) {
	checkLogKey(c, l.KMSKey)
	if l.Blocking && c.Written("buffer") {
		c.At("buffer").Problemf("has no effect with blocking: true, which does not buffer; remove one of the two")
	}
}

// Explain says what the retention of 0 days means.
func (l *Logs) Explain(key string, allowed configfile.Constraint) string {
	return explainRetention(key, l.RetentionDays, allowed)
}

func explainRetention(key string, days int, allowed configfile.Constraint) string {
	if key != "retentionDays" {
		return ""
	}
	return fmt.Sprintf("%d is not a valid number of days; write %s, where 0 keeps logs for ever", days, allowed)
}

// checkLogKey reports what a log group cannot be encrypted with.
func checkLogKey(c configfile.Checker, key string) {
	if key != "" {
		checkKey(c.At("kmsKey"), key)
	}
}
