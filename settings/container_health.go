package settings

import (
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"
	"time"

	"webapp/internal/configfile"
)

// ContainerHealthCheck is a command that ECS runs in the container.
// Sources: ECS API, HealthCheck, for the ranges; Docker Engine (moby), daemon/health.go, for CMD and CMD-SHELL: the
// shell gets only the first text as its command line.
type ContainerHealthCheck struct {
	// Command to run: [CMD-SHELL, a line for the shell] or [CMD, a program, its arguments…]. Required.
	Command []string `yaml:"command" shape:"shell"`

	// Interval between two checks. Default 30s.
	Interval time.Duration `yaml:"interval" range:"5s,300s"`

	// Timeout after which a check counts as failed. Default 5s.
	Timeout time.Duration `yaml:"timeout" range:"2s,60s"`

	// Retries is the number of failed checks in a row that makes the container unhealthy. Default 3.
	Retries int `yaml:"retries" range:"1,10"`

	// StartPeriod is how long after the start failed checks are ignored. Default 0s.
	StartPeriod time.Duration `yaml:"startPeriod" range:"0s,300s"`
}

func (h *ContainerHealthCheck) SetDefaults() {
	h.Interval = 30 * time.Second
	h.Timeout = 5 * time.Second
	h.Retries = 3
}

func (h *ContainerHealthCheck) Check(c configfile.Checker) {
	switch {
	case len(h.Command) == 0:
		c.At("command").Problemf("is missing; write one such as [CMD-SHELL, curl -f http://localhost:8000/health || " +
			"exit 1]")
	case configfile.HealthCommandList(h.Command) != "":
		c.At("command").Problemf("has CMD or CMD-SHELL in another text, or twice, and would run it as a part of the "+
			"command; write %s", configfile.HealthCommandList(h.Command))
	case h.Command[0] != "CMD" && h.Command[0] != "CMD-SHELL":
		c.At("command").Problemf("begins with %q; begin with CMD for a program and its arguments, or with CMD-SHELL "+
			"for a shell command line", h.Command[0])
	case len(h.Command) == 1 || strings.TrimSpace(h.Command[1]) == "":
		c.At("command").Problemf("has nothing after %s; add the command", h.Command[0])
	case h.Command[0] == "CMD-SHELL" && len(h.Command) > 2:
		c.At("command").Problemf("has %d texts after CMD-SHELL, but the shell runs only the first one; write a "+
			"single text, such as [CMD-SHELL, curl -f http://localhost:8000/health || exit 1], or use CMD",
			len(h.Command)-1)
	case h.Command[0] == "CMD" && len(h.Command) == 2 && strings.ContainsAny(h.Command[1], " \n"):
		c.At("command").Problemf("has a command line after CMD, which needs a program and its arguments as separate " +
			"texts; write CMD-SHELL instead of CMD")
	case h.Command[0] == "CMD":
		h.checkProgram(c.At("command"))
	}
	for i := range h.Command {
		checkWord(c.At("command").Index(i), h.Command, i)
	}
}

// FromText returns how to write a health check that is given as a path or a command.
func (h *ContainerHealthCheck) FromText(text string) string {
	if strings.HasPrefix(text, "/") && !strings.Contains(text, " ") {
		return fmt.Sprintf("{command: […]} for a command, or service: {healthCheck: {path: %q}} for requests of the load "+
			"balancer", text)
	}
	return fmt.Sprintf("{command: %s}", configfile.HealthCommand(text))
}

// adviseSection returns what is wrong with a container's health check that is meant as one of the load balancer, or "".
// With a command, only single keys are in the wrong place.
func adviseSection(section string, words iter.Seq[string]) string {
	container, isCheck := strings.CutSuffix(section, ".healthCheck")
	if !isCheck || !commandCheck.MatchString(section) {
		return ""
	}
	var requests bool
	var keys []string
	for word := range words {
		if slices.Contains([]string{"command", "test", "exec", "cmd"}, word) {
			return ""
		}
		if key := requestKey(word); key != "" {
			keys = append(keys, key+": …")
		}
		requests = requests || isRequestKey(section, word)
	}
	switch {
	case !requests:
		return ""
	case servingContainer.MatchString(container):
		return fmt.Sprintf("is written as the load balancer's check, but a container's check is a command; write service: "+
			"{healthCheck: {%s}} beside container instead", strings.Join(keys, ", "))
	}
	return "is written as the load balancer's check, but a container's check is a command; write one such as " +
		"{command: [CMD-SHELL, curl -f http://localhost:8000/health || exit 1]}"
}

// adviseRequestKey advises about a key of the load balancer's check in that of a container.
func adviseRequestKey(section, word string) (advice, path string) {
	switch {
	case !commandCheck.MatchString(section) || !isRequestKey(section, word):
		return "", ""
	case servingContainer.MatchString(strings.TrimSuffix(section, ".healthCheck")):
		return "", "service.healthCheck." + requestKey(word)
	}
	return "only the load balancer's check of a main container has it; remove it", ""
}

// isRequestKey reports whether the load balancer's check has a key, in one of its spellings, that a container's check
// has in none.
func isRequestKey(section, word string) bool {
	advice, _ := adviseForeignKey(section, word, false)
	return requestKey(word) != "" && advice == "" &&
		!slices.ContainsFunc(configfile.Keys(reflect.TypeFor[ContainerHealthCheck]()), func(key string) bool {
			return strings.EqualFold(key, word)
		})
}

// requestKey returns the key of the load balancer's check that a word stands for, or "".
func requestKey(word string) string {
	for _, key := range configfile.Keys(reflect.TypeFor[HealthCheck]()) {
		if strings.EqualFold(key, word) {
			return key
		}
	}
	_, path := adviseForeignKey("service.healthCheck", word, false)
	return strings.TrimPrefix(path, "service.healthCheck.")
}
