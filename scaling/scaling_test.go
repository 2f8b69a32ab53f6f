package scaling_test

import (
	"testing"

	"webapp/settings"
)

// workload reads the first service of a settings file.
func workload(t testing.TB, path string) settings.Workload {
	t.Helper()
	all, err := settings.Load(path, settings.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return all[0].Workload
}
