package deployed

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"webapp/settings"
)

// simulatedMath ends the notes about metric math that computed does not recognize.
const simulatedMath = "which only the backlog of a queue for each task, and the requests and response time of " +
	"several ports are"

// parts are those of metric math: an expression, and the metrics that it may name.
type parts struct {
	expression           string // without spaces
	expressions, metrics int
	ids                  map[string][]string // by the namespace, name and statistic of the metric
}

func partsOf(all []cloudwatchtypes.MetricDataQuery) parts {
	p := parts{ids: map[string][]string{}}
	for _, q := range all {
		if q.MetricStat == nil || q.MetricStat.Metric == nil {
			p.expression = strings.ReplaceAll(aws.ToString(q.Expression), " ", "")
			p.expressions++
			continue
		}
		m := q.MetricStat.Metric
		key := strings.Join([]string{aws.ToString(m.Namespace), aws.ToString(m.MetricName), aws.ToString(q.MetricStat.Stat)},
			" ")
		p.ids[key] = append(p.ids[key], aws.ToString(q.Id))
		p.metrics++
	}
	return p
}

// asOfAlarm returns the metric math of a scaling policy as an alarm has it: the two APIs have types of their own.
func asOfAlarm(all []scalingtypes.TargetTrackingMetricDataQuery) []cloudwatchtypes.MetricDataQuery {
	queries := make([]cloudwatchtypes.MetricDataQuery, len(all))
	for i, q := range all {
		queries[i] = cloudwatchtypes.MetricDataQuery{Id: q.Id, Expression: q.Expression}
		if q.MetricStat != nil && q.MetricStat.Metric != nil {
			m := q.MetricStat.Metric
			queries[i].MetricStat = &cloudwatchtypes.MetricStat{Stat: q.MetricStat.Stat,
				Metric: &cloudwatchtypes.Metric{Namespace: m.Namespace, MetricName: m.MetricName}}
		}
	}
	return queries
}

// periodOf is the period of the metrics of an alarm, in seconds; 0 where they differ.
func periodOf(all []cloudwatchtypes.MetricDataQuery) int32 {
	var period int32
	for _, q := range all {
		if q.MetricStat == nil {
			continue
		}
		one := aws.ToInt32(q.MetricStat.Period)
		if period != 0 && one != period {
			return 0
		}
		period = one
	}
	return period
}

// computed recognizes the metric math that the constructs write: the requests to the ports of a task, their response
// time, and the messages in a queue divided by the running tasks, also as AWS documents it.
// Source: Application Auto Scaling user guide, "Create a target tracking scaling policy for Application Auto Scaling
// using metric math".
func computed(p parts) (settings.MetricKind, bool) {
	if p.expressions != 1 {
		return "", false
	}
	const alb = "AWS/ApplicationELB "
	requests := p.ids[alb+"RequestCountPerTarget Sum"]
	times, counts := p.ids[alb+"TargetResponseTime Sum"], p.ids[alb+"TargetResponseTime SampleCount"]
	dividend, divisor, _ := strings.Cut(p.expression, "/")
	switch {
	case len(requests) > 0 && len(requests) == p.metrics && isSum(p.expression, requests):
		return settings.Requests, true
	case len(times) > 0 && len(times)+len(counts) == p.metrics && isSum(dividend, times) && isSum(divisor, counts):
		return settings.ResponseTime, true
	case p.isBacklog():
		return settings.Backlog, true
	}
	return "", false
}

var filled = regexp.MustCompile(`FILL\((\w+),0\)`)

// isSum reports whether an expression adds up exactly these metrics.
func isSum(expression string, ids []string) bool {
	terms := strings.Split(strings.Trim(filled.ReplaceAllString(expression, "$1"), "()"), "+")
	return slices.Equal(slices.Sorted(slices.Values(terms)), slices.Sorted(slices.Values(ids)))
}

// isBacklog recognizes the backlog, whatever the statistics, and that of a service that may have no task.
func (p parts) isBacklog() bool {
	of := func(metric string) string {
		for key, ids := range p.ids {
			if strings.HasPrefix(key, metric+" ") {
				return ids[0]
			}
		}
		return ""
	}
	visible, running := of("AWS/SQS ApproximateNumberOfMessagesVisible"), of("ECS/ContainerInsights RunningTaskCount")
	quotient := visible + "/" + running
	return p.metrics == 2 && visible != "" && running != "" &&
		(p.expression == quotient || strings.HasPrefix(p.expression, fmt.Sprintf("IF(%s>0,%s,", running, quotient)))
}
