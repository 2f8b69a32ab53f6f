package awsread

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// QueueURL returns the URL of the queue of a name; empty where there is none.
func (r *Reader) QueueURL(name string) string {
	out, found := lookUp[*sqstypes.QueueDoesNotExist](r, "the queue "+name, sqs.NewFromConfig(r.cfg).GetQueueUrl,
		&sqs.GetQueueUrlInput{QueueName: &name})
	if !found {
		return ""
	}
	return aws.ToString(out.QueueUrl)
}
