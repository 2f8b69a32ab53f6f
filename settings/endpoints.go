package settings

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"webapp/internal/configfile"
)

// neededEndpoints returns the AWS services that ECS and the containers reach through the private subnets, by the short
// names of their endpoints. S3, which serves image layers and environment files, always has an endpoint.
// Sources: ECS developer guide, "Amazon ECS interface VPC endpoints (AWS PrivateLink)"; ECR user guide, the same.
func (s *Stack) neededEndpoints() []string {
	needed := []string{"logs"}
	for _, w := range s.Tasks() {
		if w.Service.AssignPublicIP {
			continue
		}
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

// noteStatements notes permissions to call services of which a VPC without a way to the internet has no endpoint.
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
			at.Notef("%s is allowed, but the VPC has no endpoint for that service, nor a way to the internet, so the tasks "+
				"cannot reach it; add %s to network.new.endpoints", action, endpoint)
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
	s.checkReach(at, w, home, configfile.Checker.Problemf)
}

// checkNoGateways reports tasks in private subnets that have no NAT gateway, unless endpoints lead to all that they
// need.
func (s *Stack) checkNoGateways(c configfile.Checker, home *home) {
	created := s.Network.New
	if created == nil || created.Isolated || created.NATGateways > 0 ||
		!c.Valid("network.new.isolated", "network.new.natGateways", "network.new.endpoints") {
		return
	}
	var publicly, beyond, missing []string
	for _, w := range s.Tasks() {
		assignPublicIP := c.At(w.path("service.assignPublicIp"))
		if w.Service.AssignPublicIP || !assignPublicIP.Valid("") {
			continue
		}
		publicly = append(publicly, assignPublicIP.Path())
		s.noteStatements(c, w)
		s.checkReach(c.At(w.path("")), w, home, func(at configfile.Checker, _ string, _ ...any) {
			beyond = append(beyond, at.Path())
		})
	}
	for _, needed := range s.neededEndpoints() {
		if !slices.Contains(created.Endpoints, needed) && !slices.Contains(missing, needed) {
			missing = append(missing, needed)
		}
	}
	at, instead := c.At("network.new.natGateways"), "write 1, or set "+configfile.JoinWords(publicly, "and")+": true"
	switch {
	case len(publicly) == 0:
	case len(beyond) > 0:
		at.Problemf("0 prevents the tasks in the private subnets from reaching what %s names, and no VPC endpoint leads "+
			"there; %s", beyond[0], instead)
	case len(missing) > 0:
		at.Problemf("0 prevents the tasks in the private subnets from reaching AWS; %s, or add the missing endpoints to "+
			"network.new.endpoints: [%s]", instead, strings.Join(missing, ", "))
	}
}

// checkReach reports, with a function such as Problemf, images and secrets that a task cannot reach through endpoints.
func (s *Stack) checkReach(at configfile.Checker, w NamedWorkload, home *home,
	report func(at configfile.Checker, format string, args ...any)) {
	for _, k := range w.Containers() {
		repository, ok := k.ECRRepository()
		switch image := at.At(k.path).At("image"); {
		case !ok && k.Image != "":
			report(image, "%s cannot be pulled without access to the internet, which network.new.isolated blocks: "+
				"only private ECR repositories have an endpoint; copy the image into one, or pull it once through a "+
				"pull through cache rule from a network with internet access", k.Image)
		case k.PullThroughCache:
			report(at.At(k.path).At("pullThroughCache"), "true cannot be combined with network.new.isolated: ECR "+
				"fetches an image over the internet the first time. Pull it once from a network with internet "+
				"access, and remove pullThroughCache")
		case ok && repository.Host != repository.PlainHost:
			report(image, "ECR's VPC endpoint does not serve the host name %s, and network.new.isolated blocks "+
				"every other route; write %s", repository.Host, repository.PlainHost)
		case ok && !home.region.agrees(repository.Region, image.Path()):
			report(image, "%s is in %s, which cannot be reached from an isolated VPC in %s; replicate the "+
				"repository there, and write its image"+ownPlace, k.Image, repository.Region, home.region)
		}
		for _, name := range slices.Sorted(maps.Keys(k.Secrets)) {
			secret := at.At(k.path).At("secrets").Key(name)
			region := regionOf(k.Secrets[name])
			if secret.Valid("") && region != "" && !home.region.agrees(region, secret.Path()) {
				report(secret, "is in %s, which cannot be reached from an isolated VPC in %s; replicate it there, and "+
					"write the ARN of the replica"+ownPlace, region, home.region)
			}
		}
	}
}
