package network_test

import (
	"os"
	"testing"

	"webapp/assertions"
	"webapp/constructs/account"
	"webapp/constructs/network"
	"webapp/internal/examples"
)

func TestMain(m *testing.M) { os.Exit(assertions.Main(m)) }

// A new VPC in two zones, whose private subnets share a NAT gateway. The settings describe an existing VPC too.
func ExampleNewVPC() {
	s := examples.Settings(`
name: shop
container: {image: nginx, ports: [80]}
network: {new: {cidr: 10.20.0.0/16, zones: 2, natGateways: 1}}
`)
	stack := examples.NewStack()
	network.NewVPC(stack, "network", network.VPCProps{
		Account: account.NewAccount(stack, "account"), Settings: s.Network,
	})
	examples.Print(stack, "aws_vpc", "aws_subnet", "aws_nat_gateway", "aws_internet_gateway", "aws_vpc_endpoint")
	// Output:
	// aws_vpc 1
	// aws_subnet 4
	// aws_nat_gateway 1
	// aws_internet_gateway 1
	// aws_vpc_endpoint 1
}

// Workers that can connect to a database: the rule out of one group and the rule into the other.
func ExampleSecurityGroup_AllowFrom() {
	s := examples.Settings("name: shop\ncontainer: {image: nginx, ports: [80]}")
	stack := examples.NewStack()
	vpc := network.NewVPC(stack, "network", network.VPCProps{
		Account: account.NewAccount(stack, "account"), Settings: s.Network,
	})
	database := network.NewSecurityGroup(stack, "database", network.SecurityGroupProps{
		VPC: vpc, Name: "shop-database", Description: "Database of shop",
	})
	workers := network.NewSecurityGroup(stack, "workers", network.SecurityGroupProps{
		VPC: vpc, Name: "shop-workers", Description: "Workers of shop",
	})
	database.AllowFrom("workers", workers, 5432, "Workers to the database")
	examples.Print(stack, "aws_vpc_security_group_egress_rule", "aws_vpc_security_group_ingress_rule")
	// Output:
	// aws_vpc_security_group_egress_rule 1
	// aws_vpc_security_group_ingress_rule 1
}
