package iampolicy

import (
	"fmt"
	"slices"
	"strings"
)

// Request is what IAM decides about.
type Request struct {
	// Action has the service's prefix, such as s3:GetObject.
	Action string
	// Resource is the ARN, or * for an action that knows no resources.
	Resource string
	// Principal is who asks. Only the policies of resources look at it.
	Principal Principal
	// Context are the condition keys of the request with their values. The names of keys are not case-sensitive.
	Context map[string][]string
}

// Principal is who sends a request. Only one of the two is set.
type Principal struct {
	// ARN is that of a user or role. The session of a role has the role's ARN here.
	ARN string
	// Service is an AWS service, such as ecs-tasks.amazonaws.com.
	Service string
}

// Decision is what IAM decides.
type Decision struct {
	Allowed bool
	// Reason is why not, as AWS puts it at the end of its message, such as "because no identity-based policy allows the
	// s3:GetObject action". Source: IAM user guide, "Troubleshoot access denied error messages".
	Reason string
}

// Identity are the policies of a user or role.
type Identity struct {
	// Policies are the inline and the managed ones.
	Policies []Policy
	// Boundary is the permissions boundary, nil for none.
	Boundary *Policy
}

// Decide decides about a request in the identity's own account. An explicit deny in any policy comes first; then both
// the boundary and one of the policies must allow the request.
func (i Identity) Decide(r Request) Decision {
	switch {
	case slices.ContainsFunc(i.Policies, func(p Policy) bool { return p.denies(r) }):
		return Decision{Reason: "with an explicit deny in an identity-based policy"}
	case i.Boundary != nil && i.Boundary.denies(r):
		return Decision{Reason: "with an explicit deny in a permissions boundary"}
	case i.Boundary != nil && !i.Boundary.allows(r):
		return Decision{Reason: fmt.Sprintf("because no permissions boundary allows the %s action", r.Action)}
	case !slices.ContainsFunc(i.Policies, func(p Policy) bool { return p.allows(r) }):
		return Decision{Reason: fmt.Sprintf("because no identity-based policy allows the %s action", r.Action)}
	}
	return Decision{Allowed: true}
}

// Decide decides about a request by the policy of the resource alone, such as a role's trust policy.
func (p Policy) Decide(r Request) Decision {
	switch {
	case p.denies(r):
		return Decision{Reason: "with an explicit deny in a resource-based policy"}
	case !p.allows(r):
		return Decision{Reason: fmt.Sprintf("because no resource-based policy allows the %s action", r.Action)}
	}
	return Decision{Allowed: true}
}

func (p Policy) allows(r Request) bool { return p.has("Allow", r) }
func (p Policy) denies(r Request) bool { return p.has("Deny", r) }

// has reports whether a statement with the effect is about the request.
func (p Policy) has(effect string, r Request) bool {
	return slices.ContainsFunc(p.statements, func(s statement) bool { return s.Effect == effect && s.isAbout(r) })
}

func (s statement) isAbout(r Request) bool {
	c := contextOf(r.Context)
	return s.names(r.Action) && s.covers(r.Resource, c) && s.isFor(r.Principal) &&
		!slices.ContainsFunc(s.conditions, func(one condition) bool { return !one.holds(c) })
}

// names reports whether a statement is about an action. Actions are not case-sensitive, and know no variables.
func (s statement) names(action string) bool {
	matches := func(pattern string) bool {
		return parsePattern(strings.ToLower(pattern), context{}).matches(strings.ToLower(action))
	}
	if s.NotAction != nil {
		return !slices.ContainsFunc(s.NotAction, matches)
	}
	return slices.ContainsFunc(s.Action, matches)
}

// covers reports whether a statement is about a resource. A trust policy names none: it is about the role that has it.
func (s statement) covers(resource string, c context) bool {
	matches := func(text string) bool {
		pattern := parsePattern(text, c)
		return !pattern.unknown && pattern.matches(resource)
	}
	if s.NotResource != nil {
		return !slices.ContainsFunc(s.NotResource, matches)
	}
	return s.Resource == nil || slices.ContainsFunc(s.Resource, matches)
}

// isFor reports whether a statement is for a principal. An identity-based policy names none: it is for those who have
// it.
func (s statement) isFor(p Principal) bool {
	switch {
	case s.Principal != nil:
		return s.Principal.include(p)
	case s.NotPrincipal != nil:
		return !s.NotPrincipal.include(p)
	}
	return true
}

// include reports whether a principal is among others. An account stands for everyone in it.
func (all principals) include(p Principal) bool {
	if all.everyone {
		return true
	}
	if p.Service != "" {
		return slices.Contains(all.byKind["Service"], p.Service)
	}
	account := part(p.ARN, 4)
	return slices.ContainsFunc(all.byKind["AWS"], func(one string) bool {
		return one == p.ARN || one == account || part(one, 4) == account && strings.HasSuffix(one, ":root")
	})
}

// part returns one of the parts of an ARN, "" where there is none.
func part(arn string, i int) string {
	if parts := strings.SplitN(arn, ":", 6); i < len(parts) {
		return parts[i]
	}
	return ""
}
