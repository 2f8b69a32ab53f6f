package settings

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"webapp/internal/configfile"
	"webapp/internal/names"
)

// Limits of a role's policies. Source: IAM user guide, "IAM and AWS STS quotas".
const (
	maxInline   = 10_240 // characters of all inline policies of a role together
	maxManaged  = 6_144  // characters of a managed policy
	maxAttached = 10     // managed policies of a role, unless the account's quota is higher
	maxRaised   = 25     // the highest that this quota can be
)

// attachedQuota names the quota as the AWS console does.
const attachedQuota = `unless the account's quota "Managed policies per role" is higher`

// RolePolicies are the statements of a role's policies.
type RolePolicies struct {
	Inline   [][]Statement
	Managed  [][]Statement
	tooLong  bool // a statement exceeds every policy and cannot be divided
	evaluate func(string) string
}

// Fingerprint is the same for the same statements of a managed policy, and another for others: 8 hexadecimal digits.
func (p RolePolicies) Fingerprint(managed int) string {
	return names.Hash(policyText(p.Managed[managed], p.evaluate))
}

// HaveRoomForSuccessors reports whether a role that has other managed policies too may have all its managed policies
// twice, as it does while they are replaced.
func (p RolePolicies) HaveRoomForSuccessors(others int) bool {
	return 2*len(p.Managed)+others <= maxAttached
}

// DividePolicies moves the statements that do not fit into the inline policies to managed policies, dividing lists of
// resources where necessary. Statements that fit stay where they are. Dividing a list of resources changes no
// permission: a statement with several resources permits the same as one statement for each of them. The function
// evaluate returns a text as IAM receives it, which is what counts.
func DividePolicies(inline [][]Statement, evaluate func(string) string) RolePolicies {
	p := RolePolicies{Inline: make([][]Statement, len(inline)), evaluate: evaluate}
	room, over := maxInline, []Statement(nil)
	for i, statements := range inline {
		for _, s := range statements {
			fuller, rest := addWhatFits(p.Inline[i], s, room, evaluate)
			p.Inline[i] = fuller
			if rest != nil {
				over = append(over, *rest)
			}
		}
		if len(p.Inline[i]) > 0 {
			room -= policySize(p.Inline[i], evaluate)
		}
	}
	for len(over) > 0 {
		s := over[0]
		over = over[1:]
		if len(p.Managed) == 0 {
			p.Managed = append(p.Managed, nil)
		}
		last := len(p.Managed) - 1
		fuller, rest := addWhatFits(p.Managed[last], s, maxManaged, evaluate)
		p.Managed[last] = fuller
		switch {
		case rest == nil:
		case len(fuller) > 0:
			p.Managed = append(p.Managed, nil)
			over = slices.Insert(over, 0, *rest)
		case len(s.Actions) > 1: // too long with a single resource
			half := len(s.Actions) / 2
			first, second := s, s
			first.Actions, second.Actions = s.Actions[:half], s.Actions[half:]
			over = slices.Insert(over, 0, first, second)
		default:
			p.tooLong = true
		}
	}
	return p
}

// addWhatFits adds as many of the statement's resources to a policy as fit, and returns a statement with the remaining
// ones.
func addWhatFits(policy []Statement, s Statement, room int, evaluate func(string) string) (fuller []Statement,
	rest *Statement) {
	with := func(n int) []Statement {
		part := s
		part.Resources = s.Resources[:n]
		return append(slices.Clip(policy), part)
	}
	n := sort.Search(len(s.Resources), func(i int) bool { return policySize(with(i+1), evaluate) > room })
	if n < len(s.Resources) {
		others := s
		others.Resources = s.Resources[n:]
		rest = &others
	}
	if n == 0 {
		return policy, rest
	}
	return with(n), rest
}

// policySize returns the number of characters of a policy. IAM does not count white space between texts. Whether it
// counts white space within a text is not documented, so it is counted here.
func policySize(statements []Statement, evaluate func(string) string) int {
	return utf8.RuneCountInString(policyText(statements, evaluate))
}

// policyText returns a policy as IAM receives it.
func policyText(statements []Statement, evaluate func(string) string) string {
	type statement struct {
		Effect           string
		Action, Resource []string
		Condition        map[string]map[string][]string `json:",omitempty"`
	}
	document := struct {
		Version   string
		Statement []statement
	}{Version: "2012-10-17"}
	for _, s := range statements {
		document.Statement = append(document.Statement, statement{"Allow", s.Actions, s.Resources, s.Conditions})
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(document); err != nil {
		panic(err) // texts can always be encoded
	}
	return evaluate(strings.TrimSuffix(b.String(), "\n"))
}

// asWritten returns a text unchanged: IAM receives the texts of settings as they are written.
func asWritten(text string) string { return text }

// checkPolicies reports roles whose policies exceed IAM's limits.
func (w NamedWorkload) checkPolicies(c configfile.Checker) {
	if !c.Valid("name", w.path("")) { // the ARNs in the policies have these names
		return
	}
	logGroup := LongestPlace.ARN("logs", "log-group:"+w.LogGroup())
	given := len(w.Task.ExecutionRole.Policies)
	derived := DividePolicies([][]Statement{w.StartTasks(LongestPlace, logGroup)}, asWritten)
	if n := len(derived.Managed); n > 0 && given+n > maxAttached {
		checkAttached(c.At(w.path("container")), given, n, "the secrets, environment files and images of the containers "+
			"need", "task.executionRole", "write fewer references, such as one secret with several keys (arn:…:key::)")
	} else {
		w.checkStatements(c, "task.executionRole", given, w.ExecutionPolicies(LongestPlace, logGroup, asWritten))
	}
	w.checkStatements(c, "task.role", len(w.Task.Role.Policies), w.TaskPolicies(LongestPlace, asWritten))
}

// checkStatements reports statements of a role that do not fit into its policies, beside the managed ones that the
// settings give it.
func (w NamedWorkload) checkStatements(c configfile.Checker, role string, given int, divided RolePolicies) {
	statements := c.At(w.path(role + ".statements"))
	switch n := len(divided.Managed); {
	case divided.tooLong:
		statements.Problemf("has a statement whose conditions exceed the %d characters of a policy; write fewer values",
			maxManaged)
	case n > 0:
		checkAttached(statements, given, n, fmt.Sprintf("is long: after the %d characters of the role's inline policies, it "+
			"needs", maxInline), role, "write fewer resources or actions, or use wildcards (*)")
	}
}

// checkAttached reports that a role needs more managed policies than it can have, beside those that the settings give
// it, and notes that it needs more than it has by default.
func checkAttached(c configfile.Checker, given, n int, needs, role, advice string) {
	text := fmt.Sprintf("%s managed policies of %d characters, %d in number", needs, maxManaged, n)
	if given > 0 {
		text += fmt.Sprintf(", and %s.policies has %d", role, given)
	}
	switch {
	case given > maxRaised: // reported there
	case given+n > maxRaised:
		c.Problemf("%s, but a role has at most %d; %s", text, maxRaised, advice)
	case given+n > maxAttached:
		c.Notef("%s; a role has at most %d, %s", text, maxAttached, attachedQuota)
	}
}

// ExecutionPolicies divides the permissions of ECS: StartTasks, and the statements of the settings.
func (w NamedWorkload) ExecutionPolicies(here Place, logGroupARN string, evaluate func(string) string) RolePolicies {
	return DividePolicies([][]Statement{w.StartTasks(here, logGroupARN), w.Task.ExecutionRole.Statements}, evaluate)
}

// TaskPolicies divides the permissions of the containers themselves: OpenShell, WriteTraces, UseVolumes, the statements
// of the settings, and UseQueues.
func (w NamedWorkload) TaskPolicies(here Place, evaluate func(string) string) RolePolicies {
	return DividePolicies([][]Statement{w.OpenShell(), w.WriteTraces(), w.UseVolumes(here), w.Task.Role.Statements,
		w.UseQueues(here)}, evaluate)
}
