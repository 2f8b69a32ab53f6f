package ecs

import (
	"github.com/aws/constructs-go/constructs/v10"
)

// ServiceScopes returns a function that returns the scope for the constructs of one service, by the service's key in
// the settings. The first service has no key, and its constructs are direct children of the given scope. Those of the
// others are below "services/KEY", so that the name of a service never collides with another id.
func ServiceScopes(scope constructs.Construct) func(key string) constructs.Construct {
	below := scopesBelow(scope, "services")
	return func(key string) constructs.Construct {
		if key == "" {
			return scope
		}
		return below(key)
	}
}

// JobScopes returns a function that returns the scope for the constructs of one job, "jobs/KEY".
func JobScopes(scope constructs.Construct) func(key string) constructs.Construct {
	return scopesBelow(scope, "jobs")
}

// scopesBelow returns a function that returns scopes below another one, which is created with the first of them.
func scopesBelow(scope constructs.Construct, id string) func(key string) constructs.Construct {
	var above constructs.Construct
	return func(key string) constructs.Construct {
		if above == nil {
			above = constructs.NewConstruct(scope, &id)
		}
		return constructs.NewConstruct(above, &key)
	}
}
