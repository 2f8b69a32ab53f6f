package settings

import (
	"strconv"
	"time"

	"webapp/internal/configfile"
)

// Release is a command that runs before a new version of the service, such as a migration of a database. It runs in a
// task of its own, as the service runs its tasks: with the main container's new image, variables, secrets, role and
// network. It runs on Fargate even if the service uses Spot. If it fails, no service of the file gets a new version.
type Release struct {
	// Command replaces the main container's command for it. It runs once for each new version of the task definition and
	// for each change of service.deployment.redeploy, and again after it has failed, so it must take a second run well.
	// Whoever applies needs this program on the PATH, as webapp. Required.
	Command []string `yaml:"command" shape:"words"`

	// Timeout stops the command and fails the release. The credentials of whoever applies must last as long. Default
	// 15m.
	Timeout time.Duration `yaml:"timeout" range:"1m,24h"`
}

// ReleaseStarter is what ECS shows as the starter of the task that the command runs in.
const ReleaseStarter = "webapp-release"

func (r *Release) SetDefaults() { r.Timeout = 15 * time.Minute }

func (r *Release) ShorthandKey(string) string { return "command" }

func (r *Release) Check(c configfile.Checker) {
	if len(r.Command) == 0 {
		c.At("command").Problemf("is missing; write the program and its arguments, such as [bin/rails, db:migrate]")
	}
	checkWords(c.At("command"), r.Command)
}

// maxOverrides is the maximum length of what a task changes of its definition, as JSON.
// Source: ECS API, RunTask (overrides).
const maxOverrides = 8192

// checkRelease reports a command that is too long for a task of its own, or that would be started again in it.
func (w *Workload) checkRelease(c configfile.Checker) {
	if w.Release == nil {
		return
	}
	// ECS API, RunTask: overrides have no restart policy.
	w.Container.checkEnds(c.At("container"), "release.command, which runs in it too, has to end")
	w.Container.checkCommand(c.At("release.command"), w.Release.Command)
	const rest = len(`{"containerOverrides":[{"name":"","command":[]}]}`)
	length := rest + len(w.Container.Name)
	for _, word := range w.Release.Command {
		length += len(strconv.Quote(word)) + len(",")
	}
	if length > maxOverrides {
		c.At("release.command").Problemf("makes the request for the task about %d characters long, but ECS accepts at most "+
			"%d; move long texts into a program of the image", length, maxOverrides)
	}
}
