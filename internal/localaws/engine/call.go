package engine

import (
	"io"
	"maps"
	"net/http"
	"net/url"
	"path"
)

// newClient returns what a stand-in calls other tasks with.
func newClient(proxy string) *http.Client {
	transport := &http.Transport{}
	if through, err := url.Parse(proxy); err == nil && proxy != "" {
		transport.Proxy = http.ProxyURL(through)
	}
	return &http.Client{Transport: transport}
}

// calledBy returns the URL that a request has a stand-in call, "" for none. The request's path ends in /call, as in
// /call?url=http://api:8080/x.
func calledBy(requested *url.URL) string {
	if path.Base(requested.Path) != "call" {
		return ""
	}
	return requested.Query().Get("url")
}

// call calls another task, and answers with its answer.
func (h handler) call(w http.ResponseWriter, r *http.Request, address string) {
	request, err := http.NewRequestWithContext(r.Context(), r.Method, address, r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	response, err := h.client.Do(request) //nolint:gosec // the same
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer func() { _ = response.Body.Close() }()
	maps.Copy(w.Header(), response.Header)
	w.WriteHeader(response.StatusCode)
	_, _ = io.Copy(w, response.Body) // the caller may have gone away
}
