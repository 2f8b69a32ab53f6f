package live

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/efs"
	efstypes "github.com/aws/aws-sdk-go-v2/service/efs/types"

	"webapp/internal/localaws/scheduler"
)

// nfsPort is EFS's.
const nfsPort = 2049

// mountVolumes begins AWS's words for a file system that cannot be mounted.
const mountVolumes = "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: "

// volumes checks that the task can mount its EFS file systems: each must have a mount target in the task's zone, whose
// security groups let the task in. Source: EFS user guide, "Mounting EFS file systems using the EFS mount helper"; the
// name of a file system leads to the mount target in the zone of whoever asks.
func (p *preflight) volumes(*scheduler.Launch) error {
	client := efs.NewFromConfig(p.world.config(p.where))
	for _, v := range p.definition.Volumes {
		if v.EfsVolumeConfiguration == nil {
			continue
		}
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
		if err := p.reachesMountTarget(client, target); err != nil {
			return err
		}
	}
	return nil
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
