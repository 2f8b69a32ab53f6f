package adopt

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"webapp/internal/awstest"
)

// TestWhatIsNotThere is told with what to write instead.
func TestWhatIsNotThere(t *testing.T) {
	_, cfg := awstest.Start(t, "../..")
	if _, err := ecs.NewFromConfig(cfg).CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: aws.String("empty")}); err != nil {
		t.Fatal(err)
	}
	stack := stackOf(t, `{"aws_ecs_cluster": {"c": {"name": "web"}}, "aws_ecs_service": {"s": {"name": "web"}}}`)
	for _, tc := range []struct {
		name   string
		wanted Wanted
		want   string
	}{
		{"nothing named, nothing there", Wanted{},
			"there is no cluster web with a service web, nothing has the stack's names and tags, and nothing else " +
				"is named; say what exists: -service, -cluster, -load-balancer or -vpc"},
		{"the cluster", Wanted{Cluster: "prod"}, "there is no cluster prod in this account and region; name the " +
			"service's cluster: -cluster NAME"},
		{"the service's cluster", Wanted{Services: map[string]string{"web": "shop"}},
			"there is no cluster web in this account and region; name the service's cluster: -cluster NAME"},
		{"the service", Wanted{Cluster: "empty", Services: map[string]string{"web": "shop"}},
			"the cluster empty has no service shop, and no other one either"},
		{"the load balancer", Wanted{LoadBalancer: "front"},
			"there is no load balancer front in this account and region; write its name as the console shows it: " +
				"-load-balancer NAME"},
		{"the VPC", Wanted{VPC: "vpc-0123456789abcdef0"},
			"there is no VPC vpc-0123456789abcdef0 in this account and region; write its id as the console shows " +
				"it: -vpc vpc-…"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := Read(t.Context(), cfg, stack, tc.wanted)
			if err == nil || err.Error() != tc.want {
				t.Errorf("error: got %v\nwant %s", err, tc.want)
			}
		})
	}

	t.Run("what nobody named is no error where something else is", func(t *testing.T) {
		account, err := Read(t.Context(), cfg, stack, Wanted{Cluster: "empty"})
		if err != nil || account.Cluster == nil || len(account.Services) != 0 {
			t.Errorf("got %+v, %v; want the empty cluster", account.Cluster, err)
		}
	})
}

// stackOf is a stack with resources.
func stackOf(t *testing.T, resources string) Stack {
	t.Helper()
	stack, err := parseStack([]byte(`{"resource": ` + strings.TrimSpace(resources) + `}`))
	if err != nil {
		t.Fatal(err)
	}
	return stack
}
