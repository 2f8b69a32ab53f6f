package settings

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// environmentsKey is the one key of a file that is not a setting: the named overlays.
const environmentsKey = "environments"

// Options choose among what a settings file offers.
type Options struct {
	// Environment is the only environment to load. Default: all of them.
	Environment string
	// VPCName puts every environment into the VPC of this name, whatever its network section says.
	// It is the CDKTF context "vpcname".
	VPCName string
}

// Load reads a settings file: one Settings for each of its environments, in the file's order, or a single one where
// the file has no environments. The error is Problems where the file's content is at fault.
func Load(path string, options Options) ([]Settings, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		var missing *os.PathError
		if errors.As(err, &missing) {
			return nil, fmt.Errorf("%s: %w; name the settings file with -settings", path, missing.Err)
		}
		return nil, err
	}
	return Parse(path, data, options)
}

// Parse is Load for data that was read from the named file.
func Parse(path string, data []byte, options Options) ([]Settings, error) {
	file, problems := parse(path, data)
	if len(problems) > 0 {
		return nil, problems.sorted()
	}
	var all []Settings
	for _, environment := range file.environments {
		if options.Environment != "" && environment.name != options.Environment {
			continue
		}
		s, found := file.settings(environment, options)
		all = append(all, s)
		problems = append(problems, found...)
	}
	if len(all) == 0 {
		problems = append(problems, file.unknownEnvironment(options.Environment))
	}
	if len(problems) > 0 {
		return nil, problems.sorted()
	}
	return all, nil
}

// file is a parsed settings file.
type file struct {
	path         string
	base         *yaml.Node
	environments []overlay // at least one
}

// overlay is one named environment; the file's only one, without name and node, where it declares none.
type overlay struct {
	name string
	node *yaml.Node
}

func parse(path string, data []byte) (file, Problems) {
	f := file{path: path}
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		return f, Problems{syntaxProblem(path, err)}
	}
	if document.Kind == 0 || isNull(document.Content[0]) {
		return f, Problems{f.problem(nil, "", "the file is empty; start from the webapp.yaml in the README")}
	}
	f.base = document.Content[0]
	if f.base.Kind != yaml.MappingNode {
		return f, Problems{f.problem(f.base, "", "expected settings (key: value), got %s", describe(f.base))}
	}
	declared, at := child(f.base, environmentsKey)
	if declared == nil {
		f.environments = []overlay{{}}
		return f, nil
	}
	var problems Problems
	if declared.Kind != yaml.MappingNode || len(declared.Content) == 0 {
		problems = append(problems, f.problem(at, environmentsKey,
			"expected the environments by name (staging: {…}), got %s; or leave it out for a single stack", describe(declared)))
	}
	for key, value := range entries(declared) {
		where := join(environmentsKey, key.Value)
		switch {
		case !environmentName.MatchString(key.Value):
			problems = append(problems, f.problem(key, where, "%q is no environment's name; %s", key.Value, environmentNameRule))
		case value.Kind != yaml.MappingNode && !isNull(value):
			problems = append(problems, f.problem(value, where, "expected settings (key: value), got %s", describe(value)))
		case slices.ContainsFunc(f.environments, func(o overlay) bool { return o.name == key.Value }):
			problems = append(problems, f.problem(key, where, "the environment is there twice; merge the two"))
		}
		f.environments = append(f.environments, overlay{name: key.Value, node: value})
	}
	return f, problems
}

// settings decodes, derives and checks the settings of one environment.
func (f file) settings(environment overlay, options Options) (Settings, Problems) {
	var problems Problems
	reported := func(path string) bool {
		return slices.ContainsFunc(problems, func(p Problem) bool {
			p.Path = strings.TrimPrefix(p.Path, join(environmentsKey, environment.name)+".")
			return p.Path == path || strings.HasPrefix(path, p.Path+".") || strings.HasPrefix(path, p.Path+"[")
		})
	}
	s := Settings{Environment: environment.name}
	decode := decoder{given: map[string]bool{}}

	decode.report = func(node *yaml.Node, path, message string) {
		problems = append(problems, f.problem(node, path, "%s", message))
	}
	decode.settings(f.base, &s)
	decode.report = func(node *yaml.Node, path, message string) {
		problems = append(problems, f.problem(node, join(join(environmentsKey, environment.name), path), "%s", message))
	}
	decode.settings(environment.node, &s)

	if options.VPCName != "" {
		s.Network = Network{Existing: &ExistingVPC{Name: options.VPCName}}
	}
	s.derive(func(path string) bool { return decode.given[path] })
	s.check(checker{report: func(path, message string) {
		// A value that could not even be read has its problem already.
		if !reported(path) {
			problems = append(problems, f.locate(environment, path, message))
		}
	}})
	return s, problems
}

// locate gives a broken rule its place: the overlay where it gives the setting, else the base, else the nearest
// section that is in the file.
func (f file) locate(environment overlay, path, message string) Problem {
	if node := lookup(environment.node, path); node != nil {
		return f.problem(node, join(join(environmentsKey, environment.name), path), "%s", message)
	}
	for at := path; at != ""; at = parent(at) {
		if node := lookup(f.base, at); node != nil {
			return f.problem(node, path, "%s", message)
		}
	}
	return f.problem(f.base, path, "%s", message)
}

func (f file) problem(node *yaml.Node, path, format string, args ...any) Problem {
	p := Problem{File: f.path, Path: path, Message: fmt.Sprintf(format, args...)}
	if node != nil {
		p.Line, p.Column = node.Line, node.Column
	}
	return p
}

func (f file) unknownEnvironment(name string) Problem {
	var names []string
	for _, environment := range f.environments {
		if environment.name != "" {
			names = append(names, environment.name)
		}
	}
	_, at := child(f.base, environmentsKey)
	if len(names) == 0 {
		return f.problem(at, "", "there is no environment %q: the file has no environments; add it under environments, or ask for none", name)
	}
	return f.problem(at, environmentsKey, "there is no environment %q; %s", name, choose(name, names))
}

// syntaxProblem turns the YAML library's error into a problem at its place.
func syntaxProblem(path string, err error) Problem {
	p := Problem{File: path, Message: "not valid YAML: " + err.Error()}
	var load *yaml.LoadError
	if errors.As(err, &load) {
		p.Line, p.Column = load.Mark.Line, load.Mark.Column
		p.Message = "not valid YAML: " + load.Message
	}
	return p
}
