package scaling_test

import (
	"testing"
	"time"

	"webapp/scaling"
)

func TestSpreadHoldsTheResultsOfOtherDelaysAndPhases(t *testing.T) {
	service := scaling.Of(article(t))
	r := scaling.Simulate(service, scaling.FlashCrowd(20, 220))
	spread := r.Spread()
	for _, delay := range []time.Duration{time.Minute, 2 * time.Minute, 3 * time.Minute} {
		service.Assumptions.MetricDelay = delay
		other := scaling.Simulate(service, r.Load)
		if share := other.RefusedShare(); share < spread.Refused.Low || share > spread.Refused.High {
			t.Errorf("metrics %v late: %v of the requests are refused, outside %v", delay, share, spread.Refused)
		}
		if hours := other.TaskHours(); hours < spread.TaskHours.Low || hours > spread.TaskHours.High {
			t.Errorf("metrics %v late: %v task hours, outside %v", delay, hours, spread.TaskHours)
		}
	}
	if spread.Refused.High-spread.Refused.Low < 0.01 {
		t.Errorf("refused: %v; two minutes of delay alone make more of a difference", spread.Refused)
	}
	if none := scaling.Simulate(service, scaling.Steady(0, 30*time.Second)).Spread(); none.Refused.High != 0 {
		t.Errorf("a load of half a minute without a request: got %v", none)
	}
}
