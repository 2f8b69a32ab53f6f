package scaling_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"webapp/scaling"
	"webapp/scaling/rules"
)

func TestRecommendMeetsTheObjectiveWithFewerTaskHoursThanOthersThatDo(t *testing.T) {
	service := scaling.Of(article(t))
	load := scaling.FlashCrowd(20, 220)
	objective := scaling.Objective{Refused: 0.001, Latency: 500 * time.Millisecond}
	r := scaling.Recommend(service, load, objective)
	if !r.Met || !objective.Met(r.Result) {
		t.Fatalf("not met: %.3f %% refused, %v", 100*r.Result.RefusedShare(), r.Result.Latency(0.99))
	}
	if objective.Met(r.Before) {
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
	if again := scaling.Recommend(service, load, objective); !cmp.Equal(r.Service.Plan, again.Service.Plan) {
		t.Errorf("another recommendation for the same load: %s", cmp.Diff(r.Service.Plan, again.Service.Plan))
	}
}

func TestRecommendSavesWhatIsNotNeeded(t *testing.T) {
	service := scaling.Of(article(t))
	service.Plan.Min, service.Plan.Initial = 5, 5
	r := scaling.Recommend(service, scaling.Day(5, 60), scaling.Objective{Refused: 0.001})
	if !r.Met || r.Result.TaskSeconds >= r.Before.TaskSeconds*2/3 {
		t.Errorf("%.1f task hours instead of %.1f (met: %v)", r.Result.TaskHours(), r.Before.TaskHours(), r.Met)
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
		r := scaling.Recommend(service, scaling.FlashCrowd(20, 220), objective)
		if got := r.Service.Plan.Max; !r.Met || got < tc.least {
			t.Errorf("max: %d: got %d (met: %v), want at least %d", tc.most, got, r.Met, tc.least)
		}
	}
}

func TestRecommendSaysWhatItCannotReach(t *testing.T) {
	service := scaling.Of(article(t))
	r := scaling.Recommend(service, scaling.Steady(10, time.Hour), scaling.Objective{Latency: time.Millisecond})
	if r.Met {
		t.Error("requests that take 50 ms in an idle task cannot be answered in 1 ms")
	}
}

// BenchmarkRecommend searches for the article's service and a week of load.
func BenchmarkRecommend(b *testing.B) {
	service := scaling.Of(article(b))
	load := scaling.Week(20, 300)
	for b.Loop() {
		scaling.Recommend(service, load, scaling.Objective{Refused: 0.001, Latency: 500 * time.Millisecond})
	}
}
