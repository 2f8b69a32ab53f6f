package localaws

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"webapp/internal/localaws/live"
	"webapp/internal/localaws/scheduler"
)

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
	running  *live.World // nil where nothing runs
}

// ecsPatches let services keep their settings and reach a steady state.
func ecsPatches(s *services) map[string]patch {
	changed := patch{rewriteResponse: func(request, response object) {
		if service, ok := response["service"].(object); ok {
			s.remember(request, service)
			s.run(request, service)
			s.complete(service)
		}
	}}
	return map[string]patch{
		ecsTarget + "CreateService": changed,
		ecsTarget + "UpdateService": changed,
		ecsTarget + "DeleteService": {rewriteResponse: func(_, response object) {
			arn := text(inner(response, "service"), "serviceArn")
			s.forget(arn)
			if s.running != nil {
				s.running.ServiceDeleted(arn)
			}
		}},
		ecsTarget + "DescribeServices": {rewriteResponse: func(_, response object) {
			listed, _ := response["services"].([]any)
			for _, item := range listed {
				if service, ok := item.(object); ok {
					s.complete(service)
				}
			}
		}},
	}
}

// run has a service run as it was asked to.
func (s *services) run(request, service object) {
	if s.running == nil {
		return
	}
	asked := maps.Clone(service)
	s.mutex.Lock()
	maps.Copy(asked, s.settings[text(service, "serviceArn")])
	s.mutex.Unlock()
	force, _ := request["forceNewDeployment"].(bool)
	s.running.ServiceChanged(asked, force)
}

func (s *services) remember(request, service object) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	arn, _ := service["serviceArn"].(string)
	if s.settings[arn] == nil {
		s.settings[arn] = object{}
	}
	for _, setting := range remembered {
		value, given := request[setting]
		if !given {
			continue
		}
		if setting == "deploymentConfiguration" { // what it does not name stays as it is
			merged := object{}
			maps.Copy(merged, inner(s.settings[arn], setting))
			maps.Copy(merged, inner(request, setting))
			value = merged
		}
		s.settings[arn][setting] = value
	}
}

func (s *services) forget(arn string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.settings, arn)
}

// stand reports whether tasks are in a subnet or a security group: a list of the network's configuration.
func (s *services) stand(list, id string) bool {
	isIn := func(o scheduler.Order) bool {
		return slices.Contains(map[string][]string{"subnets": o.Subnets, "securityGroups": o.SecurityGroups}[list], id)
	}
	if s.hasTask(isIn) {
		return true
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, settings := range s.settings {
		network := inner(inner(settings, "networkConfiguration"), "awsvpcConfiguration")
		if slices.Contains(texts(network, list), id) {
			return true
		}
	}
	return false
}

// connected reports whether Service Connect has made a name in a namespace for another service than this one. A
// namespace may be given by its id or by the ARN that ends in it.
func (s *services) connected(namespace, name, exceptARN string) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for arn, settings := range s.settings {
		in, names := discoveryNames(inner(settings, "serviceConnectConfiguration"))
		same := in != "" && (strings.HasSuffix(in, namespace) || strings.HasSuffix(namespace, in))
		if arn != exceptARN && same && slices.Contains(names, name) {
			return true
		}
	}
	return false
}

// complete fills in the settings of the service and the state of its tasks. Where nothing runs, all of them are
// reported as running: moto starts none, so a wait for a steady state would never end.
func (s *services) complete(service object) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	arn, _ := service["serviceArn"].(string)
	for setting, value := range s.settings[arn] {
		service[setting] = value
	}
	if s.running != nil {
		s.running.Complete(service)
		return
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
