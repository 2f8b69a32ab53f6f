package settings_test

import (
	"testing"
	"time"

	"webapp/settings"
)

// TestTerraformWaitsAsLongAsADeploymentTakes: the provider gives up after 20 minutes by itself.
func TestTerraformWaitsAsLongAsADeploymentTakes(t *testing.T) {
	for _, tc := range []struct {
		name, service  string
		deploy, delete time.Duration // at least
	}{
		{"by default a failing deployment is still rolled back in time", "{}", 20 * time.Minute, 20 * time.Minute},
		{"an hour of draining", "{targetGroup: {deregistrationDelay: 3600s}}", 4 * time.Hour, time.Hour},
		{"an hour of grace", "{healthCheck: {gracePeriod: 1h}}", 3 * time.Hour, 20 * time.Minute},
		{"as much grace as ECS takes", "{healthCheck: {gracePeriod: 2147483647s}}", 3 * 2147483647 * time.Second,
			20 * time.Minute},
		{"one task of ten at a time", "{desiredCount: 10, deployment: {minHealthyPercent: 90, maxPercent: 100}, " +
			"zoneRebalancing: false, " +
			"targetGroup: {deregistrationDelay: 300s}}", 70 * time.Minute, 20 * time.Minute},
		{"slow checks of another port", "{additionalPorts: [{port: 81, routing: {paths: [/a]}, healthCheck: " +
			"{interval: 300s, healthyThreshold: 10}}]}",
			50 * time.Minute, 20 * time.Minute},
	} {
		t.Run(tc.name, func(t *testing.T) {
			all, err := settings.Parse("x.yaml", []byte("name: x\ncontainer: {image: nginx, ports: [80, "+
				"81]}\nservice: "+tc.service), settings.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for what, times := range map[string][2]time.Duration{
				"deploy": {all[0].DeployTimeout(), tc.deploy}, "delete": {all[0].DeleteTimeout(), tc.delete},
			} {
				if got, least := times[0], times[1]; got < least || got-least > least {
					t.Errorf("%s: Terraform waits %v, want %v or somewhat more", what, got, least)
				}
			}
		})
	}
}
