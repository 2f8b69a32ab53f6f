package live

import (
	"cmp"
	"encoding/json"
	"fmt"
	"html"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"webapp/internal/localaws/autoscaling"
	"webapp/internal/localaws/monitor"
	"webapp/internal/localaws/scheduler"
	"webapp/internal/localaws/topics"
)

type object = map[string]any

// ServiceChanged is called when ECS has created or updated a service; force says that a new deployment was asked for.
func (w *World) ServiceChanged(service object, force bool) {
	read, ok := readService(service)
	if !ok {
		return
	}
	w.mesh.put(read)
	wanted := serviceOf(read)
	w.monitoring.of(placeOf(wanted.ARN))
	wanted.Force = force
	w.scheduler.Put(wanted)
}

// ServiceDeleted is called when ECS has deleted a service.
func (w *World) ServiceDeleted(arn string) {
	w.mesh.remove(arn)
	w.scheduler.Delete(arn)
}

// Complete fills in what a service is doing.
func (w *World) Complete(service object) { w.scheduler.Complete(service) }

// awsService is what the scheduler needs of a service as ECS describes it.
type awsService struct {
	ServiceARN              string `json:"serviceArn"`
	ServiceName             string `json:"serviceName"`
	ClusterARN              string `json:"clusterArn"`
	TaskDefinition          string `json:"taskDefinition"`
	DesiredCount            int    `json:"desiredCount"`
	GracePeriod             int    `json:"healthCheckGracePeriodSeconds"`
	DeploymentConfiguration struct {
		MinimumHealthyPercent    *int `json:"minimumHealthyPercent"`
		MaximumPercent           *int `json:"maximumPercent"`
		DeploymentCircuitBreaker struct{ Enable, Rollback bool }
		Alarms                   struct {
			AlarmNames       []string `json:"alarmNames"`
			Enable, Rollback bool
		}
	} `json:"deploymentConfiguration"`
	LoadBalancers []struct {
		TargetGroupARN string `json:"targetGroupArn"`
		ContainerName  string `json:"containerName"`
		ContainerPort  int    `json:"containerPort"`
	} `json:"loadBalancers"`
	NetworkConfiguration awsNetwork `json:"networkConfiguration"`
	ServiceConnect       struct {
		Enabled   bool
		Namespace string
		Services  []struct {
			PortName      string
			ClientAliases []struct {
				DNSName string
				Port    int
			}
		}
	} `json:"serviceConnectConfiguration"`
	ServiceRegistries []struct {
		RegistryARN string `json:"registryArn"`
	} `json:"serviceRegistries"`
}

// awsNetwork is the API's NetworkConfiguration.
type awsNetwork struct {
	AWSVPC struct {
		Subnets        []string `json:"subnets"`
		SecurityGroups []string `json:"securityGroups"`
		AssignPublicIP string   `json:"assignPublicIp"`
	} `json:"awsvpcConfiguration"`
}

// enabled is how the API says that something is on.
const enabled = "ENABLED"

func readService(service object) (read awsService, ok bool) {
	text, err := json.Marshal(service)
	if err != nil || json.Unmarshal(text, &read) != nil {
		return read, false
	}
	return read, read.ServiceARN != ""
}

// serviceOf fills in the defaults. They are those of a rolling deployment: ECS API, DeploymentConfiguration.
func serviceOf(read awsService) scheduler.Service {
	percent := func(given *int, otherwise int) int {
		if given != nil {
			return *given
		}
		return otherwise
	}
	network, deployment := read.NetworkConfiguration.AWSVPC, read.DeploymentConfiguration
	s := scheduler.Service{
		ARN: read.ServiceARN, Name: read.ServiceName, Cluster: read.ClusterARN, TaskDefinition: read.TaskDefinition,
		Desired:               read.DesiredCount,
		MinimumHealthyPercent: percent(deployment.MinimumHealthyPercent, 100),
		MaximumPercent:        percent(deployment.MaximumPercent, 200),
		CircuitBreaker:        deployment.DeploymentCircuitBreaker.Enable,
		Rollback:              deployment.DeploymentCircuitBreaker.Rollback,
		AlarmRollback:         deployment.Alarms.Rollback,
		GracePeriod:           time.Duration(read.GracePeriod) * time.Second,
		Subnets:               network.Subnets, SecurityGroups: network.SecurityGroups,
		AssignPublicIP: network.AssignPublicIP == enabled,
		Discovery:      fmt.Sprint(read.ServiceConnect, read.ServiceRegistries),
	}
	if deployment.Alarms.Enable {
		s.Alarms = deployment.Alarms.AlarmNames
	}
	for _, lb := range read.LoadBalancers {
		s.LoadBalancers = append(s.LoadBalancers, scheduler.LoadBalancer{
			TargetGroup: lb.TargetGroupARN, Container: lb.ContainerName, Port: lb.ContainerPort,
		})
	}
	return s
}

// ListTasks answers ECS's operation of this name. Clusters and services may be given by name.
func (w *World) ListTasks(request object) map[string]any {
	text := func(name string) string {
		value, _ := request[name].(string)
		return value
	}
	return object{"taskArns": w.scheduler.TaskARNs(scheduler.Filter{
		Cluster: cmp.Or(text("cluster"), "default"), Service: text("serviceName"), Family: text("family"),
		StartedBy: text("startedBy"), DesiredStatus: text("desiredStatus"),
	})}
}

// DescribeTasks answers ECS's operation of this name.
func (w *World) DescribeTasks(request object) map[string]any {
	var ids []string
	listed, _ := request["tasks"].([]any)
	for _, id := range listed {
		ids = append(ids, fmt.Sprint(id))
	}
	tasks, failures := w.scheduler.Tasks(ids)
	return object{"tasks": tasks, "failures": failures}
}

// StopTask answers ECS's operation of this name, nil where there is no such task.
func (w *World) StopTask(request object) map[string]any {
	id, _ := request["task"].(string)
	reason, _ := request["reason"].(string)
	if !w.scheduler.StopTask(id, reason) {
		return nil
	}
	tasks, _ := w.scheduler.Tasks([]string{id})
	return object{"task": tasks[0]}
}

// BalancingChanged is called when something about load balancers has changed in the records of an ARN's account and
// region. The ARN may be encoded as in a form, and end at the account.
func (w *World) BalancingChanged(arn string) error {
	p := placeOf(strings.ReplaceAll(arn, "%3A", ":") + ":")
	err := w.balancers.refresh(p)
	w.balancers.reconnect(p.region) // the load balancer may have other security groups or subnets
	return err
}

// NetworkChanged is called when a rule of a security group has changed.
func (w *World) NetworkChanged(region string) { w.balancers.reconnect(region) }

// TargetHealth answers DescribeTargetHealth in XML, as Elastic Load Balancing does.
func (w *World) TargetHealth(group string) []byte {
	var b strings.Builder
	b.WriteString(`<DescribeTargetHealthResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/">` +
		`<DescribeTargetHealthResult><TargetHealthDescriptions>`)
	if one := w.balancers.of(group); one != nil {
		for _, h := range one.Targets(group) {
			fmt.Fprintf(&b, `<member><Target><Id>%s</Id><Port>%d</Port></Target><HealthCheckPort>%d</HealthCheckPort>`+
				`<TargetHealth><State>%s</State>`, h.ID, h.Port, h.Port, h.State)
			if h.Reason != "" {
				fmt.Fprintf(&b, `<Reason>%s</Reason><Description>%s</Description>`, h.Reason,
					html.EscapeString(h.Description))
			}
			b.WriteString(`</TargetHealth></member>`)
		}
	}
	b.WriteString(`</TargetHealthDescriptions></DescribeTargetHealthResult></DescribeTargetHealthResponse>`)
	return []byte(b.String())
}

// Status is what runs, for people and for the tests.
type Status struct {
	// Authority is the certificate of the authority that issues those of the HTTPS listeners, in PEM.
	Authority string            `json:"authority"`
	Services  []scheduler.State `json:"services"`
	Listeners []Listener        `json:"listeners"`
	Hints     []Hint            `json:"hints"`
	Alarms    []monitor.Alarm   `json:"alarms"`
	// Activities are what Application Auto Scaling did, the newest first.
	Activities []autoscaling.Activity `json:"activities"`
	// Runs are what EventBridge Scheduler started last, the newest first.
	Runs []Run `json:"runs"`
	// Notifications are what was published to topics, the newest first.
	Notifications []topics.Message `json:"notifications"`
}

// Hint says which setting leads to what AWS refuses or does not reach.
type Hint struct {
	// About is the ARN of the service or of the target group.
	About string `json:"about"`
	// Words are AWS's.
	Words string `json:"words"`
	Hint  string `json:"hint"`
}

// LocalDomain is what the names of load balancers end in: curl and browsers resolve it to this machine. Source: RFC
// 6761.
const LocalDomain = ".elb.localhost"

// Listener is where a listener answers on this machine.
type Listener struct {
	LoadBalancer string `json:"loadBalancer"` // its name
	DNSName      string `json:"dnsName"`
	Port         int    `json:"port"`      // the one that AWS would open
	LocalPort    int    `json:"localPort"` // the one that this machine has opened, 0 for none
	HTTPS        bool   `json:"https"`
}

// URL leads to a listener, from a browser or curl on this machine.
func (l Listener) URL() string {
	scheme, usual := "http", 80
	if l.HTTPS {
		scheme, usual = "https", 443
	}
	if l.LocalPort == usual {
		return fmt.Sprintf("%s://%s/", scheme, l.DNSName)
	}
	return fmt.Sprintf("%s://%s:%d/", scheme, l.DNSName, l.LocalPort)
}

// Status returns what runs.
func (w *World) Status() Status {
	s := Status{
		Authority: w.authority.pem(), Services: w.scheduler.States(), Listeners: []Listener{}, Hints: []Hint{},
		Notifications: w.monitoring.sent.Last(),
	}
	s.Alarms, s.Activities = w.monitoring.status()
	s.Runs = w.schedules.status()
	for arn, e := range w.scheduler.Hints() {
		s.Hints = append(s.Hints, Hint{About: arn, Words: e.Message, Hint: e.Hint})
	}
	w.balancers.mu.Lock()
	defer w.balancers.mu.Unlock()
	for _, one := range w.balancers.running {
		for _, l := range one.listeners {
			s.Listeners = append(s.Listeners, Listener{
				LoadBalancer: aws.ToString(one.record.LoadBalancerName),
				DNSName:      strings.Replace(aws.ToString(one.record.DNSName), ".elb.amazonaws.com", LocalDomain, 1),
				Port:         int(aws.ToInt32(l.Port)), HTTPS: l.Protocol == "HTTPS",
				LocalPort: one.Port(aws.ToString(l.ListenerArn)),
			})
		}
	}
	for group, hint := range w.balancers.hints {
		if hint != "" && w.balancers.running[w.balancers.homes[group]] != nil {
			s.Hints = append(s.Hints, Hint{About: group, Words: "Request timed out", Hint: hint})
		}
	}
	slices.SortFunc(s.Hints, func(x, y Hint) int { return strings.Compare(x.About, y.About) })
	return s
}
