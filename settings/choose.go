package settings

import (
	"cmp"
	"slices"

	"webapp/internal/configfile"
)

// choose returns the stacks that the options ask for, and those that have to be without problems for that: templates
// of previews are checked, too.
func choose(
	file configfile.File[Settings], all []loading, options Options,
) (stacks, checked []loading, wrong Problems) {
	stacks, checked = slices.DeleteFunc(slices.Clone(all), loading.isTemplate), all
	if options.Preview != "" {
		checked = slices.DeleteFunc(slices.Clone(all), func(s loading) bool { return !s.isTemplate() })
		wrong = checkPreviewName(file, options.Preview, options.Environment, checked, stacks)
		stacks = checked
	}
	if options.Stack == "" {
		return stacks, checked, wrong
	}
	var names []string
	for _, stack := range stacks {
		names = append(names, stack.StackName())
	}
	if len(names) == 0 {
		return nil, checked, wrong
	}
	i := slices.Index(names, options.Stack)
	if i < 0 {
		if len(wrong) == 0 {
			wrong = Problems{file.Problem("", "the file has no stack %s; %s", options.Stack,
				configfile.Suggest(options.Stack, names))}
		}
		return nil, nil, wrong
	}
	return stacks[i : i+1], stacks[i : i+1], wrong
}

// isTemplate reports whether the stack is only one as a preview.
func (s loading) isTemplate() bool { return s.Preview != nil }

// checkPreviewName reports a preview that would not be exactly one stack of its own.
func checkPreviewName(
	file configfile.File[Settings], name, environment string, templates, others []loading,
) Problems {
	if wrong := wrongPreviewName(name); wrong != "" {
		return Problems{{Position: configfile.Position{File: "--preview"}, Message: wrong}}
	}
	switch len(templates) {
	case 0:
		switch {
		case environment != "" && len(others) == 0:
			return nil // the environment does not exist, which is reported elsewhere
		case environment != "":
			return Problems{file.Problem("environments", "the environment %s is not a template of previews; choose one that "+
				"has preview, or leave out --environment", environment)}
		}
		return Problems{file.Problem("environments", "the file has no template of the preview %s; add preview: "+
			"{domain: preview.example.com} to an environment", name)}
	case 1:
	default:
		if templates[1].AdditionalRegion != "" {
			return nil // which is reported elsewhere
		}
		return Problems{file.Problem("environments", "the file has several templates of previews, %s and %s; choose one: "+
			"--environment %s", templates[0].Environment, templates[1].Environment, templates[0].Environment)}
	}
	for _, other := range others {
		if other.StackName() == templates[0].StackName() {
			return Problems{templates[0].Problem("preview", "the preview %s would be the stack %s, which is that of the "+
				"%s; choose another name", name, other.StackName(), other.where())}
		}
	}
	return nil
}

// checkTemplates reports names that are the same in every preview of a template, so that the second could not be
// deployed.
func checkTemplates(file configfile.File[Settings], checked []loading, options Options) Problems {
	type key struct{ kind, name string }
	var problems Problems
	for _, one := range checked {
		if !one.isTemplate() {
			continue
		}
		options.Preview = samplePreviews[0]
		if one.PreviewName == options.Preview {
			options.Preview = samplePreviews[1]
		}
		shared := map[key]bool{}
		other := load(file, one.target, options)
		for _, name := range other.PhysicalNames() {
			shared[key{name.Kind, name.Name}] = true
		}
		for _, name := range one.PhysicalNames() {
			if !name.repeatable && shared[key{name.Kind, name.Name}] {
				problems = append(problems, one.Problem(name.path(), "all previews would have the same %s, %s; %s", name.Kind,
					name.Name, cmp.Or(name.ofPreview, "remove the setting, so that each has a name of its own")))
			}
		}
	}
	return problems
}
