package awsmodel

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// Models are the models of all services, in a folder as botocore has it: SERVICE/VERSION/service-2.json.gz.
type Models struct {
	folder   string
	mutex    sync.Mutex
	services map[string]*Service
}

var (
	openMutex sync.Mutex
	open      = map[string]*Models{}
)

// Open returns the models of a folder. No file is read yet. The models of one folder are shared by all that open it,
// since the larger ones take a while to read.
func Open(folder string) *Models {
	openMutex.Lock()
	defer openMutex.Unlock()
	if open[folder] == nil {
		open[folder] = &Models{folder: folder, services: map[string]*Service{}}
	}
	return open[folder]
}

// Service is the model of one service.
type Service struct {
	// Name is botocore's: elbv2, servicediscovery.
	Name string
	// Protocol is how requests are written: json, query, ec2, rest-json or rest-xml.
	Protocol string
	// TargetPrefix begins the header X-Amz-Target of a service that speaks json.
	TargetPrefix string
	// JSONVersion is that of the protocol json: 1.0 or 1.1.
	JSONVersion string
	// APIVersion is the date in the requests of the protocols query and ec2.
	APIVersion string
	// XMLNamespace is that of answers in XML.
	XMLNamespace string
	Operations   map[string]*Operation
}

// Operation is what a service can be asked.
type Operation struct {
	Name string
	// Method and URI are those of the request. The URI of a REST protocol has parameters: /2013-04-01/hostedzone/{Id}.
	Method, URI string
	// Deprecated operations are left out where a newer one has the same method and URI.
	Deprecated bool
	// Input is nil where the operation takes none.
	Input *Shape
	// Payload is the name of the XML element around the input of a rest-xml operation without a payload of its own.
	Payload string
}

// Shape is a type of the model. What is not limited is zero.
type Shape struct {
	Name string
	// Type is structure, list, map, string, integer, long, float, double, boolean, timestamp or blob.
	Type string
	// Pattern is a regular expression, in Java's dialect. The whole value must match it.
	Pattern string
	// Min and Max are of a number's value, of a text's length in characters, and of a list's or map's size.
	Min, Max *float64
	// Enum are the only values of a text.
	Enum []string
	// Members are those of a structure.
	Members map[string]*Member
	// Required are the members that a structure must have.
	Required []string
	// Payload is the member of a structure that is the body of a request to a REST protocol.
	Payload string
	// Element is that of a list, Key and Value those of a map.
	Element, Key, Value *Member
	// Flattened lists have no element around their items in XML.
	Flattened bool
	// Document is a structure of any content.
	Document bool
}

// Member is a shape in its place in another one.
type Member struct {
	*Shape
	// Location is where a REST protocol carries it, if not in the body: uri, querystring, header, headers or
	// statusCode.
	Location string
	// LocationName is its name there, or in XML.
	LocationName string
	// QueryName is its name in requests of the protocol ec2.
	QueryName string
	// Flattened says whether the list is flattened. Only the member knows.
	Flattened bool
}

// Parameter is a shape in an operation's input.
type Parameter struct {
	*Shape
	// Required says that the structure around the parameter must have it.
	Required bool
}

// Service returns the newest model of a service, by botocore's name of it.
func (m *Models) Service(name string) (*Service, error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if known := m.services[name]; known != nil {
		return known, nil
	}
	files, err := filepath.Glob(filepath.Join(m.folder, name, "*", "service-2.json.gz"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("botocore has no model of the service %q in %s", name, m.folder)
	}
	service, err := readService(slices.Max(files)) // the folders are dates
	if err != nil {
		return nil, fmt.Errorf("reading the model of %s: %w", name, err)
	}
	service.Name = name
	m.services[name] = service
	return service, nil
}

// Parameter returns a parameter of an operation. Its path has the members' names with dots between them, [] for the
// elements of a list, {} for the values of a map and {key} for its keys: containerDefinitions[].dockerLabels{key}.
func (m *Models) Parameter(service, operation, path string) (Parameter, error) {
	s, err := m.Service(service)
	if err != nil {
		return Parameter{}, err
	}
	o := s.Operations[operation]
	if o == nil {
		return Parameter{}, fmt.Errorf("%s has no operation %s", service, operation)
	}
	found := Parameter{Shape: o.Input}
	for _, step := range steps(path) {
		found, err = found.step(step)
		if err != nil {
			return Parameter{}, fmt.Errorf("%s %s, parameter %s: %w", service, operation, path, err)
		}
	}
	return found, nil
}

// steps splits a path: a[].b is a, [] and b.
func steps(path string) []string {
	path = strings.NewReplacer("[", ".[", "{", ".{").Replace(path)
	return strings.Split(strings.TrimPrefix(path, "."), ".")
}

func (p Parameter) step(step string) (Parameter, error) {
	switch {
	case p.Shape == nil:
		return Parameter{}, errors.New("the operation takes no input")
	case step == "[]" && p.Type == "list":
		return Parameter{Shape: p.Element.Shape}, nil
	case step == "{}" && p.Type == "map":
		return Parameter{Shape: p.Value.Shape}, nil
	case step == "{key}" && p.Type == "map":
		return Parameter{Shape: p.Key.Shape}, nil
	case p.Members[step] != nil:
		return Parameter{Shape: p.Members[step].Shape, Required: slices.Contains(p.Shape.Required, step)}, nil
	}
	return Parameter{}, fmt.Errorf("the %s %s has no %s", p.Type, p.Name, step)
}

// The model's file.
type (
	file struct {
		Metadata struct {
			APIVersion   string   `json:"apiVersion"`
			Protocol     string   `json:"protocol"`
			Protocols    []string `json:"protocols"`
			TargetPrefix string   `json:"targetPrefix"`
			JSONVersion  string   `json:"jsonVersion"`
			XMLNamespace string   `json:"xmlNamespace"`
		} `json:"metadata"`
		Operations map[string]struct {
			HTTP struct {
				Method     string `json:"method"`
				RequestURI string `json:"requestUri"`
			} `json:"http"`
			Input      *reference `json:"input"`
			Deprecated bool       `json:"deprecated"`
		} `json:"operations"`
		Shapes map[string]fileShape `json:"shapes"`
	}
	fileShape struct {
		Type      string               `json:"type"`
		Pattern   string               `json:"pattern"`
		Min       *float64             `json:"min"`
		Max       *float64             `json:"max"`
		Enum      []string             `json:"enum"`
		Members   map[string]reference `json:"members"`
		Required  []string             `json:"required"`
		Payload   string               `json:"payload"`
		Element   *reference           `json:"member"`
		Key       *reference           `json:"key"`
		Value     *reference           `json:"value"`
		Flattened bool                 `json:"flattened"`
		Document  bool                 `json:"document"`
	}
	reference struct {
		Shape        string `json:"shape"`
		Location     string `json:"location"`
		LocationName string `json:"locationName"`
		QueryName    string `json:"queryName"`
		Flattened    bool   `json:"flattened"`
	}
)

func readService(name string) (*Service, error) {
	packed, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer packed.Close() //nolint:errcheck // it is only read
	unpacked, err := gzip.NewReader(packed)
	if err != nil {
		return nil, err
	}
	var f file
	if err := json.NewDecoder(unpacked).Decode(&f); err != nil {
		return nil, err
	}
	return f.service(), nil
}

func (f file) service() *Service {
	shapes := f.shapes()
	s := &Service{
		Protocol:     f.Metadata.Protocol,
		TargetPrefix: f.Metadata.TargetPrefix,
		JSONVersion:  f.Metadata.JSONVersion,
		APIVersion:   f.Metadata.APIVersion,
		XMLNamespace: f.Metadata.XMLNamespace,
		Operations:   map[string]*Operation{},
	}
	for name, o := range f.Operations {
		operation := &Operation{Name: name, Method: o.HTTP.Method, URI: o.HTTP.RequestURI, Deprecated: o.Deprecated}
		if o.Input != nil {
			operation.Input, operation.Payload = shapes[o.Input.Shape], o.Input.LocationName
		}
		s.Operations[name] = operation
	}
	return s
}

// shapes links the shapes to each other. Some contain themselves.
func (f file) shapes() map[string]*Shape {
	shapes := map[string]*Shape{}
	for name := range f.Shapes {
		shapes[name] = &Shape{}
	}
	member := func(r *reference) *Member {
		if r == nil {
			return nil
		}
		return &Member{
			Shape: shapes[r.Shape], Location: r.Location, LocationName: r.LocationName, QueryName: r.QueryName,
			Flattened: r.Flattened,
		}
	}
	for name, s := range f.Shapes {
		members := map[string]*Member{}
		for m, r := range s.Members {
			members[m] = member(&r)
		}
		*shapes[name] = Shape{
			Name: name, Type: s.Type, Pattern: s.Pattern, Min: s.Min, Max: s.Max, Enum: s.Enum,
			Members: members, Required: s.Required,
			Payload: s.Payload, Element: member(s.Element), Key: member(s.Key), Value: member(s.Value),
			Flattened: s.Flattened, Document: s.Document,
		}
	}
	return shapes
}
