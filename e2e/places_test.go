package e2e

import (
	"flag"
	"slices"
	"strconv"
	"sync"
	"testing"
)

// places are for the deployments that run at once. Most of a deployment is waiting, so there are as many as memory has
// room for: half a gigabyte each, for moto, the provider and Terraform.
var places = struct {
	sync.Mutex
	changed sync.Cond
	free    int
	longest int // how many of the longest tests wait for one
}{}

// longest are the tests that take longest. They get a place before others, so that none is left over at the end.
var longest = []string{
	"TestAnotherVPCReplacesTheLoadBalancer/another_kind_of_network",
	"TestAnotherVPCReplacesTheLoadBalancer/another_range",
	"TestDefaultVPC",
	"TestEnvironmentInItsAccount",
	"TestHTTPSComes",
	"TestHTTPSGoesAndThePortChanges",
	"TestLoadAddsTasks",
	"TestNamesOfADomainComeAndGo",
	"TestNetworkChangesInPlace",
	"TestNetworkUnderLoad",
	"TestPermissions",
	"TestPreviewsSideBySide",
	"TestProtocolUnderLoad",
	"TestRoutingUnderLoad",
	"TestServiceUnderLoad",
	"TestStockTerraform",
}

// makePlaces has tests wait here, and not within the testing package, which takes them in no order. -parallel says how
// many places there are, also where it says the testing package's default, the number of cores.
func makePlaces() error {
	places.changed.L = &places
	places.free = 24
	var err error
	flag.Visit(func(f *flag.Flag) { // those that were given
		if f.Name == "test.parallel" {
			places.free, err = strconv.Atoi(f.Value.String())
		}
	})
	if err != nil {
		return err
	}
	return flag.Lookup("test.parallel").Value.Set("1000")
}

// takePlace lets a test run beside others, as soon as there is a place for it.
func takePlace(t *testing.T) {
	t.Helper()
	t.Parallel()
	places.Lock()
	defer places.Unlock()
	long := slices.Contains(longest, t.Name())
	if long {
		places.longest++
	}
	for places.free == 0 || !long && places.longest > 0 {
		places.changed.Wait()
	}
	if long {
		places.longest--
	}
	places.free--
	places.changed.Broadcast() // there may be a place left for one of the others
	t.Cleanup(func() {
		places.Lock()
		defer places.Unlock()
		places.free++
		places.changed.Broadcast()
	})
}
