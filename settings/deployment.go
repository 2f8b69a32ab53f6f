package settings

import (
	"strings"

	"webapp/internal/configfile"
)

// Deployment is how the service moves from one version of its task to the next, and what happens when that fails.
// Source: ECS developer guide, "Deploy Amazon ECS services by replacing tasks".
type Deployment struct {
	// MinHealthyPercent is how much of the desired count keeps running during a deployment, rounded up. Default 100: a deployment
	// takes no capacity away. Write 0, and 100 for MaxPercent, for tasks that must not run twice.
	MinHealthyPercent int `yaml:"minHealthyPercent" range:"0,100" unit:"percent"`

	// MaxPercent is how much of the desired count may run during a deployment, 100 or more, rounded down. Default 200.
	// Source: ECS API, DeploymentConfiguration, which has no upper limit.
	MaxPercent int `yaml:"maxPercent" range:"100,2147483647" unit:"percent"`

	// CircuitBreaker ends a deployment whose tasks do not become healthy, rather than to try for ever. Default true.
	CircuitBreaker bool `yaml:"circuitBreaker"`

	// Rollback brings the last working version back after a failed deployment; the apply fails all the same. Default
	// true, and false where neither the circuit breaker nor alarms detect a failed deployment.
	Rollback bool `yaml:"rollback"`

	// Alarms are names of CloudWatch alarms, each once. One that goes off during a deployment fails it. Default: none.
	Alarms []string `yaml:"alarms"`

	// WaitForSteadyState makes an apply wait until the new version runs, so that its result is that of the deployment. With false, an
	// apply that takes a port away from additionalPorts deletes the port's target group while old tasks are still in
	// it, and ECS may fail to stop them: write true for that apply. Default true.
	WaitForSteadyState bool `yaml:"waitForSteadyState" was:"wait"`

	// Redeploy is any text, of at most 256 characters. A new one starts a new deployment though nothing else has
	// changed, as a tag that was pushed anew asks for. Default: none.
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
			"true, name alarms, or write rollback: false")
	}
	configfile.CheckItems(c.At("alarms"), d.Alarms, "name each alarm once", func(c configfile.Checker, name string) {
		if strings.HasPrefix(name, "arn:") {
			c.Problemf("%s is an ARN, and ECS wants the alarm's name; write what is behind :alarm:", name)
			return
		}
		configfile.CheckText(c, name, "an alarm's name", 255)
	})
	if d.Redeploy != "" {
		configfile.CheckText(c.At("redeploy"), d.Redeploy, "a text to compare", maxTagValue)
	}
}

// checkRoom reports a deployment that could never begin: with so many tasks the limits let ECS neither start one more
// nor stop one.
func (d *Deployment) checkRoom(c configfile.Checker, tasks int) {
	fewest := (tasks*d.MinHealthyPercent + 99) / 100
	most := tasks * d.MaxPercent / 100
	if tasks > 0 && fewest >= tasks && most <= tasks {
		c.At("maxPercent").Problemf("%d with minHealthyPercent %d leaves a deployment no room with a desired count "+
			"of %d: at least %d must run, "+
			"and at most %d may; write maxPercent 200, or a lower minHealthyPercent", d.MaxPercent, d.MinHealthyPercent, tasks, fewest, most)
	}
}
