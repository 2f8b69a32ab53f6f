package scheduler

import "time"

// Notice is an event for EventBridge. Source: ECS developer guide, "Amazon ECS events".
type Notice struct {
	Kind     string // the detail-type
	Resource string // the ARN of the service or the task
	Detail   map[string]any
}

// The names of what happens to services.
const (
	deploymentInProgress = "SERVICE_DEPLOYMENT_IN_PROGRESS"
	deploymentCompleted  = "SERVICE_DEPLOYMENT_COMPLETED"
	deploymentFailed     = "SERVICE_DEPLOYMENT_FAILED"
	steadyState          = "SERVICE_STEADY_STATE"
	taskStartImpaired    = "SERVICE_TASK_START_IMPAIRED"
)

// notifyDeployment reports the state of a deployment.
// Source: ECS developer guide, "Amazon ECS service deployment state change events".
func (s *service) notifyDeployment(name string, d *deployment) {
	kind := "INFO"
	if name == deploymentFailed {
		kind = "ERROR"
	}
	s.scheduler.options.Notify(Notice{
		Kind: "ECS Deployment State Change", Resource: s.ARN,
		Detail: object{
			"eventType": kind, "eventName": name, "deploymentId": d.id, "updatedAt": inISO(d.updated), "reason": d.reason,
		},
	})
}

// notifyAction reports what a service does. Source: ECS developer guide, "Amazon ECS service action events".
func (s *service) notifyAction(kind, name string) {
	s.scheduler.options.Notify(Notice{
		Kind: "ECS Service Action", Resource: s.ARN,
		Detail: object{
			"eventType": kind, "eventName": name, "clusterArn": s.Cluster, "createdAt": inISO(time.Now()),
		},
	})
}

// notify reports the state of a task. Source: ECS developer guide, "Amazon ECS task state change events".
func (t *task) notify() {
	detail := t.describe()
	for _, name := range []string{"createdAt", "startedAt", "stoppedAt"} {
		if at, known := detail[name].(float64); known {
			detail[name] = inISO(time.UnixMilli(int64(at * 1000)))
		}
	}
	t.scheduler.options.Notify(Notice{Kind: "ECS Task State Change", Resource: t.arn(), Detail: detail})
}

func inISO(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
