package settings

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDescribe asks sections that stand for each kind of rule and default.
func TestDescribe(t *testing.T) {
	for _, tc := range []struct {
		name string
		got  Description
		want Description
	}{
		{"a range", described[HealthCheck]("healthyThreshold"), Description{Default: 5, Lowest: 2, Highest: 10}},
		{"a range, or not given", described[HealthCheck]("port"), Description{Default: 0, Lowest: 1, Highest: 65535, Zero: true}},
		{"an offer", described[Service]("propagateTags"), Description{Default: "service", OneOf: []any{"service", "task-definition", "none"}}},
		{"a range of fractions, required", described[TargetTracking]("percent"), Description{Lowest: 1.0, Highest: 100.0, Needed: true}},
		{"the items of a list", described[Container]("ports"), Description{Lowest: 1, Highest: 65535, Items: true, Needed: true}},
		{"a limit that follows from another setting", described[NewVPC]("publicSubnetPrefix"), Description{Highest: 27, Needed: true}},
		{"a duration", described[HealthCheck]("interval"), Description{Default: "30s"}},
		{"true or false", described[Deployment]("rollback"), Description{Default: true}},
		{"a text that is derived", described[Service]("name"), Description{Needed: true}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, tc.got); diff != "" {
				t.Errorf("description (-want +got):\n%s", diff)
			}
		})
	}
}

func described[Section any](key string) Description { return Describe(reflect.TypeFor[Section]())[key] }
