package network

import (
	"fmt"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/vpcendpoint"
)

const httpsPort = 443

// endpoints lets the VPC reach AWS services without the internet: S3 always, since it costs nothing, and others as the
// settings ask.
func (b *vpcBuilder) endpoints(v *VPC, region string) {
	service := func(name string) *string { return jsii.String(fmt.Sprintf("com.amazonaws.%s.%s", region, name)) }
	s3 := vpcendpoint.NewVpcEndpoint(b.scope, jsii.String("s3"), &vpcendpoint.VpcEndpointConfig{
		VpcId:           b.vpc.Id(),
		ServiceName:     service("s3"),
		VpcEndpointType: jsii.String("Gateway"),
		RouteTableIds:   &b.tables,
		Tags:            nameTag(b.settings.Name + "-s3"),
	})
	if b.settings.Isolated {
		v.isolated = &isolated{s3: *s3.PrefixListId()}
		v.private.routes = append(v.private.routes, s3)
	}
	if len(b.settings.Endpoints) == 0 {
		return
	}
	scope := constructs.NewConstruct(b.scope, jsii.String("endpoints"))
	group := NewSecurityGroup(scope, "security-group", v, b.settings.Name+"-endpoints", "Endpoints of AWS services in "+b.settings.Name)
	group.AdmitRange("from-vpc", v.CIDR(), httpsPort, "The VPC to AWS services")
	v.private.routes = append(v.private.routes, group.Rules()...)
	for _, name := range b.settings.Endpoints {
		v.private.routes = append(v.private.routes, vpcendpoint.NewVpcEndpoint(scope, &name, &vpcendpoint.VpcEndpointConfig{
			VpcId:             b.vpc.Id(),
			ServiceName:       service(name),
			VpcEndpointType:   jsii.String("Interface"),
			SubnetIds:         jsii.Strings(v.private.ids...),
			SecurityGroupIds:  jsii.Strings(group.ID()),
			PrivateDnsEnabled: true,
			Tags:              nameTag(b.settings.Name + "-" + name),
		}))
	}
	if v.isolated != nil {
		v.isolated.endpoints = group
	}
}

// isolated is where the tasks of a VPC without a way out may connect to.
type isolated struct {
	s3        string // the id of S3's managed prefix list
	endpoints *SecurityGroup
}

// AllowOut lets what is in a group connect to whatever the VPC leads to: anywhere, or, where nothing leaves it, to the
// endpoints of AWS services. EFS says whether the group uses file systems, which stand in the VPC.
func (v *VPC) AllowOut(group *SecurityGroup, efs bool) {
	if v.isolated == nil {
		group.allowAnywhere("to-anywhere", "Tasks to image registries, AWS and the internet")
		if v.DualStack() {
			group.allowAnywhereIPv6("to-anywhere-ipv6", "Tasks to AWS and the internet by IPv6")
		}
		return
	}
	group.AdmittedBy("to-endpoints", v.isolated.endpoints, httpsPort, "Tasks to AWS services")
	group.allowPrefixList("to-s3", v.isolated.s3, httpsPort, "Tasks to S3")
	if efs {
		group.allowRange("to-file-systems", v.CIDR(), efsPort, "Tasks to EFS")
	}
}

// efsPort is NFS's.
const efsPort = 2049
