package local

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/google/go-cmp/cmp"
)

// write writes a line to the log stream of a task of web, which need not exist.
func (s *site) write(t *testing.T, task, line string, at time.Time) {
	t.Helper()
	client := cloudwatchlogs.NewFromConfig(s.cfg)
	group, stream := "/sites/web", "ecs/web/"+task
	_, _ = client.CreateLogStream(t.Context(), &cloudwatchlogs.CreateLogStreamInput{ // unless there is one
		LogGroupName: &group, LogStreamName: &stream})
	if _, err := client.PutLogEvents(t.Context(), &cloudwatchlogs.PutLogEventsInput{LogGroupName: &group,
		LogStreamName: &stream, LogEvents: []logstypes.InputLogEvent{
			{Message: &line, Timestamp: aws.Int64(at.UnixMilli())}}}); err != nil {
		t.Fatal(err)
	}
}

var logLinePattern = regexp.MustCompile(`^\d\d:\d\d:\d\d\.\d{3}  (\S+) (\S+)  (.*)$`)

// ofTask returns the messages of a task in what logs prints.
func ofTask(t *testing.T, printed, task string) (messages []string) {
	t.Helper()
	for line := range strings.Lines(printed) {
		parts := logLinePattern.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if parts == nil {
			t.Fatalf("not a line of a log: %q", line)
		}
		if parts[2] == task {
			messages = append(messages, parts[1]+" "+parts[3])
		}
	}
	return messages
}

func TestLogsHaveTheLinesOfAllTasksInOrder(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	now := time.Now()
	s.write(t, "0101010101010101", "third", now)
	s.write(t, "0101010101010101", "first", now.Add(-time.Hour))
	s.write(t, "0101010101010101", "second", now.Add(-time.Minute))
	printed, _, code := s.run(t, "logs", "web", "--container", "web")
	want := []string{"web/web first", "web/web second", "web/web third"}
	if diff := cmp.Diff(want, ofTask(t, printed, "01010101")); code != 0 || diff != "" {
		t.Errorf("exit code %d (-want +got):\n%s", code, diff)
	}
	printed, _, code = s.run(t, "logs", "--since", "30m")
	want = want[1:]
	if diff := cmp.Diff(want, ofTask(t, printed, "01010101")); code != 0 || diff != "" {
		t.Errorf("of the last half hour: exit code %d (-want +got):\n%s", code, diff)
	}
}

// TestLogsHaveWhatTheTasksWrite, those that run.
func TestLogsHaveWhatTheTasksWrite(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	follow := s.follow(t, "logs", "site/web", "--follow")
	for range 2 {
		follow.await(`  web/web \S{8}  a stand-in listens on ports \[80\]$`)
	}
}

func TestLogsFollowsUntilItIsInterrupted(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	follow := s.follow(t, "logs", "--follow")
	s.write(t, "0202020202020202", "before", time.Now())
	follow.await(`  web/web 02020202  before$`)
	s.write(t, "0303030303030303", "a late one", time.Now().Add(-5*time.Second))
	follow.await(`  web/web 03030303  a late one$`)
	follow.interrupt(0)
	for _, task := range []string{"02020202", "03030303"} {
		if got := ofTask(t, strings.Join(follow.lines, "\n"), task); len(got) != 1 {
			t.Errorf("task %s: got %q, want each line once", task, got)
		}
	}
}

func TestLogsOfWhatDoesNotExist(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	for _, tc := range []struct {
		args []string
		want string
	}{
		{[]string{"wbe"}, "found no service \"wbe\"; write one of: web, worker\n"},
		{[]string{"web", "--container", "nginx"}, "found no container \"nginx\"; write one of: web\n"},
		{[]string{"worker"}, "no container of worker writes to CloudWatch Logs; give it the log driver awslogs\n"},
		{[]string{"web", "worker"}, "unexpected argument \"worker\"; see webapp local logs --help\n"},
		{[]string{"--since=-1m"}, "--since -1m0s: write a time that is 0 or more, such as 10m\n"},
	} {
		stdout, stderr, code := s.run(t, "logs", tc.args...)
		if stdout != "" || stderr != tc.want || code != 1 {
			t.Errorf("%q: exit code %d, %q %q, want %q", tc.args, code, stdout, stderr, tc.want)
		}
	}
}
