package settings

import (
	"strconv"
	"strings"

	"webapp/internal/configfile"
)

// Deployment says how the service moves to a new version of its task, and what happens if that fails.
// Source: ECS developer guide, "Deploy Amazon ECS services by replacing tasks".
type Deployment struct {
	// MinHealthyPercent is the share of the desired count that keeps running during a deployment, in percent, rounded
	// up. For tasks that must never run twice, write 0 here and 100 for MaxPercent. Default 100: a deployment does not
	// reduce capacity.
	MinHealthyPercent int `yaml:"minHealthyPercent" range:"0,100" unit:"percent"`

	// MaxPercent is the share of the desired count that may run during a deployment, in percent, 100 or more, rounded
	// down. Default 200.
	// Source: ECS API, DeploymentConfiguration, which has no upper limit.
	MaxPercent int `yaml:"maxPercent" range:"100,2147483647" unit:"percent"`

	// CircuitBreaker fails a deployment whose tasks do not become healthy, instead of retrying forever. Default true.
	CircuitBreaker bool `yaml:"circuitBreaker"`

	// Rollback restores the last working version after a failed deployment. The apply still fails. What the settings no
	// longer grant is withdrawn before the service moves: the right to pull the image of another repository, to read a
	// secret or to write to a log group, and statements of the roles. If the old version needs it, ECS can start no more
	// tasks of it until you apply again. To be safe, keep the old permission in task.executionRole.statements or
	// task.role.statements until the new version runs, and change logs.existing in an apply of its own. Default true;
	// false if neither the circuit breaker nor alarms detect a failed deployment.
	Rollback bool `yaml:"rollback"`

	// Alarms are the names of CloudWatch alarms, each listed once. A deployment fails if one of them fires while it
	// runs. When the last one is removed, the next apply turns them off, but ECS may remember the names. If later plans
	// then still change the alarms, make it forget them: aws ecs update-service --cluster CLUSTER --service SERVICE
	// --deployment-configuration 'alarms={alarmNames=[],enable=false,rollback=false}'. Default: none.
	Alarms []string `yaml:"alarms"`

	// WaitForSteadyState makes an apply wait until the new version runs, so that the apply fails if the deployment
	// does. With false, an apply that removes a port from additionalPorts deletes the port's target group while old
	// tasks still use it, and ECS may fail to stop them: write true for that apply. Default true.
	WaitForSteadyState bool `yaml:"waitForSteadyState" was:"wait"`

	// Redeploy is any text of up to 256 characters. Changing it starts a new deployment even if nothing else has
	// changed, for example when an image tag was pushed again. Default: none.
	Redeploy string `yaml:"redeploy"`
}

func (d *Deployment) SetDefaults() {
	d.MinHealthyPercent = 100
	d.MaxPercent = 200
	d.CircuitBreaker = true
	d.Rollback = true
	d.WaitForSteadyState = true
}

func (d *Deployment) Check(c configfile.Checker) {
	if d.Rollback && !d.CircuitBreaker && len(d.Alarms) == 0 {
		c.At("rollback").Problemf("true needs something that detects a failed deployment; write circuitBreaker: " +
			"true, or list alarms, or write rollback: false")
	}
	configfile.CheckItems(c.At("alarms"), d.Alarms, "name each alarm once", func(c configfile.Checker, name string) {
		if strings.HasPrefix(name, "arn:") {
			c.Problemf("%s is an ARN, but ECS needs the alarm's name; write only the part after :alarm:", name)
			return
		}
		configfile.CheckText(c, name, "a valid alarm name", 255)
	})
	if d.Redeploy != "" {
		configfile.CheckText(c.At("redeploy"), d.Redeploy, "a valid text", maxTagValue)
	}
}

// checkRoom reports a deployment that could never begin, because with this number of tasks the limits allow ECS neither
// to start a task nor to stop one. With more tasks there is at least as much room. The setting is the one that allows
// this number, if it is not the desired count itself.
func (d *Deployment) checkRoom(c configfile.Checker, tasks int, setting string) {
	fewest := (tasks*d.MinHealthyPercent + 99) / 100
	most := tasks * d.MaxPercent / 100
	if tasks > 0 && fewest >= tasks && most <= tasks {
		count := strconv.Itoa(tasks)
		if setting != "" {
			count += ", which " + setting + " allows"
		}
		c.At("maxPercent").Problemf("%d with minHealthyPercent %d leaves no room for a deployment with a desired "+
			"count of %s: at least %d must run, and at most %d may; write maxPercent 200, or minHealthyPercent %d",
			d.MaxPercent, d.MinHealthyPercent, count, fewest, most, (tasks-1)*100/tasks)
	}
}
