package iamactions

import (
	"path"
	"slices"
	"strings"
)

// operations are those of containers whose action has another name, with what permits them. A word without a service is
// an action of the operations' own.
//
// Sources: S3 user guide, "Required permissions for Amazon S3 API operations"; SQS developer guide, "Amazon SQS API
// permissions: Actions and resource reference"; SNS developer guide, "Message batching"; DynamoDB developer guide,
// "Using IAM with DynamoDB transactions" and "IAM security policies with PartiQL for DynamoDB"; KMS developer guide,
// "AWS KMS permissions"; Lambda API, Invoke and InvokeWithResponseStream; Bedrock API, Converse, ConverseStream,
// InvokeModelWithBidirectionalStream and StartAsyncInvoke; API Gateway developer guide, "Use @connections commands".
var operations = []struct{ service, names, permittedBy string }{
	{"s3", "HeadObject SelectObjectContent", "GetObject"},
	{"s3", "CopyObject UploadPartCopy", "GetObject PutObject"},
	{"s3", "CreateMultipartUpload UploadPart CompleteMultipartUpload", "PutObject"},
	{"s3", "DeleteObjects", "DeleteObject"},
	{"s3", "HeadBucket ListObjects ListObjectsV2", "ListBucket"},
	{"s3", "ListBuckets", "ListAllMyBuckets"},
	{"s3", "ListDirectoryBuckets", "s3express:ListAllMyDirectoryBuckets"},
	{"s3", "CreateSession", "s3express:CreateSession"},
	{"s3", "ListMultipartUploads", "ListBucketMultipartUploads"},
	{"s3", "ListObjectVersions", "ListBucketVersions"},
	{"s3", "ListParts", "ListMultipartUploadParts"},
	{"s3", "WriteGetObjectResponse", "s3-object-lambda:WriteGetObjectResponse"},
	{"s3", "GetObjectLockConfiguration", "GetBucketObjectLockConfiguration"},
	{"s3", "PutObjectLockConfiguration", "PutBucketObjectLockConfiguration"},
	{"s3", "DeleteBucketCors", "PutBucketCORS"},
	{"s3", "DeleteBucketOwnershipControls", "PutBucketOwnershipControls"},
	{"s3", "DeleteBucketTagging", "PutBucketTagging"},
	{"s3", "GetBucketAccelerateConfiguration", "GetAccelerateConfiguration"},
	{"s3", "PutBucketAccelerateConfiguration", "PutAccelerateConfiguration"},
	{"s3", "GetBucketAnalyticsConfiguration ListBucketAnalyticsConfigurations", "GetAnalyticsConfiguration"},
	{"s3", "PutBucketAnalyticsConfiguration DeleteBucketAnalyticsConfiguration", "PutAnalyticsConfiguration"},
	{"s3", "GetBucketEncryption", "GetEncryptionConfiguration"},
	{"s3", "PutBucketEncryption DeleteBucketEncryption", "PutEncryptionConfiguration"},
	{"s3", "GetBucketIntelligentTieringConfiguration ListBucketIntelligentTieringConfigurations",
		"GetIntelligentTieringConfiguration"},
	{"s3", "PutBucketIntelligentTieringConfiguration DeleteBucketIntelligentTieringConfiguration",
		"PutIntelligentTieringConfiguration"},
	{"s3", "GetBucketInventoryConfiguration ListBucketInventoryConfigurations", "GetInventoryConfiguration"},
	{"s3", "PutBucketInventoryConfiguration DeleteBucketInventoryConfiguration", "PutInventoryConfiguration"},
	{"s3", "GetBucketLifecycle GetBucketLifecycleConfiguration", "GetLifecycleConfiguration"},
	{"s3", "PutBucketLifecycle PutBucketLifecycleConfiguration DeleteBucketLifecycle", "PutLifecycleConfiguration"},
	{"s3", "GetBucketMetricsConfiguration ListBucketMetricsConfigurations", "GetMetricsConfiguration"},
	{"s3", "PutBucketMetricsConfiguration DeleteBucketMetricsConfiguration", "PutMetricsConfiguration"},
	{"s3", "GetBucketNotificationConfiguration", "GetBucketNotification"},
	{"s3", "PutBucketNotificationConfiguration", "PutBucketNotification"},
	{"s3", "GetPublicAccessBlock", "GetBucketPublicAccessBlock"},
	{"s3", "PutPublicAccessBlock DeletePublicAccessBlock", "PutBucketPublicAccessBlock"},
	{"s3", "GetBucketReplication", "GetReplicationConfiguration"},
	{"s3", "PutBucketReplication DeleteBucketReplication", "PutReplicationConfiguration"},
	{"sqs", "SendMessageBatch", "SendMessage"},
	{"sqs", "DeleteMessageBatch", "DeleteMessage"},
	{"sqs", "ChangeMessageVisibilityBatch", "ChangeMessageVisibility"},
	{"sns", "PublishBatch", "Publish"},
	{"dynamodb", "TransactGetItems", "GetItem"},
	{"dynamodb", "TransactWriteItems", "ConditionCheckItem DeleteItem PutItem UpdateItem"},
	{"dynamodb", "ExecuteStatement BatchExecuteStatement ExecuteTransaction",
		"PartiQLDelete PartiQLInsert PartiQLSelect PartiQLUpdate"},
	{"kms", "ReEncrypt", "ReEncrypt*"},
	{"lambda", "Invoke InvokeWithResponseStream", "InvokeFunction"},
	{"bedrock", "Converse InvokeModelWithBidirectionalStream StartAsyncInvoke", "InvokeModel"},
	{"bedrock", "ConverseStream", "InvokeModelWithResponseStream"},
	{"execute-api", "PostToConnection GetConnection DeleteConnection", "ManageConnections"},
}

// PermittedBy returns the actions that permit an operation of a service, such as s3:GetObject for HeadObject, or nil
// for one that is not known. The name may have wildcards, which stand for all operations that match.
func PermittedBy(prefix, name string) (actions []string) {
	name = strings.ToLower(name)
	for _, some := range operations {
		matches := func(operation string) bool {
			is, _ := path.Match(name, strings.ToLower(operation))
			return is
		}
		if !strings.EqualFold(prefix, some.service) || !slices.ContainsFunc(strings.Fields(some.names), matches) {
			continue
		}
		for _, action := range strings.Fields(some.permittedBy) {
			if !strings.Contains(action, ":") {
				action = some.service + ":" + action
			}
			if !slices.Contains(actions, action) {
				actions = append(actions, action)
			}
		}
	}
	return actions
}
