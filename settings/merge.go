package settings

import (
	"slices"
	"strings"

	"webapp/internal/configfile"
)

// These stand in a problem's message for what differs between the stacks that have the problem, so that it is one for
// all of them. No setting has a NUL character. The first is where a stack can have a value of its own, beside the value
// that is right for others.
const (
	ownPlace   = "\x00place"
	ownRegion  = "\x00region"
	ownAccount = "\x00account"
)

// merge joins the problems of all stacks. A problem names the stacks that have it, unless its path does, or all stacks
// and the base without any overlay have it: then no overlay causes it.
func merge(file configfile.File[Settings], stacks []loading, base loading) Problems {
	ofBase := map[Problem]bool{}
	for _, p := range base.Problems() {
		ofBase[p] = true
	}
	var problems Problems
	having := map[Problem][]loading{}
	for _, stack := range stacks {
		for _, p := range slices.Clone(stack.Problems()).Sorted() {
			if slices.ContainsFunc(stacks, func(other loading) bool { return stack.DropsElsewhere(p, other.Reading) }) {
				continue
			}
			if len(having[p]) == 0 {
				problems = append(problems, p)
			}
			having[p] = append(having[p], stack)
		}
	}
	for i, p := range problems {
		all := having[p]
		isOfAll := len(all) == len(stacks)
		if !strings.Contains(p.Message, ownRegion) {
			all = withoutHeirs(all)
		}
		places := ""
		if strings.Contains(p.Message, ownPlace) && p.File == file.Path() && (!isOfAll || !areAtHome(all)) {
			places = ownPlaces(p, all)
		}
		problems[i].Message = strings.NewReplacer(
			ownPlace, places,
			ownRegion, join(all, func(s loading) string { return s.AWS.Region }),
			ownAccount, join(all, func(s loading) string { return s.AWS.AccountID() }),
		).Replace(p.Message)
		if where := whereOf(p, withoutHeirs(all)); where != "" && places == "" && (!isOfAll || !ofBase[p]) {
			problems[i].Message += " (in " + where + ")"
		}
	}
	return problems
}

// withoutHeirs leaves out the stacks of additional regions beside that of their primary region, from which they have
// the problem.
func withoutHeirs(all []loading) []loading {
	return slices.DeleteFunc(slices.Clone(all), func(s loading) bool {
		return s.AdditionalRegion != "" && slices.ContainsFunc(all, func(other loading) bool {
			return other.AdditionalRegion == "" && other.Environment == s.Environment
		})
	})
}

// areAtHome reports whether all stacks are deployed to the same place.
func areAtHome(all []loading) bool {
	return !slices.ContainsFunc(all, func(s loading) bool {
		return s.AWS.Region != all[0].AWS.Region || s.AWS.AccountID() != all[0].AWS.AccountID()
	})
}

// join lists what some stacks have, each value once.
func join(all []loading, value func(loading) string) string {
	var values []string
	for _, s := range all {
		if v := value(s); v != "" && !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	return configfile.JoinWords(values, "and")
}

// ownPlaces says where the stacks that have a problem can each have a value of their own: " under
// environments.dev.logs". It returns "" if the value that is wrong is that already.
func ownPlaces(p Problem, having []loading) string {
	var places []string
	inherited := false
	for _, s := range having {
		inherited = inherited || s.section() != "" && !isBelow(p.Path, s.section())
		places = append(places, s.ownPath(p.Path))
	}
	if !inherited {
		return ""
	}
	return " under " + configfile.JoinWords(places, "and")
}

// ownPath returns the path at which a stack can have its own value of a setting that is inherited from elsewhere in the
// file. A list is replaced as a whole.
func (s Stack) ownPath(path string) string {
	for _, outer := range []Stack{s, {ID: ID{Environment: s.Environment}}} {
		if section := outer.section(); section != "" && isBelow(path, section) {
			path = path[len(section)+len("."):]
		}
	}
	setting, _, _ := strings.Cut(path, "[")
	return configfile.JoinPath(s.section(), setting)
}

func isBelow(path, section string) bool { return strings.HasPrefix(path, section+".") }

// whereOf names the stacks that have a problem, as far as its path does not.
func whereOf(p Problem, having []loading) string {
	var all, environments, regions []string
	add := func(names *[]string, name string) {
		if name != "" && !slices.Contains(*names, name) {
			*names = append(*names, name)
		}
	}
	for _, s := range having {
		if isBelow(p.Path, s.section()) {
			s.ID = ID{}
		}
		if isBelow(p.Path, "environments") {
			s.Environment = ""
		}
		if s.where() == "" {
			return ""
		}
		add(&environments, s.Environment)
		add(&regions, s.AdditionalRegion)
		all = append(all, s.where())
	}
	if len(environments) > 1 && len(regions) > 0 {
		return configfile.JoinWords(all, "and")
	}
	var words []string
	add(&words, counted("environment", environments))
	add(&words, counted("region", regions))
	return strings.Join(words, ", ")
}

// counted joins names behind what they are: environments dev and prod.
func counted(noun string, names []string) string {
	if len(names) == 0 {
		return ""
	}
	if len(names) > 1 {
		noun += "s"
	}
	return noun + " " + configfile.JoinWords(names, "and")
}

// where says which of the file's stacks this is.
func (s Stack) where() string {
	var words []string
	if s.Environment != "" {
		words = append(words, "environment "+s.Environment)
	}
	if s.AdditionalRegion != "" {
		words = append(words, "region "+s.AdditionalRegion)
	}
	return strings.Join(words, ", ")
}

// section is the path in the file of the settings that only this stack has, "" if it has none.
func (s Stack) section() string {
	path := ""
	for _, part := range [][2]string{{"environments", s.Environment}, {"additionalRegions", s.AdditionalRegion}} {
		if part[1] != "" {
			path = configfile.JoinPath(path, configfile.JoinPath(part[0], configfile.QuoteKey(part[1])))
		}
	}
	return path
}
