package convert

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"webapp/internal/configfile"
	"webapp/settings"
)

// workload converts a service or a job.
func (w *writer) workload(m *manifest, v value) {
	for _, key := range []string{"name", "type", "environments"} {
		v.get(key)
	}
	switch m.kind {
	case webService, backend, worker, runner:
	case scheduled:
		(&serviceWriter{writer: w, m: m, v: v, at: w.root.at("jobs", m.key)}).job()
		return
	default:
		m.value().note("is not carried: %q; a settings file is of services on ECS. A static site is a bucket with "+
			"CloudFront", m.kind)
		return
	}
	at := w.root
	if m != w.main {
		at = w.root.at("services", m.key)
	}
	s := &serviceWriter{writer: w, m: m, v: v, at: at, isMain: m == w.main}
	s.write()
}

// serviceWriter converts a service.
type serviceWriter struct {
	*writer
	m      *manifest
	v      value
	at     *section
	isMain bool
	port   int // that the service listens on; 0 if none

	front     value // http.target_container, where it is a sidecar
	frontPort value
}

// container converts the main container, and the size of the task.
func (s *serviceWriter) container() {
	v, container := s.v, s.at.at("container")
	s.image(container, v.get("image"))
	s.words(container, v)
	container.setFlag("readOnly", v.get("storage").get("readonly_fs"))
	s.variables(container, v.get("variables"))
	s.copilotVariables(container)
	s.secrets(container, v.get("secrets"))
	envFile(v.get("env_file"))
	s.size()
}

func (s *serviceWriter) write() {
	v := s.v
	s.container()
	s.traffic()
	s.sidecars(v.get("sidecars"))
	s.storage(v.get("storage"))
	s.swap()
	s.count(v.get("count"))
	s.at.at("service").setFlag("exec", v.get("exec"))
	s.deployment(v.get("deployment"))
	s.networking(v.get("network"))
	s.logging(v.get("logging"))
	if tracing := v.get("observability").get("tracing"); tracing.text() == "awsxray" {
		s.at.empty("tracing")
	} else {
		tracing.note("is not carried: traces go to X-Ray; write tracing: {}")
	}
	s.leftOver()
	s.queue(v.get("subscribe"))
	v.get("nlb").note("is not carried: the stack has an application load balancer and no network load balancer. For TCP " +
		"or UDP write a stack of your own")
}

// size carries the size of the task.
func (s *serviceWriter) size() {
	task := s.at.at("task")
	task.setNumber("cpu", s.v.get("cpu"))
	task.setNumber("memory", s.v.get("memory"))
	s.platform(s.v.get("platform"))
}

// leftOver notes what neither services nor jobs have here.
func (s *serviceWriter) leftOver() {
	s.v.get("taskdef_overrides").note("is not carried: look for a setting of the same meaning, or write overrides for " +
		"aws_ecs_task_definition; docs/overrides.md")
	for _, topic := range s.v.get("publish").get("topics").items() {
		topic.note("is not carried: send to the queues of workers with sendsTo instead; or make the SNS topic in a " +
			"Terraform stack of your own, pass its ARN as container.environment, and grant sns:Publish with " +
			"task.role.statements")
	}
}

// queue carries the queue of a Worker Service, which has one even if the manifest does not name it.
// Source: Copilot's documentation, "Worker Service" manifest, subscribe.
func (s *serviceWriter) queue(v value) {
	if s.m.kind != worker {
		return
	}
	queue, own := v.get("queue"), s.at.at("queue")
	own.set("variable", "COPILOT_QUEUE_URI")
	own.setDuration("visibilityTimeout", queue.get("timeout"))
	own.setDuration("retentionPeriod", queue.get("retention"))
	own.setNumber("maxReceives", queue.get("dead_letter").get("tries"))
	fifo := queue.get("fifo")
	if fifo.isMap() || fifo.isTrue() {
		own.set("fifo", true)
	}
	for _, key := range []string{"content_based_deduplication", "deduplication_scope", "throughput_limit",
		"high_throughput"} {
		fifo.get(key).note("is not carried: write an override for aws_sqs_queue; docs/overrides.md")
	}
	queue.get("delay").note("is not carried: write an override of delay_seconds for aws_sqs_queue; docs/overrides.md")
	for _, topic := range v.get("topics").items() {
		if sender := topic.get("service").text(); sender != "" {
			topic.note("is not carried: there are queues, but no topics. Let %s send to the queue itself (sendsTo: [%s]), or "+
				"subscribe the queue to the topic in a Terraform stack of your own", sender,
				cmp.Or(s.m.key, validName(s.name, longestApp)))
		} else {
			topic.note("is not carried: subscribe the queue to the topic in a Terraform stack of your own")
		}
	}
}

func (s *serviceWriter) words(c *section, v value) {
	c.setShell("entryPoint", s.expandedAll(v.get("entrypoint")), false)
	c.setShell("command", s.expandedAll(v.get("command")), false)
}

// image carries the section image of a service, or of a sidecar.
func (s *serviceWriter) image(c *section, image value) {
	location, build := image.get("location"), image.get("build")
	if image.isText() {
		location = image
	}
	known := location.given() && !variable.MatchString(strings.ReplaceAll(s.expanded(location), unknownEnvironment, ""))
	if known {
		c.setFrom(location, "image", s.expanded(location))
	}
	if build.given() {
		build.note("is a step of yours: build the image and push it to a repository, then write its address into " +
			"container.image. Copilot's own repository goes when its service is deleted")
	}
	if !known {
		s.options.toPush(c, s.name+"/"+s.m.name, "In Copilot it was built from a Dockerfile, or came from a variable.")
	}
	c.setText("credentials", image.get("credentials", "credential"))
	for key, label := range image.get("labels").pairs() {
		c.at("labels").setFrom(label, key, s.expanded(label))
	}
	dependsOn(c, image.get("depends_on"))
	check := image.get("healthcheck")
	c.setHealthCheck(s.expandedAll(check), "command")
	healthDefaults(c, check)
	if port, ok := image.get("port").number(); ok {
		s.port = port
	}
}

// healthDefaults writes Copilot's defaults of a container's health check, which differ from those of ECS.
func healthDefaults(c *section, check value) {
	if own, ok := c.values["healthCheck"].(*section); ok && check.given() {
		if _, ok := own.values["interval"]; !ok {
			own.set("interval", "10s")
		}
		if _, ok := own.values["retries"]; !ok {
			own.set("retries", 2)
		}
	}
}

func dependsOn(c *section, v value) {
	for name, condition := range v.pairs() {
		c.at("dependsOn").set(name, strings.ToUpper(condition.text()))
	}
}

func envFile(v value) {
	v.note("is not carried: upload the file to S3, and write its ARN into environmentFiles of the container; or " +
		"move its values into environment")
}

// expanded is a text with the variables of Copilot replaced by their values.
func (s *serviceWriter) expanded(v value) string {
	text := v.text()
	text = strings.ReplaceAll(text, "${COPILOT_APPLICATION_NAME}", s.name)
	text = strings.ReplaceAll(text, "${COPILOT_ENVIRONMENT_NAME}", s.environmentName())
	if rest := strings.ReplaceAll(text, unknownEnvironment, ""); variable.MatchString(rest) {
		v.hint("%s is a variable of the shell that ran copilot; write its value", variable.FindString(rest))
	}
	return text
}

// expandedAll is a value in which all texts are expanded.
func (s *serviceWriter) expandedAll(v value) value {
	if !v.given() {
		return v
	}
	node := *v.node
	node.Content = slices.Clone(node.Content)
	switch {
	case v.isText():
		node.Value = s.expanded(v)
	case v.isList():
		for i, item := range v.items() {
			node.Content[i] = s.expandedAll(item).node
		}
	case v.isMap():
		for i := 1; i < len(node.Content); i += 2 {
			child := value{v.src, node.Content[i], node.Content[i-1], configfile.JoinPath(v.path, node.Content[i-1].Value)}
			node.Content[i] = s.expandedAll(child).node
		}
	}
	v.node = &node
	return v
}

func (s *serviceWriter) variables(c *section, v value) {
	for name, each := range v.pairs() {
		switch {
		case each.isMap():
			each.note("is not carried: it comes from the output of a CloudFormation stack; write the value into " +
				"container.environment")
		case each.given():
			c.at("environment").setFrom(each, name, s.expanded(each))
		}
	}
}

// copilotVariables are those that Copilot sets in every container, as far as they have a value here.
// Source: Copilot's documentation, "Environment variables", default environment variables.
func (s *serviceWriter) copilotVariables(c *section) {
	environment := c.at("environment")
	environment.set("COPILOT_APPLICATION_NAME", s.name, "Copilot sets COPILOT_…; remove what the service does not read.")
	environment.set("COPILOT_ENVIRONMENT_NAME", s.environmentName())
	environment.set("COPILOT_SERVICE_NAME", s.m.name)
}

var arn = regexp.MustCompile(`^arn:aws[a-z-]*:`)

// secrets carries secrets by their names. A name that does not begin with a slash needs an ARN here.
func (s *serviceWriter) secrets(c *section, v value) {
	for name, each := range v.pairs() {
		secrets := c.at("secrets")
		stored := each.get("secretsmanager")
		switch {
		case each.get("from_cfn").given():
			each.note("is not carried: it comes from the output of a CloudFormation stack; write the ARN into " +
				"container.secrets")
		case stored.given():
			text := s.expanded(stored)
			if arn.MatchString(text) {
				secrets.setFrom(each, name, text)
				continue
			}
			secret, key, hasKey := strings.Cut(text, ":")
			if hasKey = hasKey && key != ""; hasKey {
				key = ":" + key
			}
			secrets.setFrom(each, name, fmt.Sprintf("arn:aws:secretsmanager:%s:%s:secret:%s-XXXXXX%s", s.options.region(),
				s.options.account(), secret, key), s.options.sampleMark()+
				"TO DO: instead of XXXXXX, write the six characters at the end of the secret's ARN.")
		default:
			text := s.expanded(each)
			if arn.MatchString(text) || strings.HasPrefix(text, "/") {
				secrets.setFrom(each, name, text)
				continue
			}
			secrets.setFrom(each, name, fmt.Sprintf("arn:aws:ssm:%s:%s:parameter/%s", s.options.region(),
				s.options.account(), text), strings.TrimSpace(s.options.sampleMark()))
		}
	}
}

func (s *serviceWriter) platform(v value) {
	name := v
	if v.isMap() {
		name = v.get("architecture")
		if family := v.get("osfamily"); family.given() && family.text() != "linux" {
			v.note("is not carried: tasks run Linux here")
			return
		}
	}
	if !name.given() {
		return
	}
	if arch, ok := architecture(name.text()); ok {
		s.at.at("task").set("architecture", arch)
	} else {
		v.note("is not carried: tasks run Linux on X86_64 or ARM64 here")
	}
}

// traffic carries how requests reach the service.
func (s *serviceWriter) traffic() {
	http := s.v.get("http")
	container := s.at.at("container")
	if s.m.kind == runner {
		s.runnerTraffic(http)
		return
	}
	balanced := http.isMap() && (s.m.kind == webService && !s.internal || s.m.kind == backend && s.internal)
	if http.isTrue() || http.isFalse() {
		http.ignore()
	}
	if s.m.kind == webService && !http.given() {
		balanced = true
	}
	if s.port == 0 && s.m.kind == webService {
		s.port = 80 // Copilot's default is the port that the Dockerfile exposes
		s.v.get("image").hint("has no port; 80 is assumed for container.ports")
	}
	if !balanced {
		if http.isMap() {
			http.note("is not carried: an application has one load balancer here. Write a file of its own for this service, " +
				"with network.existing for the same VPC")
		}
		s.at.set("worker", true)
		if s.port != 0 {
			container.set("ports", []any{s.port})
			s.at.at("service").empty("discovery").set("name", validName(s.m.name, 63))
			s.namespace()
		}
		return
	}
	if s.internal {
		s.root.at("loadBalancer").set("public", false)
	}
	ports := []any{s.port}
	if target := http.get("target_container"); target.given() && target.text() != s.m.name {
		s.front, s.frontPort = target, http.get("target_port")
	} else if target := http.get("target_port"); target.given() {
		if n, ok := target.number(); ok && n != s.port {
			ports = []any{n}
		}
	}
	routing := newSection()
	s.rule(routing, http)
	if !routing.isEmpty() {
		s.at.set("routing", routing)
	} else if !s.isMain {
		s.at.at("routing").set("paths", []any{"/*"}, "TO DO: the requests that the service gets.")
	}
	s.healthCheck(s.at.at("service", "healthCheck"), http.get("healthcheck"))
	group := s.at.at("service", "targetGroup")
	group.setDuration("deregistrationDelay", http.get("deregistration_delay"))
	if http.get("stickiness").isTrue() {
		group.empty("stickiness")
	}
	if version := http.get("version"); version.given() && !strings.EqualFold(version.text(), "http1") {
		group.setFrom(version, "protocolVersion", strings.ToUpper(version.text()))
	}
	if redirect := http.get("redirect_to_https"); redirect.given() {
		s.redirect = redirect
		if redirect.isFalse() && len(s.aliases) == 0 {
			redirect.note("is not carried: it applies to the whole load balancer; write loadBalancer.https.redirect together " +
				"with a domain or certificates")
		}
	}
	http.get("alb").note("is not carried: write loadBalancer.existing.listener with the ARN of the load balancer's " +
		"listener, and a routing with a priority for every service")
	for _, rule := range http.get("additional_rules").items() {
		ports = s.additionalRule(rule, routing, ports)
	}
	fitRule(routing, http)
	if n, ok := http.get("healthcheck").get("port").number(); ok && !slices.Contains(ports, any(n)) && !s.ofSidecar(n) {
		ports = append(ports, n)
	}
	if traffic, ok := ports[0].(int); ok && !s.front.given() {
		s.encrypt(traffic)
	}
	container.set("ports", ports)
	s.at.at("service").empty("discovery").set("name", validName(s.m.name, 63))
	s.namespace()
}

// encrypt carries that Copilot's load balancers speak TLS with port 443, and only with it.
// Source: Copilot's documentation, "healthcheck.port", and its template of target groups, alb.yml.
func (s *serviceWriter) encrypt(traffic int) {
	const byTLS = 443
	checked, hasOwn := s.v.get("http").get("healthcheck").get("port").number()
	if !hasOwn {
		checked = traffic
	}
	service := s.at.at("service")
	switch {
	case traffic == byTLS && checked != byTLS:
		service.at("healthCheck").set("protocol", "HTTP")
	case traffic != byTLS && checked == byTLS:
		service.at("healthCheck").set("protocol", "HTTPS")
	}
	if traffic == byTLS {
		service.at("targetGroup").set("protocol", "HTTPS")
	}
}

// ofSidecar reports whether a sidecar listens on a port.
func (s *serviceWriter) ofSidecar(port int) bool {
	for _, each := range s.v.get("sidecars").pairs() {
		if n, ok := each.get("port").number(); ok && n == port {
			return true
		}
	}
	return false
}

// namespace gives the services the names that they have in Copilot: SERVICE.ENVIRONMENT.APPLICATION.local.
// Source: Copilot's documentation, "Service-to-service communication".
func (s *serviceWriter) namespace() {
	s.root.at("namespace").set("name", s.environmentName()+"."+strings.ToLower(s.name)+".local")
}

// paths are the patterns of a path of Copilot, which matches all that is below it too.
func paths(path string) []any {
	path = "/" + strings.Trim(path, "/")
	if path == "/" {
		return nil
	}
	return []any{path, path + "/*"}
}

// rule carries the conditions of a listener rule.
func (s *serviceWriter) rule(routing *section, v value) {
	path := v.get("path")
	if all := paths(s.expanded(path)); all != nil {
		routing.setFrom(path, "paths", all)
	}
	var hosts []any
	add := func(at value) {
		name := s.expanded(at)
		if rest := strings.ReplaceAll(name, unknownEnvironment, ""); name == "" || variable.MatchString(rest) {
			at.note("is not carried: write the host in routing.hosts and loadBalancer.domain")
			return
		}
		routing.origins[itemKey("hosts", len(hosts))] = at
		hosts = append(hosts, name)
		s.aliases = append(s.aliases, alias{name, at, s.isMain})
	}
	for _, each := range v.get("alias").items() {
		if !each.isMap() {
			add(each)
			continue
		}
		add(each.get("name"))
		each.get("hosted_zone").note("is not carried: a zone is given by its name; write loadBalancer.domain.zone")
	}
	v.get("hosted_zone").note("is not carried: a zone is given by its name; write loadBalancer.domain.zone")
	if alias := v.get("alias"); len(hosts) > 0 {
		routing.setFrom(alias, "hosts", hosts)
	} else if alias.given() && !s.isMain {
		routing.close("hosts", "Write the hosts whose requests the service gets.")
	}
	routing.setRanges("sources", v.get("allowed_source_ips"))
}

// fitRule leaves out values that a rule has no room for, of the longest list first. Copilot makes several rules of
// them.
func fitRule(routing *section, v value) {
	out := map[string][]string{}
	for {
		longest, values, wildcards := "", 0, 0
		for _, key := range []string{"sources", "hosts", "paths"} {
			list, _ := routing.values[key].([]any)
			values += len(list)
			wildcards += strings.Count(fmt.Sprint(list...), "*")
			if before, _ := routing.values[longest].([]any); len(list) > len(before) {
				longest = key
			}
		}
		if values <= settings.MaxConditionValues && wildcards <= settings.SureWildcards {
			break
		}
		list := routing.values[longest].([]any)
		last := len(list) - 1
		routing.values[longest] = list[:last:last]
		out[longest] = append([]string{fmt.Sprint(list[last])}, out[longest]...)
	}
	for _, each := range []struct{ key, theirs, advice string }{
		{"sources", "allowed_source_ips", "write wider ranges, or loadBalancer.allowedSources, which holds more, for all " +
			"services"},
		{"hosts", "alias", "write wildcards, such as *.example.com, or a further service with the same image"},
		{"paths", "additional_rules", "write wildcards, or a further service with the same image"},
	} {
		if left := strings.Join(out[each.key], ", "); left != "" {
			v.get(each.theirs).hint("a rule has at most %d values, so that these are left out: %s; %s",
				settings.MaxConditionValues, left, each.advice)
			routing.comments[each.key] = fmt.Sprintf("TO DO: a rule has at most %d values. Left out: %s. %s%s.",
				settings.MaxConditionValues, left, strings.ToUpper(each.advice[:1]), each.advice[1:])
		}
	}
}

// additionalRule carries a further rule of the listener. One for the same port is a further path; one for another port
// is an additional port.
func (s *serviceWriter) additionalRule(v value, routing *section, ports []any) []any {
	target := v.get("target_container")
	if other := target.given() && target.text() != s.m.name; other || s.front.given() && v.get("target_port").given() {
		v.note("is not carried: the load balancer sends requests to the main container only")
		return ports
	}
	own := newSection()
	n, hasPort := v.get("target_port").number()
	if !hasPort || n == ports[0] {
		if v.get("alias").given() || v.get("allowed_source_ips").given() {
			v.note("is not carried: a service has one routing, whose paths, hosts and sources must all match. Write a further " +
				"service, or widen its routing")
			return ports
		}
		s.rule(own, v)
		before, hasPaths := routing.values["paths"].([]any)
		more, _ := own.values["paths"].([]any)
		switch {
		case hasPaths && len(more) > 0:
			routing.set("paths", slices.Concat(before, more))
		case !routing.isEmpty():
			v.note("is not carried: the service gets requests of any path, but only if they match the rest of its routing")
			return ports
		}
		for _, key := range []string{"healthcheck", "deregistration_delay", "stickiness", "redirect_to_https", "version",
			"hosted_zone"} {
			v.get(key).note("is not carried: the service has one target group for its port; write it there")
		}
		return ports
	}
	s.rule(own, v)
	fitRule(own, v)
	if own.isEmpty() {
		v.note("is not carried: a rule for port %d without a path or an alias would get all requests", n)
		return ports
	}
	item := newSection()
	item.set("port", n)
	item.set("routing", own)
	s.healthCheck(item.at("healthCheck"), v.get("healthcheck"))
	for _, key := range []string{"deregistration_delay", "stickiness", "redirect_to_https", "version"} {
		v.get(key).note("is not carried: an additional port has it from service.targetGroup, or the listener")
	}
	all, _ := s.at.at("service").values["additionalPorts"].([]any)
	s.at.at("service").set("additionalPorts", append(all, item))
	return append(ports, n)
}

func (s *serviceWriter) healthCheck(check *section, v value) {
	if v.isText() {
		check.setFrom(v, "path", s.expanded(v))
		return
	}
	check.setText("path", v.get("path"))
	check.setNumber("port", v.get("port"))
	check.setText("successCodes", v.get("success_codes"))
	check.setDuration("interval", v.get("interval"))
	check.setDuration("timeout", v.get("timeout"))
	check.setNumber("healthyThreshold", v.get("healthy_threshold"))
	check.setNumber("unhealthyThreshold", v.get("unhealthy_threshold"))
	check.setDuration("gracePeriod", v.get("grace_period"))
}

// runnerTraffic carries the requests of a service on App Runner, which have no rules.
func (s *serviceWriter) runnerTraffic(http value) {
	s.at.at("container").set("ports", []any{cmp.Or(s.port, 80)})
	s.healthCheck(s.at.at("service", "healthCheck"), http.get("healthcheck"))
	if !s.isMain {
		s.at.at("routing").set("paths", []any{"/" + s.m.key, "/" + s.m.key + "/*"}, "TO DO: the requests that the service "+
			"gets. On App Runner it had a host of its own.")
	}
	if alias := http.get("alias"); alias.given() {
		s.rule(newSection(), http)
	}
	http.get("private").note("is not carried: write loadBalancer.public: false, which makes the load balancer internal")
}

func (s *serviceWriter) sidecars(v value) {
	if v.isMap() {
		s.at.at("container").set("name", s.m.name) // by which the sidecars name it in depends_on
	}
	for name, each := range v.pairs() {
		c := s.at.at("sidecars", name)
		s.sidecarImage(c, each)
		essential := each.get("essential")
		c.set("essential", !essential.isFalse())
		if port := each.get("port"); port.given() {
			number, protocol, _ := strings.Cut(port.text(), "/")
			n, err := strconv.Atoi(number)
			switch {
			case err != nil || protocol == "udp":
				port.note("is not carried: only TCP ports are declared; write sidecars.%s.ports", name)
			default:
				c.setFrom(port, "ports", []any{n})
			}
		}
		c.setText("credentials", each.get("credentialsParameter"))
		s.variables(c, each.get("variables"))
		s.secrets(c, each.get("secrets"))
		envFile(each.get("env_file"))
		for key, label := range each.get("labels").pairs() {
			c.at("labels").setFrom(label, key, s.expanded(label))
		}
		dependsOn(c, each.get("depends_on"))
		s.words(c, each)
		check := each.get("healthcheck")
		c.setHealthCheck(s.expandedAll(check), "command")
		healthDefaults(c, check)
		s.mounts(c, each.get("mount_points"))
	}
}

// swap makes the sidecar that gets the requests the main container, which is the one that gets them here.
func (s *serviceWriter) swap() {
	if !s.front.given() {
		return
	}
	name := s.front.text()
	sidecars, container := s.at.at("sidecars"), s.at.at("container")
	first, ok := sidecars.values[name].(*section)
	if !ok {
		s.front.note("is not carried: found no sidecar %s", name)
		return
	}
	if port, ok := s.frontPort.number(); ok {
		first.set("ports", []any{port})
	}
	ports, _ := first.values["ports"].([]any)
	if len(ports) == 0 {
		s.front.note("is not carried: the sidecar %s has no port; write it into container.ports", name)
		return
	}
	if traffic, ok := ports[0].(int); ok {
		s.encrypt(traffic)
	}
	s.front.hint("%s gets the requests, so that it is the container here, and %s is a sidecar", name, s.m.name)
	first.remove("essential")
	first.set("name", name)
	container.remove("name")
	container.set("essential", true)
	sidecars.remove(name)
	s.at.set("container", first)
	sidecars.set(s.m.name, container)
}

func (s *serviceWriter) sidecarImage(c *section, v value) {
	image := v.get("image")
	port := s.port
	s.image(c, image)
	s.port = port
}

func (s *serviceWriter) mounts(c *section, v value) {
	var all []any
	for _, each := range v.items() {
		mount := newSection()
		mount.setText("volume", each.get("source_volume"))
		mount.setText("path", each.get("path"))
		mount.set("readOnly", !each.get("read_only").isFalse())
		all = append(all, mount)
	}
	if len(all) > 0 {
		c.set("mounts", all)
	}
}

func (s *serviceWriter) storage(v value) {
	if n, ok := v.get("ephemeral").number(); ok && n > 20 {
		s.at.at("task").setFrom(v.get("ephemeral"), "ephemeralStorage", n)
	}
	var mounts []any
	for name, each := range v.get("volumes").pairs() {
		volume := s.at.at("task", "volumes").empty(name)
		efs := each.get("efs")
		id := efs.get("id")
		switch {
		case id.isText():
			volume.setFrom(id, "fileSystem", s.expanded(id))
			volume.setText("directory", efs.get("root_dir"))
			auth := efs.get("auth")
			volume.setText("accessPoint", auth.get("access_point_id"))
			if auth.get("iam").isFalse() {
				volume.set("iam", false)
			}
		case efs.given() && !efs.isFalse():
			s.at.at("task", "volumes").comments[name] = "TO DO: write fileSystem. Without it, the volume is empty, and lost " +
				"with each task."
			efs.note("is not carried: a file system of Copilot's own, or of a CloudFormation stack. Make one of your own, " +
				"copy the data (AWS DataSync), and write task.volumes.NAME.fileSystem; until then the volume is empty")
		}
		mount := newSection()
		mount.set("volume", name)
		path := each.get("path")
		mount.setText("path", path)
		mount.set("readOnly", !each.get("read_only").isFalse())
		if path.given() {
			mounts = append(mounts, mount)
		}
	}
	if len(mounts) > 0 {
		s.at.at("container").set("mounts", mounts)
	}
}

// count carries the number of tasks, and what changes it.
func (s *serviceWriter) count(v value) {
	service := s.at.at("service")
	if v.isText() {
		if s.m.kind == runner {
			v.note("is not carried: the name of an App Runner configuration; write scaling")
			return
		}
		service.setNumber("desiredCount", v)
		return
	}
	if spot, ok := v.get("spot").number(); ok {
		service.set("desiredCount", spot)
		service.at("capacity", "spot").set("weight", 1)
	}
	scale := v.get("range")
	if !scale.given() {
		return
	}
	scaling := s.at.at("scaling")
	if scale.isMap() {
		scaling.setNumber("min", scale.get("min"))
		scaling.setNumber("max", scale.get("max"))
		if from, ok := scale.get("spot_from").number(); ok {
			if from > 1 {
				service.at("capacity", "onDemand").set("base", from-1)
			}
			service.at("capacity", "spot").set("weight", 1)
		}
	} else {
		least, most, _ := strings.Cut(scale.text(), "-")
		minimum, err := strconv.Atoi(strings.TrimSpace(least))
		maximum, err2 := strconv.Atoi(strings.TrimSpace(most))
		if err != nil || err2 != nil {
			scale.note("is not carried: a range is expected, such as 1-10; write scaling.min and scaling.max")
			return
		}
		scaling.setFrom(scale, "min", minimum)
		scaling.setFrom(scale, "max", maximum)
	}
	s.target(v, "cpu_percentage", "cpu", "percent")
	s.target(v, "memory_percentage", "memory", "percent")
	if s.at.values["worker"] == true {
		for _, key := range []string{"requests", "response_time"} {
			v.get(key).note("is not carried: a service without load balancer has no metric of requests; write scaling.cpu")
		}
	} else {
		s.target(v, "requests", "requests", "perMinute")
		s.target(v, "response_time", "responseTime", "milliseconds")
	}
	s.backlog(v)
	s.withoutTarget(scale)
}

// backlog carries the target for a queue: how many messages may wait for each task.
func (s *serviceWriter) backlog(count value) {
	v := count.get("queue_delay")
	latency, ok := v.get("acceptable_latency").time()
	each, ok2 := v.get("msg_processing_time").time()
	if !ok || !ok2 || each <= 0 || s.m.kind != worker {
		v.note("is not carried: write scaling.backlog, for the queue of a worker")
		return
	}
	target := s.at.at("scaling", "backlog")
	target.set("perTask", max(int(latency/each), 1), fmt.Sprintf("A message may wait for %s and takes %s.",
		v.get("acceptable_latency").text(), v.get("msg_processing_time").text()))
	for _, cooldown := range []value{count.get("cooldown"), v.get("cooldown")} {
		target.setDuration("scaleInCooldown", cooldown.get("in"))
		target.setDuration("scaleOutCooldown", cooldown.get("out"))
	}
}

// withoutTarget replaces scaling that has no target left by a number of tasks.
func (s *serviceWriter) withoutTarget(scale value) {
	scaling := s.at.at("scaling")
	for _, key := range []string{"cpu", "memory", "requests", "responseTime", "backlog"} {
		if _, ok := scaling.values[key]; ok {
			return
		}
	}
	least, ok := scaling.values["min"].(int)
	if !ok {
		least = 1
	}
	s.at.at("service").set("desiredCount", least)
	s.at.remove("scaling")
	scale.hint("is not carried: scaling needs a target; desiredCount is %d all the time until you write "+
		"scaling.cpu or another one with min and max", least)
}

// target carries a target of scaling: a value, or a mapping with cooldowns of its own.
func (s *serviceWriter) target(count value, theirs, ours, unit string) {
	v := count.get(theirs)
	if !v.given() {
		return
	}
	number, cooldowns := v, []value{count.get("cooldown")}
	if v.isMap() {
		number = v.get("value")
		cooldowns = append(cooldowns, v.get("cooldown"))
	}
	target := s.at.at("scaling", ours)
	if unit == "milliseconds" {
		if d, ok := number.time(); ok {
			target.setFrom(number, unit, int(d.Milliseconds()))
		}
	} else {
		target.setNumber(unit, number)
	}
	for _, cooldown := range cooldowns {
		target.setDuration("scaleInCooldown", cooldown.get("in"))
		target.setDuration("scaleOutCooldown", cooldown.get("out"))
	}
}

func (s *serviceWriter) deployment(v value) {
	d := s.at.at("service", "deployment")
	switch rolling := v.get("rolling"); rolling.text() {
	case "", "default":
	case "recreate":
		d.set("minHealthyPercent", 0)
		d.set("maxPercent", 100)
	default:
		rolling.note("is not carried: write service.deployment")
	}
	if alarms := v.get("rollback_alarms"); alarms.isMap() {
		alarms.note("is not carried: alarms of Copilot's own. Write observability.alarms, or the names of alarms that " +
			"exist in service.deployment.alarms")
	} else {
		d.setTexts("alarms", alarms)
	}
}

// networking carries where the tasks run, and whom they reach.
func (s *serviceWriter) networking(v value) {
	connect := v.get("connect")
	switch alias := connect.get("alias"); {
	case s.m.kind == scheduled && connect.given() && !connect.isFalse():
		connect.note("is not carried: jobs have no Service Connect. Call the services by the load balancer, or by the " +
			"names of service.discovery with a security group of your own")
	case s.m.kind == scheduled:
	case connect.isMap() && s.port != 0:
		s.at.at("service").empty("connect").set("name", alias.label(alias.text(), 63))
		s.namespace()
	case connect.isTrue() && s.port != 0:
		s.at.at("service").empty("connect").set("name", validName(s.m.name, 63))
		s.namespace()
	case connect.isTrue():
		s.at.at("service").empty("connect")
		s.namespace()
	case alias.given():
		alias.note("is not carried: the service has no port")
	}
	if connect.given() && !connect.isFalse() && s.m.kind != scheduled {
		// A service cannot have two records of the same name in the namespace.
		if record, ok := s.at.at("service").values["discovery"].(*section); ok && s.port != 0 {
			s.at.at("service", "connect").set("discoveryName", fmt.Sprint(record.values["name"])+"-connect")
		}
		connect.hint("write the services that this one calls under service.connect.calls")
	}
	vpc := v.get("vpc")
	placement := vpc.get("placement")
	where := placement.text()
	if placement.isMap() {
		placement.get("subnets").note("is not carried: all tasks of a stack are in its private subnets, or with " +
			"service.assignPublicIp in its public ones; write network.existing.privateSubnets")
		where = "private"
	}
	if where == "" {
		where = "public"
		if s.m.kind == runner {
			where = "private"
		}
	}
	if s.placement == nil {
		s.placement = map[string]bool{}
	}
	s.placement[where] = true
	if where == "public" {
		s.at.at("service").set("assignPublicIp", true)
	}
	groups := vpc.get("security_groups")
	if groups.isMap() {
		if deny := groups.get("deny_default"); deny.isTrue() {
			deny.note("needs nothing: tasks only admit the load balancer, and services with connect")
		}
		groups.get("from_cfn").note("is not carried: it comes from the output of a CloudFormation stack; write the id into " +
			"service.securityGroups")
		groups = groups.get("groups")
	}
	var ids []any
	list := groups.items()
	if groups.isMap() {
		groups.note("is not carried: it comes from the output of a CloudFormation stack; write the id into " +
			"service.securityGroups")
		list = nil
	}
	for _, group := range list {
		if group.isMap() {
			group.note("is not carried: it comes from the output of a CloudFormation stack; write the id into " +
				"service.securityGroups")
			continue
		}
		s.at.at("service").origins[itemKey("securityGroups", len(ids))] = group
		ids = append(ids, s.expanded(group))
	}
	if len(ids) > 0 {
		s.at.at("service").set("securityGroups", ids)
	}
}

// copilotRetention is how long Copilot keeps logs by default, in days.
const copilotRetention = 30

func (s *serviceWriter) logging(v value) {
	s.at.at("logs").set("retentionDays", copilotRetention)
	s.at.at("logs").setNumber("retentionDays", v.get("retention"))
	for _, key := range []string{"image", "destination", "enableMetadata", "secretOptions", "configFilePath", "env_file",
		"variables", "secrets"} {
		v.get(key).note("is not carried: logs go to CloudWatch Logs, and FireLens has no setting. Subscribe to the " +
			"log group to send them further")
	}
}

// zoneOf is the zone of a domain: its name without the first part, unless that would be a zone of all companies.
func zoneOf(domain string) string {
	if strings.Count(domain, ".") < 2 {
		return domain // of a company
	}
	_, zone, _ := strings.Cut(domain, ".")
	return zone
}
