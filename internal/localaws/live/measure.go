package live

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"webapp/internal/localaws/balancer"
	"webapp/internal/localaws/metrics"
	"webapp/internal/localaws/scheduler"
)

// measured is what was measured in a minute, by place.
type measured map[place][]metrics.Datum

func (m measured) add(p place, metric metrics.Metric, unit types.StandardUnit, values ...float64) {
	if len(values) > 0 {
		m[p] = append(m[p], metrics.Datum{Metric: metric, Unit: string(unit), Values: values})
	}
}

// meters remember what was measured before, to tell what has changed since.
type meters struct {
	world *World
	last  map[string]scheduler.Use // by task
	at    time.Time
	hosts map[hostsOf]*hosts
}

// hosts are the numbers of healthy and unhealthy targets, each time that they were counted in a minute.
type hosts struct{ healthy, unhealthy []float64 }

type hostsOf struct{ balancer, group string }

func newMeters(w *World) *meters {
	return &meters{world: w, last: map[string]scheduler.Use{}, at: time.Now(), hosts: map[hostsOf]*hosts{}}
}

// minute measures what has run since the last call.
func (m *meters) minute(ctx context.Context) measured {
	all := measured{}
	m.tasks(all)
	m.insights(ctx, all)
	m.queues(ctx, all)
	m.balancers(all)
	m.world.schedules.minute(all)
	return all
}

func serviceDimensions(cluster, service string) map[string]string {
	return map[string]string{"ClusterName": cluster[strings.LastIndex(cluster, "/")+1:], "ServiceName": service}
}

// tasks measures how much of their reserved CPU and memory the tasks of each service have used. Each task is a value.
// Source: ECS developer guide, "Amazon ECS service utilization metrics use cases".
func (m *meters) tasks(all measured) {
	now := time.Now()
	uses := m.world.scheduler.Usage()
	current := map[string]scheduler.Use{}
	cpu, memory := map[string][]float64{}, map[string][]float64{}
	for _, u := range uses {
		current[u.Task] = u
		since := m.at
		if u.Started.After(since) {
			since = u.Started
		}
		lasted, used := now.Sub(since), u.CPU-m.last[u.Task].CPU
		if lasted <= 0 || u.Units == 0 || u.MemoryMiB == 0 {
			continue
		}
		cpu[u.Service] = append(cpu[u.Service],
			percent(max(used.Seconds(), 0), lasted.Seconds()*float64(u.Units)/1024))
		memory[u.Service] = append(memory[u.Service], percent(float64(u.Memory), float64(u.MemoryMiB)*(1<<20)))
	}
	m.last, m.at = current, now
	for _, s := range m.world.scheduler.States() {
		dimensions, p := serviceDimensions(s.Cluster, s.Name), placeOf(s.ARN)
		for name, values := range map[string][]float64{
			"CPUUtilization": cpu[s.ARN], "MemoryUtilization": memory[s.ARN],
		} {
			metric := metrics.Metric{Namespace: "AWS/ECS", Name: name, Dimensions: dimensions}
			all.add(p, metric, types.StandardUnitPercent, values...)
		}
	}
}

func percent(part, whole float64) float64 { return 100 * part / whole }

// insights counts the tasks of services whose clusters have Container Insights.
func (m *meters) insights(ctx context.Context, all measured) {
	states := m.world.scheduler.States()
	clusters := map[place][]string{}
	for _, s := range states {
		if p := placeOf(s.ARN); !slices.Contains(clusters[p], s.Cluster) {
			clusters[p] = append(clusters[p], s.Cluster)
		}
	}
	with := map[string]bool{}
	for p, arns := range clusters {
		for _, arn := range m.clustersWithInsights(ctx, p, arns) {
			with[arn] = true
		}
	}
	for _, s := range states {
		if !with[s.Cluster] {
			continue
		}
		for name, count := range map[string]int{"DesiredTaskCount": s.Desired, "RunningTaskCount": s.Running} {
			metric := metrics.Metric{
				Namespace: "ECS/ContainerInsights", Name: name, Dimensions: serviceDimensions(s.Cluster, s.Name),
			}
			all.add(placeOf(s.ARN), metric, types.StandardUnitCount, float64(count))
		}
	}
}

func (m *meters) clustersWithInsights(ctx context.Context, p place, arns []string) []string {
	out, err := ecs.NewFromConfig(m.world.config(p)).DescribeClusters(ctx, &ecs.DescribeClustersInput{
		Clusters: arns, Include: []ecstypes.ClusterField{ecstypes.ClusterFieldSettings},
	})
	if err != nil {
		return nil // the cluster is gone, or the local AWS ends
	}
	var with []string
	for _, c := range out.Clusters {
		if slices.ContainsFunc(c.Settings, func(s ecstypes.ClusterSetting) bool {
			return s.Name == ecstypes.ClusterSettingNameContainerInsights && aws.ToString(s.Value) != "disabled"
		}) {
			with = append(with, aws.ToString(c.ClusterArn))
		}
	}
	return with
}

// countHosts counts the targets of all load balancers that are healthy, and that are not.
func (m *meters) countHosts() {
	for _, one := range m.world.balancers.all() {
		for _, g := range one.groups {
			of := hostsOf{aws.ToString(one.record.LoadBalancerArn), g.ARN}
			if m.hosts[of] == nil {
				m.hosts[of] = &hosts{}
			}
			healthy, unhealthy := 0, 0
			for _, t := range one.Targets(g.ARN) {
				switch t.State {
				case balancer.Healthy:
					healthy++
				case balancer.Unhealthy:
					unhealthy++
				}
			}
			h := m.hosts[of]
			h.healthy, h.unhealthy = append(h.healthy, float64(healthy)), append(h.unhealthy, float64(unhealthy))
		}
	}
}

// balancers measures the requests to load balancers: by load balancer, and by target group. Metrics by zone are left
// out, since a load balancer has no zones here.
// Source: Elastic Load Balancing user guide, "CloudWatch metrics for your Application Load Balancer".
func (m *meters) balancers(all measured) {
	m.countHosts()
	for _, one := range m.world.balancers.all() {
		name := suffix(aws.ToString(one.record.LoadBalancerArn), "loadbalancer/")
		whole := requests{dimensions: map[string]string{"LoadBalancer": name}, own: map[int]float64{}}
		for _, g := range one.groups {
			counts := one.Take(g.ARN)
			part := requests{
				dimensions: map[string]string{"LoadBalancer": name, "TargetGroup": suffix(g.ARN, "")},
				times:      counts.Times, own: map[int]float64{},
			}
			part.add(counts)
			whole.times = append(whole.times, counts.Times...)
			whole.add(counts)
			h := m.hosts[hostsOf{aws.ToString(one.record.LoadBalancerArn), g.ARN}]
			part.measure(all, one.place)
			part.measureTargets(all, one.place, h)
		}
		whole.measure(all, one.place)
		whole.measureOwnErrors(all, one.place)
	}
	clear(m.hosts)
}

// suffix is what an ARN of load balancing ends in: its part after the type of the resource, and after a prefix.
func suffix(arn, prefix string) string {
	return strings.TrimPrefix(arn[strings.LastIndex(arn, ":")+1:], prefix)
}

// requests are those to a load balancer, or to one of its target groups.
type requests struct {
	dimensions map[string]string
	all        float64 // for which a target was chosen
	byStatus   [6]float64
	own        map[int]float64 // errors of the load balancer itself, by status
	times      []float64
}

func (r *requests) add(c balancer.Counts) {
	for digit, n := range c.ByStatus {
		r.byStatus[digit] += float64(n)
		r.all += float64(n)
	}
	for status, n := range c.Own {
		r.own[status] += float64(n)
		if status == http.StatusBadGateway || status == http.StatusGatewayTimeout { // else there was no target to ask
			r.all += float64(n)
		}
	}
}

func (r *requests) metric(name string) metrics.Metric {
	return metrics.Metric{Namespace: "AWS/ApplicationELB", Name: name, Dimensions: r.dimensions}
}

// measure measures what is reported both by load balancer and by target group. Counts of statuses are only reported
// where they are not 0.
func (r *requests) measure(all measured, p place) {
	all.sum(p, r.metric("RequestCount"), r.all)
	for digit := 2; digit <= 5; digit++ {
		if n := r.byStatus[digit]; n > 0 {
			all.sum(p, r.metric(fmt.Sprintf("HTTPCode_Target_%dXX_Count", digit)), n)
		}
	}
	all.add(p, r.metric("TargetResponseTime"), types.StandardUnitSeconds, r.times...)
}

// sum adds a count. Each of what is counted is a value of 1.
func (m measured) sum(p place, metric metrics.Metric, n float64) {
	d := metrics.Datum{Metric: metric, Unit: string(types.StandardUnitCount)}
	if n == 0 {
		d.Values = []float64{0}
	} else {
		d.Summary = metrics.Summary{Count: n, Sum: n, Minimum: 1, Maximum: 1}
	}
	m[p] = append(m[p], d)
}

// measureTargets measures what is reported by target group only. The number of requests for each target is the average
// over the healthy ones.
func (r *requests) measureTargets(all measured, p place, h *hosts) {
	all.add(p, r.metric("HealthyHostCount"), types.StandardUnitCount, h.healthy...)
	all.add(p, r.metric("UnHealthyHostCount"), types.StandardUnitCount, h.unhealthy...)
	if targets := metrics.Summarize(h.healthy); targets.Sum > 0 {
		all.add(p, r.metric("RequestCountPerTarget"), types.StandardUnitCount, r.all/(targets.Sum/targets.Count))
	}
}

// measureOwnErrors measures the errors of a load balancer itself: those of the client and those of the server together,
// and the latter by their status.
func (r *requests) measureOwnErrors(all measured, p place) {
	var ofClient, ofServer float64
	for _, status := range slices.Sorted(maps.Keys(r.own)) {
		if status < http.StatusInternalServerError {
			ofClient += r.own[status]
			continue
		}
		ofServer += r.own[status]
		all.sum(p, r.metric(fmt.Sprintf("HTTPCode_ELB_%d_Count", status)), r.own[status])
	}
	if ofClient > 0 {
		all.sum(p, r.metric("HTTPCode_ELB_4XX_Count"), ofClient)
	}
	if ofServer > 0 {
		all.sum(p, r.metric("HTTPCode_ELB_5XX_Count"), ofServer)
	}
}
