package e2e

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"webapp/internal/localaws"
)

var update = flag.Bool("update", false, "rewrite testdata/calls.tsv: with all tests what they call, with some of "+
	"them what they call as well")

// callsFile has every operation that Terraform and the programs call in these tests, whether it reads or writes, and
// the actions of IAM that it needs.
const callsFile = "testdata/calls.tsv"

// recorded are the lines of callsFile that this run has seen, by service and operation.
var recorded = struct {
	sync.Mutex
	actions map[string]map[string]bool
}{actions: map[string]map[string]bool{}}

// ofTests are the operations that create what settings take as given, and by which only tests look or interfere. No
// stack calls them.
var ofTests = []string{
	"efs CreateFileSystem", "efs CreateMountTarget", "secretsmanager CreateSecret", "ssm PutParameter",
	"ecs DescribeTasks", "ecs ListTasks", "ecs StopTask", "logs FilterLogEvents",
	"secretsmanager ListSecrets", "secretsmanager PutSecretValue",
}

// recordCalls keeps what a local AWS was called for, when the test ends.
func recordCalls(t *testing.T, server *localaws.Server) {
	t.Cleanup(func() {
		wantAllPermitted(t, server)
		recorded.Lock()
		defer recorded.Unlock()
		for _, call := range server.Calls() {
			if slices.Contains(ofTests, call.Service+" "+call.Operation) {
				continue
			}
			access := "write"
			if call.ReadOnly() {
				access = "read"
			}
			operation := strings.Join([]string{call.Service, call.Operation, access}, "\t")
			if recorded.actions[operation] == nil {
				recorded.actions[operation] = map[string]bool{}
			}
			for _, action := range call.Actions() {
				recorded.actions[operation][action] = true
			}
		}
	})
}

// finishRecording compares what all tests have called with the file, or rewrites it. Some tests alone call less.
func finishRecording() error {
	all := flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.skip").Value.String() == ""
	if !all && !*update {
		return nil
	}
	text, err := os.ReadFile(callsFile)
	if err != nil && !*update {
		return err
	}
	if !all {
		addRecorded(string(text))
	}
	got := recordedLines()
	if *update {
		return os.WriteFile(callsFile, []byte(got), 0o600)
	}
	if got != string(text) {
		return fmt.Errorf("the tests call other operations than %s has. Add them with: go test ./e2e -update\n%s",
			callsFile, got)
	}
	return nil
}

// addRecorded takes over what the file has.
func addRecorded(text string) {
	for line := range strings.Lines(text) {
		at := strings.LastIndex(line, "\t")
		operation := line[:at]
		if recorded.actions[operation] == nil {
			recorded.actions[operation] = map[string]bool{}
		}
		for action := range strings.FieldsSeq(line[at+1:]) {
			recorded.actions[operation][action] = true
		}
	}
}

func recordedLines() string {
	var lines strings.Builder
	for _, operation := range slices.Sorted(maps.Keys(recorded.actions)) {
		fmt.Fprintf(&lines, "%s\t%s\n", operation,
			strings.Join(slices.Sorted(maps.Keys(recorded.actions[operation])), " "))
	}
	return lines.String()
}

// calls returns the calls of the last apply or destroy, in their order. What has been refused is in them too.
func (d *deployment) calls() []localaws.Call {
	d.t.Helper()
	return d.server.Calls()[d.callsBefore:]
}

// wantOrder fails where the last apply or destroy did not make one call before another. Both are given by service and
// operation, "elbv2 CreateListener", and must be there.
func (d *deployment) wantOrder(first, second string) {
	d.t.Helper()
	at := func(name string, last bool) int {
		found := -1
		for i, c := range d.calls() {
			if c.Service+" "+c.Operation == name && (last || found < 0) {
				found = i
			}
		}
		if found < 0 {
			d.t.Fatalf("no call of %s", name)
		}
		return found
	}
	if at(first, true) > at(second, false) {
		d.t.Errorf("%s came after %s", first, second)
	}
}
