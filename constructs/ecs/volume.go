package ecs

import (
	"maps"
	"slices"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecstaskdefinition"

	"webapp/settings"
)

type authorization = ecstaskdefinition.EcsTaskDefinitionVolumeEfsVolumeConfigurationAuthorizationConfig

// volumes returns the volumes of a task. Connections to EFS are always encrypted.
func volumes(named map[string]*settings.Volume) any {
	var all []*ecstaskdefinition.EcsTaskDefinitionVolume
	for _, name := range slices.Sorted(maps.Keys(named)) {
		v := named[name]
		volume := &ecstaskdefinition.EcsTaskDefinitionVolume{Name: &name}
		if v.FileSystem != "" {
			efs := &ecstaskdefinition.EcsTaskDefinitionVolumeEfsVolumeConfiguration{
				FileSystemId:        &v.FileSystem,
				TransitEncryption:   jsii.String("ENABLED"),
				AuthorizationConfig: &authorization{Iam: jsii.String("DISABLED")},
			}
			if v.IAM {
				efs.AuthorizationConfig.Iam = jsii.String("ENABLED")
			}
			if v.AccessPoint != "" {
				efs.AuthorizationConfig.AccessPointId = &v.AccessPoint
			}
			if v.Directory != "" {
				efs.RootDirectory = &v.Directory
			}
			volume.EfsVolumeConfiguration = efs
		}
		all = append(all, volume)
	}
	if all == nil {
		return nil
	}
	return all
}
