package review

import "strconv"

// impact is what happens when a resource of a type is destroyed.
type impact struct {
	what string
	// gap is true if nothing happens where the new resource is created before the old one is destroyed.
	gap bool
}

// impacts lists the types that something runs on or is stored in. Other types can be created again without anyone
// noticing, or stop nothing by themselves: rules, roles, policies, alarms.
var impacts = map[string]impact{
	"aws_lb":                  {what: "Clients lose the service: the load balancer's DNS name goes with it."},
	"aws_lb_listener":         {what: "Requests are refused until the new listener exists.", gap: true},
	"aws_lb_listener_rule":    {what: "Requests of this rule go elsewhere while it is missing.", gap: true},
	"aws_lb_target_group":     {what: "Requests have nowhere to go until the new target group exists.", gap: true},
	"aws_ecs_service":         {what: "All of its tasks stop."},
	"aws_ecs_cluster":         {what: "Everything that runs in the cluster stops."},
	"aws_ecs_task_definition": {what: "No new task of it can start.", gap: true},
	"aws_security_group":      {what: "The members of the group are cut off while it is missing.", gap: true},

	"aws_vpc":              {what: "Everything in the VPC stops."},
	"aws_subnet":           {what: "Everything in the subnet stops."},
	"aws_nat_gateway":      {what: "Tasks lose their internet access, and have another address afterwards."},
	"aws_eip":              {what: "The address is released for good: allowlists that contain it must be changed."},
	"aws_internet_gateway": {what: "Nothing reaches the service from the internet."},
	"aws_route":            {what: "The destination of the route cannot be reached while it is missing.", gap: true},
	"aws_vpc_endpoint":     {what: "Tasks may lose their connection to the AWS service.", gap: true},

	"aws_route53_record": {what: "The name does not resolve while the record is missing."},
	"aws_route53_zone": {what: "No name of the zone resolves any more, and a new zone " +
		"has other name servers."},
	"aws_service_discovery_private_dns_namespace": {what: "Services no longer find each other by name."},
	"aws_service_discovery_service": {
		what: "Other services cannot find the service by its name any more."},

	"aws_scheduler_schedule": {what: "The job is not started at its times while the schedule is missing.", gap: true},

	"aws_cloudwatch_log_group":  {what: "Its logs are lost."},
	"aws_s3_bucket":             {what: "The objects in the bucket are lost, perhaps Terraform's state too."},
	"aws_dynamodb_table":        {what: "Its data are lost."},
	"aws_efs_file_system":       {what: "Its files are lost."},
	"aws_db_instance":           {what: "Its data are lost, except for snapshots."},
	"aws_rds_cluster":           {what: "Its data are lost, except for snapshots."},
	"aws_ecr_repository":        {what: "Its images are lost, and no task that uses them can start."},
	"aws_secretsmanager_secret": {what: "The secret is lost."},
	"aws_ssm_parameter":         {what: "The parameter's value is lost."},
	"aws_kms_key":               {what: "Nothing that is encrypted with the key can be read any more."},
	"aws_sqs_queue":             {what: "The messages in the queue are lost."},
}

// singletons lists the types of which AWS allows no second resource beside the first, with the reason. Most of them
// have create_before_destroy all the same, of their own or because a dependent resource has it: it is Terraform's only
// way to destroy an obsolete resource after its users have moved on. Without it, the subnet of a zone that is removed
// from the settings would be destroyed before the load balancer and the tasks leave it, which AWS refuses. The
// disadvantage is that a tainted one cannot be replaced. But an interrupted apply has usually created it in full, so
// that it can be kept.
// Source: Terraform's DestroyEdgeTransformer and CBDEdgeTransformer.
var singletons = map[string]string{
	"aws_subnet": "two subnets of a VPC cannot have the same addresses " +
		"(InvalidSubnet.Conflict)",
	"aws_route":                        "a route table has one route to a destination (RouteAlreadyExists)",
	"aws_route_table_association":      "a subnet has one route table (Resource.AlreadyAssociated)",
	"aws_nat_gateway":                  "an address serves one NAT gateway (Resource.AlreadyAssociated)",
	"aws_internet_gateway":             "a VPC has one internet gateway (Resource.AlreadyAssociated)",
	"aws_egress_only_internet_gateway": "a VPC has one egress-only internet gateway",
	"aws_vpc_endpoint":                 "a route table has one route to an AWS service (RouteAlreadyExists)",
	"aws_vpc_security_group_egress_rule": "a security group has one rule of a kind " +
		"(InvalidPermission.Duplicate)",
	"aws_vpc_security_group_ingress_rule": "a security group has one rule of a kind " +
		"(InvalidPermission.Duplicate)",
	"aws_lb_listener":      "a load balancer has one listener on a port (DuplicateListener)",
	"aws_s3_bucket_policy": "a bucket has one policy, which would go with the old resource",
	"aws_route53_record": "a zone has one record of a name and type, which would go with " +
		"the old resource",
	"aws_service_discovery_private_dns_namespace": "a VPC has one namespace of a name (ConflictingDomainExists)",
	"aws_service_discovery_service":               "a namespace has one service of a name (ServiceAlreadyExists)",
	"aws_lb_listener_rule":                        "a listener has one rule of a priority (PriorityInUse)",
}

// IsSingleton reports whether AWS allows no second resource of a type beside the first.
func IsSingleton(kind string) bool { return singletons[kind] != "" }

// risk returns what a change would stop or lose; empty where it is nothing.
func risk(c Change, kind string) string {
	i, listed := impacts[kind]
	switch {
	case c.left:
		return "" // the new one exists already
	case c.tainted && c.Kind == Replaced && singletons[kind] != "":
		return "It cannot be replaced, since " + singletons[kind] + ". An earlier apply was interrupted before it " +
			"had finished this one. Keep what it created: terraform untaint " + c.Address + ", then plan again."
	case c.Kind == Destroyed || c.Kind == DestroyBeforeCreate:
		return i.what
	case c.Kind == Replaced && listed && !i.gap:
		return i.what
	case c.Kind == Changed && kind == "aws_cloudwatch_log_group":
		return shortened(c)
	}
	return ""
}

// shortened returns what is lost where logs are kept for a shorter time than before; 0 days means forever.
func shortened(c Change) string {
	for _, d := range c.Differences {
		before, err := strconv.Atoi(d.Before)
		after, errAfter := strconv.Atoi(d.After)
		if d.Path == "retention_in_days" && err == nil && errAfter == nil && after != 0 &&
			(before == 0 || after < before) {
			return "Its logs that are older than " + d.After + " days are lost."
		}
	}
	return ""
}
