package live

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"webapp/internal/localaws/scheduler"
)

// downloadFiles begins AWS's words for an environment file that cannot be had. The rest is from stopped tasks that
// users have published: aws/aws-cli#6470 for the network, others for permissions.
const downloadFiles = "ResourceInitializationError: failed to download env files: "

// environmentFiles adds the variables of the containers' files in S3. What the task definition gives itself takes
// precedence, and so does the first of several files: ECS processes them "from the top down". Source: ECS API,
// EnvironmentFile.
func (p *preflight) environmentFiles(launch *scheduler.Launch) error {
	for i, c := range p.definition.ContainerDefinitions {
		for _, file := range c.EnvironmentFiles {
			variables, err := p.environmentFile(aws.ToString(file.Value))
			if err != nil {
				return err
			}
			environment := launch.Containers[i].Environment
			for name, value := range variables {
				if _, given := environment[name]; !given {
					environment[name] = value
				}
			}
		}
	}
	return nil
}

// environmentFile reads a file. ECS asks S3 for its size first. S3 does not tell a role that may not list the bucket
// whether an object is missing or forbidden. Source: S3 API, HeadObject.
func (p *preflight) environmentFile(arn string) (map[string]string, error) {
	_, path, _ := strings.Cut(arn, ":::")
	bucket, key, _ := strings.Cut(path, "/")
	if hint := p.attachment.toS3(p.where.region); hint != "" {
		return nil, refuse(hint, downloadFiles+"file download command: non empty error stream: RequestCanceled: "+
			"request context canceled caused by: context deadline exceeded")
	}
	const action = "s3:GetObject"
	if p.denied(action, arn) != "" {
		return nil, p.noFile(http.StatusForbidden, p.hintDenied(action, arn))
	}
	out, err := p.world.s3(p.where).GetObject(p.ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) && response.HTTPStatusCode() == http.StatusNotFound {
		status := http.StatusNotFound
		if p.denied("s3:ListBucket", strings.TrimSuffix(arn, "/"+key)) != "" {
			status = http.StatusForbidden
		}
		return nil, p.noFile(status, fmt.Sprintf("The object %s does not exist in the bucket %s. Upload it, or correct the "+
			"container's environmentFiles.", key, bucket))
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = out.Body.Close() }()
	encryption := p.keyARN(aws.ToString(out.SSEKMSKeyId), p.where.region)
	if encryption != "" && p.denied("kms:Decrypt", encryption) != "" {
		return nil, p.noFile(http.StatusForbidden, p.hintKey(encryption))
	}
	return parseEnvironment(out.Body)
}

// noFile says that S3 does not give a file. Its answer to HEAD has no body, so that the status is all that there is.
func (p *preflight) noFile(status int, hint string) error {
	code := strings.ReplaceAll(http.StatusText(status), " ", "")
	return refuse(hint, downloadFiles+"service call has been retried 1 time(s): operation error S3: HeadObject, "+
		"https response error StatusCode: %d, RequestID: %s, HostID: , api error %s: %s",
		status, requestID(p.task), code, http.StatusText(status))
}

// parseEnvironment reads lines of VARIABLE=VALUE as Docker's --env-file does, on which Fargate relies: quotes and
// spaces belong to the value, and lines that begin with # are comments. Source: ECS developer guide, "Pass environment
// variables to an Amazon ECS container".
func parseEnvironment(file io.Reader) (map[string]string, error) {
	variables := map[string]string{}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		line := strings.TrimLeft(lines.Text(), " \t")
		name, value, isVariable := strings.Cut(line, "=")
		if isVariable && name != "" && !strings.HasPrefix(line, "#") {
			variables[name] = value
		}
	}
	return variables, lines.Err()
}
