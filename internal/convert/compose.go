package convert

import (
	"context"
	"fmt"
	"io"
	"iter"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/docker/go-units"
	"github.com/sirupsen/logrus"
	"go.yaml.in/yaml/v4"

	"webapp/internal/configfile"
)

// Compose converts a Compose file. The one with the smallest published port becomes the service at the top, and each
// other service with published ports gets requests by a path of its own. What publishes no port becomes a worker, and
// what ends by itself a job.
func Compose(path string, options Options) (Result, error) {
	c := &composition{options: options, notes: &notes{}}
	if err := c.load(path); err != nil {
		return Result{}, err
	}
	root := c.convert()
	c.src.reportUnread()
	return finish(root, head("a Compose file"), c.notes)
}

type composition struct {
	options  Options
	src      *source
	notes    *notes
	services []*composed // in the order of the file
	folder   string      // of the file

	portVariables []string
}

// assumedPort is the value of a variable without a default that is used as a port.
const assumedPort = "80"

var withoutDefault = regexp.MustCompile(`\$\{?([A-Za-z_][A-Za-z0-9_]*)(?:[^A-Za-z0-9_:+?-]|:[0-9$]|$)`)

// variablesOfPorts lists the variables without a default in ports.
func variablesOfPorts(document *yaml.Node) []string {
	var all []string
	if len(document.Content) == 0 {
		return nil
	}
	at := find(document.Content[0], "services")
	if at < 0 {
		return nil
	}
	for _, service := range document.Content[0].Content[at+1].Content {
		i := find(service, "ports")
		if i < 0 {
			continue
		}
		for _, port := range service.Content[i+1].Content {
			for _, found := range withoutDefault.FindAllStringSubmatch(port.Value, -1) {
				all = append(all, found[1])
			}
		}
	}
	return all
}

// name is the application's: that of the file, or else of its folder, as in Compose.
func (c *composition) name() string {
	if name := c.src.value().get("name"); name.text() != "" {
		return name.validName(name.text(), longestApp)
	}
	valid := validName(c.folder, longestApp)
	if valid != c.folder {
		c.notes.add(Note{File: c.src.name, Message: "the name of its folder, " + c.folder + ", is written as " + valid})
	}
	return valid
}

// composed is a service of a Compose file.
type composed struct {
	name  string
	value value
	kind  kind
	key   string // under services or jobs; "" at the top
	ports []int  // that are published, by the container's numbers
	open  []int  // that others reach
	first int    // the smallest published port of the host
}

type kind int

const (
	isWorker kind = iota
	isWeb
	isJob // ends by itself
	isLeftOut
)

// load reads the file with Compose's own parser, which merges, extends, includes and writes every value in its long
// form. The lines are those of the file itself.
func (c *composition) load(path string) error {
	data, err := readFile(path)
	if err != nil {
		return err
	}
	var original yaml.Node
	if err := yaml.Unmarshal(data, &original); err != nil {
		return fmt.Errorf("%s: not valid YAML: %w", path, err)
	}
	c.portVariables = variablesOfPorts(&original)
	// Of a variable without a default only the name is carried: its value may be a secret of the one who converts.
	lookup := func(name string) (string, bool) {
		if slices.Contains(c.portVariables, name) {
			return assumedPort, true
		}
		withDefault, err := regexp.Match(`\$\{`+regexp.QuoteMeta(name)+`:?[+-]`, data)
		return "${" + name + "}", err == nil && !withDefault
	}
	logrus.SetOutput(io.Discard) // the parser warns of what the notes say
	absolute, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	c.folder = filepath.Base(filepath.Dir(absolute))
	for _, name := range []string{"compose.override.yaml", "compose.override.yml", "docker-compose.override.yml",
		"docker-compose.override.yaml"} {
		override := filepath.Join(filepath.Dir(path), name)
		if _, err := os.Stat(override); err == nil {
			c.notes.add(Note{File: filepath.ToSlash(override), Message: "is not read: it is usually for a developer's " +
				"machine. To have it too, convert the output of docker compose config"})
		}
	}
	details := types.ConfigDetails{
		WorkingDir:  filepath.Dir(absolute),
		ConfigFiles: []types.ConfigFile{{Filename: path, Content: data}},
	}
	model, err := loader.LoadModelWithContext(context.Background(), details, func(o *loader.Options) {
		o.SkipNormalization, o.SkipResolveEnvironment, o.SkipDefaultValues = true, true, true
		o.ResolvePaths = false
		o.SkipConsistencyCheck = true
		o.Profiles = []string{"*"}
		o.SetProjectName(loader.NormalizeProjectName(c.folder), false)
		o.Interpolate.LookupValue = lookup
	})
	if err != nil {
		hint := ""
		if strings.Contains(err.Error(), "${") {
			hint = "; here a variable needs a default, such as ${PORT:-80}"
		}
		if root := original.Content; len(root) > 0 && find(root[0], "services") < 0 && find(root[0], "include") < 0 {
			hint = "; the file has no services: one of the old format has them at the top, so move them under services:"
		}
		return fmt.Errorf("%s: not a Compose file that can be read: %s%s", path,
			strings.ReplaceAll(err.Error(), " false schema", " is not a key of the Compose specification"), hint)
	}
	text, err := yaml.Marshal(model)
	if err != nil {
		return err
	}
	if c.src, err = parseSource(path, text, c.notes); err != nil {
		return err
	}
	if len(original.Content) > 0 {
		setLines(c.src.root, original.Content[0])
		sortLike(c.src.root, original.Content[0])
		c.src.files = map[string]string{}
		c.included(path, original.Content[0], 0)
	}
	return nil
}

// included gives the nodes that come from included files the line numbers that they have in those files.
func (c *composition) included(path string, original *yaml.Node, depth int) {
	at := find(original, "include")
	if at < 0 || depth > deepest {
		return
	}
	for _, entry := range original.Content[at+1].Content {
		if i := find(entry, "path"); i >= 0 {
			entry = entry.Content[i+1]
		}
		files := entry.Content
		if entry.Kind == yaml.ScalarNode {
			files = []*yaml.Node{entry}
		}
		for _, file := range files {
			name := filepath.Join(filepath.Dir(path), file.Value)
			var document yaml.Node
			data, err := readFile(name)
			if err != nil || yaml.Unmarshal(data, &document) != nil || len(document.Content) == 0 {
				continue // it is not on this machine
			}
			c.included(name, document.Content[0], depth+1)
			for i := 0; i+1 < len(c.src.root.Content); i += 2 {
				key, mine := c.src.root.Content[i].Value, c.src.root.Content[i+1]
				theirs := find(document.Content[0], key)
				if theirs < 0 || mine.Kind != yaml.MappingNode {
					continue
				}
				here := find(original, key)
				for k := 0; k+1 < len(mine.Content); k += 2 {
					word := mine.Content[k].Value
					there := find(document.Content[0].Content[theirs+1], word)
					if there < 0 || here >= 0 && find(original.Content[here+1], word) >= 0 {
						continue
					}
					mine.Content[k].Line = document.Content[0].Content[theirs+1].Content[there].Line
					setLines(mine.Content[k+1], document.Content[0].Content[theirs+1].Content[there+1])
					c.src.files[configfile.JoinPath(key, configfile.QuoteKey(word))] = filepath.ToSlash(name)
				}
			}
		}
	}
}

// setLines gives the nodes of a model the lines that they have in the file. A key that is not in the file, or is
// written in another form there, has the line of what it is in.
func setLines(n, original *yaml.Node) {
	if original != nil && original.Kind == yaml.AliasNode {
		original = original.Alias
	}
	if original == nil {
		return
	}
	inherit(n, original.Line)
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if at := find(original, n.Content[i].Value); at >= 0 {
				n.Content[i].Line = original.Content[at].Line
				setLines(n.Content[i+1], original.Content[at+1])
			}
		}
	case yaml.SequenceNode:
		for i, item := range n.Content {
			if original.Kind == yaml.SequenceNode && len(original.Content) == len(n.Content) {
				setLines(item, original.Content[i])
			}
		}
	default: // has no children
	}
}

func inherit(n *yaml.Node, line int) {
	n.Line = line
	for _, child := range n.Content {
		inherit(child, line)
	}
}

// sortLike puts the services into the order of the file.
func sortLike(root, original *yaml.Node) {
	mine, theirs := find(root, "services"), find(original, "services")
	if mine < 0 || theirs < 0 {
		return
	}
	services, all := root.Content[mine+1], original.Content[theirs+1]
	var sorted []*yaml.Node
	for i := 0; i+1 < len(all.Content); i += 2 {
		if at := find(services, all.Content[i].Value); at >= 0 {
			sorted = append(sorted, services.Content[at], services.Content[at+1])
		}
	}
	for i := 0; i+1 < len(services.Content); i += 2 {
		if !slices.Contains(sorted, services.Content[i]) {
			sorted = append(sorted, services.Content[i], services.Content[i+1])
		}
	}
	services.Content = sorted
}

func (c *composition) convert() *section {
	top := c.src.value()
	root := newSection()
	root.set("name", c.name())
	c.options.setAWS(root)
	top.get("version").ignore()
	top.ignoreExtensions()
	c.classify(top.get("services"))
	for name, v := range top.get("networks").pairs() {
		if name != "default" || v.isMap() {
			v.note("is not carried: the services of a file share a VPC. Who may connect to whom is decided by " +
				"security groups: only the load balancer, and services with connect")
		}
	}
	for _, v := range top.get("volumes").pairs() {
		v.note("is not carried: Fargate keeps no volume. For data that outlives a task, make an EFS file system and " +
			"write task.volumes and container.mounts; docs/settings.md")
	}
	for _, v := range top.get("secrets").pairs() {
		v.note("is not carried: put the value into AWS Secrets Manager, and write its ARN under container.secrets. The " +
			"container gets it as an environment variable, not as the file /run/secrets/…")
	}
	for _, v := range top.get("configs").pairs() {
		v.note("is not carried: build the file into the image, or pass its content in container.environment")
	}
	if len(c.portVariables) > 0 {
		c.notes.add(Note{File: c.src.name, Message: fmt.Sprintf("the ports use %s, which has no default; %s is assumed",
			strings.Join(c.portVariables, ", "), assumedPort)})
	}
	main := c.mainService()
	switch {
	case main == nil:
		placeholder(root)
		c.notes.add(Note{File: c.src.name, Message: "no service is carried, but a settings file has one; a placeholder " +
			"that runs no task is written"})
	case main.kind == isWorker:
		c.notes.add(Note{File: c.src.name, Message: "no service publishes a port, so that all are workers, and the stack " +
			"has no load balancer"})
	}
	taken := []string{}
	for _, s := range c.services {
		if s.kind != isLeftOut && s.kind != isJob && s != main {
			s.key = s.value.unique(&taken, s.name)
		}
	}
	taken = append(taken, c.name()) // which is that of the service at the top
	for _, s := range c.services {
		if s.kind == isJob {
			s.key = s.value.unique(&taken, s.name)
		}
	}
	for _, s := range c.services {
		at := root
		switch {
		case s.kind == isLeftOut:
			continue
		case s.kind == isJob:
			at = root.at("jobs", s.key)
		case s != main:
			at = root.at("services", s.key)
		}
		c.service(at, s, s == main)
	}
	return root
}

// mainService is the service with the smallest published port, which gets the requests that no routing selects. Without
// one it is the first worker; nil if there is none either.
func (c *composition) mainService() *composed {
	var main *composed
	for _, s := range c.services {
		switch {
		case s.kind == isLeftOut, s.kind == isJob:
		case main == nil, s.kind == isWeb && (main.kind == isWorker || s.first < main.first):
			main = s
		}
	}
	return main
}

func isLoopback(address string) bool {
	ip, err := netip.ParseAddr(address)
	return err == nil && ip.IsLoopback()
}

// classify reads what each service is.
func (c *composition) classify(services value) {
	jobs := map[string]bool{} // services that others wait for to end
	for _, v := range services.pairs() {
		for name, other := range v.get("depends_on").pairs() {
			if other.get("condition").text() == "service_completed_successfully" {
				jobs[name] = true
			}
		}
	}
	for name, v := range services.pairs() {
		s := &composed{name: name, value: v, first: math.MaxInt}
		c.services = append(c.services, s)
		image := v.get("image").text()
		restart := v.get("restart").text()
		for _, port := range v.get("ports").items() {
			target, ok := port.get("target").number()
			if !ok {
				continue
			}
			if port.get("protocol").text() == "udp" {
				port.note("is not carried: an application load balancer has no UDP")
				continue
			}
			for _, key := range []string{"mode", "name", "app_protocol"} {
				port.get(key).ignore()
			}
			published := port.get("published")
			if ip := port.get("host_ip"); isLoopback(ip.text()) {
				ip.hint("only the host itself reaches port %d, so that the load balancer sends it no requests. If it is to, "+
					"remove the address, and convert again", target)
				published.ignore()
				if !slices.Contains(s.open, target) {
					s.open = append(s.open, target)
				}
				continue
			}
			// Without a number, the host chooses one.
			if n, err := strconv.Atoi(published.text()); err == nil {
				s.first = min(s.first, n)
			}
			if !slices.Contains(s.ports, target) {
				s.ports = append(s.ports, target)
			}
		}
		for _, port := range v.get("expose").items() {
			if n, err := strconv.Atoi(port.text()); err == nil && !slices.Contains(s.open, n) {
				s.open = append(s.open, n)
			}
		}
		instead := managedInstead(image)
		profiles := v.get("profiles")
		switch {
		case instead != "":
			s.kind = isLeftOut
			v.note("is not carried: use %s", instead)
		case jobs[name]:
			s.kind = isJob
			v.hint("others wait for it to end: it is a job, which nothing starts before a deployment. Start it by hand "+
				"(webapp run %s); or write release with its command at the service, whose image it then has",
				validName(name, longestService))
		case profiles.given() && len(profiles.items()) > 0 && len(s.ports) > 0:
			s.kind = isLeftOut
			v.note("is not carried: it has profiles, and runs only when somebody asks for it. Write it under services if " +
				"it is to run all the time")
		case profiles.given() && len(profiles.items()) > 0:
			s.kind = isJob
			profiles.ignore()
			v.hint("has profiles, and runs only when somebody asks for it: it is a job that is started by hand (webapp run "+
				"%s)", validName(name, longestService))
		case v.get("deploy").get("mode").text() == "replicated-job" || v.get("deploy").get("mode").text() == "global-job",
			(restart == "no" || strings.HasPrefix(restart, "on-failure")) && len(s.ports) == 0:
			s.kind = isJob
			v.hint("ends by itself (restart: %s): it is a job that is started by hand (webapp run %s). Write "+
				"jobs.%[2]s.schedule if it has its times", restart, validName(name, longestService))
		case len(s.ports) > 0:
			s.kind = isWeb
		}
	}
}

func (c *composition) service(at *section, s *composed, main bool) {
	v := s.value
	container := at.at("container")
	if s.kind == isWorker {
		at.set("worker", true)
	}
	c.image(container, s)
	var ports []int
	if s.kind == isWeb {
		ports = slices.Clone(s.ports)
	}
	for _, port := range s.open {
		if s.kind == isJob {
			break // nothing connects to it
		}
		if !slices.Contains(ports, port) {
			ports = append(ports, port)
		}
	}
	if len(ports) > 0 {
		list := make([]any, len(ports))
		for i, port := range ports {
			list[i] = port
		}
		container.set("ports", list)
		if s.kind == isWeb && len(s.ports) > 1 {
			v.get("ports").hint("the load balancer sends requests to the first port, %d, only; for others, write "+
				"service.additionalPorts", ports[0])
		}
	}
	if s.kind == isWeb && !main {
		at.at("routing").set("paths", []any{"/" + s.key, "/" + s.key + "/*"}, "TO DO: the requests that this service "+
			"gets. Compose gave it a port of its own; here it shares the load balancer, by path or by hosts.")
		v.get("ports").hint("the services share one load balancer and its port; %s gets the requests for /%s, which "+
			"reach it with this path, until you write another routing", s.name, s.key)
	}
	c.environment(container, s)
	for _, name := range [][2]string{{"entryPoint", "entrypoint"}, {"command", "command"}} {
		words := v.get(name[1])
		container.setWords(name[0], words)
		for _, word := range words.items() {
			if variable.MatchString(word.text()) {
				words.hint("%s would be a variable of the machine that starts Compose; here the container gets this text",
					variable.FindString(word.text()))
			}
		}
	}
	container.setText("user", v.get("user"))
	container.setText("workingDirectory", v.get("working_dir"))
	container.setFlag("readOnly", v.get("read_only"))
	container.setFlag("init", v.get("init"))
	container.setDuration("stopTimeout", v.get("stop_grace_period"))
	for key, label := range entries(v.get("labels")) {
		container.at("labels").setFrom(label, key, label.text())
	}
	nofile := v.get("ulimits").get("nofile")
	if nofile.isMap() {
		nofile.get("soft").ignore() // ECS sets both to the same
		container.setNumber("openFiles", nofile.get("hard"))
	} else {
		container.setNumber("openFiles", nofile)
	}
	check := v.get("healthcheck")
	test := check.get("test").items()
	if check.get("disable").isTrue() || len(test) > 0 && test[0].text() == "NONE" {
		check.note("is not carried: without container.healthCheck, ECS runs none of the image's own either")
	} else {
		container.setHealthCheck(check, "test")
	}
	c.size(at, s)
	c.links(at, s)
	if platform := v.get("platform"); platform.given() {
		if name, ok := architecture(platform.text()); ok {
			at.at("task").set("architecture", name)
		} else {
			platform.note("is not carried: tasks are Linux on X86_64 or ARM64; write task.architecture")
		}
	}
	for _, mount := range v.get("volumes").items() {
		if mount.get("type").text() == "bind" {
			mount.note("is not carried: a task has no folder of the host. Build the files into the image, or use EFS: " +
				"task.volumes and container.mounts")
			continue
		}
		mount.note("is not carried: Fargate keeps no volume. Use EFS (task.volumes, container.mounts), S3, or a database")
	}
	v.get("tmpfs").note("is not carried: write a volume without fileSystem under task.volumes, and mount it with " +
		"container.mounts")
	v.get("secrets").note("is not carried: write the ARNs of the secrets under container.secrets, as environment " +
		"variables instead of files")
	v.get("configs").note("is not carried: build the files into the image")
	if name := v.get("container_name"); containerName.MatchString(name.text()) {
		container.set("name", name.text())
	} else {
		name.note("is not carried: a container's name has letters, digits, hyphens and underscores here; write " +
			"container.name. Others call the service by service.connect")
	}
	if networks := v.get("networks"); networks.isMap() {
		for _, n := range networks.pairs() {
			if n.isMap() {
				n.note("is not carried: names and addresses in a network of Compose; services reach each other by " +
					"service.connect")
			}
		}
	}
	v.get("logging").note("is not carried: the output goes to CloudWatch Logs; write logs for how long it is kept")
	v.get("develop").note("is not carried: it is for a developer's machine")
	v.get("privileged").note("is not carried: Fargate has no privileged containers")
	v.get("links").note("is not carried: services call each other by name with service.connect")
	mode := v.get("network_mode")
	if other, ok := strings.CutPrefix(mode.text(), "service:"); ok {
		mode.note("is not carried: it shares the network of %s, as a sidecar does: move it there, under sidecars.%s", other,
			s.name)
	} else {
		mode.note("is not carried: each task has a network interface of its own (awsvpc)")
	}
	for _, part := range []struct {
		at   value
		keys []unsupported
	}{{v, onFargate}, {v.get("ulimits"), ulimitsOnFargate}, {v.get("deploy"), deployOnFargate}} {
		for _, each := range part.keys {
			for key := range strings.FieldsSeq(each.keys) {
				part.at.get(key).note("is not carried: %s", each.why)
			}
		}
	}
	v.ignoreExtensions()
}

// ignoreExtensions ignores the author's own keys, whose values are read where they are used.
func (v value) ignoreExtensions() {
	if !v.isMap() {
		return
	}
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		if key := v.node.Content[i].Value; strings.HasPrefix(key, "x-") {
			v.get(key).ignore()
		}
	}
}

func (c *composition) image(container *section, s *composed) {
	image, build := s.value.get("image"), s.value.get("build")
	if build.given() {
		build.note("is a step of yours: build the image (docker compose build %s) and push it to a repository, then "+
			"write its address into container.image", s.name)
	}
	switch name := image.text(); {
	case variable.MatchString(name):
		image.note("is not carried: its address comes from a variable; write it into container.image")
		fallthrough
	case name == "":
		c.options.toPush(container, c.name()+"/"+validName(s.name, 60), "")
	case build.given():
		container.set("image", name, "TO DO: build the image and push it to this address, or write another one.")
	default:
		container.set("image", name)
	}
}

// entries are the keys of a mapping with their values, or those of a list of KEY=VALUE.
func entries(v value) iter.Seq2[string, value] {
	if !v.isList() {
		return v.pairs()
	}
	return func(yield func(string, value) bool) {
		for _, item := range v.items() {
			key, text, hasValue := strings.Cut(item.text(), "=")
			node := *item.node
			if node.Value = text; !hasValue {
				node.Tag = "!!null"
			}
			v.src.used[&node] = true
			entry := value{src: v.src, node: &node, path: configfile.JoinPath(v.path, configfile.QuoteKey(key))}
			if !yield(key, entry) {
				return
			}
		}
	}
}

// environment carries variables, except for those whose value is not in the file.
func (c *composition) environment(container *section, s *composed) {
	for name, v := range entries(s.value.get("environment")) {
		switch text := v.text(); {
		case !v.given():
			v.note("is not carried: its value comes from the shell; write it into container.environment, or, if it is " +
				"secret, its ARN into container.secrets")
		case variable.MatchString(text):
			v.note("is not carried: %s comes from the shell or .env; write the value into container.environment, or, if "+
				"it is secret, its ARN into container.secrets", variable.FindString(text))
		default:
			container.at("environment").setFrom(v, name, text)
			for _, other := range c.services {
				if other.kind == isLeftOut && mentions(text, other.name) {
					v.hint("names %s, which is not carried; write the address of what replaces it", other.name)
				}
			}
		}
	}
	for _, file := range s.value.get("env_file").items() {
		name := file.text()
		if file.isMap() {
			name = file.get("path").text()
		}
		file.note("is not carried: move the values of %s into container.environment and the secret ones into "+
			"container.secrets; or upload the file to S3, and write its ARN into container.environmentFiles", name)
	}
}

// mentions reports whether a text has a host's name as a word.
func mentions(text, host string) bool {
	found, err := regexp.MatchString(`(^|[^A-Za-z0-9_.-])`+regexp.QuoteMeta(host)+`($|[^A-Za-z0-9_.-])`, text)
	return err == nil && found
}

// size carries limits and the number of tasks. Compose has limits of a container, Fargate sizes of a task.
func (c *composition) size(at *section, s *composed) {
	v := s.value
	deploy := v.get("deploy")
	limits := deploy.get("resources").get("limits")
	cpus, memory := limits.get("cpus"), limits.get("memory")
	if !cpus.given() {
		cpus = v.get("cpus")
	}
	if !memory.given() {
		memory = v.get("mem_limit")
	}
	cpu, err := strconv.ParseFloat(cpus.text(), 64)
	if cpus.given() && err != nil {
		cpus.note("is not carried: a number is expected; write task.cpu")
	}
	bytes, err := units.RAMInBytes(memory.text())
	if memory.given() && err != nil {
		memory.note("is not carried: a size is expected, such as 512M; write task.memory")
	}
	if cpus.given() || memory.given() {
		taskCPU, taskMemory := fit(int(cpu*1024), int(bytes/units.MiB))
		for _, limit := range []struct {
			v            value
			asked, given float64
		}{{cpus, cpu * 1024, float64(taskCPU)}, {memory, float64(bytes) / units.MiB, float64(taskMemory)}} {
			if limit.given < limit.asked {
				limit.v.hint("is more than Fargate's largest task has: %d vCPU and %d GiB are written", taskCPU/1024,
					taskMemory/1024)
			}
		}
		at.at("task").set("cpu", taskCPU)
		at.at("task").set("memory", taskMemory)
	}
	for _, replicas := range []value{deploy.get("replicas"), v.get("scale")} {
		if n, ok := replicas.number(); ok && s.kind == isJob && n != 1 {
			replicas.note("is not carried: a job runs one task at a time")
		} else if s.kind != isJob {
			at.at("service").setNumber("desiredCount", replicas)
		}
	}
	if mode := deploy.get("mode"); mode.text() == "replicated" || mode.text() == "replicated-job" {
		mode.ignore()
	} else {
		mode.note("is not carried: Fargate has no nodes; write service.desiredCount")
	}
	if s.kind == isJob {
		deploy.get("restart_policy").note("is not carried: nothing runs a job again that has failed; write " +
			"container.restartPolicy")
	} else {
		deploy.get("restart_policy").note("is not carried: ECS starts a new task for every one that ends")
	}
	reservations := deploy.get("resources").get("reservations")
	if devices := reservations.get("devices"); devices.given() {
		devices.note("is not carried: Fargate has no GPU and no other devices")
	}
	reservations.note("is not carried: the task has its cpu and memory for itself")
	deploy.get("update_config").note("is not carried: write service.deployment; by default, new tasks start before old " +
		"ones stop, and a failed deployment is rolled back")
	deploy.get("rollback_config").note("is not carried: service.deployment.rollback is on by default")
	deploy.get("placement").note("is not carried: Fargate places tasks in all zones of the network")
	v.get("mem_reservation").note("is not carried: the task has its cpu and memory for itself")
}

// containerName matches the name of a container in ECS. Source: ECS API, ContainerDefinition, name.
var containerName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)

// longestConnect leaves room for the suffix of the default of service.connect.discoveryName.
const longestConnect = 60

// serves reports whether the service has a port that others reach.
func (s *composed) serves() bool { return s.kind == isWeb || s.kind == isWorker && len(s.open) > 0 }

// isCalled reports whether another service depends on this one.
func (c *composition) isCalled(s *composed) bool {
	return slices.ContainsFunc(c.services, func(other *composed) bool {
		depends := other.value.get("depends_on").node
		return other.kind != isLeftOut && other.kind != isJob && depends != nil && find(depends, s.name) >= 0
	})
}

// links carries who calls whom: a service that others call gets a name for them.
func (c *composition) links(at *section, s *composed) {
	if s.kind == isWorker && s.serves() || s.kind == isWeb && c.isCalled(s) {
		at.at("service").empty("connect").setFrom(s.value, "name", s.value.label(s.name, longestConnect))
	}
	var calls []any
	for name, other := range s.value.get("depends_on").pairs() {
		other.get("required").ignore() // it says what is an error for Compose
		for key, v := range other.pairs() {
			if key == "restart" && v.isTrue() {
				v.note("is not carried: ECS does not restart a service when another one is updated")
			}
		}
		i := slices.IndexFunc(c.services, func(s *composed) bool { return s.name == name })
		switch {
		case i >= 0 && c.services[i].serves() && s.kind == isJob:
			other.hint("jobs have no service.connect: the job must reach %s by the load balancer, or by the name of its "+
				"service.discovery with a security group of your own", name)
		case i >= 0 && c.services[i].kind == isJob:
			other.hint("nothing waits for the job %s: start it before the deployment, or let the application try again",
				name)
		case i >= 0 && c.services[i].serves():
			calls = append(calls, label(name, longestConnect))
		case i >= 0 && c.services[i].kind == isLeftOut:
			other.hint("%s is not carried: the application must try again until what replaces it answers", name)
		case i >= 0:
			other.hint("services start independently of each other: the application must wait for %s by itself, or try "+
				"again", name)
		}
	}
	if len(calls) > 0 {
		at.at("service").empty("connect").set("calls", calls)
	}
}
