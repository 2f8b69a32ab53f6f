package rules

import "time"

// Assumptions are what AWS does not document, or what only a measurement shows.
type Assumptions struct {
	// MetricDelay is the time from the end of a minute until an alarm sees its metrics. AWS gives no figure. Default 2
	// minutes: public measurements fit 2 to 3.
	MetricDelay time.Duration

	// HighMinutes and LowMinutes are the minutes in a row that a target's metric must be too high or too low. They are
	// those of the alarms that Application Auto Scaling creates; AWS may change them. Default 3 and 15.
	// Source: aws/containers-roadmap #2113, #1208.
	HighMinutes, LowMinutes int

	// HighResolutionHigh and HighResolutionLow are the values in a row that are too high or too low, for a target whose
	// metric has one each 20 seconds. HighResolutionDelay is the time until an alarm sees such a value. AWS documents only
	// that the target is evaluated each 20 seconds. Default 3 values and 20 seconds, which fit AWS's benchmark (86 seconds
	// from the load to the decision), and 45 values: 15 minutes, as for other targets, which is a guess.
	// Source: Application Auto Scaling API, PredefinedMetricSpecification; aws/containers-roadmap #2113.
	HighResolutionHigh, HighResolutionLow int
	HighResolutionDelay                   time.Duration

	// LowFraction is the share of the target below which a metric counts as too low. AWS says "typically more than 10 %
	// lower". Default 0.9.
	// Source: Application Auto Scaling user guide, "How target tracking scaling works".
	LowFraction float64

	// MaxScaleIn is the largest share of the tasks that a target removes at once, but at least one task. AWS only says
	// that it removes them "more gradually". Default 0.1: in public measurements services of 4 and 6 tasks went down one
	// by one. With 1, as many go as the metric allows.
	// Source: ECS developer guide, "Use a target metric to scale Amazon ECS services".
	MaxScaleIn float64

	// ActivityDelay is the time until Application Auto Scaling notices that a change has ended, which its cooldown counts
	// from. Default 30 seconds: public measurements of a cooldown of 5 minutes show changes exactly 6 minutes apart.
	ActivityDelay time.Duration
}

// DefaultAssumptions returns the defaults of all fields.
func DefaultAssumptions() Assumptions {
	return Assumptions{
		MetricDelay: 2 * time.Minute, HighMinutes: 3, LowMinutes: 15, LowFraction: 0.9, MaxScaleIn: 0.1,
		ActivityDelay:      30 * time.Second,
		HighResolutionHigh: 3, HighResolutionLow: 45, HighResolutionDelay: 20 * time.Second,
	}
}
