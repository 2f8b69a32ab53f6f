package settings

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"webapp/internal/configfile"
)

// TestGolden shows what becomes of a file that gives only what is required, and of one that gives everything that goes
// together: every default, and every setting taken over.
func TestGolden(t *testing.T) {
	for name, yaml := range map[string]string{"defaults": minimal, "full": read(t, "testdata/full.yaml")} {
		all, err := Parse("webapp.yaml", []byte(yaml), Options{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := json.MarshalIndent(all[0], "", "\t")
		if err != nil {
			t.Fatal(err)
		}
		golden := "testdata/" + name + ".json"
		if *update {
			if err := os.WriteFile(golden, append(got, '\n'), 0o600); err != nil {
				t.Fatal(err)
			}
		} else if diff := cmp.Diff(read(t, golden), string(got)+"\n"); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestLoad(t *testing.T) {
	for _, tc := range []struct {
		name    string
		yaml    string
		options Options
		want    []Stack
	}{
		{
			name: "null keeps a default and an alias stands for its value",
			yaml: "name: webapp\nservice: {name: &n webapp}\ntask: {family: *n, cpu: null}\ncontainer: {image: " +
				"nginx, ports: [8080]}",
			want: []Stack{with(t, func(*Stack) {})},
		},
		{
			name: "an account, a name and a private image are taken as they are written",
			yaml: "name: no\naws: {account: 012345670123, region: eusc-de-east-1}\nservice: {name: 08}\ncontainer: " +
				"{image: 123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu/team/web:1, ports: [8080]}",
			want: []Stack{with(t, func(s *Stack) {
				s.Name, s.Network.New.Name, s.Task.Family, s.Service.Name = "no", "no", "no", "08"
				s.Namespace.Name, s.Container.Name = "no.internal", "web"
				s.AWS = AWS{Account: "012345670123", Region: "eusc-de-east-1"}
				s.PrimaryRegion = "eusc-de-east-1"
				s.Container.Image = "123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu/team/web:1"
			})},
		},
		{
			name: "a scaling section alone scales from 1 to 5, starting with the minimum",
			yaml: "name: webapp\ncontainer: {image: nginx, ports: [8080]}\nscaling: {cpu: {percent: 50}}",
			want: []Stack{with(t, func(s *Stack) {
				s.Scaling = &Scaling{Min: 1, Max: 5, CPU: tracking(50)}
			})},
		},
		{
			name: "without a desired count the service starts with the minimum",
			yaml: "name: webapp\ncontainer: {image: nginx, ports: [8080]}\nscaling: {min: 3, cpu: {percent: 50}}",
			want: []Stack{with(t, func(s *Stack) {
				s.Scaling = &Scaling{Min: 3, Max: 5, CPU: tracking(50)}
				s.Service.DesiredCount = 3
			})},
		},
		{
			name: "in the default VPC tasks get public addresses",
			yaml: "name: webapp\nnetwork: {default: true}\ncontainer: {image: nginx, ports: [8080]}",
			want: []Stack{with(t, func(s *Stack) {
				s.Network = Network{Default: true}
				s.Service.AssignPublicIP = true
			})},
		},
		{
			name: "tasks with public addresses need no NAT gateway",
			yaml: "name: webapp\nservice: {assignPublicIp: true}\ncontainer: {image: nginx, ports: [8080]}",
			want: []Stack{with(t, func(s *Stack) {
				s.Network.New.NATGateways = 0
				s.Service.AssignPublicIP = true
			})},
		},
		{
			name:    "the context vpcname wins over the file's network",
			yaml:    "name: webapp\nnetwork: {new: {cidr: 10.1.0.0/16}}\ncontainer: {image: nginx, ports: [8080]}",
			options: Options{VPCName: "shared"},
			want:    []Stack{with(t, func(s *Stack) { s.Network = Network{Existing: &ExistingVPC{Name: "shared"}} })},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := Parse("webapp.yaml", []byte(tc.yaml), tc.options)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEnvironmentsOverlayTheBase(t *testing.T) {
	const file = `
name: webapp
network: {new: {zones: 3}}
container: {image: nginx, ports: [8080, 9090]}
scaling: {min: 2, max: 8, cpu: {percent: 50}, memory: {percent: 60}}
environments:
  dev:
    network: {default: true}
    container: {ports: [8080]}
    scaling: null
  prod:
    aws: {account: "111111111111", region: eu-west-1}
    scaling: {max: 40, memory: null}
  plain:
`
	all, err := Parse("webapp.yaml", []byte(file), Options{})
	if err != nil {
		t.Fatal(err)
	}
	named := func(environment string, change func(*Stack)) Stack {
		return with(t, func(s *Stack) {
			s.Environment = environment
			s.Task.Family, s.Service.Name, s.Namespace.Name = s.StackName(), s.StackName(), s.StackName()+".internal"
			s.Network.New = &CreatedVPC{Name: s.StackName(), CIDR: "10.0.0.0/16", Zones: 3, NATGateways: 1,
				PublicSubnetPrefix: 20, PrivateSubnetPrefix: 20}
			s.Container.Ports = []int{8080, 9090}
			s.Scaling = &Scaling{Min: 2, Max: 8, CPU: tracking(50), Memory: tracking(60)}
			s.Service.DesiredCount = 2
			change(s)
		})
	}
	want := []Stack{
		named("dev", func(s *Stack) {
			s.Network = Network{Default: true}
			s.Service.AssignPublicIP = true
			s.Container.Ports = []int{8080}
			s.Scaling = nil
			s.Service.DesiredCount = 1
		}),
		named("prod", func(s *Stack) {
			s.AWS = AWS{Account: "111111111111", Region: "eu-west-1"}
			s.PrimaryRegion = "eu-west-1"
			s.Scaling.Max = 40
			s.Scaling.Memory = nil
		}),
		named("plain", func(*Stack) {}),
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}

	one, err := Parse("webapp.yaml", []byte(file), Options{Environment: "prod"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want[1:2], one); diff != "" {
		t.Errorf("the environment asked for (-want +got):\n%s", diff)
	}
}

func TestAdditionalRegionsAreStacksOfTheirOwn(t *testing.T) {
	const file = `
name: shop
container: {image: nginx, ports: [8080]}
scaling: {min: 2, cpu: {percent: 50}}
state: {s3: {bucket: shop-states}}
environments:
  dev:
  prod:
    aws: {region: eu-west-1, role: "arn:aws:iam::111111111111:role/deploy", tags: {Team: web, SettingsFile: ""}}
    scaling: {max: 40}
    state: {s3: {create: true}}
    additionalRegions:
      us-east-1: {scaling: {max: 9}, aws: {tags: {Team: us}}}
      ap-south-1:
`
	// dev does not say where its state is; prod can be deployed all the same.
	if _, err := Parse("webapp.yaml", []byte(file), Options{}); err == nil {
		t.Error("dev has a state without a region")
	}
	all, err := Parse("webapp.yaml", []byte(file), Options{Environment: "prod", Commit: "c0ffee"})
	if err != nil {
		t.Fatal(err)
	}
	type place struct {
		Stack, Region, StateRegion, StateRole, StateKey string
		Create                                          bool
		Max                                             int
		Tags                                            map[string]string
	}
	const role = "arn:aws:iam::111111111111:role/deploy"
	tags := func(team string) map[string]string {
		return map[string]string{"Application": "shop", "Environment": "prod", "SettingsCommit": "c0ffee", "Team": team}
	}
	want := []place{
		{"shop-prod", "eu-west-1", "eu-west-1", role, "shop-prod/terraform.tfstate", true, 40, tags("web")},
		{"shop-prod-us-east-1", "us-east-1", "eu-west-1", role, "shop-prod-us-east-1/terraform.tfstate", false, 9,
			tags("us")},
		{"shop-prod-ap-south-1", "ap-south-1", "eu-west-1", role, "shop-prod-ap-south-1/terraform.tfstate", false, 40,
			tags("web")},
	}
	var got []place
	for _, s := range all {
		state := s.State.S3
		got = append(got, place{s.StackName(), s.AWS.Region, state.Region, state.Role, state.StateKey(s.StackName()),
			state.Create, s.Scaling.Max, s.Tags()})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("places (-want +got):\n%s", diff)
	}
}

// TestAdditionalRegionsCreateWhatTheyDoNotShare: an account has an identity provider of its own, and a bucket one name.
func TestAdditionalRegionsCreateWhatTheyDoNotShare(t *testing.T) {
	const file = `
name: web
container: {image: nginx, ports: [80]}
aws: {region: eu-west-1, account: "111111111111"}
state: {s3: {bucket: states, create: true}}
pipeline: {github: {repository: acme/shop}}
additionalRegions:
  eu-west-2:
  us-east-1: {aws: {account: "222222222222"}, state: {s3: {bucket: us-states, region: us-east-1}}}
  us-east-2: {aws: {account: "333333333333"}, pipeline: {createProvider: false}, state: {remote: {organization: acme}}}
  us-gov-west-1:
    aws: {account: "444444444444"}
    pipeline: {createProvider: true}
    state: {s3: {bucket: gov-states, region: us-gov-west-1, create: false}}
`
	all, err := Parse("webapp.yaml", []byte(file), Options{})
	if err != nil {
		t.Fatal(err)
	}
	type creates struct{ Provider, Bucket bool }
	got := map[string]creates{}
	for _, s := range all {
		got[s.AdditionalRegion] = creates{s.Pipeline.CreateProvider, s.State.S3 != nil && s.State.S3.Create}
	}
	want := map[string]creates{
		"": {true, true}, "eu-west-2": {false, false}, "us-east-1": {true, true}, "us-east-2": {false, false},
		"us-gov-west-1": {true, false},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what the stacks create (-want +got):\n%s", diff)
	}
}

// TestRangesAreWrittenAsAWSWritesThem: a plan would change another spelling each time.
func TestRangesAreWrittenAsAWSWritesThem(t *testing.T) {
	const file = `
name: web
container: {image: nginx, ports: [80, 81]}
network: {new: {ipv6: true}}
loadBalancer: {allowedSources: ["2001:DB8:0::/48", 203.0.113.0/24, pl-0123456789abcdef0]}
namespace: {allowedSources: ["2001:0db8::/32"]}
routing: {sources: ["2001:DB8:1::/48"]}
service: {discovery: {}, additionalPorts: [{port: 81, routing: {sources: ["2001:DB8:2::/64"]}}]}
`
	all, err := Parse("webapp.yaml", []byte(file), Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := all[0]
	got := [][]string{s.LoadBalancer.AllowedSources, s.Namespace.AllowedSources, s.Routing.Sources,
		s.Service.AdditionalPorts[0].Routing.Sources}
	want := [][]string{{"2001:db8::/48", "203.0.113.0/24", "pl-0123456789abcdef0"}, {"2001:db8::/32"},
		{"2001:db8:1::/48"}, {"2001:db8:2::/64"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ranges (-want +got):\n%s", diff)
	}
}

func TestOverlayMovesTheState(t *testing.T) {
	for name, tc := range map[string]struct{ overlay, want string }{
		"to a remote":       {"state: {remote: {organization: acme}}", "acme"},
		"to a file":         {"state: {s3: null}", ""},
		"to another bucket": {"state: {s3: {bucket: other}}", "other"},
		"nowhere":           {"logs: {retentionDays: 3}", "states"},
	} {
		t.Run(name, func(t *testing.T) {
			file := "name: web\ncontainer: {image: nginx, ports: [80]}\nstate: {s3: {bucket: states, region: " +
				"eu-west-1}}\nenvironments: {dev: {" + tc.overlay + "}}"
			all, err := Parse("webapp.yaml", []byte(file), Options{})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if s := all[0].State; s.S3 != nil {
				got += s.S3.Bucket
			}
			if s := all[0].State; s.Remote != nil {
				got += s.Remote.Organization
			}
			if got != tc.want {
				t.Errorf("the state is in %q, want %q", got, tc.want)
			}
		})
	}
}

func TestSourceFileHasNoPathOfTheMachine(t *testing.T) {
	for path, want := range map[string]string{
		"webapp.yaml": "webapp.yaml", "./examples/spot.yaml": "examples/spot.yaml",
		"/home/me/web/webapp.yaml": "webapp.yaml", "../webapp.yaml": "webapp.yaml",
	} {
		if got := sourceFile(path); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

func TestTagsHoldWhatNoTagMay(t *testing.T) {
	long := strings.Repeat("d/", 150) + "shop.yaml"
	for path, want := range map[string]string{
		"web (new), v2.yaml": "web _new__ v2.yaml",
		"größe.yaml":         "größe.yaml",
		long:                 long[len(long)-256:],
	} {
		all, err := Parse(path, []byte(minimal), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := all[0].Tags()["SettingsFile"]; got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

func TestOverlayThatOnlyTakesAKindOfNetworkAwayKeepsTheOthers(t *testing.T) {
	const file = "name: webapp\ncontainer: {image: nginx, ports: [8080]}\nnetwork: {new: {zones: 3}}\nenvironments: " +
		"{dev: {network: {default: false, existing: null}}}"
	all, err := Parse("webapp.yaml", []byte(file), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := &CreatedVPC{Name: "webapp-dev", CIDR: "10.0.0.0/16", Zones: 3, NATGateways: 1, PublicSubnetPrefix: 20,
		PrivateSubnetPrefix: 20}
	if diff := cmp.Diff(Network{New: want}, all[0].Network); diff != "" {
		t.Errorf("network (-want +got):\n%s", diff)
	}
}

// TestAnOverlayTakesThePlaceOfTheOtherKind: of two settings that exclude each other, the base's goes.
func TestAnOverlayTakesThePlaceOfTheOtherKind(t *testing.T) {
	const secret, topic = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEf",
		"arn:aws:sns:eu-west-1:123456789012:on-call"
	const key = "arn:aws:kms:eu-west-1:123456789012:key/01234567-89ab-4def-8123-456789abcdef"
	alarms := func(settings string) string { return "observability: {alarms: {" + settings + "}}" }
	volume := func(settings string) string {
		return "task: {volumes: {d: {" + settings + "}}}\nsidecars: {s: {image: nginx, mounts: [{volume: d, path: /d}]}}"
	}
	folder := func(settings string) string { return "task: {volumes: {d: {" + settings + "}}}" }
	step := func(settings string) string {
		return "scaling: {max: 4, steps: {up: {" + settings + ", steps: [{at: 7, change: 1}]}}}"
	}
	api := func(settings string) string {
		return "services: {api: {worker: true, container: {image: nginx, " + settings + "}}}"
	}
	const metric = "metric: {namespace: Shop, name: Lag}"
	for _, tc := range []struct{ name, base, overlay, same string }{
		{"a topic", alarms("emails: [a@example.com], kmsKey: '" + key + "'"), alarms("topic: '" + topic + "'"),
			alarms("topic: '" + topic + "'")},
		{"addresses", alarms("topic: '" + topic + "'"), alarms("emails: [a@example.com]"),
			alarms("emails: [a@example.com]")},
		{"a directory", volume("fileSystem: fs-01234567, accessPoint: fsap-01234567"), folder("directory: /d"),
			volume("fileSystem: fs-01234567, directory: /d")},
		{"the root directory, which goes with an access point",
			volume("fileSystem: fs-01234567, accessPoint: fsap-01234567"), folder("directory: /"),
			volume("fileSystem: fs-01234567, accessPoint: fsap-01234567, directory: /")},
		{"an access point", volume("fileSystem: fs-01234567, directory: /d"), folder("accessPoint: fsap-01234567"),
			volume("fileSystem: fs-01234567, accessPoint: fsap-01234567")},
		{"a custom metric", step("on: cpu"), step(metric), step(metric)},
		{"a metric of ECS", step(metric), step("on: cpu"), step("on: cpu")},
		{"a secret", api("environment: {A: a, B: b}"), api("secrets: {A: '" + secret + "'}"),
			api("environment: {B: b}, secrets: {A: '" + secret + "'}")},
		{"a plain variable", api("secrets: {A: '" + secret + "', B: '" + secret + "'}"), api("environment: {A: a, C: c}"),
			api("environment: {A: a, C: c}, secrets: {B: '" + secret + "'}")},
		{"a plain variable of a job", "jobs: {a: {container: {image: nginx, secrets: {a.b: '" + secret + "'}}}}",
			"jobs: {a: {container: {environment: {a.b: a}}}}", "jobs: {a: {container: {image: nginx, environment: {a.b: a}}}}"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			parse := func(base, overlay string) Settings {
				all, err := Parse("webapp.yaml", []byte("name: web\ncontainer: {image: nginx, ports: [80]}\n"+base+
					"\nenvironments: {prod: {"+overlay+"}}"), Options{})
				if err != nil {
					t.Fatal(err)
				}
				return all[0].Settings
			}
			if diff := cmp.Diff(parse(tc.same, ""), parse(tc.base, tc.overlay), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStackIsNamedAfterApplicationAndEnvironment(t *testing.T) {
	for environment, want := range map[string]string{"": "webapp", "staging": "webapp-staging"} {
		if got := (Stack{ID: ID{Environment: environment},
			Settings: Settings{Name: "webapp"}}).StackName(); got != want {
			t.Errorf("environment %q: got %s, want %s", environment, got, want)
		}
	}
}

func TestContainerIsNamedAfterItsImage(t *testing.T) {
	for image, want := range map[string]string{
		"nginx": "nginx",
		"public.ecr.aws/aws-containers/hello-app-runner:latest": "hello-app-runner",
		"localhost:5000/team/web":                               "web",
		"ghcr.io/shop/web.app:1.2":                              "web-app",
		"nginx@sha256:" + digest:                                "nginx",
	} {
		if got := nameOfImage(image); got != want {
			t.Errorf("%s: got %s, want %s", image, got, want)
		}
	}
}

func TestECRRepositoryIsReadOffTheImage(t *testing.T) {
	const image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/web:1"
	got, ok := ContainerOptions{Image: image}.ECRRepository()
	if want := (ECRRepository{Account: "123456789012", Region: "eu-west-1", Name: "team/web",
		Host:      "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
		PlainHost: "123456789012.dkr.ecr.eu-west-1.amazonaws.com"}); !ok || got != want {
		t.Errorf("got %+v, %v, want %+v", got, ok, want)
	}
	for _, host := range []string{
		"123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", "123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu",
		"123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov", "123456789012.dkr.ecr.ap-southeast-6.amazonaws.com",
	} {
		if got, ok := (ContainerOptions{Image: host + "/web"}).ECRRepository(); !ok || got.PlainHost != host {
			t.Errorf("%s: got %+v, %v", host, got, ok)
		}
	}
	if got, ok := (ContainerOptions{Image: "public.ecr.aws/nginx/nginx"}).ECRRepository(); ok {
		t.Errorf("a public image has the private repository %+v", got)
	}
}

// TestEverySettingHasAKey walks the types: without a yaml name, no file could give a setting.
func TestEverySettingHasAKey(t *testing.T) {
	walked := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(structure reflect.Type) {
		walked[structure] = true
		for i := range structure.NumField() {
			field := structure.Field(i)
			if field.Tag.Get("yaml") == "-" {
				continue
			}
			if field.Tag.Get("yaml") == "" && !field.Anonymous {
				t.Errorf("%s.%s has no yaml name", structure, field.Name)
			}
			kind := field.Type
			for kind.Kind() == reflect.Pointer || kind.Kind() == reflect.Map || kind.Kind() == reflect.Slice {
				kind = kind.Elem()
			}
			if kind.Kind() == reflect.Struct && !walked[kind] {
				walk(kind)
			}
		}
	}
	walk(reflect.TypeFor[Settings]())
	if len(walked) < 10 {
		t.Errorf("the walk found %d sections only", len(walked))
	}
}

const digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// minimal is a file that gives only what is required.
const minimal = "name: webapp\ncontainer: {image: nginx, ports: [8080]}"

// with returns what becomes of the minimal file, with a change.
func with(t *testing.T, change func(*Stack)) Stack {
	t.Helper()
	all, err := Parse("webapp.yaml", []byte(minimal), Options{})
	if err != nil {
		t.Fatal(err)
	}
	change(&all[0])
	return all[0]
}

func read(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// tracking is a target at the default pace.
func tracking(percent float64) *TargetTracking {
	t := &TargetTracking{}
	configfile.SetDefaults(t)
	t.Percent = percent
	return t
}

// A default that contradicts what the file says gives way to it.
func TestDefaultsGiveWay(t *testing.T) {
	for name, test := range map[string]struct {
		file string
		got  func(Stack) any
		want any
	}{
		"no room for zone rebalancing": {
			"service: {desiredCount: 4, deployment: {minHealthyPercent: 50, maxPercent: 100}}",
			func(s Stack) any { return s.Service.ZoneRebalancing }, false,
		},
		"nothing detects a failed deployment": {
			"service: {deployment: {circuitBreaker: false}}",
			func(s Stack) any { return s.Service.Deployment.Rollback }, false,
		},
		"alarms detect it": {
			"service: {deployment: {circuitBreaker: false, alarms: [errors]}}",
			func(s Stack) any { return s.Service.Deployment.Rollback }, true,
		},
		"the shortest interval": {
			"service: {healthCheck: {interval: 5s}}",
			func(s Stack) any { return s.Service.HealthCheck.Timeout }, 4 * time.Second,
		},
		"a target as high as the alarm": {
			"scaling: {cpu: {percent: 95}}\nobservability: {alarms: {}}",
			func(s Stack) any { return s.Observability.Alarms.CPU.Percent }, 97.5,
		},
		"a target of all that there is": {
			"scaling: {memory: {percent: 100}}\nobservability: {alarms: {}}",
			func(s Stack) any { return s.Observability.Alarms.Memory == nil }, true,
		},
		"no service reports failed deployments": {
			"service: {deployment: {circuitBreaker: false}}\nobservability: {alarms: {}}",
			func(s Stack) any { return s.Observability.Alarms.FailedDeployments }, false,
		},
		"a service starts with no task": {
			"service: {desiredCount: 0}\nscaling: {min: 1, cpu: {percent: 50}}",
			func(s Stack) any { return s.Service.DesiredCount }, 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			all, err := Parse("webapp.yaml", []byte("name: web\ncontainer: {image: nginx, ports: [80]}\n"+test.file),
				Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got := test.got(all[0]); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

// A service may go down to no task where something starts the first one again.
// TestJobHasTheCredentialsOfItsImagesRegistry alone: ECS would give them to any other registry too, and ECR takes none.
func TestJobHasTheCredentialsOfItsImagesRegistry(t *testing.T) {
	const credentials = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:registry-AbCdEf"
	for _, tc := range []struct{ name, container, want string }{
		{"the service's image", "command: [report]", credentials},
		{"another image of the registry", "image: ghcr.io/shop/report", credentials},
		{"an image in ECR", "image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/report", ""},
		{"an image of Docker Hub", "image: report", ""},
		{"its own", "image: report, credentials: " + credentials + "2", credentials + "2"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			all, err := Parse("webapp.yaml", []byte("name: web\ncontainer: {image: ghcr.io/shop/web, ports: [80], credentials: "+
				credentials+"}\njobs: {report: {extends: web, container: {"+tc.container+"}}}"), Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got := all[0].Jobs["report"].Container.Credentials; got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestJobDropsWhatItsServiceHas(t *testing.T) {
	const file = `name: web
container:
  image: nginx
  ports: [80]
  user: app
  environment: {A: a, B: b}
  secrets: {C: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:c-AbCdEf"}
  mounts: [{volume: d, path: /d}]
task: {cpu: 512, memory: 1024, volumes: {d: {}, e: {}}, role: {policies: ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}}
logs: {existing: /teams/web, blocking: true}
jobs:
  a:
    extends: web
    container: {command: [a], user: null, environment: {A: null}, secrets: null, mounts: null}
    task: {cpu: null, volumes: {d: null}, role: null}
    logs: {existing: null}
  b: {extends: web, container: {command: [b]}, logs: {retentionDays: 7}}
  c: {extends: web, container: {command: [c], environment: {A: null}}}
environments:
  dev: {jobs: {c: {container: {environment: {A: again, B: null}}}}}
`
	all, err := Parse("webapp.yaml", []byte(file), Options{})
	if err != nil {
		t.Fatal(err)
	}
	jobs := all[0].Jobs
	type inherited struct {
		user, group, otherGroup        string
		variables, others              map[string]string
		cpu, secrets, volumes, mounted int
		policies                       []string
		blocking                       bool
	}
	a := jobs["a"]
	got := inherited{a.Container.User, a.Logs.Existing, jobs["b"].Logs.Existing, a.Container.Environment,
		jobs["c"].Container.Environment, a.Task.CPU, len(a.Container.Secrets), len(a.Task.Volumes), len(a.Container.Mounts),
		a.Task.Role.Policies, a.Logs.Blocking}
	want := inherited{variables: map[string]string{"B": "b"}, others: map[string]string{"A": "again"}, cpu: 256,
		volumes: 1, blocking: true}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(inherited{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestScalingFromZero(t *testing.T) {
	for name, scaling := range map[string]string{
		"a schedule": "{min: 0, cpu: {percent: 50}, schedules: {morning: {cron: 0 7 * * ? *, min: 2}, night: {cron: " +
			"0 22 * * ? *, min: 0, max: 0}}}",
		"a step on a metric of a queue": "{min: 0, cpu: {percent: 50}, steps: {work: {metric: {namespace: AWS/SQS, " +
			"name: Visible}, steps: [{at: 1, change: 1}]}}}",
		"a step that missing data takes": "{min: 0, steps: {start: {on: cpu, missingData: breaching, steps: [{at: " +
			"80, change: 1}]}}}",
		"a target on a metric of its own": "{min: 0, metrics: {backlog: {namespace: Shop, name: BacklogPerTask, " +
			"target: 10}}}",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Parse("webapp.yaml", []byte("name: web\ncontainer: {image: nginx, ports: [80]}\nscaling: "+
				scaling), Options{}); err != nil {
				t.Error(err)
			}
		})
	}
}
