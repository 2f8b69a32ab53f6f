package localaws

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

// runInput asks for a task of a definition, with another command where one is given.
func (s *liveSite) runInput(definition string, command ...string) *ecs.RunTaskInput {
	in := &ecs.RunTaskInput{
		Cluster: aws.String("web"), TaskDefinition: &definition, LaunchType: ecstypes.LaunchTypeFargate,
		NetworkConfiguration: s.serviceInput("", "").NetworkConfiguration,
	}
	if len(command) > 0 {
		in.Overrides = &ecstypes.TaskOverride{ContainerOverrides: []ecstypes.ContainerOverride{{
			Name: aws.String("web"), Command: command,
		}}}
	}
	return in
}

func (s *liveSite) run(in *ecs.RunTaskInput) []ecstypes.Task {
	s.t.Helper()
	out := try(s.ecs.RunTask(s.t.Context(), in))(s.t)
	if len(out.Failures) > 0 {
		s.t.Fatalf("failures: %+v", out.Failures)
	}
	return out.Tasks
}

// stopped waits until tasks have stopped.
func (s *liveSite) stopped(tasks []ecstypes.Task) []ecstypes.Task {
	s.t.Helper()
	in := &ecs.DescribeTasksInput{Cluster: aws.String("web")}
	for _, task := range tasks {
		in.Tasks = append(in.Tasks, *task.TaskArn)
	}
	waiter := ecs.NewTasksStoppedWaiter(s.ecs, func(o *ecs.TasksStoppedWaiterOptions) {
		o.MinDelay, o.MaxDelay = 20*time.Millisecond, 100*time.Millisecond
	})
	return try(waiter.WaitForOutput(s.t.Context(), in, time.Minute))(s.t).Tasks
}

func (s *liveSite) logs(stream string) (lines []string) {
	s.t.Helper()
	for _, e := range try(cloudwatchlogs.NewFromConfig(s.cfg).GetLogEvents(s.t.Context(),
		&cloudwatchlogs.GetLogEventsInput{
			LogGroupName: aws.String("web"), LogStreamName: &stream, StartFromHead: aws.Bool(true),
		}))(s.t).Events {
		lines = append(lines, *e.Message)
	}
	return lines
}

// ended is how a task has ended.
type ended struct {
	Code   ecstypes.TaskStopCode
	Reason string
	Exit   *int32
}

func howEnded(task ecstypes.Task) ended {
	e := ended{Code: task.StopCode, Reason: aws.ToString(task.StoppedReason)}
	for _, c := range task.Containers {
		if aws.ToString(c.Name) == "web" {
			e.Exit = c.ExitCode
		}
	}
	return e
}

func id(task ecstypes.Task) string { return (*task.TaskArn)[strings.LastIndex(*task.TaskArn, "/")+1:] }

const exited = "Essential container in task exited"

func TestATaskWithoutAServiceRuns(t *testing.T) {
	t.Parallel()
	s := startStandIns(t)
	in := s.runInput("v1", "sh", "-c", "echo migrating; exit 3")
	in.Count, in.StartedBy, in.Group = aws.Int32(2), aws.String("release"), aws.String("migrations")
	in.Tags = []ecstypes.Tag{{Key: aws.String("Team"), Value: aws.String("shop")}}
	in.Overrides.Cpu, in.Overrides.Memory = aws.String("512"), aws.String("1024")
	started := s.run(in)
	if len(started) != 2 {
		t.Fatalf("got %d tasks, want 2", len(started))
	}
	for _, task := range s.stopped(started) {
		want := ended{ecstypes.TaskStopCodeEssentialContainerExited, exited, aws.Int32(3)}
		if diff := cmp.Diff(want, howEnded(task)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"migrating"}, s.logs("web/web/"+id(task))); diff != "" {
			t.Errorf("the log when the task has stopped (-want +got):\n%s", diff)
		}
		got := []string{*task.LastStatus, *task.Group, *task.StartedBy, *task.Cpu, *task.Memory,
			*task.Tags[0].Value, string(task.LaunchType),
			strings.Join(task.Overrides.ContainerOverrides[0].Command, " ")}
		wanted := []string{"STOPPED", "migrations", "release", "512", "1024", "shop", "FARGATE",
			"sh -c echo migrating; exit 3"}
		if diff := cmp.Diff(wanted, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestTasksWithoutAServiceAreListed(t *testing.T) {
	t.Parallel()
	s := startStandIns(t)
	in := s.runInput("v2", "sleep", "600")
	in.StartedBy = aws.String("console")
	task := s.run(in)[0]
	if got := aws.ToString(task.Group); got != "family:v2" {
		t.Errorf("got the group %s, want family:v2", got)
	}
	for name, filter := range map[string]*ecs.ListTasksInput{
		"by who started it": {StartedBy: aws.String("console")},
		"by its family":     {Family: aws.String("v2")},
	} {
		filter.Cluster = aws.String("web")
		got := try(s.ecs.ListTasks(t.Context(), filter))(t).TaskArns
		if diff := cmp.Diff([]string{*task.TaskArn}, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	ofService := try(s.ecs.ListTasks(t.Context(), &ecs.ListTasksInput{
		Cluster: aws.String("web"), ServiceName: aws.String("web"),
	}))(t).TaskArns
	if slices.Contains(ofService, *task.TaskArn) {
		t.Error("it is listed among the tasks of a service")
	}
}

// TestAnActiveTaskKeepsWhatItUses: its cluster and security group cannot be deleted before it has stopped.
func TestAnActiveTaskKeepsWhatItUses(t *testing.T) {
	t.Parallel()
	s := startStandIns(t)
	try(s.ecs.CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: aws.String("jobs")}))(t)
	group := s.createGroup(s.vpc, "jobs")
	in := s.runInput("v1", "sleep", "600")
	in.Cluster, in.NetworkConfiguration.AwsvpcConfiguration.SecurityGroups = aws.String("jobs"), []string{group}
	task := s.run(in)[0]

	_, err := s.ecs.DeleteCluster(t.Context(), &ecs.DeleteClusterInput{Cluster: aws.String("jobs")})
	wantRefusal(t, err, "ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.")
	_, err = s.ec2.DeleteSecurityGroup(t.Context(), &ec2.DeleteSecurityGroupInput{GroupId: &group})
	wantRefusal(t, err, "DependencyViolation", "resource "+group+" has a dependent object")

	stop := &ecs.StopTaskInput{Cluster: aws.String("jobs"), Task: task.TaskArn, Reason: aws.String("no more")}
	try(s.ecs.StopTask(t.Context(), stop))(t)
	got := howEnded(s.stopped([]ecstypes.Task{task})[0])
	got.Exit = nil // none where it had not started yet
	if diff := cmp.Diff(ended{ecstypes.TaskStopCodeUserInitiated, "no more", nil}, got); diff != "" {
		t.Error(diff)
	}
	try(s.ec2.DeleteSecurityGroup(t.Context(), &ec2.DeleteSecurityGroupInput{GroupId: &group}))(t)
	try(s.ecs.DeleteCluster(t.Context(), &ecs.DeleteClusterInput{Cluster: aws.String("jobs")}))(t)
}

// TestATaskWithoutAServiceThatCannotStart: nothing tries again, and AWS's words say why.
func TestATaskWithoutAServiceThatCannotStart(t *testing.T) {
	t.Parallel()
	s := startStandIns(t)
	role := s.createRole("nothing", trustOfTasks, mayDo("secretsmanager:GetSecretValue"))
	for name, tc := range map[string]struct {
		in   func() *ecs.RunTaskInput
		want string
	}{
		"a secret without the key": {
			in:   func() *ecs.RunTaskInput { return s.runInput("lost", "true") },
			want: noASM + "retrieved secret from Secrets Manager did not contain json key no-such-key",
		},
		"the role of the override": {
			in: func() *ecs.RunTaskInput {
				in := s.runInput("v1", "true")
				in.Overrides.ExecutionRoleArn = &role
				return in
			},
			want: noASM + "failed to fetch secret " + secretARN + " from secrets manager: " +
				denied("Secrets Manager", "GetSecretValue", "nothing",
					"secretsmanager:GetSecretValue", secretARN),
		},
	} {
		t.Run(name, func(t *testing.T) {
			task := s.stopped(s.run(tc.in()))[0]
			got := howEnded(task)
			got.Reason = withoutIDs(got.Reason)
			if diff := cmp.Diff(ended{ecstypes.TaskStopCodeTaskFailedToStart, tc.want, nil}, got); diff != "" {
				t.Error(diff)
			}
			if s.hint(*task.TaskArn) == "" {
				t.Error("there is no hint")
			}
		})
	}
}

func TestEnvironmentOfATaskWithoutAService(t *testing.T) {
	t.Parallel()
	s := startStandIns(t)
	in := s.runInput("v1", "true")
	in.Overrides.ContainerOverrides[0].Environment = []ecstypes.KeyValuePair{{
		Name: aws.String("STANDIN_EXIT"), Value: aws.String("7"),
	}}
	task := s.stopped(s.run(in))[0]
	want := ended{ecstypes.TaskStopCodeEssentialContainerExited, exited, aws.Int32(7)}
	if diff := cmp.Diff(want, howEnded(task)); diff != "" {
		t.Error(diff)
	}
}

func TestWhatRunTaskRefuses(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	s.define("old", s.secret+":password::")
	try(s.ecs.DeregisterTaskDefinition(t.Context(), &ecs.DeregisterTaskDefinitionInput{
		TaskDefinition: aws.String("old:1"),
	}))(t)
	for name, tc := range map[string]struct {
		change        func(*ecs.RunTaskInput)
		code, message string
	}{
		"no such cluster": {
			func(in *ecs.RunTaskInput) { in.Cluster = aws.String("none") },
			"ClusterNotFoundException", "Cluster not found.",
		},
		"no such task definition": {
			func(in *ecs.RunTaskInput) { in.TaskDefinition = aws.String("none") },
			"ClientException", "TaskDefinition not found.",
		},
		"an inactive task definition": {
			func(in *ecs.RunTaskInput) { in.TaskDefinition = aws.String("old:1") },
			"InvalidParameterException", "TaskDefinition is inactive",
		},
		"no network": {
			func(in *ecs.RunTaskInput) { in.NetworkConfiguration = nil },
			"InvalidParameterException",
			"Network Configuration must be provided when networkMode 'awsvpc' is specified.",
		},
		"no such container": {
			func(in *ecs.RunTaskInput) { in.Overrides.ContainerOverrides[0].Name = aws.String("app") },
			"InvalidParameterException", "Override for container named app is not a container in the TaskDefinition.",
		},
		"nowhere to run": {
			func(in *ecs.RunTaskInput) { in.LaunchType = "" },
			"InvalidParameterException", "No Container Instances were found in your cluster.",
		},
		"a capacity provider that the cluster does not have": {
			func(in *ecs.RunTaskInput) {
				in.LaunchType = ""
				in.CapacityProviderStrategy = []ecstypes.CapacityProviderStrategyItem{{
					CapacityProvider: aws.String("FARGATE_SPOT"), Weight: 1,
				}}
			},
			"InvalidParameterException", "The specified capacity provider strategy cannot contain a capacity provider " +
				"that is not associated with the cluster. Associate the capacity provider with the cluster and try again.",
		},
	} {
		in := s.runInput("v1", "true")
		tc.change(in)
		_, err := s.ecs.RunTask(t.Context(), in)
		t.Run(name, func(t *testing.T) { wantRefusal(t, err, tc.code, tc.message) })
	}
}

func TestATaskTakesTheCapacityProviderOfItsCluster(t *testing.T) {
	t.Parallel()
	s := startStandIns(t)
	try(s.ecs.PutClusterCapacityProviders(t.Context(), &ecs.PutClusterCapacityProvidersInput{
		Cluster: aws.String("web"), CapacityProviders: []string{"FARGATE", "FARGATE_SPOT"},
		DefaultCapacityProviderStrategy: []ecstypes.CapacityProviderStrategyItem{
			{CapacityProvider: aws.String("FARGATE"), Weight: 1},
			{CapacityProvider: aws.String("FARGATE_SPOT"), Weight: 4},
		},
	}))(t)
	in := s.runInput("v1", "true")
	in.LaunchType = ""
	if got := aws.ToString(s.run(in)[0].CapacityProviderName); got != "FARGATE_SPOT" {
		t.Errorf("got %q, want FARGATE_SPOT, which has the greater weight", got)
	}
}

func wantRefusal(t *testing.T, err error, code, message string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) {
		t.Errorf("got %v, want %s", err, code)
		return
	}
	if diff := cmp.Diff([]string{code, message}, []string{api.ErrorCode(), api.ErrorMessage()}); diff != "" {
		t.Error(diff)
	}
}

// TestAContainerIsStartedAgain by its restart policy, in the same task. One that ends within the attempt period stays
// ended. A second of AWS takes 10 milliseconds here.
func TestAContainerIsStartedAgain(t *testing.T) {
	t.Parallel()
	s := startStandIns(t)
	run := func(family string, attemptPeriod int32) []ecstypes.Task {
		definition := s.definition(family, "v1", s.secret+":password::")
		definition.ContainerDefinitions[0].RestartPolicy = &ecstypes.ContainerRestartPolicy{
			Enabled: aws.Bool(true), RestartAttemptPeriod: aws.Int32(attemptPeriod),
		}
		try(s.ecs.RegisterTaskDefinition(t.Context(), definition))(t)
		return s.run(s.runInput(family, "sh", "-c", "echo begins; sleep 1; exit 3"))
	}
	again, once := run("again", 60), run("once", 1800)
	s.await("a second start", func(ecstypes.Service) bool {
		return len(try(cloudwatchlogs.NewFromConfig(s.cfg).FilterLogEvents(t.Context(),
			&cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("web"),
				LogStreamNamePrefix: aws.String("web/web/" + id(again[0]))}))(t).Events) > 1
	})
	try(s.ecs.StopTask(t.Context(), &ecs.StopTaskInput{Cluster: aws.String("web"), Task: again[0].TaskArn}))(t)
	if got := howEnded(s.stopped(again)[0]).Code; got != ecstypes.TaskStopCodeUserInitiated {
		t.Errorf("got %s, want %s", got, ecstypes.TaskStopCodeUserInitiated)
	}
	want := ended{ecstypes.TaskStopCodeEssentialContainerExited, exited, aws.Int32(3)}
	if diff := cmp.Diff(want, howEnded(s.stopped(once)[0])); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"begins"}, s.logs("web/web/"+id(once[0]))); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
}
