// Package e2e proves the stacks with real Terraform: applied to a local AWS, read back from its API, planned again
// without a change, changed in place, and destroyed with nothing left behind. The tests run side by side, each on a
// local AWS of its own.
//
// A deployment's Terraform talks to a warm AWS provider (see e2e/internal/warmprovider), which makes a command several
// times cheaper. It knows only the types of the stacks that the deployment has synthesized. TestStockTerraform deploys
// with the provider as Terraform installs and starts it, and compares the two; TestGettingStarted and
// TestPipelineAppliesWhatWasReviewed are stock as well.
package e2e
