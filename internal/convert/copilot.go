package convert

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Copilot converts a Copilot application: the folder copilot, or the one that it is in. The first Load Balanced Web
// Service becomes the service at the top, and the others are under services. Each environment is converted as a whole,
// with the overlays of its name; what all environments share stands once.
func Copilot(dir string, options Options) (Result, error) {
	a := &application{options: options, notes: &notes{}}
	if err := a.read(dir); err != nil {
		return Result{}, err
	}
	root := a.convert()
	for _, file := range a.files() {
		file.reportUnread()
	}
	return finish(root, head("a Copilot application"), a.notes)
}

// application is a Copilot application.
type application struct {
	options      Options
	notes        *notes
	dir          string // the folder copilot
	name         string
	workloads    []*manifest
	environments map[string]*source // nil for those that only overlays name
	main         *manifest          // the service at the top: a worker if nothing has requests, nil if there are only jobs
	balanced     bool               // main has a load balancer
	internal     bool               // which is an internal one
}

// manifest is a service or a job.
type manifest struct {
	*source
	name, kind string
	key        string // under services or jobs; "" at the top
}

// The types of manifests.
const (
	webService = "Load Balanced Web Service"
	backend    = "Backend Service"
	worker     = "Worker Service"
	scheduled  = "Scheduled Job"
	runner     = "Request-Driven Web Service"
)

func (a *application) files() []*source {
	var all []*source
	for _, m := range a.workloads {
		all = append(all, m.source)
	}
	for _, name := range a.environmentNames() {
		if file := a.environments[name]; file != nil {
			all = append(all, file)
		}
	}
	return all
}

// read reads the folder.
func (a *application) read(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return fmt.Errorf("%s: does not exist; name the folder copilot, or the one that it is in", dir)
	case !info.IsDir():
		return fmt.Errorf("%s: is a file; name the folder copilot, or the one that it is in", dir)
	}
	a.dir, a.environments = filepath.Clean(dir), map[string]*source{}
	if inside := filepath.Join(dir, "copilot"); isFolder(inside) {
		a.dir = inside
	}
	var problems []error
	entries, err := os.ReadDir(a.dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		path := filepath.Join(a.dir, entry.Name())
		switch {
		case !entry.IsDir():
		case entry.Name() == "environments":
			problems = append(problems, a.readEnvironments(path))
		case entry.Name() == "pipelines":
			a.notes.add(Note{File: filepath.ToSlash(path), Message: "is not carried: write pipeline, and docs/ci.md has a " +
				"pipeline for GitHub"})
		default:
			problems = append(problems, a.readWorkload(path))
		}
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	if len(a.workloads) == 0 {
		return fmt.Errorf("%s: has no manifest of a service, such as %s", dir,
			filepath.Join(a.dir, "web", "manifest.yml"))
	}
	return a.readName()
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// readName reads the application's name from the workspace's summary.
func (a *application) readName() error {
	path := filepath.Join(a.dir, ".workspace")
	if _, err := os.Stat(path); err != nil {
		absolute, err := filepath.Abs(a.dir)
		if err != nil {
			return err
		}
		a.name = filepath.Base(filepath.Dir(absolute))
		a.notes.add(Note{File: filepath.ToSlash(path), Message: "does not exist, so that the application has the name " +
			"of its folder, " + a.name})
		return nil
	}
	workspace, err := readSource(path, a.notes)
	if err != nil {
		return err
	}
	named := workspace.value().get("application")
	a.name = named.text()
	named.validName(a.name, longestApp)
	workspace.value().get("path").ignore()
	workspace.reportUnread()
	return nil
}

func (a *application) readEnvironments(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var problems []error
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		switch entry.Name() {
		case "addons", "overrides":
			a.leftOver(path, entry.Name())
			continue
		}
		if !entry.IsDir() {
			continue
		}
		if overrides := filepath.Join(path, "overrides"); isFolder(overrides) {
			a.leftOver(overrides, "overrides")
		}
		file, err := readSource(filepath.Join(path, "manifest.yml"), a.notes)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		name := file.value().get("name").text()
		if name == "" {
			name = entry.Name()
		}
		file.value().get("type").ignore()
		a.environments[name] = file
	}
	return errors.Join(problems...)
}

func (a *application) readWorkload(dir string) error {
	path := filepath.Join(dir, "manifest.yml")
	if _, err := os.Stat(path); err != nil {
		if entry := filepath.Base(dir); entry == "addons" || entry == "overrides" {
			a.leftOver(dir, entry)
		}
		return nil
	}
	file, err := readSource(path, a.notes)
	if err != nil {
		return err
	}
	m := &manifest{source: file, name: file.value().get("name").text(), kind: file.value().get("type").text()}
	if m.name == "" {
		m.name = filepath.Base(dir)
	}
	a.workloads = append(a.workloads, m)
	for name := range file.value().get("environments").pairs() {
		if _, ok := a.environments[name]; !ok {
			a.environments[name] = nil
		}
	}
	for _, more := range []string{"addons", "overrides"} {
		if path := filepath.Join(dir, more); isFolder(path) {
			a.leftOver(path, more)
		}
	}
	return nil
}

// leftOver notes the CloudFormation of a folder.
func (a *application) leftOver(dir, what string) {
	message := "is not carried: overrides of CloudFormation; write settings, or overrides of Terraform (docs/overrides.md)"
	if what == "addons" {
		message = "is not carried: CloudFormation of your own, such as databases, buckets and queues. Keep it in a stack " +
			"of its own, or write it in Terraform; pass names as container.environment and secrets as container.secrets, " +
			"and grant access with task.role"
	}
	a.notes.add(Note{File: filepath.ToSlash(dir), Message: message})
}

func (a *application) environmentNames() []string {
	names := make([]string, 0, len(a.environments))
	for name := range a.environments {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// unknownEnvironment is the name of the environment in the conversion of what all share.
const unknownEnvironment = "${COPILOT_ENVIRONMENT_NAME}"

// assumedEnvironment is the name of the environment of an application that has none.
const assumedEnvironment = "test"

func (a *application) convert() *section {
	a.chooseMain()
	before := slices.Clone(a.notes.all)
	names := a.environmentNames()
	if len(names) == 0 {
		a.notes.add(Note{File: filepath.ToSlash(a.dir), Message: "has no environments; the name " + assumedEnvironment +
			" is assumed in values with the name of one"})
		return a.tree(assumedEnvironment)
	}
	root := a.tree("")
	a.notes.all = before // the environments have the same, with their names
	trees := make([]*section, len(names))
	for i, name := range names {
		trees[i] = a.tree(name)
	}
	split(root, trees, isUnknown)
	shared(root, trees)
	taken := []string{}
	for i, name := range names {
		key := unique(&taken, name)
		if file := a.environments[name]; file != nil {
			file.value().get("name").noteName(name, key, longestService)
		} else if key != name {
			a.notes.add(Note{File: filepath.ToSlash(a.dir), Message: "the environment " + name + " is written as " + key +
				", since names are shorter here"})
		}
		root.empty("environments", key)
		root.at("environments").set(key, trees[i])
		trees[i].keep = true
	}
	return root
}

// isUnknown reports whether a value depends on the environment.
func isUnknown(v any) bool {
	switch v := v.(type) {
	case string:
		return strings.Contains(v, unknownEnvironment)
	case []any:
		return slices.ContainsFunc(v, isUnknown)
	}
	return false
}

// chooseMain chooses the service that gets the requests which no other service does. If no service has requests, it
// chooses a worker, and the stack has no load balancer.
func (a *application) chooseMain() {
	rank := func(m *manifest) int {
		http := m.value().get("http")
		switch {
		case m.kind == webService && !http.isFalse() && http.get("path").text() == "/" && !http.get("alias").given():
			return 0
		case m.kind == webService && !http.isFalse() && http.get("path").text() == "/":
			return 1
		case m.kind == webService && !http.isFalse():
			return 2
		case m.kind == runner:
			return 3
		case m.kind == backend && http.isMap():
			return 4
		case m.kind == worker:
			return 5
		case m.kind == backend || m.kind == webService:
			return 6
		}
		return 7
	}
	best := 7
	for _, m := range a.workloads {
		if r := rank(m); r < best {
			a.main, best = m, r
		}
	}
	a.balanced, a.internal = best <= 4, best == 4
	taken := []string{}
	for _, m := range a.workloads {
		if m != a.main && m.kind != scheduled {
			m.key = m.value().get("name").unique(&taken, m.name)
		}
	}
	taken = append(taken, validName(a.name, longestApp)) // which is that of the service at the top
	for _, m := range a.workloads {
		if m.kind == scheduled {
			m.key = m.value().get("name").unique(&taken, m.name)
		}
	}
}

// tree converts the application for an environment; for "", what is said for all.
func (a *application) tree(environment string) *section {
	root := newSection()
	root.set("name", validName(a.name, longestApp))
	a.options.setAWS(root)
	if a.main == nil {
		placeholder(root)
		a.notes.add(Note{File: filepath.ToSlash(a.dir), Message: "has no service, but a settings file has one; a " +
			"placeholder that runs no task is written"})
	}
	w := &writer{application: a, root: root, environment: environment}
	if file := a.environments[environment]; file != nil {
		w.environmentManifest(file.value())
	}
	for _, m := range a.workloads {
		v := m.value()
		for name, overlay := range v.get("environments").pairs() {
			if name == environment {
				v.node = overlaid(v.node, overlay.exclusive(v).node)
			}
		}
		w.workload(m, v)
	}
	w.network()
	w.domain()
	return root
}

// exclusive drops from the base what an overlay replaces with something else: an image that is built there, and exists
// here.
func (v value) exclusive(base value) value {
	image, own := find(v.node, "image"), find(base.node, "image")
	if image < 0 || own < 0 {
		return v
	}
	for _, pair := range [][2]string{{"location", "build"}, {"build", "location"}} {
		if find(v.node.Content[image+1], pair[0]) >= 0 {
			if replaced := base.get("image").get(pair[1]); replaced.given() {
				replaced.hint("is replaced by image.%s of an environment", pair[0])
			}
			null := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
			copied := *v.node
			copied.Content = slices.Clone(v.node.Content)
			inner := *v.node.Content[image+1]
			inner.Content = append(slices.Clone(inner.Content),
				&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: pair[1]}, null)
			copied.Content[image+1] = &inner
			v.node = &copied
			return v
		}
	}
	return v
}
