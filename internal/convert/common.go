package convert

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/mattn/go-shellwords"

	"webapp/settings"
)

// words carries a command: a list, or a line that is split as a shell would.
func (s *section) setWords(key string, v value) {
	switch {
	case v.isList():
		s.setTexts(key, v)
	case v.isText():
		words, err := shellwords.Parse(v.text())
		if err != nil || len(words) == 0 {
			v.note("is not carried: it cannot be split into words; write %s as a list", key)
			return
		}
		list := make([]any, len(words))
		for i, word := range words {
			list[i] = word
		}
		s.set(key, list)
	}
}

// setHealthCheck carries the health check of a container.
func (s *section) setHealthCheck(v value, command string) {
	if !v.given() {
		return
	}
	check := newSection()
	test := v.get(command)
	switch {
	case test.isList():
		list := test.texts()
		if len(list) > 0 && list[0] != "CMD" && list[0] != "CMD-SHELL" {
			list = append([]any{"CMD"}, list...)
		}
		check.set("command", list)
	case test.isText():
		check.set("command", []any{"CMD-SHELL", test.text()})
	}
	check.setDuration("interval", v.get("interval"))
	check.setDuration("timeout", v.get("timeout"))
	check.setNumber("retries", v.get("retries"))
	check.setDuration("startPeriod", v.get("start_period"))
	if _, ok := check.values["command"]; ok {
		s.set("healthCheck", check)
	}
}

// toPush is the address of an image that must be pushed first, with a mark.
func (o Options) toPush(s *section, repository, how string) {
	s.set("image", settings.ECRHost(o.account(), o.region())+"/"+strings.ToLower(repository)+":latest",
		"TO DO: push the image to a repository and write its address here. "+how)
}

func (o Options) account() string {
	if o.Account != "" {
		return o.Account
	}
	return sampleAccount
}

func (o Options) region() string {
	if o.Region != "" {
		return o.Region
	}
	return sampleRegion
}

func (o Options) setAWS(root *section) {
	if o.Region != "" {
		root.at("aws").set("region", o.Region)
	}
	if o.Account != "" {
		root.at("aws").set("account", o.Account)
	}
}

// sampleMark is the mark of an ARN with the sample account or region.
func (o Options) sampleMark() string {
	if o.Account != "" && o.Region != "" {
		return ""
	}
	return "TO DO: account " + o.account() + " and region " + o.region() + " are samples. "
}

// architecture returns a platform's architecture: linux/amd64, x86_64, arm64.
func architecture(platform string) (name string, ok bool) {
	platform = strings.ToLower(platform)
	system, arch, found := strings.Cut(platform, "/")
	if !found {
		system, arch = "linux", platform
	}
	arch, _, _ = strings.Cut(arch, "/")
	switch arch {
	case "amd64", "x86_64", "x86-64":
		return "X86_64", system == "linux"
	case "arm64", "aarch64":
		return "ARM64", system == "linux"
	}
	return "", false
}

// sizes are the possible sizes of a Fargate task. Source: ECS developer guide, "Task CPU and memory" for Fargate.
var sizes = []struct{ cpu, least, most, step int }{
	{256, 512, 2048, 512}, {512, 1024, 4096, 1024}, {1024, 2048, 8192, 1024}, {2048, 4096, 16384, 1024},
	{4096, 8192, 30720, 1024}, {8192, 16384, 61440, 4096}, {16384, 32768, 122880, 8192},
}

// fit returns the smallest size of a task that has as much CPU and memory (in MiB).
func fit(cpu, memory int) (int, int) {
	for _, size := range sizes {
		if size.cpu < cpu || size.most < memory {
			continue
		}
		fitting := size.least
		for fitting < memory {
			fitting += size.step
		}
		if size.cpu == 256 && fitting == 1536 {
			fitting = 2048
		}
		return size.cpu, fitting
	}
	last := sizes[len(sizes)-1]
	return last.cpu, last.most
}

// placeholder is the service at the top of a file whose input has no service.
func placeholder(root *section) {
	root.set("worker", true)
	root.at("container").set("image", sampleImage, "TO DO: a settings file has a service, which the input has not. This "+
		"one does nothing and runs no task.")
	root.at("service").set("desiredCount", 0)
}

var variable = regexp.MustCompile(`\$\{[A-Za-z_][A-Za-z0-9_]*\}`)

// within reports whether a host is in a DNS zone.
func within(host, zone string) bool {
	return host == zone || strings.HasSuffix(host, "."+zone)
}

// unique returns a name of a service or a job that is not among those taken, and takes it.
func unique(taken *[]string, name string) string {
	valid := validName(name, longestService)
	for i := 2; slices.Contains(*taken, valid); i++ {
		valid = fmt.Sprintf("%s-%d", validName(name, longestService-len(fmt.Sprint(i))-1), i)
	}
	*taken = append(*taken, valid)
	return valid
}
