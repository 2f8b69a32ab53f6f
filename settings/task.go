package settings

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/distribution/reference"
)

// Task is the Fargate task: how much of a machine each copy of the container gets.
type Task struct {
	// Family groups the revisions of the task definition, and is the prefix of the log streams. 1 to 255 letters,
	// digits, hyphens and underscores. Default: the stack's name.
	Family string `yaml:"family"`

	// CPU of a task, in CPU units of 1/1024 vCPU: 256, 512, 1024, 2048, 4096, 8192 or 16384. Default 256.
	CPU int `yaml:"cpu"`

	// MemoryMiB of a task, in MiB. Each CPU size has its own memory sizes; see fargate.go. Default 512.
	MemoryMiB int `yaml:"memory"`
}

func (t *Task) setDefaults() {
	t.CPU = 256
	t.MemoryMiB = 512
}

func (t *Task) check(c checker) {
	checkECSName(c.at("family"), t.Family)
	if c.fine("cpu", "memory") {
		checkFargateSize(c, t.CPU, t.MemoryMiB)
	}
}

// Container is what runs in a task.
type Container struct {
	// Image to run, as docker pull takes it. For a private ECR repository the tasks are granted the pull. Required.
	Image string `yaml:"image"`

	// Ports on which the container accepts TCP connections, 1 to 65535, each once. The load balancer sends its
	// requests to the first one. Required.
	Ports []int `yaml:"ports"`
}

func (k *Container) setDefaults() {}

func (k *Container) check(c checker) {
	checkImage(c.at("image"), k.Image)
	if len(k.Ports) == 0 {
		c.at("ports").problemf("is missing; write the port that the container listens on, such as [8000]")
	}
	for i, port := range k.Ports {
		at := c.at("ports").index(i)
		if slices.Index(k.Ports, port) < i {
			at.problemf("%d is there twice; list each port once", port)
		} else {
			checkPort(at, port)
		}
	}
}

func checkImage(c checker, image string) {
	if image == "" {
		c.problemf("is missing; write the image to run, such as public.ecr.aws/nginx/nginx:stable")
		return
	}
	if _, err := reference.ParseNormalizedNamed(image); err != nil {
		c.problemf("%q is no image; write it as docker pull takes it (a lower-case name, no https://, no spaces), "+
			"such as public.ecr.aws/nginx/nginx:stable", image)
	}
}

// Name is the container's name in the task definition: the last part of the image's name, without tag or digest.
func (k Container) Name() string {
	image, _, _ := strings.Cut(k.Image, "@")
	image = image[strings.LastIndex(image, "/")+1:]
	image, _, _ = strings.Cut(image, ":")
	// ECS allows no dots in a container's name.
	return strings.ReplaceAll(image, ".", "-")
}

// TargetPort is the port that the load balancer sends requests to.
func (k Container) TargetPort() int { return k.Ports[0] }

// ECRRepository is a private repository in Amazon ECR.
type ECRRepository struct{ Account, Region, Name string }

// ECRRepository returns the private ECR repository that the image comes from, if it does.
func (k Container) ECRRepository() (ECRRepository, bool) {
	parts := ecrImage.FindStringSubmatch(k.Image)
	if parts == nil {
		return ECRRepository{}, false
	}
	return ECRRepository{Account: parts[1], Region: parts[2], Name: parts[3]}, true
}

// ecrImage matches account.dkr.ecr.region.amazonaws.com/name, with a tag or digest behind it.
// Source: ECR user guide, "Private registry".
var ecrImage = regexp.MustCompile(`^([0-9]{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/([^:@]+)`)

// numbers joins numbers as a sentence does: "1, 2 or 3".
func numbers(ns []int) string {
	words := make([]string, len(ns))
	for i, n := range ns {
		words[i] = fmt.Sprint(n)
	}
	return list(words, "or")
}
