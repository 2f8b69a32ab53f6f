package live

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// TestBrokenConnectionIsTriedAgain breaks the first connection. On a busy machine, Go's HTTP client now and then closes
// one itself, when the answer comes before the client is done with the request (issue 2737 of aws-sdk-go-v2). A task
// must not be refused for that.
func TestBrokenConnectionIsTriedAgain(t *testing.T) {
	const answer = `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account>` +
		`</GetCallerIdentityResult></GetCallerIdentityResponse>`
	var requests atomic.Int32
	records := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if requests.Add(1) == 1 {
			panic(http.ErrAbortHandler)
		}
		_, _ = w.Write([]byte(answer))
	}))
	defer records.Close()

	w := &World{options: Options{Records: strings.TrimPrefix(records.URL, "http://"), AccountHeader: "X-Account"}}
	client := sts.NewFromConfig(w.config(place{"123456789012", "eu-west-1"}))
	identity, err := client.GetCallerIdentity(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if *identity.Account != "123456789012" || requests.Load() != 2 {
		t.Errorf("got account %s after %d requests, want 123456789012 after 2", *identity.Account, requests.Load())
	}
}
