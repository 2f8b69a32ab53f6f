package settings

import (
	"regexp"
	"slices"
	"strings"

	"webapp/internal/configfile"
)

// Volume is a folder that containers mount. It is on an EFS file system, where it outlives the tasks, or otherwise in
// the task's own storage.
type Volume struct {
	// FileSystem is the id of an EFS file system. It must have a mount target in every zone of the tasks, which admits
	// them on port 2049. Data is encrypted in transit. Default: none; the folder is in the task's own storage. Such a
	// folder belongs to root and has mode 0755, unless the image declares it with VOLUME. For a container with another
	// user, let a sidecar that runs as root change the mode or owner first, as in examples/sidecar-and-efs.yaml.
	// Source: ECS developer guide, "Use bind mounts with Amazon ECS".
	FileSystem string `yaml:"fileSystem"`

	// AccessPoint is the id of an EFS access point, which determines the folder and its owner. Default: none.
	AccessPoint string `yaml:"accessPoint"`

	// Directory of the file system to mount, an absolute path. Not with AccessPoint. Default /.
	Directory string `yaml:"directory"`

	// IAM mounts the file system with the permissions of the task role. The role gets permission to read from this file
	// system, through the access point if there is one, and to write unless every mount is read-only. It has no root
	// access: where the file system has a policy that does not give that to everybody, EFS takes a container's root for
	// a user without rights (65534), who cannot write to a folder that root owns. Grant
	// elasticfilesystem:ClientRootAccess on the file system in task.role.statements, or use an access point with a
	// user. Default true.
	// Source: EFS user guide, "Using IAM to control access to file systems" and "Root squashing".
	IAM bool `yaml:"iam"`
}

var (
	fileSystemID  = regexp.MustCompile(`^fs-[0-9a-f]{8,40}$`)
	accessPointID = regexp.MustCompile(`^fsap-[0-9a-f]{8,40}$`)
)

func (v *Volume) SetDefaults() { v.IAM = true }

// ResetOthers lets an overlay replace an access point with a directory, or the other way round. The directory / is the
// default, so it replaces nothing.
func (v *Volume) ResetOthers(given []string) {
	point, directory := slices.Contains(given, "accessPoint"), slices.Contains(given, "directory")
	if point && !directory {
		v.Directory = ""
	}
	if directory && !point && v.Directory != "/" {
		v.AccessPoint = ""
	}
}

func (v *Volume) ShorthandKey(string) string { return "fileSystem" }

func (v *Volume) Check(c configfile.Checker) {
	if v.FileSystem == "" {
		for name, value := range map[string]string{"accessPoint": v.AccessPoint, "directory": v.Directory} {
			if value != "" {
				c.At(name).Problemf("%s needs an EFS file system, but the volume has none; add fileSystem, or remove "+
					"this line", value)
			}
		}
		if c.Written("iam") {
			c.At("iam").Problemf("%t needs an EFS file system, but the volume has none; add fileSystem, or remove this line",
				v.IAM)
		}
		return
	}
	if !fileSystemID.MatchString(v.FileSystem) {
		c.At("fileSystem").Problemf("%q is not a valid EFS file system; write its id, such as fs-0123456789abcdef0",
			v.FileSystem)
	}
	if v.AccessPoint != "" && !accessPointID.MatchString(v.AccessPoint) {
		c.At("accessPoint").Problemf("%q is not a valid EFS access point; write its id, such as fsap-0123456789abcdef0",
			v.AccessPoint)
	}
	if v.Directory != "" {
		checkPath(c.At("directory"), v.Directory)
		if v.AccessPoint != "" && v.Directory != "/" {
			c.At("directory").Problemf("%s cannot be combined with accessPoint, which determines the folder; remove "+
				"one of the two", v.Directory)
		}
	}
}

// adviseVolume returns what to do about a volume that the task does not have.
func adviseVolume(name string, volumes map[string]*Volume, section string) string {
	add := "add it under " + section
	hint := configfile.SuggestKey(name, volumes, add)
	if strings.HasPrefix(hint, "write ") {
		hint += ", or " + add
	}
	return hint
}

// checkVolumes reports volumes that no container mounts, be it one of a job that has them from the service it extends.
func (s *Stack) checkVolumes(c configfile.Checker) {
	for _, w := range s.Tasks() {
		mounted, known := map[string]bool{}, true
		for _, user := range s.withExtending(w) {
			for _, k := range user.Containers() {
				if k.path == tracingPath {
					continue
				}
				known = known && c.Valid(configfile.JoinPath(user.path(k.path), "mounts"))
				for _, mount := range k.Mounts {
					mounted[mount.Volume] = true
					known = known && user.Task.Volumes[mount.Volume] != nil // otherwise it may mean one of these
				}
			}
		}
		volumes := c.At(w.path("task.volumes"))
		for name := range w.Task.Volumes {
			if known && !mounted[name] && volumes.Written(configfile.QuoteKey(name)) {
				volumes.Key(name).Problemf("has no effect: no container mounts it; add it to the mounts of one, or remove it")
			}
		}
	}
}

// noteOwners notes containers that run as another user than root and write to a folder that belongs to root, unless
// another container prepares it.
// Source: ECS developer guide, "Use bind mounts with Amazon ECS".
func (w *Workload) noteOwners(c configfile.Checker) {
	for _, k := range w.Containers() {
		if k.mayBeRoot() {
			continue
		}
		for i, mount := range k.Mounts {
			volume := w.Task.Volumes[mount.Volume]
			if volume == nil || volume.FileSystem != "" || mount.ReadOnly || w.prepares(mount.Volume) {
				continue
			}
			c.At(k.path).At("mounts").Index(i).Notef("the container runs as %s, and can write to the volume %s only if its "+
				"image declares %s with VOLUME: otherwise the folder belongs to root; let a sidecar that runs as root change "+
				"its mode or owner first, as in examples/sidecar-and-efs.yaml", k.User, mount.Volume, mount.Path)
		}
	}
}

// prepares reports whether a container that may be root writes to the volume.
func (w *Workload) prepares(volume string) bool {
	return slices.ContainsFunc(w.Containers(), func(k NamedContainer) bool {
		return k.mayBeRoot() && slices.ContainsFunc(k.Mounts, func(m Mount) bool {
			return m.Volume == volume && !m.ReadOnly
		})
	})
}

// mayBeRoot reports whether the container runs as root, or as the user of its image, which is not known here.
func (o *ContainerSettings) mayBeRoot() bool {
	user, _, _ := strings.Cut(o.User, ":")
	return user == "" || user == "root" || user == "0"
}

// Writes reports whether any container mounts the volume without readOnly.
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
