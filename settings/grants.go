package settings

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Place is where a stack is deployed, in the terms of an ARN.
type Place struct{ Partition, Region, Account string }

// ARN returns the ARN of a resource in the account and region.
func (p Place) ARN(service, resource string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", p.Partition, service, p.Region, p.Account, resource)
}

// LongestPlace has the longest names that exist. Source: botocore's endpoints.json.
var LongestPlace = Place{Partition: "aws-us-gov", Region: "us-isof-south-1", Account: "123456789012"}

// StartTasks returns the permissions that ECS needs to start the containers.
// Source: ECS developer guide, "Task execution IAM role".
func (w *Workload) StartTasks(here Place, logGroupARN string) []Statement {
	all := []Statement{{
		Actions:   []string{"logs:CreateLogStream", "logs:PutLogEvents"},
		Resources: []string{logGroupARN + ":*"},
	}}
	images, cached, secrets, parameters, files, buckets := texts{}, texts{}, texts{}, texts{}, texts{}, texts{}
	for _, k := range w.Containers() {
		if repository, ok := k.ECRRepository(); ok {
			arn := fmt.Sprintf("arn:%s:ecr:%s:%s:repository/%s", here.Partition, repository.Region, repository.Account,
				repository.Name)
			images.add(arn)
			if k.PullThroughCache {
				cached.add(arn)
			}
		}
		for _, arn := range k.SecretARNs() {
			if !fullSecretARN.MatchString(arn) {
				arn += anySuffix
			}
			secrets.add(arn)
		}
		for _, parameter := range k.Parameters() {
			if strings.HasPrefix(parameter, "/") {
				parameter = here.ARN("ssm", "parameter"+parameter)
			}
			parameters.add(parameter)
			if secret, ok := referredSecret(parameter); ok {
				secrets.add(secret + anySuffix)
			}
		}
		for _, file := range k.EnvironmentFiles {
			bucket, _, _ := strings.Cut(file, "/")
			files.add(asWrittenInPolicy(file))
			buckets.add(bucket)
		}
	}
	if len(images) > 0 {
		// This action does not support resources (Service authorization reference, Amazon ECR).
		all = append(all, Statement{Actions: []string{"ecr:GetAuthorizationToken"}, Resources: []string{"*"}})
	}
	keys := texts{}
	keys.add(w.Task.SecretKMSKeys...)
	for _, grant := range []struct {
		on      texts
		actions []string
	}{
		{images, []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}},
		{cached, []string{"ecr:BatchImportUpstreamImage", "ecr:CreateRepository"}},
		{secrets, []string{"secretsmanager:GetSecretValue"}},
		{parameters, []string{"ssm:GetParameters"}},
		{keys, []string{"kms:Decrypt"}},
		{files, []string{"s3:GetObject"}},
		{buckets, []string{"s3:GetBucketLocation"}},
	} {
		if len(grant.on) > 0 {
			all = append(all, Statement{Actions: grant.actions, Resources: grant.on.sorted()})
		}
	}
	return all
}

// referredSecret returns the ARN, without the suffix, of the secret that Parameter Store reads by the ARN of a
// parameter. It needs the permission of who reads the parameter.
// Sources: Systems Manager user guide, "Referencing AWS Secrets Manager secrets from Parameter Store parameters"; ECS
// developer guide, "Amazon ECS task execution IAM role" (Secrets Manager or Systems Manager permissions).
func referredSecret(parameter string) (arn string, ok bool) {
	place, name, ok := strings.Cut(parameter, ":parameter/aws/reference/secretsmanager/")
	return strings.Replace(place, ":ssm:", ":secretsmanager:", 1) + ":secret:" + name, ok
}

// anySuffix stands for the suffix that Secrets Manager adds, which a reference may leave out.
const anySuffix = "-??????"

// fullSecretARN matches an ARN with the suffix that Secrets Manager adds: a hyphen and six characters.
var fullSecretARN = regexp.MustCompile(`-[A-Za-z0-9]{6}$`)

// asWrittenInPolicy escapes ${…} in a name, which IAM would read as a policy variable. A dollar sign without a brace
// needs no escape.
// Source: IAM user guide, "IAM policy elements: Variables and tags".
func asWrittenInPolicy(name string) string { return strings.ReplaceAll(name, "${", "${$}{") }

// OpenShell allows the agent that ECS adds to a container to talk to Session Manager, if the service has exec. These
// actions do not support resources.
// Source: ECS developer guide, "Task IAM role", "ECS Exec permissions".
func (w *Workload) OpenShell() []Statement {
	if !w.Service.Exec {
		return nil
	}
	return []Statement{{
		Actions: []string{
			"ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
			"ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
		},
		Resources: []string{"*"},
	}}
}

// WriteTraces allows sending traces to X-Ray, if the service has tracing. These actions do not support resources
// (Service authorization reference, AWS X-Ray).
func (w *Workload) WriteTraces() []Statement {
	if w.Tracing == nil {
		return nil
	}
	return []Statement{{Actions: []string{"xray:PutTelemetryRecords", "xray:PutTraceSegments"},
		Resources: []string{"*"}}}
}

// UseVolumes allows mounting the EFS file systems that use IAM, and writing to those that a container mounts without
// readOnly.
// Source: EFS user guide, "Using IAM to control access to file systems".
func (w *Workload) UseVolumes(here Place) []Statement {
	var all []Statement
	for _, name := range slices.Sorted(maps.Keys(w.Task.Volumes)) {
		v := w.Task.Volumes[name]
		if v.FileSystem == "" || !v.IAM {
			continue
		}
		s := Statement{
			Actions:   []string{"elasticfilesystem:ClientMount"},
			Resources: []string{here.ARN("elasticfilesystem", "file-system/"+v.FileSystem)},
		}
		if w.Writes(name) {
			s.Actions = append(s.Actions, "elasticfilesystem:ClientWrite")
		}
		if v.AccessPoint != "" {
			s.Conditions = map[string]map[string][]string{"StringEquals": {
				"elasticfilesystem:AccessPointArn": {here.ARN("elasticfilesystem", "access-point/"+v.AccessPoint)},
			}}
		}
		all = append(all, s)
	}
	return all
}

// texts is a set.
type texts map[string]bool

func (t texts) add(all ...string) {
	for _, text := range all {
		t[text] = true
	}
}

func (t texts) sorted() []string { return slices.Sorted(maps.Keys(t)) }
