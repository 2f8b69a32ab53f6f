// Package review describes what a Terraform plan would do, for people and for pipelines: first what it would stop or
// lose. It reads nothing but the JSON of `terraform show -json`.
//
//	plan.go      a plan → Summary: each change, with its risk
//	risk.go      which changes stop something or lose data, and why
//	allowed.go   the risks that somebody has accepted
//	drift.go     what has changed since the last apply, but not by Terraform
//	diff.go      the differences between two values, leaf by leaf, without sensitive ones
//	markdown.go  the summary as a comment on a pull request
package review

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"

	"webapp/settings"
)

// Kind is what happens to a resource.
type Kind string

// The kinds, in the order in which a reader must see them.
const (
	Destroyed Kind = "destroyed"
	// DestroyBeforeCreate leaves a gap: the old one is destroyed before the new one is created.
	DestroyBeforeCreate Kind = "destroyed, then created again"
	Replaced            Kind = "replaced, the new one first"
	Forgotten           Kind = "no longer managed, but left as it is"
	Created             Kind = "created"
	Imported            Kind = "taken over"
	Changed             Kind = "changed"
	Moved               Kind = "moved to this address"
)

var kinds = []Kind{Destroyed, DestroyBeforeCreate, Replaced, Forgotten, Created, Imported, Changed, Moved}

// Change is what a plan would do with one resource.
type Change struct {
	Address string `json:"address"`
	Kind    Kind   `json:"kind"`
	// Risk says what would stop or be lost; empty where nothing would.
	Risk string `json:"-"`
	// Allowed is true if somebody has accepted the risk.
	Allowed bool `json:"-"`
	// Differences of its values. None for what is only destroyed.
	Differences []Difference `json:"differences,omitempty"`
	// From is the address before a move, and the id of what is taken over.
	From string `json:"from,omitempty"`
	// left is true if an earlier apply created the new one, but could not destroy this one.
	left bool
	// tainted is true if an earlier apply did not finish the resource, so that Terraform replaces it.
	tainted bool
}

// Summary is what a plan would do.
type Summary struct {
	// Changes, those with a risk first, then by kind and address.
	Changes []Change
	// Commands that would run before the new versions of services, by the addresses of what runs them.
	Commands []Command
	// Outputs that would change.
	Outputs []Change
	// Drift is what has changed since the last apply, but not by Terraform.
	Drift []Change
	// Unchanged is how many resources stay as they are.
	Unchanged int
	// Partial is true if the plan leaves out a part of the stack, as with -target.
	Partial bool
	// UnusedAllowances are the allowed addresses that allow nothing.
	UnusedAllowances []UnusedAllowance
	// AllowFile is the file with the allowed addresses, for a reader who accepts a risk. Default: there is none.
	AllowFile string
}

// Parse reads what `terraform show -json` prints for a plan.
func Parse(text []byte) (*tfjson.Plan, error) {
	var p tfjson.Plan
	p.UseJSONNumber(true)
	if err := json.Unmarshal(text, &p); err != nil {
		return nil, fmt.Errorf("reading the plan: %w; it must be what `terraform show -json FILE` prints", err)
	}
	if p.PlannedValues == nil {
		return nil, fmt.Errorf("reading the plan: it is the JSON of something else; it must be what `terraform show " +
			"-json FILE` prints for a plan's file")
	}
	return &p, nil
}

// Summarize describes what a plan would do. The risks at the allowed addresses are accepted.
func Summarize(p *tfjson.Plan, allowed []string) Summary {
	s := Summary{Partial: p.Complete != nil && !*p.Complete, Drift: drift(p)}
	for _, r := range p.ResourceChanges {
		if r.Mode == tfjson.DataResourceMode {
			continue
		}
		c, ok := change(r)
		if !ok {
			s.Unchanged++
			continue
		}
		if runs, ok := command(r); ok {
			s.Commands = append(s.Commands, runs)
		}
		c.Risk = risk(c, r.Type)
		s.Changes = append(s.Changes, c)
	}
	s.accept(allowed)
	for name, o := range p.OutputChanges {
		if c, ok := change(&tfjson.ResourceChange{Address: name, Change: o}); ok {
			s.Outputs = append(s.Outputs, c)
		}
	}
	for _, all := range [][]Change{s.Changes, s.Drift, s.Outputs} {
		slices.SortFunc(all, func(a, b Change) int {
			return cmp.Or(rank(a)-rank(b), slices.Index(kinds, a.Kind)-slices.Index(kinds, b.Kind),
				strings.Compare(a.Address, b.Address))
		})
	}
	return s
}

// rank puts risks first, then accepted risks.
func rank(c Change) int {
	switch {
	case c.Risk == "":
		return 2
	case c.Allowed:
		return 1
	}
	return 0
}

// change reads one change; false where nothing happens.
func change(r *tfjson.ResourceChange) (Change, bool) {
	c := Change{Address: r.Address, tainted: r.ActionReason == tfjson.ActionReasonReplaceBecauseTainted}
	if r.DeposedKey != "" {
		c.Address += " (left over from an earlier apply)"
		c.left = true
	}
	switch actions := r.Change.Actions; {
	case actions.DestroyBeforeCreate():
		c.Kind = DestroyBeforeCreate
	case actions.CreateBeforeDestroy():
		c.Kind = Replaced
	case actions.Delete():
		c.Kind = Destroyed
		return c, true
	case actions.Forget():
		c.Kind = Forgotten
		return c, true
	case actions.Create():
		c.Kind = Created
	case actions.Update():
		c.Kind = Changed
	case actions.NoOp() && r.Change.Importing != nil:
		c.Kind = Imported
	case actions.NoOp() && r.PreviousAddress != "":
		c.Kind = Moved
	default:
		return c, false
	}
	c.From = r.PreviousAddress
	if i := r.Change.Importing; i != nil {
		c.Kind, c.From = Imported, i.ID
	}
	c.Differences = differences(r.Change)
	return c, true
}

// Risks lists the changes that would stop or lose something and were not accepted.
func (s Summary) Risks() []Change {
	var found []Change
	for _, c := range s.Changes {
		if c.Risk != "" && !c.Allowed {
			found = append(found, c)
		}
	}
	return found
}

// Empty reports whether an apply would do nothing.
func (s Summary) Empty() bool { return len(s.Changes) == 0 && len(s.Outputs) == 0 }

// Digest identifies what would be done: two plans with the same digest do the same to the same resources. It leaves out
// what stays as it is, drift without a consequence (such as the number of tasks), and the tag with the commit, which a
// merge changes. For sensitive values, only the fact of a change counts.
func (s Summary) Digest() string {
	var changes []Change
	for _, c := range s.Changes {
		if c.onlyCommit() {
			continue
		}
		c.Differences = slices.DeleteFunc(slices.Clone(c.Differences), Difference.isCommit)
		changes = append(changes, c)
	}
	text, err := json.Marshal([]any{sorted(changes), sorted(s.Outputs), s.Partial})
	if err != nil {
		panic(err) // cannot happen: all of it came from JSON
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

func (d Difference) isCommit() bool {
	return d.Path == "tags."+settings.CommitTag || d.Path == "tags_all."+settings.CommitTag
}

// onlyCommit reports whether nothing but the tag with the commit changes.
func (c Change) onlyCommit() bool {
	return c.Kind == Changed && len(c.Differences) > 0 &&
		!slices.ContainsFunc(c.Differences, func(d Difference) bool { return !d.isCommit() })
}

func sorted(changes []Change) []Change {
	return slices.SortedFunc(slices.Values(changes), func(a, b Change) int {
		return cmp.Or(strings.Compare(a.Address, b.Address), strings.Compare(string(a.Kind), string(b.Kind)))
	})
}
