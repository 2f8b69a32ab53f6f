package local

import (
	"math"
	"slices"
	"time"

	"webapp/scaling"
)

// pacer has vegeta send a load whose seconds are those of AWS, which may pass faster than this machine's. Its rates are
// by this machine's clock: that is how fast tasks work, whatever the clock of AWS.
type pacer struct {
	load   scaling.Load
	minute time.Duration // how long a minute of AWS lasts
	sums   []float64     // of the requests until the end of each second of AWS
}

func newPacer(load scaling.Load, minute time.Duration) *pacer {
	p := &pacer{load: load, minute: minute}
	sum := 0.0
	for _, rate := range load.PerSecond {
		sum += rate * minute.Seconds() / 60
		p.sums = append(p.sums, sum)
	}
	return p
}

// duration is how long the load lasts by this machine's clock.
func (p *pacer) duration() time.Duration { return p.machineTime(float64(len(p.sums))) }

// machineTime converts seconds of AWS to the time that passes on this machine.
func (p *pacer) machineTime(seconds float64) time.Duration {
	return time.Duration(seconds * float64(p.minute) / 60)
}

// Pace returns how long to wait until the next request.
func (p *pacer) Pace(elapsed time.Duration, sent uint64) (wait time.Duration, stop bool) {
	const rounding = 1e-6 // of the sums
	at, more := p.at(float64(sent) + 1 - rounding)
	return max(at-elapsed, 0), !more
}

// at is when the load comes to a number of requests.
func (p *pacer) at(requests float64) (at time.Duration, more bool) {
	i, _ := slices.BinarySearch(p.sums, requests)
	if i == len(p.sums) {
		return 0, false
	}
	before := 0.0
	if i > 0 {
		before = p.sums[i-1]
	}
	share := (requests - before) / (p.sums[i] - before)
	return p.machineTime(float64(i) + share), true
}

// Rate returns the requests a second at a time.
func (p *pacer) Rate(elapsed time.Duration) float64 {
	i := int(awsTime(elapsed, p.minute) / time.Second)
	if i >= len(p.load.PerSecond) {
		return 0
	}
	return p.load.PerSecond[i]
}

// awsTime converts a time by this machine's clock to the time that passes on AWS.
func awsTime(elapsed, minute time.Duration) time.Duration {
	return time.Duration(math.Round(float64(elapsed) * float64(time.Minute) / float64(minute)))
}
