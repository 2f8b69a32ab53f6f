package convert

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// AppRunner converts an App Runner service: the output of describe-service, an apprunner.yaml, or Terraform JSON with
// an aws_apprunner_service.
// Source: App Runner API, Service; App Runner developer guide, "App Runner configuration file reference"; the Terraform
// provider's page of aws_apprunner_service.
func AppRunner(path string, options Options) (Result, error) {
	r := &runnerService{options: options, notes: &notes{}, root: newSection()}
	src, err := readSource(path, r.notes)
	if err != nil {
		return Result{}, err
	}
	r.src = src
	top := src.value()
	switch {
	case find(src.root, "Service") >= 0:
		r.service(top.get("Service"), value{})
		top.get("OperationId").ignore()
	case find(src.root, "resource") >= 0:
		if err := r.terraform(top); err != nil {
			return Result{}, err
		}
	case find(src.root, "run") >= 0 || find(src.root, "runtime") >= 0:
		r.file(top)
	default:
		return Result{}, fmt.Errorf("%s: is neither the output of aws apprunner describe-service, nor an "+
			"apprunner.yaml, nor Terraform JSON with resource.aws_apprunner_service", path)
	}
	src.reportUnread()
	return finish(r.root, head("an App Runner service"), r.notes)
}

// runnerService is a service of App Runner. Its parts have names of the API (ImageRepository) or of Terraform
// (image_repository).
type runnerService struct {
	options Options
	notes   *notes
	src     *source
	root    *section
}

var upper = regexp.MustCompile(`([a-z0-9])([A-Z])`)

// part returns a part by its name in the API. Terraform writes it in snake case, and may write a block as a list.
func part(v value, name string) value {
	found := v.get(name, strings.ToLower(upper.ReplaceAllString(name, "${1}_${2}")))
	if found.isList() && len(found.node.Content) == 1 && name != "Tags" {
		return found.items()[0]
	}
	return found
}

// terraform converts the one service of a Terraform file.
func (r *runnerService) terraform(top value) error {
	resources := top.get("resource")
	services := resources.get("aws_apprunner_service")
	if !services.isMap() || len(services.node.Content) != 2 {
		return fmt.Errorf("%s: has not exactly one aws_apprunner_service; keep one of them, and convert each by itself",
			r.src.name)
	}
	var scaling value
	for _, v := range resources.get("aws_apprunner_auto_scaling_configuration_version").pairs() {
		scaling = v
		if v.isList() {
			scaling = v.items()[0]
		}
	}
	for _, key := range []string{"terraform", "provider"} {
		top.get(key).ignore()
	}
	for _, v := range services.pairs() {
		if v.isList() {
			v = v.items()[0]
		}
		r.service(v, scaling)
	}
	return nil
}

// service converts the API's Service, or the resource of Terraform.
func (r *runnerService) service(v, scaling value) {
	called := part(v, "ServiceName")
	name := called.text()
	r.root.set("name", called.validName(name, longestApp))
	if arn := v.get("ServiceArn"); r.options.Region == "" && r.options.Account == "" {
		if parts := strings.Split(arn.text(), ":"); len(parts) > 5 {
			r.options.Region, r.options.Account = parts[3], parts[4]
		}
	}
	r.options.setAWS(r.root)
	for _, key := range []string{"ServiceId", "ServiceArn", "ServiceUrl", "CreatedAt", "UpdatedAt", "DeletedAt",
		"Status"} {
		v.get(key).ignore() // what App Runner calls the service, and how it is
	}
	from := part(v, "SourceConfiguration")
	r.image(part(from, "ImageRepository"), name)
	code := part(from, "CodeRepository")
	code.note("is not carried: App Runner built the image from a repository. Build it in your pipeline " +
		"(docs/ci.md), push it, and write its address into container.image")
	if code.given() {
		r.options.toPush(r.root.at("container"), validName(name, 60), "App Runner built it from a repository.")
		values := part(part(code, "CodeConfiguration"), "CodeConfigurationValues")
		r.values(values)
		r.port(part(values, "Port"))
	}
	if deploys := part(from, "AutoDeploymentsEnabled"); deploys.isTrue() {
		deploys.note("is not carried: a new image is deployed when the settings name it; docs/ci.md has a pipeline")
	}
	part(from, "AuthenticationConfiguration").note("needs nothing: the tasks get permission to pull the image from ECR")
	r.instance(part(v, "InstanceConfiguration"))
	r.health(part(v, "HealthCheckConfiguration"))
	r.network(part(v, "NetworkConfiguration"))
	if traces := part(v, "ObservabilityConfiguration"); part(traces, "ObservabilityEnabled").isTrue() {
		r.root.empty("tracing")
		for _, key := range []string{"ObservabilityConfigurationArn"} {
			part(traces, key).ignore()
		}
	}
	if key := part(v, "EncryptionConfiguration"); key.given() {
		key.note("is not carried: it encrypts App Runner's copy of the image; the repository has an encryption of its own")
	}
	for key, tag := range v.get("tags").pairs() {
		r.root.at("aws", "tags").setFrom(tag, key, tag.text())
	}
	r.scaling(part(v, "AutoScalingConfigurationSummary"), part(v, "AutoScalingConfigurationArn"), scaling)
}

func (r *runnerService) image(v value, name string) {
	if !v.given() {
		return
	}
	c := r.root.at("container")
	if identifier := part(v, "ImageIdentifier"); strings.Contains(identifier.text(), "${") {
		identifier.note("is not carried: a reference of Terraform; write the image's address into container.image")
		r.options.toPush(c, validName(name, 60), "")
	} else {
		c.setText("image", identifier)
	}
	part(v, "ImageRepositoryType").text()
	configuration := part(v, "ImageConfiguration")
	r.values(configuration)
	r.port(part(configuration, "Port"))
}

// values are what an image and a code repository configure alike.
func (r *runnerService) values(v value) {
	c := r.root.at("container")
	for name, each := range part(v, "RuntimeEnvironmentVariables").pairs() {
		c.at("environment").setFrom(each, name, each.text())
	}
	for name, each := range part(v, "RuntimeEnvironmentSecrets").pairs() {
		r.secret(c, name, each)
	}
	c.setShell("command", part(v, "StartCommand"), true)
}

// secret carries a reference: an ARN, or the name of a parameter in the same region.
func (r *runnerService) secret(c *section, name string, v value) {
	switch text := v.text(); {
	case strings.Contains(text, "${"):
		v.note("is not carried: a reference of Terraform; write the ARN into container.secrets")
	case arn.MatchString(text) || strings.HasPrefix(text, "/"):
		c.at("secrets").setFrom(v, name, text)
	default:
		c.at("secrets").setFrom(v, name, fmt.Sprintf("arn:aws:ssm:%s:%s:parameter/%s", r.options.region(),
			r.options.account(), text), strings.TrimSpace(r.options.sampleMark()))
	}
}

// runnerPort is the port of App Runner if a service gives none. Source: App Runner API, ImageConfiguration.
const runnerPort = 8080

func (r *runnerService) port(v value) {
	port := runnerPort
	if n, ok := v.number(); ok {
		port = n
	}
	r.root.at("container").setFrom(v, "ports", []any{port})
}

// instance carries the size, which App Runner writes in units (1024, 2048) or with a unit (1 vCPU, 2 GB).
func (r *runnerService) instance(v value) {
	cpu, memory := part(v, "Cpu"), part(v, "Memory")
	cpuUnits, ok := size(cpu.text(), "vCPU")
	mebibytes, ok2 := size(memory.text(), "GB")
	if cpu.given() && !ok {
		cpu.note("is not carried: a number is expected, such as 1024 or 1 vCPU; write task.cpu")
	}
	if memory.given() && !ok2 {
		memory.note("is not carried: a number is expected, such as 2048 or 2 GB; write task.memory")
	}
	if !ok {
		cpuUnits = 1024 // App Runner's defaults
	}
	if !ok2 {
		mebibytes = 2048
	}
	taskCPU, taskMemory := fit(cpuUnits, mebibytes)
	r.root.at("task").set("cpu", taskCPU)
	r.root.at("task").set("memory", taskMemory)
	part(v, "InstanceRoleArn").note("is not carried: the stack makes a role for its tasks; write the policies of " +
		"this one under task.role.policies and task.role.statements")
}

func size(text, unit string) (int, bool) {
	number, hasUnit := strings.CutSuffix(text, unit)
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if hasUnit || n < 64 {
		n *= 1024
	}
	return int(n), err == nil
}

func (r *runnerService) health(v value) {
	check := r.root.at("service", "healthCheck")
	if protocol := part(v, "Protocol"); strings.EqualFold(protocol.text(), "TCP") {
		protocol.note("is not carried: an application load balancer checks by HTTP; write service.healthCheck.path, a path " +
			"that answers with 200")
		part(v, "Path").ignore()
	} else {
		check.setText("path", part(v, "Path"))
	}
	check.setDuration("interval", part(v, "Interval"))
	check.setDuration("timeout", part(v, "Timeout"))
	for _, ours := range []string{"healthyThreshold", "unhealthyThreshold"} {
		threshold := part(v, strings.ToUpper(ours[:1])+ours[1:])
		if n, ok := threshold.number(); ok && n < 2 {
			threshold.hint("%d is below the 2 that a load balancer needs; 2 is written", n)
			check.set(ours, 2)
		} else if ok {
			check.set(ours, n)
		}
	}
}

func (r *runnerService) network(v value) {
	egress := part(v, "EgressConfiguration")
	if kind := part(egress, "EgressType"); kind.text() == "VPC" {
		part(egress, "VpcConnectorArn").note("is not carried: write network.existing with the VPC and the subnets of the " +
			"connector, and its security groups under service.securityGroups")
	} else {
		part(egress, "VpcConnectorArn").ignore()
	}
	if public := part(part(v, "IngressConfiguration"), "IsPubliclyAccessible"); public.isFalse() {
		r.root.at("loadBalancer").set("public", false)
	}
	if kind := part(v, "IpAddressType"); kind.text() == "DUAL_STACK" {
		r.root.at("network", "new").set("ipv6", true)
	}
}

// scaling writes the limits. App Runner scales by concurrent requests, of which ECS has no metric.
func (r *runnerService) scaling(summary, reference, v value) {
	for key := range summary.pairs() {
		summary.get(key).ignore()
	}
	reference.text()
	scaling := r.root.at("scaling")
	least, ok := part(v, "MinSize").number()
	if !ok {
		least = 1 // App Runner's defaults
	}
	most, ok := part(v, "MaxSize").number()
	if !ok {
		most = 25
	}
	scaling.set("min", least, "App Runner scales by concurrent requests. Here a target on CPU stands for it; "+
		"measure what one task can do, and simulate: docs/scaling.md.")
	scaling.set("max", most)
	scaling.at("cpu").set("percent", 60)
	at := value{src: r.src, node: r.src.root}
	where := "aws apprunner describe-auto-scaling-configuration has its minimum and maximum; 1 and 25, the " +
		"defaults, are written"
	if concurrency := part(v, "MaxConcurrency"); v.given() {
		at = concurrency
		where = fmt.Sprintf("its minimum and maximum are carried, its %s concurrent requests are not", concurrency.text())
		part(v, "AutoScalingConfigurationName").ignore()
		v.get("tags").ignore()
	} else if summary.given() {
		at = summary
	} else if reference.given() {
		at = reference
	}
	at.hint("App Runner scales by concurrent requests, of which ECS has no metric: %s. Set scaling.cpu or "+
		"scaling.requests by a measurement", where)
}

// file converts an apprunner.yaml, which configures a build from source and how the result runs.
func (r *runnerService) file(top value) {
	r.root.set("name", "app", "TO DO: the name of the application.")
	r.options.setAWS(r.root)
	top.get("version").ignore()
	top.get("runtime").note("is not carried: App Runner built the image. Write a Dockerfile for this runtime")
	top.get("build").note("is not carried: write these commands and variables into a Dockerfile")
	run := top.get("run")
	run.get("runtime-version").note("is not carried: the Dockerfile names the version of the runtime")
	run.get("pre-run").note("is not carried: write these commands into the Dockerfile, or into the image's entry point")
	c := r.root.at("container")
	r.options.toPush(c, "app", "App Runner built it from the source.")
	c.setShell("command", run.get("command"), true)
	network := run.get("network")
	r.port(network.get("port"))
	if env := network.get("env"); env.given() {
		c.at("environment").set(env.text(), fmt.Sprint(c.values["ports"].([]any)[0]), "App Runner passes the port in it.")
	}
	for _, each := range run.get("env").items() {
		c.at("environment").setFrom(each, each.get("name").text(), each.get("value").text())
	}
	for _, each := range run.get("secrets").items() {
		r.secret(c, each.get("name").text(), each.get("value-from", "valueFrom"))
	}
	r.instance(value{src: r.src})
	r.notes.add(Note{File: r.src.name, Message: "holds no size, health check and scaling: 1 vCPU and 2 GB, the " +
		"defaults, are written. Convert the output of aws apprunner describe-service instead to have those of the service"})
	r.scaling(value{src: r.src}, value{src: r.src}, value{src: r.src})
}
