package awsmodel

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// Request is a request to AWS, read by the model of its operation.
type Request struct {
	Service   *Service
	Operation *Operation
	// Input are the parameters, under the model's names whatever the protocol: as encoding/json decodes them, numbers
	// as json.Number. A parameter that the model does not know is in it under the name that it was sent with.
	Input map[string]any
}

// RequestError is a request that cannot be read.
type RequestError struct {
	Service *Service
	// UnknownOperation says that the service has no such operation.
	UnknownOperation bool
	Message          string
}

func (e *RequestError) Error() string { return e.Message }

// Parse reads a request. It returns nil and no error for a service that has no model.
func (m *Models) Parse(r *http.Request, body []byte) (*Request, *RequestError) {
	service := m.serviceOf(r)
	if service == nil {
		return nil, nil
	}
	form := url.Values{}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		var err error
		if form, err = url.ParseQuery(string(body)); err != nil {
			return nil, &RequestError{Service: service, Message: err.Error()}
		}
	}
	name := service.operationOf(r, form)
	operation := service.Operations[name]
	if operation == nil {
		return nil, &RequestError{service, true,
			fmt.Sprintf("%s has no operation %s", service.Name, orElse(name, r.Method+" "+r.URL.Path))}
	}
	request := &Request{service, operation, map[string]any{}}
	if err := request.read(r, form, body); err != nil {
		return nil, &RequestError{Service: service, Message: err.Error()}
	}
	return request, nil
}

func (q *Request) read(r *http.Request, form url.Values, body []byte) error {
	switch {
	case r.Header.Get("X-Amz-Target") != "":
		return q.readJSON(body)
	case form.Has("Action"):
		q.readForm(form)
		return nil
	}
	return q.readREST(r, body)
}

// signingNames are the services whose requests are signed with another name than botocore's.
var signingNames = map[string]string{
	"elasticfilesystem":    "efs",
	"elasticloadbalancing": "elbv2",
	"monitoring":           "cloudwatch",
}

// scope is what a signature says of the service: Credential=KEY/20260101/eu-west-1/ecs/aws4_request.
var scope = regexp.MustCompile(`^[^/]*/\d{8}/[^/]*/([^/]+)/aws4_request`)

// serviceOf returns the service that the request is signed for, else nil.
func (m *Models) serviceOf(r *http.Request) *Service {
	_, credential, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	if credential == "" {
		credential = r.URL.Query().Get("X-Amz-Credential")
	}
	found := scope.FindStringSubmatch(credential)
	if found == nil {
		return nil
	}
	name := found[1]
	if other, ok := signingNames[name]; ok {
		name = other
	}
	service, err := m.Service(name)
	if err != nil {
		return nil
	}
	return service
}

// operationOf returns the name of the operation that the request is for, empty where none is.
func (s *Service) operationOf(r *http.Request, form url.Values) string {
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		return target[strings.LastIndex(target, ".")+1:]
	}
	if form.Has("Action") {
		return form.Get("Action")
	}
	return s.route(r)
}

// route finds the operation of a REST request: the one whose URI says most about it. S3's PutBucketLifecycle, say, has
// given way to another operation of the same URI.
func (s *Service) route(r *http.Request) string {
	name, most := "", -1
	for candidate, operation := range s.Operations {
		if operation.Method != r.Method || operation.Deprecated {
			continue
		}
		if said, ok := operation.matches(r); ok && (said > most || said == most && candidate < name) {
			name, most = candidate, said
		}
	}
	return name
}

// matches reports whether a request can be one for the operation, and how much of it the operation demands.
func (o *Operation) matches(r *http.Request) (said int, ok bool) {
	path, query, _ := strings.Cut(o.URI, "?")
	if _, ok := uriParameters(path, r.URL); !ok {
		return 0, false
	}
	for _, part := range strings.Split(path, "/") {
		if part != "" {
			said++ // a parameter of the path says something too
			if !strings.HasPrefix(part, "{") {
				said++
			}
		}
	}
	given := r.URL.Query()
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		key, value, _ := strings.Cut(pair, "=")
		if !given.Has(key) || value != "" && given.Get(key) != value {
			return 0, false
		}
		said += 10
	}
	if o.Input == nil {
		return said, true
	}
	for _, name := range o.Input.Required {
		member := o.Input.Members[name]
		switch {
		case member.Location == "querystring" && !given.Has(member.LocationName),
			member.Location == "header" && r.Header.Get(member.LocationName) == "":
			return 0, false
		case member.Location == "querystring" || member.Location == "header":
			said++
		}
	}
	return said, true
}

// uriParameters returns the parameters in a URL's path, if it is one that the pattern describes:
// /hostedzone/{Id}/rrset.
func uriParameters(pattern string, u *url.URL) (map[string]string, bool) {
	want, got := strings.Split(strings.Trim(pattern, "/"), "/"), strings.Split(strings.Trim(u.EscapedPath(), "/"), "/")
	found := map[string]string{}
	for i, part := range want {
		name, isParameter := strings.CutPrefix(strings.TrimSuffix(part, "}"), "{")
		if rest, greedy := strings.CutSuffix(name, "+"); isParameter && greedy && len(got) > i {
			found[rest], _ = url.PathUnescape(strings.Join(got[i:], "/"))
			return found, found[rest] != ""
		}
		switch {
		case i >= len(got):
			return nil, false
		case isParameter && got[i] != "":
			found[name], _ = url.PathUnescape(got[i])
		case part != got[i]:
			return nil, false
		}
	}
	return found, len(want) == len(got)
}

func (q *Request) readJSON(body []byte) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	return decoder.Decode(&q.Input)
}

// readREST reads a request of which the path, the query, the headers and the body each carry a part.
func (q *Request) readREST(r *http.Request, body []byte) error {
	shape := q.Operation.Input
	if shape == nil {
		return nil
	}
	path, _, _ := strings.Cut(q.Operation.URI, "?")
	inPath, _ := uriParameters(path, r.URL)
	inQuery := r.URL.Query()
	for name, member := range shape.Members {
		switch member.Location {
		case "uri":
			q.set(name, member, []string{inPath[member.LocationName]})
		case "querystring":
			q.set(name, member, inQuery[member.LocationName])
		case "header":
			q.set(name, member, r.Header.Values(member.LocationName))
		}
	}
	return q.readBody(body)
}

// set takes over a parameter of a path, a query or a header.
func (q *Request) set(name string, member *Member, values []string) {
	switch {
	case len(values) == 0 || values[0] == "" && member.Location == "uri":
	case member.Type == "list":
		var list []any
		for _, value := range values {
			list = append(list, member.Element.scalar(value))
		}
		q.Input[name] = list
	default:
		q.Input[name] = member.scalar(values[0])
	}
}

func (q *Request) readBody(body []byte) error {
	shape := q.Operation.Input
	if payload := shape.Members[shape.Payload]; payload != nil {
		return q.readPayload(shape.Payload, payload, body)
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	if q.Service.Protocol == "rest-json" {
		return q.readJSON(body)
	}
	root, err := readXML(body)
	if err != nil {
		return err
	}
	for name, value := range shape.fromXML(root).(map[string]any) {
		q.Input[name] = value
	}
	return nil
}

// readPayload reads a body that is one parameter. What is stored as it is, is not kept: it may be large.
func (q *Request) readPayload(name string, payload *Member, body []byte) error {
	switch {
	case payload.Type == "blob":
		q.Input[name] = ""
	case len(bytes.TrimSpace(body)) == 0:
	case payload.Type == "string":
		q.Input[name] = string(body)
	case q.Service.Protocol == "rest-xml":
		root, err := readXML(body)
		if err != nil {
			return err
		}
		q.Input[name] = payload.fromXML(root)
	default:
		return fmt.Errorf("a payload of type %s in %s", payload.Type, q.Service.Protocol)
	}
	return nil
}

// scalar reads a value that was written as text. What is not of the shape's type stays text, for Validate to find.
func (s *Shape) scalar(text string) any {
	switch s.Type {
	case "integer", "long", "float", "double":
		number := json.Number(text)
		if _, err := number.Float64(); err == nil {
			return number
		}
	case "boolean":
		switch text {
		case "true":
			return true
		case "false":
			return false
		}
	}
	return text
}
