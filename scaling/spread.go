package scaling

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"webapp/scaling/rules"
)

// Ranges are what nobody knows before a load comes. Each run takes another value of each.
type Ranges struct {
	Runs int
	// MetricDelay is how much earlier or later than assumed metrics arrive.
	MetricDelay time.Duration
	// Start is the factor by which tasks start faster or slower than the model's. 1 for none.
	Start float64
	// More is the share of requests that may come beyond those of the load.
	More float64
	// Noise lets requests arrive at random, independently of each other: a Poisson process.
	Noise bool
	// Seed of the noise.
	Seed uint64
}

// DefaultRanges returns 200 runs, with metrics a minute earlier to a minute later, and tasks that start in half to
// twice the time. All ranges vary the second of a minute at which a load begins, and whether targets remove tasks
// gradually or at once.
func DefaultRanges() Ranges {
	return Ranges{Runs: 200, MetricDelay: time.Minute, Start: 2, Noise: true}
}

// RecommendRanges returns the few runs that each plan of a search is judged by, with up to 30 % more requests than the
// load has. Without noise, which would hide the difference between two plans.
func RecommendRanges() Ranges {
	r := DefaultRanges()
	r.Runs, r.More, r.Noise = 8, 0.3, false
	return r
}

// Spread is a result's figures over ranges.
type Spread struct {
	Runs    int
	Figures []Range // as many as were asked for
	// Running tasks, and the response time in milliseconds.
	Tasks, ResponseTime Band
}

// Range goes from the median of all runs to their 95th percentile.
type Range struct{ Median, High float64 }

// Band goes from the 5th to the 95th percentile over time. NaN stands for no data.
type Band struct {
	Step      int // minutes from one value to the next
	Low, High []float64
}

// bandPoints is about how many points a chart can show. No more are kept of a run.
const bandPoints = 500

// Spread simulates the result's service again, once for each run, and returns how figures differ.
func (r Result) Spread(ranges Ranges, figures ...func(Result) float64) Spread {
	step := max((len(r.Minutes)+bandPoints-1)/bandPoints, 1)
	values := make([][]float64, len(figures))
	for i := range values {
		values[i] = make([]float64, ranges.Runs)
	}
	tasks, response := make([][]float64, ranges.Runs), make([][]float64, ranges.Runs)
	buffers := make([][]float64, workers())
	parallel(ranges.Runs, func(worker, run int) {
		if buffers[worker] == nil {
			buffers[worker] = make([]float64, len(r.Load.PerSecond))
		}
		other := Simulate(ranges.trial(run, r.Service, r.Load, buffers[worker]))
		for i, figure := range figures {
			values[i][run] = figure(other)
		}
		tasks[run] = Highest(other.Minutes, step, func(m Minute) float64 { return float64(m.Running) })
		response[run] = Highest(other.Minutes, step, func(m Minute) float64 { return m.ResponseTime })
	})
	spread := Spread{Runs: ranges.Runs, Tasks: band(tasks, step), ResponseTime: band(response, step)}
	for _, of := range values {
		slices.Sort(of)
		spread.Figures = append(spread.Figures, Range{Median: percentile(of, 0.5), High: percentile(of, 0.95)})
	}
	return spread
}

// trial is what a run simulates. The load is written to the buffer, which is as long as the load.
func (r Ranges) trial(run int, s Service, load Load, buffer []float64) (Service, Load) {
	u := evenly(run)
	a := &s.Assumptions
	a.MetricDelay = max(a.MetricDelay+time.Duration((2*u[0]-1)*float64(r.MetricDelay)), 0).Truncate(time.Second)
	// Metrics of high resolution are late by as much in periods of theirs. It is not known how many of their values an
	// alarm of a target needs for scaling in: as many as one of minutes does, or those of as long a time.
	late := (2*u[0] - 1) * float64(r.MetricDelay) * rules.HighResolution.Minutes()
	a.HighResolutionDelay = max(a.HighResolutionDelay+time.Duration(late), 0).Truncate(time.Second)
	if run%2 == 1 {
		a.HighResolutionLow = min(a.HighResolutionLow, a.LowMinutes)
	}
	s.Model.Start = time.Duration(float64(s.Model.Start) * math.Pow(r.Start, 2*u[1]-1)).Truncate(time.Second)
	if u[2] < 0.5 {
		a.MaxScaleIn = 1
	}
	phase := min(int(60*u[3]), len(load.PerSecond)-1)
	s.WhatIfs = earlier(s.WhatIfs, time.Duration(phase)*time.Second)
	factor := 1 + r.More*u[4]
	buffer = buffer[:len(load.PerSecond)-phase]
	random := rand.New(rand.NewPCG(r.Seed, uint64(run))) //nolint:gosec // the same runs each time, no secret
	for i, rate := range load.PerSecond[phase:] {
		rate *= factor
		if r.Noise {
			rate = arrivals(random, rate)
		}
		buffer[i] = min(rate, maxRate)
	}
	load.PerSecond, load.Start = buffer, load.Start.Add(time.Duration(phase)*time.Second)
	return s, load
}

// arrivals returns the requests of a second of a Poisson process. Beyond a few, the normal distribution comes close.
func arrivals(random *rand.Rand, rate float64) float64 {
	const few = 12
	if rate > few {
		return max(rate+math.Sqrt(rate)*random.NormFloat64(), 0)
	}
	left, probability, n := random.Float64(), math.Exp(-rate), 0.0
	for left > probability && n < 10*few {
		left -= probability
		n++
		probability *= rate / n
	}
	return n
}

// evenly returns a point between 0 and 1 in each dimension. The first few points of the sequence already lie all over
// the space, which those of a random generator do not.
// Source: M. Roberts, "The Unreasonable Effectiveness of Quasirandom Sequences".
func evenly(i int) (point [5]float64) {
	const root = 1.1347241384015194 // of x^6 = x + 1
	step := 1.0
	for d := range point {
		step /= root
		_, point[d] = math.Modf(0.5 + float64(i+1)*step)
	}
	return point
}

// Highest returns the highest value of every few minutes: a short peak must not vanish. It is NaN where there is none.
func Highest[M any](minutes []M, step int, of func(M) float64) []float64 {
	all := make([]float64, 0, len(minutes)/step+1)
	for chunk := range slices.Chunk(minutes, step) {
		most := math.NaN()
		for _, m := range chunk {
			if value := of(m); math.IsNaN(most) || value > most {
				most = value
			}
		}
		all = append(all, most)
	}
	return all
}

func band(runs [][]float64, step int) Band {
	b := Band{Step: step}
	points := 0
	for _, run := range runs {
		points = max(points, len(run))
	}
	for i := range points {
		var values []float64
		for _, run := range runs {
			if i < len(run) && !math.IsNaN(run[i]) {
				values = append(values, run[i])
			}
		}
		slices.Sort(values)
		b.Low, b.High = append(b.Low, percentile(values, 0.05)), append(b.High, percentile(values, 0.95))
	}
	return b
}

// percentile returns the value that a share of sorted ones does not exceed; NaN where there are none.
func percentile(sorted []float64, share float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	return sorted[max(int(math.Ceil(share*float64(len(sorted))))-1, 0)]
}

func workers() int { return runtime.GOMAXPROCS(0) }

// parallel does something for each number below n, on all processors.
func parallel(n int, do func(worker, i int)) {
	var next atomic.Int64
	var group sync.WaitGroup
	for worker := range workers() {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(worker, i)
			}
		})
	}
	group.Wait()
}
