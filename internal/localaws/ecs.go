package localaws

import "sync"

const ecsTarget = "AmazonEC2ContainerServiceV20141113."

// remembered are the settings of a service that moto does not keep, or keeps from its creation only: its UpdateService
// knows desiredCount and taskDefinition.
var remembered = []string{
	"availabilityZoneRebalancing",
	"capacityProviderStrategy",
	"deploymentConfiguration",
	"enableECSManagedTags",
	"enableExecuteCommand",
	"healthCheckGracePeriodSeconds",
	"loadBalancers",
	"networkConfiguration",
	"platformVersion",
	"propagateTags",
	"serviceConnectConfiguration",
	"serviceRegistries",
}

// services remembers what moto forgets of ECS services, by ARN.
type services struct {
	mutex    sync.Mutex
	settings map[string]object
}

// ecsPatches let services keep their settings and reach a steady state.
func ecsPatches() map[string]patch {
	s := &services{settings: map[string]object{}}
	changed := patch{amend: func(request, response object) {
		if service, ok := response["service"].(object); ok {
			s.remember(request, service)
			s.complete(service)
		}
	}}
	return map[string]patch{
		ecsTarget + "CreateService": changed,
		ecsTarget + "UpdateService": changed,
		ecsTarget + "DescribeServices": {amend: func(_, response object) {
			listed, _ := response["services"].([]any)
			for _, item := range listed {
				if service, ok := item.(object); ok {
					s.complete(service)
				}
			}
		}},
	}
}

func (s *services) remember(request, service object) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	arn, _ := service["serviceArn"].(string)
	if s.settings[arn] == nil {
		s.settings[arn] = object{}
	}
	for _, setting := range remembered {
		if value, given := request[setting]; given {
			s.settings[arn][setting] = value
		}
	}
}

// complete fills in what the service was told, and has all its tasks running: moto starts none, so that nobody who waits
// for a steady state would ever see one.
func (s *services) complete(service object) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	arn, _ := service["serviceArn"].(string)
	for setting, value := range s.settings[arn] {
		service[setting] = value
	}
	service["runningCount"] = service["desiredCount"]
	service["pendingCount"] = 0

	deployments, _ := service["deployments"].([]any)
	for _, item := range deployments {
		deployment, ok := item.(object)
		if !ok || deployment["status"] != "PRIMARY" {
			continue
		}
		deployment["desiredCount"] = service["desiredCount"]
		deployment["runningCount"] = service["desiredCount"]
		deployment["pendingCount"] = 0
		deployment["rolloutState"] = "COMPLETED"
		deployment["rolloutStateReason"] = "ECS deployment completed."
		deployment["taskDefinition"] = service["taskDefinition"]
		service["deployments"] = []any{deployment}
	}
}
