package monitor

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"webapp/internal/awsread"
	"webapp/internal/localaws/alarms"
	"webapp/internal/localaws/topics"
)

// Alarm is how an alarm is.
type Alarm struct {
	Name   string           `json:"name"`
	State  types.StateValue `json:"state"`
	Reason string           `json:"reason"`
	Since  time.Time        `json:"since"`
}

// Alarms returns how the alarms are, in the order of their names.
func (m *Monitor) Alarms() []Alarm {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := []Alarm{}
	for _, a := range m.alarms {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b Alarm) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// Alarmed reports whether there is an alarm of this name in the state ALARM.
func (m *Monitor) Alarmed(name string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.alarms[name].State == types.StateValueAlarm
}

// newAlarm begins the reason of the state that the records give an alarm when it is created or changed.
const newAlarm = "Unchecked: Initial alarm creation"

// evaluate gives every alarm its state after a minute.
func (m *Monitor) evaluate(ctx context.Context, minutes alarms.Minutes) error {
	r := awsread.New(ctx, m.options.Records)
	all := r.Alarms()
	if err := r.Err(); err != nil {
		return err
	}
	m.forget(all)
	var problems []error
	for _, a := range all {
		problems = append(problems, m.evaluateOne(ctx, a, minutes))
	}
	return errors.Join(problems...)
}

// forget forgets the alarms that are gone.
func (m *Monitor) forget(existing []types.MetricAlarm) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name := range m.alarms {
		if !slices.ContainsFunc(existing, func(a types.MetricAlarm) bool { return aws.ToString(a.AlarmName) == name }) {
			delete(m.alarms, name)
		}
	}
}

func (m *Monitor) evaluateOne(ctx context.Context, a types.MetricAlarm, minutes alarms.Minutes) error {
	name, before := aws.ToString(a.AlarmName), m.before(a)
	verdict, err := alarms.Evaluate(a, before, minutes)
	if err != nil {
		verdict = alarms.Verdict{State: types.StateValueInsufficientData, Reason: err.Error()}
	}
	if verdict.State != a.StateValue || strings.HasPrefix(aws.ToString(a.StateReason), newAlarm) {
		_, err := cloudwatch.NewFromConfig(m.options.Records).SetAlarmState(ctx, &cloudwatch.SetAlarmStateInput{
			AlarmName: &name, StateValue: verdict.State, StateReason: &verdict.Reason,
		})
		if err != nil {
			return err
		}
	}
	m.remember(name, verdict)
	if verdict.State == before {
		return nil
	}
	return m.act(ctx, alarms.Change{Alarm: a, From: before, Verdict: verdict, At: minutes.Ended})
}

// act publishes a change to the topics that the alarm names.
func (m *Monitor) act(ctx context.Context, change alarms.Change) error {
	var problems []error
	for _, action := range change.Actions() {
		if topics.IsTopic(action) {
			problems = append(problems,
				m.options.Sent.Publish(ctx, m.options.Records, action, change.Subject(), change.Message()))
		}
	}
	return errors.Join(problems...)
}

// Set is called when a user has set the state of an alarm, by which its actions are tried out. The next minute sets it
// right. Source: CloudWatch API, SetAlarmState.
func (m *Monitor) Set(ctx context.Context, name string, verdict alarms.Verdict) error {
	m.mu.Lock()
	before, known := m.alarms[name]
	m.mu.Unlock()
	if !known {
		before.State = types.StateValueInsufficientData
	}
	m.remember(name, verdict)
	r := awsread.New(ctx, m.options.Records)
	a := r.Alarm(name)
	if a == nil || before.State == verdict.State {
		return r.Err()
	}
	return m.act(ctx, alarms.Change{Alarm: *a, From: before.State, Verdict: verdict, At: time.Now()})
}

// before is the state that an alarm had. A new one has no data. One that was changed keeps its state, which the records
// forget. Source: CloudWatch API, PutMetricAlarm.
func (m *Monitor) before(a types.MetricAlarm) types.StateValue {
	if !strings.HasPrefix(aws.ToString(a.StateReason), newAlarm) {
		return a.StateValue
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if known, ok := m.alarms[aws.ToString(a.AlarmName)]; ok {
		return known.State
	}
	return types.StateValueInsufficientData
}

// remember remembers the state of an alarm, and since when it has it.
func (m *Monitor) remember(name string, verdict alarms.Verdict) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if known, ok := m.alarms[name]; !ok || known.State != verdict.State {
		m.alarms[name] = Alarm{Name: name, State: verdict.State, Reason: verdict.Reason, Since: time.Now()}
	}
}
