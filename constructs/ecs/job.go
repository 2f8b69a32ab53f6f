package ecs

import (
	"slices"
	"strconv"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrole"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/iamrolepolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/schedulerschedule"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/schedulerschedulegroup"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/constructs/account"
	"webapp/constructs/network"
	"webapp/internal/iam"
	"webapp/settings"
)

// Job is a task that runs to its end, with the schedule that starts it.
type Job struct {
	settings settings.NamedJob
	cluster  *Cluster
	task     *Task
	group    *network.SecurityGroup
	rules    []cdktf.ITerraformDependable // what the task may connect to
	subnets  network.Subnets
	starts   schedulerschedule.SchedulerSchedule // nil for a job that is started by hand
}

// JobProps are the properties of a Job.
type JobProps struct {
	// Settings are the job's part of the settings.
	Settings settings.NamedJob
	Account  *account.Account
	Cluster  *Cluster
	// Namespace has the services that the job may call by their names. Default: none.
	Namespace *Namespace
	// Environment are variables of the main container besides those of the settings. Default: none.
	Environment map[string]string
}

// NewJob creates a task definition and what its tasks need to run without a service:
//
//	schedule → role → run the newest revision of the task definition in the cluster, outside of a service
//
// Nothing can connect to the tasks.
func NewJob(scope constructs.Construct, id string, props JobProps) *Job {
	outer := scope
	scope = constructs.NewConstruct(scope, &id)
	s, vpc := props.Settings, props.Cluster.VPC()
	group := network.NewSecurityGroup(scope, "security-group", network.SecurityGroupProps{
		VPC: vpc, Name: s.Name + "-job", Description: "Tasks of " + s.Name,
	})
	vpc.AllowEgress(group, s.UsesEFS())
	job := &Job{
		settings: s, cluster: props.Cluster, group: group, rules: group.Rules(), subnets: vpc.PrivateSubnets(),
	}
	if props.Namespace != nil {
		job.rules = slices.Concat(job.rules, props.Namespace.admit(s.Key, group))
	}
	if s.Service.AssignPublicIP {
		job.subnets = vpc.PublicSubnets()
	}
	job.task = NewTask(outer, "task", TaskProps{
		Workload: s.NamedWorkload, Account: props.Account, Environment: props.Environment, Tags: job.network(),
	})
	if s.Schedule != nil {
		job.schedule(scope, props.Account)
	}
	return job
}

func (j *Job) groups() []string {
	return append([]string{j.group.ID()}, j.settings.Service.SecurityGroups...)
}

// network returns the tags of the task definition that say where the task runs. Whoever starts a job by hand reads
// them: without a schedule, nothing else in AWS holds the job's network.
func (j *Job) network() map[string]string {
	return map[string]string{
		settings.SubnetsTag:        j.subnets.Text(),
		settings.SecurityGroupsTag: strings.Join(j.groups(), " "),
		settings.PublicIPTag:       strconv.FormatBool(j.settings.Service.AssignPublicIP),
	}
}

// schedule creates the schedule. It has a group of its own, because the metrics of EventBridge Scheduler have no other
// dimension.
// Source: EventBridge Scheduler user guide, "Monitoring Amazon EventBridge Scheduler with Amazon CloudWatch".
func (j *Job) schedule(scope constructs.Construct, account *account.Account) {
	s := j.settings
	name := s.ScheduleName()
	group := schedulerschedulegroup.NewSchedulerScheduleGroup(scope, jsii.String("schedule-group"),
		&schedulerschedulegroup.SchedulerScheduleGroupConfig{Name: &name})
	role, permission := j.newSchedulerRole(scope, account, *group.Arn())
	needs := slices.Concat(j.task.Permissions(), j.rules, j.subnets.Routes())
	needs = append(needs, permission, j.cluster.capacityProviders())
	provider := onDemand
	if s.Spot {
		provider = spot
	}
	config := &schedulerschedule.SchedulerScheduleConfig{
		Name:                       &name,
		GroupName:                  group.Name(),
		Description:                jsii.String("Starts " + s.Name),
		ScheduleExpression:         jsii.String(s.Schedule.Expression()),
		ScheduleExpressionTimezone: &s.Schedule.TimeZone,
		FlexibleTimeWindow:         &schedulerschedule.SchedulerScheduleFlexibleTimeWindow{Mode: jsii.String("OFF")},
		Target: &schedulerschedule.SchedulerScheduleTarget{
			Arn:     jsii.String(j.cluster.ARN()),
			RoleArn: role.Arn(),
			EcsParameters: &schedulerschedule.SchedulerScheduleTargetEcsParameters{
				TaskDefinitionArn: jsii.String(j.task.ARN()),
				TaskCount:         jsii.Number(1),
				CapacityProviderStrategy: []*schedulerschedule.SchedulerScheduleTargetEcsParametersCapacityProviderStrategy{
					{CapacityProvider: &provider, Weight: jsii.Number(1), Base: jsii.Number(0)},
				},
				EnableEcsManagedTags: true,
				PropagateTags:        jsii.String("TASK_DEFINITION"),
				NetworkConfiguration: &schedulerschedule.SchedulerScheduleTargetEcsParametersNetworkConfiguration{
					Subnets:        jsii.Strings(j.subnets.IDs()...),
					SecurityGroups: jsii.Strings(j.groups()...),
					AssignPublicIp: s.Service.AssignPublicIP,
				},
			},
			RetryPolicy: &schedulerschedule.SchedulerScheduleTargetRetryPolicy{
				MaximumRetryAttempts:     jsii.Number(s.Schedule.Retries),
				MaximumEventAgeInSeconds: jsii.Number(s.Schedule.StartWithin.Seconds()),
			},
		},
		DependsOn: &needs,
		Lifecycle: &cdktf.TerraformResourceLifecycle{Precondition: j.subnets.ForTasks()},
	}
	j.starts = schedulerschedule.NewSchedulerSchedule(scope, jsii.String("schedule"), config)
}

// AwaitRelease has the schedule move to a new version after a service's command before a release, if it has one.
func (j *Job) AwaitRelease(service *Service) {
	if service.release != nil && j.starts != nil {
		addDependency(j.starts, service.release)
	}
}

// newSchedulerRole creates the role with which EventBridge Scheduler starts the task: any revision of this task
// definition, since Terraform moves the schedule to a new one, in this cluster, with these two roles.
// Sources: EventBridge Scheduler user guide, "Set up the execution role" and "Confused deputy prevention", according to
// which the source is the schedule group; ECS developer guide, "Grant permission to tag resources on creation".
func (j *Job) newSchedulerRole(
	scope constructs.Construct, account *account.Account, groupARN string,
) (iamrole.IamRole, cdktf.ITerraformDependable) {
	role := newRole(scope, "scheduler", j.settings.NamedWorkload, "Lets EventBridge Scheduler start "+j.settings.Name,
		iam.Trust("scheduler.amazonaws.com", iam.Condition{
			"StringEquals": {"aws:SourceAccount": {account.ID}},
			"ArnEquals":    {"aws:SourceArn": {groupARN}},
		}))
	policy := iamrolepolicy.NewIamRolePolicy(scope, jsii.String("scheduler-policy"), &iamrolepolicy.IamRolePolicyConfig{
		Name: jsii.String("run-the-job"), Role: role.Id(), Policy: iam.Policy(
			iam.Statement{
				Action:    []string{"ecs:RunTask"},
				Resource:  []string{account.ARN("ecs", "task-definition/"+j.settings.Task.Family+":*")},
				Condition: iam.Condition{"ArnEquals": {"ecs:cluster": {j.cluster.ARN()}}},
			},
			iam.Statement{
				Action:    []string{"ecs:TagResource"},
				Resource:  []string{account.ARN("ecs", "task/"+j.cluster.Name()+"/*")},
				Condition: iam.Condition{"StringEquals": {"ecs:CreateAction": {"RunTask"}}},
			},
			iam.Statement{
				Action:    []string{"iam:PassRole"},
				Resource:  j.task.roles,
				Condition: iam.Condition{"StringEquals": {"iam:PassedToService": {ecsTasks}}},
			},
		),
	})
	return role, policy
}

// Task returns the task definition that the job runs.
func (j *Job) Task() *Task { return j.task }

// Cluster returns the cluster that the job runs in.
func (j *Job) Cluster() *Cluster { return j.cluster }
