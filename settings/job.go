package settings

import (
	"maps"
	"reflect"
	"slices"
	"time"

	"webapp/internal/configfile"
	"webapp/internal/names"
)

// Job is a task that runs to its end: at the times of a schedule, or when somebody starts it.
type Job struct {
	// Schedule starts the job. Without it, the job is started by hand, with webapp run. Default: none.
	Schedule *JobSchedule `yaml:"schedule"`

	// Extends names the service whose settings the job has where it gives none of its own: by its name under services, or
	// the service at the top of the file by the application's name. They are task, logs, sendsTo, assignPublicIp,
	// securityGroups, and container without its command, health check, restart policy, shares and dependencies. Mappings,
	// such as environment and secrets, are merged by key; lists are replaced. Of task.cpu and task.memory the job has both
	// from the service, or none. It has container.credentials only if its image is in the same registry. With null, the
	// job drops what the service has. A job has its own command, or another image, entryPoint, workingDirectory,
	// environment, environmentFiles or secrets, which tell its program not to run the service. A job with
	// logs.retentionDays or logs.kmsKey has a log group of its own. Default: none.
	Extends string `yaml:"extends"`

	Task      Task         `yaml:"task"`
	Container JobContainer `yaml:"container"`

	// Sidecars are additional containers of the task, by name. They are stopped when the job's container ends. Default:
	// none.
	Sidecars map[string]*Sidecar `yaml:"sidecars"`

	// SendsTo lists the services of this file to whose queues the job sends messages, as sendsTo of a service does.
	// Default: none.
	SendsTo []string `yaml:"sendsTo"`

	// AssignPublicIP puts the task into a public subnet and gives it a public address, so that it reaches the internet
	// without a NAT gateway. Its security group admits nothing. Default: as the service that the job extends, or else as
	// the service at the top of the file.
	AssignPublicIP bool `yaml:"assignPublicIp"`

	// SecurityGroups are the ids of additional security groups for the task, in the same VPC; at most 4. Default: none.
	// Source: ECS API, AwsVpcConfiguration (5 in all).
	SecurityGroups []string `yaml:"securityGroups"`

	// Spot runs the job on Fargate Spot, which is cheaper. AWS may stop a run at two minutes' notice, and does not start
	// one while Spot has no capacity. Nothing runs the job again before its next time. Default false.
	Spot bool `yaml:"spot"`

	Logs Logs `yaml:"logs"`
}

// JobSchedule starts a job by EventBridge Scheduler. It does not wait for the end of an earlier run: two runs overlap
// if one takes longer than the schedule's interval.
type JobSchedule struct {
	When

	// Retries is how often Scheduler tries again to start a run that ECS refuses to start. A run that has started is
	// never repeated, whatever its exit code. Default 185.
	// Source: EventBridge Scheduler API, RetryPolicy.
	Retries int `yaml:"retries" range:"0,185"`

	// StartWithin is how long after its time a run may still be started. Default 1h.
	// Source: EventBridge Scheduler API, RetryPolicy (MaximumEventAgeInSeconds).
	StartWithin time.Duration `yaml:"startWithin" range:"60s,86400s"`
}

// JobContainer is the container whose end is the end of a job.
type JobContainer struct {
	// Name in the task definition, 1 to 255 letters, digits, hyphens and underscores. Default: the last part of the
	// image's name, without tag and digest.
	Name string `yaml:"name"`

	// Image to run, written as for docker pull. For an image in a private ECR repository, the task gets permission to
	// pull it. Required without extends. Default: the image of the service.
	Image string `yaml:"image"`

	ContainerSettings
}

func (k *JobContainer) options() ContainerOptions {
	return ContainerOptions{k.Image, k.ContainerSettings}
}

// NamedJob is a job of a stack and its names.
type NamedJob struct {
	// NamedWorkload is what the job's tasks run, in the terms of a service. Only what services and jobs have in common
	// is set.
	NamedWorkload
	// Schedule is nil for a job that is started by hand.
	Schedule *JobSchedule
	Spot     bool
}

// ScheduleName is the name of the job's schedule and of its schedule group.
// Source: EventBridge Scheduler API, CreateSchedule (Name).
func (j NamedJob) ScheduleName() string { return names.Fit(j.Name, 64) }

// The tags of a job's task definition that say where its tasks run, with spaces between several ids.
const (
	SubnetsTag        = "webapp:subnets"
	SecurityGroupsTag = "webapp:security-groups"
	PublicIPTag       = "webapp:assign-public-ip"
)

// IsJob reports whether the workload is that of a job, and not of a service.
func (w NamedWorkload) IsJob() bool { return w.section == jobsSection }

// isScheduled reports whether EventBridge Scheduler starts the job.
func (j NamedJob) isScheduled() bool { return j.Schedule != nil }

// NamedJobs lists the jobs of the stack by name.
func (s *Stack) NamedJobs() []NamedJob {
	_, all := s.tasks()
	return all
}

// Workloads lists the services of the stack: the one at the top of the file, then those under services by name.
func (s *Stack) Workloads() []NamedWorkload {
	all, _ := s.tasks()
	return all
}

// Tasks lists what runs as a task: the services, then the jobs.
func (s *Stack) Tasks() []NamedWorkload {
	all, jobs := s.tasks()
	for _, j := range jobs {
		all = append(all, j.NamedWorkload)
	}
	return all
}

// withExtending lists a service or job, and the jobs that extend it, which have its settings where they give none.
func (s *Stack) withExtending(w NamedWorkload) []NamedWorkload {
	all := []NamedWorkload{w}
	for _, j := range s.NamedJobs() {
		if from, ok := s.workloadOf(s.Jobs[j.Key].Extends); ok && from.path("") == w.path("") {
			all = append(all, j.NamedWorkload)
		}
	}
	return all
}

// tasks lists the services and the jobs, with the queues that they receive from and send to.
func (s *Stack) tasks() (services []NamedWorkload, jobs []NamedJob) {
	all := []NamedWorkload{{Name: s.StackName(), Workload: &s.Workload}}
	for _, key := range slices.Sorted(maps.Keys(s.Services)) {
		all = append(all, NamedWorkload{Key: key, Name: s.StackName() + "-" + key, Workload: s.Services[key]})
	}
	n := len(all)
	for _, key := range slices.Sorted(maps.Keys(s.Jobs)) {
		all = append(all, s.Jobs[key].workload(key, s.StackName()+"-"+key))
	}
	s.addQueues(all)
	for _, w := range all[n:] {
		jobs = append(jobs, NamedJob{w, s.Jobs[w.Key].Schedule, s.Jobs[w.Key].Spot})
	}
	return all[:n:n], jobs
}

// workload returns what the job's tasks run, in the terms of a service.
func (j *Job) workload(key, name string) NamedWorkload {
	w := &Workload{
		Worker: true, SendsTo: j.SendsTo, Task: j.Task, Sidecars: j.Sidecars, Logs: j.Logs,
		Container: Container{Name: j.Container.Name, ContainerOptions: j.Container.options()},
	}
	w.Service.AssignPublicIP, w.Service.SecurityGroups = j.AssignPublicIP, j.SecurityGroups
	return NamedWorkload{Key: key, Name: name, Workload: w, section: jobsSection}
}

const jobsSection = "jobs"

// maxExpression is the maximum length of a schedule's expression.
// Source: EventBridge Scheduler API, CreateSchedule (ScheduleExpression).
const maxExpression = 256

func (s *JobSchedule) Check(c configfile.Checker) {
	s.When.Check(c)
	if n := len(s.Expression()); s.Cron != "" && n > maxExpression {
		c.At("cron").Problemf("has %d characters in AWS's notation, but EventBridge Scheduler takes at most %d; write "+
			"ranges or steps, such as 0/5, instead of lists", n, maxExpression)
	}
}

func (s *JobSchedule) SetDefaults() {
	s.When.SetDefaults()
	s.Retries, s.StartWithin = 185, time.Hour
}

// deriveJobs fills in what follows from services and other settings, where the file does not give it.
func (s *Stack) deriveJobs(given, drops func(path string) bool) {
	for _, named := range s.NamedJobs() {
		j := s.Jobs[named.Key]
		given := func(path string) bool { return given(named.path(path)) }
		if from, ok := s.workloadOf(j.Extends); ok {
			j.extend(from.Workload, func(path string) bool { return drops(named.path(path)) || given(path) })
		} else if !given("assignPublicIp") {
			j.AssignPublicIP = s.Service.AssignPublicIP
		}
		if !given("task.family") {
			j.Task.Family = named.Name
		}
		if !given("container.name") {
			j.Container.Name = nameOfImage(j.Container.Image)
		}
	}
}

// workloadOf returns the service with a name as others in the file write it: that under services, or the application's.
func (s *Stack) workloadOf(name string) (NamedWorkload, bool) {
	for _, w := range s.Workloads() {
		if name != "" && name == s.nameOf(w) {
			return w, true
		}
	}
	return NamedWorkload{}, false
}

// nameOf returns the name by which others in the file refer to a service.
func (s *Stack) nameOf(w NamedWorkload) string {
	if w.Key == "" {
		return s.Name
	}
	return w.Key
}

// extend gives the job the service's settings where it has none of its own.
func (j *Job) extend(from *Workload, given func(path string) bool) {
	// One size without the other may be none that Fargate has.
	if !given("task.cpu") && !given("task.memory") {
		j.Task.CPU, j.Task.MemoryMiB = from.Task.CPU, from.Task.MemoryMiB
	}
	ownSecrets, ownVariables := slices.Collect(maps.Keys(j.Container.Secrets)),
		slices.Collect(maps.Keys(j.Container.Environment))
	for _, section := range []struct {
		path     string
		to, from any
	}{
		{"task", &j.Task, &from.Task}, {"logs", &j.Logs, &from.Logs},
		{"container", &j.Container, &from.Container},
	} {
		inherit(reflect.ValueOf(section.to).Elem(), reflect.ValueOf(section.from).Elem(), section.path, given)
	}
	// The credentials are those of a registry: another one would get them too, and ECR takes none.
	if given("container.image") && !given("container.credentials") &&
		registryOf(j.Container.Image) != registryOf(from.Container.Image) {
		j.Container.Credentials = ""
	}
	// A variable of the job's own is one of the service's no more, be it a secret or not.
	for _, name := range ownVariables {
		if !slices.Contains(ownSecrets, name) {
			delete(j.Container.Secrets, name)
		}
	}
	for _, name := range ownSecrets {
		if !slices.Contains(ownVariables, name) {
			delete(j.Container.Environment, name)
		}
	}
	// They are those of a group that the stack creates.
	if !given("logs.existing") && (given("logs.retentionDays") || given("logs.kmsKey")) {
		j.Logs.Existing = ""
	}
	if !given("sendsTo") {
		j.SendsTo = from.SendsTo
	}
	if !given("assignPublicIp") {
		j.AssignPublicIP = from.Service.AssignPublicIP
	}
	if !given("securityGroups") {
		j.SecurityGroups = from.Service.SecurityGroups
	}
}

// notInherited are the settings that a job does not have from the service it extends: they are for tasks that run
// without end, or fit only the service's own containers and size.
var notInherited = []string{
	"task.family", "task.cpu", "task.memory", "container.name", "container.command", "container.healthCheck",
	"container.restartPolicy", "container.cpu", "container.memory", "container.memoryReservation", "container.dependsOn",
}

// inherit copies the settings of a section that are not given. Mappings are merged by key.
func inherit(to, from reflect.Value, path string, given func(path string) bool) {
	for key, field := range configfile.Fields(to.Type()) {
		at := configfile.JoinPath(path, key)
		to, from := to.FieldByIndex(field.Index), from.FieldByName(field.Name)
		switch {
		case slices.Contains(notInherited, at):
		case field.Type.Kind() == reflect.Struct:
			inherit(to, from, at, given)
		case field.Type.Kind() == reflect.Map && from.Len() > 0:
			merged := reflect.MakeMap(field.Type)
			for name, value := range from.Seq2() {
				if !given(configfile.JoinPath(at, configfile.QuoteKey(name.String()))) {
					merged.SetMapIndex(name, value)
				}
			}
			for name, value := range to.Seq2() {
				merged.SetMapIndex(name, value)
			}
			to.Set(merged)
		case field.Type.Kind() != reflect.Map && !given(at):
			to.Set(from)
		}
	}
}

// runsAs reports whether a job's container runs the program of the service that it extends in a way in which nothing
// tells it to do otherwise. One image is often a server or a job by a variable, as with the profiles of Spring Boot.
func (k Container) runsAs(service Container) bool {
	return len(k.Command) == 0 && k.Image == service.Image && slices.Equal(k.EntryPoint, service.EntryPoint) &&
		k.WorkingDirectory == service.WorkingDirectory && maps.Equal(k.Environment, service.Environment) &&
		maps.Equal(k.Secrets, service.Secrets) && slices.Equal(k.EnvironmentFiles, service.EnvironmentFiles)
}

func (j *Job) Check(c configfile.Checker) {
	if j.Extends == "" && j.Container.Image == "" {
		c.At("container.image").Problemf("is missing; write the image to run, or the service whose image it is, such as " +
			"extends: web")
	}
	for name := range j.Sidecars {
		checkECSName(c.At("sidecars").Key(name), name)
	}
	checkSecurityGroups(c.At("securityGroups"), j.SecurityGroups, maxSecurityGroups-1)
}

func (k *JobContainer) ShorthandKey(string) string { return "image" }

func (k *JobContainer) Check(c configfile.Checker) {
	if k.Image != "" {
		checkImage(c.At("image"), k.Image)
		if c.Valid("image") {
			checkECSName(c.At("name"), k.Name)
		}
	}
	options := k.options()
	options.checkOptions(c)
}

// twoServices follows a name that may mean either of two services.
const twoServices = "is the name of the service at the top of the file and of one under services; give that one " +
	"another name"

// checkJobs applies the rules that span a job and the rest of the file.
func (s *Stack) checkJobs(c configfile.Checker) {
	var services []string
	for _, w := range s.Workloads() {
		services = append(services, s.nameOf(w))
	}
	families := map[string]string{}
	for _, w := range s.Workloads() {
		families[w.Task.Family] = w.path("task.family")
	}
	for _, j := range s.NamedJobs() {
		at := c.At(j.path(""))
		configfile.CheckUnique(at.At("task.family"), families, j.Task.Family, j.path("task.family"),
			familyOfItsOwn)
		switch {
		case !shortName.MatchString(j.Key):
			at.Problemf("%q is not a valid name of a job; "+nameRule, j.Key, 20)
		case slices.Contains(services, j.Key):
			at.Problemf("%q is the name of a service too; services and jobs need different names", j.Key)
		}
		extends := s.Jobs[j.Key].Extends
		if from, ok := s.workloadOf(extends); ok && j.Container.runsAs(from.Container) {
			at.At("container.command").Problemf("is missing: the job would run the service's own program, which does not end; " +
				"write the job's, such as command: [bin/report], or what tells the program that it is to run the job, such as " +
				"environment: {ROLE: report}")
		}
		if s.Services[extends] != nil && extends == s.Name {
			at.At("extends").Problemf("%s "+twoServices, extends)
		}
		if service := c.At("services").Key(extends); extends != "" && !slices.Contains(services, extends) &&
			service.Valid("") && !at.At("extends").ReportDropped(service.Path(), "write "+nested(j.path(""), "null")) {
			at.At("extends").Problemf("%q is not a service of this file; %s", extends,
				configfile.Suggest(extends, services))
		}
		s.checkLogGroup(at, j.NamedWorkload)
		j.checkContainers(at)
		j.Container.checkEnds(at.At("container"), "a job is over only when its container has ended")
		j.checkPolicies(c)
	}
}
