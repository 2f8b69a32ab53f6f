// Package monitor is the CloudWatch of an account and region of the local AWS: once a minute it records what was
// measured, and evaluates the alarms.
package monitor

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"webapp/internal/localaws/alarms"
	"webapp/internal/localaws/metrics"
	"webapp/internal/localaws/topics"
)

// Options say where the records are, and how long a minute lasts.
type Options struct {
	// Records is for clients of the account and region.
	Records aws.Config
	// Minute is how long a minute of AWS lasts.
	Minute time.Duration
	// Store gets the metrics.
	Store *metrics.Store
	// Sent gets what alarms publish.
	Sent *topics.Sent
}

// Monitor is a CloudWatch.
type Monitor struct {
	options Options

	mu     sync.Mutex
	minute int       // the present one
	began  time.Time // the present minute
	alarms map[string]Alarm
}

// New returns a CloudWatch without metrics. Its first minute begins now.
func New(o Options) *Monitor {
	return &Monitor{options: o, began: time.Now(), alarms: map[string]Alarm{}}
}

// Put adds values that a user has put into the records, at the time that they are for.
func (m *Monitor) Put(d metrics.Datum, at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	ago := 0
	if before := m.began.Sub(at); before > 0 {
		ago = int(before/m.options.Minute) + 1
	}
	m.options.Store.Add(m.minute-ago, d)
}

// EndMinute ends the present minute, in which the data was measured, and returns its number.
func (m *Monitor) EndMinute(ctx context.Context, data []metrics.Datum) (int, error) {
	minute, began := m.next()
	for _, d := range data {
		m.options.Store.Add(minute, d)
	}
	return minute, errors.Join(m.record(ctx, began, data), m.evaluate(ctx, alarms.Minutes{
		Store: m.options.Store, Minute: minute, Ended: time.Now(), Lasted: m.options.Minute,
	}))
}

// next begins the next minute, and returns the one that ends.
func (m *Monitor) next() (minute int, began time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	minute, began = m.minute, m.began
	m.minute, m.began = minute+1, time.Now()
	return minute, began
}

// mostData is how many data one call takes. Source: CloudWatch API, PutMetricData.
const mostData = 1000

// record has the records show what was measured in the minute that began at a time.
func (m *Monitor) record(ctx context.Context, at time.Time, data []metrics.Datum) error {
	client := cloudwatch.NewFromConfig(m.options.Records)
	byNamespace := map[string][]types.MetricDatum{}
	for _, d := range data {
		byNamespace[d.Namespace] = append(byNamespace[d.Namespace], datumOf(d, at.UTC()))
	}
	var problems []error
	for namespace, all := range byNamespace {
		for some := range slices.Chunk(all, mostData) {
			_, err := client.PutMetricData(ctx, &cloudwatch.PutMetricDataInput{Namespace: &namespace, MetricData: some})
			problems = append(problems, err)
		}
	}
	if err := errors.Join(problems...); err != nil {
		return fmt.Errorf("recording metrics: %w", err)
	}
	return nil
}

func datumOf(d metrics.Datum, at time.Time) types.MetricDatum {
	summary := d.Summary
	if len(d.Values) > 0 {
		summary = metrics.Summarize(d.Values)
	}
	datum := types.MetricDatum{
		MetricName: &d.Name, Timestamp: &at, Unit: types.StandardUnit(d.Unit),
		StatisticValues: &types.StatisticSet{
			SampleCount: &summary.Count, Sum: &summary.Sum, Minimum: &summary.Minimum, Maximum: &summary.Maximum,
		},
	}
	for _, name := range slices.Sorted(maps.Keys(d.Dimensions)) {
		datum.Dimensions = append(datum.Dimensions, types.Dimension{Name: &name, Value: aws.String(d.Dimensions[name])})
	}
	return datum
}
