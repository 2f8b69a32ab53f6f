package localaws

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"webapp/internal/localaws/live"
)

// eventually waits until a condition holds.
func (s *liveSite) eventually(what string, condition func() bool) {
	s.t.Helper()
	s.await(what, func(ecstypes.Service) bool { return condition() })
}

func (s *liveSite) cloudWatch() *cloudwatch.Client { return cloudwatch.NewFromConfig(s.cfg) }

// statistics returns a metric's values of the last minutes. Dimensions are pairs of name and value.
func (s *liveSite) statistics(namespace, name, statistic string, dimensions ...string) []float64 {
	s.t.Helper()
	in := &cloudwatch.GetMetricStatisticsInput{
		Namespace: &namespace, MetricName: &name, Period: aws.Int32(1),
		StartTime: aws.Time(time.Now().Add(-time.Minute)), EndTime: aws.Time(time.Now().Add(time.Minute)),
		Statistics: []cloudwatchtypes.Statistic{cloudwatchtypes.Statistic(statistic)},
	}
	for i := 0; i < len(dimensions); i += 2 {
		in.Dimensions = append(in.Dimensions,
			cloudwatchtypes.Dimension{Name: &dimensions[i], Value: &dimensions[i+1]})
	}
	var values []float64
	for _, p := range try(s.cloudWatch().GetMetricStatistics(s.t.Context(), in))(s.t).Datapoints {
		for _, value := range []*float64{p.Sum, p.Average, p.Maximum, p.SampleCount} {
			if value != nil {
				values = append(values, *value)
			}
		}
	}
	return values
}

func sum(values []float64) float64 {
	total := 0.0
	for _, v := range values {
		total += v
	}
	return total
}

// dimension is the value by which the metrics of a load balancer or a target group are known.
func dimension(arn string) string {
	return strings.TrimPrefix(arn[strings.LastIndex(arn, ":")+1:], "loadbalancer/")
}

func TestMetricsAreMeasured(t *testing.T) {
	t.Parallel()
	w := &work{}
	w.milliCPU.Store(400)
	s := startSiteOn(t, inline{w})
	balancer, group := dimension(s.balancer), dimension(s.group)
	of := []string{"LoadBalancer", balancer, "TargetGroup", group}
	elb := func(name, statistic string, dimensions ...string) []float64 {
		return s.statistics("AWS/ApplicationELB", name, statistic, dimensions...)
	}
	s.eventually("2 healthy targets, for a whole minute", func() bool {
		healthy := elb("HealthyHostCount", "Average", of...)
		return len(healthy) > 0 && healthy[len(healthy)-1] == 2
	})
	for range 10 {
		s.get()
	}
	s.eventually("10 requests", func() bool { return sum(elb("RequestCount", "Sum", of...)) == 10 })
	// Without the target group moto counts the values of that metric as well.
	if n := sum(elb("RequestCount", "Sum", "LoadBalancer", balancer)); n != 20 {
		t.Errorf("%v requests by load balancer and by target group together, want 20", n)
	}
	if n := sum(elb("RequestCountPerTarget", "Sum", of...)); n != 5 {
		t.Errorf("%v requests for each of 2 targets, want 5", n)
	}
	if n := sum(elb("HTTPCode_Target_2XX_Count", "Sum", of...)); n != 10 {
		t.Errorf("%v requests ended with 2xx, want 10", n)
	}
	if n := sum(elb("TargetResponseTime", "SampleCount", of...)); n != 10 {
		t.Errorf("%v response times were measured, want 10", n)
	}
	service := []string{"ClusterName", "web", "ServiceName", "web"}
	s.eventually("80 % of the CPU", func() bool {
		use := s.statistics("AWS/ECS", "CPUUtilization", "Average", service...)
		return len(use) > 0 && use[len(use)-1] > 79 && use[len(use)-1] < 81
	})
	s.eventually("25 % of the memory", func() bool {
		use := s.statistics("AWS/ECS", "MemoryUtilization", "Average", service...)
		return len(use) > 0 && use[len(use)-1] == 25
	})
}

func (s *liveSite) status() live.Status { return s.server.running.Status() }

// notified returns the subjects of what was published to a topic, the newest first.
func (s *liveSite) notified(topic string) []string {
	var subjects []string
	for _, m := range s.status().Notifications {
		if m.Topic == topic {
			subjects = append(subjects, m.Subject)
		}
	}
	return subjects
}

func (s *liveSite) alarm(name string) cloudwatchtypes.MetricAlarm {
	s.t.Helper()
	return try(s.cloudWatch().DescribeAlarms(s.t.Context(), &cloudwatch.DescribeAlarmsInput{
		AlarmNames: []string{name},
	}))(s.t).MetricAlarms[0]
}

func TestAlarmsNotify(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	topic := *try(sns.NewFromConfig(s.cfg).CreateTopic(t.Context(), &sns.CreateTopicInput{
		Name: aws.String("alarms"),
	}))(t).TopicArn
	alarm := &cloudwatch.PutMetricAlarmInput{
		AlarmName: aws.String("backlog"), Namespace: aws.String("Shop"), MetricName: aws.String("Backlog"),
		Dimensions: []cloudwatchtypes.Dimension{{Name: aws.String("Queue"), Value: aws.String("orders")}},
		Statistic:  cloudwatchtypes.StatisticMaximum, Period: aws.Int32(60), EvaluationPeriods: aws.Int32(1),
		Threshold: aws.Float64(10), TreatMissingData: aws.String("notBreaching"),
		ComparisonOperator: cloudwatchtypes.ComparisonOperatorGreaterThanThreshold,
		AlarmActions:       []string{topic}, OKActions: []string{topic},
	}
	try(s.cloudWatch().PutMetricAlarm(t.Context(), alarm))(t)
	const calm, alarmed = `OK: "backlog" in EU (Ireland)`, `ALARM: "backlog" in EU (Ireland)`
	s.eventually("the new alarm is OK", func() bool { return len(s.notified(topic)) == 1 })

	try(s.cloudWatch().PutMetricData(t.Context(), &cloudwatch.PutMetricDataInput{
		Namespace: aws.String("Shop"), MetricData: []cloudwatchtypes.MetricDatum{{
			MetricName: aws.String("Backlog"), Value: aws.Float64(11), Dimensions: alarm.Dimensions,
		}},
	}))(t)
	s.eventually("ALARM, and OK again", func() bool { return len(s.notified(topic)) == 3 })
	if got := s.notified(topic); got[0] != calm || got[1] != alarmed || got[2] != calm {
		t.Errorf("published were %v", got)
	}
	if got := s.alarm("backlog"); got.StateValue != cloudwatchtypes.StateValueOk {
		t.Errorf("the alarm is %s because %s", got.StateValue, *got.StateReason)
	}

	try(s.cloudWatch().SetAlarmState(t.Context(), &cloudwatch.SetAlarmStateInput{
		AlarmName: alarm.AlarmName, StateValue: cloudwatchtypes.StateValueAlarm, StateReason: aws.String("a trial"),
	}))(t)
	s.eventually("a trial notifies", func() bool { return len(s.notified(topic)) == 5 })
	if got := s.notified(topic); got[0] != calm || got[1] != alarmed {
		t.Errorf("published were %v", got)
	}
	if shown := s.status().Alarms; len(shown) != 1 || shown[0].Name != "backlog" || shown[0].State != "OK" {
		t.Errorf("the status shows %v", shown)
	}
}
