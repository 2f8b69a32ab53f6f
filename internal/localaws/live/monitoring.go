package live

import (
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"webapp/internal/localaws/alarms"
	"webapp/internal/localaws/metrics"
	"webapp/internal/localaws/monitor"
	"webapp/internal/localaws/topics"
)

// monitoring measures what runs, minute by minute.
type monitoring struct {
	world  *World
	meters *meters
	sent   topics.Sent

	mu       sync.Mutex
	monitors map[place]*monitor.Monitor
}

func newMonitoring(w *World) *monitoring {
	return &monitoring{world: w, meters: newMeters(w), monitors: map[place]*monitor.Monitor{}}
}

func (m *monitoring) minute() time.Duration { return 60 * m.world.options.Second }

// countsInAMinute is how often the targets are counted.
const countsInAMinute = 6

// run measures until the world ends. Where the machine is too slow, minutes last longer; none is left out.
func (m *monitoring) run() {
	every := time.NewTicker(max(m.minute()/countsInAMinute, time.Millisecond))
	defer every.Stop()
	for count := 1; ; count++ {
		select {
		case <-m.world.ctx.Done():
			return
		case <-every.C:
		}
		if count%countsInAMinute == 0 {
			m.endMinute()
		} else {
			m.meters.countHosts()
		}
	}
}

// endMinute ends a minute everywhere.
func (m *monitoring) endMinute() {
	data := m.meters.minute(m.world.ctx)
	for p := range data {
		m.of(p) // a place that has not been seen before
	}
	var problems []error
	for p, one := range m.all() {
		problems = append(problems, one.EndMinute(m.world.ctx, data[p]))
	}
	if err := errors.Join(problems...); err != nil && m.world.ctx.Err() == nil {
		fmt.Println("monitoring:", err) // into the log file
	}
}

// of returns the CloudWatch of a place.
func (m *monitoring) of(p place) *monitor.Monitor {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.monitors[p] == nil {
		m.monitors[p] = monitor.New(monitor.Options{
			Records: m.world.config(p), Minute: m.minute(), Sent: &m.sent,
		})
	}
	return m.monitors[p]
}

func (m *monitoring) all() map[place]*monitor.Monitor {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.monitors)
}

// MetricPut is called when somebody has put values of a metric into an account's and region's records.
func (w *World) MetricPut(account, region string, d metrics.Datum, at time.Time) {
	w.monitoring.of(place{account, region}).Put(d, at)
}

// AlarmSet is called when somebody has set the state of an alarm.
func (w *World) AlarmSet(account, region, alarm string, to alarms.Verdict) {
	if err := w.monitoring.of(place{account, region}).Set(w.ctx, alarm, to); err != nil && w.ctx.Err() == nil {
		fmt.Println("monitoring:", err)
	}
}

// alarms returns how the alarms of all places are.
func (m *monitoring) alarms() []monitor.Alarm {
	all := []monitor.Alarm{}
	for _, one := range m.all() {
		all = append(all, one.Alarms()...)
	}
	return all
}
