package settings

import (
	"fmt"
	"path"
	"strings"
)

// The methods below say how to write a section that was given as a single value.

func (h *HealthCheck) ShorthandKey(value string) string {
	if strings.HasPrefix(value, "/") {
		return "path"
	}
	return ""
}

func (n *Namespace) ShorthandKey(string) string { return "name" }

func (l *Logs) ShorthandKey(value string) string {
	if strings.HasPrefix(value, "/") {
		return "existing"
	}
	return ""
}

func (q *Queue) FromText(text string) string {
	if strings.HasPrefix(text, "arn:") {
		return fmt.Sprintf("{existing: %q}", text)
	}
	return "{} for a queue of the stack, or {existing: …} with the ARN of one"
}

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

func (w *Workload) FromText(text string) string {
	return fmt.Sprintf("{container: {image: %q, ports: [80]}, routing: {paths: [/api/*]}}", text)
}

func (r *Role) FromText(string) string {
	return "what the application may do, such as {statements: [{actions: [s3:GetObject], resources: " +
		"[\"arn:aws:s3:::my-bucket/*\"]}]}: the stack creates the role"
}

func (g *Grants) FromText(string) string {
	return "what ECS may do in addition, such as {policies: [\"arn:aws:iam::123456789012:policy/pull\"]}: the stack " +
		"creates the role"
}

func (s *State) FromText(text string) string {
	if text = path.Base(text); !bucketName.MatchString(text) {
		text = "my-states"
	}
	return fmt.Sprintf("{s3: {bucket: %s, region: eu-west-1}}", text)
}

func (v *Volume) FromText(text string) string {
	if strings.HasPrefix(text, "fs-") {
		return fmt.Sprintf("{fileSystem: %s}, and mount it in a container", text)
	}
	return "{} for a folder of the task's own disk, and its path in the mounts of a container"
}
