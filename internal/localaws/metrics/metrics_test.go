package metrics_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"webapp/internal/localaws/metrics"
)

func TestStatistics(t *testing.T) {
	m := metrics.Metric{Namespace: "Shop", Name: "Latency", Dimensions: map[string]string{"Queue": "a", "Zone": "b"}}
	s := metrics.New()
	s.Add(1, metrics.Datum{Metric: m, Values: []float64{4, 1}})
	s.Add(1, metrics.Datum{Metric: m, Values: []float64{7}})
	s.Add(4, metrics.Datum{Metric: m, Summary: metrics.Summary{Count: 2, Sum: 30, Minimum: 10, Maximum: 20}})
	other := metrics.Metric{Namespace: "Shop", Name: "Latency", Dimensions: map[string]string{"Queue": "a"}}
	s.Add(1, metrics.Datum{Metric: other, Values: []float64{1000}})

	none := math.NaN()
	for _, tc := range []struct {
		statistic string
		minutes   int
		want      []float64
	}{
		{"Average", 1, []float64{4, none, none, 15}},
		{"Sum", 1, []float64{12, none, none, 30}},
		{"SampleCount", 1, []float64{3, none, none, 2}},
		{"Minimum", 1, []float64{1, none, none, 10}},
		{"Maximum", 1, []float64{7, none, none, 20}},
		{"p50", 1, []float64{4, none, none, none}},
		{"p99.9", 1, []float64{7, none, none, none}},
		{"Sum", 2, []float64{none, none, 12, 30}},
		{"Sum", 4, []float64{none, none, none, 42}},
	} {
		got := s.Values(metrics.Query{Metric: m, Statistic: tc.statistic, Minutes: tc.minutes}, 4, 4)
		if diff := cmp.Diff(tc.want, got, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("%s of %d minutes (-want +got):\n%s", tc.statistic, tc.minutes, diff)
		}
	}
}

func TestPercentilesOfManyValues(t *testing.T) {
	s, m := metrics.New(), metrics.Metric{Namespace: "Shop", Name: "Latency"}
	var values []float64
	for i := range 100_000 {
		values = append(values, float64(i))
	}
	s.Add(1, metrics.Datum{Metric: m, Values: values})
	got := s.Values(metrics.Query{Metric: m, Statistic: "p99", Minutes: 1}, 1, 1)[0]
	if got < 98_900 || got > 99_100 {
		t.Errorf("p99 of 0 to 100,000 is %v, want about 99,000", got)
	}
}
