package settings

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"webapp/internal/configfile"
)

// partitions lists the regions of each AWS partition. An ARN of one partition is not valid in another.
//
// Source: AWS SDKs, partitions.json. It does not contain newerRegions, which Terraform's AWS provider 5.100 does not
// know and refuses.
var partitions = map[string][]string{
	"aws": {
		"af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1",
		"ap-south-2",
		"ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-7",
		"ca-central-1",
		"ca-west-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2",
		"eu-west-3",
		"il-central-1", "me-central-1", "me-south-1", "mx-central-1", "sa-east-1", "us-east-1", "us-east-2",
		"us-west-1", "us-west-2",
	},
	"aws-cn":     {"cn-north-1", "cn-northwest-1"},
	"aws-us-gov": {"us-gov-east-1", "us-gov-west-1"},
	"aws-eusc":   {"eusc-de-east-1"},
	"aws-iso":    {"us-iso-east-1", "us-iso-west-1"},
	"aws-iso-b":  {"us-isob-east-1"},
	"aws-iso-e":  {"eu-isoe-west-1"},
	"aws-iso-f":  {"us-isof-east-1", "us-isof-south-1"},
}

// partitionOf returns the partition of a region, or "" if the text is not a region.
func partitionOf(region string) string {
	for partition, regions := range partitions {
		if slices.Contains(regions, region) {
			return partition
		}
	}
	return ""
}

// zonesOf lists the regions whose availability zones are not just a, b and c: the number of zones with Fargate, and the
// last letter. The numbers do not count apne1-az3, usw1-az2, cnn1-az3 and cnn1-az4.
// Sources: AWS Global Infrastructure, "AWS Regions" and "Availability Zones"; ECS developer guide, "Supported Regions
// for Amazon ECS on AWS Fargate".
var zonesOf = map[string]struct {
	fargate int
	last    string
}{
	"us-east-1": {6, "f"}, "us-west-2": {4, "d"}, "ap-northeast-2": {4, "d"}, "ap-northeast-1": {3, "d"},
	"ca-central-1": {3, "d"},
	"us-west-1":    {2, "c"}, "cn-north-1": {2, "d"},
}

// fargateZones returns the number of a region's zones with Fargate, or 0 if it is not known.
func fargateZones(region string) int {
	if zones, ok := zonesOf[region]; ok {
		return zones.fargate
	}
	if !slices.Contains([]string{"aws", "aws-cn", "aws-us-gov"}, partitionOf(region)) {
		return 0 // nothing is published about the others
	}
	return 3
}

// lastZone returns the letter of a region's last zone, or the last possible letter if it is not known.
func lastZone(region string) string {
	switch zones, ok := zonesOf[region]; {
	case ok:
		return zones.last
	case fargateZones(region) == 0:
		return zoneLetters[len(zoneLetters)-1:]
	}
	return "c"
}

// checkRegion reports a text that is not a region.
func checkRegion(c configfile.Checker, region string) {
	if message := notARegion(region); message != "" {
		c.Problemf("%s", message)
	}
}

// notARegion returns what is wrong with a region's name, or "".
func notARegion(region string) string {
	switch {
	case partitionOf(region) != "":
		return ""
	case slices.Contains(newerRegions, region):
		return fmt.Sprintf("%s is not supported by this release of Terraform's AWS provider; write another region",
			region)
	}
	var all []string
	for _, partition := range slices.Sorted(maps.Keys(partitions)) {
		all = append(all, partitions[partition]...)
	}
	hint := configfile.Suggest(region, all)
	if !strings.HasPrefix(hint, "did you mean") {
		hint = "write one such as eu-west-1"
	}
	return fmt.Sprintf("%q", region) + " is not an AWS region that Terraform's AWS provider knows; " + hint
}

// arnPlace restricts where an ARN may come from, for one kind of setting.
type arnPlace struct {
	// region and account are the required ones, or "" if any will do or the settings do not name one.
	region, account string
	// who needs it, for the message: "a listener".
	who string
}

// checkPlace reports an ARN of a wrong partition, region or account. A text that is not an ARN is reported elsewhere.
func (s *Stack) checkPlace(c configfile.Checker, arn string, p arnPlace) {
	partition, region, account := partOf(arn, 1), regionOf(arn), accountOf(arn)
	home := partitionOf(s.AWS.Region)
	if home == "" {
		home = partOf(s.AWS.Role, 1) // a role's account is in the same partition
	}
	switch {
	case partition == "" || partition == "*" || !c.Valid(""):
	case home != "" && partition != home:
		c.Problemf("is in the partition %s, but the stack is deployed to the partition %s; write an ARN that begins "+
			"with arn:%s:", partition, home, home)
	case !isRegionOf(partition, region):
		c.Problemf("names the region %s, which the partition %s does not have; write the ARN as AWS shows it", region,
			partition)
	case p.region != "" && region != p.region && partOf(arn, 2) != "iam": // IAM has no regions
		c.Problemf("is in %s, but %s needs one in its own region (%s); write one from there", region, p.who, p.region)
	case p.account != "" && account != p.account && account != "aws":
		c.Problemf("belongs to account %s, but %s needs one in its own account (%s); write one from there", account,
			p.who, p.account)
	}
}

// isRegionOf reports whether an ARN of the partition may name the region. Policies may use wildcards.
func isRegionOf(partition, region string) bool {
	return region == "" || strings.ContainsAny(region, "*?") || slices.Contains(newerRegions, region) ||
		slices.Contains(partitions[partition], region)
}

// newerRegions are unknown to the provider: nothing can be deployed there, but an ARN may name them.
var newerRegions = []string{"ap-southeast-6", "us-isob-west-1"}

// checkPlaces applies checkPlace to every ARN that reaches AWS.
//
// Secrets, parameters and the keys that they are encrypted with may be in another region or account (ECS developer
// guide, "Pass sensitive data to an Amazon ECS container"), topics in another account; files in S3 and IAM's own have
// no region. Rules of one region: ACM user guide, "Services integrated with ACM"; WAF API, AssociateWebACL; CloudWatch
// Logs user guide, "Encrypt log data"; SNS developer guide, "Key management"; for user pools, the load balancer
// controller of Kubernetes, issue 1057. Of one account: IAM API, AttachRolePolicy; AWS re:Post, "How do I set up my
// Application Load Balancer to authenticate users through an Amazon Cognito user pool in another AWS account?".
func (s *Stack) checkPlaces(c configfile.Checker) {
	if !c.Valid("aws.region", "aws.account", "aws.role") {
		return
	}
	region, account := s.AWS.Region, s.AWS.AccountID()
	check := func(at configfile.Checker, arn string, p arnPlace) {
		if arn != "" {
			s.checkPlace(at, arn, p)
		}
	}
	check(c.At("aws.role"), s.AWS.Role, arnPlace{})
	s.checkStatePlaces(c.At("state.s3"))
	if created := s.Network.New; created != nil && created.FlowLogs != nil {
		check(c.At("network.new.flowLogs.kmsKey"), created.FlowLogs.KMSKey,
			arnPlace{region: region, who: "CloudWatch Logs"})
	}
	l, at := s.LoadBalancer, c.At("loadBalancer")
	if l.HTTPS != nil {
		for i, arn := range l.HTTPS.Certificates {
			check(at.At("https.certificates").Index(i), arn, arnPlace{region, account, "a listener"})
		}
	}
	if l.HTTPS != nil && l.HTTPS.ClientCertificates != nil {
		k, at := l.HTTPS.ClientCertificates, at.At("https.clientCertificates")
		check(at.At("authorities"), k.Authorities, arnPlace{})
		check(at.At("trustStore"), k.TrustStore, arnPlace{region: region, who: "a listener"})
	}
	check(at.At("webACL"), l.WebACL, arnPlace{region, account, "a load balancer"})
	if l.Existing != nil {
		check(at.At("existing.listener"), l.Existing.Listener, arnPlace{region, account, "a listener rule"})
	}
	if a := s.Observability.Alarms; a != nil {
		check(c.At("observability.alarms.topic"), a.Topic, arnPlace{region: region, who: "an alarm"})
		check(c.At("observability.alarms.kmsKey"), a.KMSKey, arnPlace{region: region, who: "a topic"})
	}
	if s.Pipeline != nil {
		check(c.At("pipeline.permissionsBoundary"), s.Pipeline.PermissionsBoundary, arnPlace{account: account, who: "a role"})
	}
	for _, w := range s.Tasks() {
		s.checkWorkloadPlaces(c.At(w.path("")), w, check)
	}
}

func (s *Stack) checkWorkloadPlaces(c configfile.Checker, w NamedWorkload,
	check func(configfile.Checker, string, arnPlace)) {
	account := s.AWS.AccountID()
	check(c.At("logs.kmsKey"), w.Logs.KMSKey, arnPlace{region: s.AWS.Region, who: "CloudWatch Logs"})
	for _, login := range w.logins() {
		if login.Cognito != nil {
			check(c.At(login.path).At("cognito.userPool"), login.Cognito.UserPool,
				arnPlace{s.AWS.Region, account, "a load balancer"})
		}
	}
	if w.Queue != nil {
		check(c.At("queue.kmsKey"), w.Queue.KMSKey, arnPlace{region: s.AWS.Region, who: "a queue"})
	}
	for i, arn := range w.Task.SecretKMSKeys {
		check(c.At("task.secretKmsKeys").Index(i), arn, arnPlace{})
	}
	ofRole := arnPlace{account: account, who: "a role"}
	check(c.At("task.role.permissionsBoundary"), w.Task.Role.PermissionsBoundary, ofRole)
	for role, grants := range map[string]Grants{"role": w.Task.Role.Grants, "executionRole": w.Task.ExecutionRole} {
		at := c.At("task").At(role)
		for i, arn := range grants.Policies {
			check(at.At("policies").Index(i), arn, ofRole)
		}
		for i, statement := range grants.Statements {
			for j, arn := range statement.Resources {
				check(at.At("statements").Index(i).At("resources").Index(j), arn, arnPlace{})
			}
		}
	}
	for _, k := range w.Containers() {
		at := c.At(k.path)
		check(at.At("credentials"), k.Credentials, arnPlace{})
		for name, arn := range k.Secrets {
			check(at.At("secrets").Key(name), arn, arnPlace{})
		}
		for i, arn := range k.EnvironmentFiles {
			check(at.At("environmentFiles").Index(i), arn, arnPlace{})
		}
		home := partitionOf(s.AWS.Region)
		if repository, ok := k.ECRRepository(); ok && home != "" && at.Valid("image") {
			if partition := partitionOf(repository.Region); partition != "" && partition != home {
				at.At("image").Problemf("is in the partition %s, but tasks in the partition %s cannot read its "+
					"repositories; copy the image into a repository there",
					partition, home)
			}
		}
	}
}

// checkStatePlaces checks the ARNs of the state. Its bucket may be in another region and account than the stack; the
// KMS key must be in the bucket's region.
// Source: S3 user guide, "Using server-side encryption with AWS KMS keys".
func (s *Stack) checkStatePlaces(c configfile.Checker) {
	state := s.State.S3
	if state == nil || !c.Valid("region") || state.Region == "" {
		return
	}
	bucket := Stack{Settings: Settings{AWS: AWS{Region: state.Region}}}
	if state.KMSKey != "" {
		bucket.checkPlace(c.At("kmsKey"), state.KMSKey, arnPlace{region: state.Region, who: "a bucket"})
	}
	if state.Role != "" {
		bucket.checkPlace(c.At("role"), state.Role, arnPlace{})
	}
}
