package settings

import (
	"strings"
	"testing"
)

// TestValuesAtTheirLimitsAreAccepted has what is next to the mistakes of testdata/bad: no problem, and no note.
func TestValuesAtTheirLimitsAreAccepted(t *testing.T) {
	for name, rest := range map[string]string{
		"steps at the largest value": "scaling: {steps: {c: {on: cpu, steps: [{at: 80, change: 1}, {at: 100, change: 3}]}, " +
			"m: {on: memory, steps: [{at: 100, change: 1}]}, r: {on: responseTime, steps: [{at: 4000000, change: 1}]}}}",
	} {
		t.Run(name, func(t *testing.T) {
			file := "name: web\n" + rest
			if !strings.Contains(rest, "container:") {
				file += "\ncontainer: {image: nginx, ports: [80]}"
			}
			wantNotes(t, file, "")
		})
	}
}
