package settings

// Logs keeps what the containers print.
type Logs struct {
	// RetentionDays is how long log events are kept, in days. CloudWatch Logs offers 1, 3, 5, 7, 14, 30, 60, 90 and
	// more up to 3653; 0 keeps them for ever, and costs more every month. Default 1.
	// Source: CloudWatch Logs API, PutRetentionPolicy.
	RetentionDays int `yaml:"retentionDays" unit:"days"`

	// Key is the ARN of a KMS key to encrypt the logs with, whose policy lets CloudWatch Logs use it. Default: AWS's
	// own key.
	Key string `yaml:"key"`

	// Blocking makes a container wait while its log lines cannot be delivered, so that none is lost but the service may
	// stand still. Otherwise they wait in a buffer, and go when it is full. Default false, as ECS's own since 2025.
	// Source: ECS developer guide, "Send Amazon ECS logs to CloudWatch".
	Blocking bool `yaml:"blocking"`

	// BufferMiB is the buffer's size for each container, in MiB of the task's memory, 1 to 1024. Not with Blocking.
	// Default 25.
	BufferMiB int `yaml:"buffer" unit:"MiB"`
}

func (l *Logs) setDefaults() {
	l.RetentionDays = 1
	l.BufferMiB = 25
}

func (l *Logs) check(c checker) {
	checkLogGroup(c, l.RetentionDays, l.Key)
	within(c.at("buffer"), l.BufferMiB, 1, 1024)
	if l.Blocking && c.wrote("buffer") {
		c.at("buffer").problemf("has no effect with blocking: true, which does not buffer; remove one of the two")
	}
}

// checkLogGroup applies the rules that every log group has.
func checkLogGroup(c checker, retentionDays int, key string) {
	if !isOffered(c.at("retentionDays"), retentionDays, append([]int{0}, logRetentionDays...)...) {
		c.at("retentionDays").problemf("%d days are not on offer; write %s, or 0 to keep logs for ever",
			retentionDays, numbers(logRetentionDays))
	}
	if key != "" {
		checkKey(c.at("key"), key)
	}
}

// logRetentionDays are the periods of PutRetentionPolicy.
var logRetentionDays = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557,
	2922, 3288, 3653}
