// Package adopt brings into a stack what exists already: made by hand, by another tool, or by this project before its
// state was lost.
//
//	stack.go       the synthesized stack: its resources, and what refers to what
//	account.go     what exists; read_*.go read it from the AWS API
//	match.go       which resource of the stack is which thing of the account
//	network.go, balancing.go, containers.go, scaling.go   by what each type is found
//	own.go         what has the stack's own names and tags, after an apply that was cut off; read_own.go reads it
//	left.go        what exists beside the stack
//	imports.go     the matches as Terraform's import blocks, and as a table for people
//	keep.go        the overrides that keep what exists as it is, from a plan with those blocks
//	overrides.go   those as a section of a settings file
//	values.go      how a plan and a stack write the same value
//
// Things are matched by what they are connected to, not by their names: whoever made them chose others. The service
// leads to its load balancer, that to the VPC, a subnet to its route table, a task definition to its roles. What would
// be changed or replaced is read off Terraform's own plan, so that no list of attributes has to be kept here.
package adopt
