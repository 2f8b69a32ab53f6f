package live

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/efs"
	efstypes "github.com/aws/aws-sdk-go-v2/service/efs/types"

	"webapp/internal/localaws/engine"
	"webapp/internal/localaws/scheduler"
)

// nfsPort is EFS's.
const nfsPort = 2049

// mountVolumes begins AWS's words for a file system that cannot be mounted.
const mountVolumes = "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: "

// volumes gives the containers the folders that they mount.
func (p *preflight) volumes(launch *scheduler.Launch) error {
	for _, v := range p.definition.Volumes {
		folder, err := p.volume(v)
		if err != nil {
			return err
		}
		for i, c := range p.definition.ContainerDefinitions {
			for _, m := range c.MountPoints {
				if aws.ToString(m.SourceVolume) == aws.ToString(v.Name) {
					launch.Containers[i].Mounts = append(launch.Containers[i].Mounts, engine.Mount{
						Folder: folder, Path: aws.ToString(m.ContainerPath), ReadOnly: aws.ToBool(m.ReadOnly),
					})
				}
			}
		}
	}
	return nil
}

// volume returns the folder of a volume on this machine: that of an EFS file system, which outlives the task, or one of
// the task's own. A folder of the task's own is root's, with mode 0755. Source: ECS developer guide, "Use bind mounts
// with Amazon ECS".
func (p *preflight) volume(v types.Volume) (string, error) {
	if v.EfsVolumeConfiguration == nil {
		folder := filepath.Join(p.world.taskFolder(p.task), aws.ToString(v.Name))
		return folder, makeFolders(folder)
	}
	client := efs.NewFromConfig(p.world.config(p.where))
	if err := p.canMount(client, v); err != nil {
		return "", err
	}
	config := v.EfsVolumeConfiguration
	root := filepath.Join(p.world.folder, "efs", p.where.account, p.where.region, aws.ToString(config.FileSystemId))
	if a := config.AuthorizationConfig; a != nil && a.AccessPointId != nil {
		return p.accessPoint(client, root, *config.FileSystemId, *a.AccessPointId)
	}
	// On AWS the directory must be there already. Here nobody has had a chance to make it.
	folder := inside(root, aws.ToString(config.RootDirectory))
	return folder, makeFolders(folder)
}

// inside is a file system's path on this machine.
func inside(root, path string) string { return filepath.Join(root, filepath.Join("/", path)) }

func makeFolders(path string) error {
	return os.MkdirAll(path, 0o755) // containers with other users read it
}

// accessPoint returns the folder of an access point, which EFS creates at the first mount if it is told how. This
// machine does not make every access the access point's user's, so that others may write as well. Source: EFS user
// guide, "Working with access points", "Enforcing a root directory with an access point".
func (p *preflight) accessPoint(client *efs.Client, root, fileSystem, id string) (string, error) {
	out, err := client.DescribeAccessPoints(p.ctx, &efs.DescribeAccessPointsInput{AccessPointId: &id})
	var missing *efstypes.AccessPointNotFound
	if errors.As(err, &missing) || err == nil && aws.ToString(out.AccessPoints[0].FileSystemId) != fileSystem {
		return "", deniedByServer(fmt.Sprintf("The access point %s of the file system %s does not exist.", id, fileSystem))
	}
	if err != nil {
		return "", err
	}
	if err := makeFolders(root); err != nil {
		return "", err
	}
	directory := out.AccessPoints[0].RootDirectory
	if directory == nil || inside(root, aws.ToString(directory.Path)) == root {
		return root, nil
	}
	folder := inside(root, aws.ToString(directory.Path))
	_, err = os.Stat(folder)
	if !errors.Is(err, fs.ErrNotExist) {
		return folder, err
	}
	if directory.CreationInfo == nil {
		return "", deniedByServer(fmt.Sprintf("The file system %s has no directory %s. Create it, or give the access "+
			"point %s the owner and the permissions with which to create it.", fileSystem,
			aws.ToString(directory.Path), id))
	}
	if err := makeFolders(folder); err != nil {
		return "", err
	}
	return folder, os.Chmod(folder, 0o777) //nolint:gosec // the access point's user is not this process's
}

func deniedByServer(hint string) error {
	return refuse(hint, mountVolumes+"b'mount.nfs4: access denied by server while mounting 127.0.0.1:/' : "+
		"unsuccessful EFS utils command execution; code: 32")
}

// canMount checks that the task can mount a file system: it must have a mount target in the task's zone, whose security
// groups let the task in. Source: EFS user guide, "Mounting EFS file systems using the EFS mount helper"; the name of a
// file system leads to the mount target in the zone of whoever asks.
func (p *preflight) canMount(client *efs.Client, v types.Volume) error {
	id := aws.ToString(v.EfsVolumeConfiguration.FileSystemId)
	target, err := p.mountTarget(client, id)
	switch {
	case err != nil:
		return err
	case target == nil:
		return refuse(fmt.Sprintf("The file system %s of the volume %s must be there, with a mount target in "+
			"each zone of the tasks: the subnet %s has none in its own.",
			id, aws.ToString(v.Name), p.attachment.subnet),
			mountVolumes+"Failed to resolve \"%s.efs.%s.amazonaws.com\" - check that your file system ID is "+
				"correct, and ensure that the VPC has an EFS mount target for this file system ID. See "+
				"https://docs.aws.amazon.com/console/efs/mount-dns-name for more detail. Attempting to lookup "+
				"mount target ip address using botocore. Failed to import necessary dependency botocore, "+
				"please install botocore first. : unsuccessful EFS utils command execution; code: 1",
			id, p.where.region)
	}
	return p.reachesMountTarget(client, target)
}

// mountTarget returns the mount target of a file system in the task's zone, nil where there is none.
func (p *preflight) mountTarget(client *efs.Client, fileSystem string) (*efstypes.MountTargetDescription, error) {
	found, err := client.DescribeMountTargets(p.ctx, &efs.DescribeMountTargetsInput{FileSystemId: &fileSystem})
	var missing *efstypes.FileSystemNotFound
	if errors.As(err, &missing) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	subnets := p.attachment.network.subnets
	zone := aws.ToString(subnets[p.attachment.subnet].AvailabilityZone)
	i := slices.IndexFunc(found.MountTargets, func(m efstypes.MountTargetDescription) bool {
		subnet, inVPC := subnets[aws.ToString(m.SubnetId)]
		return inVPC && aws.ToString(subnet.AvailabilityZone) == zone
	})
	if i < 0 {
		return nil, nil
	}
	return &found.MountTargets[i], nil
}

func (p *preflight) reachesMountTarget(client *efs.Client, m *efstypes.MountTargetDescription) error {
	out, err := client.DescribeMountTargetSecurityGroups(p.ctx, &efs.DescribeMountTargetSecurityGroupsInput{
		MountTargetId: m.MountTargetId,
	})
	if err != nil {
		return err
	}
	to := peer{groups: out.SecurityGroups, ranges: p.attachment.network.ranges([]string{aws.ToString(m.SubnetId)})}
	if p.attachment.network.connects(p.attachment.peer(), to, nfsPort) {
		return nil
	}
	return refuse(fmt.Sprintf("The security groups of the mount target %s, %s, must let the task in on port %d, and "+
		"the task's, %s, must let it out.",
		aws.ToString(m.MountTargetId), strings.Join(to.groups, ", "), nfsPort, strings.Join(p.attachment.groups, ", ")),
		mountVolumes+"Mount attempt 1/3 failed due to timeout after 15 sec, wait 0 sec before next attempt. Mount "+
			"attempt 2/3 failed due to timeout after 15 sec, wait 0 sec before next attempt. b'mount.nfs4: mount "+
			"system call failed' : unsuccessful EFS utils command execution; code: 32")
}
