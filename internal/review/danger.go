package review

import "strconv"

// loss is what goes with a resource of a kind.
type loss struct {
	what string
	// late: only a gap does harm. With its successor there first, nothing stops.
	late bool
}

// losses are the kinds that something runs on or is kept in. What is not here can be made again without anyone
// noticing, or stops nothing by itself: rules, roles, policies, alarms.
var losses = map[string]loss{
	"aws_lb":                  {what: "Clients lose the service: the load balancer's DNS name goes with it."},
	"aws_lb_listener":         {what: "Requests are refused while there is no listener.", late: true},
	"aws_lb_listener_rule":    {what: "Requests of this rule go elsewhere while it is missing.", late: true},
	"aws_lb_target_group":     {what: "Requests have nowhere to go while there is no target group.", late: true},
	"aws_ecs_service":         {what: "All of its tasks stop."},
	"aws_ecs_cluster":         {what: "Everything that runs in the cluster stops."},
	"aws_ecs_task_definition": {what: "No new task of it can start.", late: true},
	"aws_security_group":      {what: "What has the group is cut off while it is missing.", late: true},

	"aws_vpc":              {what: "Everything in the VPC stops."},
	"aws_subnet":           {what: "Everything in the subnet stops."},
	"aws_nat_gateway":      {what: "Tasks lose their way to the internet, and come from another address afterwards."},
	"aws_eip":              {what: "The address is given back for good: who admits it by a list must learn another one."},
	"aws_internet_gateway": {what: "Nothing reaches the service from the internet."},
	"aws_route":            {what: "What the route leads to cannot be reached while it is missing.", late: true},
	"aws_vpc_endpoint":     {what: "Tasks may lose their way to the AWS service.", late: true},

	"aws_route53_record": {what: "The name does not resolve while the record is missing."},
	"aws_route53_zone": {what: "No name of the zone resolves any more, and a new zone " +
		"has other name servers."},
	"aws_service_discovery_private_dns_namespace": {what: "Services no longer find each other by name."},
	"aws_service_discovery_service":               {what: "The service is no longer found by its name."},

	"aws_cloudwatch_log_group":  {what: "Its logs are lost."},
	"aws_s3_bucket":             {what: "What is in the bucket is lost, Terraform's own state if it is kept there."},
	"aws_dynamodb_table":        {what: "Its data are lost."},
	"aws_efs_file_system":       {what: "Its files are lost."},
	"aws_db_instance":           {what: "Its data are lost, but for snapshots."},
	"aws_rds_cluster":           {what: "Its data are lost, but for snapshots."},
	"aws_ecr_repository":        {what: "Its images are lost, and no task of them can start."},
	"aws_secretsmanager_secret": {what: "The secret is lost."},
	"aws_ssm_parameter":         {what: "The parameter's value is lost."},
	"aws_kms_key":               {what: "What is encrypted with the key cannot be read any more."},
	"aws_sqs_queue":             {what: "The messages in the queue are lost."},
}

// singletons are the kinds of which AWS lets no second one exist beside the first, and why. Most of them have
// create_before_destroy all the same, of their own or because something that depends on them has it: in Terraform it is
// the only way to have what is no longer wanted destroyed after what used it has moved on. Without it, a subnet whose
// zone is taken out of the settings would have to go before the load balancer and the tasks leave it, which AWS
// refuses. The price is that a tainted one cannot be replaced by itself; but an apply that was cut off has mostly made
// it in full, and it can be kept.
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

// IsSingleton reports whether AWS lets no second resource of a kind exist beside the first.
func IsSingleton(kind string) bool { return singletons[kind] != "" }

// danger says what would stop or be lost by a change; empty where nothing would.
func danger(c Change, kind string) string {
	l, listed := losses[kind]
	switch {
	case c.left:
		return "" // its successor is there
	case c.tainted && c.Kind == Replaced && singletons[kind] != "":
		return "It cannot be replaced, since " + singletons[kind] + ". An earlier apply was cut off before it had " +
			"finished this one. Keep what it made: " +
			"terraform untaint " + c.Address + ", then plan again."
	case c.Kind == Destroyed || c.Kind == ReplacedLate:
		return l.what
	case c.Kind == Replaced && listed && !l.late:
		return l.what
	case c.Kind == Changed && kind == "aws_cloudwatch_log_group":
		return shortened(c)
	}
	return ""
}

// shortened says whether logs are kept for a shorter time than before; 0 days are for ever.
func shortened(c Change) string {
	for _, d := range c.Differences {
		before, err := strconv.Atoi(d.Before)
		after, errAfter := strconv.Atoi(d.After)
		if d.Path == "retention_in_days" && err == nil && errAfter == nil && after != 0 && (before == 0 || after < before) {
			return "Its logs of more than " + d.After + " days ago are lost."
		}
	}
	return ""
}
