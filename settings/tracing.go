package settings

import (
	"maps"

	"webapp/internal/configfile"
)

// Tracing adds an OpenTelemetry collector to every task, which sends the traces of the main container to X-Ray. The
// main container gets OTEL_EXPORTER_OTLP_ENDPOINT and the other variables that OpenTelemetry's libraries read. The
// tasks get permission to write traces to X-Ray. If the collector stops, the task continues without traces.
// Sources: AWS Distro for OpenTelemetry, "Setting up the ADOT Collector on Amazon ECS"; X-Ray developer guide, "X-Ray
// SDK and daemon support timeline", according to which OpenTelemetry replaces X-Ray's own daemon.
type Tracing struct {
	// Image of the collector: one of the AWS Distro for OpenTelemetry, or another image with its
	// /etc/ecs/ecs-xray.yaml. Default public.ecr.aws/aws-observability/aws-otel-collector:v0.49.0.
	Image string `yaml:"image"`

	// CPU is the number of the task's CPU units reserved for the collector. Default 32.
	CPU int `yaml:"cpu" range:"0,16384" unit:"CPU units"`

	// MemoryMiB is the limit, in MiB of the task's memory, above which the collector is killed. Default 256.
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
	if t.Image == "" {
		c.At("image").Problemf("is empty; remove it for the default collector, or write the image of another one")
		return
	}
	checkImage(c.At("image"), t.Image)
}

// collector returns the container that receives the traces.
func (t *Tracing) collector() NamedContainer {
	return NamedContainer{
		Name: collectorName, Ports: []int{otlpGRPC, otlpHTTP}, path: tracingPath,
		ContainerOptions: &ContainerOptions{
			Image: t.Image,
			ContainerSettings: ContainerSettings{
				Command: []string{collectorConfig}, CPU: t.CPU, MemoryMiB: t.MemoryMiB, StopTimeout: defaultStopTimeout,
			},
		},
	}
}

// traced adds the variables with which OpenTelemetry's libraries find the collector. Variables in the file take
// precedence.
// Source: OpenTelemetry specification, "Environment variable specification".
func traced(o ContainerOptions, service string) *ContainerOptions {
	all := map[string]string{
		"OTEL_SERVICE_NAME":           service,
		"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318", // the containers of a task share its addresses
		"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
		"OTEL_METRICS_EXPORTER":       "none", // the collector only accepts traces
		"OTEL_LOGS_EXPORTER":          "none",
	}
	for name := range o.Secrets {
		delete(all, name)
	}
	maps.Copy(all, o.Environment)
	o.Environment = all
	return &o
}

// checkTracing reports containers with the name of the collector.
func (w *Workload) checkTracing(c configfile.Checker) {
	if w.Tracing == nil {
		return
	}
	if _, ok := w.Sidecars[collectorName]; ok {
		c.At("sidecars").Key(collectorName).Problemf("is the name of the collector that tracing adds; choose another " +
			"name, or remove tracing")
	}
	if w.Container.Name == collectorName {
		c.At("container.name").Problemf("%s is the name of the collector that tracing adds; choose another name",
			collectorName)
	}
}
