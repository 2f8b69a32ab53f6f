package scaling

import "time"

// Spread is the range of a result's figures over what nobody knows beforehand.
type Spread struct {
	Refused   Range // share of the requests, 0 to 1
	TaskHours Range
}

// Range goes from a lowest to a highest value.
type Range struct{ Low, High float64 }

func (r *Range) add(value float64) { r.Low, r.High = min(r.Low, value), max(r.High, value) }

// Spread simulates the result's service again: with metrics a minute earlier and later, with a load that begins at
// other seconds of a minute, and with targets that remove all tasks at once. What was measured has no range.
func (r Result) Spread() Spread {
	spread := Spread{
		Refused:   Range{r.RefusedShare(), r.RefusedShare()},
		TaskHours: Range{r.TaskHours(), r.TaskHours()},
	}
	if r.Measured {
		return spread
	}
	for _, later := range []time.Duration{-time.Minute, 0, time.Minute} {
		for _, phase := range []int{0, 15, 30, 45} {
			for _, maxScaleIn := range []float64{r.Service.Assumptions.MaxScaleIn, 1} {
				s, load := r.Service, r.Load
				s.Assumptions.MetricDelay = max(s.Assumptions.MetricDelay+later, 0)
				s.Assumptions.MaxScaleIn = maxScaleIn
				phase = min(phase, len(load.PerSecond)-1)
				load.PerSecond, load.Start = load.PerSecond[phase:], load.Start.Add(time.Duration(phase)*time.Second)
				other := Simulate(s, load)
				spread.Refused.add(other.RefusedShare())
				spread.TaskHours.add(other.TaskHours())
			}
		}
	}
	return spread
}
