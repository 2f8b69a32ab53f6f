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

// motoAnswersWithin bounds how long a request waits for moto, which answers most in some milliseconds.
const motoAnswersWithin = 2 * time.Minute

// proxy refuses what AWS refuses, and hands every other request to moto, but for the actions that have a patch.
type proxy struct {
	moto     *httputil.ReverseProxy
	address  string // moto's
	account  string // of whoever has not taken on a role
	models   *awsmodel.Models
	rules    map[string]rule
	ruling   sync.Mutex // held from a rule's check until moto has done what it allowed
	services *services
	patches  map[string]patch     // of JSON APIs, by X-Amz-Target
	forms    map[string]formPatch // of form APIs, by Action
	calls    *callLog             // nil where nobody asks for the calls
	whyNot   func(error) string   // why moto did not answer
}

func newProxy(motoAddress, account string, models *awsmodel.Models) *proxy {
	p := &proxy{
		moto:     httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: motoAddress}),
		address:  motoAddress,
		account:  account,
		models:   models,
		rules:    rules(),
		services: &services{settings: map[string]object{}},
		patches:  map[string]patch{},
		forms:    map[string]formPatch{},
		whyNot:   error.Error,
	}
	p.answerWithin(motoAnswersWithin)
	p.moto.ModifyResponse = amend
	p.moto.ErrorHandler = p.unanswered
	maps.Copy(p.patches, ecsPatches(p.services))
	maps.Copy(p.patches, logPatches())
	maps.Copy(p.patches, scalingPatches())
	maps.Copy(p.forms, loadBalancingPatches())
	maps.Copy(p.forms, securityGroupPatches())
	maps.Copy(p.forms, subnetPatches())
	return p
}

// answerWithin has a request that moto leaves unanswered for this long fail.
func (p *proxy) answerWithin(limit time.Duration) {
	p.moto.Transport = &http.Transport{ResponseHeaderTimeout: limit, MaxIdleConnsPerHost: 16}
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	p.setAccount(r)
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

// accountHeader is how moto is told which account a request is for. Without it moto knows that by the access key.
const accountHeader = "X-Moto-Account-Id"

// setAccount says which account a request is for. Who has taken on a role signs with a temporary key, by which moto
// knows the role's account. Such keys begin with ASIA (IAM user guide, "IAM identifiers").
func (p *proxy) setAccount(r *http.Request) {
	if key, _ := signedBy(r); strings.HasPrefix(key, "ASIA") {
		r.Header.Del(accountHeader)
	} else {
		r.Header.Set(accountHeader, p.account)
	}
}

// check hands a request to moto unless AWS would refuse it.
func (p *proxy) check(w http.ResponseWriter, r *http.Request, body []byte, request *awsmodel.Request) {
	r = r.WithContext(context.WithValue(r.Context(), serviceKey{}, request.Service))
	call := p.calls.add(Call{Service: request.Service.Name, Operation: request.Operation.Name, Input: request.Input})
	refused := invalid(request)
	if rule := p.rules[request.Service.Name+" "+request.Operation.Name]; refused == nil && rule != nil {
		p.ruling.Lock()
		defer p.ruling.Unlock()
		// An error means that what the request names is not there: that moto says itself.
		refused, _ = rule(accountOf(r, p.address, p.services), request.Input)
	}
	if refused != nil {
		p.calls.refused(call, refused.code)
		refused.write(w, r, request.Service)
		return
	}
	p.pass(w, r, body)
}

type serviceKey struct{}

// unanswered answers in moto's place where it has ended or is stuck. An error with another status would have clients
// try again for many minutes.
func (p *proxy) unanswered(w http.ResponseWriter, r *http.Request, err error) {
	message := p.whyNot(err)
	if service, ok := r.Context().Value(serviceKey{}).(*awsmodel.Service); ok {
		(&refusal{"LocalAWSNotRunning", message}).write(w, r, service)
		return
	}
	http.Error(w, message, http.StatusBadGateway)
}

// pass hands a request to moto, with its patch.
func (p *proxy) pass(w http.ResponseWriter, r *http.Request, body []byte) {
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
	body = patchRecords(r, body)
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
