// Package pipeline has the tests of the files beside it: GitHub's workflows and the scripts that a pipeline runs. See
// docs/ci.md. Package e2e tests the scripts with Terraform on a local AWS.
package pipeline
