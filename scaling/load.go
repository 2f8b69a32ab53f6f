package scaling

import (
	"encoding/csv"
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

// readRows reads the rows of a CSV of two columns, without a first one of words.
func readRows(name string, r io.Reader) ([][]string, error) {
	reader := csv.NewReader(r)
	reader.FieldsPerRecord, reader.TrimLeadingSpace, reader.Comment = 2, true, '#'
	rows, err := reader.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	if len(rows) > 0 && isHeader(rows[0]) {
		rows = rows[1:]
	}
	return rows, nil
}

// ReadCSV reads a load of two columns: a time, and the requests a second from then on up to the next line. The time is
// in seconds, from the load's start or from 1970, or as ParseTime reads it. A first line of words is skipped. The last
// line ends the load.
func ReadCSV(name string, r io.Reader) (Load, error) {
	rows, err := readRows(name, r)
	if err != nil {
		return Load{}, err
	}
	if len(rows) < 2 {
		return Load{}, fmt.Errorf("reading %s: it must have two lines or more of: time,requests a second", name)
	}
	load := Load{Name: name, Start: aMonday}
	var at, rate float64
	for i, row := range rows {
		next, start, err := readTime(strings.TrimSpace(row[0]), load.Start, i == 0)
		switch {
		case err != nil:
			return Load{}, fmt.Errorf("reading %s: %w", name, err)
		case i > 0 && next <= at || next < 0:
			return Load{}, fmt.Errorf("reading %s: the time %s is not after the line before", name, row[0])
		case next > longest.Seconds():
			return Load{}, fmt.Errorf("reading %s: the time %s is more than a year after the first", name, row[0])
		}
		load.Start = start
		load.extend(at, next, rate)
		at = next
		if rate, err = strconv.ParseFloat(strings.TrimSpace(row[1]), 64); err != nil || !isRate(rate) {
			return Load{}, fmt.Errorf("reading %s: %q is not a number of requests a second; write 0 to %.0f", name,
				row[1], maxRate)
		}
	}
	return load, nil
}

const (
	longest = 366 * 24 * time.Hour
	// maxRate is far above any load, and small enough for sums of it.
	maxRate = 1e9
)

func isRate(rate float64) bool { return rate >= 0 && rate <= maxRate }

// isHeader reports whether nothing in a row is a time or a number: a mistake in one of them makes no header.
func isHeader(row []string) bool {
	_, _, noTime := readTime(strings.TrimSpace(row[0]), aMonday, true)
	_, noRate := strconv.ParseFloat(strings.TrimSpace(row[1]), 64)
	return noTime != nil && noRate != nil
}

// extend adds a rate from one second to another. A second that begins or ends within them gets its share.
func (l *Load) extend(from, to, rate float64) {
	for float64(len(l.PerSecond)) < to {
		l.PerSecond = append(l.PerSecond, 0)
	}
	for i := int(from); float64(i) < to; i++ {
		l.PerSecond[i] += rate * (min(to, float64(i+1)) - max(from, float64(i)))
	}
}

// readTime returns the second of a time since the load's start. The first time of day is that start. Numbers are
// seconds: since the start, or, where the first is as large as that, since 1970.
func readTime(text string, start time.Time, first bool) (float64, time.Time, error) {
	const earliest = 1e8 // 1973: no load has as many seconds
	at, err := time.Time{}, error(nil)
	if seconds, isNumber := strconv.ParseFloat(text, 64); isNumber == nil && seconds >= 0 && seconds < math.MaxInt32 {
		if seconds < earliest {
			return seconds, start, nil
		}
		at = time.Unix(0, int64(seconds*float64(time.Second))).UTC()
	} else if at, err = ParseTime(text, time.UTC); err != nil {
		return 0, start, err
	}
	if first {
		start = at
	}
	return at.Sub(start).Seconds(), start, nil
}

// ParseTime reads a time with its offset (2026-11-23T14:00:00Z), or without one, in a location (2026-11-23 14:00).
func ParseTime(text string, location *time.Location) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", time.DateTime, "2006-01-02 15:04"} {
		if at, err := time.ParseInLocation(layout, text, location); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a time; write 2026-11-23T14:00:00Z, or 2026-11-23 14:00", text)
}
