package assertions

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// RefTo matches a string with an expression that refers to the resource, as "${aws_lb.web.arn}" does, and an array or
// object that contains such a string. For one attribute and nothing around it, use the literal r.Ref("arn").
func RefTo(r *Resource) Matcher {
	return matcher(func(bool) check {
		if r == nil {
			return fault("RefTo(nil)")
		}
		return test("a reference to "+r.address, func(got any) bool { return refers(got, r.address) })
	})
}

func refers(v any, address string) bool {
	switch v := v.(type) {
	case string:
		return slices.ContainsFunc(expressions(v), func(e string) bool { return mentions(e, address) })
	case []any:
		return slices.ContainsFunc(v, func(inner any) bool { return refers(inner, address) })
	case Object:
		return refers(slices.Collect(maps.Values(v)), address)
	}
	return false
}

// expressions returns the contents of every ${…} in a string. "$${" is Terraform's escape of the two characters.
func expressions(s string) []string {
	var all []string
	s = strings.ReplaceAll(s, "$${", "")
	for {
		_, rest, found := strings.Cut(s, "${")
		if !found {
			return all
		}
		depth, end := 1, 0
		for end < len(rest) && depth > 0 {
			switch rest[end] {
			case '{':
				depth++
			case '}':
				depth--
			}
			end++
		}
		all = append(all, rest[:end])
		s = rest[end:]
	}
}

// mentions reports whether an expression contains the whole address: aws_lb.web is not in aws_lb.web2.arn,
// aws_lb.web-b.arn or data.aws_lb.web.arn.
func mentions(expression, address string) bool {
	return regexp.MustCompile(`(^|[^\w.-])` + regexp.QuoteMeta(address) + `($|[^\w-])`).MatchString(expression)
}
