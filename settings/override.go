package settings

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"webapp/internal/configfile"
)

// Override changes one property of one resource, for what no setting covers.
type Override struct {
	// Resource is the address that a plan shows, such as aws_lb.load-balancer_D8F84775; without the part behind the
	// last underscore it may be written too: aws_lb.load-balancer. Error when the stack has none, or several, of this
	// address. Required.
	Resource string `yaml:"resource"`

	// Path of the property in the Terraform JSON, in Terraform's names, such as idle_timeout or
	// network_configuration.security_groups. Required.
	Path string `yaml:"path"`

	// Value that the property gets: a text, a number, true, false, a list or a mapping. Not with Remove.
	Value any `yaml:"value" secret:"true"`

	// Remove takes the property away. Error where there is none. Default false.
	Remove bool `yaml:"remove"`

	// Position in the file, for problems that only the finished stack shows.
	Position configfile.Position `yaml:"-" json:"-"`
}

// Problem is one of the override's settings that does not fit the stack.
func (o Override) Problem(setting, format string, args ...any) Problem {
	at := o.Position
	at.Path = configfile.JoinPath(at.Path, setting)
	return Problem{Position: at, Message: fmt.Sprintf(format, args...)}
}

// SetPosition keeps the override's position in the file.
func (o *Override) SetPosition(p configfile.Position) { o.Position = p }

var (
	resourceAddress = regexp.MustCompile(`^(data\.)?[a-z0-9_]+\.[A-Za-z0-9_-]+$`)
	propertyPath    = regexp.MustCompile(`^[a-z0-9_]+(\.[A-Za-z0-9_]+)*$`)
)

func (o *Override) Check(c configfile.Checker) {
	if !resourceAddress.MatchString(o.Resource) {
		c.At("resource").Problemf("%q is not a valid resource address; write one as a plan shows it, such as "+
			"aws_lb.load-balancer_D8F84775", o.Resource)
	}
	if !propertyPath.MatchString(o.Path) || slices.Contains(strings.Split(o.Path, "."), "__proto__") {
		c.At("path").Problemf("%q is not a valid property name; write Terraform's name, such as idle_timeout, with dots between "+
			"nested ones", o.Path)
	}
	checkNoCredentials(c.At("value"), o.Value)
	switch {
	case o.Remove && o.Value != nil:
		c.At("value").Problemf("stands beside remove: true; write one of them")
	case !o.Remove && o.Value == nil:
		c.At("value").Problemf("is missing; write the property's value, or remove: true")
	}
}

// checkOverrides applies the rules of every override, and reports two that change the same property: only one would
// count.
func (s *Stack) checkOverrides(c configfile.Checker) {
	for i := range s.Overrides {
		o := &s.Overrides[i]
		at := c.Index(i)
		for j, earlier := range s.Overrides[:i] {
			if o.Path != "" && isSameResource(o.Resource, earlier.Resource) && overlaps(o.Path, earlier.Path) {
				at.At("path").Problemf("%s is what overrides[%d] changes already (%s); write one override of both", o.Path, j, earlier.Path)
				break
			}
		}
	}
}

// isSameResource reports whether two addresses are of one resource, with or without what CDKTF adds to its name.
func isSameResource(a, b string) bool {
	return a == b || addressSuffix.ReplaceAllString(a, "") == b || a == addressSuffix.ReplaceAllString(b, "")
}

var addressSuffix = regexp.MustCompile(`_[0-9A-F]{8}$`)

// overlaps reports whether one property is the other, or within it.
func overlaps(a, b string) bool {
	return a == b || strings.HasPrefix(a, b+".") || strings.HasPrefix(b, a+".")
}
