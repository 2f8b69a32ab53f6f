// Package authorize turns recorded calls of the AWS API into what IAM decides about: for each action that a call needs,
// each resource with its ARN, and the condition keys of the request and of the resource. It follows the tags that
// resources get and lose.
//
// Source: the service authorization reference, by way of internal/iamactions/reference, and the IAM user guide, "AWS
// global condition context keys". What a request for several resources has of each is described in the EC2 user guide,
// "Example policies to control access to the Amazon EC2 API".
package authorize

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"webapp/internal/iamactions/reference"
	"webapp/internal/iampolicy"
	"webapp/internal/localaws"
)

// Account is what is known of an account from the calls so far, and of those whose roles its callers assume.
type Account struct {
	id          string
	accounts    map[string]string            // of assumed roles, by the access keys of their sessions
	tags        map[string]map[string]string // of resources, by their ARNs
	paths       map[string]string            // of roles, by their names
	boundaries  map[string]string            // of roles, by their names
	associated  map[string][]string          // the resources of an association, by its id
	passed      map[string][]string          // the roles of task definitions, by their families
	unknownTags []map[string]string          // of namespaces whose ids nobody has asked for yet
}

// NewAccount returns an account of which nothing is known but its 12 digits.
func NewAccount(id string) *Account {
	return &Account{id: id, accounts: map[string]string{},
		tags: map[string]map[string]string{}, paths: map[string]string{},
		boundaries: map[string]string{}, associated: map[string][]string{}, passed: map[string][]string{}}
}

// resource is what an action is about.
type resource struct {
	arn string
	new bool // made by the request
}

// See returns the requests that IAM decides about for a call, and learns from the call. The calls must come in their
// order.
func (a *Account) See(c localaws.Call) []iampolicy.Request {
	a.nameNamespaces(c)
	var requests []iampolicy.Request
	for _, name := range c.Actions() {
		action, known := reference.Of(name)
		all := []resource{{arn: "*"}}
		if !known || len(action.Resources) > 0 {
			all = a.resources(c, name, action)
		}
		for _, one := range all {
			requests = append(requests, iampolicy.Request{Action: name, Resource: one.arn,
				Context: a.context(c, name, one)})
		}
	}
	a.learn(c)
	return requests
}

// context returns the condition keys of a request.
func (a *Account) context(c localaws.Call, action string, on resource) map[string][]string {
	keys := map[string][]string{"aws:RequestedRegion": {c.Region}}
	// A request for an existing resource does not say which tags another one gets, but for load balancing, where both
	// are keys of the action.
	if on.new || on.arn == "*" || c.Service != "ec2" || c.Operation == "CreateTags" || c.Operation == "DeleteTags" {
		for key, value := range requestTags(c) {
			keys["aws:RequestTag/"+key] = []string{value}
			keys["aws:TagKeys"] = append(keys["aws:TagKeys"], key)
		}
	}
	for key, value := range a.tags[on.arn] {
		keys["aws:ResourceTag/"+key] = []string{value}
	}
	service, operation, _ := strings.Cut(action, ":")
	if slices.Contains([]string{"CreateTags", "AddTags", "TagResource"}, operation) && c.Operation != operation {
		keys[service+":CreateAction"] = []string{c.Operation}
	}
	switch {
	case action == "iam:PassRole":
		keys["iam:PassedToService"] = []string{map[string]string{
			"ecs": "ecs-tasks.amazonaws.com", "ec2": "vpc-flow-logs.amazonaws.com",
			"scheduler": "scheduler.amazonaws.com",
		}[c.Service]}
	case service == "ecs" && c.Text("cluster") != "":
		keys["ecs:cluster"] = []string{a.arn(c, "ecs", "cluster/"+last(c.Text("cluster")))}
	case service == "iam":
		boundary := a.boundaries[c.Text("RoleName")]
		if given := c.Text("PermissionsBoundary"); given != "" {
			boundary = given
		}
		if boundary != "" {
			keys["iam:PermissionsBoundary"] = []string{boundary}
		}
		if policy := c.Text("PolicyArn"); policy != "" {
			keys["iam:PolicyARN"] = []string{policy}
		}
	case service == "application-autoscaling" && c.Text("ServiceNamespace") != "":
		keys["application-autoscaling:service-namespace"] = []string{c.Text("ServiceNamespace")}
		keys["application-autoscaling:scalable-dimension"] = []string{c.Text("ScalableDimension")}
	case action == "route53:ChangeResourceRecordSets":
		for _, change := range blocks(c.Input, "ChangeBatch", "Changes") {
			set, _ := change["ResourceRecordSet"].(map[string]any)
			name, _ := set["Name"].(string)
			name = strings.ReplaceAll(strings.TrimSuffix(strings.ToLower(name), "."), "*", `\052`)
			const key = "route53:ChangeResourceRecordSetsNormalizedRecordNames"
			keys[key] = append(keys[key], name)
		}
	}
	return keys
}

// arn returns the ARN of a resource in the region of a call.
func (a *Account) arn(c localaws.Call, service, resource string) string {
	return fmt.Sprintf("arn:aws:%s:%s:%s:%s", service, c.Region, a.of(c), resource)
}

// of returns the account that a call is for.
func (a *Account) of(c localaws.Call) string {
	if other := a.accounts[c.Key]; other != "" {
		return other
	}
	return a.id
}

// requestTags returns the tags that a call gives.
func requestTags(c localaws.Call) map[string]string {
	all := map[string]string{}
	for _, parameter := range []string{"Tags", "tags", "TagList"} {
		maps.Copy(all, tagsOf(c.Input[parameter]))
	}
	if set, ok := c.Input["Tagging"].(map[string]any); ok {
		maps.Copy(all, tagsOf(set["TagSet"]))
	}
	for _, specification := range blocks(c.Input, "TagSpecifications") {
		maps.Copy(all, tagsOf(specification["Tags"]))
	}
	return all
}

// tagsOf reads tags in the forms that the services have: a list of keys and values, or a map.
func tagsOf(value any) map[string]string {
	all := map[string]string{}
	switch tags := value.(type) {
	case map[string]any:
		for key, value := range tags {
			all[key] = fmt.Sprint(value)
		}
	case []any:
		for _, item := range tags {
			tag, _ := item.(map[string]any)
			for _, names := range [][2]string{{"Key", "Value"}, {"key", "value"}} {
				if key, ok := tag[names[0]].(string); ok {
					value, _ := tag[names[1]].(string)
					all[key] = value
				}
			}
		}
	}
	return all
}

// blocks returns the objects in a list at a path of the input.
func blocks(input map[string]any, path ...string) []map[string]any {
	for _, step := range path[:len(path)-1] {
		input, _ = input[step].(map[string]any)
	}
	list, _ := input[path[len(path)-1]].([]any)
	var all []map[string]any
	for _, item := range list {
		if block, ok := item.(map[string]any); ok {
			all = append(all, block)
		}
	}
	return all
}

// texts returns the texts in a value, without those below the parameters to leave out.
func texts(value any, without ...string) []string {
	var all []string
	switch v := value.(type) {
	case string:
		all = append(all, v)
	case []any:
		for _, item := range v {
			all = append(all, texts(item, without...)...)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if !slices.Contains(without, key) {
				all = append(all, texts(v[key], without...)...)
			}
		}
	}
	return all
}

// arnPattern matches ARNs in JSON and XML.
var arnPattern = regexp.MustCompile(`arn:aws:[a-z0-9-]+:[a-z0-9-]*:[0-9]*:[^"<>\s,]+`)

// accessKey matches the key of a session in the response to AssumeRole.
var accessKey = regexp.MustCompile(`<AccessKeyId>([^<]+)</AccessKeyId>`)

// learn takes over what a call has changed.
func (a *Account) learn(c localaws.Call) {
	if c.ReadOnly() || c.Refused != "" {
		return
	}
	tags := requestTags(c)
	switch c.Operation {
	case "CreateTags", "AddTags", "AddTagsToCertificate", "TagResource", "TagRole", "TagPolicy":
		for _, one := range a.tagged(c) {
			a.tag(one, tags)
		}
		return
	case "DeleteTags", "RemoveTags", "UntagResource", "UntagRole", "UntagPolicy":
		for _, one := range a.tagged(c) {
			for _, key := range append(texts(c.Input["TagKeys"]), slices.Collect(maps.Keys(tags))...) {
				delete(a.tags[one], key)
			}
		}
		return
	case "AssumeRole":
		if key := accessKey.FindSubmatch(c.Response); key != nil {
			a.accounts[string(key[1])] = strings.Split(c.Text("RoleArn"), ":")[4]
		}
		return
	case "AssociateRouteTable":
		for _, id := range ids(string(c.Response), "rtbassoc") {
			a.associated[id] = ids(strings.Join(texts(c.Input), " "), "rtb", "subnet")
		}
		return
	case "CreatePrivateDnsNamespace":
		a.unknownTags = append(a.unknownTags, tags)
		return
	case "RegisterTaskDefinition":
		a.passed[c.Text("family")] = a.ofIAM(c, "PassRole")
	case "CreateRole":
		a.paths[c.Text("RoleName")] = c.Text("Path")
		a.boundaries[c.Text("RoleName")] = c.Text("PermissionsBoundary")
	}
	if len(tags) == 0 {
		return
	}
	if c.Service == "ec2" {
		for prefix, typ := range types {
			if typ == madeBy[c.Operation] {
				for _, id := range ids(string(c.Response), prefix) {
					a.tag(a.arn(c, "ec2", typ+"/"+id), tags)
				}
			}
		}
		return
	}
	// What has tags is made by these calls, and mentions only itself.
	made := map[string]string{"elbv2 CreateLoadBalancer": ":loadbalancer/", "elbv2 CreateTargetGroup": ":targetgroup/",
		"elbv2 CreateTrustStore": ":truststore/", "elbv2 CreateListener": ":listener/", "elbv2 CreateRule": ":listener-rule/",
		"acm RequestCertificate": ":certificate/", "servicediscovery CreateService": ":service/",
		"application-autoscaling RegisterScalableTarget": ":scalable-target/"}[c.Service+" "+c.Operation]
	for _, arn := range arnPattern.FindAllString(string(c.Response), -1) {
		if made != "" && strings.Contains(arn, made) {
			a.tag(arn, tags)
		}
	}
}

func (a *Account) tag(arn string, tags map[string]string) {
	if a.tags[arn] == nil {
		a.tags[arn] = map[string]string{}
	}
	maps.Copy(a.tags[arn], tags)
}

// tagged returns what a call gives tags or takes them from.
func (a *Account) tagged(c localaws.Call) []string {
	var all []string
	for _, text := range texts(map[string]any{"a": c.Input["Resources"], "b": c.Input["ResourceArns"],
		"c": c.Input["ResourceARN"], "d": c.Input["resourceArn"], "e": c.Input["CertificateArn"]}) {
		if c.Service == "ec2" {
			text = a.ofID(c, text)
		}
		all = append(all, text)
	}
	return all
}

// nameNamespaces gives the tags of a namespace to the first id that a call mentions: nothing but an operation's id is
// returned where it is made.
func (a *Account) nameNamespaces(c localaws.Call) {
	if c.Service != "servicediscovery" || !c.ByTerraform() {
		return
	}
	for _, id := range ids(strings.Join(texts(c.Input), " "), "ns") {
		arn := a.arn(c, "servicediscovery", "namespace/"+id)
		if a.tags[arn] == nil && len(a.unknownTags) > 0 {
			a.tag(arn, a.unknownTags[0])
			a.unknownTags = a.unknownTags[1:]
		}
	}
}
