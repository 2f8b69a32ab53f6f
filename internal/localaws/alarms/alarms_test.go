package alarms_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"webapp/internal/localaws/alarms"
	"webapp/internal/localaws/metrics"
)

var latency = metrics.Metric{Namespace: "Shop", Name: "Latency", Dimensions: map[string]string{"Page": "cart"}}

func alarm(change func(*types.MetricAlarm)) types.MetricAlarm {
	a := types.MetricAlarm{
		AlarmName: aws.String("slow"), AlarmArn: aws.String("arn:aws:cloudwatch:eu-west-1:123456789012:alarm:slow"),
		Namespace: &latency.Namespace, MetricName: &latency.Name, Statistic: types.StatisticAverage,
		Dimensions: []types.Dimension{{Name: aws.String("Page"), Value: aws.String("cart")}},
		Period:     aws.Int32(60), EvaluationPeriods: aws.Int32(3), DatapointsToAlarm: aws.Int32(2),
		Threshold: aws.Float64(90), ComparisonOperator: types.ComparisonOperatorGreaterThanOrEqualToThreshold,
		ActionsEnabled: aws.Bool(true), AlarmActions: []string{"up"}, OKActions: []string{"down"},
	}
	change(&a)
	return a
}

// after returns minutes in which the metric had these values; a negative one stands for none.
func after(values ...float64) alarms.Minutes {
	m := alarms.Minutes{
		Store: metrics.New(), Minute: len(values) - 1, Lasted: time.Minute,
		Ended: time.Date(2026, 11, 26, 22, 10, 0, 0, time.UTC),
	}
	for minute, value := range values {
		if value >= 0 {
			m.Store.Add(minute, metrics.Datum{Metric: latency, Values: []float64{value}})
		}
	}
	return m
}

func TestStatesAndReasons(t *testing.T) {
	same := func(*types.MetricAlarm) {}
	treat := func(how string) func(*types.MetricAlarm) {
		return func(a *types.MetricAlarm) { a.TreatMissingData = &how }
	}
	for name, tc := range map[string]struct {
		change func(*types.MetricAlarm)
		values []float64
		state  types.StateValue
		reason string
	}{
		"2 of 3": {same, []float64{10, 10, 95.5, 20, 90}, "ALARM", "Threshold Crossed: 2 out of the last 3 datapoints " +
			"[90.0 (26/11/26 22:09:00), 95.5 (26/11/26 22:07:00)] were greater than or equal to the threshold (90.0) " +
			"(minimum 2 datapoints for OK -> ALARM transition)."},
		"1 of 3": {same, []float64{10, 10, 10, 20, 90}, "OK", "Threshold Crossed: 2 out of the last 3 datapoints " +
			"[20.0 (26/11/26 22:08:00), 10.0 (26/11/26 22:07:00)] were not greater than or equal to the threshold " +
			"(90.0) (minimum 2 datapoints for ALARM -> OK transition)."},
		"nothing": {same, nil, "INSUFFICIENT_DATA", "Insufficient Data: 3 datapoints were unknown."},
		"nothing, which is good": {treat("notBreaching"), nil, "OK", "Threshold Crossed: no datapoints were received " +
			"for 3 periods and 3 missing datapoints were treated as [NonBreaching]."},
		"nothing, which is bad": {treat("breaching"), nil, "ALARM", "Threshold Crossed: no datapoints were received " +
			"for 3 periods and 3 missing datapoints were treated as [Breaching]."},
		"5 minutes": {func(a *types.MetricAlarm) {
			a.Period, a.EvaluationPeriods, a.DatapointsToAlarm = aws.Int32(300), aws.Int32(1), nil
		}, []float64{100, 100, 100, 100, 60}, "ALARM", "Threshold Crossed: 1 out of the last 1 datapoints " +
			"[92.0 (26/11/26 22:05:00)] was greater than or equal to the threshold (90.0) " +
			"(minimum 1 datapoint for OK -> ALARM transition)."},
		"a percentile": {func(a *types.MetricAlarm) {
			a.Statistic, a.ExtendedStatistic, a.EvaluationPeriods, a.DatapointsToAlarm = "", aws.String("p99"), aws.Int32(1), nil
		}, []float64{91}, "ALARM", "Threshold Crossed: 1 out of the last 1 datapoints [91.0 (26/11/26 22:09:00)] was " +
			"greater than or equal to the threshold (90.0) (minimum 1 datapoint for OK -> ALARM transition)."},
	} {
		verdict, err := alarms.Evaluate(alarm(tc.change), types.StateValueOk, after(tc.values...))
		if err != nil || verdict.State != tc.state || verdict.Reason != tc.reason {
			t.Errorf("%s: got %v\n%s (%v)\nwant %v\n%s", name, verdict.State, verdict.Reason, err, tc.state, tc.reason)
		}
	}
}

// TestExpressions uses expressions such as constructs write.
func TestExpressions(t *testing.T) {
	part := func(id, name string) types.MetricDataQuery {
		return types.MetricDataQuery{Id: &id, MetricStat: &types.MetricStat{
			Metric: &types.Metric{Namespace: aws.String("Shop"), MetricName: &name}, Stat: aws.String("Sum"),
			Period: aws.Int32(60),
		}}
	}
	percent := "IF((FILL(requests, 0) + FILL(own, 0)) >= 10, 100 * (FILL(failed, 0) + FILL(own, 0)) / " +
		"(FILL(requests, 0) + FILL(own, 0)), 0)"
	average := "(FILL(failed, 0) + FILL(own, 0)) / (FILL(requests, 0) + FILL(own, 0))"
	for _, tc := range []struct {
		expression            string
		requests, failed, own float64 // negative for none
		want                  types.StateValue
	}{
		{percent, 20, 1, -1, types.StateValueOk},
		{percent, 20, 2, -1, types.StateValueAlarm},
		{percent, 20, -1, 5, types.StateValueAlarm},
		{percent, 5, 5, -1, types.StateValueOk},
		{percent, -1, -1, -1, types.StateValueOk},
		{"requests - failed", 20, 11, -1, types.StateValueOk},
		{"requests - failed", 20, 9, -1, types.StateValueAlarm},
		{"requests - failed", 20, -1, -1, types.StateValueInsufficientData},
		{"requests + FILL(own, 0)", 6, -1, 5, types.StateValueAlarm},
		{"requests + FILL(own, 0)", 6, -1, -1, types.StateValueOk},
		{"requests + FILL(own, 0)", -1, -1, 20, types.StateValueInsufficientData},
		{average, 1, 5, 9, types.StateValueOk},
		{average, 1, 21, -1, types.StateValueAlarm},
		{average, -1, -1, -1, types.StateValueInsufficientData},
	} {
		m := alarms.Minutes{Store: metrics.New(), Lasted: time.Minute}
		for name, value := range map[string]float64{"requests": tc.requests, "failed": tc.failed, "own": tc.own} {
			if value >= 0 {
				metric := metrics.Metric{Namespace: "Shop", Name: name}
				m.Store.Add(0, metrics.Datum{Metric: metric, Values: []float64{value}})
			}
		}
		a := alarm(func(a *types.MetricAlarm) {
			a.Namespace, a.MetricName, a.Statistic, a.Period = nil, nil, "", nil
			a.EvaluationPeriods, a.DatapointsToAlarm, a.Threshold = aws.Int32(1), nil, aws.Float64(10)
			a.Metrics = []types.MetricDataQuery{
				{Id: aws.String("result"), Expression: &tc.expression, ReturnData: aws.Bool(true)},
				part("requests", "requests"), part("failed", "failed"), part("own", "own"),
			}
		})
		verdict, err := alarms.Evaluate(a, types.StateValueOk, m)
		if err != nil || verdict.State != tc.want {
			t.Errorf("%+v: got %v (%v)", tc, verdict, err)
		}
	}
	a := alarm(func(a *types.MetricAlarm) {
		a.Metrics = []types.MetricDataQuery{{Id: aws.String("result"), Expression: aws.String("ANOMALY_DETECTION_BAND(x)")}}
	})
	if _, err := alarms.Evaluate(a, types.StateValueOk, after()); err == nil {
		t.Error("an unknown function was accepted")
	}
}

func TestMessages(t *testing.T) {
	c := alarms.Change{
		Alarm: alarm(func(*types.MetricAlarm) {}), From: types.StateValueOk,
		Verdict: alarms.Verdict{State: types.StateValueAlarm, Reason: "because"},
		At:      time.Date(2026, 11, 26, 22, 10, 0, 0, time.UTC),
	}
	if got, want := c.Subject(), `ALARM: "slow" in EU (Ireland)`; got != want {
		t.Errorf("the subject is %s, want %s", got, want)
	}
	if got := c.Actions(); len(got) != 1 || got[0] != "up" {
		t.Errorf("the actions are %v, want up", got)
	}
	var message struct {
		AlarmName, NewStateValue, OldStateValue, NewStateReason, StateChangeTime, Region string

		Account string `json:"AWSAccountId"`
		Trigger struct {
			MetricName, Statistic string
			Period                int
			Dimensions            []map[string]string
		}
	}
	if err := json.Unmarshal([]byte(c.Message()), &message); err != nil {
		t.Fatal(err)
	}
	if message.AlarmName != "slow" || message.Account != "123456789012" || message.NewStateValue != "ALARM" ||
		message.OldStateValue != "OK" || message.NewStateReason != "because" || message.Region != "EU (Ireland)" ||
		message.StateChangeTime != "2026-11-26T22:10:00.000+0000" || message.Trigger.MetricName != "Latency" ||
		message.Trigger.Statistic != "AVERAGE" || message.Trigger.Period != 60 ||
		message.Trigger.Dimensions[0]["name"] != "Page" {
		t.Errorf("the message is %s", c.Message())
	}
}
