package localaws

import (
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	schedulertypes "github.com/aws/aws-sdk-go-v2/service/scheduler/types"

	"webapp/internal/cron"
	"webapp/internal/localaws/live"
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
	trusts, err := live.TrustsScheduler(a.ctx, a.cfg, text(inner(input, "Target"), "RoleArn"), group)
	if err != nil || trusts {
		return nil, err
	}
	return &refusal{"ValidationException", notForScheduler}, nil
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
