package settings

import "time"

const (
	// taskStart is an allowance for the start of a task: its network interface, images and processes.
	taskStart = 2 * time.Minute

	// failuresToFail is the number of failed tasks after which the circuit breaker fails the deployment of a small
	// service.
	// Source: ECS developer guide, "How the Amazon ECS deployment circuit breaker detects failures".
	failuresToFail = 3

	// leastTimeout is the provider's own (aws_ecs_service, Timeouts).
	leastTimeout = 20 * time.Minute
)

// DeployTimeout is how long Terraform waits for a deployment of the service: until the last batch of tasks has been
// replaced and the old tasks have stopped, or until the deployment has failed and the old version is back.
func (w *Workload) DeployTimeout() time.Duration {
	s, h := w.Service, w.slowestHealthCheck()
	tasks := w.Service.DesiredCount
	if w.Scaling != nil {
		tasks = max(tasks, w.Scaling.Max)
	}
	batch := taskStart + time.Duration(h.HealthyThreshold)*h.Interval + w.drain()
	timeout := time.Duration(s.Deployment.batches(tasks)) * batch
	if s.Deployment.CircuitBreaker {
		failing := taskStart + h.GracePeriod + time.Duration(h.UnhealthyThreshold)*h.Interval + w.drain()
		timeout += failuresToFail * failing
	}
	return max(leastTimeout, timeout.Round(time.Minute)+time.Minute)
}

// DeleteTimeout is how long Terraform waits for the tasks of a deleted service, which all stop at the same time.
func (w *Workload) DeleteTimeout() time.Duration {
	return max(leastTimeout, (taskStart+w.drain()).Round(time.Minute)+time.Minute)
}

// drain is how long a task takes to stop: first the load balancer lets its requests end, then its containers get a
// signal.
func (w *Workload) drain() time.Duration {
	var stop time.Duration
	for _, k := range w.Containers() {
		stop = max(stop, k.StopTimeout)
	}
	return w.Deregistration() + stop
}

// Deregistration is how long the load balancer lets requests of a task end before the task stops. A worker has none.
func (w *Workload) Deregistration() time.Duration {
	if w.Worker {
		return 0
	}
	return w.Service.TargetGroup.DeregistrationDelay
}

// slowestHealthCheck returns the longest times among the health checks of all ports. Those of a worker are zero.
func (w *Workload) slowestHealthCheck() HealthCheck {
	if w.Worker {
		return HealthCheck{}
	}
	slowest := w.Service.HealthCheck // its grace period applies to all ports
	for _, more := range w.Service.AdditionalPorts {
		h := more.HealthCheck
		slowest.Interval = max(slowest.Interval, h.Interval)
		slowest.HealthyThreshold = max(slowest.HealthyThreshold, h.HealthyThreshold)
		slowest.UnhealthyThreshold = max(slowest.UnhealthyThreshold, h.UnhealthyThreshold)
	}
	return slowest
}

// batches returns the number of steps in which a deployment replaces the tasks.
func (d *Deployment) batches(tasks int) int {
	fewest := (tasks*d.MinHealthyPercent + 99) / 100
	most := tasks * d.MaxPercent / 100
	room := max(most-fewest, 1)
	return max((tasks+room-1)/room, 1)
}
