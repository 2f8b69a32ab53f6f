package adopt

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"

	"webapp/internal/adopt/snapshot"
	"webapp/internal/tfstack"
	"webapp/settings"
)

// Assessment says what a plan would do to what exists, by address.
type Assessment struct {
	// Overrides keep resources as they exist: first those that would be replaced, last the task definitions.
	Overrides []Overrides
	// Unresolved would be replaced or destroyed, whatever the overrides say.
	Unresolved []string
	// Cosmetic would change only in what Terraform's state alone knows, or in what AWS does not return.
	Cosmetic []string
	// Completed were created by an interrupted apply of the stack itself. The plan brings them to what the settings
	// say.
	Completed []string
}

// Overrides are those that keep one resource as it exists.
type Overrides struct {
	Address string
	// Replaced is true if Terraform would otherwise replace the resource, and false if it would change it in place.
	Replaced  bool
	Overrides []settings.Override
}

// Assess compares a plan that imports what exists with the stack.
func Assess(stack *tfstack.Stack, plan *tfjson.Plan) Assessment {
	p := newPlanned(stack, plan)
	var a Assessment
	for _, change := range plan.ResourceChanges {
		actions := change.Change.Actions
		isImport := change.Change.Importing != nil
		isCompleted := isImport && p.isCompletion(change)
		var one Overrides
		if isImport && (actions.Update() || actions.Replace()) && !isCompleted {
			one = p.overrides(change)
		}
		switch {
		case isCompleted:
			a.Completed = append(a.Completed, change.Address)
		case len(one.Overrides) > 0:
			a.Overrides = append(a.Overrides, one)
		case actions.Replace() || actions.Delete():
			a.Unresolved = append(a.Unresolved, change.Address)
		case actions.Update() && isImport:
			a.Cosmetic = append(a.Cosmetic, change.Address)
		}
	}
	slices.SortStableFunc(a.Overrides, func(x, y Overrides) int { return int(x.group()) - int(y.group()) })
	return a
}

// group is what overrides prevent, in the order in which they are written.
type group int

const (
	replacement group = iota
	changeInPlace
	newRevision // of a task definition
)

func (o Overrides) group() group {
	switch {
	case isTask(o.Address):
		return newRevision
	case o.Replaced:
		return replacement
	}
	return changeInPlace
}

func isTask(address string) bool { return strings.HasPrefix(address, "aws_ecs_task_definition.") }

// planned is a plan beside the stack.
type planned struct {
	stack      *tfstack.Stack
	exists     map[string]bool        // by address
	replaced   map[string]bool        // without the overrides, by address
	references map[string]referenceTo // by the id, ARN or name that an existing resource is known by
	own        map[string]bool        // ids of what an interrupted apply created
}

// referenceTo is how the stack refers to an existing resource.
type referenceTo struct{ address, expression string }

func newPlanned(stack *tfstack.Stack, plan *tfjson.Plan) planned {
	p := planned{
		stack: stack, references: references(plan),
		exists: map[string]bool{}, replaced: map[string]bool{}, own: map[string]bool{},
	}
	for _, change := range plan.ResourceChanges {
		p.exists[change.Address] = change.Change.Before != nil
		p.replaced[change.Address] = change.Change.Actions.Replace()
		if before, _ := change.Change.Before.(map[string]any); p.isOwn(change) {
			id, _ := before["id"].(string)
			p.own[id] = true
		}
	}
	return p
}

// isCompletion reports whether a change brings what an interrupted apply created to what the settings say, and stops
// nothing.
func (p planned) isCompletion(change *tfjson.ResourceChange) bool {
	actions := change.Change.Actions
	switch {
	case actions.Update():
		return p.isOwn(change) || p.belongsToOwn(change)
	case actions.Replace():
		return p.isOwn(change) && p.isIdleTask(change)
	}
	return false
}

// isOwn reports whether what exists has the tags that the stack gives it, so that an apply of the stack created it.
func (p planned) isOwn(change *tfjson.ResourceChange) bool {
	before, _ := change.Change.Before.(map[string]any)
	existing, _ := before["tags_all"].(map[string]any)
	tags := map[string]string{}
	for key, value := range existing {
		tags[key], _ = value.(string)
	}
	resource, _ := p.stack.Get(change.Address)
	return snapshot.Owns(p.stack, resource, tags)
}

// belongsTo names the attribute with the id of the resource that AWS created something with. It has no tags of its own.
var belongsTo = map[string]string{
	"aws_default_security_group":          "vpc_id",
	"aws_vpc_security_group_egress_rule":  "security_group_id",
	"aws_vpc_security_group_ingress_rule": "security_group_id",
}

// belongsToOwn reports whether something was created together with what an interrupted apply created.
func (p planned) belongsToOwn(change *tfjson.ResourceChange) bool {
	before, _ := change.Change.Before.(map[string]any)
	parent, _ := before[belongsTo[change.Type]].(string)
	return p.own[parent]
}

// isIdleTask reports whether no service runs a task definition. Another revision of it stops nothing.
func (p planned) isIdleTask(change *tfjson.ResourceChange) bool {
	task, _ := p.stack.Get(change.Address)
	return isTask(change.Address) && !slices.ContainsFunc(p.stack.Resources("aws_ecs_service"),
		func(s tfstack.Resource) bool {
			return p.exists[s.Address()] && p.stack.RefersTo(s.Get("task_definition"), task)
		})
}

var awsID = regexp.MustCompile(`^(arn:.+|[a-z]+-[0-9a-f]{8,})$`)

// references returns how the stack refers to what exists, by id and by ARN; to log groups also by name. An override
// with a reference, instead of an id, keeps the two resources connected.
func references(plan *tfjson.Plan) map[string]referenceTo {
	all := map[string]referenceTo{}
	for _, change := range plan.ResourceChanges {
		before, _ := change.Change.Before.(map[string]any)
		for _, attribute := range []string{"arn", "id"} {
			id, ok := before[attribute].(string)
			if ok && change.Mode == tfjson.ManagedResourceMode && awsID.MatchString(id) {
				all[id] = referenceTo{change.Address, "${" + change.Address + "." + attribute + "}"}
			}
		}
		if name, ok := before["name"].(string); ok && change.Type == "aws_cloudwatch_log_group" {
			all[name] = referenceTo{change.Address, "${" + change.Address + ".name}"}
		}
	}
	return all
}

// stateOnly lists attributes that only Terraform's state knows, for every type and by type. Changing them changes
// nothing in the account.
var stateOnly = map[string][]string{
	"": {"tags_all", "timeouts", "id", "arn"},
	"aws_ecs_service": {
		"wait_for_steady_state", "force_new_deployment", "triggers", "task_definition", "service_connect_configuration",
		"volume_configuration",
	},
	"aws_ecs_task_definition":       {"skip_destroy", "track_latest", "revision", "arn_without_revision"},
	"aws_iam_role":                  {"force_detach_policies"},
	"aws_service_discovery_service": {"force_destroy"},
	"aws_cloudwatch_log_group":      {"skip_destroy"},
}

// overrides returns the overrides that keep a resource as it exists.
func (p planned) overrides(change *tfjson.ResourceChange) Overrides {
	before, _ := plain(change.Change.Before).(map[string]any)
	after, _ := plain(change.Change.After).(map[string]any)
	unknown, _ := change.Change.AfterUnknown.(map[string]any)
	config, _ := p.stack.Get(change.Address)
	ignored := tfstack.Texts(config.Block("lifecycle").Get("ignore_changes"))
	skip := slices.Concat(stateOnly[""], stateOnly[change.Type], ignored)

	c := comparison{planned: p, address: change.Address, isReplaced: change.Change.Actions.Replace()}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if !slices.Contains(skip, name) {
			c.forces = forces(change.Change.ReplacePaths, name)
			c.compare(name, config.Get(name), before[name], after[name], unknown[name])
		}
	}
	// A resource has either a name or a name prefix.
	removesPrefix := func(o settings.Override) bool { return o.Path == "name_prefix" && o.Remove }
	if slices.ContainsFunc(c.overrides, removesPrefix) {
		c.overrides = append(c.overrides, c.override("name", before["name"]))
	}
	return Overrides{Address: change.Address, Replaced: c.isReplaced, Overrides: c.overrides}
}

// forces reports whether a resource would be replaced because of an attribute.
func forces(paths []any, attribute string) bool {
	return slices.ContainsFunc(paths, func(path any) bool {
		steps, _ := path.([]any)
		return len(steps) > 0 && steps[0] == attribute
	})
}

// comparison compares the attributes of one resource.
type comparison struct {
	planned
	address    string
	isReplaced bool
	forces     bool // the attribute under comparison forces the replacement
	overrides  []settings.Override
}

// compare adds the override of an attribute that would change, or those of the attributes in a block.
func (c *comparison) compare(path string, config, before, after, unknown any) {
	existing := clean(before)
	if config == nil && existing == nil || !c.differs(config, before, after, unknown) {
		return
	}
	block, isBlock := config.(map[string]any)
	if existing, isOne := only(before); isBlock && isOne {
		planned, _ := only(after)
		notKnown, _ := only(unknown)
		for _, name := range slices.Sorted(maps.Keys(existing)) {
			c.compare(path+"."+name, block[name], existing[name], planned[name], notKnown[name])
		}
		return
	}
	c.overrides = append(c.overrides, c.override(path, existing))
}

// differs reports whether a value would change. The stack's value is nil where it leaves the choice to AWS or
// Terraform.
func (c *comparison) differs(config, before, after, unknown any) bool {
	if config == nil && isZero(after) && (isZero(before) || c.isReplaced && !c.forces) {
		// The stack does not set it. The plan of a replacement shows it as removed; if the other overrides prevent the
		// replacement, it stays.
		return false
	}
	switch u := unknown.(type) {
	case bool:
		if u {
			return isJSON(config) || c.refersToAny(config, func(address string) bool { return !c.exists[address] })
		}
	case []any:
		if differs, ok := c.listDiffers(config, before, after, u); ok {
			return differs
		}
	case map[string]any:
		if differs, ok := c.blockDiffers(config, before, after, u); ok {
			return differs
		}
	}
	text, isText := config.(string)
	isReplaced := func(address string) bool { return c.replaced[address] }
	if isText && !isJSON(config) && c.refersToAny(text, isReplaced) {
		return false // it contains the name of a resource that the other overrides keep
	}
	return !same(before, after)
}

// listDiffers compares lists of the same length item by item, where a part of them is unknown; else ok is false.
func (c *comparison) listDiffers(config, before, after any, unknown []any) (differs, ok bool) {
	existing, _ := before.([]any)
	planned, _ := after.([]any)
	list, isList := config.([]any)
	if !isList && config != nil {
		list = []any{config}
	}
	n := len(existing)
	if !anyTrue(unknown) || len(planned) != n || len(list) != n || len(unknown) != n {
		return false, false
	}
	for i := range existing {
		if c.differs(list[i], existing[i], planned[i], unknown[i]) {
			return true, true
		}
	}
	return false, true
}

// blockDiffers compares blocks attribute by attribute, where a part of them is unknown; else ok is false.
func (c *comparison) blockDiffers(config, before, after any, unknown map[string]any) (differs, ok bool) {
	existing, isBlock := before.(map[string]any)
	planned, _ := after.(map[string]any)
	block, _ := config.(map[string]any)
	if !anyTrue(unknown) || !isBlock {
		return false, false
	}
	for name := range existing {
		if c.differs(block[name], existing[name], planned[name], unknown[name]) {
			return true, true
		}
	}
	return false, true
}

// refersToAny reports whether a value of the stack refers to a resource that meets a condition.
func (c *comparison) refersToAny(config any, is func(address string) bool) bool {
	return slices.ContainsFunc(c.stack.References(config), func(r tfstack.Resource) bool {
		return !r.Data && is(r.Address())
	})
}

func (c *comparison) override(path string, value any) settings.Override {
	o := settings.Override{Resource: c.stack.ShortAddress(c.address), Path: path, Value: c.expression(value)}
	o.Remove = o.Value == nil
	return o
}

// expression writes a value as Terraform reads it: with references to the stack's resources in place of their ids.
// Other text that looks like an expression is escaped.
func (c *comparison) expression(value any) any {
	switch v := value.(type) {
	case string:
		if to, ok := c.references[v]; ok && to.address != c.address {
			return to.expression
		}
		escaped := strings.NewReplacer("${", "$${", "%{", "%%{").Replace(v)
		if isJSON(v) {
			for id, to := range c.references {
				if to.address != c.address {
					escaped = strings.ReplaceAll(escaped, `"`+id+`"`, `"`+to.expression+`"`)
				}
			}
		}
		return escaped
	case []any:
		all := make([]any, len(v))
		for i, item := range v {
			all[i] = c.expression(item)
		}
		return all
	case map[string]any:
		all := map[string]any{}
		for key, item := range v {
			all[key] = c.expression(item)
		}
		return all
	}
	return value
}
