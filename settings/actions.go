package settings

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"webapp/internal/configfile"
	"webapp/internal/iamactions"
)

// checkPermits reports actions that permit nothing: those that do not exist, and those that fit none of the resources.
// IAM accepts them, so that they are notes where the statement permits something else. A statement of such actions
// alone is certainly a mistake.
// Source: IAM user guide, "Troubleshoot IAM policies" (unrecognized services, actions, or resource types).
func (s *Statement) checkPermits(c configfile.Checker) {
	readable := len(s.Resources) > 0
	for i := range s.Resources {
		readable = readable && c.At("resources").Index(i).Valid("")
	}
	permits := slices.ContainsFunc(s.Actions, func(action string) bool {
		service, types, found := resourcesOf(action)
		return found && (!readable || fitsOne(s.Resources, service, types) || !s.isCertain(action, len(types) == 0))
	})
	for i, action := range s.Actions {
		at := c.At("actions").Index(i)
		if service, name, _ := strings.Cut(action, ":"); !at.Valid("") || iamactions.Has(service, name) {
			continue
		}
		if advice := s.adviseAction(action); permits {
			at.Notef("%s", advice)
		} else {
			at.Problemf("%s", advice)
		}
	}
	if readable {
		s.checkFit(c, permits)
	}
}

// adviseAction says what to write instead of an action that does not exist, which may be the name of an operation.
func (s *Statement) adviseAction(action string) string {
	const lookUp = "look it up in AWS's Service Authorization Reference; one that is newer than this release can only " +
		"stand beside others"
	service, name, _ := strings.Cut(action, ":")
	known, by := iamactions.Of(service), iamactions.PermittedBy(service, name)
	nothing := fmt.Sprintf("%s has no action %s, so it permits nothing; ", service, name)
	switch {
	case len(known) == 0:
		return fmt.Sprintf("%q is not a service that IAM knows; %s", service, adviseService(service, name))
	case len(by) > 0 && s.has(by):
		return nothing + "remove it: the operation needs " + configfile.JoinWords(by, "and") + ", permitted here already"
	case len(by) > 0:
		return nothing + "write " + configfile.JoinWords(by, "and") + ", which the operation needs"
	case strings.ContainsAny(name, "*?"):
		return fmt.Sprintf("%s has no action that matches %s, so it permits nothing; %s", service, name, lookUp)
	}
	return nothing + cmp.Or(configfile.SuggestLikely(name, known), inAnother(name), lookUp)
}

// adviseService says which service is meant by a prefix that IAM does not know: one with the action, if few have it,
// or one of a similar name.
func adviseService(wrong, action string) string {
	if prefix, ok := products[strings.ToLower(wrong)]; ok {
		return fmt.Sprintf("write %s:%s", prefix, action)
	}
	return cmp.Or(inAnother(action), configfile.SuggestLikely(wrong, iamactions.Services()),
		"write its prefix, such as s3 in s3:GetObject")
}

// inAnother says which services have an action, or "" if none or many have it.
func inAnother(action string) string {
	const few = 3
	services := iamactions.Having(action)
	if len(services) == 0 || len(services) > few {
		return ""
	}
	for i := range services {
		services[i] += ":" + action
	}
	return "write " + configfile.JoinWords(services, "or")
}

// products are names of services that are not their prefixes in IAM.
// Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS services".
var products = map[string]string{
	"efs": "elasticfilesystem", "sfn": "states", "stepfunctions": "states", "eventbridge": "events",
	"cloudwatch-logs": "logs", "cloudwatchlogs": "logs", "cognito": "cognito-idp", "msk": "kafka",
	"elb": "elasticloadbalancing", "elbv2": "elasticloadbalancing", "parameterstore": "ssm",
}

// has reports whether the statement has all these actions, by name or by a wildcard.
func (s *Statement) has(actions []string) bool {
	return !slices.ContainsFunc(actions, func(action string) bool {
		return !slices.ContainsFunc(s.Actions, func(pattern string) bool {
			is, _ := path.Match(strings.ToLower(pattern), strings.ToLower(action))
			return is
		})
	})
}
