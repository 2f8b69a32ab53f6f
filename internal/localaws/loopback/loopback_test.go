package loopback

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// slow is an HTTP client that has the answer before it is done with the request.
type slow struct{ request *http.Request }

func (s *slow) Do(r *http.Request) (*http.Response, error) {
	s.request = r
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
}

// closing is a body that cannot be read once it is closed.
type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Read(p []byte) (int, error) {
	if c.closed {
		return 0, io.ErrClosedPipe
	}
	return c.Reader.Read(p)
}

func (c *closing) Close() error {
	c.closed = true
	return nil
}

// TestBodyOutlivesTheAnswer: the caller closes the body of its request while the client still reads it.
func TestBodyOutlivesTheAnswer(t *testing.T) {
	body := &closing{Reader: strings.NewReader("Action=CreateRule")}
	next := &slow{}
	send(t, next, body)
	if err := body.Close(); err != nil {
		t.Fatal(err)
	}
	sent, err := io.ReadAll(next.request.Body)
	if err != nil || string(sent) != "Action=CreateRule" {
		t.Errorf("got %q, %v, want the whole body", sent, err)
	}
}

func TestRequestsWithoutABodyAreSentAsTheyAre(t *testing.T) {
	next := &slow{}
	send(t, next, nil)
	if next.request.Body != nil {
		t.Error("it has a body")
	}
}

// send sends a request, and is done with the answer.
func send(t *testing.T, next *slow, body io.Reader) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1/", body)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client{next}.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil {
		t.Fatal(err)
	}
}
