// Package expression helps to write Terraform expressions, where CDKTF's references cannot go: they bring their own ${}.
package expression

import "github.com/hashicorp/terraform-cdk-go/cdktf"

// Address is how an expression names a resource: aws_lb.load-balancer_D8F84775.
func Address(resource cdktf.TerraformResource) string {
	return *resource.TerraformResourceType() + "." + *resource.FriendlyUniqueId()
}

// DataAddress is how an expression names a data source: data.aws_subnets.network_subnets_0A1B2C3D.
func DataAddress(source cdktf.TerraformDataSource) string {
	return "data." + *source.TerraformResourceType() + "." + *source.FriendlyUniqueId()
}
