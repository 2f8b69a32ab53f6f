package e2e

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"webapp/internal/given"
	"webapp/internal/localaws"
	"webapp/settings"
)

// release is a pipeline whose stack is that of a settings file: a service behind another team's load balancer.
type release struct {
	*pipeline
	file   string
	record given.Record
}

const releasedService = `name: small
network: {existing: {id: vpc-0123456789abcdef0}}
loadBalancer:
  existing:
    listener: arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shared/0123456789abcdef/0123456789abcdef
routing: {hosts: [shop.example.com], priority: 10}
container: {image: "shop:1", ports: [80]}
logs: {retentionDays: %d}
`

func newRelease(t *testing.T) *release {
	t.Helper()
	p := newPipeline(t)
	r := &release{p, filepath.Join(p.outdir, "webapp.yaml"), given.Record{}}
	p.environment = append(p.environment, "SETTINGS="+r.file)
	return r
}

// synthesize does what make synth does, with no word about images.
func (r *release) synthesize(retentionDays int) {
	r.t.Helper()
	text := fmt.Appendf(nil, releasedService, retentionDays)
	all := must(settings.Parse("webapp.yaml", text, settings.Options{}))(r.t)
	made := must(given.Prepare(r.t.Context(), r.server.URL(), localaws.Account, all[0], r.record))(r.t)
	r.write("webapp.yaml", strings.NewReplacer(made.Pairs()...).Replace(string(text)))
	program := exec.CommandContext(r.t.Context(), webapp(r.t), "synth", "--settings", r.file, "--outdir", r.outdir)
	program.Dir = project
	if output, err := program.CombinedOutput(); err != nil {
		r.t.Fatalf("%v\n%s", err, output)
	}
}

func (r *release) wantImage(want string) {
	r.t.Helper()
	client := ecs.NewFromConfig(r.aws)
	service := must(client.DescribeServices(r.t.Context(),
		&ecs.DescribeServicesInput{Cluster: aws.String("small"), Services: []string{"small"}}))(r.t).Services[0]
	task := must(client.DescribeTaskDefinition(r.t.Context(),
		&ecs.DescribeTaskDefinitionInput{TaskDefinition: service.TaskDefinition}))(r.t).TaskDefinition
	if got := *task.ContainerDefinitions[0].Image; got != want {
		r.t.Errorf("the service runs %s, want %s", got, want)
	}
}

// TestReleasedImageStays: the pipeline deploys an image that no file has, and every later plan keeps it.
func TestReleasedImageStays(t *testing.T) {
	t.Parallel()
	const second, third = "container.image=shop:2", "container.image=shop:3"
	r := newRelease(t)
	r.synthesize(7)
	r.warm()
	r.run(0, "plan", "small")
	r.run(0, "deploy", "small", r.digest())
	r.wantImage("shop:1")

	r.run(0, "plan", "small", "--set", second)
	reviewed := r.digest()
	r.run(3, "deploy", "small", reviewed, "--set", third)
	r.run(0, "deploy", "small", reviewed, "--set", second)
	r.wantImage("shop:2")

	t.Log("a later plan, of other settings")
	r.synthesize(7)
	r.run(0, "drift", "small")
	r.synthesize(14)
	r.run(0, "plan", "small")
	r.run(0, "deploy", "small", r.digest())
	r.wantImage("shop:2")

	t.Log("an image whose deployment fails is not kept")
	r.synthesize(14)
	r.run(0, "plan", "small", "--set", third)
	r.refusing("UpdateService").run(1, "deploy", "small", r.digest(), "--set", third)
	r.wantImage("shop:2")
	r.synthesize(14)
	r.run(0, "plan", "small")
	r.run(0, "deploy", "small", r.digest())
	r.wantImage("shop:2")
	r.run(0, "drift", "small")

	t.Log("back to the file's")
	r.run(0, "plan", "small", "--set", "container.image=")
	r.run(0, "deploy", "small", r.digest(), "--set", "container.image=")
	r.wantImage("shop:1")
	r.synthesize(14)
	r.run(0, "drift", "small")
}
