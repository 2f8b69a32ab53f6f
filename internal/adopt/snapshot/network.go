package snapshot

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"webapp/internal/awsread"
)

// readNetwork reads the VPC of an id and what is in it. Without an id, it reads that of the load balancer; else that of
// the services' subnets; else the stack's own.
func (s *scan) readNetwork(id string) {
	if id == "" && s.LoadBalancer != nil {
		id = aws.ToString(s.LoadBalancer.VpcId)
	}
	if id == "" {
		id = s.vpcOfServices()
	}
	if id == "" {
		id = s.ownVPC()
	}
	if id == "" {
		return
	}
	vpcs := s.account.VPCs(awsread.InVPC(id))
	if len(vpcs) != 1 {
		s.account.Fail("VPC %s does not exist in this account and region; write its id as the console shows it: --vpc "+
			"vpc-…", id)
		return
	}
	s.VPC = &vpcs[0]
	s.Zones = s.account.Zones()
	s.Subnets = slices.SortedFunc(slices.Values(s.account.Subnets(awsread.InVPC(id))), func(a, b ec2types.Subnet) int {
		return strings.Compare(aws.ToString(a.SubnetId), aws.ToString(b.SubnetId))
	})
	s.RouteTables = s.account.RouteTables(awsread.InVPC(id))
	s.Gateways = s.account.InternetGateways(awsread.Filter("attachment.vpc-id", id))
	s.EgressOnly = s.account.EgressOnlyGateways(id)
	s.NATGateways = s.account.NATGateways(id)
	s.Endpoints = s.account.Endpoints(id)
	if len(s.Endpoints) > 0 {
		s.PrefixLists = s.account.PrefixLists()
	}
	s.SecurityGroups = s.account.SecurityGroups(awsread.InVPC(id))
	var groups []string
	for _, g := range s.SecurityGroups {
		groups = append(groups, aws.ToString(g.GroupId))
	}
	s.Rules = s.account.SecurityGroupRules(groups)
	s.FlowLogs = s.account.FlowLogs(id)
	for _, f := range s.FlowLogs {
		s.readRole(awsread.ResourceName(aws.ToString(f.DeliverLogsPermissionArn)))
	}
}

// vpcOfServices returns the id of the VPC that the services run in; empty where there is none.
func (s *scan) vpcOfServices() string {
	for _, service := range s.Services {
		if service.NetworkConfiguration == nil || service.NetworkConfiguration.AwsvpcConfiguration == nil {
			continue
		}
		for _, subnet := range s.account.SubnetsByID(service.NetworkConfiguration.AwsvpcConfiguration.Subnets) {
			return aws.ToString(subnet.VpcId)
		}
	}
	return ""
}
