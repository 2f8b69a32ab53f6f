// Package sqs creates SQS queues, each with a queue for dead letters, or looks up existing ones.
package sqs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawssqsqueue"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/sqsqueue"

	"webapp/constructs/account"
	"webapp/internal/expression"
	"webapp/internal/iam"
	"webapp/settings"
)

// Queue is an SQS queue.
type Queue struct {
	url, name, deadLetters string
}

// QueueProps are the properties of a Queue.
type QueueProps struct {
	Account  *account.Account
	Settings settings.NamedQueue
}

// NewQueue creates a queue that is encrypted and accepts encrypted connections only:
//
//	senders → queue → receivers
//	            └ received too often → queue for dead letters
//
// A queue that exists is only looked up.
func NewQueue(scope constructs.Construct, id string, props QueueProps) *Queue {
	scope = constructs.NewConstruct(scope, &id)
	s := props.Settings
	if s.Existing != "" {
		found := dataawssqsqueue.NewDataAwsSqsQueue(scope, jsii.String("found"),
			&dataawssqsqueue.DataAwsSqsQueueConfig{Name: &s.Name})
		return &Queue{url: *found.Url(), name: s.Name}
	}
	letters := newConfig(props, s.DeadLetters)
	letters.MessageRetentionSeconds = jsii.Number(settings.DeadLetterRetention.Seconds())
	dead := sqsqueue.NewSqsQueue(scope, jsii.String("dead-letters"), letters)

	config := newConfig(props, s.Name)
	config.VisibilityTimeoutSeconds = jsii.Number(s.VisibilityTimeout.Seconds())
	config.MessageRetentionSeconds = jsii.Number(s.RetentionPeriod.Seconds())
	// Waiting for a message costs less than asking again and again.
	// Source: SQS developer guide, "Amazon SQS short and long polling".
	config.ReceiveWaitTimeSeconds = jsii.Number(longestWait)
	config.RedrivePolicy = expression.JSON(redrivePolicy{Target: *dead.Arn(), MaxReceives: s.MaxReceives})
	queue := sqsqueue.NewSqsQueue(scope, jsii.String("Resource"), config)
	return &Queue{url: *queue.Url(), name: *queue.Name(), deadLetters: *dead.Name()}
}

// longestWait is the longest that a receiver waits for a message, in seconds. Source: SQS API, SetQueueAttributes.
const longestWait = 20

// redrivePolicy moves messages to a queue for dead letters. Source: SQS API, SetQueueAttributes.
type redrivePolicy struct {
	Target      string `json:"deadLetterTargetArn"`
	MaxReceives int    `json:"maxReceiveCount"`
}

// newConfig returns what both queues have.
func newConfig(props QueueProps, name string) *sqsqueue.SqsQueueConfig {
	config := &sqsqueue.SqsQueueConfig{
		Name: &name,
		// By name, since a queue's policy cannot refer to the queue.
		Policy: iam.Policy(iam.Statement{
			Effect: "Deny", Principal: "*", Action: []string{"sqs:*"},
			Resource:  []string{props.Account.ARN("sqs", name)},
			Condition: iam.Condition{"Bool": {"aws:SecureTransport": {"false"}}},
		}),
	}
	if props.Settings.FIFO {
		config.FifoQueue = true
	}
	if key := props.Settings.KMSKey; key != "" {
		config.KmsMasterKeyId = &key
	} else {
		config.SqsManagedSseEnabled = true
	}
	return config
}

// URL returns the queue's URL, known once applied.
func (q *Queue) URL() string { return q.url }

// Name returns the queue's name, known once applied unless the queue existed.
func (q *Queue) Name() string { return q.name }

// DeadLetters returns the name of the queue for dead letters, known once applied; "" for a queue that existed.
func (q *Queue) DeadLetters() string { return q.deadLetters }
