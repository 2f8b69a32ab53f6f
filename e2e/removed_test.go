package e2e

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// withOptions has every optional setting that is a part of a resource which outlives it, and withoutOptions none.
const (
	withOptions = `name: options
network: {new: {ipv6: true, flowLogs: {retentionDays: 3}}}
loadBalancer:
  domain: {name: example.com, zone: example.com, aliases: [www.example.com]}
  https: {clientCertificates: {mode: passthrough}}
  accessLogs: {prefix: web}
container: {name: web, image: public.ecr.aws/nginx/nginx:1.27, ports: [80, 81]}
task: {ephemeralStorage: 30, role: {permissionsBoundary: "arn:aws:iam::123456789012:policy/boundary"}}
service:
  targetGroup: {stickiness: {cookie: web, duration: 1h}, slowStart: 30s}
  healthCheck: {port: 81, protocol: HTTPS}
  connect: {}
  discovery: {}
  deployment: {alarms: [too-slow], redeploy: once}
scaling:
  min: 2
  max: 9
  requests: {perMinute: 600}
  steps: {idle: {on: cpu, when: below, adjustment: percent, atLeast: 2, steps: [{at: 20, change: -10}]}}
  schedules: {sale: {cron: 0 7 * * ? *, start: "2030-11-01T00:00:00Z", end: "2031-11-01T00:00:00Z", min: 6}}
  suspended: [scaleIn, schedules]
observability:
  alarms: {kmsKey: "arn:aws:kms:eu-west-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"}
services:
  mailer:
    worker: true
    queue: {visibilityTimeout: 90s, maxReceives: 2}
    container: {image: public.ecr.aws/nginx/nginx:1.27}
jobs:
  report:
    schedule: {rate: 30 minutes, retries: 1, startWithin: 10m}
    spot: true
    container: {image: public.ecr.aws/nginx/nginx:1.27}
`
	withoutOptions = `name: options
network: {new: {ipv6: true}}
loadBalancer: {dualStack: false, domain: {name: example.com, zone: example.com}}
container: {name: web, image: public.ecr.aws/nginx/nginx:1.27, ports: [80, 81]}
scaling:
  min: 2
  max: 9
  requests: {perMinute: 600}
  steps: {idle: {on: cpu, when: below, steps: [{at: 20, change: -10}]}}
  schedules: {sale: {cron: 0 7 * * ? *, min: 6}}
observability: {alarms: {fewerRunning: null}}
services:
  mailer:
    worker: true
    queue: {}
    container: {image: public.ecr.aws/nginx/nginx:1.27}
jobs:
  report:
    schedule: {rate: 30 minutes}
    container: {image: public.ecr.aws/nginx/nginx:1.27}
`
)

// TestWhatIsTakenOutOfTheSettingsGoes: the provider keeps the value of an optional and computed attribute that is no
// longer written, and its plan says nothing of it.
func TestWhatIsTakenOutOfTheSettingsGoes(t *testing.T) {
	d := newDeployment(t)
	with := replace(t, "the settings", []byte(withOptions), d.prepare([]byte(withOptions)))
	before := everything(t, d.aws)

	d.synthesizeText(string(with))
	d.apply()
	written, values := d.resources(), d.values()
	d.synthesizeText(withoutOptions)
	alarms := d.apply().Service.DeploymentConfiguration.Alarms
	// Logging ends before its bucket is deleted.
	d.wantSequence(`ModifyLoadBalancerAttributes "access_logs.s3.enabled"`, "DeleteBucket")
	if alarms.Enable || alarms.Rollback {
		t.Errorf("the alarms of the deployment are %+v", alarms)
	}
	// The provider names the alarms when it turns them off. Until AWS forgets the names, by the command of the settings'
	// reference, each plan shows them.
	must(ecs.NewFromConfig(d.aws).UpdateService(t.Context(), &ecs.UpdateServiceInput{
		Cluster: aws.String(d.settings.StackName()), Service: &d.settings.Service.Name,
		DeploymentConfiguration: &ecstypes.DeploymentConfiguration{
			Alarms: &ecstypes.DeploymentAlarms{AlarmNames: []string{}},
		},
	}))(t)
	d.wantNoChange()
	d.wantGone(written, values)

	d.destroy()
	d.wantAccount(before)
}

// keptOnPurpose are attributes and blocks that a stack leaves out again although the provider then keeps their values.
var keptOnPurpose = map[string]string{
	"aws_ecs_cluster setting":  "an account's setting holds for new clusters only, so there is nothing to return to",
	"aws_ecs_service triggers": "they only start a deployment when they change; ECS knows nothing of them",
}

// resources returns what the stack's JSON says of each resource, by address.
func (d *deployment) resources() map[string]map[string]any {
	d.t.Helper()
	var stack struct {
		Resource map[string]map[string]map[string]any
	}
	text := must(os.ReadFile(filepath.Join(d.stackFolder, "cdk.tf.json")))(d.t)
	if err := json.Unmarshal(text, &stack); err != nil {
		d.t.Fatal(err)
	}
	all := map[string]map[string]any{}
	for kind, named := range stack.Resource {
		for name, attributes := range named {
			for _, meta := range []string{"//", "lifecycle", "depends_on", "provisioner"} {
				delete(attributes, meta)
			}
			all[kind+"."+name] = attributes
		}
	}
	return all
}

// values returns what AWS says of each resource, by address.
func (d *deployment) values() map[string]any {
	d.t.Helper()
	if err := d.stack.Refresh(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
	all := map[string]any{}
	for _, r := range must(d.stack.Show(d.t.Context()))(d.t).Values.RootModule.Resources {
		all[r.Address] = r.AttributeValues
	}
	return all
}

// wantGone fails if AWS still has a value that the stack set before the last apply and no longer sets.
func (d *deployment) wantGone(written map[string]map[string]any, before map[string]any) {
	d.t.Helper()
	now, after := d.resources(), d.values()
	for address, is := range now {
		if written[address] == nil {
			continue
		}
		kind, _, _ := strings.Cut(address, ".")
		for _, path := range kept(written[address], is, before[address], after[address]) {
			if keptOnPurpose[kind+" "+path] == "" {
				d.t.Errorf("%s keeps its %s, which is no longer written", address, path)
			}
		}
	}
}

// kept returns the paths of the values that were set before, are not set now, and have not changed.
func kept(was, is, before, after any) []string {
	var paths []string
	old, now, planned := blocks(was), blocks(is), blocks(after)
	for i, current := range blocks(before) {
		if i >= min(len(old), len(now), len(planned)) {
			break // the plan removes the block
		}
		for _, key := range slices.Sorted(maps.Keys(old[i])) {
			if value := now[i][key]; !empty(value) {
				for _, path := range kept(old[i][key], value, current[key], planned[i][key]) {
					paths = append(paths, key+"."+path)
				}
			} else if current[key] != nil && reflect.DeepEqual(current[key], planned[i][key]) {
				paths = append(paths, key)
			}
		}
	}
	return paths
}

// empty reports whether a value is missing. The provider treats an empty list as a missing one.
func empty(value any) bool {
	list, ok := value.([]any)
	return value == nil || ok && len(list) == 0
}

// blocks returns the nested blocks of a value: one or several, or none if the value is not a block.
func blocks(value any) []map[string]any {
	var all []map[string]any
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	for _, element := range list {
		if block, ok := element.(map[string]any); ok {
			all = append(all, block)
		}
	}
	return all
}
