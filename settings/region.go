package settings

import (
	"cmp"
	"fmt"
	"maps"
	"path"
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

// anyPartitionOf is like partitionOf, but also knows newerRegions.
func anyPartitionOf(region string) string {
	return cmp.Or(newerRegions[region], partitionOf(region))
}

// zonesOf lists the regions whose availability zones are not just a, b and c: the number of zones with Fargate, and the
// letters. The numbers do not count apne1-az3, usw1-az2, cnn1-az3 and cnn1-az4. The letters are those of any account: a
// new one has no ap-northeast-1b, and each has two of us-west-1.
// Sources: AWS Global Infrastructure, "AWS Regions" and "Availability Zones"; ECS developer guide, "Supported Regions
// for Amazon ECS on AWS Fargate".
var zonesOf = map[string]struct {
	fargate int
	letters string
}{
	"us-east-1": {6, "abcdef"}, "us-west-2": {4, "abcd"}, "ap-northeast-2": {4, "abcd"}, "ap-northeast-1": {3, "abcd"},
	"ca-central-1": {3, "abd"},
	"us-west-1":    {2, "abc"}, "cn-north-1": {2, "abcd"},
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

// lettersOf returns the letters of a region's zones, or all possible letters if they are not known.
func lettersOf(region string) string {
	switch zones, ok := zonesOf[region]; {
	case ok:
		return zones.letters
	case fargateZones(region) == 0:
		return zoneLetters
	}
	return "abc"
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
	case newerRegions[region] != "":
		return fmt.Sprintf("%s is not supported by this release of Terraform's AWS provider; write another region",
			region)
	}
	var all []string
	for _, partition := range slices.Sorted(maps.Keys(partitions)) {
		all = append(all, partitions[partition]...)
	}
	return fmt.Sprintf("%q is not an AWS region that Terraform's AWS provider knows; %s", region,
		cmp.Or(configfile.SuggestLikely(region, all), "write one such as eu-west-1"))
}

// arnPlace says what an ARN must have in common with its stack, for one kind of setting.
type arnPlace struct {
	ofRegion, ofAccount bool
	// who needs it, for the message: "a listener".
	who string
}

// home is where a stack is deployed, as far as the settings say: under aws or, if that leaves it out, by the first
// setting that only fits one place.
type home struct{ partition, region, account known }

// known is a part of a home, "" if it is not known yet.
type known struct {
	value string
	// by is the path of the setting that it follows from, "" if aws says it. Then asAWS stands for the value in messages,
	// if it is not "".
	by, asAWS string
}

// agrees reports whether a setting's value is the known one. If none is known, this one is from now on.
func (k *known) agrees(value, path string) bool {
	if k.value == "" {
		*k = known{value: value, by: path}
	}
	return value == k.value
}

// String returns the value for a message.
func (k known) String() string {
	if k.by == "" {
		return cmp.Or(k.asAWS, k.value)
	}
	return k.value + ", that of " + k.by
}

// home returns what aws says, and the region of the zones.
func (s *Stack) home() home {
	h := home{
		region:  known{value: s.AWS.Region, asAWS: ownRegion},
		account: known{value: s.AWS.AccountID(), asAWS: ownAccount},
	}
	// A role's account is in the same partition.
	h.partition.value = cmp.Or(partitionOf(s.AWS.Region), partOf(s.AWS.Role, 1))
	if created := s.Network.New; created != nil {
		for i, name := range created.ZoneNames {
			region := name[:max(0, len(name)-1)]
			if partition := partitionOf(region); partition != "" {
				path := fmt.Sprintf("network.new.zoneNames[%d]", i)
				h.partition.agrees(partition, path)
				h.region.agrees(region, path)
			}
		}
	}
	return h
}

// check reports an ARN of a wrong partition, region or account. A text that is not an ARN is reported elsewhere.
func (h *home) check(c configfile.Checker, arn string, p arnPlace) {
	partition, region, account := partOf(arn, 1), regionOf(arn), accountOf(arn)
	switch {
	case partition == "" || strings.ContainsAny(partition, "*?") || !c.Valid(""):
	case !h.partition.agrees(partition, c.Path()):
		c.Problemf("is in the partition %s, but the stack is deployed to the partition %s; write an ARN that begins "+
			"with arn:%s:"+ownPlace, partition, h.partition, h.partition.value)
	case !isRegionOf(partition, region):
		c.Problemf("names the region %s, which the partition %s does not have; write the ARN as AWS shows it", region,
			partition)
	case p.ofRegion && partOf(arn, 2) != "iam" && !h.region.agrees(region, c.Path()): // IAM has no regions
		c.Problemf("is in %s, but %s needs one in its own region (%s); write one from there"+ownPlace, region, p.who,
			h.region)
	case p.ofAccount && account != "aws" && !h.account.agrees(account, c.Path()):
		c.Problemf("belongs to account %s, but %s needs one in its own account (%s); write one from there"+ownPlace,
			account, p.who, h.account)
	}
}

// isRegionOf reports whether an ARN of the partition may name the region. Policies may use wildcards.
func isRegionOf(partition, region string) bool {
	return region == "" || strings.ContainsAny(region, "*?") || anyPartitionOf(region) == partition
}

// newerRegions are unknown to the provider: nothing can be deployed there, but an ARN or an image may name them. Each
// has its partition.
var newerRegions = map[string]string{"ap-southeast-6": "aws", "us-isob-west-1": "aws-iso-b"}

// checkPlaces applies the rules of places to every ARN that reaches AWS. It returns what is then known of the home.
//
// Secrets, parameters and the keys that they are encrypted with may be in another region or account (ECS developer
// guide, "Pass sensitive data to an Amazon ECS container"), topics in another account; files in S3 and IAM's own have
// no region. Rules of one region: ACM user guide, "Services integrated with ACM"; WAF API, AssociateWebACL; CloudWatch
// Logs user guide, "Encrypt log data"; SNS developer guide, "Key management"; for user pools, the load balancer
// controller of Kubernetes, issue 1057. Of one account: IAM API, AttachRolePolicy; AWS re:Post, "How do I set up my
// Application Load Balancer to authenticate users through an Amazon Cognito user pool in another AWS account?".
func (s *Stack) checkPlaces(c configfile.Checker) home {
	if !c.Valid("aws.region", "aws.account", "aws.role") {
		return home{}
	}
	home := s.home()
	home.check(c.At("aws.role"), s.AWS.Role, arnPlace{})
	s.checkStatePlaces(c.At("state.s3"), &home)
	if created := s.Network.New; created != nil && created.FlowLogs != nil {
		home.check(c.At("network.new.flowLogs.kmsKey"), created.FlowLogs.KMSKey,
			arnPlace{ofRegion: true, who: "CloudWatch Logs"})
	}
	l, at := s.LoadBalancer, c.At("loadBalancer")
	if l.HTTPS != nil {
		for i, arn := range l.HTTPS.Certificates {
			home.check(at.At("https.certificates").Index(i), arn, arnPlace{ofRegion: true, ofAccount: true, who: "a listener"})
		}
	}
	if l.HTTPS != nil && l.HTTPS.ClientCertificates != nil {
		k, at := l.HTTPS.ClientCertificates, at.At("https.clientCertificates")
		home.check(at.At("authorities"), k.Authorities, arnPlace{})
		home.check(at.At("trustStore"), k.TrustStore, arnPlace{ofRegion: true, who: "a listener"})
	}
	home.check(at.At("webACL"), l.WebACL, arnPlace{ofRegion: true, ofAccount: true, who: "a load balancer"})
	if l.Existing != nil {
		home.check(at.At("existing.listener"), l.Existing.Listener,
			arnPlace{ofRegion: true, ofAccount: true, who: "a listener rule"})
	}
	if a := s.Observability.Alarms; a != nil {
		home.check(c.At("observability.alarms.topic"), a.Topic, arnPlace{ofRegion: true, who: "an alarm"})
		home.check(c.At("observability.alarms.kmsKey"), a.KMSKey, arnPlace{ofRegion: true, who: "a topic"})
	}
	if s.Pipeline != nil {
		home.check(c.At("pipeline.permissionsBoundary"), s.Pipeline.PermissionsBoundary,
			arnPlace{ofAccount: true, who: "a role"})
	}
	for _, w := range s.Tasks() {
		home.checkWorkload(c.At(w.path("")), w)
	}
	s.checkDomainPlace(c.At("loadBalancer.domain"), home)
	return home
}

// checkWorkload checks the ARNs of a service or job.
func (h *home) checkWorkload(c configfile.Checker, w NamedWorkload) {
	h.check(c.At("logs.kmsKey"), w.Logs.KMSKey, arnPlace{ofRegion: true, who: "CloudWatch Logs"})
	for _, login := range w.logins() {
		if login.Cognito != nil {
			h.checkUserPool(c.At(login.path).At("cognito"), login.Cognito.UserPool)
		}
	}
	if w.Queue != nil {
		h.check(c.At("queue.kmsKey"), w.Queue.KMSKey, arnPlace{ofRegion: true, who: "a queue"})
	}
	for i, arn := range w.Task.SecretKMSKeys {
		h.check(c.At("task.secretKmsKeys").Index(i), arn, arnPlace{})
	}
	ofRole := arnPlace{ofAccount: true, who: "a role"}
	h.check(c.At("task.role.permissionsBoundary"), w.Task.Role.PermissionsBoundary, ofRole)
	for i, grants := range []Grants{w.Task.Role.Grants, w.Task.ExecutionRole} {
		at := c.At("task").At([]string{"role", "executionRole"}[i])
		for j, arn := range grants.Policies {
			h.check(at.At("policies").Index(j), arn, ofRole)
		}
		for j, statement := range grants.Statements {
			for k, arn := range statement.Resources {
				h.check(at.At("statements").Index(j).At("resources").Index(k), arn, arnPlace{})
			}
		}
	}
	for _, k := range w.Containers() {
		at := c.At(k.path)
		h.check(at.At("credentials"), k.Credentials, arnPlace{})
		h.checkDecrypts(at.At("credentials"), k.Credentials, w)
		for _, name := range slices.Sorted(maps.Keys(k.Secrets)) {
			h.check(at.At("secrets").Key(name), k.Secrets[name], arnPlace{})
			h.checkDecrypts(at.At("secrets").Key(name), k.Secrets[name], w)
		}
		for i, arn := range k.EnvironmentFiles {
			h.check(at.At("environmentFiles").Index(i), arn, arnPlace{})
		}
		if repository, ok := k.ECRRepository(); ok && at.Valid("image") {
			partition := partitionOf(repository.Region)
			if partition != "" && !h.partition.agrees(partition, at.At("image").Path()) {
				at.At("image").Problemf("is in the partition %s, whose repositories tasks cannot read from the partition "+
					"%s; copy the image into a repository there, and write its name"+ownPlace, partition, h.partition)
			}
		}
	}
}

// checkDecrypts reports a secret of another account that ECS may not decrypt: that account cannot share its AWS managed
// key, and for a key of its own the role needs a permission too. Managed policies may have it.
// Source: Secrets Manager user guide, "Access AWS Secrets Manager secrets from a different account".
func (h *home) checkDecrypts(c configfile.Checker, reference string, w NamedWorkload) {
	role := w.Task.ExecutionRole
	decrypts := func(action string) bool {
		is, _ := path.Match(strings.ToLower(action), "kms:decrypt")
		return is
	}
	allowed := len(w.Task.SecretKMSKeys)+len(role.Policies) > 0 || slices.ContainsFunc(role.Statements,
		func(s Statement) bool { return slices.ContainsFunc(s.Actions, decrypts) })
	account := accountOf(reference)
	isStated := h.account.value != "" && h.account.by == "" // other settings may have samples of accounts
	if allowed || partOf(reference, 2) != "secretsmanager" || !isStated || account == h.account.value || !c.Valid("") {
		return
	}
	c.Problemf("belongs to account %s, but the tasks run in another one; write a secret of their own account%s, or the "+
		"name of a parameter that each account has, such as /shop/db. To share this one instead, it needs a customer "+
		"managed key: write that key's ARN under task.secretKmsKeys, and allow the tasks' account in the policies of the "+
		"secret and of the key", account, ownPlace)
}

// withoutUserPools are the partitions that do not have Cognito user pools.
// Source: AWS SDKs, endpoints.json (cognito-idp).
var withoutUserPools = []string{"aws-cn", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f"}

// checkUserPool checks the user pool of a login.
func (h *home) checkUserPool(c configfile.Checker, arn string) {
	partition := cmp.Or(h.partition.value, partOf(arn, 1))
	if slices.Contains(withoutUserPools, partition) {
		c.Problemf("the partition %s does not have Cognito user pools; remove the login, and let the container ask "+
			"users to log in", partition)
		return
	}
	h.check(c.At("userPool"), arn, arnPlace{ofRegion: true, ofAccount: true, who: "a load balancer"})
}

// checkDomainPlace reports a domain where Route 53 has no public hosted zones. An alias record in a private one cannot
// lead to a load balancer there either. ACM validates names by DNS records of any provider.
// Sources: AWS GovCloud (US) user guide, "Amazon Route 53"; ACM user guide, "DNS validation".
func (s *Stack) checkDomainPlace(c configfile.Checker, h home) {
	if s.LoadBalancer.Domain == nil || s.LoadBalancer.Existing != nil || s.OnlyWorkers() ||
		h.partition.value != "aws-us-gov" {
		return
	}
	c.Problemf("needs a public hosted zone, which Route 53 does not have in the partition aws-us-gov; write domain: null "+
		"and https: {certificates: [ARN of a certificate]} under %s, and create the DNS record where the domain is managed",
		configfile.JoinPath(s.section(), "loadBalancer"))
}

// checkStatePlaces checks the state's place and its ARNs. Its bucket may be in another region and account than the
// stack, but Terraform reaches both with the same credentials, even if it then assumes a role for one of them, and
// credentials are valid in one partition only. The KMS key must be in the bucket's region.
// Sources: AWS Fault Isolation Boundaries, "Partitions"; S3 user guide, "Using server-side encryption with AWS KMS
// keys".
func (s *Stack) checkStatePlaces(c configfile.Checker, h *home) {
	state := s.State.S3
	if state == nil || !c.Valid("region") || state.Region == "" {
		return
	}
	partition, at := partitionOf(state.Region), c
	if c.Given("region") {
		at = c.At("region")
	}
	if partition != "" && !h.partition.agrees(partition, at.Path()) {
		at.Problemf("the bucket is in %s, which is in the partition %s, but the credentials are for the stack's partition "+
			"(%s); write a bucket in that partition, and its region, under %s", state.Region, partition, h.partition,
			configfile.JoinPath(s.section(), "state.s3"))
		return // the key and the role may be right for the right bucket
	}
	bucket := home{partition: known{value: partition}, region: known{value: state.Region}}
	bucket.check(c.At("kmsKey"), state.KMSKey, arnPlace{ofRegion: true, who: "a bucket"})
	bucket.check(c.At("role"), state.Role, arnPlace{})
}
