package balancer

import (
	"context"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"
)

// BenchmarkRequests compares requests to a trivial target with requests to it through the load balancer: one after the
// other, for the time that the load balancer adds, and at once, for the requests a second that it carries.
func BenchmarkRequests(b *testing.B) {
	target, balanced := trivial(b)
	for _, way := range []struct{ name, url string }{{"direct", target}, {"balanced", balanced}} {
		b.Run("sequential/"+way.name, func(b *testing.B) {
			client := &http.Client{}
			times := make([]time.Duration, 0, b.N)
			for b.Loop() {
				begin := time.Now()
				request(b, client, way.url)
				times = append(times, time.Since(begin))
			}
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)/2].Microseconds()), "µs-median")
		})
		b.Run("parallel/"+way.name, func(b *testing.B) {
			client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}
			b.SetParallelism(16)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					request(b, client, way.url)
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
		})
	}
}

// trivial starts a target, and a load balancer before it. It returns their addresses.
func trivial(b *testing.B) (target, balanced string) {
	b.Helper()
	t := serve(b, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") })
	lb := start(b, oneListener(groupOf("web")))
	lb.Register("web", t)
	lb.awaitState(b, "web", t.ID, Healthy)
	return "http://" + t.Address + "/", "http://" + loopback(lb.Port("listener")) + "/"
}

func request(b *testing.B, client *http.Client, url string) {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url, nil)
	if err != nil {
		b.Fatal(err)
	}
	response, err := client.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != http.StatusOK {
		b.Fatal(response.Status, err)
	}
}
