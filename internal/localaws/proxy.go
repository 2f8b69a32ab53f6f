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
	"strings"
	"sync"
	"time"

	"webapp/internal/awsmodel"
	"webapp/internal/localaws/live"
)

// object is a JSON object of an AWS API.
type object = map[string]any

// patch fills in what moto lacks in one action of a JSON API. Exactly one of its fields is set.
type patch struct {
	// respond answers in moto's place.
	respond func(request object) (response object)
	// rewriteResponse changes moto's successful response.
	rewriteResponse func(request, response object)
}

// formPatch fills in what moto lacks in one action of an API that takes forms and responds with XML.
type formPatch struct {
	// rewriteRequest changes the form before moto gets it. May be nil.
	rewriteRequest func(form url.Values)
	// rewriteResponse changes moto's successful response. May be nil.
	rewriteResponse func(form url.Values, response []byte) []byte
}

// motoAnswersWithin limits how long a request waits for moto, which answers most requests within milliseconds.
const motoAnswersWithin = 2 * time.Minute

// proxy refuses requests that AWS would refuse, and forwards the others to moto, patched where the action has a patch.
type proxy struct {
	moto     *httputil.ReverseProxy
	address  string // moto's
	account  string // of callers that have not assumed a role
	models   *awsmodel.Models
	rules    map[string]rule
	ruling   sync.Mutex // held from a rule's check until moto has done what it allowed
	services *services
	running  *live.World          // nil where nothing runs
	patches  map[string]patch     // of JSON APIs, by X-Amz-Target
	forms    map[string]formPatch // of form APIs, by Action
	calls    *callLog             // nil if calls are not recorded
	whyNot   func(error) string   // why moto did not answer
}

// newProxy returns a proxy before moto. What runs may be nil: then the records are all there is.
func newProxy(motoAddress, account string, models *awsmodel.Models, running *live.World) *proxy {
	p := &proxy{
		moto:     httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: motoAddress}),
		address:  motoAddress,
		account:  account,
		models:   models,
		rules:    rules(),
		running:  running,
		services: &services{settings: map[string]object{}, running: running},
		patches:  map[string]patch{},
		forms:    map[string]formPatch{},
		whyNot:   error.Error,
	}
	p.answerWithin(motoAnswersWithin)
	p.moto.ModifyResponse = rewriteAnswer
	p.moto.ErrorHandler = p.unanswered
	maps.Copy(p.patches, ecsPatches(p.services))
	maps.Copy(p.patches, logPatches())
	maps.Copy(p.patches, scalingPatches())
	maps.Copy(p.forms, loadBalancingPatches())
	maps.Copy(p.forms, securityGroupPatches())
	maps.Copy(p.forms, subnetPatches())
	return p
}

// answerWithin sets how long moto may take to answer before a request fails.
func (p *proxy) answerWithin(limit time.Duration) {
	p.moto.Transport = &http.Transport{ResponseHeaderTimeout: limit, MaxIdleConnsPerHost: 16}
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == StatusPath && p.running != nil {
		_ = json.NewEncoder(w).Encode(p.running.Status()) // an error means that the client has gone away
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	body = decompressed(r, body)
	if !isOwn(r) {
		p.setAccount(r)
	}
	request, unread := p.models.Parse(r, body)
	if unread != nil {
		unreadable(unread).write(w, r, unread.Service)
		return
	}
	if request == nil { // the service has no model, or the request no signature
		p.pass(w, r, body)
		return
	}
	p.check(w, r, body, request)
}

// isOwn reports whether a request comes from what runs.
func isOwn(r *http.Request) bool { return r.Header.Get(live.OwnHeader) != "" }

// accountHeader says which account a request is for. Without it, moto goes by the access key.
const accountHeader = "X-Moto-Account-Id"

// setAccount tells moto which account a request is for. A caller that has assumed a role signs with a temporary key,
// and moto knows the role's account by that key. Temporary keys begin with ASIA (IAM user guide, "IAM identifiers").
func (p *proxy) setAccount(r *http.Request) {
	if key, _ := signedBy(r); strings.HasPrefix(key, "ASIA") {
		r.Header.Del(accountHeader)
	} else {
		r.Header.Set(accountHeader, p.account)
	}
}

// check forwards a request to moto unless AWS would refuse it.
func (p *proxy) check(w http.ResponseWriter, r *http.Request, body []byte, request *awsmodel.Request) {
	r = r.WithContext(context.WithValue(r.Context(), serviceKey{}, request.Service))
	r, call := p.record(r, request)
	refused := invalid(request)
	if rule := p.rules[request.Service.Name+" "+request.Operation.Name]; refused == nil && rule != nil {
		p.ruling.Lock()
		defer p.ruling.Unlock()
		// An error means that the request names something that does not exist. moto reports that itself.
		refused, _ = rule(accountOf(r, p.address, p.services), request.Input)
	}
	if refused != nil {
		p.calls.refused(call, refused.code)
		refused.write(w, r, request.Service)
		return
	}
	p.pass(w, p.observe(r, request), body)
}

// record keeps a request that does not come from what runs, and the response if it may change something. It returns the
// number of the call.
func (p *proxy) record(r *http.Request, request *awsmodel.Request) (*http.Request, int) {
	if p.calls == nil || isOwn(r) {
		return r, 0
	}
	key, region := signedBy(r)
	call := Call{Service: request.Service.Name, Operation: request.Operation.Name, Input: request.Input,
		Agent: r.UserAgent(), Key: key, Region: region}
	number := p.calls.add(call)
	if call.ReadOnly() {
		return r, number
	}
	return withRewrite(r, func(response []byte) []byte {
		p.calls.answered(number, response)
		return response
	}), number
}

type serviceKey struct{}

// unanswered responds when moto has ended or is stuck. Clients would retry for many minutes on another status.
func (p *proxy) unanswered(w http.ResponseWriter, r *http.Request, err error) {
	message := p.whyNot(err)
	if service, ok := r.Context().Value(serviceKey{}).(*awsmodel.Service); ok {
		(&refusal{"LocalAWSNotRunning", message}).write(w, r, service)
		return
	}
	http.Error(w, message, http.StatusBadGateway)
}

// pass forwards a request to moto and applies its patch.
func (p *proxy) pass(w http.ResponseWriter, r *http.Request, body []byte) {
	if response := p.respondForRunning(r, body); response != nil {
		w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
		_ = json.NewEncoder(w).Encode(response) // an error means that the client has gone away
		return
	}
	if found, ok := p.patches[r.Header.Get("X-Amz-Target")]; ok {
		request := object{}
		if err := json.Unmarshal(body, &request); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if found.respond != nil {
			w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
			_ = json.NewEncoder(w).Encode(found.respond(request)) // an error means that the client has gone away
			return
		}
		r = withRewrite(r, func(response []byte) []byte { return found.rewriteJSON(request, response) })
	} else if form, err := url.ParseQuery(string(body)); err == nil {
		found := p.forms[form.Get("Action")]
		if found.rewriteRequest != nil {
			found.rewriteRequest(form)
			body = []byte(form.Encode())
		}
		if found.rewriteResponse != nil {
			r = withRewrite(r, func(response []byte) []byte { return found.rewriteResponse(form, response) })
		}
		if follow := p.follow(r, form); follow != nil {
			r = withRewrite(r, follow)
		}
	}
	r, body = patchBucketPolicy(r, body)
	body = patchRecords(r, body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ContentLength = int64(len(body))
	p.moto.ServeHTTP(w, r)
}

// rewriteJSON changes a response that is JSON, and leaves any other as it is.
func (p patch) rewriteJSON(request object, body []byte) []byte {
	response := object{}
	if json.Unmarshal(body, &response) != nil {
		return body
	}
	p.rewriteResponse(request, response)
	rewritten, err := json.Marshal(response)
	if err != nil {
		return body
	}
	return rewritten
}

type rewriteKey struct{}

// withRewrite records with a request how its response is to be changed, after what was recorded before.
func withRewrite(r *http.Request, rewrite func([]byte) []byte) *http.Request {
	if earlier, ok := r.Context().Value(rewriteKey{}).(func([]byte) []byte); ok {
		then := rewrite
		rewrite = func(response []byte) []byte { return then(earlier(response)) }
	}
	return r.WithContext(context.WithValue(r.Context(), rewriteKey{}, rewrite))
}

// rewriteAnswer changes moto's response where the request has a rewrite. Errors are passed on unchanged.
func rewriteAnswer(answer *http.Response) error {
	rewrite, ok := answer.Request.Context().Value(rewriteKey{}).(func([]byte) []byte)
	if !ok || answer.StatusCode != http.StatusOK {
		return nil
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	body = rewrite(body)
	answer.Body = io.NopCloser(bytes.NewReader(body))
	answer.ContentLength = int64(len(body))
	answer.Header.Set("Content-Length", strconv.Itoa(len(body)))
	return nil
}
