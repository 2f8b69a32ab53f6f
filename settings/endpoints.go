package settings

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"webapp/internal/configfile"
)

// neededEndpoints returns the AWS services that ECS and the containers reach through the tasks' network, by the short
// names of their endpoints. S3, which serves image layers and environment files, always has an endpoint.
// Sources: ECS developer guide, "Amazon ECS interface VPC endpoints (AWS PrivateLink)"; ECR user guide, the same.
func (s *Stack) neededEndpoints() []string {
	needed := []string{"logs"}
	for _, w := range s.Tasks() {
		for _, k := range w.Containers() {
			if _, ok := k.ECRRepository(); ok {
				needed = append(needed, "ecr.api", "ecr.dkr")
			}
			if len(k.SecretARNs()) > 0 {
				needed = append(needed, "secretsmanager")
			}
			if len(k.Parameters()) > 0 {
				needed = append(needed, "ssm")
			}
		}
		if w.Service.Exec {
			needed = append(needed, "ssmmessages")
		}
		if w.Tracing != nil {
			needed = append(needed, "xray")
		}
		if w.Receives != nil || len(w.Sends) > 0 {
			needed = append(needed, "sqs")
		}
	}
	return needed
}

// noteStatements notes permissions to call services that the isolated VPC has no endpoint of.
func (s *Stack) noteStatements(c configfile.Checker, w NamedWorkload) {
	if !c.Valid("network.new.endpoints") {
		return
	}
	noted := map[string]bool{}
	for i, statement := range w.Task.Role.Statements {
		for j, action := range statement.Actions {
			endpoint := endpointOf(action)
			if endpoint == "" || noted[endpoint] || slices.Contains(s.Network.New.Endpoints, endpoint) ||
				slices.Contains(s.Network.New.Endpoints, endpoint+"-fips") || statement.isByService() {
				continue
			}
			noted[endpoint] = true
			at := c.At(w.path("task.role.statements")).Index(i).At("actions").Index(j)
			at.Notef("%s is allowed, but the isolated VPC has no endpoint for that service, so the tasks cannot reach it; "+
				"add %s to network.new.endpoints", action, endpoint)
		}
	}
}

// isByService reports whether a statement permits the use of a key only to AWS services, on behalf of the task.
// Source: KMS developer guide, "kms:ViaService".
func (s Statement) isByService() bool {
	for _, keys := range s.Conditions {
		for key := range keys {
			if strings.EqualFold(key, "kms:ViaService") {
				return true
			}
		}
	}
	return false
}

// endpointOf returns the endpoint through which an action is called. It is "" if there is none to add: S3 always has
// its gateway, clients of EFS, ElastiCache and Aurora DSQL do not connect to the API, and Bedrock has several.
func endpointOf(action string) string {
	service, _, _ := strings.Cut(strings.ToLower(action), ":")
	endpoint := cmp.Or(actionEndpoints[service], service)
	none := []string{"elasticfilesystem", "elasticache", "dsql", "bedrock"}
	if slices.Contains(none, service) || !hasEndpoint(endpoint) {
		return ""
	}
	return endpoint
}

// UsesEFS reports whether the tasks mount an EFS file system, which is in the VPC.
func (w *Workload) UsesEFS() bool {
	for _, v := range w.Task.Volumes {
		if v.FileSystem != "" {
			return true
		}
	}
	return false
}

// checkIsolated reports what a task cannot reach from an isolated VPC.
func (s *Stack) checkIsolated(c configfile.Checker, w NamedWorkload, home *home) {
	at := c.At(w.path(""))
	s.noteStatements(c, w)
	if w.Service.AssignPublicIP {
		c.At(w.path("service.assignPublicIp")).Problemf("true cannot be combined with network.new.isolated: true, which " +
			"lets nothing leave the VPC; remove one of them")
	}
	for _, k := range w.Containers() {
		repository, ok := k.ECRRepository()
		switch image := at.At(k.path).At("image"); {
		case !ok && k.Image != "":
			image.Problemf("%s cannot be pulled without access to the internet, which network.new.isolated blocks: "+
				"only private ECR repositories have an endpoint; copy the image into one, or pull it once through a "+
				"pull through cache rule from a network with internet access", k.Image)
		case k.PullThroughCache:
			at.At(k.path).At("pullThroughCache").Problemf("true cannot be combined with network.new.isolated: ECR " +
				"fetches an image over the internet the first time. Pull it once from a network with internet " +
				"access, and remove pullThroughCache")
		case ok && repository.Host != repository.PlainHost:
			image.Problemf("ECR's VPC endpoint does not serve the host name %s, and network.new.isolated blocks "+
				"every other route; write %s", repository.Host, repository.PlainHost)
		case ok && !home.region.agrees(repository.Region, image.Path()):
			image.Problemf("%s is in %s, which cannot be reached from an isolated VPC in %s; replicate the "+
				"repository there, and write its image"+ownPlace, k.Image, repository.Region, home.region)
		}
		for _, name := range slices.Sorted(maps.Keys(k.Secrets)) {
			secret := at.At(k.path).At("secrets").Key(name)
			region := regionOf(k.Secrets[name])
			if secret.Valid("") && region != "" && !home.region.agrees(region, secret.Path()) {
				secret.Problemf("is in %s, which cannot be reached from an isolated VPC in %s; replicate it there, and "+
					"write the ARN of the replica"+ownPlace, region, home.region)
			}
		}
	}
}
