package e2e

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"webapp/internal/assume"
	"webapp/internal/localaws"
)

// TestUpAndDown runs what `make up` and `make down` run, for a service behind another team's load balancer, in two
// accounts, with a command before each release. What the settings take as given is created before.
func TestUpAndDown(t *testing.T) {
	t.Parallel()
	const prod = "444455556666"
	text := append(read(t, "examples/shared-listener.yaml", nil), `
release: {command: [migrate]}
environments:
  dev: {}
  prod:
    aws: {account: "`+prod+`"}
    loadBalancer:
      existing:
        listener: arn:aws:elasticloadbalancing:eu-west-1:`+prod+`:listener/app/shared/fedcba9876543210/fedcba9876543210
`...)
	file := filepath.Join(t.TempDir(), "orders.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	program, folder, terraform := webapp(t), t.TempDir(), warmAnywhere(t)
	run := func(ctx context.Context, command string, more ...string) (printed []byte, err error) {
		c := exec.CommandContext(ctx, program, append([]string{"local", command, "--folder", folder}, more...)...)
		c.Dir, c.Env = project, append(os.Environ(), onPath(terraform))
		var output bytes.Buffer
		c.Stdout, c.Stderr = &output, &output
		err = c.Run()
		return output.Bytes(), err
	}
	t.Cleanup(func() { _, _ = run(context.Background(), "down") }) // where the test has failed before it
	up := func() {
		t.Helper()
		if printed, err := run(t.Context(), "up", "--settings", file); err != nil {
			t.Fatalf("up: %v\n%s", err, printed)
		}
	}
	up()
	t.Log("again, with what is there")
	up()

	printed, err := run(t.Context(), "env")
	if err != nil {
		t.Fatalf("env: %v\n%s", err, printed)
	}
	url := regexp.MustCompile(`AWS_ENDPOINT_URL=(\S+)`).FindSubmatch(printed)
	if url == nil {
		t.Fatalf("env does not say where the local AWS is:\n%s", printed)
	}
	home := localaws.Config(string(url[1]))
	var clusters []string
	for _, role := range []string{"", "arn:aws:iam::" + prod + ":role/any"} {
		clusters = append(clusters,
			must(ecs.NewFromConfig(assume.Role(home, role, "")).ListClusters(t.Context(), nil))(t).ClusterArns...)
	}
	wantSame(t, "clusters", clusters, []string{
		"arn:aws:ecs:eu-west-1:" + localaws.Account + ":cluster/orders-dev",
		"arn:aws:ecs:eu-west-1:" + prod + ":cluster/orders-prod",
	})
	if printed, err := run(t.Context(), "down"); err != nil {
		t.Fatalf("down: %v\n%s", err, printed)
	}
}
