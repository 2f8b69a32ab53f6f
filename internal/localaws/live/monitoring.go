package live

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"webapp/internal/localaws/alarms"
	"webapp/internal/localaws/autoscaling"
	"webapp/internal/localaws/metrics"
	"webapp/internal/localaws/monitor"
	"webapp/internal/localaws/scheduler"
	"webapp/internal/localaws/topics"
)

// monitoring measures what runs, minute by minute, and has alarms and scaling look at it.
type monitoring struct {
	world  *World
	began  time.Time
	meters *meters
	sent   topics.Sent

	mu     sync.Mutex
	places map[place]*monitored
}

// monitored are the CloudWatch and the Application Auto Scaling of a place.
type monitored struct {
	*monitor.Monitor
	scaling *autoscaling.AutoScaling
}

func newMonitoring(w *World) *monitoring {
	return &monitoring{world: w, began: time.Now(), meters: newMeters(w), places: map[place]*monitored{}}
}

// now is the time of AWS: it runs faster than this machine's where a minute is shorter.
func (w *World) now() time.Time {
	began := w.monitoring.began
	passed := float64(time.Since(began)) * float64(time.Second) / float64(w.options.Second)
	return began.Add(time.Duration(passed))
}

func (m *monitoring) minute() time.Duration {
	return cmp.Or(m.world.options.Minute, 60*m.world.options.Second)
}

// ticksInAMinute is how often in a minute the targets are counted, and schedules looked at.
const ticksInAMinute = 6

// run measures until the world ends. Where the machine is too slow, minutes last longer; none is left out.
func (m *monitoring) run() {
	every := time.NewTicker(max(m.minute()/ticksInAMinute, time.Millisecond))
	defer every.Stop()
	for count := 1; ; count++ {
		select {
		case <-m.world.ctx.Done():
			return
		case <-every.C:
		}
		if count%ticksInAMinute == 0 {
			m.endMinute()
		} else {
			m.meters.countHosts()
		}
		for _, one := range m.all() {
			m.report(one.scaling.Tick(m.world.ctx))
		}
		m.report(m.world.schedules.tick())
	}
}

// endMinute ends a minute everywhere.
func (m *monitoring) endMinute() {
	data := m.meters.minute(m.world.ctx)
	for p := range data {
		m.of(p) // a place that has not been seen before
	}
	for p, one := range m.all() {
		minute, err := one.EndMinute(m.world.ctx, data[p])
		m.report(err)
		m.report(one.scaling.Minute(m.world.ctx, minute))
	}
}

// report logs an error, unless it only says that the world is being closed.
func (m *monitoring) report(err error) {
	if err != nil && m.world.ctx.Err() == nil {
		fmt.Println("monitoring:", err)
	}
}

// of returns the monitoring of a place.
func (m *monitoring) of(p place) *monitored {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.places[p] == nil {
		records, store := m.world.config(p), metrics.New()
		m.places[p] = &monitored{
			Monitor: monitor.New(monitor.Options{Records: records, Minute: m.minute(), Store: store, Sent: &m.sent}),
			scaling: autoscaling.New(autoscaling.Options{
				Records: records, Front: m.world.front(p), Services: services{m.world.scheduler}, Metrics: store,
				Began: m.began, Now: m.world.now,
			}),
		}
	}
	return m.places[p]
}

func (m *monitoring) all() map[place]*monitored {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.places)
}

// services are what scales: those of the scheduler.
type services struct{ scheduler *scheduler.Scheduler }

func (s services) Find(cluster, name string) (scheduler.State, bool) {
	for _, state := range s.scheduler.States() {
		if state.Name == name && strings.HasSuffix(state.Cluster, ":cluster/"+cluster) {
			return state, true
		}
	}
	return scheduler.State{}, false
}

func (s services) SetDesired(arn string, tasks int) { s.scheduler.SetDesired(arn, tasks) }

// MetricPut is called when somebody has put values of a metric into an account's and region's records.
func (w *World) MetricPut(account, region string, d metrics.Datum, at time.Time) {
	w.monitoring.of(place{account, region}).Put(d, at)
}

// AlarmSet is called when somebody has set the state of an alarm.
func (w *World) AlarmSet(account, region, alarm string, to alarms.Verdict) {
	w.monitoring.report(w.monitoring.of(place{account, region}).Set(w.ctx, alarm, to))
}

// ScalingChanged is called when something about scaling, or an alarm, has changed in a region. Who has assumed a role
// does not say of which account, so all of them are looked at.
func (w *World) ScalingChanged(region string) {
	for p, one := range w.monitoring.all() {
		if p.region == region {
			w.monitoring.report(one.scaling.Refresh(w.ctx))
		}
	}
}

// ScalingActivities answers DescribeScalingActivities.
func (w *World) ScalingActivities(account, region string, request object) map[string]any {
	return w.monitoring.of(place{account, region}).scaling.Describe(request)
}

// status returns how the alarms of all places are, and what has scaled.
func (m *monitoring) status() (alarms []monitor.Alarm, activities []autoscaling.Activity) {
	alarms, activities = []monitor.Alarm{}, []autoscaling.Activity{}
	for _, one := range m.all() {
		alarms = append(alarms, one.Alarms()...)
		activities = append(activities, one.scaling.Activities()...)
	}
	slices.SortStableFunc(activities, func(a, b autoscaling.Activity) int { return b.Start.Compare(a.Start) })
	return alarms, activities
}
