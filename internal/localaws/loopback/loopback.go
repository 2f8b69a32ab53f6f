// Package loopback lets AWS's SDK send requests to servers on this machine.
package loopback

import (
	"bytes"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// Client is the HTTP client for it. The SDK closes the body of a request when it has the answer, and its body then
// reports a failure to Go's HTTP client, which may not be done with it if the server was quick: it closes the
// connection under the answer ("use of closed network connection", aws-sdk-go-v2 issue 2737). The SDK takes that for a
// failed request and sends it once more, though it was carried out. With a body of its own, Go's client does not
// notice.
var Client aws.HTTPClient = client{awshttp.NewBuildableClient()}

type client struct{ next aws.HTTPClient }

func (c client) Do(r *http.Request) (*http.Response, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return c.next.Do(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, fmt.Errorf("reading the body of a request: %w", err)
	}
	own := *r
	own.Body = io.NopCloser(bytes.NewReader(body))
	return c.next.Do(&own)
}
