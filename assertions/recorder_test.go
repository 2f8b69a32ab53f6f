package assertions_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"webapp/assertions"
)

// recorder is a test that keeps its failures instead of failing.
type recorder struct {
	testing.TB // nil: whatever else is called panics
	texts      []string
}

func (r *recorder) Helper()                      {}
func (r *recorder) Error(args ...any)            { r.texts = append(r.texts, fmt.Sprint(args...)) }
func (r *recorder) Fatal(args ...any)            { r.stop(fmt.Sprint(args...)) }
func (r *recorder) Errorf(f string, args ...any) { r.Error(fmt.Sprintf(f, args...)) }
func (r *recorder) Fatalf(f string, args ...any) { r.stop(fmt.Sprintf(f, args...)) }

func (r *recorder) stop(text string) {
	r.texts = append(r.texts, "FATAL "+text)
	runtime.Goexit()
}

// failures are the texts that an assertion gives, one after the other; those that
// end the test begin with FATAL.
func failures(ask func(t testing.TB)) string {
	r := &recorder{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		ask(r)
	}()
	<-done
	return strings.Join(r.texts, "\n")
}

// question is an assertion on the stack of testdata and what it should say: nothing
// if it holds.
type question struct {
	name string
	ask  func(tpl *assertions.Template)
	says string
}

func run(t *testing.T, questions []question) {
	t.Helper()
	for _, q := range questions {
		t.Run(q.name, func(t *testing.T) {
			got := failures(func(tb testing.TB) { q.ask(assertions.Parse(tb, stack)) })
			if diff := cmp.Diff(strings.TrimPrefix(q.says, "\n"), got); diff != "" {
				t.Errorf("failure text (-want +got):\n%s\ngot:\n%s", diff, got)
			}
		})
	}
}

// stack is shaped as cdktf writes it.
const stack = `{
  "//": {"metadata": {"version": "0.21.0"}},
  "terraform": {"required_providers": {"aws": {"source": "aws", "version": "5.100.0"}},
	"backend": {"s3": {"bucket": "state"}}},
  "provider": {"aws": [{"//": {"uniqueId": "aws"}, "region": "eu-west-1"}, {"region": "us-east-1",
	"alias": "replica"}]},
  "variable": {"image": {"type": "string"}},
  "locals": {"zones": 2, "names": ["a", "b"]},
  "data": {"aws_vpc": {"main": {"tags": {"Name": "shared"}}}},
  "resource": {
    "aws_lb": {"web": {"//": {"uniqueId": "web"}, "name": "web", "internal": false,
	"vpc_id": "${data.aws_vpc.main.id}"}},
    "aws_lb_listener": {"web2": {"load_balancer_arn": "${aws_lb.web.arn}", "certificate_arn": null}},
    "aws_subnet": {
      "c": {"cidr_block": "10.0.2.0/24", "map_public_ip_on_launch": true, "tags": {"kubernetes.io/role": "elb"}},
      "a": {"cidr_block": "10.0.0.0/24", "map_public_ip_on_launch": false},
      "b": {"cidr_block": "10.0.1.0/24", "map_public_ip_on_launch": false}
    },
    "aws_ecs_service": {
      "web": {
        "desired_count": 3,
        "launch_type": "FARGATE",
        "network_configuration": {"assign_public_ip": false, "subnets": ["${aws_subnet.a.id}", "${aws_subnet.b.id}"]},
        "load_balancer": [{"container_name": "app", "container_port": 80}, {"container_name": "app",
	"container_port": 8443}],
        "lifecycle": {"create_before_destroy": true},
        "depends_on": ["aws_lb_listener.web2"]
      },
      "worker": {"desired_count": 1, "launch_type": "EC2"}
    },
    "aws_ecs_task_definition": {
      "task": {
        "cpu": "256",
        "container_definitions":
          "[{\"name\":\"app\",\"image\":\"nginx:1\",\"cpu\":256,\"secret\":\"${aws_lb.web.name}\"}]"
      }
    }
  }
}`
