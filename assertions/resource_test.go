package assertions_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"webapp/assertions"
)

func equal(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestResource(t *testing.T) {
	service := func(tpl *tmpl) *assertions.Resource {
		return tpl.OneMatching("aws_ecs_service", object{"launch_type": "FARGATE"})
	}
	run(t, []question{
		{"it has a value", func(tpl *tmpl) { service(tpl).Has("desired_count", 3) }, ""},
		{"it has another value", func(tpl *tmpl) { service(tpl).Has("desired_count", 2) }, `
aws_ecs_service.web does not match:
  desired_count: got 3 (number), want 2`},
		{"it lacks the key: the nearest are shown", func(tpl *tmpl) { service(tpl).Has("desired_counts", 2) }, `
aws_ecs_service.web does not match:
  desired_counts: missing, want 2 (nearest keys: desired_count, depends_on, lifecycle)`},
		{"a path leads through objects and arrays", func(tpl *tmpl) {
			service(tpl).Has("network_configuration.subnets.1", "${aws_subnet.b.id}")
			service(tpl).Has("load_balancer.0.container_port", 80)
			service(tpl).Has("load_balancer[1].container_port", 8443)
			service(tpl).Has("lifecycle.create_before_destroy", true)
		}, ""},
		{"a failure shows indexes in brackets", func(tpl *tmpl) {
			service(tpl).Has("load_balancer.0.container_port",
				81)
		}, `
aws_ecs_service.web does not match:
  load_balancer[0].container_port: got 80 (number), want 81`},
		{"a path leads through a key with dots", func(tpl *tmpl) {
			tpl.OneMatching("aws_subnet", object{"tags": assertions.Any()}).Has("tags.kubernetes.io/role", "elb")
		}, ""},
		{"a path breaks off at a key", func(tpl *tmpl) { service(tpl).Has("network.subnets", 1) }, `
aws_ecs_service.web does not match:
  network.subnets: missing, want 1 (found no network; nearest keys: network_configuration, lifecycle, depends_on)`},
		{"a path breaks off at a value", func(tpl *tmpl) { service(tpl).Has("desired_count.x", 1) }, `
aws_ecs_service.web does not match:
  desired_count.x: missing, want 1 (desired_count is 3 (number))`},
		{"a path has a name for an index", func(tpl *tmpl) { service(tpl).Has("load_balancer.container_port", 1) }, `
aws_ecs_service.web does not match:
  load_balancer.container_port: missing, want 1 (load_balancer is an array of 2 elements)`},
		{"a path ends outside the array", func(tpl *tmpl) { service(tpl).Has("load_balancer.2", 1) }, `
aws_ecs_service.web does not match:
  load_balancer[2]: missing, want 1 (load_balancer is an array of 2 elements)`},
		{"a path goes on outside the array", func(tpl *tmpl) { service(tpl).Has("load_balancer.2.x", 1) }, `
aws_ecs_service.web does not match:
  load_balancer[2].x: missing, want 1 (load_balancer is an array of 2 elements)`},

		{"it matches in part", func(tpl *tmpl) {
			service(tpl).Matches(object{"lifecycle": object{},
				"desired_count": 3})
		}, ""},
		{"it does not match in two places", func(tpl *tmpl) {
			service(tpl).Matches(object{"desired_count": 1, "lifecycle": object{"create_before_destroy": false}})
		}, `
aws_ecs_service.web does not match:
  desired_count: got 3 (number), want 1
  lifecycle.create_before_destroy: got true (boolean), want false`},

		{"it lacks a key", func(tpl *tmpl) {
			service(tpl).Lacks("iam_role")
			service(tpl).Lacks("load_balancer.2")
			service(tpl).Lacks("network_configuration.security_groups")
		}, ""},
		{"it has the key that it should lack", func(tpl *tmpl) { service(tpl).Lacks("launch_type") }, `
aws_ecs_service.web does not match:
  launch_type: got "FARGATE" (string), want no such key`},
		{"a null is not absent", func(tpl *tmpl) { tpl.One("aws_lb_listener").Lacks("certificate_arn") }, `
aws_lb_listener.web2 does not match:
  certificate_arn: got null, want no such key`},
		{"a misspelled path lacks nothing", func(tpl *tmpl) { service(tpl).Lacks("network.security_groups") }, `
aws_ecs_service.web does not match:
  network.security_groups: nothing to look in, want no such key ` +
			"(found no network; nearest keys: network_configuration, lifecycle, depends_on)"},
		{"only an object or an array can lack something", func(tpl *tmpl) {
			service(tpl).Lacks("desired_count.x")
			service(tpl).Lacks("load_balancer.container_port")
			service(tpl).Lacks("load_balancer.2.container_port")
		}, `
aws_ecs_service.web does not match:
  desired_count.x: nothing to look in, want no such key (desired_count is 3 (number))
aws_ecs_service.web does not match:
  load_balancer.container_port: nothing to look in, want no such key (load_balancer is an array of 2 elements)
aws_ecs_service.web does not match:
  load_balancer[2].container_port: nothing to look in, want no such key (load_balancer is an array of 2 elements)`},

		{"get what is missing", func(tpl *tmpl) { service(tpl).Get("desired") },
			"FATAL aws_ecs_service.web: desired: missing (nearest keys: desired_count, depends_on, lifecycle)"},
		{"get through what is missing", func(tpl *tmpl) { service(tpl).Get("lifecycle.x.y") },
			"FATAL aws_ecs_service.web: lifecycle.x.y: missing (found no lifecycle.x; nearest keys: " +
				"create_before_destroy)"},

		{"decoded JSON is asked like the rest", func(tpl *tmpl) {
			containers := tpl.One("aws_ecs_task_definition").Decode("container_definitions")
			containers.Matches([]any{object{"image": "nginx:1"}})
			containers.Has("0.cpu", 256)
			containers.Lacks("0.memory")
			containers.References("0.secret", tpl.One("aws_lb"))
		}, ""},
		{"decoded JSON keeps its path", func(tpl *tmpl) {
			tpl.One("aws_ecs_task_definition").Decode("container_definitions").Has("0.image", "nginx:2")
		}, `
aws_ecs_task_definition.task does not match:
  container_definitions[0].image: got "nginx:1" (string), want "nginx:2"`},
		{"decode a value that is not a string", func(tpl *tmpl) { service(tpl).Decode("desired_count") },
			"FATAL aws_ecs_service.web: desired_count: got 3 (number), want a string that holds JSON"},
		{"decode what is not JSON", func(tpl *tmpl) { service(tpl).Decode("launch_type") },
			`FATAL aws_ecs_service.web: launch_type: got "FARGATE" (string), ` +
				`want a string that holds JSON: invalid character 'F' looking for beginning of value`},

		{"it depends on another", func(tpl *tmpl) { service(tpl).DependsOn(tpl.One("aws_lb_listener")) }, ""},
		{"it does not depend on another", func(tpl *tmpl) {
			service(tpl).DependsOn(tpl.One("aws_lb_listener"), tpl.One("aws_lb"))
		}, `aws_ecs_service.web does not depend on aws_lb.web; depends_on: got ["aws_lb_listener.web2"]`},
		{"it depends on nothing", func(tpl *tmpl) { tpl.One("aws_lb").DependsOn(tpl.One("aws_lb_listener")) },
			"aws_lb.web does not depend on aws_lb_listener.web2; depends_on: got null"},
		{"depend on none given", func(tpl *tmpl) { service(tpl).DependsOn() },
			`FATAL DependsOn without a resource asserts nothing; to say there are none: Lacks("depends_on")`},

		{"depend on nil", func(tpl *tmpl) { service(tpl).DependsOn(nil) },
			`FATAL DependsOn without a resource asserts nothing; to say there are none: Lacks("depends_on")`},

		{"it references another, also in an array", func(tpl *tmpl) {
			tpl.One("aws_lb_listener").References("load_balancer_arn", tpl.One("aws_lb"))
			service(tpl).References("network_configuration.subnets",
				tpl.OneMatching("aws_subnet", object{"cidr_block": "10.0.1.0/24"}))
			service(tpl).References("network_configuration",
				tpl.OneMatching("aws_subnet", object{"cidr_block": "10.0.0.0/24"}))
			tpl.One("aws_lb").References("vpc_id", tpl.Data().One("aws_vpc"))
		}, ""},
		{"it does not reference another", func(tpl *tmpl) {
			tpl.One("aws_lb_listener").References("load_balancer_arn", tpl.One("aws_lb_listener"))
		}, `
aws_lb_listener.web2 does not match:
  load_balancer_arn: got "${aws_lb.web.arn}" (string), want a reference to aws_lb_listener.web2`},
		{"a number references nothing", func(tpl *tmpl) {
			service(tpl).References("desired_count",
				tpl.One("aws_lb"))
		}, `
aws_ecs_service.web does not match:
  desired_count: got 3 (number), want a reference to aws_lb.web`},
		{"it has nothing that could reference another",
			func(tpl *tmpl) { service(tpl).References("iam", tpl.One("aws_lb")) }, `
aws_ecs_service.web does not match:
  iam: missing, want a reference to aws_lb.web (nearest keys: lifecycle, depends_on, launch_type)`},
	})
}

func TestResourceNames(t *testing.T) {
	tpl := assertions.Parse(t, stack)
	lb, vpc := tpl.One("aws_lb"), tpl.Data().One("aws_vpc")
	equal(t, []string{lb.Address(), lb.Type(), lb.Ref("arn"), lb.Ref("[0].arn")},
		[]string{"aws_lb.web", "aws_lb", "${aws_lb.web.arn}", "${aws_lb.web[0].arn}"})
	equal(t, []string{vpc.Address(), vpc.Type(), vpc.Ref("id")},
		[]string{"data.aws_vpc.main", "aws_vpc", "${data.aws_vpc.main.id}"})
	equal(t, lb.Get("internal"), any(false))
}

func TestReferencesAreExact(t *testing.T) {
	for _, tc := range []struct {
		text string
		want bool
	}{
		{"${aws_lb.web}", true},
		{"${aws_lb.web.arn}", true},
		{"${aws_lb.web[0].arn}", true},
		{"https://${aws_lb.web.dns_name}/x", true},
		{"${var.x}-${aws_lb.web.arn}", true},
		{`${join(",", [aws_lb.web2.arn,aws_lb.web.arn])}`, true},
		{"${{for k in [1] : k => aws_lb.web.arn}}", true},
		{"${{a = 1}[aws_lb.web.name]}", true},
		{"$${x} ${aws_lb.web.arn}", true},
		{"${aws_lb.web2.arn}", false},
		{"${aws_lb.web-b.arn}", false},
		{"${aws_lb.web_b.arn}", false},
		{"${data.aws_lb.web.arn}", false},
		{"${aws_lb_web.arn}", false},
		{"${x-aws_lb.web.arn}", false},
		{"aws_lb.web.arn", false},
		{"$${aws_lb.web.arn}", false},
		{"${var.x} aws_lb.web.arn", false},
		{"", false},
	} {
		t.Run(tc.text, func(t *testing.T) {
			tpl := assertions.Parse(t, `{"resource": {"aws_lb": {"web": {}}}, "locals": {"x": `+quote(tc.text)+`}}`)
			said := failures(func(tb testing.TB) {
				tpl.With(tb).Local("x").References("", tpl.One("aws_lb"))
			})
			want := ""
			if !tc.want {
				want = "locals x does not match:\n  got " + quote(tc.text) + " (string), want a reference to aws_lb.web"
			}
			equal(t, said, want)
		})
	}
}
