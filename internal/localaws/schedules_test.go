package localaws

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	schedulertypes "github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"webapp/internal/localaws/live"
	"webapp/internal/localaws/topics"
)

// schedulerPolicy is what the role of a schedule may do, as constructs/ecs makes it.
const schedulerPolicy = `{"Version": "2012-10-17", "Statement": [
	{"Effect": "Allow", "Action": "ecs:RunTask", "Resource": "arn:aws:ecs:eu-west-1:123456789012:task-definition/%s:*",
		"Condition": {"ArnEquals": {"ecs:cluster": "arn:aws:ecs:eu-west-1:123456789012:cluster/web"}}},
	{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*",
		"Condition": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}}]}`

// schedulerRole creates the role of a schedule that may run a family of task definitions.
func (s *liveSite) schedulerRole(family string) *string {
	s.t.Helper()
	role := try(s.iam.CreateRole(s.t.Context(), &iam.CreateRoleInput{
		RoleName: aws.String("scheduler-" + family), AssumeRolePolicyDocument: aws.String(`{"Version": "2012-10-17",
			"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
			"Principal": {"Service": "scheduler.amazonaws.com"}, "Condition": {"ArnEquals": {
			"aws:SourceArn": "arn:aws:scheduler:eu-west-1:123456789012:schedule-group/default"}}}]}`),
	}))(s.t)
	try(s.iam.PutRolePolicy(s.t.Context(), &iam.PutRolePolicyInput{
		RoleName: role.Role.RoleName, PolicyName: aws.String("run"),
		PolicyDocument: aws.String(fmt.Sprintf(schedulerPolicy, family)),
	}))(s.t)
	return role.Role.Arn
}

// schedule creates a schedule of the task definition web.
func (s *liveSite) schedule(name, expression string, role *string, retries int32, input string) {
	s.t.Helper()
	network := s.serviceInput("", "").NetworkConfiguration.AwsvpcConfiguration
	target := &schedulertypes.Target{
		Arn: aws.String("arn:aws:ecs:eu-west-1:123456789012:cluster/web"), RoleArn: role,
		EcsParameters: &schedulertypes.EcsParameters{
			TaskDefinitionArn: s.newest("v1"), LaunchType: schedulertypes.LaunchTypeFargate,
			NetworkConfiguration: &schedulertypes.NetworkConfiguration{
				AwsvpcConfiguration: &schedulertypes.AwsVpcConfiguration{
					Subnets: network.Subnets, SecurityGroups: network.SecurityGroups,
					AssignPublicIp: schedulertypes.AssignPublicIp(network.AssignPublicIp),
				},
			},
		},
		RetryPolicy: &schedulertypes.RetryPolicy{
			MaximumRetryAttempts: &retries, MaximumEventAgeInSeconds: aws.Int32(86400),
		},
	}
	if input != "" {
		target.Input = &input
	}
	try(scheduler.NewFromConfig(s.cfg).CreateSchedule(s.t.Context(), &scheduler.CreateScheduleInput{
		Name: &name, ScheduleExpression: &expression, Target: target,
		FlexibleTimeWindow: &schedulertypes.FlexibleTimeWindow{Mode: schedulertypes.FlexibleTimeWindowModeOff},
	}))(s.t)
}

// newest returns the ARN of the newest revision of a family.
func (s *liveSite) newest(family string) *string {
	s.t.Helper()
	return try(s.ecs.DescribeTaskDefinition(s.t.Context(),
		&ecs.DescribeTaskDefinitionInput{TaskDefinition: &family}))(s.t).TaskDefinition.TaskDefinitionArn
}

// ran waits for the first run of a schedule that has ended.
func (s *liveSite) ran(name string) (found live.Run) {
	s.t.Helper()
	s.eventually("a run of "+name+" that has ended", func() bool {
		for _, run := range s.status().Runs {
			if run.Schedule == name && (strings.Contains(run.State, "exit code") || run.Failed) {
				found = run
				return true
			}
		}
		return false
	})
	return found
}

// testRefusedSchedules: a schedule has a group that exists, a time that comes, and a role for this group.
func testRefusedSchedules(t *testing.T, cfg aws.Config) {
	t.Helper()
	ctx, client, roles := t.Context(), scheduler.NewFromConfig(cfg), iam.NewFromConfig(cfg)
	role := func(name, principal, group string) *string {
		return try(roles.CreateRole(ctx, &iam.CreateRoleInput{RoleName: &name,
			AssumeRolePolicyDocument: aws.String(fmt.Sprintf(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
				"Action": "sts:AssumeRole", "Principal": {"Service": %q}, "Condition": {"ArnEquals": {
				"aws:SourceArn": "arn:aws:scheduler:eu-west-1:123456789012:schedule-group/%s"}}}]}`, principal, group)),
		}))(t).Role.Arn
	}
	create := func(expression string, role *string) error {
		_, err := client.CreateSchedule(ctx, &scheduler.CreateScheduleInput{
			Name: aws.String("report"), GroupName: aws.String("jobs"), ScheduleExpression: &expression,
			FlexibleTimeWindow: &schedulertypes.FlexibleTimeWindow{Mode: schedulertypes.FlexibleTimeWindowModeOff},
			Target: &schedulertypes.Target{
				Arn: aws.String("arn:aws:ecs:eu-west-1:123456789012:cluster/c"), RoleArn: role,
			},
		})
		return err
	}
	right := role("schedules", "scheduler.amazonaws.com", "jobs")
	wantRefused(t, create("rate(1 day)", right), "ResourceNotFoundException",
		"Schedule group jobs does not exist.")
	group := &scheduler.CreateScheduleGroupInput{Name: aws.String("jobs")}
	try(client.CreateScheduleGroup(ctx, group))(t)
	_, err := client.CreateScheduleGroup(ctx, group)
	wantRefused(t, err, "ConflictException", "Schedule group jobs already exists.")
	for _, expression := range []string{"rate(2 day)", "cron(0 3 * * *)", "every(1 day)", "tomorrow"} {
		wantRefused(t, create(expression, right), "ValidationException",
			"Invalid Schedule Expression "+expression+".")
	}
	missing := aws.String("arn:aws:iam::123456789012:role/missing")
	for _, wrong := range []*string{missing, role("tasks", "ecs-tasks.amazonaws.com", "jobs"),
		role("others", "scheduler.amazonaws.com", "others")} {
		wantRefused(t, create("rate(1 day)", wrong), "ValidationException", notForScheduler)
	}
	if err := create("rate(1 day)", right); err != nil {
		t.Error(err)
	}
}

const failing = `{"containerOverrides": [{"name": "web", "command": ["sh", "-c", "exit 3"]}]}`

func TestSchedulesStartTasks(t *testing.T) {
	t.Parallel()
	s := startStandIns(t)
	role := s.schedulerRole("v1")
	s.schedule("now", "rate(1 day)", role, 0,
		`{"containerOverrides": [{"name": "web", "command": ["sh", "-c", "echo done"]}]}`)
	s.schedule("fails", "cron(* * * * ? *)", role, 0, failing)
	for name, want := range map[string]live.Run{
		"now":   {State: "web ended with exit code 0"},
		"fails": {State: "web ended with exit code 3", Failed: true},
	} {
		got := s.ran(name)
		if got.State != want.State || got.Failed != want.Failed {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
		task := try(s.ecs.DescribeTasks(t.Context(), &ecs.DescribeTasksInput{
			Cluster: aws.String("web"), Tasks: []string{got.Task},
		}))(t).Tasks[0]
		if by := aws.ToString(task.StartedBy); by != "chronos-schedule/"+name || *task.Group != "family:v1" {
			t.Errorf("%s is started by %s, in the group %s", name, by, *task.Group)
		}
		if task.LaunchType != ecstypes.LaunchTypeFargate {
			t.Errorf("%s runs on %s", name, task.LaunchType)
		}
	}
}

func TestSchedulesMayOnlyDoWhatTheirRoleMay(t *testing.T) {
	t.Parallel()
	s := startStandIns(t)
	topic := try(sns.NewFromConfig(s.cfg).CreateTopic(t.Context(), &sns.CreateTopicInput{
		Name: aws.String("alarms"),
	}))(t).TopicArn
	try(s.cloudWatch().PutMetricAlarm(t.Context(), &cloudwatch.PutMetricAlarmInput{
		AlarmName: aws.String("missed"), Namespace: aws.String("AWS/Scheduler"),
		MetricName: aws.String("InvocationDroppedCount"), Statistic: cloudwatchtypes.StatisticSum,
		Dimensions: []cloudwatchtypes.Dimension{{Name: aws.String("ScheduleGroup"), Value: aws.String("default")}},
		Period:     aws.Int32(60), EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(1),
		ComparisonOperator: cloudwatchtypes.ComparisonOperatorGreaterThanOrEqualToThreshold,
		AlarmActions:       []string{*topic},
	}))(t)
	s.schedule("other", "rate(1 day)", s.schedulerRole("other"), 2, failing)
	got := s.ran("other")
	if !got.Failed || got.Task != "" || !strings.Contains(got.State, "is not authorized to perform: ecs:RunTask") {
		t.Errorf("got %+v", got)
	}
	for name, want := range map[string]float64{
		"InvocationAttemptCount": 3, "TargetErrorCount": 3, "InvocationDroppedCount": 1,
	} {
		s.eventually(fmt.Sprintf("%s is %v", name, want), func() bool {
			return sum(s.statistics("AWS/Scheduler", name, "Sum", "ScheduleGroup", "default")) == want
		})
	}
	s.eventually("a notification of the alarm", func() bool {
		return slices.ContainsFunc(s.status().Notifications, func(m topics.Message) bool {
			return strings.HasPrefix(m.Subject, `ALARM: "missed"`)
		})
	})
}
