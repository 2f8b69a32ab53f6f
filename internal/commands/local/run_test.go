package local

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/google/go-cmp/cmp"

	"webapp/internal/localaws"
	"webapp/internal/oneoff"
)

// siteSettings are the settings of what runs on the site.
const siteSettings = `name: site
container: {name: web, image: "web:1", ports: [80]}
service: {name: web}
services:
  worker:
    worker: true
    container: {name: worker, image: "worker:1"}
    service: {name: worker}
`

// oneTask is `webapp run` on the site. It reaches the local AWS by the environment, as it would reach AWS.
func (s *site) oneTask(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	command := exec.CommandContext(t.Context(), built, append([]string{"run"}, args...)...)
	command.Dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(command.Dir, "webapp.yaml"), []byte(siteSettings), 0o600); err != nil {
		t.Fatal(err)
	}
	variables := localaws.Environment(*s.cfg.BaseEndpoint)
	command.Env = os.Environ()
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		command.Env = append(command.Env, name+"="+variables[name])
	}
	return command
}

// ran is what a command has left.
type ran struct {
	Code   int
	Out    string
	Status []string
}

// runOnce runs a command to its end. The ids of tasks are written as TASK.
func runOnce(command *exec.Cmd) ran {
	var out, status bytes.Buffer
	command.Stdout, command.Stderr = &out, &status
	_ = command.Run() // the exit code says it
	return ran{command.ProcessState.ExitCode(), out.String(), linesOf(status.String())}
}

func linesOf(text string) (lines []string) {
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		for i, word := range words {
			if isID(strings.TrimSuffix(word, ":")) {
				words[i] = "TASK"
			}
		}
		line = strings.Join(words, " ")
		if !strings.HasPrefix(line, "Task TASK is ") { // which states one sees is chance, but for the last one
			lines = append(lines, line)
		}
	}
	return lines
}

func isID(word string) bool {
	return (len(word) == 8 || len(word) == 32) && strings.Trim(word, "0123456789abcdef") == ""
}

func TestRunFollowsATaskAndExitsWithItsCode(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	const exited = "Essential container in task exited (EssentialContainerExited)"
	for name, tc := range map[string]struct {
		args []string
		want ran
	}{
		"a command that succeeds": {
			[]string{"--", "echo", "migrated"},
			ran{0, "migrated\n", []string{"Task TASK of web:1: echo migrated", "Task TASK has ended: " + exited}},
		},
		"a line of the shell that fails": {
			[]string{"site", "--command", "echo half; exit 3"},
			ran{3, "half\n", []string{"Task TASK of web:1: sh -c echo half; exit 3",
				"the container web of the task TASK ended with exit code 3: " + exited}},
		},
		"a variable": {
			[]string{"--env", "STANDIN_EXIT=4", "--", "true"},
			ran{4, "exiting with code 4, as STANDIN_EXIT says\n", []string{"Task TASK of web:1: true",
				"the container web of the task TASK ended with exit code 4: " + exited}},
		},
		"another service, which has no log": {
			[]string{"worker", "--", "false"},
			ran{1, "", []string{"Task TASK of worker:1: false",
				"Task TASK does not log to CloudWatch Logs; its output is not shown",
				"the container worker of the task TASK ended with exit code 1: " + exited}},
		},
		"a time that is over": {
			[]string{"--timeout", "1s", "--", "sleep", "600"},
			ran{124, "", []string{"Task TASK of web:1: sleep 600", "the task TASK was stopped: it has not ended within 1s"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, runOnce(s.oneTask(t, tc.args...))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestRunRefusesWhatIsNotThere(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	for name, tc := range map[string]struct {
		args []string
		want []string
	}{
		"a service that the settings do not have": {
			[]string{"admin"}, []string{`webapp.yaml has no service or job "admin"; it has: site, worker`},
		},
		"a service that is not deployed": {
			[]string{"--ecs-service", "shop"}, []string{"the cluster site has no service shop",
				"Is the stack site deployed, with these settings? With --cluster and --ecs-service you can name what has " +
					"another name"},
		},
		"a container that the task definition does not have": {
			[]string{"--container", "app"}, []string{`the task definition web:1 has no container "app"; it has: web`},
		},
		"two commands": {
			[]string{"--command", "true", "--", "true"},
			[]string{"there are two commands, that of --command and that after --; leave one out"},
		},
		"a command without the hyphens": {
			[]string{"worker", "true"},
			[]string{`unexpected argument "true"; write the command after --; see webapp run --help`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(ran{1, "", tc.want}, runOnce(s.oneTask(t, tc.args...))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestRunShowsWhyATaskDoesNotStart in AWS's words, with what the local AWS knows.
func TestRunShowsWhyATaskDoesNotStart(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	tasks := ecs.NewFromConfig(s.cfg)
	registered, err := tasks.RegisterTaskDefinition(t.Context(), &ecs.RegisterTaskDefinitionInput{
		Family: aws.String("no-role"), Cpu: aws.String("256"), Memory: aws.String("512"),
		NetworkMode: ecstypes.NetworkModeAwsvpc, TaskRoleArn: aws.String("arn:aws:iam::123456789012:role/none"),
		ContainerDefinitions: []ecstypes.ContainerDefinition{{Name: aws.String("web"), Image: aws.String("web")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	services, err := tasks.DescribeServices(t.Context(), &ecs.DescribeServicesInput{Cluster: aws.String("site"),
		Services: []string{"worker"}})
	if err != nil {
		t.Fatal(err)
	}
	network := services.Services[0].NetworkConfiguration.AwsvpcConfiguration
	request, err := json.Marshal(oneoff.Task{Cluster: "site", Container: "web", Command: []string{"true"},
		TaskDefinition: *registered.TaskDefinition.TaskDefinitionArn, AssignPublicIP: true,
		Subnets: network.Subnets, SecurityGroups: network.SecurityGroups})
	if err != nil {
		t.Fatal(err)
	}
	got := runOnce(s.oneTask(t, "--request", string(request)))
	want := ran{1, "", []string{"Task TASK of no-role:1: true",
		"Task TASK does not log to CloudWatch Logs; its output is not shown",
		"the container web of the task TASK did not run: ECS was unable to assume the role " +
			"'arn:aws:iam::123456789012:role/none' that was provided for this task. Please verify that the role being " +
			"passed has the proper trust relationship and permissions and that your IAM user has permissions to pass " +
			"this role. (TaskFailedToStart)",
		"The role arn:aws:iam::123456789012:role/none does not exist."}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestARequestWaitsForAnEarlierOne, which was left when its apply was interrupted.
func TestARequestWaitsForAnEarlierOne(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	tasks := ecs.NewFromConfig(s.cfg)
	services, err := tasks.DescribeServices(t.Context(), &ecs.DescribeServicesInput{Cluster: aws.String("site"),
		Services: []string{"web"}})
	if err != nil {
		t.Fatal(err)
	}
	web := services.Services[0]
	earlier, err := tasks.RunTask(t.Context(), &ecs.RunTaskInput{Cluster: aws.String("site"),
		TaskDefinition: web.TaskDefinition, LaunchType: ecstypes.LaunchTypeFargate, StartedBy: aws.String("release"),
		NetworkConfiguration: web.NetworkConfiguration, Overrides: &ecstypes.TaskOverride{
			ContainerOverrides: []ecstypes.ContainerOverride{{Name: aws.String("web"), Command: []string{"sleep", "2"}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	network := web.NetworkConfiguration.AwsvpcConfiguration
	request, err := json.Marshal(oneoff.Task{Cluster: "site", Container: "web", Command: []string{"echo", "migrated"},
		TaskDefinition: *web.TaskDefinition, AssignPublicIP: true, Subnets: network.Subnets,
		SecurityGroups: network.SecurityGroups, StartedBy: "release"})
	if err != nil {
		t.Fatal(err)
	}
	got := runOnce(s.oneTask(t, "--request", string(request)))
	want := ran{0, "migrated\n", []string{"Task TASK of web, which was started before, still runs; waiting for its end",
		"Task TASK of web:1: echo migrated",
		"Task TASK has ended: Essential container in task exited (EssentialContainerExited)"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	ended, err := tasks.DescribeTasks(t.Context(), &ecs.DescribeTasksInput{Cluster: aws.String("site"),
		Tasks: []string{*earlier.Tasks[0].TaskArn}})
	if err != nil || aws.ToString(ended.Tasks[0].LastStatus) != "STOPPED" {
		t.Errorf("the earlier task has not ended: %v %v", ended, err)
	}
}

func TestRunStopsTheTaskAtCtrlC(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	command := s.oneTask(t, "--", "sleep", "600")
	status, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	var seen strings.Builder
	buffer := make([]byte, 1024)
	for !strings.Contains(seen.String(), "is RUNNING") {
		n, err := status.Read(buffer)
		if err != nil {
			t.Fatalf("%v after %s", err, seen.String())
		}
		seen.Write(buffer[:n])
	}
	if err := command.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(status)
	if err != nil {
		t.Fatal(err)
	}
	_ = command.Wait() // the exit code says it
	got := ran{Code: command.ProcessState.ExitCode(), Status: linesOf(string(rest))}
	if diff := cmp.Diff(ran{130, "", []string{"the task TASK was stopped: it was interrupted"}}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
