package settings

import (
	"fmt"
	"path"
	"strings"
)

// ShorthandKey is path, for a health check that is given as its path.
func (h *HealthCheck) ShorthandKey(value string) string {
	if strings.HasPrefix(value, "/") {
		return "path"
	}
	return ""
}

// ShorthandKey is name, for a namespace that is given as its name.
func (n *Namespace) ShorthandKey(string) string { return "name" }

// ShorthandKey is existing, for logs that are given as the name of their log group, and retentionDays for a number.
func (l *Logs) ShorthandKey(value string) string {
	if strings.HasPrefix(value, "/") {
		return "existing"
	}
	if value != "" && value[0] >= '0' && value[0] <= '9' {
		return "retentionDays"
	}
	return ""
}

// ShorthandKey is age, for an alarm that is given as the age of the oldest message.
func (a *OldestMessageAlarm) ShorthandKey(string) string { return "age" }

// FromText returns how to write an alarm that is given as a number: of hosts, or of minutes.
func (a *DurationAlarm) FromText(text string) string {
	return fmt.Sprintf("{} for any host, or {minutes: …} if %s is how long", text)
}

// ShorthandKey is topic or emails, for alarms that are given as who gets them.
func (a *Alarms) ShorthandKey(value string) string {
	switch {
	case strings.HasPrefix(value, "arn:"):
		return "topic"
	case strings.Contains(value, "@"):
		return "emails"
	}
	return ""
}

// FromText returns how to write the tracing that is given as what gets the traces.
func (t *Tracing) FromText(string) string { return "{} for X-Ray" }

// FromText returns how to write a queue that is given as its ARN, or as a text.
func (q *Queue) FromText(text string) string {
	if strings.HasPrefix(text, "arn:") {
		return fmt.Sprintf("{existing: %s}", text[strings.LastIndex(text, ":")+1:])
	}
	return "{} for a queue of the stack, or {existing: …} with the name of one"
}

// FromText returns how to write a network that is given as its kind, id or name.
func (n *Network) FromText(text string) string {
	switch {
	case text == "default":
		return "{default: true}"
	case text == "new":
		return "{new: {}}"
	case strings.HasPrefix(text, "vpc-"):
		return fmt.Sprintf("{existing: {id: %s}}", text)
	}
	return fmt.Sprintf("{existing: {name: %q}}", text)
}

// FromText returns how to write a service that is given as its image.
func (w *Workload) FromText(text string) string {
	return fmt.Sprintf("{container: {image: %q, ports: [80]}, routing: {paths: [/api/*]}}", text)
}

// FromText returns how to write what a role permits, for a role that is given as its ARN.
func (r *Role) FromText(string) string {
	return "what the application may do, such as {statements: [{actions: [s3:GetObject], resources: " +
		"[\"arn:aws:s3:::my-bucket/*\"]}]}: the stack creates the role"
}

// FromText returns how to write what a role permits in addition, for a role that is given as its ARN.
func (g *Grants) FromText(string) string {
	return "what ECS may do in addition, such as {policies: [\"arn:aws:iam::123456789012:policy/pull\"]}: the stack " +
		"creates the role"
}

// FromText returns how to write a state that is given as its bucket, or as the default.
func (s *State) FromText(text string) string {
	if text == "local" {
		return "null for one in a file, the default"
	}
	if text = path.Base(text); !bucketName.MatchString(text) {
		text = "my-states"
	}
	return fmt.Sprintf("{s3: {bucket: %s, region: eu-west-1}}", text)
}

// FromText returns how to write a volume that is given as a file system, or as a text.
func (v *Volume) FromText(text string) string {
	if strings.HasPrefix(text, "fs-") {
		return fmt.Sprintf("{fileSystem: %s}, and mount it in a container", text)
	}
	return "{} for a folder of the task's own disk, and its path in the mounts of a container"
}
