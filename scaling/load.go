package scaling

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// Load is requests over time.
type Load struct {
	Name      string
	Start     time.Time // for schedules; by default midnight of a Monday
	PerSecond []float64 // requests in each second
}

// Duration of the load.
func (l Load) Duration() time.Duration { return time.Duration(len(l.PerSecond)) * time.Second }

// Peak is the most requests in a second.
func (l Load) Peak() float64 {
	peak := 0.0
	for _, rate := range l.PerSecond {
		peak = max(peak, rate)
	}
	return peak
}

// PeakEnds returns when the load is last within a tenth of its peak.
func (l Load) PeakEnds() time.Duration {
	high := 0.9 * l.Peak()
	for i := len(l.PerSecond) - 1; i >= 0; i-- {
		if l.PerSecond[i] >= high {
			return time.Duration(i+1) * time.Second
		}
	}
	return 0
}

// aMonday is the start of built-in loads.
var aMonday = time.Date(2026, time.January, 5, 0, 0, 0, 0, time.UTC)

// Shape returns a load from a function: the requests a second by the time since the start.
func Shape(name string, duration time.Duration, rate func(t time.Duration) float64) Load {
	load := Load{Name: name, Start: aMonday, PerSecond: make([]float64, int(duration.Seconds()))}
	for i := range load.PerSecond {
		load.PerSecond[i] = rate(time.Duration(i) * time.Second)
	}
	return load
}

// Steady is the same load all the time.
func Steady(rate float64, duration time.Duration) Load {
	return Shape("steady", duration, func(time.Duration) float64 { return rate })
}

// StepUp rises at once after half an hour, and stays for two.
func StepUp(base, peak float64) Load {
	return Shape("step", 150*time.Minute, func(t time.Duration) float64 {
		if t < 30*time.Minute {
			return base
		}
		return peak
	})
}

// Spike is five minutes of the peak after half an hour, in two hours.
func Spike(base, peak float64) Load {
	return Shape("spike", 2*time.Hour, func(t time.Duration) float64 {
		if t >= 30*time.Minute && t < 35*time.Minute {
			return peak
		}
		return base
	})
}

// FlashCrowd is the load after a mention on television: it reaches the peak within a minute, stays there for a quarter
// of an hour and then halves every twenty minutes, in four hours.
func FlashCrowd(base, peak float64) Load {
	const rise, begins, ends, half = time.Minute, 30 * time.Minute, 46 * time.Minute, 20 * time.Minute
	return Shape("flash crowd", 4*time.Hour, func(t time.Duration) float64 {
		switch {
		case t < begins:
			return base
		case t < begins+rise:
			return base + (peak-base)*float64(t-begins)/float64(rise)
		case t < ends:
			return peak
		}
		return base + (peak-base)*math.Exp2(-float64(t-ends)/float64(half))
	})
}

// SlowRamp rises for two hours, stays for one and falls for two, with half an hour before and after.
func SlowRamp(base, peak float64) Load {
	return Shape("slow ramp", 6*time.Hour, func(t time.Duration) float64 {
		up := between(t, 30*time.Minute, 150*time.Minute)
		down := between(t, 210*time.Minute, 330*time.Minute)
		return base + (peak-base)*(up-down)
	})
}

// between rises from 0 to 1 between two times.
func between(t, from, to time.Duration) float64 {
	return min(max(float64(t-from)/float64(to-from), 0), 1)
}

// Day is the base at four in the morning and the peak at four in the afternoon.
func Day(base, peak float64) Load {
	return Shape("day", 24*time.Hour, func(t time.Duration) float64 { return base + (peak-base)*daylight(t) })
}

// Week is seven days, the last two at half the peak, with noise of up to five percent, which is always the same.
func Week(base, peak float64) Load {
	random := uint64(1)
	noise := make([]float64, 7*24*60)
	for i := range noise {
		random = random*6364136223846793005 + 1442695040888963407 // Knuth's MMIX generator
		noise[i] = 0.95 + 0.1*float64(random>>40)/float64(1<<24)
	}
	return Shape("week", 7*24*time.Hour, func(t time.Duration) float64 {
		high := peak - base
		if t >= 5*24*time.Hour {
			high /= 2
		}
		return (base + high*daylight(t)) * noise[int(t/time.Minute)]
	})
}

func daylight(t time.Duration) float64 {
	const quietest = 4 * time.Hour
	return (1 - math.Cos(2*math.Pi*float64(t-quietest)/float64(24*time.Hour))) / 2
}

// Shapes are the built-in loads by name, between a base and a peak in requests a second.
var Shapes = map[string]func(base, peak float64) Load{
	"step": StepUp, "spike": Spike, "day": Day, "week": Week, "flash-crowd": FlashCrowd, "slow-ramp": SlowRamp,
}

// ReadCSV reads a load of two columns: a time, and the requests a second from then on up to the next line. The time is
// in seconds, or in RFC 3339 (2026-11-23T14:00:00Z). A first line of words is skipped. The last line ends the load.
func ReadCSV(name string, r io.Reader) (Load, error) {
	reader := csv.NewReader(r)
	reader.FieldsPerRecord, reader.TrimLeadingSpace, reader.Comment = 2, true, '#'
	rows, err := reader.ReadAll()
	if err != nil {
		return Load{}, fmt.Errorf("reading %s: %w", name, err)
	}
	load := Load{Name: name, Start: aMonday}
	var before float64
	at := 0
	for i, row := range rows {
		rate, err := strconv.ParseFloat(strings.TrimSpace(row[1]), 64)
		if err != nil && i == 0 {
			rows[0] = nil
			continue
		}
		if err != nil || !(rate >= 0) || math.IsInf(rate, 0) {
			return Load{}, fmt.Errorf("reading %s: %q is not a number of requests a second; write 0 or more", name,
				row[1])
		}
		first := i == 0 || i == 1 && rows[0] == nil
		second, start, err := readTime(strings.TrimSpace(row[0]), load.Start, first)
		if err != nil {
			return Load{}, fmt.Errorf("reading %s: %w", name, err)
		}
		load.Start = start
		if !first && second <= at || second < 0 {
			return Load{}, fmt.Errorf("reading %s: the time %s is not after the line before", name, row[0])
		}
		const longest = 366 * 24 * 3600
		if second > longest {
			return Load{}, fmt.Errorf("reading %s: the time %s is more than a year after the first", name, row[0])
		}
		for ; at < second; at++ {
			load.PerSecond = append(load.PerSecond, before)
		}
		before = rate
	}
	if len(load.PerSecond) == 0 {
		return Load{}, fmt.Errorf("reading %s: %w", name,
			errors.New("it must have two lines or more of: time,requests a second"))
	}
	return load, nil
}

// readTime returns the second of a time since the load's start. The first time of day is that start.
func readTime(text string, start time.Time, first bool) (int, time.Time, error) {
	if second, err := strconv.Atoi(text); err == nil {
		return second, start, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0, start, fmt.Errorf("%q is not a time; write seconds, or 2026-11-23T14:00:00Z", text)
	}
	if first {
		start = t
	}
	return int(t.Sub(start).Seconds()), start, nil
}
