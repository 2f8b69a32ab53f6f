package settings

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"webapp/internal/configfile"
)

// Problem is one mistake in a settings file.
type Problem = configfile.Problem

// Problems is the type of the error that Load and Parse return: all mistakes of a settings file.
type Problems = configfile.Problems

// Value is a setting's value from outside of the file. It has precedence over the file.
type Value = configfile.Value

// The overlays of a settings file, by their place in format.Overlays.
const (
	environmentOverlay = iota
	regionOverlay
)

const start = "start from the webapp.yaml in the README"

var format = configfile.Format{
	Overlays: []configfile.Overlay{
		environmentOverlay: {
			Key: "environments", Noun: "an environment", Plural: "environments",
			Example: "staging: {}", Without: "a single stack", CheckName: notAnEnvironment,
		},
		regionOverlay: {
			Key: "additionalRegions", Was: "regions", Noun: "a region", Plural: "additional regions",
			Example: "us-east-1: {}", Without: "one region", Further: true, CheckName: notARegion,
		},
	},
	Start:       start,
	Foreign:     foreign,
	UsualPlaces: usualPlaces,
	OtherWords:  otherWords,
	AdviseKey:   adviseKey, AdviseSection: adviseSection,
}

// notAnEnvironment returns what is wrong with an environment's name, or "".
func notAnEnvironment(name string) string {
	if shortName.MatchString(name) {
		return ""
	}
	return fmt.Sprintf("%q is not a valid name of an environment; "+nameRule, name, 20)
}

// Options select what to load from a settings file.
type Options struct {
	// Environment is the environment to load. Default: all of them.
	Environment string
	// VPCName puts every environment into the VPC with this name, whatever its network section says. It comes from the
	// CDKTF context "vpcname".
	VPCName string
	// Stack is the name of the only stack to load. Default: all of them.
	Stack string
	// Preview is the name of the preview to load, which is then the only stack. Default: none; templates of previews are
	// only checked.
	Preview string
	// OnlyCheck accepts a file whose environments are all templates of previews. Default: it is refused, since there is
	// no stack to do anything with.
	OnlyCheck bool
	// Now is the time from which a preview's expiry counts. Schedules that end before it get a note.
	Now time.Time
	// Set are values from outside of the file, for every stack that is loaded. Default: none.
	Set []Value
	// Commit is the commit that last changed the file, for the tag of the deployed resources. Default: unknown.
	Commit string
}

// Load reads a settings file and returns its stacks, in the file's order. Each environment is a stack, or the file as a
// whole if it has no environments. Each additional region of an environment is another stack. If the file's content is
// at fault, the error is of type Problems.
func Load(path string, options Options) ([]Stack, error) {
	data, err := configfile.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, data, options)
}

// Parse is like Load, for data that was read from the named file.
func Parse(path string, data []byte, options Options) ([]Stack, error) {
	if wrong := foreignName(path); wrong != "" {
		return nil, Problems{{Position: configfile.Position{File: path}, Message: wrong}}
	}
	file, problems := configfile.Parse[Settings](path, data, format)
	if len(file.Targets()) == 0 {
		return nil, problems
	}
	if options.Environment != "" {
		problems = withoutOtherEnvironments(problems, options.Environment)
	}
	file, wrong := file.With(options.Set)
	problems = append(problems, wrong...)
	var all []loading
	for _, target := range file.Targets() {
		if options.Environment == "" || target.Names[environmentOverlay] == options.Environment {
			all = append(all, load(file, target, options))
		}
	}
	if len(all) == 0 && len(problems) == 0 {
		problems = Problems{unknownEnvironment(file, options.Environment)}
	}
	stacks, checked, wrong := choose(file, all, options)
	problems = append(problems, wrong...)
	problems = append(problems, merge(file, checked, load(file, file.Base(), options))...)
	if len(problems) == 0 {
		problems = append(checkTogether(checked), checkTemplates(file, checked, options)...)
	}
	if len(problems) == 0 && len(stacks) == 0 && (!options.OnlyCheck || options.Stack != "") {
		problems = Problems{checked[0].Problem("preview", "is a template, and the file has no other stack; name a preview: "+
			"--preview %s", samplePreviews[0])}
	}
	if len(problems) > 0 {
		return nil, problems.Sorted().Capped()
	}
	noteSharedQueues(stacks)
	chosen := make([]Stack, len(stacks))
	for i, stack := range stacks {
		chosen[i] = stack.Stack
	}
	return chosen, nil
}

// withoutOtherEnvironments drops the problems of other environments, so that one environment can be loaded while others
// have mistakes.
func withoutOtherEnvironments(problems Problems, name string) Problems {
	const section = "environments."
	own := section + configfile.QuoteKey(name)
	return slices.DeleteFunc(problems, func(p Problem) bool {
		return strings.HasPrefix(p.Path, section) && p.Path != own && !strings.HasPrefix(p.Path, own+".")
	})
}

// loading is a stack and the reading that produced it.
type loading struct {
	Stack
	*configfile.Reading
	target configfile.Target
}

// load decodes, derives and checks the settings of one stack.
func load(file configfile.File[Settings], target configfile.Target, options Options) loading {
	s := Stack{
		ID:     ID{Environment: target.Names[environmentOverlay], AdditionalRegion: target.Names[regionOverlay]},
		Source: Source{File: sourceFile(file.Path()), Commit: options.Commit},
	}
	for _, value := range options.Set {
		if s.Set == nil {
			s.Set = map[string]string{}
		}
		s.Set[value.Path] = value.Text
	}
	configfile.SetDefaults(&s.Settings)
	reading := file.Read(target, &s.Settings)
	overlays := 0
	for _, name := range target.Names {
		if name != "" {
			overlays++
		}
	}
	around, additional := overlays, additionalRegions(file, s.Environment) // the layer that lists these
	if s.AdditionalRegion != "" {
		around--
	}
	for layer := range target.Layers() {
		if s.AdditionalRegion != "" && layer == overlays {
			s.PrimaryRegion, s.AWS.Region = cmp.Or(s.AWS.Region, s.PrimaryRegion), s.AdditionalRegion
		}
		reading.Decode(layer)
		if s.AdditionalRegion != "" && layer >= overlays && s.AWS.Region != s.AdditionalRegion {
			reading.Refuse("aws.region", "the region is already %s; remove this line", s.AdditionalRegion)
		}
		if layer == around && len(additional) > 0 && s.AWS.Region == "" && s.Set["aws.region"] == "" {
			reading.Miss("aws.region", "is missing; write the primary region here, and only the other ones under "+
				"additionalRegions")
			s.PrimaryRegion = additional[0] // one problem is enough
		}
	}
	if s.AdditionalRegion == "" {
		s.PrimaryRegion = cmp.Or(s.AWS.Region, s.PrimaryRegion)
	}
	if options.VPCName != "" {
		s.Network = Network{Existing: &ExistingVPC{Name: options.VPCName}}
	}
	if s.Preview != nil {
		s.PreviewName, s.Expires = cmp.Or(options.Preview, samplePreviews[0]), s.Preview.expiry(options.Now)
		if reading.WrittenLast("pipeline") { // that of all environments is left out silently
			reading.Refuse("pipeline", "has no effect: a preview has no roles of its own; remove it, and make one role for "+
				"all previews, as docs/previews.md describes")
		}
	}
	if s.AdditionalRegion != "" {
		s.leaveToPrimary(reading, primaryOf(file, target, overlays))
	}
	s.derive(reading.Given, reading.Drops)
	reading.Check(func(c configfile.Checker) {
		s.checkTogether(c)
		s.noteSchedules(c, options.Now)
	})
	s.Notes = reading.Notes()
	return loading{s, reading, target}
}

// additionalRegions lists the additional regions of an environment.
func additionalRegions(file configfile.File[Settings], environment string) []string {
	var all []string
	for _, target := range file.Targets() {
		if region := target.Names[regionOverlay]; region != "" && target.Names[environmentOverlay] == environment {
			all = append(all, region)
		}
	}
	return all
}

// primaryOf reads the settings of the primary region's stack: those without the overlay of the additional region.
func primaryOf(file configfile.File[Settings], target configfile.Target, overlay int) Settings {
	var s Settings
	configfile.SetDefaults(&s)
	reading := file.Read(target, &s)
	for layer := range target.Layers() {
		if layer != overlay {
			reading.Decode(layer)
		}
	}
	return s
}

// leaveToPrimary leaves what exists only once to the stack of the primary region, unless the additional region's own
// settings say who creates it.
func (s *Stack) leaveToPrimary(reading *configfile.Reading, primary Settings) {
	if s.Pipeline != nil && !reading.Written("pipeline.createProvider") {
		s.Pipeline.leaveToPrimary(s, primary)
	}
	if s.State.S3 != nil && !reading.Written("state.s3.create") {
		s.State.S3.leaveToPrimary(primary)
	}
}

// Notes returns the notes on all stacks of a file, without duplicates, in the file's order.
func Notes(all []Stack) Problems {
	var notes Problems
	for _, s := range all {
		notes = append(notes, s.Notes...)
	}
	return notes.Sorted()
}

// checkTogether applies the rules that compare the stacks of a file.
func checkTogether(all []loading) Problems {
	var problems Problems
	owners := map[string]string{}
	claim := func(stack loading, name, where string) {
		if other, taken := owners[name]; taken {
			problems = append(problems, stack.Problem("", "%s and %s would both be the stack %s; rename one of them",
				other, where, name))
		}
		owners[name] = where
	}
	creators := map[string]loading{}
	for _, s := range all {
		claim(s, s.StackName(), s.where())
		if s.Pipeline != nil {
			claim(s, s.PipelineStackName(), "the pipeline of "+s.where())
		}
		state := s.State.S3
		if state == nil || !state.Create {
			continue
		}
		claim(s, s.StateStackName(), "the state of "+s.where())
		if other, taken := creators[state.Bucket]; taken {
			problems = append(problems, s.Problem("state.s3.create",
				"the stack %s and the stack %s would both create the bucket %s; write create: true in only one of them",
				other.StackName(), s.StackName(), state.Bucket))
		}
		creators[state.Bucket] = s
	}
	problems = append(problems, checkProviders(all)...)
	for _, s := range all {
		logs := s.LoadBalancer.AccessLogs
		if logs == nil || s.LoadBalancer.Existing != nil || s.OnlyWorkers() {
			continue
		}
		if creator, created := creators[logs.Bucket]; created {
			problems = append(problems, s.Problem("loadBalancer.accessLogs.bucket", "%s is the bucket that the stack %s "+
				"creates for states, to which load balancers may not write; write another bucket, or remove this line to have "+
				"one created", logs.Bucket, creator.StateStackName()))
		}
	}
	problems = append(problems, checkIDs(all)...)
	if len(problems) == 0 {
		problems = slices.Concat(checkWholes(all), checkNames(all), checkSharedListeners(all))
	}
	return problems
}

// checkProviders reports identity providers that two stacks would create in the same account. If the settings give no
// account, all stacks are deployed to that of the credentials.
func checkProviders(all []loading) Problems {
	var problems Problems
	creators := map[[2]string]loading{}
	for _, s := range all {
		if s.Pipeline == nil || !s.Pipeline.CreateProvider {
			continue
		}
		at := [2]string{s.AWS.accountKey(), s.Pipeline.Host()}
		if other, taken := creators[at]; taken {
			hint := ""
			if s.AWS.AccountID() == "" {
				hint = ", or aws.account if they are in two"
			}
			problems = append(problems, s.Problem("pipeline.createProvider",
				"the stack %s and the stack %s would both create the identity provider %s, of which an account can have "+
					"only one; write createProvider: false in one of them%s", other.StackName(), s.StackName(), at[1], hint))
		}
		creators[at] = s
	}
	return problems
}

func unknownEnvironment(file configfile.File[Settings], name string) Problem {
	var names []string
	for _, target := range file.Targets() {
		if environment := target.Names[environmentOverlay]; environment != "" && target.Names[regionOverlay] == "" {
			names = append(names, environment)
		}
	}
	if len(names) == 0 {
		return file.Problem("", "environment %q does not exist: the file has no environments; add it under "+
			"environments, or do not select an environment", name)
	}
	return file.Problem("environments", "environment %q does not exist; %s", name, configfile.Suggest(name, names))
}
