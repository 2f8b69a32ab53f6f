package ecs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// ServiceScopes returns a function that returns the scope for the constructs of one service, by the service's key in
// the settings. The first service has no key, and its constructs are direct children of the given scope. Those of the
// others are below "services/KEY", so that the name of a service never collides with another id.
func ServiceScopes(scope constructs.Construct) func(key string) constructs.Construct {
	var services constructs.Construct
	return func(key string) constructs.Construct {
		if key == "" {
			return scope
		}
		if services == nil {
			services = constructs.NewConstruct(scope, jsii.String("services"))
		}
		return constructs.NewConstruct(services, &key)
	}
}
