// Package adopt brings existing infrastructure into a stack: what was created by hand, by another tool, or by this
// project before its state was lost.
//
//	snapshot/     what exists, read from the AWS API
//	match.go      matches the stack's resources with what exists
//	network.go, loadbalancing.go, ecs.go, scaling.go, monitoring.go   how each type is matched
//	own.go        how the leftovers of an interrupted apply are matched
//	unmanaged.go  what exists beside the stack
//	imports.go    the matches as Terraform's import blocks, and as a table
//	plan.go       the overrides that keep what exists as it is, from a plan with those blocks
//	overrides.go  the overrides as a section of a settings file
//	values.go     compares the values of a plan and of a stack
//
// Resources are matched by what they are connected to, since the existing ones may have other names. The
// service leads to its load balancer, that to the VPC, a subnet to its route table, a task definition to its roles.
// Terraform's own plan says what it would change or replace, so that no list of attributes has to be maintained here.
package adopt
