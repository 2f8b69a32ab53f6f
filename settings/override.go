package settings

import (
	"regexp"
)

// Override changes one property of one resource, for what no setting covers.
type Override struct {
	// Resource is the address that a plan shows, such as aws_lb.load-balancer_D8F84775; without the part behind the last
	// underscore it may be written too: aws_lb.load-balancer. Error when the stack has none, or several, of this address.
	// Required.
	Resource string `yaml:"resource"`

	// Path of the property in the Terraform JSON, in Terraform's names, such as idle_timeout or
	// network_configuration.security_groups. Required.
	Path string `yaml:"path"`

	// Value that the property gets: a text, a number, true, false, a list or a mapping. Not with Remove.
	Value any `yaml:"value"`

	// Remove takes the property away. Error where there is none. Default false.
	Remove bool `yaml:"remove"`
}

var (
	resourceAddress = regexp.MustCompile(`^(data\.)?[a-z0-9_]+\.[A-Za-z0-9_-]+$`)
	propertyPath    = regexp.MustCompile(`^[a-z0-9_]+(\.[A-Za-z0-9_]+)*$`)
)

func (o *Override) setDefaults() {}

func (o *Override) check(c checker) {
	if !resourceAddress.MatchString(o.Resource) {
		c.at("resource").problemf("%q is no resource's address; write one as a plan shows it, such as aws_lb.load-balancer_D8F84775", o.Resource)
	}
	if !propertyPath.MatchString(o.Path) {
		c.at("path").problemf("%q is no property; write Terraform's name, such as idle_timeout, with dots between nested ones", o.Path)
	}
	switch {
	case o.Remove && o.Value != nil:
		c.at("value").problemf("stands beside remove: true; write one of them")
	case !o.Remove && o.Value == nil:
		c.at("value").problemf("is missing; write the property's value, or remove: true")
	}
}
