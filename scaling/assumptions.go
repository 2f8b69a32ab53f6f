package scaling

import "time"

// Assumptions are what AWS does not document, or what only a measurement can tell.
type Assumptions struct {
	// MetricDelay is the time from the end of a minute until an alarm sees its metrics. AWS gives no figure. Default 1
	// minute.
	MetricDelay time.Duration

	// HighMinutes and LowMinutes are how many minutes in a row a target's metric must be too high or too low. They are
	// what the alarms show that Application Auto Scaling makes; AWS may change them. Default 3 and 15.
	// Source: aws/containers-roadmap #2113, #1208.
	HighMinutes, LowMinutes int

	// LowFraction is the share of the target below which a metric counts as too low. AWS says "typically more than 10 %
	// lower". Default 0.9.
	// Source: Application Auto Scaling user guide, "How target tracking scaling works".
	LowFraction float64

	// MaxScaleIn is the largest share of the tasks that a target removes at once; AWS says only that it removes them
	// "more gradually". Default 1: as many as the metric allows.
	MaxScaleIn float64

	// SharedCooldown makes tasks that one policy has added count for the others too while they are on their way. AWS
	// describes the cooldown for each policy by itself. Default false, which rather simulates too many tasks than too
	// few.
	SharedCooldown bool
}

// DefaultAssumptions are the documented defaults of every field.
func DefaultAssumptions() Assumptions {
	return Assumptions{MetricDelay: time.Minute, HighMinutes: 3, LowMinutes: 15, LowFraction: 0.9, MaxScaleIn: 1}
}
