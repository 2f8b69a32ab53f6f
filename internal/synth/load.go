package synth

import (
	"sync"

	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/provider"
)

// loading is the start of Node, and of what it loads for every synthesis. Nobody else may call jsii meanwhile.
var loading struct {
	sync.WaitGroup
	failed any // what jsii panicked with
}

// load starts Node, and has it load CDKTF and the AWS provider. That takes longer than to read the settings, which can
// be done meanwhile.
func load() {
	loading.failed = nil
	loading.Go(func() {
		defer func() { loading.failed = recover() }()
		provider.AwsProvider_TfResourceType()
	})
}

// waitForLoading returns an error where Node could not be started, or could not load what it has to.
func waitForLoading() error {
	loading.Wait()
	if loading.failed != nil {
		return failure(loading.failed)
	}
	return nil
}
