// Package pipeline holds nothing but the tests of what is beside it: the script that a pipeline runs, and GitHub's
// workflows. See docs/ci.md. The script itself is tested in e2e, with Terraform on a local AWS.
package pipeline
