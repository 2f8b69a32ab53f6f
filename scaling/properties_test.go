package scaling_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"webapp/scaling"
	"webapp/scaling/rules"
	"webapp/settings"
)

// service draws a service from a fuzzer's numbers: always a valid one.
func service(low, spread, cpu, requests, cooldown, start uint8) scaling.Service {
	s := scaling.Service{Assumptions: rules.DefaultAssumptions(), Model: scaling.Model{
		Capacity: 50, Latency: 40 * time.Millisecond, IdleCPU: 3, FullCPU: 100, IdleMemory: 20, FullMemory: 60,
		Queue: time.Second, Start: time.Duration(start) * time.Second, Drain: time.Minute,
	}}
	s.Plan = rules.Plan{Min: int(low)%10 + 1, Initial: int(low)%10 + 1}
	s.Plan.Max = s.Plan.Min + int(spread)%40
	pace := time.Duration(cooldown) * 4 * time.Second
	track := func(name string, kind settings.MetricKind, target float64) {
		s.Plan.Tracking = append(s.Plan.Tracking, rules.Tracking{
			Name: name, Metric: rules.Metric{Kind: kind}, Target: target,
			ScaleIn: true, ScaleInCooldown: pace, ScaleOutCooldown: pace,
		})
	}
	track("cpu", settings.CPU, float64(cpu%80)+15)
	if requests > 0 {
		track("requests", settings.Requests, float64(requests)*12)
	}
	return s
}

// load draws a load: level by level, ten minutes each.
func load(levels []byte) scaling.Load {
	levels = levels[:min(len(levels), 60)]
	if len(levels) == 0 {
		levels = []byte{0}
	}
	return scaling.Shape("drawn", time.Duration(len(levels))*10*time.Minute, func(t time.Duration) float64 {
		return 4 * float64(levels[t/(10*time.Minute)])
	})
}

func FuzzAnyLoad(f *testing.F) {
	f.Add(uint8(1), uint8(4), uint8(35), uint8(0), uint8(75), uint8(60), []byte{5, 5, 90, 90, 60, 20, 5, 5, 5, 5})
	f.Add(uint8(0), uint8(39), uint8(60), uint8(200), uint8(0), uint8(255), []byte{0, 255, 0, 255, 0, 255, 0})
	f.Add(uint8(9), uint8(0), uint8(0), uint8(1), uint8(255), uint8(0), []byte{200})
	f.Fuzz(func(t *testing.T, low, spread, cpu, requests, cooldown, start uint8, levels []byte) {
		s, l := service(low, spread, cpu, requests, cooldown, start), load(levels)
		r := scaling.Simulate(s, l)

		for i, minute := range r.Minutes {
			if minute.Desired < s.Plan.Min || minute.Desired > s.Plan.Max {
				t.Fatalf("minute %d: %d tasks are outside %d to %d", i, minute.Desired, s.Plan.Min, s.Plan.Max)
			}
			if minute.Running > minute.Desired || minute.CPU < s.Model.IdleCPU || minute.CPU > s.Model.FullCPU {
				t.Fatalf("minute %d cannot be: %+v", i, minute)
			}
		}
		if share := r.RefusedShare(); share < 0 || share > 1 {
			t.Fatalf("refused: %v", share)
		}
		// A removal keeps its distance from the one before, unless something was added between them.
		pace := time.Duration(cooldown) * 4 * time.Second
		for i := 1; i < len(r.Actions); i++ {
			before, now := r.Actions[i-1], r.Actions[i]
			if before.To < before.From && now.To < now.From && now.At-before.At < pace {
				t.Fatalf("%v after %v, in a cooldown of %v", now, before, pace)
			}
		}
		if again := scaling.Simulate(s, l); !cmp.Equal(r.Actions, again.Actions) || r.Refused != again.Refused ||
			r.TaskSeconds != again.TaskSeconds {
			t.Fatal("the same input gave another output")
		}
	})
}

func FuzzSteadyLoad(f *testing.F) {
	f.Add(uint8(1), uint8(39), uint8(35), uint8(0), uint8(75), uint8(60), uint8(100), uint8(20))
	f.Add(uint8(3), uint8(20), uint8(5), uint8(40), uint8(10), uint8(200), uint8(30), uint8(225))
	f.Fuzz(func(t *testing.T, low, spread, cpu, requests, cooldown, start, level, more uint8) {
		s := service(low, spread, cpu, requests, cooldown, start)
		// A cooldown that ends before a change shows in the metrics lets the same need be answered twice, and the
		// service swings.
		shows := s.Model.Start + s.Assumptions.MetricDelay + 2*time.Minute
		for i := range s.Plan.Tracking {
			s.Plan.Tracking[i].ScaleInCooldown += shows
			s.Plan.Tracking[i].ScaleOutCooldown += shows
		}
		const long = 24 * time.Hour
		less := scaling.Simulate(s, scaling.Steady(float64(level), long))
		if n := len(less.Actions); n > 0 && less.Actions[n-1].At > long-2*time.Hour {
			t.Errorf("a steady load never led to a steady count: %v", less.Actions[n-1])
		}
		// More load ends with as many tasks or more, but for the tenth below the target in which a service stays as it
		// is.
		const deadBand = 0.9
		greater := scaling.Simulate(s, scaling.Steady(float64(level)+float64(more), long))
		if got, least := final(greater), int(deadBand*float64(final(less))); got < least {
			t.Errorf("%d requests a second end with %d tasks, %d more with %d", level, final(less), more, got)
		}
		if greater.Refused < less.Refused {
			t.Errorf("%d requests a second are refused %v, %d more %v", level, less.Refused, more, greater.Refused)
		}
	})
}

func final(r scaling.Result) int { return r.Minutes[len(r.Minutes)-1].Desired }
