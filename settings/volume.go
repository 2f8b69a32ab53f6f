package settings

import (
	"regexp"

	"webapp/internal/configfile"
)

// Volume is a folder that containers mount: on an EFS file system, where it outlives the tasks, or, without one, in the
// task's own storage.
type Volume struct {
	// FileSystem is the id of an EFS file system, which must have a mount target in every zone of the tasks that admits
	// them on port 2049. Data are encrypted on the way. Default: none, a folder in the task. On Fargate such a folder
	// belongs to root, with mode 0755, unless the image declares it with VOLUME: for a container with another user,
	// have a sidecar that runs as root change its mode or owner first, as examples/sidecar-and-efs.yaml does.
	// Source: ECS developer guide, "Use bind mounts with Amazon ECS".
	FileSystem string `yaml:"fileSystem"`

	// AccessPoint is the id of an EFS access point, which fixes the folder and its owner. Default: none.
	AccessPoint string `yaml:"accessPoint"`

	// Directory of the file system to mount, an absolute path. Not with an access point, which has its own. Default /.
	Directory string `yaml:"directory"`

	// IAM has the file system ask for the task role's permission, which then has it for this file system, and for the
	// access point if there is one: to read, and to write unless every mount is read-only. Default true.
	IAM bool `yaml:"iam"`
}

var (
	fileSystemID  = regexp.MustCompile(`^fs-[0-9a-f]{8,40}$`)
	accessPointID = regexp.MustCompile(`^fsap-[0-9a-f]{8,40}$`)
)

func (v *Volume) SetDefaults() { v.IAM = true }

func (v *Volume) Check(c configfile.Checker) {
	if v.FileSystem == "" {
		for name, value := range map[string]string{"accessPoint": v.AccessPoint, "directory": v.Directory} {
			if value != "" {
				c.At(name).Problemf("%s is of an EFS file system, and the volume names none; write fileSystem too, "+
					"or leave it out", value)
			}
		}
		return
	}
	if !fileSystemID.MatchString(v.FileSystem) {
		c.At("fileSystem").Problemf("%q is no EFS file system; write its id, such as fs-0123456789abcdef0", v.FileSystem)
	}
	if v.AccessPoint != "" && !accessPointID.MatchString(v.AccessPoint) {
		c.At("accessPoint").Problemf("%q is no EFS access point; write its id, such as fsap-0123456789abcdef0", v.AccessPoint)
	}
	if v.Directory != "" {
		checkPath(c.At("directory"), v.Directory)
		if v.AccessPoint != "" && v.Directory != "/" {
			c.At("directory").Problemf("%s stands beside an access point, which has a folder of its own; leave it out", v.Directory)
		}
	}
}

// Writes says whether a container mounts the volume to write there.
func (w *Workload) Writes(volume string) bool {
	for _, k := range w.Containers() {
		for _, mount := range k.Mounts {
			if mount.Volume == volume && !mount.ReadOnly {
				return true
			}
		}
	}
	return false
}
