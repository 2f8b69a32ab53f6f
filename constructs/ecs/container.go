package ecs

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"webapp/settings"
)

// containerDefinition is ECS's own form of a container. What ECS would fill in is given, what is empty is left out, and
// lists are in the order in which ECS returns them: otherwise every plan shows a difference.
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
		HostPort      int    `json:"hostPort"` // in awsvpc always the container's
		Protocol      string `json:"protocol"`
		AppProtocol   string `json:"appProtocol,omitempty"` // TCP where it is left out
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

// portName is how Service Connect finds the port that it leads to.
const portName = "connect"

// containerDefinitions renders the containers of a task.
func containerDefinitions(w *settings.Workload, logGroup, region string) []containerDefinition {
	var all []containerDefinition
	for i, k := range w.Containers() {
		definition := define(k)
		if i == 0 && w.Service.Connect != nil {
			definition.PortMappings[0].Name = portName
			if protocol := w.Service.Connect.Protocol; protocol != "tcp" {
				definition.PortMappings[0].AppProtocol = protocol
			}
		}
		if k.Init || w.Service.Exec {
			// Without it the agent's children would stay behind as zombies (ECS developer guide, "Using ECS Exec").
			definition.LinuxParameters = &linuxParameters{InitProcessEnabled: true}
		}
		definition.LogConfiguration = logConfiguration{LogDriver: "awslogs", Options: logOptions(w, logGroup, region)}
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

func define(k settings.NamedContainer) containerDefinition {
	d := containerDefinition{
		Name: k.Name, Image: k.Image, Essential: k.Essential,
		EntryPoint: k.EntryPoint, Command: k.Command,
		User: k.User, WorkingDirectory: k.WorkingDirectory, ReadonlyRootFS: k.ReadOnly, DockerLabels: k.Labels,
		CPU: k.CPU, Memory: k.MemoryMiB, MemoryReservation: k.MemoryReservationMiB,
	}
	for _, port := range k.Ports {
		d.PortMappings = append(d.PortMappings, portMapping{ContainerPort: port, HostPort: port, Protocol: "tcp"})
	}
	if k.Credentials != "" {
		d.RepositoryCredentials = &repositoryCredentials{CredentialsParameter: k.Credentials}
	}
	for _, name := range slices.Sorted(maps.Keys(k.Environment)) {
		if value := k.Environment[name]; value != "" {
			// ECS leaves empty ones out of what it keeps, and every plan would show a change
			// (hashicorp/terraform-provider-aws #39533).
			d.Environment = append(d.Environment, variable{Name: name, Value: value})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(k.Secrets)) {
		d.Secrets = append(d.Secrets, secret{Name: name, ValueFrom: k.Secrets[name]})
	}
	for _, file := range k.EnvironmentFiles {
		d.EnvironmentFiles = append(d.EnvironmentFiles, environmentFile{Type: "s3", Value: file})
	}
	if k.StopTimeout != 30*time.Second {
		d.StopTimeout = int(k.StopTimeout.Seconds())
	}
	if k.OpenFiles != 0 {
		d.Ulimits = []ulimit{{Name: "nofile", SoftLimit: k.OpenFiles, HardLimit: k.OpenFiles}}
	}
	if h := k.HealthCheck; h != nil {
		d.HealthCheck = &healthCheck{
			Command: h.Command, Interval: int(h.Interval.Seconds()), Timeout: int(h.Timeout.Seconds()),
			Retries: h.Retries, StartPeriod: int(h.StartPeriod.Seconds()),
		}
	}
	for _, mount := range k.Mounts {
		d.MountPoints = append(d.MountPoints, mountPoint{SourceVolume: mount.Volume, ContainerPath: mount.Path, ReadOnly: mount.ReadOnly})
	}
	for _, name := range slices.Sorted(maps.Keys(k.DependsOn)) {
		d.DependsOn = append(d.DependsOn, dependency{ContainerName: name, Condition: k.DependsOn[name]})
	}
	return d
}
