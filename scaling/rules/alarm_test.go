package rules_test

import (
	"math"
	"strings"
	"testing"

	"webapp/scaling/rules"
	"webapp/settings"
)

// TestMissingData has the tables of the CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data",
// with its order of the treatments: missing, ignore, breaching, notBreaching. 0 is a value within the threshold, X one
// that breaches it, and - a missing one. Three periods are evaluated.
func TestMissingData(t *testing.T) {
	const (
		ok, alarm, none = rules.OK, rules.InAlarm, rules.InsufficientData
		retain          = rules.State(-1)
	)
	for _, tc := range []struct {
		datapoints                            int
		values                                string
		missing, ignore, breaching, notBreach rules.State
	}{
		{3, "0 - X - X", ok, ok, ok, ok},
		{3, "0 - - - -", ok, ok, ok, ok}, // an older edition of the table; today's has the next row
		{3, "- - - - 0", ok, ok, ok, ok},
		{3, "- - - - -", none, retain, alarm, ok},
		{3, "0 X X - X", alarm, alarm, alarm, alarm},
		{3, "- - X - -", alarm, retain, alarm, ok},
		{3, "X - - - -", alarm, retain, alarm, ok},
		// "Avoiding premature transitions to alarm state"
		{3, "- - - - X", none, retain, alarm, ok},
		{3, "- - - X -", none, retain, alarm, ok},
		{3, "- - - X 0", ok, ok, ok, ok},
		{3, "- - X - 0", ok, ok, ok, ok},

		{2, "0 - X - X", alarm, alarm, alarm, alarm},
		{2, "0 0 X 0 X", alarm, alarm, alarm, alarm},
		{2, "0 - X - -", ok, ok, alarm, ok},
		{2, "- - - - 0", ok, ok, alarm, ok},
		{2, "- - - X -", alarm, retain, alarm, ok},
		{2, "- - - - X", none, retain, alarm, ok},
	} {
		var values []float64
		for _, value := range strings.Fields(tc.values) {
			values = append(values, map[string]float64{"0": 0, "X": 1, "-": math.NaN()}[value])
		}
		for treatment, want := range map[settings.MissingData]rules.State{
			"missing": tc.missing, "ignore": tc.ignore, "breaching": tc.breaching, "notBreaching": tc.notBreach,
		} {
			a := rules.Alarm{OrEqual: true, Threshold: 1, Periods: 3, Datapoints: tc.datapoints, Missing: treatment}
			for _, before := range []rules.State{ok, alarm, none} {
				if want == retain {
					if got := a.Evaluate(values, before); got != before {
						t.Errorf("%d of 3, %s with %s: got state %v, want %v as before", tc.datapoints, tc.values,
							treatment, got, before)
					}
				} else if got := a.Evaluate(values, before); got != want {
					t.Errorf("%d of 3, %s with %s: got state %v, want %v", tc.datapoints, tc.values, treatment, got, want)
				}
			}
		}
	}
}
