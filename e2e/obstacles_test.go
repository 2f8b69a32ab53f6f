package e2e

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"webapp/internal/localaws/engine"
)

// secretive is a service with a secret. Its stand-in shows the variable in its answers.
const secretive = `
name: vault
network: {new: {zones: 2}}
container:
  image: vault:1
  ports: [8000]
  environment: {STANDIN_SHOW: DB_PASSWORD}
  secrets: {DB_PASSWORD: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf:password::"}
service: {desiredCount: 2}
`

// obstacles are what a team can take away from its tasks, and AWS's reason for not starting the next ones.
var obstacles = []struct {
	name, overrides, secretKey string
	first                      bool // it is gone before the new version comes; a route goes after it otherwise
	reason                     string
}{
	{name: "no route to the NAT gateway", secretKey: ":password::", first: true, overrides: `overrides:
  - {resource: aws_route.network_private_a_route, path: destination_cidr_block, value: 192.0.2.0/24}
  - {resource: aws_route.network_private_b_route, path: destination_cidr_block, value: 192.0.2.0/24}
`, reason: `unable to retrieve secret from asm: There is a connection issue between the task and AWS Secrets Manager`},
	{name: "no grant for the secret", secretKey: ":password::", overrides: `overrides:
  - resource: aws_iam_role_policy.task_execution-policy
    path: policy
    value: '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}]}'
`, reason: `AccessDeniedException: User: \S+ is not authorized to perform: secretsmanager:GetSecretValue`},
	{name: "no such key in the secret", secretKey: ":passphrase::",
		reason: `retrieved secret from Secrets Manager did not contain json key passphrase`},
}

// TestObstaclesToADeployment takes away what a new version needs: the apply fails, the events of the service say why in
// AWS's words, and the old tasks go on.
func TestObstaclesToADeployment(t *testing.T) {
	d := newRunningDeployment(t)
	text := string(replace(t, "the settings", []byte(secretive), d.prepare([]byte(secretive))))
	const secret = "correct horse battery staple"
	d.putSecret("password", secret)
	d.synthesizeText(text)
	url := "http://" + *d.apply().LoadBalancer.DNSName + "/"
	if got := d.get(url).Environment["DB_PASSWORD"]; got != secret {
		t.Errorf("the container's DB_PASSWORD is %q, want the secret %q", got, secret)
	}
	for _, o := range obstacles {
		changed := strings.Replace(text, ":password::", o.secretKey, 1) + o.overrides
		if o.first {
			d.synthesizeText(changed)
			d.apply()
		}
		d.synthesizeText(strings.Replace(changed, "vault:1", "vault:2", 1))
		err := d.stack.Apply(t.Context())
		if err == nil || !strings.Contains(err.Error(), "The deployment failed and ECS rolled it back") {
			t.Errorf("%s: the apply ended with %v", o.name, err)
		}
		if events := d.events(); !regexp.MustCompile(o.reason).MatchString(events) {
			t.Errorf("%s: no event says %q\n%s", o.name, o.reason, events)
		}
		if got := d.get(url).Image; got != "vault:1" {
			t.Errorf("%s: %s answers, want vault:1", o.name, got)
		}
	}
	d.wantNowhere(secret)
}

// get returns the answer of a stand-in.
func (d *deployment) get(url string) engine.Answer {
	d.t.Helper()
	client := d.client()
	defer client.CloseIdleConnections()
	response := must(client.Get(url))(d.t)
	defer func() { _ = response.Body.Close() }()
	var answer engine.Answer
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		d.t.Fatal(err)
	}
	return answer
}

// putSecret gives the account's only secret a JSON object of one key.
func (d *deployment) putSecret(key, value string) {
	d.t.Helper()
	client := secretsmanager.NewFromConfig(d.aws)
	listed := must(client.ListSecrets(d.t.Context(), nil))(d.t).SecretList
	if len(listed) != 1 {
		d.t.Fatalf("the account has %d secrets, want 1", len(listed))
	}
	text := string(must(json.Marshal(map[string]string{key: value}))(d.t))
	must(client.PutSecretValue(d.t.Context(), &secretsmanager.PutSecretValueInput{
		SecretId: listed[0].ARN, SecretString: &text,
	}))(d.t)
}

// events are those of the service.
func (d *deployment) events() string {
	d.t.Helper()
	name := d.settings.StackName()
	var text strings.Builder
	for _, s := range must(ecs.NewFromConfig(d.aws).DescribeServices(d.t.Context(), &ecs.DescribeServicesInput{
		Cluster: &name, Services: []string{d.settings.Service.Name},
	}))(d.t).Services {
		for _, e := range s.Events {
			text.WriteString(*e.Message + "\n")
		}
	}
	return text.String()
}

// wantNowhere checks that a secret's value is in no file of Terraform's, in nothing that it has printed, in no log, and
// in no description of tasks.
func (d *deployment) wantNowhere(secret string) {
	d.t.Helper()
	texts := map[string]string{"what Terraform printed": d.printed.String(), "the events": d.events(),
		"the status": string(must(json.Marshal(must(d.status())(d.t)))(d.t))}
	err := filepath.WalkDir(d.folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		texts[path] = string(text)
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	for group, text := range d.logs() {
		texts["the log group "+group] = text
	}
	cluster := d.settings.StackName()
	tasks := ecs.NewFromConfig(d.aws)
	listed := must(tasks.ListTasks(d.t.Context(), &ecs.ListTasksInput{Cluster: &cluster}))(d.t).TaskArns
	described := must(tasks.DescribeTasks(d.t.Context(), &ecs.DescribeTasksInput{
		Cluster: &cluster, Tasks: listed,
	}))(d.t)
	texts["the tasks"] = string(must(json.Marshal(described))(d.t))
	for name, text := range texts {
		if strings.Contains(text, secret) {
			d.t.Errorf("%s has the secret's value", name)
		}
	}
	if len(texts["what Terraform printed"]) == 0 || len(listed) == 0 || len(d.logs()) == 0 {
		d.t.Errorf("%d bytes printed, %d tasks, %d logs: nothing was looked at",
			len(texts["what Terraform printed"]), len(listed), len(d.logs()))
	}
}

// logs are what is in the log groups, by their names.
func (d *deployment) logs() map[string]string {
	d.t.Helper()
	client := cloudwatchlogs.NewFromConfig(d.aws)
	all := map[string]string{}
	for _, group := range must(client.DescribeLogGroups(d.t.Context(), nil))(d.t).LogGroups {
		found := must(client.FilterLogEvents(d.t.Context(), &cloudwatchlogs.FilterLogEventsInput{
			LogGroupName: group.LogGroupName,
		}))(d.t)
		for _, e := range found.Events {
			all[*group.LogGroupName] += *e.Message + "\n"
		}
	}
	return all
}

// TestUpSaysWhyTasksAreNotReached deploys a service whose security group does not let the load balancer in: `local up`
// fails instead of waiting. It has AWS's words, and names the groups.
func TestUpSaysWhyTasksAreNotReached(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "shop.yaml")
	if err := os.WriteFile(file, []byte(`
name: shop
container: {image: shop:1, ports: [8000]}
overrides:
  - resource: aws_vpc_security_group_ingress_rule.service_security-group_load-balancer-8000_in
    path: from_port
    value: 1
  - resource: aws_vpc_security_group_ingress_rule.service_security-group_load-balancer-8000_in
    path: to_port
    value: 1
`), 0o600); err != nil {
		t.Fatal(err)
	}
	folder, terraform := t.TempDir(), warmAnywhere(t)
	run := func(ctx context.Context, command string, more ...string) (string, error) {
		c := exec.CommandContext(ctx, webapp(t), append([]string{"local", command, "--folder", folder}, more...)...)
		c.Dir, c.Env = project, append(os.Environ(), onPath(terraform))
		printed, err := c.CombinedOutput()
		return string(printed), err
	}
	t.Cleanup(func() { _, _ = run(context.Background(), "down", "--timeout", "1s") })
	printed, err := run(t.Context(), "up", "--settings", file, "--minute", "3s")
	if err == nil {
		t.Error("up succeeded")
	}
	for _, want := range []string{
		`the service shop does not start: ECS deployment circuit breaker: tasks failed to start`,
		`\(port 8000\) is unhealthy in \(target-group \S+\) due to \(reason Request timed out\)`,
		`The security groups do not let the load balancer \S+ connect to the task at port 8000`,
	} {
		if !regexp.MustCompile(want).MatchString(printed) {
			t.Errorf("up does not say %q\n%s", want, printed)
		}
	}
}
