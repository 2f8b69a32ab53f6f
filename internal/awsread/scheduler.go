package awsread

import (
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"
)

// HasScheduleGroup reports whether there is a schedule group of a name.
func (r *Reader) HasScheduleGroup(name string) bool {
	_, found := lookUp[*types.ResourceNotFoundException](r, "the schedule group "+name,
		scheduler.NewFromConfig(r.cfg).GetScheduleGroup, &scheduler.GetScheduleGroupInput{Name: &name})
	return found
}

// HasSchedule reports whether a group has a schedule of a name.
func (r *Reader) HasSchedule(group, name string) bool {
	_, found := lookUp[*types.ResourceNotFoundException](r, "the schedule "+name,
		scheduler.NewFromConfig(r.cfg).GetSchedule, &scheduler.GetScheduleInput{GroupName: &group, Name: &name})
	return found
}
