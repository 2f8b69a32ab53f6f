package ecs

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"webapp/settings"
)

// containerDefinition is a container as ECS stores it. It includes the defaults that ECS adds, leaves out empty values,
// and sorts lists as ECS returns them. Otherwise every plan would show a change.
type containerDefinition struct {
	Name                  string                 `json:"name"`
	Image                 string                 `json:"image"`
	Essential             bool                   `json:"essential"`
	PortMappings          []portMapping          `json:"portMappings,omitempty"`
	LogConfiguration      logConfiguration       `json:"logConfiguration"`
	LinuxParameters       *linuxParameters       `json:"linuxParameters,omitempty"`
	RepositoryCredentials *repositoryCredentials `json:"repositoryCredentials,omitempty"`
	Environment           []variable             `json:"environment,omitempty"`
	Secrets               []secret               `json:"secrets,omitempty"`
	EnvironmentFiles      []environmentFile      `json:"environmentFiles,omitempty"`
	EntryPoint            []string               `json:"entryPoint,omitempty"`
	Command               []string               `json:"command,omitempty"`
	User                  string                 `json:"user,omitempty"`
	WorkingDirectory      string                 `json:"workingDirectory,omitempty"`
	ReadonlyRootFS        bool                   `json:"readonlyRootFilesystem,omitempty"`
	StopTimeout           int                    `json:"stopTimeout,omitempty"`
	Ulimits               []ulimit               `json:"ulimits,omitempty"`
	HealthCheck           *healthCheck           `json:"healthCheck,omitempty"`
	RestartPolicy         *restartPolicy         `json:"restartPolicy,omitempty"`
	VersionConsistency    string                 `json:"versionConsistency,omitempty"`
	DockerLabels          map[string]string      `json:"dockerLabels,omitempty"`
	MountPoints           []mountPoint           `json:"mountPoints,omitempty"`
	DependsOn             []dependency           `json:"dependsOn,omitempty"`
	CPU                   int                    `json:"cpu,omitempty"`
	Memory                int                    `json:"memory,omitempty"`
	MemoryReservation     int                    `json:"memoryReservation,omitempty"`
}

type (
	portMapping struct {
		Name          string `json:"name,omitempty"`
		ContainerPort int    `json:"containerPort"`
		HostPort      int    `json:"hostPort"` // the container's own, always, in network mode awsvpc
		Protocol      string `json:"protocol"`
		AppProtocol   string `json:"appProtocol,omitempty"` // empty for TCP
	}
	logConfiguration struct {
		LogDriver string            `json:"logDriver"`
		Options   map[string]string `json:"options"`
	}
	linuxParameters struct {
		InitProcessEnabled bool `json:"initProcessEnabled"`
	}
	repositoryCredentials struct {
		CredentialsParameter string `json:"credentialsParameter"`
	}
	variable struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	secret struct {
		Name      string `json:"name"`
		ValueFrom string `json:"valueFrom"`
	}
	environmentFile struct {
		Type  string `json:"type"`
		Value string `json:"value"`
	}
	ulimit struct {
		Name      string `json:"name"`
		SoftLimit int    `json:"softLimit"`
		HardLimit int    `json:"hardLimit"`
	}
	healthCheck struct {
		Command     []string `json:"command"`
		Interval    int      `json:"interval"`
		Timeout     int      `json:"timeout"`
		Retries     int      `json:"retries"`
		StartPeriod int      `json:"startPeriod,omitempty"`
	}
	restartPolicy struct {
		Enabled              bool  `json:"enabled"`
		IgnoredExitCodes     []int `json:"ignoredExitCodes,omitempty"`
		RestartAttemptPeriod int   `json:"restartAttemptPeriod"`
	}
	mountPoint struct {
		SourceVolume  string `json:"sourceVolume"`
		ContainerPath string `json:"containerPath"`
		ReadOnly      bool   `json:"readOnly"`
	}
	dependency struct {
		ContainerName string `json:"containerName"`
		Condition     string `json:"condition"`
	}
)

// portName is the name by which Service Connect refers to the container's first port.
const portName = "connect"

// containerDefinitions returns the containers of a task, sorted by name.
func containerDefinitions(props TaskProps, logGroup string) []containerDefinition {
	var all []containerDefinition
	w, region := props.Workload.Workload, props.Account.Region
	for i, c := range w.Containers() {
		environment := c.Environment
		if i == 0 {
			environment = map[string]string{}
			maps.Copy(environment, props.Environment) // which has no variable of the settings
			maps.Copy(environment, c.Environment)
		}
		definition := newDefinition(c, environment)
		if i == 0 && w.Service.Connect != nil && w.Serves() {
			definition.PortMappings[0].Name = portName
			if protocol := w.Service.Connect.Protocol; protocol != "tcp" {
				definition.PortMappings[0].AppProtocol = protocol
			}
		}
		if c.Init || w.Service.Exec {
			// Otherwise processes that the agent of ECS Exec starts would become zombies (ECS developer guide, "Using
			// ECS Exec").
			definition.LinuxParameters = &linuxParameters{InitProcessEnabled: true}
		}
		definition.LogConfiguration = logConfiguration{LogDriver: "awslogs", Options: logOptions(w, logGroup, region)}
		if c.MultilinePattern != "" {
			definition.LogConfiguration.Options["awslogs-multiline-pattern"] = c.MultilinePattern
		}
		all = append(all, definition)
	}
	slices.SortFunc(all, func(a, b containerDefinition) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

func logOptions(w *settings.Workload, group, region string) map[string]string {
	options := map[string]string{
		"awslogs-group":         group,
		"awslogs-region":        region,
		"awslogs-stream-prefix": w.Task.Family,
		"mode":                  "blocking",
	}
	if !w.Logs.Blocking {
		options["mode"] = "non-blocking"
		options["max-buffer-size"] = fmt.Sprintf("%dm", w.Logs.BufferMiB)
	}
	return options
}

func newDefinition(c settings.NamedContainer, environment map[string]string) containerDefinition {
	d := containerDefinition{
		Name: c.Name, Image: c.Image, Essential: c.Essential, EntryPoint: c.EntryPoint, Command: c.Command,
		User: c.User, WorkingDirectory: c.WorkingDirectory, ReadonlyRootFS: c.ReadOnly, DockerLabels: c.Labels,
		CPU: c.CPU, Memory: c.MemoryMiB, MemoryReservation: c.MemoryReservationMiB,
	}
	for _, port := range c.Ports {
		d.PortMappings = append(d.PortMappings, portMapping{ContainerPort: port, HostPort: port, Protocol: "tcp"})
	}
	if c.Credentials != "" {
		d.RepositoryCredentials = &repositoryCredentials{CredentialsParameter: c.Credentials}
	}
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		if value := environment[name]; value != "" {
			// ECS does not store empty values, so every plan would show a change (hashicorp/terraform-provider-aws
			// #39533).
			d.Environment = append(d.Environment, variable{Name: name, Value: value})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Secrets)) {
		d.Secrets = append(d.Secrets, secret{Name: name, ValueFrom: c.Secrets[name]})
	}
	for _, file := range c.EnvironmentFiles {
		d.EnvironmentFiles = append(d.EnvironmentFiles, environmentFile{Type: "s3", Value: file})
	}
	if c.StopTimeout != 30*time.Second { // ECS's default
		d.StopTimeout = int(c.StopTimeout.Seconds())
	}
	if c.OpenFiles != 0 {
		d.Ulimits = []ulimit{{Name: "nofile", SoftLimit: c.OpenFiles, HardLimit: c.OpenFiles}}
	}
	if h := c.HealthCheck; h != nil {
		d.HealthCheck = &healthCheck{
			Command: h.Command, Interval: int(h.Interval.Seconds()), Timeout: int(h.Timeout.Seconds()),
			Retries: h.Retries, StartPeriod: int(h.StartPeriod.Seconds()),
		}
	}
	if p := c.RestartPolicy; p != nil {
		d.RestartPolicy = &restartPolicy{
			Enabled: true, IgnoredExitCodes: p.IgnoredExitCodes, RestartAttemptPeriod: int(p.AttemptPeriod.Seconds()),
		}
	}
	if c.VersionConsistency == settings.VersionConsistencyDisabled {
		d.VersionConsistency = string(c.VersionConsistency) // enabled is ECS's default
	}
	for _, mount := range c.Mounts {
		d.MountPoints = append(d.MountPoints, mountPoint{
			SourceVolume: mount.Volume, ContainerPath: mount.Path, ReadOnly: mount.ReadOnly,
		})
	}
	for _, name := range slices.Sorted(maps.Keys(c.DependsOn)) {
		d.DependsOn = append(d.DependsOn, dependency{ContainerName: name, Condition: c.DependsOn[name]})
	}
	return d
}
