package localaws

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
)

// object is a JSON object of an AWS API.
type object = map[string]any

// patch makes up for what moto lacks in one action of an AWS JSON API. Only one of the two is set.
type patch struct {
	// answer takes moto's place.
	answer func(request object) (response object)
	// amend changes moto's successful answer.
	amend func(request, response object)
}

// formPatch makes up for what moto lacks in one action of an AWS API that takes a form and answers XML.
type formPatch struct {
	// ask changes what moto is asked. May be nil.
	ask func(form url.Values)
	// amend changes moto's successful answer. May be nil.
	amend func(form url.Values, response []byte) []byte
}

// proxy hands every request to moto, but for the actions that have a patch.
type proxy struct {
	moto    *httputil.ReverseProxy
	patches map[string]patch     // of JSON APIs, by X-Amz-Target
	forms   map[string]formPatch // of form APIs, by Action
}

func newProxy(motoAddress string) *proxy {
	p := &proxy{
		moto:    httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: motoAddress}),
		patches: map[string]patch{},
		forms:   map[string]formPatch{},
	}
	p.moto.ModifyResponse = amend
	maps.Copy(p.patches, ecsPatches())
	maps.Copy(p.patches, logPatches())
	maps.Copy(p.patches, scalingPatches())
	maps.Copy(p.forms, loadBalancingPatches())
	maps.Copy(p.forms, securityGroupPatches())
	maps.Copy(p.forms, subnetPatches())
	return p
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if found, ok := p.patches[r.Header.Get("X-Amz-Target")]; ok {
		request := object{}
		if err := json.Unmarshal(body, &request); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if found.answer != nil {
			w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
			_ = json.NewEncoder(w).Encode(found.answer(request)) // an error means that the client has gone away
			return
		}
		r = withAmendment(r, func(response []byte) []byte { return found.amendJSON(request, response) })
	} else if form, err := url.ParseQuery(string(body)); err == nil {
		found := p.forms[form.Get("Action")]
		if found.ask != nil {
			found.ask(form)
			body = []byte(form.Encode())
		}
		if found.amend != nil {
			r = withAmendment(r, func(response []byte) []byte { return found.amend(form, response) })
		}
	}
	r, body = patchBucketPolicy(r, body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ContentLength = int64(len(body))
	p.moto.ServeHTTP(w, r)
}

// amendJSON changes an answer, if it is JSON.
func (p patch) amendJSON(request object, body []byte) []byte {
	response := object{}
	if json.Unmarshal(body, &response) != nil {
		return body
	}
	p.amend(request, response)
	amended, err := json.Marshal(response)
	if err != nil {
		return body
	}
	return amended
}

type amendmentKey struct{}

// withAmendment hangs on a request how its answer is to be changed.
func withAmendment(r *http.Request, amendment func([]byte) []byte) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), amendmentKey{}, amendment))
}

// amend changes moto's answer where the request asks for it. An error of moto's is passed on.
func amend(answer *http.Response) error {
	amendment, ok := answer.Request.Context().Value(amendmentKey{}).(func([]byte) []byte)
	if !ok || answer.StatusCode != http.StatusOK {
		return nil
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	body = amendment(body)
	answer.Body = io.NopCloser(bytes.NewReader(body))
	answer.ContentLength = int64(len(body))
	answer.Header.Set("Content-Length", strconv.Itoa(len(body)))
	return nil
}
