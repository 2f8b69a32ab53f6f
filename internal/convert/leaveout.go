package convert

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"webapp/internal/configfile"
	"webapp/settings"
)

// leaveOut removes from the settings what the problems are about, and notes it. It reports whether it removed anything.
func leaveOut(root *section, problems settings.Problems, notes *notes) bool {
	// What is missing may be so because of another problem.
	return leaveOutSome(root, problems, notes, false) || leaveOutSome(root, problems, notes, true)
}

// leaveOutSome handles the problems with settings that are there, and if asked also those with missing ones.
func leaveOutSome(root *section, problems settings.Problems, notes *notes, missing bool) bool {
	removed := false
	lists := map[string]bool{} // of which an item was removed: the next check has the new places of the others
	for _, p := range problems {
		list := p.Path[:max(strings.LastIndex(p.Path, "["), 0)]
		if list != "" && lists[list] {
			continue
		}
		r := removal{missing: missing}
		if !r.remove(root, step.FindAllString(p.Path, -1), "") {
			continue
		}
		lists[list], removed = true, true
		if r.sources != "" {
			closeSources(root, r.sources)
		}
		note := Note{File: settingsFile, Path: p.Path}
		what := "it"
		if r.from.src != nil {
			note.File, note.Line, note.Path = r.from.src.fileOf(r.from.path), r.from.line(), r.from.path
			what = p.Path
		}
		note.Message = "is left out, because the check refuses " + what + ": " + p.Message
		if r.gone != p.Path && r.gone != "" {
			note.Message += ". With it, " + r.gone + " is left out"
		}
		if r.instead != "" {
			note.Message += ". " + r.instead
		}
		notes.add(note)
	}
	return removed
}

var step = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|\[\d+\]|[^."\[]+`)

// removal takes one setting out of the settings.
type removal struct {
	missing bool   // a section that lacks something is removed
	from    value  // where it is in the input
	gone    string // the path of all that was removed
	instead string // what is the case without it
	mark    string // its name, for a comment on what it was in
	sources string // the path of sources that were removed
	stop    bool   // it cannot be left out
}

// toDo replaces a word of a command: without it, the other words would mean something else. The check takes it for a
// placeholder.
const toDo = "<TO-DO>"

// closed has the values for lists that select clients or requests, and of which nothing is left: without the list, all
// would be selected. No request has this host or path, and EC2 refuses a prefix list that does not exist. Sources are
// closed by a host, since the check refuses sources that the load balancer does not admit.
// Source: RFC 2606, 2.
var closed = map[string]string{
	"allowedSources": "pl-00000000000000000", "hosts": "to-do.invalid", "paths": "/TO-DO",
}

// close writes a value that selects nothing.
func (s *section) close(key, why string) {
	if key == "sources" {
		s.remove(key)
		key = "hosts"
	}
	s.set(key, []any{closed[key]}, "TO DO: this stands for nothing, so that nothing is open by mistake. "+why)
}

func (s *section) isClosed(key string) bool {
	list, ok := s.values[key].([]any)
	return ok && len(list) == 1 && list[0] == closed[key]
}

const closedSources = "Write hosts and sources."

// closeSources closes a routing whose sources are refused, and what environments write over it.
func closeSources(root *section, path string) {
	all := []*section{root}
	environments, _ := root.values["environments"].(*section)
	if environments != nil && !strings.HasPrefix(path, "environments.") {
		for _, key := range environments.keys {
			if overlay, ok := environments.values[key].(*section); ok {
				all = append(all, overlay)
			}
		}
	}
	for _, s := range all {
		steps := step.FindAllString(path, -1)
		for _, word := range steps[:len(steps)-1] {
			next, _ := s.values[word].(*section)
			if s = next; s == nil {
				break
			}
		}
		if s != nil {
			s.close("sources", closedSources)
		}
	}
}

// remove removes what the steps lead to, in a section at a path, and reports whether it did.
func (r *removal) remove(s *section, steps []string, path string) bool {
	key, rest := steps[0], steps[1:]
	if unquoted, err := strconv.Unquote(key); err == nil {
		key = unquoted
	}
	path = configfile.JoinPath(path, steps[0])
	if from, ok := s.origins[key]; ok {
		r.from = from
	}
	v, ok := s.values[key]
	child, isSection := v.(*section)
	list, isList := v.([]any)
	switch {
	case !ok:
		r.stop = !r.missing
		return r.missing && r.fill(s, key, path)
	case key == "image" && len(rest) == 0 && v != sampleImage:
		s.set(key, sampleImage, "TO DO: write the image.")
		r.instead = "A sample is written"
		return true
	case isSection && len(rest) > 0 && (key != "domain" || rest[0] != "name"):
		if !r.remove(child, rest, path) {
			return !r.stop && r.drop(s, key, path)
		}
		if r.mark != "" {
			s.markLeftOut(key, r.mark)
			r.mark = ""
		}
		if _, names, ok := strings.Cut(s.comments[key], leftOut); ok && !child.keep && child.isEmpty() {
			r.mark = names // its comment is not written
			delete(s.comments, key)
		}
		return true
	case isList && len(rest) > 0:
		return r.removeItem(s, key, list, rest, path)
	}
	return r.drop(s, key, path)
}

// fill writes what is missing and cannot be left out.
func (r *removal) fill(s *section, key, path string) bool {
	switch {
	case key == "routing" && strings.HasPrefix(path, "services."):
		s.at(key).close("paths", "Write the requests that the service gets.")
		r.instead = "The service gets no requests until you write routing"
	case key == "ports" && strings.HasSuffix(path, "container.ports"):
		s.set(key, []any{80}, "TO DO: write the port that the container listens on.")
		r.instead = "80 is assumed"
	case key == "image":
		s.set(key, sampleImage, "TO DO: write the image.")
		r.instead = "A sample is written"
	default:
		return false
	}
	return true
}

// kept matches what is never removed because of something in it.
var kept = regexp.MustCompile(`(^|\.)container$|^(environments\.[^.]+(\.|$))?((services|jobs)\.[^.]+)?$`)

// drop removes a key, and closes what it would open.
func (r *removal) drop(s *section, key, path string) bool {
	v := s.values[key]
	child, isSection := v.(*section)
	switch {
	case key == "sources": // such as addresses that the load balancer does not admit at all
		s.close(key, closedSources)
		r.sources = path
		r.instead = "Nothing gets through until you write it"
		return true
	case closed[key] != "" && !s.isClosed(key):
		s.close(key, "Write what it was.")
		r.instead = "Nothing gets through until you write it"
		return true
	case key == "routing" && isSection && !child.isClosed("paths"):
		if restricts(key, v) {
			r.sources = path + ".sources"
		}
		s.remove(key)
		s.at(key).close("paths", "Write the requests that the service gets.")
		r.instead = "The service gets no requests until you write routing"
		return true
	case kept.MatchString(path) || restricts(key, v):
		r.stop = true
		return false
	case key == "domain":
		if isSection && child.origins["name"].src != nil {
			r.from = child.origins["name"]
		}
		r.instead = "Without a domain, the load balancer has no DNS record, and without loadBalancer.https.certificates " +
			"no HTTPS either"
	case key == "fileSystem":
		for _, needs := range []string{"directory", "accessPoint", "iam"} {
			if _, ok := s.values[needs]; ok {
				s.remove(needs)
				r.instead += needs + " needs it, and is left out too. "
			}
		}
		r.instead += "Until you write it, the volume is empty, and lost with each task"
	}
	s.remove(key)
	r.gone, r.mark = path, key
	return true
}

// restricts reports whether a setting limits who has access.
func restricts(key string, v any) bool {
	switch v := v.(type) {
	case *section:
		return slices.ContainsFunc(v.keys, func(key string) bool { return restricts(key, v.values[key]) })
	case bool:
		return key == "public" && !v
	}
	return key == "sources" || key == "allowedSources"
}

// removeItem removes what the steps lead to in a list.
func (r *removal) removeItem(s *section, key string, list []any, steps []string, path string) bool {
	i, err := strconv.Atoi(strings.Trim(steps[0], "[]"))
	if err != nil || i >= len(list) {
		return r.drop(s, key, path)
	}
	path = itemKey(path, i)
	if from, ok := s.origins[itemKey(key, i)]; ok {
		r.from = from
	}
	if item, ok := list[i].(*section); ok && len(steps) > 1 {
		if removed := r.remove(item, steps[1:], path); removed || r.stop {
			return removed
		}
	}
	switch {
	case strings.Contains(path, "healthCheck.command"):
		return false // a check of something else would stop every task
	case (key == "command" || key == "entryPoint") && list[i] != toDo:
		list[i] = toDo
		s.comments[key] = "TO DO: write another word instead of " + toDo + ", whose place is that of one that the check " +
			"refuses. The list of webapp convert says why."
		r.instead = toDo + " stands in its place"
		return true
	case list[i] == toDo:
		return r.drop(s, key, strings.TrimSuffix(path, steps[0]))
	case len(list) == 1:
		return r.drop(s, key, path)
	}
	s.values[key] = slices.Delete(slices.Clone(list), i, i+1)
	for ; i < len(list); i++ {
		delete(s.origins, itemKey(key, i))
		if next, ok := s.origins[itemKey(key, i+1)]; ok {
			s.origins[itemKey(key, i)] = next
		}
	}
	r.gone = path
	return true
}

const leftOut = "TO DO: left out, because the check refuses it (the list of webapp convert says why): "

// markLeftOut adds a name to the comment that lists what is left out of a section.
func (s *section) markLeftOut(key, name string) {
	switch before := s.comments[key]; {
	case strings.Contains(before, leftOut):
		s.comments[key] = before + ", " + name
	case before != "":
		s.comments[key] = before + "\n" + leftOut + name
	default:
		s.comments[key] = leftOut + name
	}
}
