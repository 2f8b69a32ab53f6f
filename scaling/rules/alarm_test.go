package rules_test

import (
	"math"
	"testing"

	"webapp/scaling/rules"
	"webapp/settings"
)

var missing = math.NaN()

// TestMissingData is the table of "Configuring how CloudWatch alarms treat missing data" for three of three, with its
// order of the treatments: missing, ignore, breaching, notBreaching.
func TestMissingData(t *testing.T) {
	const x, o = 1, 0
	const before = rules.InAlarm // what ignore retains
	for _, tc := range []struct {
		values                                []float64
		missing, ignore, breaching, notBreach rules.State
	}{
		{[]float64{o, missing, x, missing, x}, rules.OK, rules.OK, rules.OK, rules.OK},
		{[]float64{missing, missing, missing, missing, o}, rules.OK, rules.OK, rules.OK, rules.OK},
		{[]float64{missing, missing, missing, missing, missing}, rules.InsufficientData, before, rules.InAlarm,
			rules.OK},
		{[]float64{o, x, x, missing, x}, rules.InAlarm, rules.InAlarm, rules.InAlarm, rules.InAlarm},
		{[]float64{missing, missing, x, missing, missing}, rules.InAlarm, before, rules.InAlarm, rules.OK},
	} {
		for treatment, want := range map[settings.MissingData]rules.State{
			"missing": tc.missing, "ignore": tc.ignore, "breaching": tc.breaching, "notBreaching": tc.notBreach,
		} {
			alarm := rules.Alarm{OrEqual: true, Threshold: x, Periods: 3, Datapoints: 3, Missing: treatment}
			if got := alarm.Evaluate(tc.values, before); got != want {
				t.Errorf("%v with %s: got state %v, want %v", tc.values, treatment, got, want)
			}
		}
	}
}
