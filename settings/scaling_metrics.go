package settings

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"webapp/internal/configfile"
)

// awsMetrics describes the metrics of a service of AWS: their names, and the dimensions that one of them may have.
type awsMetrics struct{ names, dimensions string }

// messagesVisible is the number of messages in a queue that wait for a receiver.
const messagesVisible = "ApproximateNumberOfMessagesVisible"

// metricsOfAWS has, by namespace, the metrics that a service most likely scales by.
// Sources: SQS developer guide, "Available CloudWatch metrics for Amazon SQS"; ECS developer guide, "Amazon ECS
// CloudWatch metrics"; ELB user guide, "CloudWatch metrics for your Application Load Balancer"; Kinesis Data Streams
// developer guide, "Monitor the Amazon Kinesis Data Streams service with Amazon CloudWatch".
var metricsOfAWS = map[string]awsMetrics{
	"AWS/SQS": {`ApproximateAgeOfOldestMessage ApproximateAgeOfOldestMessageInQuietGroups
		ApproximateNumberOfGroupsWithInflightMessages ApproximateNumberOfMessagesDelayed
		ApproximateNumberOfMessagesDelayedInQuietGroups ApproximateNumberOfMessagesNotVisible
		ApproximateNumberOfMessagesNotVisibleInQuietGroups ApproximateNumberOfMessagesVisible
		ApproximateNumberOfMessagesVisibleInQuietGroups ApproximateNumberOfNoisyGroups
		NumberOfDeduplicatedSentMessages NumberOfEmptyReceives NumberOfMessagesDeleted NumberOfMessagesReceived
		NumberOfMessagesSent SentMessageSize`, "QueueName"},
	"AWS/ECS": {`CPUReservation CPUUtilization MemoryReservation MemoryUtilization GPUReservation
		EBSFilesystemUtilization ActiveConnectionCount ClientTLSNegotiationErrorCount GrpcRequestCount
		HTTPCode_Target_2XX_Count HTTPCode_Target_3XX_Count HTTPCode_Target_4XX_Count HTTPCode_Target_5XX_Count
		NewConnectionCount ProcessedBytes RequestCount RequestCountPerTarget TargetProcessedBytes TargetResponseTime
		TargetTLSNegotiationErrorCount`, "ClusterName ServiceName DiscoveryName TargetDiscoveryName"},
	"AWS/ApplicationELB": {`ActiveConnectionCount AnomalousHostCount BYoIPUtilPercentage
		ClientTLSNegotiationErrorCount ConsumedLCUs DesyncMitigationMode_NonCompliant_Request_Count
		DroppedInvalidHeaderRequestCount ELBAuthError ELBAuthFailure ELBAuthLatency ELBAuthRefreshTokenSuccess
		ELBAuthSuccess ELBAuthUserClaimsSizeExceeded ForwardedInvalidHeaderRequestCount GrpcRequestCount
		HTTPCode_ELB_3XX_Count HTTPCode_ELB_4XX_Count HTTPCode_ELB_5XX_Count HTTPCode_ELB_500_Count
		HTTPCode_ELB_502_Count HTTPCode_ELB_503_Count HTTPCode_ELB_504_Count HTTPCode_Target_2XX_Count
		HTTPCode_Target_3XX_Count HTTPCode_Target_4XX_Count HTTPCode_Target_5XX_Count HTTP_Fixed_Response_Count
		HTTP_Redirect_Count HTTP_Redirect_Url_Limit_Exceeded_Count HealthyHostCount HealthyStateDNS HealthyStateRouting
		IPv6ProcessedBytes IPv6RequestCount LambdaInternalError LambdaTargetProcessedBytes LambdaUserError
		LowReputationPacketsDropped LowReputationRequestsDenied MitigatedHostCount NewConnectionCount
		NonStickyRequestCount PeakLCUs ProcessedBytes RejectedConnectionCount RequestCount RequestCountPerTarget
		ReservedLCUs RuleEvaluations StandardProcessedBytes TargetConnectionErrorCount TargetResponseTime
		TargetTLSNegotiationErrorCount UnHealthyHostCount UnhealthyRoutingRequestCount UnhealthyStateDNS
		UnhealthyStateRouting ZonalShiftedHostCount`, "LoadBalancer TargetGroup AvailabilityZone"},
	"AWS/Kinesis": {`GetRecords.Bytes GetRecords.IteratorAge GetRecords.IteratorAgeMilliseconds GetRecords.Latency
		GetRecords.Records GetRecords.Success IncomingBytes IncomingRecords IteratorAgeMilliseconds OutgoingBytes
		OutgoingRecords PutRecord.Bytes PutRecord.Latency PutRecord.Success PutRecords.Bytes PutRecords.FailedRecords
		PutRecords.Latency PutRecords.Records PutRecords.Success PutRecords.SuccessfulRecords
		PutRecords.ThrottledRecords PutRecords.TotalRecords ReadProvisionedThroughputExceeded SubscribeToShard.RateExceeded
		SubscribeToShard.Success SubscribeToShardEvent.Bytes SubscribeToShardEvent.MillisBehindLatest
		SubscribeToShardEvent.Records SubscribeToShardEvent.Success WriteProvisionedThroughputExceeded`,
		"StreamName ShardId ConsumerName"},
}

// otherNamespaces are those of AWS whose metrics are not known here.
// Source: CloudWatch user guide, "AWS services that publish CloudWatch metrics".
const otherNamespaces = `AWS/ACMPrivateCA AWS/AOSS AWS/AmazonMQ AWS/ApiGateway AWS/AppFlow AWS/AppRunner AWS/AppStream
	AWS/AppSync AWS/Athena AWS/AutoScaling AWS/Backup AWS/Bedrock AWS/Billing AWS/Cassandra AWS/CertificateManager
	AWS/ClientVPN AWS/CloudFront AWS/CloudHSM AWS/CloudSearch AWS/CloudTrail AWS/CodeBuild AWS/Cognito AWS/Connect
	AWS/DAX AWS/DDoSProtection AWS/DMS AWS/DX AWS/DataSync AWS/DocDB AWS/DynamoDB AWS/EBS AWS/EC2 AWS/EC2Spot AWS/ECR
	AWS/ECS/ManagedScaling AWS/EFS AWS/EKS AWS/ELB AWS/ES AWS/ElastiCache AWS/ElasticBeanstalk AWS/ElasticMapReduce
	AWS/Events AWS/FSx AWS/Firehose AWS/GameLift AWS/GatewayELB AWS/GlobalAccelerator AWS/IoT AWS/KMS AWS/Kafka
	AWS/KinesisAnalytics AWS/KinesisVideo AWS/Lambda AWS/Logs AWS/MemoryDB AWS/NATGateway AWS/Neptune AWS/NetworkELB
	AWS/NetworkFirewall AWS/PrivateLinkEndpoints AWS/RDS AWS/Redshift AWS/Route53 AWS/S3
	AWS/SES AWS/SNS AWS/SageMaker AWS/Scheduler AWS/SecretsManager AWS/States AWS/StorageGateway AWS/TransitGateway
	AWS/Usage AWS/VPN AWS/WAFV2 AWS/WorkSpaces AWS/X-Ray`

// resourceParts match the dimensions that are the end of an ARN, and not only a name.
// Source: ELB user guide, "CloudWatch metrics for your Application Load Balancer" (dimensions).
var resourceParts = map[string]*regexp.Regexp{
	"LoadBalancer": regexp.MustCompile(`\bapp/[^/]+/[^/]+$`),
	"TargetGroup":  regexp.MustCompile(`\btargetgroup/[^/]+/[^/]+$`),
}

// checkAWS reports a metric of AWS that does not exist: nothing would ever scale by it. AWS adds metrics, so that only
// what is almost the name of one is refused; what is unknown gets a note.
func (m *Metric) checkAWS(c configfile.Checker) {
	if !c.Valid("namespace", "name", "dimensions") {
		return
	}
	known, ok := metricsOfAWS[m.Namespace]
	if !ok {
		m.checkNamespace(c.At("namespace"))
		return
	}
	names, dimensions := strings.Fields(known.names), strings.Fields(known.dimensions)
	if !slices.Contains(names, m.Name) {
		checkLikely(c.At("name"), m.Name, names, "a metric of "+m.Namespace)
	}
	if len(m.Dimensions) == 0 {
		c.Notef("has no dimensions, but every metric of %s has some of %s: without them it has no data", m.Namespace,
			configfile.JoinWords(dimensions, "and"))
	}
	for _, name := range slices.Sorted(maps.Keys(m.Dimensions)) {
		at, value := c.At("dimensions").Key(name), m.Dimensions[name]
		if !slices.Contains(dimensions, name) {
			checkLikely(at, name, dimensions, "a dimension of "+m.Namespace)
			continue
		}
		checkDimension(at, name, value)
	}
}

// checkLikely reports a text that is almost one of those that are known, and notes any other.
func checkLikely(c configfile.Checker, text string, known []string, what string) {
	if hint := configfile.SuggestLikely(text, known); hint != "" {
		c.Problemf("%q is not %s; %s", text, what, hint)
		return
	}
	c.Notef("%q is not known as %s; make sure that it is right: without data, nothing scales", text, what)
}

// checkNamespace reports a namespace in another case, and one that is almost that of the metric's name and dimensions.
// Short namespaces of AWS are alike, so that any other one that is unknown only gets a note.
func (m *Metric) checkNamespace(c configfile.Checker) {
	all := append(slices.Sorted(maps.Keys(metricsOfAWS)), strings.Fields(otherNamespaces)...)
	for _, namespace := range all {
		switch {
		case m.Namespace == namespace:
			return
		case strings.EqualFold(m.Namespace, namespace):
			c.Problemf("%q is not a namespace of AWS; did you mean %s?", m.Namespace, namespace)
			return
		}
	}
	if !strings.HasPrefix(m.Namespace, "AWS/") {
		return
	}
	hint := configfile.Suggest(m.Namespace, all)
	namespace, isNear := strings.CutPrefix(strings.TrimSuffix(hint, "?"), "did you mean ")
	of := metricsOfAWS[namespace]
	isMeant := len(m.Dimensions) > 0 && slices.Contains(strings.Fields(of.names), m.Name)
	for dimension := range m.Dimensions {
		isMeant = isMeant && slices.Contains(strings.Fields(of.dimensions), dimension)
	}
	switch {
	case isMeant:
		c.Problemf("%q is not the namespace of %s; %s", m.Namespace, m.Name, hint)
	case isNear:
		c.Notef("%q is not known as a namespace of AWS; %s", m.Namespace, hint)
	default:
		c.Notef("%q is not known as a namespace of AWS; make sure that it is right: without data, nothing scales",
			m.Namespace)
	}
}

// checkDimension reports a dimension whose value is the ARN or URL of a resource, or not the right part of its ARN.
func checkDimension(c configfile.Checker, dimension, value string) {
	end := value
	if part := resourceParts[dimension]; part != nil {
		end = part.FindString(value)
	} else if strings.HasPrefix(value, "arn:") || strings.Contains(value, "://") {
		end = value[strings.LastIndexAny(value, ":/")+1:]
	}
	const problem = "%q is not how CloudWatch identifies it; write "
	switch {
	case end == value:
	case end != "":
		c.Problemf(problem+"%s", value, end)
	case dimension == "TargetGroup":
		c.Problemf(problem+"the end of its ARN, such as targetgroup/web/0123456789abcdef", value)
	case dimension == "LoadBalancer":
		c.Problemf(problem+"the end of its ARN, such as app/web/0123456789abcdef", value)
	default:
		c.Problemf(problem+"its name", value)
	}
}
