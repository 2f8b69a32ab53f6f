package scaling_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"webapp/scaling"
)

func TestValuesOfACustomMetric(t *testing.T) {
	load := scaling.Steady(1, time.Hour)
	load.Start = time.Date(2026, time.November, 20, 14, 0, 0, 0, time.UTC)
	for name, text := range map[string]string{
		"seconds": "0,5\n600,-2.5\n1200,\n1800,7\n",
		"times of day": "time,value\n2026-11-20 13:50,1\n2026-11-20 14:00,5\n2026-11-20T14:10:00Z,-2.5\n" +
			"2026-11-20 14:20,\n2026-11-20 14:30,7\n2026-11-20 16:00,9\n",
	} {
		v, err := scaling.ReadValues("values.csv", strings.NewReader(text), load)
		if err != nil {
			t.Fatal(name, err)
		}
		var got []float64
		for _, minute := range []time.Duration{0, 9, 10, 20, 30, 59} {
			got = append(got, v.At(minute*time.Minute))
		}
		want := []float64{5, 5, -2.5, math.NaN(), 7, 7}
		if diff := cmp.Diff(want, got, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", name, diff)
		}
	}
	for text, want := range map[string]string{
		"":                                   "one line or more",
		"0,1\n0,2\n":                         "is not after the line before",
		"0,many\n":                           `"many" is not a number`,
		"0,NaN\n":                            `"NaN" is not a number`,
		"soon,1\n":                           `"soon" is not a time`,
		"3600,1\n":                           "the load from 2026-11-20 14:00:00 to 2026-11-20 15:00:00",
		"2026-11-19,1\n2026-11-19 14:00,1\n": "is not a time",
		"2026-11-19 13:00,1\n2026-11-19 14:00,1\n": "it goes from 2026-11-19 13:00 to 2026-11-19 14:00",
	} {
		if _, err := scaling.ReadValues("values.csv", strings.NewReader(text), load); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

// TestSharedValuesFallWithMoreTasks, so that a target on them is met.
func TestSharedValuesFallWithMoreTasks(t *testing.T) {
	load := scaling.Steady(1, time.Hour)
	total, err := scaling.ReadValues("values.csv", strings.NewReader("0,200\n"), load)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		metric func(scaling.Sample) (float64, bool)
		want   int
	}{
		"a total of 200 at 50 for each task": {total.Shared(), 4},
		"200 for each task":                  {total.Metric(), 10},
	} {
		s := fixed(1)
		s.Plan = tracking(1)
		s.Model.Metrics = map[string]func(scaling.Sample) (float64, bool){"gauge": tc.metric}
		if got := final(scaling.Simulate(s, load)); got != tc.want {
			t.Errorf("%s: got %d tasks, want %d", name, got, tc.want)
		}
	}
}
