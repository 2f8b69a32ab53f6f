package scaling_test

import (
	"testing"

	"webapp/scaling"
)

// BenchmarkWeek simulates the article's service for a week of one-second steps.
func BenchmarkWeek(b *testing.B) {
	service := scaling.Of(article(b))
	load := scaling.Week(20, 300)
	for b.Loop() {
		scaling.Simulate(service, load)
	}
}
