package convert

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/mattn/go-shellwords"

	"webapp/settings"
)

// setWords carries a command: a list, or a line that is split into words. It notes what only a shell understands.
func (s *section) setWords(key string, v value) {
	line, ok := s.setList(key, v)
	if !ok {
		return
	}
	parser := shellwords.NewParser()
	words, err := parser.Parse(line)
	if err != nil || len(words) == 0 {
		v.note("is not carried: it cannot be split into words; write %s as a list", key)
		return
	}
	s.setLine(key, v, words)
	if end := parser.Position; end >= 0 {
		// Source: compose-go, types.ShellCommand, which splits a command by the same library, and drops the rest.
		v.hint("Compose passes on only what is before the first of & | ; < >, and so does this %s. If all of it is to "+
			"run, write it as a list: [sh, -c, …]", key)
	}
}

// shellSyntax matches what has a meaning for a shell, in a text that may be quoted.
var shellSyntax = regexp.MustCompile("[`&|;<>()]")

// setShell is like setWords, but leaves a line to a shell if it needs one; variables may be a reason too.
func (s *section) setShell(key string, v value, variables bool) {
	line, ok := s.setList(key, v)
	if !ok {
		return
	}
	parser := shellwords.NewParser()
	words, err := parser.Parse(line)
	entry, _ := s.values["entryPoint"].([]any)
	switch {
	case err == nil && len(words) > 0 && parser.Position < 0 && (!variables || !strings.Contains(line, "$")):
		s.setLine(key, v, words)
		return
	case err != nil && !shellSyntax.MatchString(line), len(words) == 0 && err == nil:
		v.note("is not carried: it cannot be split into words; write %s as a list", key)
		return
	case key == "command" && len(entry) > 1 && entry[len(entry)-1] == "-c":
		s.setLine(key, v, []string{line})
	default:
		s.setLine(key, v, []string{"sh", "-c", line})
	}
	v.hint("needs a shell, which the image must have: %s passes the line to it as a whole", key)
}

func (s *section) setLine(key string, v value, words []string) {
	list := make([]any, len(words))
	for i, word := range words {
		list[i] = word
	}
	s.setFrom(v, key, list)
}

// setList carries a list of words. If it is a line instead, it returns that.
func (s *section) setList(key string, v value) (line string, isLine bool) {
	if v.isList() {
		s.setTexts(key, v)
	}
	return v.text(), v.isText()
}

// setRanges carries ranges of addresses in AWS's notation: a single address gets a prefix length, and host bits are
// cleared. It drops what is not a range. If nothing is left, the list is closed.
// Source: EC2 API, IpRange, which is stored in its canonical form.
func (s *section) setRanges(key string, v value) {
	var ranges []value
	for _, item := range v.items() {
		text := strings.TrimSpace(item.text())
		block, err := netip.ParsePrefix(text)
		if address, wrong := netip.ParseAddr(text); wrong == nil {
			block, err = netip.PrefixFrom(address, address.BitLen()), nil
		}
		if err != nil || block.Addr() == broadcast {
			item.note("is not carried: it is not a range of addresses of clients; write one, such as 203.0.113.0/24, under %s",
				key)
			continue
		}
		if written := block.Masked().String(); written != text {
			item.hint("is written as AWS does: %s", written)
			node := *item.node
			node.Value = written
			item.node = &node
		}
		ranges = append(ranges, item)
	}
	s.setItems(key, v, ranges)
	if len(v.items()) > 0 && len(ranges) == 0 {
		v.hint("nothing of it is carried, so that nobody is admitted until you write %s", key)
		s.close(key, "Write the ranges of the clients.")
	}
}

// broadcast is an address that no client has.
var broadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})

// setHealthCheck carries the health check of a container.
func (s *section) setHealthCheck(v value, command string) {
	if !v.given() {
		return
	}
	check := newSection()
	test := v.get(command)
	switch {
	case test.isList():
		check.setTexts("command", test)
		if list, _ := check.values["command"].([]any); len(list) > 0 && list[0] != "CMD" && list[0] != "CMD-SHELL" {
			check.origins = map[string]value{} // of items with other places
			check.setFrom(test, "command", append([]any{"CMD"}, list...))
		}
	case test.isText():
		check.setFrom(test, "command", []any{"CMD-SHELL", test.text()})
	}
	check.setDuration("interval", v.get("interval"))
	check.setDuration("timeout", v.get("timeout"))
	check.setNumber("retries", v.get("retries"))
	check.setDuration("startPeriod", v.get("start_period"))
	if _, ok := check.values["command"]; ok {
		s.setFrom(v, "healthCheck", check)
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

// unique is a unique name for a part of the input. It notes what it changes.
func (v value) unique(taken *[]string, name string) string {
	valid := unique(taken, name)
	v.noteName(name, valid, longestService)
	return valid
}
