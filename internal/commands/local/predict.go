package local

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"webapp/internal/awsread"
	"webapp/internal/localaws/engine"
	"webapp/scaling"
	"webapp/scaling/deployed"
	"webapp/scaling/rules"
	"webapp/settings"
)

// predict simulates the load on a service as it is deployed, and says where the simulation's model comes from.
func (s server) predict(
	ctx context.Context, one service, o LoadOptions, happened *tally,
) (simulated scaling.Result, basis string, err error) {
	plan, notes, err := deployed.Read(ctx, one.cfg, one.cluster, one.Name)
	if err != nil {
		return scaling.Result{}, "", err
	}
	plan.Initial = one.Desired        // before the load
	plan = plan.HighResolution(false) // metrics are measured once a minute here
	r := awsread.New(ctx, one.cfg)
	definition := definitionOf(r, one)
	happened.readUse(r, one)
	happened.explain(r.ScalingActivities(one.cluster, one.Name))
	if err := r.Err(); err != nil {
		return scaling.Result{}, "", err
	}
	model, basis := happened.model(definition)
	// A request that no task answers fails when the idle timeout of the load balancer is over, which is a minute of AWS
	// unless somebody has changed it, or when the client gives up.
	model.Queue = min(s.Minute, o.Timeout)
	assumed := rules.DefaultAssumptions()
	assumed.MetricDelay, assumed.ActivityDelay = 0, 0 // the local AWS sees at once what CloudWatch shows later
	service := scaling.Service{Plan: atRate(plan, s.Minute), Model: model, Assumptions: assumed}
	if err := service.Check(o.Load); err != nil {
		return scaling.Result{}, "", err
	}
	simulated = scaling.Simulate(service, o.Load)
	simulated.Notes = append(simulated.Notes, notes...)
	return simulated, basis, nil
}

// definitionOf returns the task definition of a service.
func definitionOf(r *awsread.Reader, one service) ecstypes.TaskDefinition {
	found := r.Service(one.cluster, one.Name)
	if found == nil {
		r.Fail("the service %s is gone", one.Name)
		return ecstypes.TaskDefinition{}
	}
	definition, _ := r.TaskDefinition(aws.ToString(found.TaskDefinition))
	if definition == nil {
		r.Fail("the task definition of %s is gone", one.Name)
		return ecstypes.TaskDefinition{}
	}
	return *definition
}

// atRate returns a plan for rates by this machine's clock. A target of requests is counted in a minute of AWS: where it
// lasts five seconds, it takes twelve times the rate to reach it.
func atRate(p rules.Plan, minute time.Duration) rules.Plan {
	faster := float64(time.Minute) / float64(minute)
	for i, t := range p.Tracking {
		if t.Metric.Kind == settings.Requests {
			p.Tracking[i].Target *= faster
		}
	}
	for i, s := range p.Steps {
		if s.Metric.Kind != settings.Requests {
			continue
		}
		p.Steps[i].Alarm.Threshold *= faster
		for j := range s.Steps {
			s.Steps[j].Lower *= faster
			s.Steps[j].Upper *= faster
		}
	}
	return p
}

// periods are those that CloudWatch keeps metrics by, below a minute. Source: CloudWatch API, MetricStat.
var periods = []time.Duration{time.Minute, 30 * time.Second, 10 * time.Second, 5 * time.Second, time.Second}

// readUse adds to the minutes how much CPU and memory the tasks have used, as CloudWatch has it.
func (t *tally) readUse(r *awsread.Reader, one service) {
	period := time.Second
	for _, p := range periods {
		if p <= t.minute {
			period = p
			break
		}
	}
	from := t.began.Truncate(time.Second)
	to := time.Now().Add(period)
	use := func(name string) []float64 {
		metric := cloudwatchtypes.Metric{Namespace: aws.String("AWS/ECS"), MetricName: &name,
			Dimensions: []cloudwatchtypes.Dimension{
				{Name: aws.String("ClusterName"), Value: &one.cluster}, {Name: aws.String("ServiceName"), Value: &one.Name},
			}}
		return t.byMinute(r.MetricAverages(metric, period, from, to), period)
	}
	cpu, memory := use("CPUUtilization"), use("MemoryUtilization")
	for i := range t.result.Minutes {
		t.result.Minutes[i].CPU, t.result.Minutes[i].Memory = cpu[i], memory[i]
	}
}

// triggered finds the policy in the cause of a scaling activity. Source: Application Auto Scaling user guide, "Scaling
// activities for Application Auto Scaling".
var triggered = regexp.MustCompile(`triggered policy (\S+)`)

// explain gives the changes of the desired count the causes of the scaling activities that made them: the last one that
// began before each. A change that nothing scaled, such as one by Terraform, keeps its own words.
func (t *tally) explain(activities []scalingtypes.ScalingActivity) {
	used := map[string]bool{}
	for i := range t.result.Actions {
		action := &t.result.Actions[i]
		for _, one := range activities {
			began := awsTime(aws.ToTime(one.StartTime).Sub(t.began), t.minute)
			if id := aws.ToString(one.ActivityId); began >= 0 && began <= action.At && !used[id] {
				used[id] = true
				action.Reason, action.Policy = aws.ToString(one.Cause), ""
				if found := triggered.FindStringSubmatch(action.Reason); found != nil {
					action.Policy = found[1]
				}
				break
			}
		}
	}
}

// byMinute returns the values of each minute of the load; NaN where there is none.
func (t *tally) byMinute(values map[time.Time]float64, period time.Duration) []float64 {
	sums, counts := make([]float64, len(t.result.Minutes)), make([]float64, len(t.result.Minutes))
	for at, value := range values {
		i := int(awsTime(at.Add(period/2).Sub(t.began), t.minute) / time.Minute)
		if i >= 0 && i < len(sums) {
			sums[i], counts[i] = sums[i]+value, counts[i]+1
		}
	}
	for i := range sums {
		sums[i] /= counts[i] // NaN for 0/0
	}
	return sums
}

// model returns the model of a task, and where it comes from: calibrated on what was measured, else from what a
// stand-in's environment says, else the one that simulate has without a load test.
func (t *tally) model(definition ecstypes.TaskDefinition) (scaling.Model, string) {
	cpu, _ := strconv.Atoi(aws.ToString(definition.Cpu)) // AWS has checked it
	var workload settings.Workload
	workload.Task.CPU = cpu
	model := scaling.ModelOf(workload)
	if start, known := t.start(); known {
		model.Start = start
	}
	calibrated, fit, err := scaling.Calibrate(t.measured(), model)
	if err == nil {
		return calibrated, fmt.Sprintf("The simulation's model is calibrated on %d of these minutes: a task answers %.4g "+
			"requests a second, %s each when idle.", fit.Minutes, calibrated.Capacity, inMilliseconds(calibrated.Latency))
	}
	if used, latency, units := standIn(definition, cpu); used > 0 {
		const unitsOfVCPU = 1024
		busy := used * unitsOfVCPU / time.Duration(units)
		model.Capacity, model.Latency, model.IdleCPU = 1/busy.Seconds(), latency+busy, 0
		return model, fmt.Sprintf("The simulation takes the capacity of a task, %.4g requests a second, from %s and %s "+
			"of its stand-in: the run's CPU and requests do not tell it.", model.Capacity, engine.EnvCPU, engine.EnvLatency)
	}
	return model, fmt.Sprintf("The simulation assumes that a task answers %.4g requests a second: the run's CPU and "+
		"requests do not tell it.", model.Capacity)
}

// measured is what the model is calibrated on. Minutes in which requests failed are left out: tasks at their limit say
// nothing about what a request costs.
func (t *tally) measured() scaling.Measured {
	var m scaling.Measured
	for _, minute := range t.result.Minutes {
		requests := 60 * minute.Load
		if minute.Refused > 0 {
			requests = math.NaN()
		}
		m.Requests, m.Tasks = append(m.Requests, requests), append(m.Tasks, float64(minute.Running))
		m.CPU, m.Memory = append(m.CPU, minute.CPU), append(m.Memory, minute.Memory)
		m.Response = append(m.Response, minute.ResponseTime)
	}
	return m
}

// standIn returns what the environment of a task's containers tells a stand-in to use for each request, and the CPU
// units that it has.
func standIn(definition ecstypes.TaskDefinition, taskUnits int) (cpu, latency time.Duration, units int) {
	for _, c := range definition.ContainerDefinitions {
		environment := map[string]string{}
		for _, pair := range c.Environment {
			environment[aws.ToString(pair.Name)] = aws.ToString(pair.Value)
		}
		used, _ := time.ParseDuration(environment[engine.EnvCPU])       // a stand-in that runs has read it
		waited, _ := time.ParseDuration(environment[engine.EnvLatency]) //
		if used > 0 {
			return used, waited, cmp.Or(int(c.Cpu), taskUnits)
		}
	}
	return 0, 0, taskUnits
}
