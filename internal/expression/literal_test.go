package expression_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"webapp/internal/expression"
)

// FuzzLiteral has Terraform's own library evaluate the templates.
func FuzzLiteral(f *testing.F) {
	for _, text := range []string{
		"", "$", "%", "${", "%{", "${x}", "$${x}", "$$${x}", "%{x}", "%%{x}", "$%{x}", "%${x}", "${%{x}}", `\${x}`,
		"a$", "%{if}%{endif}",
		"${TfToken[TOKEN.1]}", "#{TfToken[TOKEN.1]}", "TfToken[TfToken[", "${${TfToken[", `"${"$"}"`, "two\nlines",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		template, problems := hclsyntax.ParseTemplate([]byte(expression.Literal(text)), "text", hcl.InitialPos)
		if problems.HasErrors() {
			t.Fatalf("%q: %v", text, problems)
		}
		value, problems := template.Value(nil)
		if problems.HasErrors() {
			t.Fatalf("%q: %v", text, problems)
		}
		if got := value.AsString(); got != text {
			t.Errorf("got %q, want %q", got, text)
		}
		if got := expression.Evaluated(expression.Literal(text)); got != text {
			t.Errorf("Evaluated: got %q, want %q", got, text)
		}
	})
}

func TestLiteralsIncludesKeysAndChangesNothingElse(t *testing.T) {
	type texts struct {
		Name    string
		Count   int
		Missing *texts
		Nested  *texts
		Lists   map[string][]string
		Any     any
		hidden  string
	}
	given := texts{
		Name: "${a}", Count: 1, Nested: &texts{Name: "%{b}"}, Lists: map[string][]string{"${k}": {"${v}", "plain"}},
		Any: 1, hidden: "${h}",
	}
	before := given.Nested.Name
	want := texts{
		Name: "$${a}", Count: 1, Nested: &texts{Name: "%%{b}"}, Lists: map[string][]string{"$${k}": {"$${v}", "plain"}},
		Any: 1, hidden: "${h}",
	}
	if diff := cmp.Diff(want, expression.Literals(given), cmp.AllowUnexported(texts{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if given.Nested.Name != before {
		t.Error("the value itself is changed")
	}
}
