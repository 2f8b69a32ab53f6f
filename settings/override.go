package settings

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"webapp/internal/configfile"
)

// Override changes one property of one resource. Use it for a property that no setting covers.
type Override struct {
	// Resource is the resource's address as a plan shows it, such as aws_lb.load-balancer_D8F84775. The part after the
	// last underscore can be left out: aws_lb.load-balancer. It is an error if no resource, or more than one, has this
	// address. Required.
	Resource string `yaml:"resource"`

	// Path of the property in Terraform's names, such as idle_timeout or network_configuration.security_groups.
	// Required.
	Path string `yaml:"path"`

	// Value is the property's new value: a text, a number, true, false, a list or a mapping. Not with Remove.
	Value any `yaml:"value" secret:"true"`

	// Remove deletes the property. It is an error if the resource does not have it. Default false.
	Remove bool `yaml:"remove"`

	// Position in the file, for problems found only in the finished stack.
	Position configfile.Position `yaml:"-" json:"-"`
}

// Problem reports one of the override's settings that does not fit the stack.
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
		c.At("path").Problemf("%q is not a valid property name; write Terraform's name, such as idle_timeout, with "+
			"dots between nested ones", o.Path)
	}
	checkNoCredentials(c.At("value"), o.Value)
	switch {
	case o.Remove && o.Value != nil:
		c.At("value").Problemf("cannot be combined with remove: true; remove one of the two")
	case !o.Remove && o.Value == nil:
		c.At("value").Problemf("is missing; write the property's value, or remove: true")
	}
}

// checkOverrides reports two overrides of the same property: only one of them would take effect.
func (s *Stack) checkOverrides(c configfile.Checker) {
	for i := range s.Overrides {
		o := &s.Overrides[i]
		at := c.Index(i)
		for j, earlier := range s.Overrides[:i] {
			if o.Path != "" && isSameResource(o.Resource, earlier.Resource) && overlaps(o.Path, earlier.Path) {
				at.At("path").Problemf("%s is changed by overrides[%d] already (%s); merge the two", o.Path, j,
					earlier.Path)
				break
			}
		}
	}
}

// isSameResource reports whether two addresses mean the same resource, with or without the suffix that CDKTF adds.
func isSameResource(a, b string) bool {
	return a == b || addressSuffix.ReplaceAllString(a, "") == b || a == addressSuffix.ReplaceAllString(b, "")
}

var addressSuffix = regexp.MustCompile(`_[0-9A-F]{8}$`)

// overlaps reports whether one property is the other, or within it.
func overlaps(a, b string) bool {
	return a == b || strings.HasPrefix(a, b+".") || strings.HasPrefix(b, a+".")
}
