// Package tests is for your own tests of webapp.yaml: what must hold for your stacks, no matter who edits the file. Run
// them with: go test ./tests
//
// The tests here hold for every settings file. Add your own below; the package assertions has everything that a test
// can ask a stack.
package tests

import (
	"os"
	"testing"

	"webapp/assertions"
)

func TestMain(m *testing.M) { os.Exit(assertions.Main(m)) }

// TestEveryStack asks each stack of webapp.yaml, of which there is one for each environment and region.
func TestEveryStack(t *testing.T) {
	for name, stack := range assertions.FromSettings(t, "../webapp.yaml") {
		t.Run(name, func(t *testing.T) {
			stack := stack.With(t) // failures are this test's

			// The rules of a security group say who may connect to the tasks of a service.
			stack.AllMatch("aws_ecs_service", assertions.Object{
				"network_configuration": assertions.Object{"security_groups": assertions.ArrayWith(assertions.Any())},
			})
		})
	}
}
