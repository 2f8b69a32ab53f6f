package ecs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// ScopeOf returns the scope for what is a service's own, by the service's key in the settings: that of the first
// service, which has none, is the construct itself. The others stand below one id of ours, so that no service's name
// meets another id.
func ScopeOf(scope constructs.Construct) func(key string) constructs.Construct {
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
