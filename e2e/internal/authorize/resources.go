package authorize

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"webapp/internal/iamactions/reference"
	"webapp/internal/localaws"
)

// types are EC2's resources by the beginning of their ids.
var types = map[string]string{
	"eigw": "egress-only-internet-gateway", "eipalloc": "elastic-ip", "igw": "internet-gateway", "nat": "natgateway",
	"eni": "network-interface", "pl": "prefix-list", "rtb": "route-table", "sg": "security-group",
	"sgr": "security-group-rule", "subnet": "subnet", "vpc": "vpc", "vpce": "vpc-endpoint", "fl": "vpc-flow-log",
}

// madeBy is the type that an operation of EC2 makes.
var madeBy = map[string]string{
	"AllocateAddress": "elastic-ip", "AuthorizeSecurityGroupEgress": "security-group-rule",
	"AuthorizeSecurityGroupIngress":   "security-group-rule",
	"CreateEgressOnlyInternetGateway": "egress-only-internet-gateway", "CreateFlowLogs": "vpc-flow-log",
	"CreateInternetGateway": "internet-gateway", "CreateManagedPrefixList": "prefix-list",
	"CreateNatGateway": "natgateway", "CreateRouteTable": "route-table", "CreateSecurityGroup": "security-group",
	"CreateSubnet": "subnet", "CreateVpc": "vpc", "CreateVpcEndpoint": "vpc-endpoint",
}

// EC2's ids are hexadecimal, and those of Cloud Map have all letters.
var idPattern = regexp.MustCompile(`(?:^|[^a-z0-9-])((ns|srv)-[a-z0-9]{8,}|([a-z]+)-[0-9a-f]{8,})\b`)

// ids returns the ids in a text that begin with one of the prefixes.
func ids(text string, prefixes ...string) []string {
	var all []string
	for _, found := range idPattern.FindAllStringSubmatch(text, -1) {
		if slices.Contains(prefixes, found[2]+found[3]) && !slices.Contains(all, found[1]) {
			all = append(all, found[1])
		}
	}
	return all
}

// ofID returns the ARN of a resource of EC2.
func (a *Account) ofID(c localaws.Call, id string) string {
	prefix, _, _ := strings.Cut(id, "-")
	return a.arn(c, "ec2", types[prefix]+"/"+id)
}

// resources returns what an action is about. A resource that cannot be found in the call is "unknown", which no policy
// allows but one for everything.
func (a *Account) resources(c localaws.Call, action string, known reference.Action) []resource {
	var all []resource
	add := func(arns ...string) {
		for _, arn := range arns {
			if arn != "" && !slices.ContainsFunc(all, func(r resource) bool { return r.arn == arn }) {
				all = append(all, resource{arn: arn})
			}
		}
	}
	service, operation, _ := strings.Cut(action, ":")
	switch service {
	case "ec2":
		all = a.ofEC2(c, operation, known)
	case "elasticloadbalancing":
		return a.ofBalancing(c, operation)
	case "iam":
		add(a.ofIAM(c, operation)...)
	case "ecs":
		add(a.ofECS(c, known)...)
	case "s3":
		arn := "arn:aws:s3:::" + c.Text("Bucket")
		if slices.ContainsFunc(known.Resources, func(r reference.Resource) bool { return r.Type == "object" }) {
			arn += "/" + c.Text("Key")
		}
		add(arn)
	case "logs":
		add(strings.TrimSuffix(c.Text("resourceArn"), ":*"))
		if name := c.Text("logGroupName"); name != "" {
			if stream := c.Text("logStreamName"); stream != "" {
				name += ":log-stream:" + stream
			}
			add(a.arn(c, "logs", "log-group:"+name))
		}
	case "cloudwatch":
		add(c.Text("ResourceARN"))
		for _, name := range append(texts(c.Input["AlarmNames"]), texts(c.Input["AlarmName"])...) {
			add(a.arn(c, "cloudwatch", "alarm:"+name))
		}
		for _, name := range append(texts(c.Input["DashboardNames"]), texts(c.Input["DashboardName"])...) {
			add("arn:aws:cloudwatch::" + a.of(c) + ":dashboard/" + name)
		}
	case "events":
		add(c.Text("ResourceARN"))
		for _, parameter := range []string{"Name", "Rule"} {
			if name := c.Text(parameter); name != "" {
				add(a.arn(c, "events", "rule/"+name))
			}
		}
	case "scheduler":
		add(c.Text("ResourceArn"))
		switch name, group := c.Text("Name"), c.Text("GroupName"); {
		case strings.HasSuffix(c.Operation, "Group") && operation == "DeleteSchedule":
			add(a.arn(c, "scheduler", "schedule/"+name+"/each"))
		case strings.HasSuffix(c.Operation, "Group"):
			add(a.arn(c, "scheduler", "schedule-group/"+name))
		case name != "":
			add(a.arn(c, "scheduler", "schedule/"+group+"/"+name))
		}
	case "sns":
		for _, parameter := range []string{"TopicArn", "ResourceArn", "SubscriptionArn"} {
			add(c.Text(parameter))
		}
		if name := c.Text("Name"); name != "" {
			add(a.arn(c, "sns", name))
		}
	case "sqs":
		name := c.Text("QueueName")
		if url := c.Text("QueueUrl"); url != "" {
			name = url[strings.LastIndex(url, "/")+1:]
		}
		add(a.arn(c, "sqs", name))
	case "route53":
		add(ofRoute53(c, operation))
	case "application-autoscaling":
		add(c.Text("ResourceARN"))
		if len(all) == 0 {
			add(a.arn(c, "application-autoscaling", "scalable-target/unknown"))
		}
	case "acm":
		add(c.Text("CertificateArn"))
		if c.Operation == "RequestCertificate" {
			all = append(all, resource{a.arn(c, "acm", "certificate/new"), true})
		}
	case "servicediscovery":
		add(a.ofCloudMap(c)...)
	case "wafv2":
		add(c.Text("WebACLArn"), c.Text("ResourceArn"))
	case "sts":
		add(c.Text("RoleArn"))
	}
	if len(all) == 0 {
		add("unknown")
	}
	return all
}

// ofEC2 returns what a request is about: what it makes, and of what it mentions the types that the action knows.
func (a *Account) ofEC2(c localaws.Call, operation string, known reference.Action) []resource {
	made := madeBy[c.Operation]
	if operation == "CreateTags" && c.Operation != operation {
		return []resource{{a.arn(c, "ec2", made+"/new"), true}}
	}
	// The groups that a rule lets in, and filters, are not what the action is about.
	about := texts(c.Input, "IpPermissions", "Filters", "ReferencedGroupId", "TagSpecifications")
	mentioned := ids(strings.Join(about, " "), slices.Collect(maps.Keys(types))...)
	for _, association := range ids(strings.Join(texts(c.Input), " "), "rtbassoc") {
		mentioned = append(mentioned, a.associated[association]...)
	}
	var all []resource
	for _, r := range known.Resources {
		found := false
		if r.Type == made && c.Operation == operation {
			all, found = append(all, resource{a.arn(c, "ec2", made+"/new"), true}), true
		}
		for _, id := range mentioned {
			if arn := a.ofID(c, id); strings.Contains(arn, ":"+r.Type+"/") {
				all, found = append(all, resource{arn: arn}), true
			}
		}
		if r.Required && !found {
			all = append(all, resource{arn: a.arn(c, "ec2", r.Type+"/unknown")})
		}
	}
	if c.Operation == "DisassociateAddress" { // by an association that only a description has
		all = []resource{{arn: a.arn(c, "ec2", "network-interface/unknown")}}
	}
	return all
}

func (a *Account) ofBalancing(c localaws.Call, operation string) []resource {
	created := operation == "AddTags" && c.Operation != operation
	switch {
	case c.Service == "wafv2":
		return []resource{{arn: "*"}}
	case c.Operation == "CreateLoadBalancer":
		return []resource{{a.arn(c, "elasticloadbalancing", "loadbalancer/app/"+c.Text("Name")+"/new"), true}}
	case c.Operation == "CreateTargetGroup":
		return []resource{{a.arn(c, "elasticloadbalancing", "targetgroup/"+c.Text("Name")+"/new"), true}}
	case c.Operation == "CreateTrustStore":
		return []resource{{a.arn(c, "elasticloadbalancing", "truststore/"+c.Text("Name")+"/new"), true}}
	case created && c.Operation == "CreateListener":
		return []resource{{strings.Replace(c.Text("LoadBalancerArn"), ":loadbalancer/", ":listener/", 1) + "/new", true}}
	case created && c.Operation == "CreateRule":
		return []resource{{strings.Replace(c.Text("ListenerArn"), ":listener/", ":listener-rule/", 1) + "/new", true}}
	}
	var all []resource
	for _, arn := range texts(c.Input, "Actions", "DefaultActions", "Conditions", "Certificates",
		"MutualAuthentication", "Tags") {
		if strings.HasPrefix(arn, "arn:aws:elasticloadbalancing:") {
			all = append(all, resource{arn: arn})
		}
	}
	return all
}

func (a *Account) ofIAM(c localaws.Call, operation string) []string {
	if c.Operation == "RunTask" {
		family, _, _ := strings.Cut(last(c.Text("taskDefinition")), ":")
		return a.passed[family]
	}
	if operation == "PassRole" {
		var all []string
		for _, parameter := range []string{"taskRoleArn", "executionRoleArn", "DeliverLogsPermissionArn"} {
			all = append(all, c.Text(parameter))
		}
		if target, ok := c.Input["Target"].(map[string]any); ok { // of a schedule
			role, _ := target["RoleArn"].(string)
			all = append(all, role)
		}
		return all
	}
	role := func(name, path string) string {
		return "arn:aws:iam::" + a.of(c) + ":role" + orSlash(path) + name
	}
	switch {
	case c.Operation == "CreatePolicy":
		return []string{"arn:aws:iam::" + a.of(c) + ":policy" + orSlash(c.Text("Path")) + c.Text("PolicyName")}
	case c.Operation == "CreateRole":
		return []string{role(c.Text("RoleName"), c.Text("Path"))}
	case c.Text("RoleName") != "":
		return []string{role(c.Text("RoleName"), a.paths[c.Text("RoleName")])}
	}
	return []string{c.Text("PolicyArn"), c.Text("OpenIDConnectProviderArn")}
}

func orSlash(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

// last is the last part of an ARN, or a name.
func last(text string) string { return text[strings.LastIndex(text, "/")+1:] }

// ofECS returns the services of a call if the action knows services, otherwise its tasks, task definition or cluster.
func (a *Account) ofECS(c localaws.Call, known reference.Action) []string {
	knows := func(typ string) bool {
		return slices.ContainsFunc(known.Resources, func(r reference.Resource) bool { return r.Type == typ })
	}
	if arn := c.Text("resourceArn"); arn != "" {
		return []string{arn}
	}
	var all []string
	cluster := last(c.Text("cluster"))
	if knows("service") {
		for _, parameter := range []string{"service", "services", "serviceName"} {
			for _, name := range texts(c.Input[parameter]) {
				all = append(all, a.arn(c, "ecs", "service/"+cluster+"/"+last(name)))
			}
		}
	}
	if knows("task") {
		for _, id := range append(texts(c.Input["tasks"]), texts(c.Input["task"])...) {
			all = append(all, a.arn(c, "ecs", "task/"+cluster+"/"+last(id)))
		}
	}
	if definition := c.Text("taskDefinition"); knows("task-definition") && definition != "" {
		all = append(all, a.arn(c, "ecs", "task-definition/"+last(definition)))
	}
	if family := c.Text("family"); knows("task-definition") && family != "" {
		all = append(all, a.arn(c, "ecs", "task-definition/"+family+":1"))
	}
	if len(all) == 0 && knows("cluster") {
		for _, name := range append(texts(c.Input["clusters"]), cluster, c.Text("clusterName")) {
			if name != "" {
				all = append(all, a.arn(c, "ecs", "cluster/"+last(name)))
			}
		}
	}
	return all
}

func ofRoute53(c localaws.Call, operation string) string {
	last := func(text string) string { return text[strings.LastIndex(text, "/")+1:] }
	switch {
	case operation == "GetChange":
		return "arn:aws:route53:::change/" + last(c.Text("Id"))
	case c.Service == "servicediscovery":
		return "arn:aws:route53:::hostedzone/new"
	}
	for _, parameter := range []string{"HostedZoneId", "Id", "ResourceId"} {
		if id := c.Text(parameter); id != "" {
			return "arn:aws:route53:::hostedzone/" + last(id)
		}
	}
	return ""
}

func (a *Account) ofCloudMap(c localaws.Call) []string {
	var all []string
	all = append(all, c.Text("ResourceARN"))
	text := strings.Join(texts(c.Input), " ")
	for _, id := range ids(text, "ns") {
		all = append(all, a.arn(c, "servicediscovery", "namespace/"+id))
	}
	for _, id := range ids(text, "srv") {
		all = append(all, a.arn(c, "servicediscovery", "service/"+id))
	}
	if c.Operation == "CreateService" {
		all = append(all, a.arn(c, "servicediscovery", "service/new"))
	}
	if c.Operation == "GetOperation" {
		all = append(all, a.arn(c, "servicediscovery", "namespace/unknown"))
	}
	return all
}
