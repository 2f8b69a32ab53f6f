package scaling_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"webapp/scaling"
)

// spreadOf returns the figures that the tests look at.
func spreadOf(r scaling.Result, ranges scaling.Ranges) (refused, hours scaling.Range, spread scaling.Spread) {
	spread = r.Spread(ranges, scaling.Result.RefusedShare, scaling.Result.TaskHours)
	return spread.Figures[0], spread.Figures[1], spread
}

func TestSpreadIsAboutTheResultAndReachesToThoseOfOtherDelays(t *testing.T) {
	service := scaling.Of(article(t))
	r := scaling.Simulate(service, scaling.FlashCrowd(20, 220))
	refused, hours, _ := spreadOf(r, scaling.DefaultRanges())
	if math.Abs(refused.Median-r.RefusedShare()) > 0.02 || math.Abs(hours.Median-r.TaskHours()) > 1 {
		t.Errorf("medians of %v refused and %v task hours; the result has %v and %v", refused.Median, hours.Median,
			r.RefusedShare(), r.TaskHours())
	}
	service.Assumptions.MetricDelay += time.Minute
	if late := scaling.Simulate(service, r.Load).RefusedShare(); refused.High < late {
		t.Errorf("%v refused at most; metrics that are a minute late alone make it %v", refused.High, late)
	}
}

func TestSpreadIsTheSameForTheSameSeed(t *testing.T) {
	r := scaling.Simulate(scaling.Of(article(t)), scaling.Spike(20, 220))
	ranges := scaling.DefaultRanges()
	ranges.Runs = 20
	_, _, one := spreadOf(r, ranges)
	_, _, same := spreadOf(r, ranges)
	if diff := cmp.Diff(one, same, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("the same runs gave other figures:\n%s", diff)
	}
	ranges.Seed = 7
	if _, _, other := spreadOf(r, ranges); cmp.Equal(one.Figures, other.Figures) {
		t.Error("requests that arrive otherwise gave exactly the same figures")
	}
}

// TestBandHoldsWhatRunsDo looks at a load that everybody is sure of before it rises, and nobody afterwards.
func TestBandHoldsWhatRunsDo(t *testing.T) {
	r := scaling.Simulate(scaling.Of(article(t)), scaling.FlashCrowd(20, 220))
	_, _, spread := spreadOf(r, scaling.DefaultRanges())
	b := spread.Tasks
	if b.Step != 1 || len(b.Low) != len(r.Minutes) {
		t.Fatalf("%d values %d minutes apart, want %d", len(b.Low), b.Step, len(r.Minutes))
	}
	if b.Low[25] != 1 || b.High[25] != 1 {
		t.Errorf("before the crowd: %v to %v tasks, want 1", b.Low[25], b.High[25])
	}
	if b.Low[43] >= b.High[43] {
		t.Errorf("while it scales out: %v to %v tasks, want a range", b.Low[43], b.High[43])
	}
	week := scaling.Simulate(r.Service, scaling.Week(20, 220))
	_, _, spread = spreadOf(week, scaling.Ranges{Runs: 2, Start: 1})
	if n := len(spread.Tasks.High); n > 600 || n*spread.Tasks.Step < len(week.Minutes) {
		t.Errorf("a week keeps %d values, %d minutes apart", n, spread.Tasks.Step)
	}
}

func TestSpreadOfLittle(t *testing.T) {
	service := scaling.Of(article(t))
	none := scaling.Simulate(service, scaling.Steady(0, 30*time.Second))
	if refused, _, _ := spreadOf(none, scaling.DefaultRanges()); refused.High != 0 {
		t.Errorf("half a minute without a request: %v refused", refused)
	}
	// Few requests a second are as many on average with noise as without.
	service.Plan.Tracking = nil
	r := scaling.Simulate(service, scaling.Steady(3, 2*time.Hour))
	offered := r.Spread(scaling.Ranges{Runs: 50, Start: 1, Noise: true}, func(r scaling.Result) float64 {
		return r.Offered / r.Load.Duration().Seconds()
	}).Figures[0]
	if math.Abs(offered.Median-3) > 0.03 || offered.High == offered.Median {
		t.Errorf("%v requests a second, want about 3", offered)
	}
}

// BenchmarkSpread simulates 200 runs of a week.
func BenchmarkSpread(b *testing.B) {
	r := scaling.Simulate(scaling.Of(article(b)), scaling.Week(20, 300))
	for b.Loop() {
		spreadOf(r, scaling.DefaultRanges())
	}
}
