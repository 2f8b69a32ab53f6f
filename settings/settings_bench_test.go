package settings

import "testing"

// BenchmarkParse reads a file that holds every setting: defaults, decoding and rules.
func BenchmarkParse(b *testing.B) {
	file := []byte(read(b, "testdata/full.yaml"))
	for b.Loop() {
		if _, err := Parse("webapp.yaml", file, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
