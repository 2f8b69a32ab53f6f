package localaws

import (
	"net/http"
	"regexp"
)

// moto takes a statement of a bucket's policy that is for everybody as one without conditions, so that a bucket which
// refuses connections without TLS refuses all. Of a principal that it does not know it takes no notice. So this one is
// written differently to moto, and back in its answer.
var (
	everybody        = regexp.MustCompile(`("Principal"\s*:\s*)"\*"`)
	everybodyForMoto = regexp.MustCompile(`("Principal"\s*:\s*)"\*\*"`)
)

// patchBucketPolicy returns the request and its body as moto is to get them.
func patchBucketPolicy(r *http.Request, body []byte) (*http.Request, []byte) {
	if !r.URL.Query().Has("policy") {
		return r, body
	}
	if r.Method == http.MethodPut {
		return r, everybody.ReplaceAll(body, []byte(`$1"**"`))
	}
	return withRewrite(r, func(response []byte) []byte {
		return everybodyForMoto.ReplaceAll(response, []byte(`$1"*"`))
	}), body
}
