package e2e

import (
	"flag"
	"slices"
	"strconv"
	"sync"
	"testing"
)

// places are held by the deployments that run at once. Most of a deployment is waiting, so there are as many as memory
// has room for: half a gigabyte each, for moto, the provider and Terraform.
var places chan struct{}

// longest are the tests that take longest. They begin first, so that none of them is left over at the end.
var longest = []string{
	"TestEnvironmentInItsAccount",
	"TestHTTPSComes",
	"TestHTTPSGoesAndThePortChanges",
	"TestLoadAddsTasks",
	"TestNamesOfADomainComeAndGo",
	"TestNetworkChangesInPlace",
	"TestNetworkUnderLoad",
	"TestPreviewsSideBySide",
	"TestProtocolUnderLoad",
	"TestRoutingUnderLoad",
	"TestServiceUnderLoad",
	"TestStockTerraform",
}

// unplaced are those of the longest that have no place yet.
var unplaced sync.WaitGroup

// makePlaces has tests wait here, and not within the testing package, which takes them in no order. -parallel says how
// many places there are.
func makePlaces() error {
	count, parallel := 24, flag.Lookup("test.parallel")
	if parallel.Value.String() != parallel.DefValue {
		var err error
		if count, err = strconv.Atoi(parallel.Value.String()); err != nil {
			return err
		}
	}
	places = make(chan struct{}, count)
	return parallel.Value.Set("1000")
}

// takePlace lets a test run beside others, as soon as there is a place for it.
func takePlace(t *testing.T) {
	t.Helper()
	long := slices.Contains(longest, t.Name())
	if long {
		unplaced.Add(1)
	}
	t.Parallel()
	if !long {
		unplaced.Wait()
	}
	places <- struct{}{}
	if long {
		unplaced.Done()
	}
	t.Cleanup(func() { <-places })
}
