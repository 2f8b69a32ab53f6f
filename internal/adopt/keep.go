package adopt

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"

	"webapp/settings"
)

// Kept is what to write into the settings so that one resource stays as it exists.
type Kept struct {
	Address string
	// Replaced says that Terraform would otherwise destroy it and make another one; else it would change it in place.
	Replaced  bool
	Overrides []settings.Override
}

// Keep reads off a plan what it would do to what exists, and returns the overrides that keep it as it is: the replaced
// ones first, task definitions last. The rest no override keeps: the stubborn ones would be replaced or destroyed, the
// noted ones changed in what only Terraform knows, or what AWS has not told; the finished ones were made by the stack
// itself, so that a change in place is what the settings ask for.
func Keep(stack Stack, plan *tfjson.Plan) (kept []Kept, stubborn, noted, finished []string) {
	k := keeper{stack: stack, adopted: map[string]bool{}, replacing: map[string]bool{}, references: references(plan), own: map[string]bool{}}
	for _, change := range plan.ResourceChanges {
		k.adopted[change.Address] = change.Change.Before != nil
		k.replacing[change.Address] = change.Change.Actions.Replace()
		if before, _ := change.Change.Before.(map[string]any); k.isOwn(change) {
			id, _ := before["id"].(string)
			k.own[id] = true
		}
	}
	for _, change := range plan.ResourceChanges {
		actions := change.Change.Actions
		var one Kept
		unfinished := change.Change.Importing != nil && k.isUnfinished(change)
		if change.Change.Importing != nil && (actions.Update() || actions.Replace()) && !unfinished {
			one = k.keep(change)
		}
		switch {
		case unfinished:
			finished = append(finished, change.Address)
		case len(one.Overrides) > 0:
			kept = append(kept, one)
		case actions.Replace() || actions.Delete():
			stubborn = append(stubborn, change.Address)
		case actions.Update() && change.Change.Importing != nil:
			noted = append(noted, change.Address)
		}
	}
	rank := func(k Kept) int {
		switch {
		case isTask(k.Address):
			return 2
		case k.Replaced:
			return 0
		}
		return 1
	}
	slices.SortStableFunc(kept, func(a, b Kept) int { return rank(a) - rank(b) })
	return kept, stubborn, noted, finished
}

// isUnfinished reports whether a change brings what an earlier apply has made to what the settings say, and stops
// nothing.
func (k keeper) isUnfinished(change *tfjson.ResourceChange) bool {
	actions := change.Change.Actions
	switch {
	case actions.Update():
		return k.isOwn(change) || k.belongsToOwn(change)
	case actions.Replace():
		return k.isOwn(change) && k.isIdleTask(change)
	}
	return false
}

// isOwn reports whether what exists has the tags that the stack gives it, so that an earlier apply has made it.
func (k keeper) isOwn(change *tfjson.ResourceChange) bool {
	before, _ := change.Change.Before.(map[string]any)
	existing, _ := before["tags_all"].(map[string]any)
	tags := map[string]string{}
	for key, value := range existing {
		tags[key], _ = value.(string)
	}
	return k.stack.owns(k.stack.resources[change.Address], tags)
}

// belongsTo is the attribute that says to which thing something belongs that AWS made together with it, and so without
// tags.
var belongsTo = map[string]string{
	"aws_default_security_group":          "vpc_id",
	"aws_vpc_security_group_egress_rule":  "security_group_id",
	"aws_vpc_security_group_ingress_rule": "security_group_id",
}

// belongsToOwn reports whether something came with what an earlier apply has made.
func (k keeper) belongsToOwn(change *tfjson.ResourceChange) bool {
	before, _ := change.Change.Before.(map[string]any)
	parent, _ := before[belongsTo[change.Type]].(string)
	return k.own[parent]
}

// isIdleTask reports whether a task definition is one that no service runs: another revision of it stops nothing.
func (k keeper) isIdleTask(change *tfjson.ResourceChange) bool {
	task := k.stack.resources[change.Address]
	return isTask(change.Address) && !slices.ContainsFunc(k.stack.all("aws_ecs_service"), func(service Resource) bool {
		return k.adopted[service.Address()] && k.stack.refersTo(service, "task_definition", task)
	})
}

func isTask(address string) bool { return strings.HasPrefix(address, "aws_ecs_task_definition.") }

type keeper struct {
	stack      Stack
	adopted    map[string]bool    // what exists, by address
	replacing  map[string]bool    // what of it would be replaced, without the overrides
	references map[string]namedBy // by the id or ARN
	own        map[string]bool    // what an earlier apply has made, by id
}

type namedBy struct{ address, expression string }

var awsID = regexp.MustCompile(`^(arn:.+|[a-z]+-[0-9a-f]{8,})$`)

// references are how the stack's expressions name what exists, by id and by ARN. An override that refers to a resource,
// instead of naming an id, keeps it a part of the stack.
func references(plan *tfjson.Plan) map[string]namedBy {
	all := map[string]namedBy{}
	for _, change := range plan.ResourceChanges {
		before, _ := change.Change.Before.(map[string]any)
		for _, attribute := range []string{"arn", "id"} {
			if id, ok := before[attribute].(string); ok && change.Mode == tfjson.ManagedResourceMode && awsID.MatchString(id) {
				all[id] = namedBy{change.Address, "${" + change.Address + "." + attribute + "}"}
			}
		}
		if name, ok := before["name"].(string); ok && change.Type == "aws_cloudwatch_log_group" {
			all[name] = namedBy{change.Address, "${" + change.Address + ".name}"}
		}
	}
	return all
}

// notes are attributes that only Terraform's state knows: writing them changes nothing at AWS.
var notes = map[string][]string{
	"":                              {"tags_all", "timeouts", "id", "arn"},
	"aws_ecs_service":               {"wait_for_steady_state", "force_new_deployment", "triggers", "task_definition", "service_connect_configuration", "volume_configuration"},
	"aws_ecs_task_definition":       {"skip_destroy", "track_latest", "revision", "arn_without_revision"},
	"aws_iam_role":                  {"force_detach_policies"},
	"aws_service_discovery_service": {"force_destroy"},
	"aws_cloudwatch_log_group":      {"skip_destroy"},
}

func (k keeper) keep(change *tfjson.ResourceChange) Kept {
	before, _ := plain(change.Change.Before).(map[string]any)
	after, _ := plain(change.Change.After).(map[string]any)
	unknown, _ := change.Change.AfterUnknown.(map[string]any)
	config := k.stack.resources[change.Address].config
	lifecycle, _ := config["lifecycle"].(map[string]any)
	skip := slices.Concat(notes[""], notes[change.Type], texts(lifecycle["ignore_changes"]))

	one := Kept{Address: change.Address, Replaced: change.Change.Actions.Replace()}
	a := attributes{keeper: k, address: change.Address, replaced: one.Replaced}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if !slices.Contains(skip, name) {
			a.forcing = forces(change.Change.ReplacePaths, name)
			a.compare(name, config[name], before[name], after[name], unknown[name])
		}
	}
	// A name of Terraform's making and one of somebody's exclude each other.
	if slices.ContainsFunc(a.overrides, func(o settings.Override) bool { return o.Path == "name_prefix" && o.Remove }) {
		a.overrides = append(a.overrides, a.override("name", before["name"]))
	}
	one.Overrides = a.overrides
	return one
}

// forces says whether an attribute is why a resource would be replaced.
func forces(paths []any, attribute string) bool {
	return slices.ContainsFunc(paths, func(path any) bool {
		steps, _ := path.([]any)
		return len(steps) > 0 && steps[0] == attribute
	})
}

// attributes compares those of one resource.
type attributes struct {
	keeper
	address   string
	replaced  bool
	forcing   bool // the attribute that is compared is why
	overrides []settings.Override
}

// compare adds the override of an attribute that would change, or those of the attributes in a block.
func (a *attributes) compare(path string, config, before, after, unknown any) {
	existed := clean(before)
	if config == nil && existed == nil || !a.differs(config, before, after, unknown) {
		return
	}
	block, isBlock := config.(map[string]any)
	if existing, one := only(before); isBlock && one {
		planned, _ := only(after)
		notKnown, _ := only(unknown)
		for _, name := range slices.Sorted(maps.Keys(existing)) {
			a.compare(path+"."+name, block[name], existing[name], planned[name], notKnown[name])
		}
		return
	}
	a.overrides = append(a.overrides, a.override(path, existed))
}

// differs says whether a value would change. The stack's is nil where it leaves the choice to AWS or Terraform.
func (a *attributes) differs(config, before, after, unknown any) bool {
	if config == nil && isZero(after) && (isZero(before) || a.replaced && !a.forcing) {
		// Nobody asks for it. What is replaced shows such a thing as gone; kept by its other overrides, it stays.
		return false
	}
	switch u := unknown.(type) {
	case bool:
		if u {
			return isJSON(config) || a.any(config, func(address string) bool { return !a.adopted[address] })
		}
	case []any:
		existing, _ := before.([]any)
		planned, _ := after.([]any)
		list, isList := config.([]any)
		if !isList && config != nil {
			list = []any{config}
		}
		if anyTrue(u) && len(planned) == len(existing) && len(list) == len(existing) && len(u) == len(existing) {
			for i := range existing {
				if a.differs(list[i], existing[i], planned[i], u[i]) {
					return true
				}
			}
			return false
		}
	case map[string]any:
		existing, isMap := before.(map[string]any)
		planned, _ := after.(map[string]any)
		block, _ := config.(map[string]any)
		if anyTrue(u) && isMap {
			for name := range existing {
				if a.differs(block[name], existing[name], planned[name], u[name]) {
					return true
				}
			}
			return false
		}
	}
	if text, ok := config.(string); ok && !isJSON(config) && a.any(text, func(address string) bool { return a.replacing[address] }) {
		return false // it is named after something that the other overrides keep
	}
	return !same(before, after)
}

// any says whether a value of the stack refers to a resource of a kind.
func (a *attributes) any(config any, is func(address string) bool) bool {
	return slices.ContainsFunc(a.stack.references(config), is)
}

func (a *attributes) override(path string, value any) settings.Override {
	o := settings.Override{Resource: a.short(a.address), Path: path, Value: a.refer(value)}
	o.Remove = o.Value == nil
	return o
}

// short is an address without what CDKTF adds to it, where that is clear enough.
func (k keeper) short(address string) string {
	without := func(address string) string { return address[:max(strings.LastIndex(address, "_"), 0)] }
	for other := range k.stack.resources {
		if other != address && without(other) == without(address) {
			return address
		}
	}
	return without(address)
}

// refer writes a value as Terraform reads it: with references to the stack's resources in the place of their ids, and
// nothing else that looks like an expression.
func (a *attributes) refer(value any) any {
	switch v := value.(type) {
	case string:
		if to, ok := a.references[v]; ok && to.address != a.address {
			return to.expression
		}
		escaped := strings.NewReplacer("${", "$${", "%{", "%%{").Replace(v)
		if isJSON(v) {
			for id, to := range a.references {
				if to.address != a.address {
					escaped = strings.ReplaceAll(escaped, `"`+id+`"`, `"`+to.expression+`"`)
				}
			}
		}
		return escaped
	case []any:
		all := make([]any, len(v))
		for i, item := range v {
			all[i] = a.refer(item)
		}
		return all
	case map[string]any:
		all := map[string]any{}
		for key, item := range v {
			all[key] = a.refer(item)
		}
		return all
	}
	return value
}
