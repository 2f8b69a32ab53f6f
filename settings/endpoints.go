package settings

import "webapp/internal/configfile"

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
	}
	return needed
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
func (s *Stack) checkIsolated(c configfile.Checker, w NamedWorkload) {
	at := c.At(w.path(""))
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
		case ok && s.AWS.Region != "" && repository.Region != s.AWS.Region:
			image.Problemf("%s is in %s, which cannot be reached from an isolated VPC in %s; replicate the "+
				"repository to that region", k.Image, repository.Region, s.AWS.Region)
		}
		if s.AWS.Region == "" {
			continue
		}
		for name, reference := range k.Secrets {
			secret := at.At(k.path).At("secrets").Key(name)
			if region := regionOf(reference); secret.Valid("") && region != "" && region != s.AWS.Region {
				secret.Problemf("is in %s, which cannot be reached from an isolated VPC in %s; replicate it to that "+
					"region", region, s.AWS.Region)
			}
		}
	}
}
