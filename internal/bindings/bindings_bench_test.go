package bindings

import "testing"

// BenchmarkWrite makes all the modules that `make bindings` makes.
func BenchmarkWrite(b *testing.B) {
	plan, err := NewPlan(b.Context(), project)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := plan.Write(b.Context(), project, b.TempDir()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFresh is what every target that needs the bindings waits for when there is nothing to do.
func BenchmarkFresh(b *testing.B) {
	root := b.TempDir()
	for b.Loop() {
		plan, err := NewPlan(b.Context(), project)
		if err != nil {
			b.Fatal(err)
		}
		if plan.Fresh(root) {
			b.Fatal("an empty folder is fresh")
		}
	}
}
