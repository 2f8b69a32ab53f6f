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
	if file.environments == nil {
		return nil, problems
	}
	var all []Settings
	var found []Problems
	for _, environment := range file.environments {
		if options.Environment == "" || environment.name == options.Environment {
			s, inEnvironment := file.settings(environment, options)
			all, found = append(all, s), append(found, inEnvironment)
		}
	}
	if len(all) == 0 && len(problems) == 0 {
		problems = Problems{file.unknownEnvironment(options.Environment)}
	}
	if problems = append(problems, merge(all, found)...); len(problems) > 0 {
		return nil, problems.sorted()
	}
	return all, nil
}

// merge joins the problems of all environments. Of a problem in the base that only some of them have, it says which:
// it comes from what they lay over it.
func merge(all []Settings, found []Problems) Problems {
	times := map[Problem]int{}
	for _, problems := range found {
		for _, p := range problems {
			times[p]++
		}
	}
	var merged Problems
	for i, problems := range found {
		for _, p := range problems {
			if times[p] < len(all) && !strings.HasPrefix(p.Path, environmentsKey+".") {
				p.Message += fmt.Sprintf(" (in environment %s)", all[i].Environment)
			}
			merged = append(merged, p)
		}
	}
	return merged
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
	documents, err := readYAML(data)
	switch {
	case err != nil:
		return f, Problems{syntaxProblem(path, err)}
	case len(documents) == 0 || len(documents) == 1 && isNull(documents[0].Content[0]):
		return f, Problems{f.problem(nil, "", "the file is empty; start from the webapp.yaml in the README")}
	case len(documents) > 1:
		return f, Problems{f.problem(&documents[1], "",
			"a second document begins here (---); keep one, and write what differs between stacks under environments")}
	}
	f.base = documents[0].Content[0]
	if f.base.Kind != yaml.MappingNode {
		return f, Problems{f.problem(f.base, "", "expected settings (key: value), got %s", describe(f.base))}
	}
	declared, at := child(f.base, environmentsKey)
	var problems Problems
	if declared != nil && (declared.Kind != yaml.MappingNode || len(declared.Content) == 0) {
		problems = append(problems, f.problem(at, environmentsKey,
			"expected environments by name, such as staging: {}, got %s; leave it out for a single stack", describe(declared)))
	}
	for key, value := range entries(declared) {
		where := join(environmentsKey, quoted(key.Value))
		_, nested := child(value, environmentsKey)
		switch {
		case !shortName.MatchString(key.Value):
			problems = append(problems, f.problem(key, where, "%q is no environment's name; "+nameRule, key.Value, 20))
		case value.Kind != yaml.MappingNode && !isNull(value):
			problems = append(problems, f.problem(value, where, "expected settings (key: value), got %s", describe(value)))
		case slices.ContainsFunc(f.environments, func(o overlay) bool { return o.name == key.Value }):
			problems = append(problems, f.problem(key, where, "the environment is there twice; merge the two"))
		case nested != nil:
			problems = append(problems, f.problem(nested, join(where, environmentsKey),
				"an environment has none of its own; put it beside %s", key.Value))
		default:
			f.environments = append(f.environments, overlay{name: key.Value, node: value})
		}
	}
	if len(f.environments) == 0 {
		f.environments = []overlay{{}}
	}
	return f, problems
}

// settings decodes, derives and checks the settings of one environment.
func (f file) settings(environment overlay, options Options) (Settings, Problems) {
	var problems Problems
	s := Settings{Environment: environment.name}
	s.setDefaults()
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
	derived := map[string]bool{}
	s.derive(func(path string) bool {
		derived[path] = !decode.given[path]
		return decode.given[path]
	})
	unread := len(problems)
	reported := func(path string) bool {
		for i, p := range problems {
			at := strings.TrimPrefix(p.Path, join(environmentsKey, environment.name)+".")
			if at == path || i < unread && (strings.HasPrefix(path, at+".") || strings.HasPrefix(path, at+"[")) {
				return true
			}
		}
		return false
	}
	s.check(checker{reported: reported, report: func(path, message string) {
		// What could not even be read has its problem already, and so has what a derived value follows from.
		if !reported(path) && !derived[path] {
			problems = append(problems, f.locate(environment, path, message))
		}
	}})
	return s, problems
}

// locate gives a broken rule its place: the overlay where it gives the setting, else the base, else the nearest
// section that is in either.
func (f file) locate(environment overlay, path, message string) Problem {
	inOverlay := join(join(environmentsKey, environment.name), path)
	if node := lookup(environment.node, path); !isNull(node) {
		return f.problem(node, inOverlay, "%s", message)
	}
	for at := path; at != ""; at = parent(at) {
		if node := lookup(f.base, at); node != nil {
			return f.problem(node, path, "%s", message)
		}
		if node := lookup(environment.node, at); node != nil {
			return f.problem(node, inOverlay, "%s", message)
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
