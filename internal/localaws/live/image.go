package live

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/distribution/reference"

	"webapp/internal/localaws/scheduler"
	"webapp/settings"
)

// registryAuth checks that ECS gets what it signs in to ECR with, where an image is in ECR.
func (p *preflight) registryAuth(*scheduler.Launch) error {
	for _, c := range p.definition.ContainerDefinitions {
		repository, ok := settings.ContainerOptions{Image: aws.ToString(c.Image)}.ECRRepository()
		if !ok {
			continue
		}
		if hint := p.attachment.toService("ecr.api", repository.Region); hint != "" {
			return refuse(hint, pullSecrets+"The task cannot pull registry auth from Amazon ECR: There is a "+
				"connection issue between "+
				"the task and Amazon ECR. Check your task network configuration. operation error ECR: "+
				"GetAuthorizationToken, exceeded "+
				"maximum number of attempts, 3, https response error StatusCode: 0, RequestID: , request send failed, "+
				"Post \"https://api.ecr.%s.amazonaws.com/\": "+dialError, repository.Region)
		}
		const action = "ecr:GetAuthorizationToken"
		if denial := p.denied(action, "*"); denial != "" {
			return refuse(p.hintDenied(action, "*"), pullSecrets+retrieval+"unable to retrieve ecr registry auth: "+
				"service call has been retried 1 time(s): %s", p.accessDenied("ECR", "GetAuthorizationToken", denial))
		}
	}
	return nil
}

// pull checks that ECS can pull the images. Whether they exist is for the engine to find out.
func (p *preflight) pull(*scheduler.Launch) error {
	for _, c := range p.definition.ContainerDefinitions {
		named, err := reference.ParseDockerRef(aws.ToString(c.Image))
		if err != nil {
			continue // ECS has checked it
		}
		if repository, ok := (settings.ContainerOptions{Image: aws.ToString(c.Image)}).ECRRepository(); ok {
			err = p.pullFromECR(repository, named)
		} else if hint := p.attachment.toInternet(); hint != "" {
			err = noManifest(hint, registryHost(named), named)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// pullFromECR checks the way to ECR's registry, the permission to pull, and the way to S3, where ECR keeps the layers.
// Sources: ECR user guide, "Amazon ECR interface VPC endpoints"; the managed policy AmazonEC2ContainerRegistryPullOnly.
func (p *preflight) pullFromECR(repository settings.ECRRepository, named reference.Named) error {
	if hint := p.attachment.toService("ecr.dkr", repository.Region); hint != "" {
		return noManifest(hint, repository.Host, named)
	}
	arn := p.arn("ecr", place{repository.Account, repository.Region}, "repository/"+repository.Name)
	for _, action := range []string{"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"} {
		if denial := p.denied(action, arn); denial != "" {
			return refuse(p.hintDenied(action, arn), "CannotPullContainerError: The task can’t pull the image. "+
				"Check that the role has the permissions to pull images from the registry. Error response from "+
				"daemon: pull access denied for %s, repository does not exist or may require 'docker login': "+
				"denied: %s", named.Name(), denial)
		}
	}
	if hint := p.attachment.toS3(repository.Region); hint != "" {
		return refuse(hint, "CannotPullContainerError: The task cannot pull %[1]s from the registry %[1]s. There is "+
			"a connection issue between "+
			"the task and the registry. Check your task network configuration. : failed to copy: httpReadSeeker: "+
			"failed open: failed to "+
			"do request: Get %[1]s: "+dialError, named)
	}
	return nil
}

// noManifest is what ECS says of a registry that does not answer.
func noManifest(hint, host string, named reference.Named) error {
	tag := "latest"
	switch r := named.(type) {
	case reference.Digested:
		tag = r.Digest().String()
	case reference.Tagged:
		tag = r.Tag()
	}
	return refuse(hint, "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to "+
		"resolve ref %s: failed to do "+
		"request: Head \"https://%s/v2/%s/manifests/%s\": "+dialError, named, host, reference.Path(named), tag)
}

// registryHost is where the registry of an image answers: Docker Hub's has another name than its images.
func registryHost(named reference.Named) string {
	if domain := reference.Domain(named); domain != "docker.io" {
		return domain
	}
	return "registry-1.docker.io"
}
