package scaling_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"webapp/scaling"
	"webapp/scaling/rules"
)

func recommend(s scaling.Service, load scaling.Load, o scaling.Objective) scaling.Recommendation {
	return scaling.Recommend(s, load, o, scaling.RecommendRanges())
}

func TestRecommendMeetsTheObjectiveWithFewerTaskHoursThanOthersThatDo(t *testing.T) {
	service := scaling.Of(article(t))
	load := scaling.FlashCrowd(20, 220)
	objective := scaling.Objective{Refused: 0.001, Latency: 500 * time.Millisecond}
	r := recommend(service, load, objective)
	if !r.Met || !objective.Met(r.Result) {
		t.Fatalf("not met: %.3f %% refused, %v", 100*r.Result.RefusedShare(), r.Result.Latency(0.99))
	}
	if r.Before.Met {
		t.Error("the article's settings meet the objective already: there is nothing to recommend")
	}
	// As many tasks all the time as the crowd needs would do too.
	fixed := service
	fixed.Plan = rules.Plan{Min: 4, Max: 4, Initial: 4}
	if always := scaling.Simulate(fixed, load); objective.Met(always) && always.TaskHours() < r.Result.TaskHours() {
		t.Errorf("%.1f task hours; four tasks all the time take %.1f", r.Result.TaskHours(), always.TaskHours())
	}
	if len(r.Changes) == 0 {
		t.Fatal("nothing says what the changes buy")
	}
	last := r.Changes[len(r.Changes)-1]
	if !last.Met || last.Result.TaskSeconds != r.Result.TaskSeconds {
		t.Errorf("the changes end with %.1f task hours, the recommendation with %.1f", last.Result.TaskHours(),
			r.Result.TaskHours())
	}
	if again := recommend(service, load, objective); !cmp.Equal(r.Service.Plan, again.Service.Plan) {
		t.Errorf("another recommendation for the same load: %s", cmp.Diff(r.Service.Plan, again.Service.Plan))
	}
}

func TestRecommendSavesWhatIsNotNeeded(t *testing.T) {
	service := scaling.Of(article(t))
	service.Plan.Min, service.Plan.Initial = 5, 5
	r := recommend(service, scaling.Day(5, 60), scaling.Objective{Refused: 0.001})
	if !r.Met || r.Result.TaskSeconds >= r.Before.Result.TaskSeconds*2/3 {
		t.Errorf("%.1f task hours instead of %.1f (met: %v)", r.Result.TaskHours(), r.Before.Result.TaskHours(), r.Met)
	}
}

// TestRecommendedPlansStandWhatMayCome simulates the recommended plan under what the ranges allow at worst.
func TestRecommendedPlansStandWhatMayCome(t *testing.T) {
	objective := scaling.Objective{Refused: 0.001, Latency: 500 * time.Millisecond}
	service := scaling.Of(article(t))
	service.Plan.Max = 20
	load := scaling.FlashCrowd(20, 220)
	r := recommend(service, load, objective)
	if !r.Met || r.Survives < 1.2 || r.Survives == scaling.MostSurge {
		t.Fatalf("met: %v; it survives %.2f times the load", r.Met, r.Survives)
	}
	if r.Before.Met || r.Before.Survives >= 1 {
		t.Errorf("the article's settings survive %.2f times the load (met: %v)", r.Before.Survives, r.Before.Met)
	}
	for _, tc := range []struct {
		times float64
		met   bool
	}{{0.9 * r.Survives, true}, {1.2 * r.Survives, false}} {
		surge := r.Service
		surge.Assumptions.MetricDelay += 50 * time.Second
		surge.Model.Start = surge.Model.Start * 9 / 5
		if got := objective.Met(scaling.Simulate(surge, scaling.FlashCrowd(tc.times*20, tc.times*220))); got != tc.met {
			t.Errorf("%.2f times the load: met: %v, want %v", tc.times, got, tc.met)
		}
	}
}

// A maximum at the simulated peak would turn scaling off: the real peak may be higher.
func TestRecommendKeepsRoomAboveTheNeed(t *testing.T) {
	objective := scaling.Objective{Refused: 0.001, Latency: 500 * time.Millisecond}
	for _, tc := range []struct {
		most, least int // what the settings have, and what is the least to recommend
	}{
		{5, 5}, // less than one and a half times the need already
		{40, 8},
	} {
		service := scaling.Of(article(t))
		service.Plan.Max = tc.most
		r := recommend(service, scaling.FlashCrowd(20, 220), objective)
		if got := r.Service.Plan.Max; !r.Met || got < tc.least {
			t.Errorf("max: %d: got %d (met: %v), want at least %d", tc.most, got, r.Met, tc.least)
		}
	}
}

func TestRecommendSaysWhatItCannotReach(t *testing.T) {
	service := scaling.Of(article(t))
	r := scaling.Recommend(service, scaling.Steady(10, time.Hour), scaling.Objective{Latency: time.Millisecond},
		scaling.Ranges{})
	if r.Met || r.Survives > 0.1 {
		t.Error("requests that take 50 ms in an idle task cannot be answered in 1 ms")
	}
}

// BenchmarkRecommend searches for the article's service and a week of load.
func BenchmarkRecommend(b *testing.B) {
	service := scaling.Of(article(b))
	load := scaling.Week(20, 300)
	for b.Loop() {
		recommend(service, load, scaling.Objective{Refused: 0.001, Latency: 500 * time.Millisecond})
	}
}
