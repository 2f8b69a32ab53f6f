package assertions_test

import (
	"fmt"
	"testing"

	"webapp/assertions"
)

// t is the *testing.T of the test.
var t = printer{}

type printer struct{ testing.TB }

func (printer) Helper()                           {}
func (printer) Error(args ...any)                 { fmt.Println(args...) }
func (printer) Errorf(format string, args ...any) { fmt.Printf(format+"\n", args...) }
func (printer) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

// Synth(t, stack) makes the template of a stack in a test, and FromSettings(t, file) those of a settings file. Here it
// is read from text, and t is a stand-in that prints failures.
func Example() {
	template := assertions.Parse(t, `{"resource": {
		"aws_ecs_cluster": {"main": {"name": "shop"}},
		"aws_ecs_service": {"web": {"cluster": "${aws_ecs_cluster.main.arn}", "desired_count": 2,
			"launch_type": "FARGATE"}}
	}}`)
	service := template.One("aws_ecs_service")
	service.Has("cluster", template.One("aws_ecs_cluster").Ref("arn"))
	service.Has("desired_count", assertions.AtLeast(2))
	template.None("aws_nat_gateway")
	fmt.Println("every assertion holds")
	// Output: every assertion holds
}

// A failure names the resource, the path, the value that is there, and the value that should be.
func Example_failures() {
	template := assertions.Parse(t, `{"resource": {"aws_subnet": {
		"public": {"cidr_block": "10.0.0.0/24", "map_public_ip_on_launch": true},
		"private": {"cidr_block": "10.0.128.0/24", "map_public_ip_on_launch": false}
	}}}`)
	template.Has("aws_subnet", assertions.Object{"cidr_block": "10.0.0.0/20", "map_public_ip_on_launch": true})
	template.AllMatch("aws_subnet", assertions.Object{"map_public_ip_on_launch": false})
	template.Count("aws_subnets", 2)
	// Output:
	// no aws_subnet of 2 matches; the closest is aws_subnet.public:
	//   cidr_block: got "10.0.0.0/24" (string), want "10.0.0.0/20"
	// 1 of 2 aws_subnet do not match:
	//   aws_subnet.public:
	//     map_public_ip_on_launch: got true (boolean), want false
	// template has no resource of type aws_subnets, want 2; it has:
	//   aws_subnet (2)
}

// A map as the wanted value is partial, and a matcher can be anywhere in it.
func Example_matchers() {
	template := assertions.Parse(t, `{"resource": {"aws_ecs_task_definition": {"web": {
		"cpu": "512",
		"requires_compatibilities": ["FARGATE"],
		"container_definitions": "[{\"name\":\"log\",\"image\":\"log:3\"},{\"name\":\"app\",\"image\":\"shop:1.4\"}]"
	}}}}`)
	template.One("aws_ecs_task_definition").Matches(assertions.Object{
		"requires_compatibilities": []string{"FARGATE"},
		"container_definitions": assertions.JSON(assertions.ArrayWith(
			assertions.Object{"name": "app", "image": assertions.Regexp(`^shop:\d`)},
		)),
		"ephemeral_storage": assertions.Absent(),
	})
	fmt.Println("the task definition matches")
	// Output: the task definition matches
}

// A Capture keeps the values that it met.
func ExampleCapture() {
	template := assertions.Parse(t, `{"resource": {"aws_lb_listener": {
		"http": {"port": 80}, "https": {"port": 443}
	}}}`)
	port := assertions.NewCapture()
	template.AllMatch("aws_lb_listener", assertions.Object{"port": port})
	fmt.Println(port.Number(t))
	for port.Next() {
		fmt.Println(port.Number(t))
	}
	// Output:
	// 80
	// 443
}
