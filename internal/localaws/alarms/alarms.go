// Package alarms evaluates CloudWatch's alarms, and says what CloudWatch says of them.
package alarms

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"webapp/internal/localaws/metrics"
	"webapp/scaling/rules"
	"webapp/settings"
)

// Minutes are the metrics that alarms are evaluated on: those up to a minute.
type Minutes struct {
	Store  *metrics.Store
	Minute int
	// Ended is when the minute ended, and Lasted how long a minute lasts.
	Ended  time.Time
	Lasted time.Duration
}

// Verdict is the state that an alarm should have, and the reason in CloudWatch's words.
type Verdict struct {
	State  types.StateValue
	Reason string
}

// spare is how many older periods an alarm may use in place of its own that have no data.
const spare = 8

// Evaluate returns the state of an alarm after a minute. The error says why it cannot be evaluated here.
func Evaluate(a types.MetricAlarm, before types.StateValue, m Minutes) (Verdict, error) {
	rule, err := ruleOf(a)
	if err != nil {
		return Verdict{}, err
	}
	values, err := m.values(a, rule.Periods+spare)
	if err != nil {
		return Verdict{}, err
	}
	state := stateValues[rule.Evaluate(values, stateOf(before))]
	return Verdict{State: state, Reason: reasonOf(a, rule, state, m.datapoints(a, values))}, nil
}

var stateValues = map[rules.State]types.StateValue{
	rules.OK: types.StateValueOk, rules.InAlarm: types.StateValueAlarm,
	rules.InsufficientData: types.StateValueInsufficientData,
}

func stateOf(value types.StateValue) rules.State {
	for state, of := range stateValues {
		if of == value {
			return state
		}
	}
	return rules.InsufficientData
}

// comparison is a comparison operator: as the rules have it, and in CloudWatch's words.
type comparison struct {
	below, orEqual bool
	text           string
}

var comparisons = map[types.ComparisonOperator]comparison{
	types.ComparisonOperatorGreaterThanThreshold:          {false, false, "greater than"},
	types.ComparisonOperatorGreaterThanOrEqualToThreshold: {false, true, "greater than or equal to"},
	types.ComparisonOperatorLessThanThreshold:             {true, false, "less than"},
	types.ComparisonOperatorLessThanOrEqualToThreshold:    {true, true, "less than or equal to"},
}

func ruleOf(a types.MetricAlarm) (rules.Alarm, error) {
	compare, known := comparisons[a.ComparisonOperator]
	if !known {
		return rules.Alarm{}, fmt.Errorf("the comparison %s is not known to the local AWS", a.ComparisonOperator)
	}
	rule := rules.Alarm{
		Below: compare.below, OrEqual: compare.orEqual, Threshold: aws.ToFloat64(a.Threshold),
		Periods: int(aws.ToInt32(a.EvaluationPeriods)), Missing: settings.MissingMissing,
	}
	rule.Datapoints = rule.Periods
	if a.DatapointsToAlarm != nil {
		rule.Datapoints = int(*a.DatapointsToAlarm)
	}
	if treatment := aws.ToString(a.TreatMissingData); treatment != "" {
		rule.Missing = settings.MissingData(treatment)
	}
	return rule, nil
}

// values returns what an alarm compares, period by period.
func (m Minutes) values(a types.MetricAlarm, periods int) ([]float64, error) {
	if len(a.Metrics) > 0 {
		return m.Expression(a.Metrics, periods)
	}
	return m.Store.Values(Query(a), m.Minute, periods), nil
}

// Query returns the metric that an alarm compares, with its statistic and period. An alarm on metric math has none.
func Query(a types.MetricAlarm) metrics.Query {
	q := metrics.Query{
		Metric:    metricOf(aws.ToString(a.Namespace), aws.ToString(a.MetricName), a.Dimensions),
		Statistic: string(a.Statistic), Minutes: minutes(a.Period),
	}
	if a.ExtendedStatistic != nil {
		q.Statistic = *a.ExtendedStatistic
	}
	return q
}

func metricOf(namespace, name string, dimensions []types.Dimension) metrics.Metric {
	m := metrics.Metric{Namespace: namespace, Name: name, Dimensions: map[string]string{}}
	for _, d := range dimensions {
		m.Dimensions[aws.ToString(d.Name)] = aws.ToString(d.Value)
	}
	return m
}

// minutes is the length of a period. High resolution is not known here: a period lasts a minute at least.
func minutes(period *int32) int { return max(int(aws.ToInt32(period))/60, 1) }

// period is that of an alarm, in minutes: its own, or that of its metrics.
func period(a types.MetricAlarm) int {
	longest := minutes(a.Period)
	for _, q := range a.Metrics {
		if q.MetricStat != nil {
			longest = max(longest, minutes(q.MetricStat.Period))
		}
	}
	return longest
}

// datapoint is a value with the time at which its period began.
type datapoint struct {
	at    time.Time
	value float64
}

func (m Minutes) datapoints(a types.MetricAlarm, values []float64) []datapoint {
	length := time.Duration(period(a)) * m.Lasted
	var all []datapoint
	for i, value := range values {
		all = append(all, datapoint{m.Ended.Add(-time.Duration(len(values)-i) * length), value})
	}
	return all
}

// String is CloudWatch's way: 97.2 (26/11/26 22:14:00).
func (d datapoint) String() string {
	return fmt.Sprintf("%s (%s)", number(d.value), d.at.UTC().Format("02/01/06 15:04:05"))
}

// number writes a number as CloudWatch does, which is written in Java: 90.0.
func number(value float64) string {
	text := fmt.Sprint(value)
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	return text
}

// reasonOf explains a state. AWS documents no list of its reasons; these are as its consoles and messages show them.
func reasonOf(a types.MetricAlarm, rule rules.Alarm, state types.StateValue, all []datapoint) string {
	latest := all[len(all)-rule.Periods:]
	var breaching, others []string
	for i := len(latest) - 1; i >= 0; i-- {
		switch d := latest[i]; {
		case math.IsNaN(d.value):
		case rule.Breaches(d.value):
			breaching = append(breaching, d.String())
		default:
			others = append(others, d.String())
		}
	}
	missing := rule.Periods - len(breaching) - len(others)
	text := comparisons[a.ComparisonOperator].text
	switch {
	case state == types.StateValueInsufficientData:
		return fmt.Sprintf("Insufficient Data: %s.", unknown(missing))
	case len(breaching)+len(others) == 0:
		return fmt.Sprintf("Threshold Crossed: no datapoints were received for %s and %s treated as [%s].",
			plural(rule.Periods, "period"), was(missing), treatments[rule.Missing])
	case state == types.StateValueAlarm:
		return crossed(breaching, rule.Periods, text, rule.Threshold, missing, rule.Missing) +
			fmt.Sprintf(" (minimum %s for OK -> ALARM transition).", plural(rule.Datapoints, "datapoint"))
	}
	return crossed(others, rule.Periods, "not "+text, rule.Threshold, missing, rule.Missing) + fmt.Sprintf(
		" (minimum %s for ALARM -> OK transition).", plural(rule.Periods-rule.Datapoints+1, "datapoint"))
}

var treatments = map[settings.MissingData]string{
	settings.MissingBreaching: "Breaching", settings.MissingNotBreaching: "NonBreaching",
	settings.MissingIgnore: "Ignore", settings.MissingMissing: "Missing",
}

func crossed(
	values []string, periods int, text string, threshold float64, missing int, treatment settings.MissingData,
) string {
	verb := "were"
	if len(values) == 1 {
		verb = "was"
	}
	reason := fmt.Sprintf("Threshold Crossed: %d out of the last %d datapoints [%s] %s %s the threshold (%s)",
		len(values), periods, strings.Join(values, ", "), verb, text, number(threshold))
	if missing > 0 && treatment != settings.MissingMissing {
		reason += fmt.Sprintf(" and %s treated as [%s]", was(missing), treatments[treatment])
	}
	return reason
}

func unknown(missing int) string {
	if missing == 1 {
		return "1 datapoint was unknown"
	}
	return fmt.Sprintf("%d datapoints were unknown", missing)
}

// was begins a sentence about missing datapoints.
func was(missing int) string {
	if missing == 1 {
		return "1 missing datapoint was"
	}
	return fmt.Sprintf("%d missing datapoints were", missing)
}

func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
