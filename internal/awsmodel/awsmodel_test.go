package awsmodel_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"webapp/internal/awsmodel"
	"webapp/internal/subprocess"
)

func models(t *testing.T) *awsmodel.Models {
	t.Helper()
	found, err := awsmodel.Installed(t.Context(), "../..")
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestParameter(t *testing.T) {
	m := models(t)
	for path, want := range map[string]struct {
		typ      string
		required bool
	}{
		"ecs RegisterTaskDefinition family":                                                {"string", true},
		"ecs RegisterTaskDefinition containerDefinitions":                                  {"list", true},
		"ecs RegisterTaskDefinition containerDefinitions[].name":                           {"string", false},
		"ecs RegisterTaskDefinition containerDefinitions[].dockerLabels{}":                 {"string", false},
		"ecs RegisterTaskDefinition containerDefinitions[].dockerLabels{key}":              {"string", false},
		"elbv2 CreateRule Conditions[].PathPatternConfig.Values[]":                         {"string", false},
		"elbv2 CreateRule Priority":                                                        {"integer", true},
		"s3 PutBucketTagging Tagging.TagSet[].Key":                                         {"string", true},
		"servicediscovery CreateService DnsConfig.DnsRecords[].TTL":                        {"long", true},
		"wafv2 AssociateWebACL ResourceArn":                                                {"string", true},
		"application-autoscaling PutScalingPolicy StepScalingPolicyConfiguration.Cooldown": {"integer", false},
	} {
		part := strings.Fields(path)
		got, err := m.Parameter(part[0], part[1], part[2])
		if err != nil {
			t.Error(err)
			continue
		}
		if got.Type != want.typ || got.Required != want.required {
			t.Errorf("%s: got %s, required %v, want %s, %v", path, got.Type, got.Required, want.typ, want.required)
		}
	}
}

func TestParameterThatIsNotThere(t *testing.T) {
	m := models(t)
	for path, want := range map[string]string{
		"ecs RegisterTaskDefinition containerDefinitions[].nam": "ecs RegisterTaskDefinition, parameter " +
			"containerDefinitions[].nam: the structure ContainerDefinition has no nam",
		"ecs RegisterTaskDefinition family[]": "ecs RegisterTaskDefinition, parameter family[]: " +
			"the string String has no []",
		"ecs RegisterTask family": "ecs has no operation RegisterTask",
	} {
		part := strings.Fields(path)
		if _, err := m.Parameter(part[0], part[1], part[2]); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, err := m.Service("ecs2"); err == nil ||
		!strings.HasPrefix(err.Error(), `botocore has no model of the service "ecs2" in `) {
		t.Errorf("got %v", err)
	}
}

func TestValidate(t *testing.T) {
	m := models(t)
	for name, tc := range map[string]struct {
		parameter string
		value     any
		want      []string
	}{
		"fine": {"iam CreateRole RoleName", "shop-task", nil},
		"the whole value must match": {"iam CreateRole RoleName", "shop task", []string{
			`Value 'shop task' at 'x' failed to satisfy constraint: ` +
				`Member must satisfy regular expression pattern: [\w+=,.@-]+`}},
		"too long": {"iam CreateRole RoleName", strings.Repeat("a", 65), []string{
			`Value '` + strings.Repeat("a", 65) +
				`' at 'x' failed to satisfy constraint: Member must have length less than or equal to 64`}},
		"characters are counted, not bytes": {"events PutRule Description", strings.Repeat("ä", 512), nil},
		"a word of a set": {"elbv2 CreateListener Protocol", "FTP", []string{
			`Value 'FTP' at 'x' failed to satisfy constraint: ` +
				`Member must satisfy enum value set: [HTTP, HTTPS, TCP, TLS, UDP, TCP_UDP, GENEVE, QUIC, TCP_QUIC]`}},
		"a range": {"elbv2 CreateRule Priority", 50001.0, []string{
			`Value '50001' at 'x' failed to satisfy constraint: Member must have value less than or equal to 50000`}},
		"a part of a number": {"elbv2 CreateRule Priority", 1.5, []string{
			`Value '1.5' at 'x' failed to satisfy constraint: Member must be of type integer`}},
		"a text for a number": {"elbv2 CreateRule Priority", "1", []string{
			`Value '1' at 'x' failed to satisfy constraint: Member must be of type integer`}},
		"what is required, inside a list": {"iam CreateRole Tags", []any{map[string]any{"Key": "Team"}}, []string{
			`Value null at 'x.1.member.Value' failed to satisfy constraint: Member must not be null`}},
		"a name that is not known": {"iam CreateRole Tags",
			[]any{map[string]any{"Key": "Team", "Value": "web", "Valu": "x"}}, []string{
				`Value 'x' at 'x.1.member.Valu' failed to satisfy constraint: Member is not known to Tag`}},
		"a pattern that looks ahead": {"acm RequestCertificate DomainName", "-shop.example.com", []string{
			`Value '-shop.example.com' at 'x' failed to satisfy constraint: ` +
				`Member must satisfy regular expression pattern: ` +
				`(\*\.)?(((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9])\.)+((?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9])`}},
		"a pattern with surrogates": {"application-autoscaling PutScheduledAction ResourceId",
			"service/shop/wéb 😀", nil},
		"beyond such a pattern": {"application-autoscaling PutScheduledAction ResourceId", "a\x00", []string{
			"Value 'a\x00' at 'x' failed to satisfy constraint: Member must satisfy regular expression pattern: " +
				`[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*`}},
	} {
		t.Run(name, func(t *testing.T) {
			part := strings.Fields(tc.parameter)
			parameter, err := m.Parameter(part[0], part[1], part[2])
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, v := range parameter.Validate("x", tc.value) {
				got = append(got, v.String())
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("violations (-want +got):\n%s", diff)
			}
		})
	}
}

// TestEveryPatternCompiles: a pattern that did not would refuse every value.
func TestEveryPatternCompiles(t *testing.T) {
	m := models(t)
	for _, name := range []string{
		"acm", "application-autoscaling", "cloudwatch", "ec2", "ecr", "ecs", "efs", "elbv2", "events", "iam", "kms",
		"logs", "route53", "s3",
		"secretsmanager", "servicediscovery", "sns", "ssm", "sts", "wafv2",
	} {
		service, err := m.Service(name)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[*awsmodel.Shape]bool{}
		for _, o := range service.Operations {
			eachShape(o.Input, seen, func(s *awsmodel.Shape) {
				if _, err := s.Matches("a"); err != nil {
					t.Errorf("%s %s: %v", name, s.Name, err)
				}
			})
		}
	}
}

func eachShape(s *awsmodel.Shape, seen map[*awsmodel.Shape]bool, visit func(*awsmodel.Shape)) {
	if s == nil || seen[s] {
		return
	}
	seen[s] = true
	visit(s)
	for _, member := range s.Members {
		eachShape(member.Shape, seen, visit)
	}
	for _, member := range []*awsmodel.Member{s.Element, s.Key, s.Value} {
		if member != nil {
			eachShape(member.Shape, seen, visit)
		}
	}
}

// TestFindNamesWhatItAsked: an installation without botocore.
func TestFindNamesWhatItAsked(t *testing.T) {
	python := filepath.Join(t.TempDir(), "python3")
	if err := subprocess.WriteScript(python, "#!/bin/sh\necho no botocore >&2; exit 1\n"); err != nil {
		t.Fatal(err)
	}
	_, err := awsmodel.Find(t.Context(), python)
	want := "asking " + python + " for botocore: exit status 1\nno botocore\n"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
