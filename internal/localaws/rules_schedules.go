package localaws

import (
	"errors"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	schedulertypes "github.com/aws/aws-sdk-go-v2/service/scheduler/types"

	"webapp/internal/cron"
	"webapp/internal/iampolicy"
)

// notForScheduler are AWS's words, upon which Terraform's AWS provider tries again (internal/service/scheduler,
// schedule.go).
const notForScheduler = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."

func scheduleRules() map[string]rule {
	return map[string]rule{
		"scheduler CreateSchedule":      newSchedule,
		"scheduler UpdateSchedule":      newSchedule,
		"scheduler CreateScheduleGroup": newScheduleGroup,
	}
}

// newSchedule: moto takes any expression and any role, and breaks where there is no such group.
// Source: EventBridge Scheduler API, CreateSchedule.
func newSchedule(a *account, input object) (*refusal, error) {
	group := orElse(text(input, "GroupName"), "default")
	switch exists, err := a.hasScheduleGroup(group); {
	case err != nil:
		return nil, err
	case !exists:
		return &refusal{"ResourceNotFoundException", "Schedule group " + group + " does not exist."}, nil
	}
	expression := text(input, "ScheduleExpression")
	if kind, inner, ok := strings.Cut(strings.TrimSuffix(expression, ")"), "("); !ok || !validSchedule(kind, inner) {
		return &refusal{"ValidationException", "Invalid Schedule Expression " + expression + "."}, nil
	}
	return a.assumedByScheduler(text(inner(input, "Target"), "RoleArn"), group)
}

func validSchedule(kind, inner string) (valid bool) {
	var err error
	switch kind {
	case "cron":
		_, err = cron.Parse(inner)
	case "rate":
		_, err = cron.ParseRate(inner)
	default:
		return kind == "at"
	}
	return err == nil
}

// newScheduleGroup: moto would forget the schedules of a group that it creates again.
func newScheduleGroup(a *account, input object) (*refusal, error) {
	name := text(input, "Name")
	exists, err := a.hasScheduleGroup(name)
	if err != nil || !exists {
		return nil, err
	}
	return &refusal{"ConflictException", "Schedule group " + name + " already exists."}, nil
}

func (a *account) hasScheduleGroup(name string) (bool, error) {
	_, err := scheduler.NewFromConfig(a.cfg).GetScheduleGroup(a.ctx, &scheduler.GetScheduleGroupInput{Name: &name})
	if _, missing := errors.AsType[*schedulertypes.ResourceNotFoundException](err); missing {
		return false, nil
	}
	return err == nil, err
}

// assumedByScheduler refuses a role that EventBridge Scheduler may not take on for the schedules of a group.
// Source: EventBridge Scheduler user guide, "Confused deputy prevention".
func (a *account) assumedByScheduler(arn, group string) (*refusal, error) {
	refused := &refusal{"ValidationException", notForScheduler}
	name := arn[strings.LastIndex(arn, "/")+1:]
	role, err := iam.NewFromConfig(a.cfg).GetRole(a.ctx, &iam.GetRoleInput{RoleName: &name})
	if _, missing := errors.AsType[*iamtypes.NoSuchEntityException](err); missing {
		return refused, nil
	}
	if err != nil {
		return nil, err
	}
	document, err := url.PathUnescape(aws.ToString(role.Role.AssumeRolePolicyDocument))
	if err != nil {
		return nil, err
	}
	trust, err := iampolicy.Parse(document)
	if err != nil {
		return nil, err
	}
	parts := strings.SplitN(arn, ":", 6) // arn:PARTITION:iam::ACCOUNT:role/NAME
	source := strings.Join([]string{"arn", parts[1], "scheduler", a.cfg.Region, parts[4], "schedule-group/" + group}, ":")
	allowed := trust.Decide(iampolicy.Request{
		Action: "sts:AssumeRole", Resource: arn, Principal: iampolicy.Principal{Service: "scheduler.amazonaws.com"},
		Context: map[string][]string{"aws:SourceAccount": {parts[4]}, "aws:SourceArn": {source}},
	}).Allowed
	if !allowed {
		return refused, nil
	}
	return nil, nil
}
