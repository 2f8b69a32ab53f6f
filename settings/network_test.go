package settings

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAnOverlayChoosesAnotherWay: of settings that exclude each other, the one that an environment names takes the
// place of the base's.
func TestAnOverlayChoosesAnotherWay(t *testing.T) {
	for _, tc := range []struct{ name, base, overlay, same string }{
		{
			name: "an existing VPC by its id", base: "existing: {name: shared}", overlay: "existing: {id: " +
				"vpc-0123456789abcdef0}",
			same: "existing: {id: vpc-0123456789abcdef0}",
		},
		{
			name: "subnets by their ids", base: "existing: {name: shared, privateSubnets: {tags: {tier: apps}}}",
			overlay: "existing: {privateSubnets: {ids: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]}}",
			same: "existing: {name: shared, privateSubnets: {ids: [subnet-0123456789abcdef0, " +
				"subnet-0123456789abcdef1]}}",
		},
		{
			name: "subnets by their tags, and the VPC as it was",
			base: "existing: {tags: {team: web}, publicSubnets: {ids: [subnet-0123456789abcdef0, " +
				"subnet-0123456789abcdef1]}}",
			overlay: "existing: {publicSubnets: {tags: {tier: web}}}",
			same:    "existing: {tags: {team: web}, publicSubnets: {tags: {tier: web}}}",
		},
		{
			name: "zones by name", base: "new: {zones: 3}", overlay: "new: {zoneNames: [eu-west-1b, eu-west-1c]}",
			same: "new: {zoneNames: [eu-west-1b, eu-west-1c]}",
		},
		{
			name: "zones by number", base: "new: {zoneNames: [eu-west-1b, eu-west-1c]}", overlay: "new: {zones: 3}",
			same: "new: {zones: 3}",
		},
		{
			name: "no way to the internet", base: "new: {natGateways: 2}", overlay: "new: {isolated: true}",
			same: "new: {isolated: true}",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := inEnvironment(t, "network: {"+tc.base+"}", "network: {"+tc.overlay+"}")
			if diff := cmp.Diff(inEnvironment(t, "network: {"+tc.same+"}", ""), got); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
		})
	}
}

func inEnvironment(t *testing.T, base, overlay string) Network {
	t.Helper()
	all,
		err := Parse("webapp.yaml",
		[]byte("name: webapp\ncontainer: {image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/web, ports: [80]}\n"+
			base+"\nenvironments: {test: {"+overlay+"}}"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return all[0].Network
}

func TestWhatAnIsolatedVPCNeedsIsAddedToWhatItIsGiven(t *testing.T) {
	got := inEnvironment(t, "network: {new: {isolated: true, endpoints: [sqs, logs]}}", "").New.Endpoints
	if diff := cmp.Diff([]string{"sqs", "logs", "ecr.api", "ecr.dkr"}, got); diff != "" {
		t.Errorf("endpoints (-want +got):\n%s", diff)
	}
}

func TestAnIsolatedVPCHasTheEndpointOfItsQueues(t *testing.T) {
	const image = `{image: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1", ports: [80]}`
	const queue = "{worker: true, queue: {}, container: " + image + "}"
	for name, file := range map[string]string{
		"of a service": "services: {mailer: " + queue + "}",
		"that exists":  "queue: {existing: jobs}",
		"that a job fills": "services: {mailer: " + queue + "}, jobs: {fill: {extends: web, sendsTo: [mailer], " +
			"container: {command: [fill]}}}",
		"that a task fills":   "sendsTo: [mailer], services: {mailer: " + queue + "}",
		"that is there twice": "queue: {}, network: {new: {isolated: true, endpoints: [sqs]}}",
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(file, "network:") {
				file += ", network: {new: {isolated: true}}"
			}
			all, err := Parse("webapp.yaml", []byte("{name: web, container: "+image+", "+file+"}"), Options{})
			if err != nil {
				t.Fatal(err)
			}
			got := slices.Sorted(slices.Values(all[0].Network.New.Endpoints))
			if diff := cmp.Diff([]string{"ecr.api", "ecr.dkr", "logs", "sqs"}, got); diff != "" {
				t.Errorf("endpoints (-want +got):\n%s", diff)
			}
		})
	}
}
