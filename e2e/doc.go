// Package e2e proves the stacks with real Terraform: applied to a local AWS, read back from its API, planned again without
// a change, changed in place, and destroyed without a rest. The tests run side by side, each on a local AWS of its own.
package e2e
