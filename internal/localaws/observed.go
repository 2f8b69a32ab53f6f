package localaws

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"webapp/internal/awsmodel"
	"webapp/internal/localaws/alarms"
	"webapp/internal/localaws/metrics"
)

// observe passes on the requests that change what runs, once moto has carried them out.
func (p *proxy) observe(r *http.Request, request *awsmodel.Request) *http.Request {
	if p.running == nil || isOwn(r) {
		return r
	}
	_, region := signedBy(r)
	input := request.Input
	var see func()
	switch request.Service.Name + " " + request.Operation.Name {
	case "cloudwatch PutMetricData":
		see = func() {
			for _, d := range objects(input, "MetricData") {
				datum, at := datumOf(text(input, "Namespace"), d)
				p.running.MetricPut(p.account, region, datum, at)
			}
		}
	case "cloudwatch SetAlarmState":
		see = func() {
			p.running.AlarmSet(p.account, region, text(input, "AlarmName"), alarms.Verdict{
				State: types.StateValue(text(input, "StateValue")), Reason: text(input, "StateReason"),
			})
		}
	case "cloudwatch DeleteAlarms", "cloudwatch PutMetricAlarm",
		"application-autoscaling DeleteScalingPolicy", "application-autoscaling DeleteScheduledAction",
		"application-autoscaling DeregisterScalableTarget", "application-autoscaling PutScalingPolicy",
		"application-autoscaling PutScheduledAction", "application-autoscaling RegisterScalableTarget":
		see = func() { p.running.ScalingChanged(region) }
	case "scheduler CreateSchedule", "scheduler UpdateSchedule":
		return withRewrite(r, func(response []byte) []byte {
			var created struct{ ScheduleArn string }
			if json.Unmarshal(response, &created) == nil {
				p.running.ScheduleChanged(created.ScheduleArn)
			}
			return response
		})
	case "scheduler DeleteSchedule", "scheduler DeleteScheduleGroup":
		see = func() { p.running.SchedulesDeleted(region) }
	default:
		return r
	}
	return withRewrite(r, func(response []byte) []byte {
		see()
		return response
	})
}

// datumOf reads a member of MetricData. Source: CloudWatch API, MetricDatum.
func datumOf(namespace string, d object) (metrics.Datum, time.Time) {
	datum := metrics.Datum{
		Metric: metrics.Metric{Namespace: namespace, Name: text(d, "MetricName"), Dimensions: map[string]string{}},
	}
	for _, dimension := range objects(d, "Dimensions") {
		datum.Dimensions[text(dimension, "Name")] = text(dimension, "Value")
	}
	if d["Value"] != nil {
		datum.Values = append(datum.Values, numberOf(d["Value"]))
	}
	values, _ := d["Values"].([]any)
	counts, _ := d["Counts"].([]any)
	for i, value := range values {
		count := 1
		if i < len(counts) {
			count = int(numberOf(counts[i]))
		}
		for range count {
			datum.Values = append(datum.Values, numberOf(value))
		}
	}
	if set := inner(d, "StatisticValues"); set != nil {
		datum.Summary = metrics.Summary{
			Count: numberOf(set["SampleCount"]), Sum: numberOf(set["Sum"]),
			Minimum: numberOf(set["Minimum"]), Maximum: numberOf(set["Maximum"]),
		}
	}
	return datum, timeOf(d["Timestamp"])
}

func numberOf(value any) float64 {
	n, _ := strconv.ParseFloat(fmt.Sprint(value), 64) // the model has checked it
	return n
}

// timeOf reads a timestamp: a text, or seconds. Without one it is the present.
func timeOf(value any) time.Time {
	switch at := value.(type) {
	case string:
		if read, err := time.Parse(time.RFC3339, at); err == nil {
			return read
		}
	case json.Number, float64:
		return time.UnixMilli(int64(numberOf(at) * 1000))
	}
	return time.Now()
}

// decompressed returns the body of a request as it was before the SDK compressed it, which SDKs do with metrics. An
// object that a client stores compressed stays as it is.
func decompressed(r *http.Request, body []byte) []byte {
	if r.Header.Get("Content-Encoding") != "gzip" ||
		!strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-") {
		return body
	}
	reader, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return body
	}
	plain, err := io.ReadAll(reader)
	if err != nil {
		return body
	}
	r.Header.Del("Content-Encoding")
	return plain
}
