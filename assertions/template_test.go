package assertions_test

import (
	"os"
	"testing"

	"webapp/assertions"
)

func TestMain(m *testing.M) { os.Exit(assertions.Main(m)) }

type (
	object = assertions.Object
	tmpl   = assertions.Template
)

func TestResources(t *testing.T) {
	run(t, []question{
		{"the count is right", func(tpl *tmpl) { tpl.Count("aws_subnet", 3) }, ""},
		{"the count is wrong", func(tpl *tmpl) { tpl.Count("aws_subnet", 4) }, `
template has 3 resources of type aws_subnet, want 4:
  aws_subnet.a
  aws_subnet.b
  aws_subnet.c`},
		{"one is called by the singular", func(tpl *tmpl) { tpl.Count("aws_lb", 2) }, `
template has 1 resource of type aws_lb, want 2:
  aws_lb.web`},
		{"a type that does not exist gives those that do, the nearest first",
			func(tpl *tmpl) { tpl.Count("aws_subnets", 3) }, `
template has no resource of type aws_subnets, want 3; it has:
  aws_subnet (3)
  aws_lb (1)
  aws_lb_listener (1)
  aws_ecs_service (2)
  aws_ecs_task_definition (1)`},
		{"there is none", func(tpl *tmpl) { tpl.None("aws_nat_gateway") }, ""},
		{"there is one where none is wanted", func(tpl *tmpl) { tpl.None("aws_lb") }, `
template has 1 resource of type aws_lb, want 0:
  aws_lb.web`},
		{"there is exactly one", func(tpl *tmpl) { tpl.One("aws_lb").Has("name", "web") }, ""},
		{"there are two where one is wanted", func(tpl *tmpl) { tpl.One("aws_ecs_service") }, `
FATAL template has 2 resources of type aws_ecs_service, want exactly one:
  aws_ecs_service.web
  aws_ecs_service.worker`},
		{"there is none where one is wanted", func(tpl *tmpl) { tpl.Data().One("aws_subnet") }, `
FATAL template has no data source of type aws_subnet, want exactly one; it has:
  aws_vpc (1)`},

		{"one of them matches", func(tpl *tmpl) { tpl.Has("aws_subnet", object{"cidr_block": "10.0.1.0/24"}) }, ""},
		{"none matches: the closest has the fewest mismatches", func(tpl *tmpl) {
			tpl.Has("aws_ecs_service", object{"desired_count": 2, "launch_type": "EC2"})
		}, `
no aws_ecs_service of 2 matches; the closest is aws_ecs_service.worker:
  desired_count: got 1 (number), want 2`},
		{"none matches as there is none of the type", func(tpl *tmpl) { tpl.Data().Has("aws_vpcs", object{}) }, `
template has no data source of type aws_vpcs, want at least one; it has:
  aws_vpc (1)`},

		{"the count of those that match is right", func(tpl *tmpl) {
			tpl.CountMatching("aws_subnet", object{"map_public_ip_on_launch": false}, 2)
		}, ""},
		{"too few match: the closest of the others is shown", func(tpl *tmpl) {
			tpl.CountMatching("aws_subnet", object{"map_public_ip_on_launch": false}, 3)
		}, `
2 of 3 aws_subnet match, want 3:
  aws_subnet.a
  aws_subnet.b
the closest of the others is aws_subnet.c:
  map_public_ip_on_launch: got true (boolean), want false`},
		{"too many match", func(tpl *tmpl) {
			tpl.CountMatching("aws_subnet", object{"map_public_ip_on_launch": false}, 0)
		}, `
2 of 3 aws_subnet match, want 0:
  aws_subnet.a
  aws_subnet.b`},
		{"none of several matches", func(tpl *tmpl) { tpl.CountMatching("aws_lb", object{"name": "x"}, 2) }, `
0 of 1 aws_lb match, want 2:
the closest of the others is aws_lb.web:
  name: got "web" (string), want "x"`},
		{"a count of those that match, of a type that does not exist",
			func(tpl *tmpl) { tpl.Data().CountMatching("x", object{}, 2) }, `
template has no data source of type x, want 2; it has:
  aws_vpc (1)`},

		{"exactly one matches", func(tpl *tmpl) {
			tpl.OneMatching("aws_subnet", object{"map_public_ip_on_launch": true}).Has("cidr_block", "10.0.2.0/24")
		}, ""},
		{"two match where one is wanted", func(tpl *tmpl) {
			tpl.OneMatching("aws_subnet", object{"map_public_ip_on_launch": false})
		}, `
FATAL 2 of 3 aws_subnet match, want exactly one:
  aws_subnet.a
  aws_subnet.b`},
		{"none matches where one is wanted", func(tpl *tmpl) { tpl.OneMatching("aws_lb", object{"name": "x"}) }, `
FATAL no aws_lb of 1 matches; the closest is aws_lb.web:
  name: got "web" (string), want "x"`},

		{"all match", func(tpl *tmpl) {
			tpl.AllMatch("aws_subnet", object{"cidr_block": assertions.Regexp(`/24$`)})
		}, ""},
		{"some do not match: each is shown", func(tpl *tmpl) {
			tpl.AllMatch("aws_subnet", object{"map_public_ip_on_launch": true})
		}, `
2 of 3 aws_subnet do not match:
  aws_subnet.a:
    map_public_ip_on_launch: got false (boolean), want true
  aws_subnet.b:
    map_public_ip_on_launch: got false (boolean), want true`},
		{"all of none do not match", func(tpl *tmpl) { tpl.Data().AllMatch("aws_subnet", object{}) }, `
template has no data source of type aws_subnet, want at least one; it has:
  aws_vpc (1)`},

		{"find nothing that matches", func(tpl *tmpl) { tpl.Find("aws_lb", object{"name": "x"}) }, `
FATAL no aws_lb of 1 matches; the closest is aws_lb.web:
  name: got "web" (string), want "x"`},
		{"all of a type that does not exist", func(tpl *tmpl) { tpl.Data().All("aws_subnet") }, `
FATAL template has no data source of type aws_subnet, want at least one; it has:
  aws_vpc (1)`},
	})
}

func TestAllAndFindGiveResourcesByAddress(t *testing.T) {
	tpl := assertions.Parse(t, stack)
	for _, tc := range []struct {
		name string
		got  []*assertions.Resource
		want []string
	}{
		{"of a type", tpl.All("aws_subnet"), []string{"aws_subnet.a", "aws_subnet.b", "aws_subnet.c"}},
		{"of two types", tpl.All("aws_lb_listener", "aws_lb"), []string{"aws_lb.web", "aws_lb_listener.web2"}},
		{"of every type", tpl.All(), []string{
			"aws_ecs_service.web", "aws_ecs_service.worker", "aws_ecs_task_definition.task", "aws_lb.web",
			"aws_lb_listener.web2", "aws_subnet.a", "aws_subnet.b", "aws_subnet.c",
		}},
		{"data sources", tpl.Data().All(), []string{"data.aws_vpc.main"}},
		{"those that match", tpl.Find("aws_subnet", object{"map_public_ip_on_launch": false}),
			[]string{"aws_subnet.a", "aws_subnet.b"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got []string
			for _, r := range tc.got {
				got = append(got, r.Address())
			}
			equal(t, got, tc.want)
		})
	}
}

func TestBlocks(t *testing.T) {
	run(t, []question{
		{"a variable", func(tpl *tmpl) { tpl.Variable("image").Matches(object{"type": "string"}) }, ""},
		{"an output where there is none", func(tpl *tmpl) { tpl.Output("URL") },
			"FATAL template has no output URL; it has: none"},
		{"a variable that does not exist", func(tpl *tmpl) { tpl.Variable("images") }, `
FATAL template has no variable images; it has:
  image`},
		{"a local", func(tpl *tmpl) { tpl.Local("zones").Matches(2) }, ""},
		{"a local that is another", func(tpl *tmpl) { tpl.Local("zones").Matches(3) }, `
locals zones does not match:
  got 2 (number), want 3`},
		{"a local that is an array", func(tpl *tmpl) { tpl.Local("names").Has("1", "b") }, ""},
		{"a local that is too short an array", func(tpl *tmpl) { tpl.Local("names").Has("2", "c") }, `
locals names does not match:
  [2]: missing, want "c" (it is an array of 2 elements)`},
		{"a local that does not exist", func(tpl *tmpl) { tpl.Local("zone") }, `
FATAL template has no locals zone; it has:
  zones
  names`},
		{"the default provider", func(tpl *tmpl) { tpl.Provider("aws").Has("region", "eu-west-1") }, ""},
		{"a provider by its alias", func(tpl *tmpl) { tpl.Provider("aws.replica").Has("region", "us-east-1") }, ""},
		{"a provider of another region", func(tpl *tmpl) { tpl.Provider("aws.replica").Has("region", "eu-west-1") }, `
provider aws.replica does not match:
  region: got "us-east-1" (string), want "eu-west-1"`},
		{"an alias that does not exist", func(tpl *tmpl) { tpl.Provider("aws.west") }, `
FATAL template has no provider aws.west; it has:
  aws
  aws.replica`},
		{"a provider that does not exist", func(tpl *tmpl) { tpl.Provider("random") }, `
FATAL template has no provider random; it has:
  aws`},
		{"the terraform block", func(tpl *tmpl) { tpl.Terraform().Has("backend.s3.bucket", "state") }, ""},
		{"another provider version", func(tpl *tmpl) {
			tpl.Terraform().Has("required_providers.aws.version",
				"6.0.0")
		}, `
terraform does not match:
  required_providers.aws.version: got "5.100.0" (string), want "6.0.0"`},
		{"no terraform block", func(tpl *tmpl) { delete(tpl.JSON(), "terraform"); tpl.Terraform() },
			"FATAL template: terraform: missing (nearest keys: variable, data, locals)"},
		{"the whole template, in part", func(tpl *tmpl) { tpl.Matches(object{"locals": object{"zones": 2}}) }, ""},
		{"the whole template, otherwise", func(tpl *tmpl) {
			tpl.Matches(object{"moved": []any{},
				"locals": object{"zones": "2"}})
		}, `
template does not match:
  locals.zones: got 2 (number), want "2" (string)
  moved: missing, want [] (nearest keys: data, locals, provider)`},
	})
}

func TestParse(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"no JSON", `{`, "FATAL parsing the template: unexpected end of JSON input"},
		{"no object", `[]`, "FATAL parsing the template: got [] (array), want an object"},
		{"resources in an array", `{"resource": []}`,
			"FATAL reading the template's resources: resource: got [] (array), want an object"},
		{"a resource that is not an object", `{"resource": {"aws_lb": {"web": 1}}}`,
			"FATAL reading the template's resources: web: got 1 (number), want an object"},
		{"no resources at all", `{}`, "FATAL template has no resources"},
		{"a resource without arguments", `{"resource": {"aws_lb": {"web": {}}}}`, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			equal(t, failures(func(tb testing.TB) { assertions.Parse(tb, tc.text).All() }), tc.want)
		})
	}
}

func TestCommentsAreLeftOut(t *testing.T) {
	tpl := assertions.Parse(t, stack)
	tpl.Matches(object{"//": assertions.Absent()})
	tpl.One("aws_lb").Lacks("//")
	tpl.Provider("aws").Lacks("//")
	if _, found := tpl.JSON()["//"]; found {
		t.Error(`JSON() has the key "//", want it left out`)
	}
}

func TestWithReportsToTheOtherTest(t *testing.T) {
	tpl := assertions.Parse(t, stack)
	got := failures(func(tb testing.TB) {
		inner := tpl.With(tb)
		inner.Count("aws_lb", 2)
		inner.Local("zones").Matches(3)
		inner.Data().None("aws_vpc")
	})
	equal(t, got, `template has 1 resource of type aws_lb, want 2:
  aws_lb.web
locals zones does not match:
  got 2 (number), want 3
template has 1 data source of type aws_vpc, want 0:
  data.aws_vpc.main`)
}
