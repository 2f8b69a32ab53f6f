package settings

import (
	"maps"

	"webapp/internal/configfile"
)

// Tracing puts a collector of OpenTelemetry beside the first container of every task, which sends the traces that it
// gets to X-Ray. The first container finds it by OTEL_EXPORTER_OTLP_ENDPOINT and what else OpenTelemetry's libraries
// read; the tasks may write traces, and nothing else of X-Ray. When the collector ends, the task goes on without
// traces.
// Sources: AWS Distro for OpenTelemetry, "Setting up the ADOT Collector on Amazon ECS"; X-Ray developer guide, "X-Ray
// SDK and daemon support timeline", by which OpenTelemetry takes the place of X-Ray's own daemon.
type Tracing struct {
	// Image of the collector, one of the AWS Distro for OpenTelemetry or another with its /etc/ecs/ecs-xray.yaml.
	// Default public.ecr.aws/aws-observability/aws-otel-collector:v0.49.0.
	Image string `yaml:"image"`

	// CPU is how much of the task's the collector is sure of, in CPU units, 0 to the task's. Default 32.
	CPU int `yaml:"cpu" range:"0,16384" unit:"CPU units"`

	// MemoryMiB is the limit beyond which the collector is killed, in MiB of the task's memory, 64 up to the task's.
	// Default 256.
	MemoryMiB int `yaml:"memory" range:"64,122880" unit:"MiB"`
}

const (
	tracingPath     = "tracing"
	collectorName   = "otel-collector"
	collectorConfig = "--config=/etc/ecs/ecs-xray.yaml" // in the image: OTLP in, X-Ray out, and no metrics

	otlpGRPC, otlpHTTP = 4317, 4318 // OpenTelemetry specification, "OTLP exporter"
)

func (t *Tracing) SetDefaults() {
	*t = Tracing{Image: "public.ecr.aws/aws-observability/aws-otel-collector:v0.49.0", CPU: 32, MemoryMiB: 256}
}

func (t *Tracing) Check(c configfile.Checker) {
	checkImage(c.At("image"), t.Image)
}

// collector is the container that takes the traces.
func (t *Tracing) collector() NamedContainer {
	return NamedContainer{
		Name: collectorName, Ports: []int{otlpGRPC, otlpHTTP}, path: tracingPath,
		ContainerOptions: &ContainerOptions{
			Image: t.Image, Command: []string{collectorConfig}, CPU: t.CPU, MemoryMiB: t.MemoryMiB, StopTimeout: defaultStopTimeout,
		},
	}
}

// traced adds to a container's variables those by which OpenTelemetry's libraries find the collector. What the file
// gives stays.
// Source: OpenTelemetry specification, "Environment variable specification".
func traced(o ContainerOptions, service string) *ContainerOptions {
	all := map[string]string{
		"OTEL_SERVICE_NAME":           service,
		"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318", // the containers of a task share its addresses
		"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
		"OTEL_METRICS_EXPORTER":       "none", // the collector takes traces only
		"OTEL_LOGS_EXPORTER":          "none",
	}
	for name := range o.Secrets {
		delete(all, name)
	}
	maps.Copy(all, o.Environment)
	o.Environment = all
	return &o
}

// checkTracing applies the rules that the collector has together with the other containers.
func (w *Workload) checkTracing(c configfile.Checker) {
	if w.Tracing == nil {
		return
	}
	if _, ok := w.Sidecars[collectorName]; ok {
		c.At("sidecars").Key(collectorName).Problemf("is the name of the collector that tracing adds; write another " +
			"one, or leave tracing out")
	}
	if w.Container.Name == collectorName {
		c.At("container.name").Problemf("%s is the name of the collector that tracing adds; write another one", collectorName)
	}
}
