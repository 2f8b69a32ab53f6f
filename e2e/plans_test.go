package e2e

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-exec/tfexec"
	"github.com/rogpeppe/go-internal/txtar"

	"webapp/e2e/internal/warmprovider"
	"webapp/internal/awstest"
	"webapp/internal/localaws"
	"webapp/internal/review"
	"webapp/internal/synth"
	"webapp/internal/terraform"
)

var record = flag.Bool("record", false, "record the plans of internal/review/testdata anew")

// outside is what happens behind Terraform's back before a plan, by the recording's name.
var outside = map[string]func(*testing.T, *cloudwatchlogs.Client){
	"drift": func(t *testing.T, client *cloudwatchlogs.Client) {
		if _, err := client.PutRetentionPolicy(t.Context(), &cloudwatchlogs.PutRetentionPolicyInput{
			LogGroupName: aws.String("drift/web"), RetentionInDays: aws.Int32(3),
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := client.DeleteLogGroup(t.Context(),
			&cloudwatchlogs.DeleteLogGroupInput{LogGroupName: aws.String("drift/gone")}); err != nil {
			t.Fatal(err)
		}
	},
}

// always lists the recordings that every run repeats: between them they have every kind of change. The others are
// repeated for -record only, since each is half a minute of Terraform's work.
var always = []string{"danger", "drift"}

// TestRecordedPlansAreTerraforms repeats the plans that internal/review is tested with, and expects the same
// descriptions.
func TestRecordedPlansAreTerraforms(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(project, "internal", "review", "testdata", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	server, cfg := awstest.Start(t, project)
	recordCalls(t, server)
	executable := findTerraform(t)
	t.Run("recordings", func(t *testing.T) {
		for _, file := range files {
			name := strings.TrimSuffix(filepath.Base(file), ".txtar")
			if !*record && !slices.Contains(always, name) {
				continue
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				archive, err := txtar.ParseFile(file)
				if err != nil {
					t.Fatal(err)
				}
				r := recording{archive}
				fresh := r.plan(t, executable, server.URL(), func() {
					if change, ok := outside[name]; ok {
						change(t, cloudwatchlogs.NewFromConfig(cfg))
					}
				})
				if *record {
					r.set("plan.json", fresh)
					if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				if diff := cmp.Diff(tell(t, name, r.section("plan.json")), tell(t, name, fresh)); diff != "" {
					t.Errorf("a new plan is described differently (-recorded +new); record it with: go test ./e2e -run "+
						"RecordedPlans -record\n%s", diff)
				}
			})
		}
	})
}

type recording struct{ *txtar.Archive }

func (r recording) section(name string) []byte {
	for _, file := range r.Files {
		if file.Name == name {
			return file.Data
		}
	}
	return nil
}

func (r recording) set(name string, data []byte) {
	for i, file := range r.Files {
		if file.Name == name {
			r.Files[i].Data = data
		}
	}
}

// plan applies what was before, lets something happen, and plans what comes after.
func (r recording) plan(t *testing.T, executable, url string, meanwhile func()) []byte {
	t.Helper()
	folder := t.TempDir()
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	lock, err := os.ReadFile(filepath.Join(project, synth.LockFile))
	if err != nil {
		t.Fatal(err)
	}
	write(synth.LockFile, lock)
	write("provider.tf.json", []byte(`{"terraform": {"required_providers": `+
		`{"aws": {"source": "hashicorp/aws", "version": "5.100.0"}}}, "provider": {"aws": {}}}`))
	types := &warmprovider.Types{}
	stack, err := terraform.Open(attach(t, executable, url, types), folder, localaws.Environment(url), t.Output())
	if err != nil {
		t.Fatal(err)
	}
	if before := r.section("before.tf.json"); before != nil {
		write("stack.tf.json", before)
	}
	addTypes := func() {
		if err := types.AddFolder(folder); err != nil {
			t.Fatal(err)
		}
	}
	addTypes()
	if err := stack.Init(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r.section("before.tf.json") != nil {
		if err := stack.Apply(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	meanwhile()
	write("stack.tf.json", r.section("after.tf.json"))
	addTypes()
	file := filepath.Join(folder, "tfplan")
	if _, err := stack.Plan(t.Context(), tfexec.Out(file)); err != nil {
		t.Fatal(err)
	}
	parsed, err := stack.ShowPlanFile(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	// The configuration and the state as it was are not read, and would only fill the recording.
	parsed.Config, parsed.PriorState, parsed.RelevantAttributes, parsed.Timestamp = nil, nil, nil, ""
	parsed.PlannedValues.RootModule, parsed.PlannedValues.Outputs = nil, nil
	small, err := json.MarshalIndent(parsed, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return append(small, '\n')
}

// ids are AWS's, other ones each time, and so is the digest of a plan that has some.
var ids = regexp.MustCompile(`\b(vpc|subnet|sg)-[0-9a-f]+|\b[0-9a-f]{64}\b`)

func tell(t *testing.T, name string, text []byte) string {
	t.Helper()
	parsed, err := review.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return ids.ReplaceAllString(review.Summarize(parsed, nil).Markdown(name), "ID")
}
