package awsread

import (
	"path"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
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

// ResourceName returns the name at the end of an ARN: that of a service or a role, without its path. It is empty where
// there is no ARN.
func ResourceName(of string) string {
	parsed, err := arn.Parse(of)
	if err != nil {
		return ""
	}
	return path.Base(parsed.Resource)
}
