package scaling_test

import (
	"testing"

	"webapp/settings"
)

// article is the workload of the project's settings file, which holds what the article's program holds.
func article(t testing.TB) settings.Workload {
	t.Helper()
	all, err := settings.Load("../webapp.yaml", settings.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return all[0].Workload
}
