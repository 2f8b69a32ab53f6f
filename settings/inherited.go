package settings

import (
	"github.com/distribution/reference"

	"webapp/internal/configfile"
)

// noteNotInherited notes settings that a service under services leaves out although the service at the top of the file
// has them. A service inherits nothing, which is easily forgotten where the default is worse than the setting.
func (s *Stack) noteNotInherited(c configfile.Checker, w NamedWorkload) {
	if w.Key == "" {
		return
	}
	at, top := c.At(w.path("")), s.Workload
	const inherited = "services inherit nothing from the top of the file, where it is "
	ownGroup := w.Logs.Existing == ""
	if own, other := w.Logs.RetentionDays, top.Logs.RetentionDays; ownGroup && own != other &&
		!at.Given("logs.retentionDays") {
		at.Notef("logs.retentionDays is %d: "+inherited+"%d; write logs: {retentionDays: %d} here, or "+
			"{retentionDays: %d} to keep the default", own, other, other, own)
	}
	if ownGroup && top.Logs.KMSKey != "" && !at.Given("logs.kmsKey") {
		at.Notef("logs.kmsKey is not set: "+inherited+"set; write logs: {kmsKey: %s} here, or {kmsKey: \"\"} to keep "+
			"the default", top.Logs.KMSKey)
	}
	if limit := top.Task.Role.PermissionsBoundary; limit != "" && !at.Given("task.role.permissionsBoundary") {
		at.Notef("task.role.permissionsBoundary is not set: "+inherited+"set; write task: {role: {permissionsBoundary: "+
			"%s}} here, or {permissionsBoundary: \"\"} to keep the default", limit)
	}
	if own, other := w.Task.Architecture, top.Task.Architecture; own != other && !at.Given("task.architecture") {
		at.Notef("task.architecture is %s: "+inherited+"%s; write task: {architecture: %s} here, or {architecture: "+
			"%s} to keep the default", own, other, other, own)
	}
	if top.Container.Credentials != "" && !at.Given("container.credentials") &&
		registryOf(w.Container.Image) == registryOf(top.Container.Image) {
		// The message leaves out the value, as every other one about credentials.
		at.Notef("container.credentials is not set: " + inherited + "set for the same registry; write that line " +
			"under container here too, or credentials: \"\" if the image is public")
	}
}

// registryOf returns the host of an image's registry, or "" if the image is not valid.
func registryOf(image string) string {
	named, err := reference.ParseNormalizedNamed(image)
	if err != nil {
		return ""
	}
	return reference.Domain(named)
}
