package awsread

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// EC2Tags returns tags of EC2 as a map.
func EC2Tags(tags []ec2types.Tag) map[string]string {
	return tagMap(tags, func(t ec2types.Tag) (*string, *string) { return t.Key, t.Value })
}

// tagMap makes a map of tags. Each service of the AWS SDK has a type of its own for them.
func tagMap[Tag any](tags []Tag, of func(Tag) (key, value *string)) map[string]string {
	m := map[string]string{}
	for _, t := range tags {
		key, value := of(t)
		m[aws.ToString(key)] = aws.ToString(value)
	}
	return m
}

// LastPart returns what follows the last slash of an ARN: the name of a service, a role or a load balancer's part.
func LastPart(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }
