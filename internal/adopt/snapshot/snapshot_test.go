package snapshot

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"webapp/internal/awstest"
	"webapp/internal/tfstack"
)

// TestWhatIsNotThere: the error says what to write instead.
func TestWhatIsNotThere(t *testing.T) {
	_, cfg := awstest.Start(t, "../../..")
	if _, err := ecs.NewFromConfig(cfg).CreateCluster(t.Context(),
		&ecs.CreateClusterInput{ClusterName: aws.String("empty")}); err != nil {
		t.Fatal(err)
	}
	stack := stackOf(t, `{"aws_ecs_cluster": {"c": {"name": "web"}}, "aws_ecs_service": {"s": {"name": "web"}}}`)
	for _, tc := range []struct {
		name     string
		selector Selector
		want     string
	}{
		{"nothing named, nothing there", Selector{},
			"found no cluster web with a service web, and nothing with the stack's names and tags, and nothing else " +
				"is named; say what exists: --ecs-service, --cluster, --load-balancer or --vpc"},
		{"the cluster", Selector{Cluster: "prod"}, "cluster prod does not exist in this account and region; name the " +
			"service's cluster: --cluster NAME"},
		{"the service's cluster", Selector{Services: map[string]string{"web": "shop"}},
			"cluster web does not exist in this account and region; name the service's cluster: --cluster NAME"},
		{"the service", Selector{Cluster: "empty", Services: map[string]string{"web": "shop"}},
			"the cluster empty has no service shop, and no other one either"},
		{"the load balancer", Selector{LoadBalancer: "front"},
			"load balancer front does not exist in this account and region; write its name as the console shows it: " +
				"--load-balancer NAME"},
		{"the VPC", Selector{VPC: "vpc-0123456789abcdef0"},
			"VPC vpc-0123456789abcdef0 does not exist in this account and region; write its id as the console shows " +
				"it: --vpc vpc-…"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := Read(t.Context(), cfg, stack, tc.selector)
			if err == nil || err.Error() != tc.want {
				t.Errorf("error: got %v\nwant %s", err, tc.want)
			}
		})
	}

	t.Run("a missing resource that nobody named is not an error", func(t *testing.T) {
		found, err := Read(t.Context(), cfg, stack, Selector{Cluster: "empty"})
		if err != nil || found.Cluster == nil || len(found.Services) != 0 {
			t.Errorf("got %+v, %v; want the empty cluster", found.Cluster, err)
		}
	})
}

// stackOf is a stack with resources.
func stackOf(t *testing.T, resources string) *tfstack.Stack {
	t.Helper()
	stack, err := tfstack.Parse([]byte(`{"resource": ` + strings.TrimSpace(resources) + `}`))
	if err != nil {
		t.Fatal(err)
	}
	return stack
}
