package scaling_test

import (
	"testing"

	"webapp/settings"
)

// article is the workload of the example service.
func article(t testing.TB) settings.Workload {
	t.Helper()
	all, err := settings.Load("../examples/webapp.yaml", settings.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return all[0].Workload
}
