// Package pipeline has the tests of the files beside it: GitHub's workflows, the scripts that a pipeline runs, and the
// policies of its roles. See docs/ci.md. Package e2e tests the scripts with Terraform on a local AWS.
package pipeline
