package local

import (
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
)

// tasksOf returns the ids of a service's tasks that serve.
func (s *site) tasksOf(t *testing.T, name string) (ids []string) {
	t.Helper()
	for _, one := range Home(s.folder).knownStatus(t.Context()).Services {
		for _, task := range one.Tasks {
			if one.Name == name && task.Healthy {
				ids = append(ids, task.ID)
			}
		}
	}
	return ids
}

// TestStopShowsHowAServiceHeals. Nothing else stops tasks of web.
func TestStopShowsHowAServiceHeals(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	before := s.tasksOf(t, "web")
	if len(before) != 2 {
		t.Fatalf("web has the healthy tasks %q, want two", before)
	}
	printed, problems, code := s.run(t, "stop", before[0][:12], "--reason", "for a test")
	after := s.tasksOf(t, "web")
	if len(after) != 2 {
		t.Fatalf("exit code %d, and web has the healthy tasks %q\n%s%s", code, after, printed, problems)
	}
	started := after[0]
	if started == before[1] {
		started = after[1]
	}
	const at = `\d\d:\d\d:\d\d  `
	want := regexp.MustCompile(fmt.Sprintf(`^Stopped the task %s of the service web\. Reason: for a test
`+at+`\(service web\) has started 1 tasks: \(task %s\)\.
(?:`+at+`.*
)*The service web has 2 of 2 tasks healthy again, after [0-9.]+m?s\.
$`, before[0], started))
	if code != 0 || problems != "" || !want.MatchString(printed) {
		t.Errorf("exit code %d\n%s%s\nwant %s", code, printed, problems, want)
	}
	described, err := ecs.NewFromConfig(s.cfg).DescribeTasks(t.Context(), &ecs.DescribeTasksInput{
		Cluster: aws.String("site"), Tasks: []string{before[0]}})
	if err != nil {
		t.Fatal(err)
	}
	if got := aws.ToString(described.Tasks[0].StoppedReason); got != "for a test" {
		t.Errorf("the task stopped for %q", got)
	}
}

func TestStopOfWhatIsNotOneTask(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	_, problems, code := s.run(t, "stop", "xyz")
	lines := strings.Split(problems, "\n")
	listed := regexp.MustCompile(`^  [0-9a-f]{32}  [A-Z]+  (web|worker)$`)
	if code != 1 || lines[0] != `the id of no task begins with "xyz"; the tasks are:` || !listed.MatchString(lines[1]) {
		t.Errorf("exit code %d, %s", code, problems)
	}
	_, problems, code = s.run(t, "stop")
	const which = "which task? Write the beginning of its id, as webapp local status shows it; " +
		"see webapp local stop --help\n"
	if code != 1 || problems != which {
		t.Errorf("exit code %d, %s", code, problems)
	}
	_, problems, code = s.run(t, "stop", "task/") // of an ARN; nothing of the id
	lines = strings.Split(problems, "\n")
	several := regexp.MustCompile(`^the ids of \d+ tasks begin with ""; write more of it:$`)
	if code != 1 || !several.MatchString(lines[0]) || !listed.MatchString(lines[1]) {
		t.Errorf("exit code %d, %s", code, problems)
	}
}

// TestCompletionsKnowWhatRuns: shells complete services, containers and tasks.
func TestCompletionsKnowWhatRuns(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	for _, tc := range []struct {
		args []string
		want string
	}{
		{[]string{"logs", ""}, "web\nworker\n:4\n"},
		{[]string{"logs", "web", ""}, ":4\n"},
		{[]string{"logs", "web", "--container", ""}, "web\n:4\n"},
		{[]string{"stop", "a", ""}, ":4\n"},
	} {
		args := append([]string{"__complete", "local", tc.args[0], "--folder", s.folder}, tc.args[1:]...)
		printed, err := exec.CommandContext(t.Context(), built, args...).Output()
		if err != nil || string(printed) != tc.want {
			t.Errorf("%q: %v, %q, want %q", tc.args, err, printed, tc.want)
		}
	}
	isTask := regexp.MustCompile(`^[0-9a-f]{32}\t(web|worker)$`).MatchString
	if ids := Home(s.folder).TaskIDs(t.Context()); len(ids) < 2 || !isTask(ids[0]) {
		t.Errorf("the tasks are completed as %q", ids)
	}
}
