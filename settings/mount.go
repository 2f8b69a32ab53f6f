package settings

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"webapp/internal/configfile"
)

// Mount makes a volume available in a container.
type Mount struct {
	// Volume is the volume's name under task.volumes. Required.
	Volume string `yaml:"volume"`

	// Path in the container, an absolute path. Required.
	Path string `yaml:"path"`

	// ReadOnly prevents the container from writing to the volume. Default false.
	ReadOnly bool `yaml:"readOnly"`
}

// FromText returns how to write a volume of Compose: data:/data:ro.
func (m *Mount) FromText(text string) string {
	parts := strings.Split(text, ":")
	if len(parts) < 2 || !strings.HasPrefix(parts[1], "/") {
		return "{volume: data, path: /data}"
	}
	volume, readOnly := parts[0], ""
	if !shortName.MatchString(volume) { // a folder of the host, which Fargate does not have
		volume = "data"
	}
	if len(parts) > 2 && slices.Contains(strings.Split(parts[2], ","), "ro") {
		readOnly = ", readOnly: true"
	}
	return fmt.Sprintf("{volume: %s, path: %s%s}", volume, parts[1], readOnly)
}

func (m *Mount) Check(c configfile.Checker) {
	if m.Volume == "" {
		c.At("volume").Problemf("is missing; write the name of a volume from task.volumes")
	}
	checkPath(c.At("path"), m.Path)
	// Docker Engine (moby), volume/mounts: "destination can't be '/'", and a colon separates the parts of a mount.
	switch {
	case strings.HasPrefix(m.Path, "/") && path.Clean(m.Path) == "/":
		c.At("path").Problemf("%q is the container's whole file system, which a volume cannot replace; write a "+
			"folder, such as /data", m.Path)
	case kernelFolder.MatchString(path.Clean(m.Path)):
		c.At("path").Problemf("%q has the kernel's files, and a container that mounts a volume there does not start; "+
			"write another folder, such as /data", m.Path)
	case path.Clean(m.Path) == "/dev" || path.Clean(m.Path) == "/sys":
		c.At("path").Notef("hides the container's %s, without which many programs fail; write a folder of its own, such as "+
			"/data", m.Path)
	case strings.Contains(m.Path, ":"):
		c.At("path").Problemf("%q contains a colon; write only the path, such as /data, and readOnly: true if the "+
			"container must not write", m.Path)
	}
}

// withoutMounts returns how an overlay that drops a volume gives the container's mounts: without those of no volume.
func (k NamedContainer) withoutMounts(c configfile.Checker, volumes map[string]*Volume) string {
	if slices.ContainsFunc(k.Mounts, func(m Mount) bool { return volumes[m.Volume] != nil }) {
		return "write " + nested(c.Path(), "[…]") + " with the other mounts"
	}
	return "write " + nested(c.Path(), "null")
}

// kernelFolder matches the folders of the kernel, where no volume can be mounted.
// Source: opencontainers/runc, libcontainer/rootfs_linux.go, checkProcMount.
var kernelFolder = regexp.MustCompile(`^/proc(/|$)`)

// checkPath reports a text that is not an absolute path.
func checkPath(c configfile.Checker, path string) {
	if !strings.HasPrefix(path, "/") {
		c.Problemf("%q is not an absolute path; write one that begins with /, such as /data", path)
	}
}
