package settings

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// The keys of a file that are not settings: what is laid over them by name.
const (
	environmentsKey = "environments"
	regionsKey      = "regions"
)

// Options choose among what a settings file offers.
type Options struct {
	// Environment is the only environment to load. Default: all of them.
	Environment string
	// VPCName puts every environment into the VPC of this name, whatever its network section says.
	// It is the CDKTF context "vpcname".
	VPCName string
	// Commit that last changed the file, for the tag of what is deployed. Default: unknown.
	Commit string
}

// Load reads a settings file: one Settings for each of its stacks, in the file's order. A stack each have the
// environments, or the file as a whole where it has none, and their further regions. The error is Problems where the
// file's content is at fault.
func Load(path string, options Options) ([]Settings, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, data, options)
}

// Parse is Load for data that was read from the named file.
func Parse(path string, data []byte, options Options) ([]Settings, error) {
	file, problems := parse(path, data)
	if file.places == nil {
		return nil, problems
	}
	if options.Environment != "" {
		// An environment is read without the others being right.
		own := join(environmentsKey, quoted(options.Environment))
		problems = slices.DeleteFunc(problems, func(p Problem) bool {
			return strings.HasPrefix(p.Path, environmentsKey+".") && p.Path != own && !strings.HasPrefix(p.Path, own+".")
		})
	}
	var all []Settings
	var found []Problems
	for _, place := range file.places {
		if options.Environment == "" || place.environment == options.Environment {
			s, here := file.settings(place, options)
			all, found = append(all, s), append(found, here)
		}
	}
	if len(all) == 0 && len(problems) == 0 {
		problems = Problems{file.unknownEnvironment(options.Environment)}
	}
	problems = append(problems, merge(all, found, file.ofBase(options))...)
	if len(problems) == 0 {
		problems = file.checkTogether(all)
	}
	if len(problems) > 0 {
		return nil, problems.Sorted().capped()
	}
	return all, nil
}

// ofBase lists the problems that the file has without its environments.
func (f file) ofBase(options Options) map[Problem]bool {
	_, problems := f.settings(place{layers: []layer{{node: f.base}}}, options)
	all := map[Problem]bool{}
	for _, p := range problems {
		all[p] = true
	}
	return all
}

// merge joins the problems of all stacks. Of a problem in the base it says in which stacks, unless all have it and the
// base alone has it as well: it comes from what they lay over the base.
func merge(all []Settings, found []Problems, ofBase map[Problem]bool) Problems {
	times := map[Problem]int{}
	for _, problems := range found {
		for _, p := range problems {
			times[p]++
		}
	}
	var merged Problems
	for i, problems := range found {
		for _, p := range problems {
			isOfAll := times[p] == len(all) && ofBase[p]
			if where := all[i].where(); !isOfAll && where != "" && !strings.HasPrefix(p.Path, environmentsKey+".") {
				p.Message += fmt.Sprintf(" (in %s)", where)
			}
			merged = append(merged, p)
		}
	}
	return merged
}

// where says which of a file's stacks this is.
func (s Settings) where() string {
	var words []string
	if s.Environment != "" {
		words = append(words, "environment "+s.Environment)
	}
	if s.FurtherRegion != "" {
		words = append(words, "region "+s.FurtherRegion)
	}
	return strings.Join(words, ", ")
}

// checkTogether applies the rules that compare the stacks of a file.
func (f file) checkTogether(all []Settings) Problems {
	var problems Problems
	stacks := map[string]string{}
	named := func(stack, where string) {
		if other, taken := stacks[stack]; taken {
			problems = append(problems, f.problem(f.base, "", "%s and %s would both be the stack %s; give one "+
				"another name", other, where, stack))
		}
		stacks[stack] = where
	}
	creators := map[string]Settings{}
	for _, s := range all {
		named(s.StackName(), s.where())
		state := s.State.S3
		if state == nil || !state.Create {
			continue
		}
		named(s.StateStackName(), "the state of "+s.where())
		if other, taken := creators[state.Bucket]; taken {
			here := f.places[slices.IndexFunc(f.places, s.isOf)]
			problems = append(problems, f.locate(here, "state.s3.create", fmt.Sprintf(
				"%s and %s would both create the bucket %s; write create: true in one of them only", other.where(), s.where(), state.Bucket)))
		}
		creators[state.Bucket] = s
	}
	if len(problems) == 0 {
		problems = f.checkNames(all)
	}
	return problems
}

// file is a parsed settings file.
type file struct {
	path   string
	base   *yaml.Node
	places []place // at least one
}

// place is where the service is deployed: an environment, or a further region of one.
type place struct {
	environment, region string
	// layers begin with the file's base; what a later one gives goes over the earlier ones.
	layers []layer
}

// layer is a mapping of settings, and its own path in the file.
type layer struct {
	path string
	node *yaml.Node
}

func (s Settings) isOf(p place) bool {
	return p.environment == s.Environment && p.region == s.FurtherRegion
}

func parse(path string, data []byte) (file, Problems) {
	f := file{path: path}
	if len(data) > maxFileSize {
		return f, Problems{f.problem(nil, "", "%s", tooLarge)}
	}
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
		return f, Problems{f.problem(f.base, "", "expected settings (key: value), got %s", describe(f.base, traits{}))}
	}
	if node, message := checkExtent(f.base); node != nil {
		return f, Problems{f.problem(node, "", "%s", message)}
	}
	base := place{layers: []layer{{node: f.base}}}
	declared, at := child(f.base, environmentsKey)
	var problems Problems
	if declared != nil && (declared.Kind != yaml.MappingNode || len(declared.Content) == 0) {
		problems = append(problems, f.problem(at, environmentsKey,
			"expected environments by name, such as staging: {}, got %s; leave it out for a single stack", describe(declared, traits{})))
	}
	if _, regions := child(f.base, regionsKey); regions != nil && declared != nil {
		problems = append(problems, f.problem(regions, regionsKey, "stands beside environments; put it into those "+
			"that have further regions"))
	}
	for key, value := range entries(declared) {
		where := join(environmentsKey, quoted(key.Value))
		_, nested := child(value, environmentsKey)
		switch {
		case !shortName.MatchString(key.Value):
			problems = append(problems, f.problem(key, where, "%q is no environment's name; "+nameRule, key.Value, 20))
		case value.Kind != yaml.MappingNode && !isNull(value):
			problems = append(problems, f.problem(value, where, "expected settings (key: value), got %s", describe(value, traits{})))
		case slices.ContainsFunc(f.places, func(p place) bool { return p.environment == key.Value }):
			problems = append(problems, f.problem(key, where, "the environment is there twice; merge the two"))
		case nested != nil:
			problems = append(problems, f.problem(nested, join(where, environmentsKey),
				"an environment has none of its own; put it beside %s", key.Value))
		default:
			environment := place{environment: key.Value, layers: append(slices.Clip(base.layers), layer{where, value})}
			problems = append(problems, f.addPlaces(environment)...)
		}
	}
	if declared == nil {
		problems = append(problems, f.addPlaces(base)...)
	}
	if len(f.places) == 0 {
		f.places = []place{base}
	}
	return f, problems
}

// addPlaces adds an environment, or the file as a whole, with its further regions.
func (f *file) addPlaces(p place) Problems {
	f.places = append(f.places, p)
	own := p.layers[len(p.layers)-1]
	declared, at := child(own.node, regionsKey)
	if declared == nil {
		return nil
	}
	section := join(own.path, regionsKey)
	if declared.Kind != yaml.MappingNode || len(declared.Content) == 0 {
		return Problems{f.problem(at, section, "expected further regions by name, such as us-east-1: {}, got %s; "+
			"leave it out for one region", describe(declared, traits{}))}
	}
	var problems Problems
	for key, value := range entries(declared) {
		where := join(section, quoted(key.Value))
		var misplaced *yaml.Node
		for _, name := range []string{environmentsKey, regionsKey} {
			if _, nested := child(value, name); nested != nil {
				misplaced = nested
			}
		}
		switch {
		case partitionOf(key.Value) == "":
			problems = append(problems, f.problem(key, where, "%s", notARegion(key.Value)))
		case value.Kind != yaml.MappingNode && !isNull(value):
			problems = append(problems, f.problem(value, where, "expected settings (key: value), got %s", describe(value, traits{})))
		case slices.ContainsFunc(f.places, func(q place) bool { return q.environment == p.environment && q.region == key.Value }):
			problems = append(problems, f.problem(key, where, "the region is there twice; merge the two"))
		case misplaced != nil:
			problems = append(problems, f.problem(misplaced, join(where, misplaced.Value), "a region has none of its own; put it beside %s", key.Value))
		default:
			f.places = append(f.places, place{environment: p.environment, region: key.Value, layers: append(slices.Clip(p.layers), layer{where, value})})
		}
	}
	return problems
}

// settings decodes, derives and checks the settings of one stack.
func (f file) settings(p place, options Options) (Settings, Problems) {
	var problems Problems
	// What could not be read has its problem, and so have the rules that would miss it. These are paths as the settings
	// have them: without that of their layer.
	unread, broken := map[string]bool{}, map[string]bool{}
	s := Settings{Environment: p.environment, FurtherRegion: p.region, SourceFile: sourceFile(f.path), SourceCommit: options.Commit}
	s.setDefaults()
	decode := decoder{given: map[string]bool{}, secrets: map[string]string{}, excuse: func(path string) { broken[path] = true }}
	for i, l := range p.layers {
		decode.inherited = maps.Clone(decode.given)
		decode.report = func(node *yaml.Node, path, message string) {
			problems = append(problems, f.problem(node, join(l.path, path), "%s", message))
			unread[path], broken[path] = true, true
			decode.told++
		}
		decode.place = func(node *yaml.Node, path string) Problem { return f.problem(node, join(l.path, path), "") }
		isRegion := p.region != "" && i == len(p.layers)-1
		if isRegion {
			s.HomeRegion, s.AWS.Region = s.AWS.Region, p.region
		}
		decode.settings(l.node, &s)
		if isRegion && s.AWS.Region != p.region {
			decode.report(lookup(l.node, "aws.region"), "aws.region", fmt.Sprintf("the region is %s already; leave it out", p.region))
		}
	}
	if p.region == "" {
		s.HomeRegion = s.AWS.Region
	}
	if options.VPCName != "" {
		s.Network = Network{Existing: &ExistingVPC{Name: options.VPCName}}
	}
	derived := map[string]bool{}
	s.derive(func(path string) bool {
		derived[path] = !decode.given[path]
		return decode.given[path]
	})
	reported := func(path string) bool {
		if broken[path] {
			return true
		}
		for at := parent(path); at != ""; at = parent(at) {
			if unread[at] {
				return true
			}
		}
		return false
	}
	takeNote := func(path, message string) {
		s.Notes = append(s.Notes, f.locate(p, path, "note: "+hide(message, decode.secrets[path])))
	}
	last := p.layers[len(p.layers)-1].node
	inLastLayer := func(path string) bool { return !isNull(lookup(last, path)) }
	s.check(checker{reported: reported, inLastLayer: inLastLayer, note: takeNote, report: func(path, message string) {
		// What could not even be read has its problem already, and so has what a derived value follows from.
		if !reported(path) && !derived[path] {
			problems = append(problems, f.locate(p, path, hide(message, decode.secrets[path])))
			broken[path] = true
		}
	}})
	return s, problems
}

// locate gives a broken rule its place: the last layer that gives the setting, or takes it back by null; else the
// nearest section that is in any.
func (f file) locate(p place, path, message string) Problem {
	for _, l := range slices.Backward(p.layers) {
		for at := path; at != ""; at = parent(at) {
			if node := lookup(l.node, at); node != nil && (at == path || isNull(node)) {
				return f.problem(node, join(l.path, path), "%s", message)
			}
		}
	}
	for at := path; at != ""; at = parent(at) {
		for _, l := range p.layers {
			if node := lookup(l.node, at); node != nil {
				return f.problem(node, join(l.path, path), "%s", message)
			}
		}
	}
	return f.problem(f.base, path, "%s", message)
}

func (f file) problem(node *yaml.Node, path, format string, args ...any) Problem {
	p := Problem{File: f.path, Path: shorten(withoutCredentials(path)), Message: shorten(withoutCredentials(fmt.Sprintf(format, args...)))}
	if node != nil {
		p.Line, p.Column = node.Line, node.Column
	}
	return p
}

func (f file) unknownEnvironment(name string) Problem {
	var names []string
	for _, p := range f.places {
		if p.environment != "" && p.region == "" {
			names = append(names, p.environment)
		}
	}
	_, at := child(f.base, environmentsKey)
	if len(names) == 0 {
		return f.problem(at, "", "there is no environment %q: the file has no environments; add it under "+
			"environments, or ask for none", name)
	}
	return f.problem(at, environmentsKey, "there is no environment %q; %s", name, choose(name, names))
}
