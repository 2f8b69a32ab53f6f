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

// addEndpoints lets the VPC reach AWS services without the internet: always S3, because that is free, and the services
// that the settings ask for.
func (b *vpcBuilder) addEndpoints(v *VPC, account *account.Account) {
	service := func(prefix, name string) *string {
		return jsii.String(fmt.Sprintf("%s.%s.%s", prefix, account.Region, name))
	}
	gateway := func(scope constructs.Construct, name, title string) {
		endpoint := vpcendpoint.NewVpcEndpoint(scope, &name, &vpcendpoint.VpcEndpointConfig{
			VpcId:           b.vpc.Id(),
			ServiceName:     service(usualPrefix, name),
			VpcEndpointType: jsii.String("Gateway"),
			RouteTableIds:   &b.tables,
			Tags:            nameTag(b.settings.Name + "-" + name),
		})
		if v.isolated != nil {
			v.isolated.gateways = append(v.isolated.gateways,
				gatewayEndpoint{name: name, title: title, prefixList: *endpoint.PrefixListId()})
		}
		if b.settings.NATGateways == 0 { // it is the tasks' only way to the service
			v.private.routes = append(v.private.routes, endpoint)
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
		switch name {
		case settings.S3: // every VPC has it
			continue
		case settings.DynamoDB:
			gateway(scope, name, "DynamoDB")
			continue
		}
		if group == nil {
			title := plainName(b.settings.Name)
			group = NewSecurityGroup(scope, "security-group", SecurityGroupProps{
				VPC: v, Name: title + "-endpoints", Description: "Endpoints of AWS services in " + title,
			})
			group.AllowFromCIDR("from-vpc", v.CIDR(), httpsPort, "The VPC to AWS services")
			v.private.routes = append(v.private.routes, group.Rules()...)
		}
		config := &vpcendpoint.VpcEndpointConfig{
			VpcId:             b.vpc.Id(),
			ServiceName:       service(servicePrefix(name, account), name),
			VpcEndpointType:   jsii.String("Interface"),
			SubnetIds:         jsii.Strings(v.private.ids...),
			SecurityGroupIds:  jsii.Strings(group.ID()),
			PrivateDnsEnabled: !slices.Contains(settings.EndpointsWithoutDNS, name),
			Tags:              nameTag(b.settings.Name + "-" + name),
		}
		v.private.routes = append(v.private.routes, vpcendpoint.NewVpcEndpoint(scope, &name, config))
	}
	if v.isolated != nil {
		v.isolated.endpoints = group
	}
}

// usualPrefix begins the names of endpoint services. For gateway endpoints it does so in every partition.
const usualPrefix = "com.amazonaws"

// servicePrefix returns what the name of an interface endpoint's service begins with. In partitions other than aws,
// some services use the partition's domain there, in reverse order.
// Source: the output of aws ec2 describe-vpc-endpoint-services, as aws-cdk-lib/aws-ec2 records it (vpc-endpoint.ts).
func servicePrefix(service string, account *account.Account) string {
	var domains map[string]any
	switch {
	case slices.Contains(ownDomainEverywhere, service):
		domains = map[string]any{
			"aws-cn": "cn.com.amazonaws", "aws-eusc": "eu.amazonaws", "aws-iso": "gov.ic.c2s",
			"aws-iso-b": "gov.sgov.sc2s", "aws-iso-e": "uk.adc-e.cloud", "aws-iso-f": "gov.ic.hci.csp",
		}
	case slices.Contains(ownDomainInChina, service):
		domains = map[string]any{"aws-cn": "cn.com.amazonaws"}
	default:
		return usualPrefix
	}
	return *cdktf.Token_AsString(cdktf.Fn_Lookup(domains, &account.Partition, jsii.String(usualPrefix)), nil)
}

var (
	ownDomainEverywhere = []string{"ecr.api", "ecr.dkr", "execute-api"}
	ownDomainInChina    = []string{
		"account", "application-autoscaling", "athena", "autoscaling", "backup", "batch", "cassandra",
		"cloudcontrolapi", "cloudformation", "ebs", "ec2", "eks", "elasticache", "elasticbeanstalk",
		"elasticfilesystem", "elasticfilesystem-fips", "fsx", "kinesis-streams", "lambda", "license-manager",
		"monitoring", "rds", "redshift", "redshift-data", "sagemaker.api", "sagemaker.runtime", "securityhub",
		"servicecatalog", "sqs", "states", "sts", "sync-states", "synthetics", "transcribestreaming", "transfer",
		"xray",
	}
)

// isolated holds what the tasks of a VPC without internet access may connect to.
type isolated struct {
	gateways  []gatewayEndpoint
	endpoints *SecurityGroup
}

// gatewayEndpoint is an AWS service that is reached through routes to its own addresses, which a managed prefix list
// holds.
type gatewayEndpoint struct{ name, title, prefixList string }

// AllowEgress lets the tasks in a group connect to everything that the VPC gives access to: anywhere or, in an isolated
// VPC, the endpoints of AWS services and, with efs, EFS file systems.
func (v *VPC) AllowEgress(group *SecurityGroup, efs bool) {
	if v.isolated == nil {
		group.allowToAnywhere("to-anywhere", Anywhere, "Tasks to image registries, AWS and the internet")
		if v.DualStack() {
			group.allowToAnywhere("to-anywhere-ipv6", AnywhereIPv6, "Tasks to AWS and the internet by IPv6")
		}
		return
	}
	group.AllowTo("to-endpoints", v.isolated.endpoints, httpsPort, "Tasks to AWS services")
	for _, service := range v.isolated.gateways {
		group.allowToPrefixList("to-"+service.name, service.prefixList, httpsPort, "Tasks to "+service.title)
	}
	if efs {
		group.allowToCIDR("to-file-systems", v.CIDR(), efsPort, "Tasks to EFS")
	}
}

// efsPort is the port of NFS, which EFS uses.
const efsPort = 2049
