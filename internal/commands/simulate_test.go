package commands

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/google/go-cmp/cmp"

	"webapp/internal/awstest"
)

var update = flag.Bool("update", false, "rewrite the summaries in testdata; review the diff")

// simulateExample runs simulate or recommend on the example service, without a page unless the arguments name one.
func simulateExample(command string, args ...string) result {
	file := filepath.Join(project, "examples", "webapp.yaml")
	return run("", append([]string{command, "--settings", file, "--page", ""}, args...)...)
}

// TestSummary shows what a person reads in the terminal.
func TestSummary(t *testing.T) {
	testdata := filepath.Join("testdata", "simulate")
	for name, args := range map[string]string{
		"flash-crowd": "simulate --base 20 --peak 220",
		"compare":     "simulate --base 20 --peak 220 --compare " + filepath.Join(project, "examples", "scaling.yaml"),
		"recommend":   "recommend --base 20 --peak 220 --p99 500ms --task-hour-price 0.04",
		"schedules": "simulate --base 20 --peak 220 --begin 2026-11-27T07:00 --settings " +
			filepath.Join(project, "examples", "scaling.yaml"),
		"csv": "simulate --load " + filepath.Join(testdata, "load.csv"),
		"metrics": "simulate --metrics " + filepath.Join(testdata, "metrics.json") + " --activities " +
			filepath.Join(testdata, "activities.json") + " --task-hour-price 0.04",
		"metrics-compare": "simulate --runs 1 --metrics " + filepath.Join(testdata, "metrics.json") + " --compare " +
			filepath.Join(project, "examples", "several-services.yaml"),
		"what-if": "simulate --base 20 --peak 220 --what-if zone-lost@45m --what-if retry-storm",
		"values": "simulate --base 20 --peak 220 --settings " + filepath.Join(project, "examples", "scaling.yaml") +
			" --metric-totals OrdersWaitingForEachTask=" + filepath.Join(testdata, "orders.csv") +
			" --metric-values FailedPayments=" + filepath.Join(testdata, "payments.csv"),
	} {
		t.Run(name, func(t *testing.T) {
			words := strings.Fields(args)
			r := simulateExample(words[0], words[1:]...)
			if r.code != 0 {
				t.Fatal(r.stderr)
			}
			got := r.stdout
			golden := filepath.Join(testdata, name+".txt")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("summary (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPageIsWrittenWhereItIsWanted(t *testing.T) {
	file := filepath.Join(t.TempDir(), "below", "page.html")
	if r := simulateExample("simulate", "--page", file); r.code != 0 {
		t.Fatal(r.stderr)
	}
	if info, err := os.Stat(file); err != nil || info.Size() == 0 {
		t.Errorf("page: %v, %v", info, err)
	}
}

func TestMistakesOfASimulationAreReported(t *testing.T) {
	for _, tc := range []struct{ want, args string }{
		{"\"tsunami\" is not a built-in load", "--load tsunami"},
		{"it has one service only; leave out --service", "--service api"},
		{"it has: ", "--service nosuch --settings " + filepath.Join(project, "examples", "several-services.yaml")},
		{"--metric-delay -1m0s: write 0s or more", "--metric-delay -1m"},
		{"environment \"prod\" does not exist", "--environment prod"},
		{"write a --base", "--base 10 --peak 5"},
		{"capacity", "--capacity -1 --peak 10 --base 1"},
		{"no such file", "--metrics missing.json"},
		{"write the names of the ECS cluster and the service", "--deployed web"},
		{"unexpected argument", "surplus"},
		{"--runs 0: write 1 or more", "--runs 0"},
		{"--begin: \"tomorrow\" is not a time", "--begin tomorrow"},
		{"--time-zone: \"Mars\" is not a time zone", "--time-zone Mars"},
		{"it must be 0 to 1000000000", "--base 1 --peak 1e308"},
		{"--what-if flood: \"flood\" is not known; write one of", "--what-if flood"},
		{"--what-if zone-lost: zone-lost needs a time", "--what-if zone-lost"},
		{"--what-if zone-lost@23:00: zone-lost is not under the load", "--what-if zone-lost@23:00"},
		{"--task-hour-price -1: write 0 or more", "--task-hour-price -1"},
		{"--activities needs --metrics", "--activities activities.json"},
		{"the service scales on no metric of its own", "--metric-values Orders=orders.csv"},
		{"--metric-values Orders: write the name of the metric and a file", "--metric-values Orders"},
		{"its own are: OrdersWaitingForEachTask, FailedPayments", "--metric-totals Orders=orders.csv --settings " +
			filepath.Join(project, "examples", "scaling.yaml")},
		{"no such file", "--metric-values FailedPayments=missing.csv --settings " +
			filepath.Join(project, "examples", "scaling.yaml")},
	} {
		for _, command := range []string{"simulate", "recommend"} {
			if r := simulateExample(command, strings.Fields(tc.args)...); r.code != 1 ||
				!strings.Contains(r.stderr, tc.want) {
				t.Errorf("%s: exit code %d, %s\nwant it to say %q", tc.args, r.code, r.stderr, tc.want)
			}
		}
	}
}

// TestDeployedServiceIsSimulated reads a service of three tasks without scaling. The settings would run more of them.
func TestDeployedServiceIsSimulated(t *testing.T) {
	server, cfg := awstest.Start(t, project)
	client := ecs.NewFromConfig(cfg)
	if _, err := client.CreateCluster(t.Context(),
		&ecs.CreateClusterInput{ClusterName: aws.String("shop")}); err != nil {
		t.Fatal(err)
	}
	_, err := client.RegisterTaskDefinition(t.Context(), &ecs.RegisterTaskDefinitionInput{
		Family: aws.String("web"),
		ContainerDefinitions: []ecstypes.ContainerDefinition{
			{Name: aws.String("web"), Image: aws.String("web:1"), Memory: aws.Int32(512)},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.CreateService(t.Context(), &ecs.CreateServiceInput{
		Cluster: aws.String("shop"), ServiceName: aws.String("web"), TaskDefinition: aws.String("web"),
		DesiredCount: aws.Int32(3),
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL(), "AWS_REGION": cfg.Region,
		"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_SESSION_TOKEN": "",
	} {
		t.Setenv(name, value)
	}
	r := simulateExample("simulate", "--deployed", "shop/web", "--base", "20", "--peak", "220")
	if r.code != 0 || !strings.Contains(r.stdout, "3 of 3") {
		t.Errorf("exit code %d, %s%s", r.code, r.stderr, r.stdout)
	}
	r = simulateExample("simulate", "--deployed", "shop/missing")
	if r.code != 1 || !strings.Contains(r.stderr, "the service does not exist") {
		t.Errorf("a service that does not exist: exit code %d, %s", r.code, r.stderr)
	}
}

// TestMetricsWithoutResponseTimesCalibrate leaves out what a service without a load balancer does not have.
func TestMetricsWithoutResponseTimesCalibrate(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "simulate", "metrics.json"))
	if err != nil {
		t.Fatal(err)
	}
	var data struct{ MetricDataResults []map[string]any }
	if err := json.Unmarshal(text, &data); err != nil {
		t.Fatal(err)
	}
	data.MetricDataResults = slices.DeleteFunc(data.MetricDataResults, func(r map[string]any) bool {
		return r["Id"] == "response"
	})
	if text, err = json.Marshal(data); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "metrics.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	r := simulateExample("simulate", "--metrics", file)
	if r.code != 0 || strings.Contains(r.stdout, "NaN") {
		t.Errorf("exit code %d, %s%s", r.code, r.stderr, r.stdout)
	}
}
