package network

import (
	"fmt"
	"slices"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/vpcendpoint"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/constructs/account"
	"webapp/settings"
)

const httpsPort = 443

// endpoints lets the VPC reach AWS services without the internet: S3 always, since it costs nothing, and others as the
// settings ask.
func (b *vpcBuilder) endpoints(v *VPC, here account.Account) {
	service := func(prefix, name string) *string {
		return jsii.String(fmt.Sprintf("%s.%s.%s", prefix, here.Region, name))
	}
	gateway := func(scope constructs.Construct, name, title string) {
		made := vpcendpoint.NewVpcEndpoint(scope, &name, &vpcendpoint.VpcEndpointConfig{
			VpcId:           b.vpc.Id(),
			ServiceName:     service(usualPrefix, name),
			VpcEndpointType: jsii.String("Gateway"),
			RouteTableIds:   &b.tables,
			Tags:            nameTag(b.settings.Name + "-" + name),
		})
		if v.isolated != nil {
			v.isolated.gateways = append(v.isolated.gateways, gatewayEndpoint{name: name, title: title, list: *made.PrefixListId()})
			v.private.routes = append(v.private.routes, made)
		}
	}
	if b.settings.Isolated {
		v.isolated = &isolated{}
	}
	gateway(b.scope, "s3", "S3")
	if len(b.settings.Endpoints) == 0 {
		return
	}
	scope := constructs.NewConstruct(b.scope, jsii.String("endpoints"))
	var group *SecurityGroup
	for _, name := range b.settings.Endpoints {
		if name == settings.DynamoDB {
			gateway(scope, name, "DynamoDB")
			continue
		}
		if group == nil {
			title := plainName(b.settings.Name)
			group = NewSecurityGroup(scope, "security-group", v, title+"-endpoints", "Endpoints of AWS services in "+title)
			group.AdmitRange("from-vpc", v.CIDR(), httpsPort, "The VPC to AWS services")
			v.private.routes = append(v.private.routes, group.Rules()...)
		}
		v.private.routes = append(v.private.routes, vpcendpoint.NewVpcEndpoint(scope, &name, &vpcendpoint.VpcEndpointConfig{
			VpcId:             b.vpc.Id(),
			ServiceName:       service(prefixOf(name, here), name),
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

// usualPrefix begins the names of endpoints' services; those of gateways in every partition.
const usualPrefix = "com.amazonaws"

// prefixOf is what the name of an interface endpoint's service begins with. In partitions other than AWS's own some
// services have the partition's domain there, in reverse.
// Source: what aws ec2 describe-vpc-endpoint-services answers, as aws-cdk-lib/aws-ec2 records it (vpc-endpoint.ts).
func prefixOf(service string, here account.Account) string {
	var domains map[string]any
	switch {
	case slices.Contains(ownDomainEverywhere, service):
		domains = map[string]any{
			"aws-cn": "cn.com.amazonaws", "aws-eusc": "eu.amazonaws", "aws-iso": "gov.ic.c2s", "aws-iso-b": "gov.sgov.sc2s",
			"aws-iso-e": "uk.adc-e.cloud", "aws-iso-f": "gov.ic.hci.csp",
		}
	case slices.Contains(ownDomainInChina, service):
		domains = map[string]any{"aws-cn": "cn.com.amazonaws"}
	default:
		return usualPrefix
	}
	return *cdktf.Token_AsString(cdktf.Fn_Lookup(domains, &here.Partition, jsii.String(usualPrefix)), nil)
}

var (
	ownDomainEverywhere = []string{"ecr.api", "ecr.dkr", "execute-api"}
	ownDomainInChina    = []string{
		"account", "application-autoscaling", "athena", "autoscaling", "backup", "batch", "cassandra", "cloudcontrolapi", "cloudformation",
		"ebs", "ec2", "eks", "elasticache", "elasticbeanstalk", "elasticfilesystem", "elasticfilesystem-fips", "fsx", "kinesis-streams",
		"lambda", "license-manager", "monitoring", "rds", "redshift", "redshift-data", "sagemaker.api", "sagemaker.runtime", "securityhub",
		"servicecatalog", "sqs", "states", "sts", "sync-states", "synthetics", "transcribestreaming", "transfer", "xray",
	}
)

// isolated is where the tasks of a VPC without a way out may connect to.
type isolated struct {
	gateways  []gatewayEndpoint
	endpoints *SecurityGroup
}

// gatewayEndpoint is an AWS service that routes lead to, by its own addresses: those of a managed prefix list.
type gatewayEndpoint struct{ name, title, list string }

// AllowOut lets what is in a group connect to whatever the VPC leads to: anywhere, or, where nothing leaves it, to the
// endpoints of AWS services. EFS says whether the group uses file systems, which stand in the VPC.
func (v *VPC) AllowOut(group *SecurityGroup, efs bool) {
	if v.isolated == nil {
		group.allowAnywhere("to-anywhere", Anywhere, "Tasks to image registries, AWS and the internet")
		if v.DualStack() {
			group.allowAnywhere("to-anywhere-ipv6", AnywhereIPv6, "Tasks to AWS and the internet by IPv6")
		}
		return
	}
	group.AdmittedBy("to-endpoints", v.isolated.endpoints, httpsPort, "Tasks to AWS services")
	for _, service := range v.isolated.gateways {
		group.allowPrefixList("to-"+service.name, service.list, httpsPort, "Tasks to "+service.title)
	}
	if efs {
		group.allowRange("to-file-systems", v.CIDR(), efsPort, "Tasks to EFS")
	}
}

// efsPort is NFS's.
const efsPort = 2049
