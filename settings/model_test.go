package settings

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"webapp/internal/awsmodel"
	"webapp/internal/configfile"
)

// parameter is where a setting goes in AWS's API. What AWS's model says of the parameter, the setting's rules must say
// too.
type parameter struct {
	// to is the service, the operation and the parameter's path.
	to string
	// words are AWS's for ours, where the parameter is one of a few.
	words map[string]string
	// part says that the setting is only a part of the parameter's text, so that the characters count, and not the
	// length.
	part bool
	// item makes the i-th item of a list.
	item func(i int) string
	// grow makes a text of a length. Default: the one in the file below, with letters behind it.
	grow func(n int) string
	// sample is a text that is right. Default: the one in the file below.
	sample string
	// narrower says why the rules refuse some of what the model takes. Default: they take all of it.
	narrower string
}

// Reasons that several settings have.
const (
	ofOneKind    = "it names a thing of one kind, and has its ARN's form"
	inDNS        = "a name in DNS is of lower-case letters, digits and hyphens, and of parts up to 63"
	inAddresses  = "it becomes part of a Terraform address, which is of letters, digits and hyphens"
	ofTheService = "a service has at most 5,000 tasks (ECS service quotas)"
)

// parameters are the settings that reach AWS. What is within a sidecar is as in the first container, a routing and a
// health check of another port as those of the first.
var parameters = map[string]parameter{
	"aws.role":      {to: "sts AssumeRole RoleArn", narrower: ofOneKind},
	"aws.tags{key}": {to: "iam CreateRole Tags[].Key"},
	"aws.tags{}":    {to: "iam CreateRole Tags[].Value"},

	"state.s3.bucket": {to: "s3 CreateBucket Bucket"},
	"state.s3.kmsKey": {to: "s3 PutBucketEncryption " +
		"ServerSideEncryptionConfiguration.Rules[].ApplyServerSideEncryptionByDefault.KMSMasterKeyID"},
	"state.s3.role":   {to: "sts AssumeRole RoleArn", narrower: ofOneKind},
	"state.s3.prefix": {to: "s3 PutObject Key", part: true},

	"pipeline.permissionsBoundary": {to: "iam CreateRole PermissionsBoundary", narrower: ofOneKind},

	"network.new.name":        {to: "ec2 CreateVpc TagSpecifications[].Tags[].Value"},
	"network.new.cidr":        {to: "ec2 CreateVpc CidrBlock"},
	"network.new.zoneNames[]": {to: "ec2 CreateSubnet AvailabilityZone"},
	"network.new.endpoints[]": {to: "ec2 CreateVpcEndpoint ServiceName"},
	"network.new.flowLogs.traffic": {to: "ec2 CreateFlowLogs TrafficType",
		words: map[string]string{"all": "ALL", "accept": "ACCEPT", "reject": "REJECT"}},
	"network.new.flowLogs.retentionDays": {to: "logs PutRetentionPolicy retentionInDays"},
	"network.new.flowLogs.kmsKey":        {to: "logs CreateLogGroup kmsKeyId", narrower: ofOneKind},
	"network.existing.id":                {to: "ec2 DescribeVpcs VpcIds[]"},
	"network.existing.name":              {to: "ec2 DescribeVpcs Filters[].Values[]"},
	"network.existing.tags{key}":         {to: "ec2 DescribeVpcs Filters[].Name"},
	"network.existing.tags{}":            {to: "ec2 DescribeVpcs Filters[].Values[]"},

	"loadBalancer.port":                          {to: "elbv2 CreateListener Port"},
	"loadBalancer.https.certificates[]":          {to: "elbv2 CreateListener Certificates[].CertificateArn"},
	"loadBalancer.https.policy":                  {to: "elbv2 CreateListener SslPolicy"},
	"loadBalancer.https.clientCertificates.mode": {to: "elbv2 CreateListener MutualAuthentication.Mode"},
	"loadBalancer.https.clientCertificates.authorities": {
		to: "elbv2 CreateTrustStore CaCertificatesBundleS3Key", part: true},
	"loadBalancer.https.clientCertificates.authoritiesVersion": {
		to: "elbv2 CreateTrustStore CaCertificatesBundleS3ObjectVersion"},
	"loadBalancer.https.clientCertificates.trustStore": {to: "elbv2 CreateListener MutualAuthentication.TrustStoreArn"},
	"loadBalancer.domain.name": {to: "acm RequestCertificate DomainName", grow: domainOf, narrower: "64 " +
		"characters for the first name, as the model's text says; " + inDNS},
	"loadBalancer.domain.aliases": {to: "acm RequestCertificate SubjectAlternativeNames",
		item: func(i int) string { return fmt.Sprintf("n%d.example.com", i) }, narrower: "the domain's own name is " +
			"one of the 100"},
	"loadBalancer.domain.aliases[]": {to: "acm RequestCertificate SubjectAlternativeNames[]", grow: domainOf,
		narrower: inDNS},
	"loadBalancer.allowedSources[]":       {to: "ec2 AuthorizeSecurityGroupIngress IpPermissions[].IpRanges[].CidrIp"},
	"loadBalancer.idleTimeout":            {to: "elbv2 ModifyLoadBalancerAttributes Attributes[].Value"},
	"loadBalancer.desyncMitigation":       {to: "elbv2 ModifyLoadBalancerAttributes Attributes[].Value", part: true},
	"loadBalancer.accessLogs.bucket":      {to: "elbv2 ModifyLoadBalancerAttributes Attributes[].Value", part: true},
	"loadBalancer.accessLogs.prefix":      {to: "elbv2 ModifyLoadBalancerAttributes Attributes[].Value", part: true},
	"loadBalancer.webACL":                 {to: "wafv2 AssociateWebACL WebACLArn", narrower: ofOneKind},
	"loadBalancer.existing.listener":      {to: "elbv2 CreateRule ListenerArn"},
	"loadBalancer.existing.securityGroup": {to: "ec2 AuthorizeSecurityGroupEgress GroupId"},

	"routing.paths[]":      {to: "elbv2 CreateRule Conditions[].PathPatternConfig.Values[]"},
	"routing.hosts[]":      {to: "elbv2 CreateRule Conditions[].HostHeaderConfig.Values[]"},
	"routing.headers{key}": {to: "elbv2 CreateRule Conditions[].HttpHeaderConfig.HttpHeaderName"},
	"routing.headers{}[]":  {to: "elbv2 CreateRule Conditions[].HttpHeaderConfig.Values[]"},
	"routing.sources[]":    {to: "elbv2 CreateRule Conditions[].SourceIpConfig.Values[]"},
	"routing.priority":     {to: "elbv2 CreateRule Priority"},

	"login.cognito.userPool": {to: "elbv2 CreateRule Actions[].AuthenticateCognitoConfig.UserPoolArn"},
	"login.cognito.client":   {to: "cognito-idp DescribeUserPoolClient ClientId"},
	"login.cognito.domain":   {to: "elbv2 CreateRule Actions[].AuthenticateCognitoConfig.UserPoolDomain"},
	"login.scope":            {to: "elbv2 CreateRule Actions[].AuthenticateCognitoConfig.Scope"},
	"login.sessionCookie":    {to: "elbv2 CreateRule Actions[].AuthenticateCognitoConfig.SessionCookieName"},
	"login.sessionTimeout": {
		to: "elbv2 CreateRule Actions[].AuthenticateCognitoConfig.SessionTimeout"},
	"login.unauthenticated": {to: "elbv2 CreateRule Actions[].AuthenticateCognitoConfig.OnUnauthenticatedRequest",
		words: same("authenticate", "deny", "allow")},

	"task.family": {to: "ecs RegisterTaskDefinition family"},
	"task.cpu":    {to: "ecs RegisterTaskDefinition cpu"},
	"task.memory": {to: "ecs RegisterTaskDefinition memory"},
	"task.architecture": {to: "ecs RegisterTaskDefinition runtimePlatform.cpuArchitecture",
		words: same("X86_64", "ARM64")},
	"task.ephemeralStorage":     {to: "ecs RegisterTaskDefinition ephemeralStorage.sizeInGiB"},
	"task.volumes{key}":         {to: "ecs RegisterTaskDefinition volumes[].name"},
	"task.volumes{}.fileSystem": {to: "ecs RegisterTaskDefinition volumes[].efsVolumeConfiguration.fileSystemId"},
	"task.volumes{}.accessPoint": {to: "ecs RegisterTaskDefinition " +
		"volumes[].efsVolumeConfiguration.authorizationConfig.accessPointId"},
	"task.volumes{}.directory":      {to: "ecs RegisterTaskDefinition volumes[].efsVolumeConfiguration.rootDirectory"},
	"task.role.policies[]":          {to: "iam AttachRolePolicy PolicyArn", narrower: ofOneKind},
	"task.role.permissionsBoundary": {to: "iam CreateRole PermissionsBoundary", narrower: ofOneKind},
	"task.role.statements[].actions[]": {to: "iam PutRolePolicy PolicyDocument", part: true, narrower: "an " +
		"action is of letters and digits (Service authorization reference)"},
	"task.role.statements[].resources[]": {to: "iam PutRolePolicy PolicyDocument", part: true, narrower: "a " +
		"dollar begins a policy variable"},
	"task.role.statements[].conditions{}{key}": {to: "iam PutRolePolicy PolicyDocument", part: true},
	"task.role.statements[].conditions{}{}[]":  {to: "iam PutRolePolicy PolicyDocument", part: true},
	"task.secretKmsKeys[]": {to: "iam PutRolePolicy PolicyDocument", part: true,
		narrower: ofOneKind},

	"container.name":    {to: "ecs RegisterTaskDefinition containerDefinitions[].name"},
	"container.ports[]": {to: "ecs RegisterTaskDefinition containerDefinitions[].portMappings[].containerPort"},
	"container.image":   {to: "ecs RegisterTaskDefinition containerDefinitions[].image"},
	"container.credentials": {to: "ecs RegisterTaskDefinition " +
		"containerDefinitions[].repositoryCredentials.credentialsParameter"},
	"container.environment{key}": {to: "ecs RegisterTaskDefinition containerDefinitions[].environment[].name"},
	"container.environment{}":    {to: "ecs RegisterTaskDefinition containerDefinitions[].environment[].value"},
	"container.secrets{key}":     {to: "ecs RegisterTaskDefinition containerDefinitions[].secrets[].name"},
	"container.secrets{}":        {to: "ecs RegisterTaskDefinition containerDefinitions[].secrets[].valueFrom"},
	"container.environmentFiles[]": {to: "ecs RegisterTaskDefinition " +
		"containerDefinitions[].environmentFiles[].value"},
	"container.entryPoint[]":     {to: "ecs RegisterTaskDefinition containerDefinitions[].entryPoint[]"},
	"container.command[]":        {to: "ecs RegisterTaskDefinition containerDefinitions[].command[]"},
	"container.user":             {to: "ecs RegisterTaskDefinition containerDefinitions[].user"},
	"container.workingDirectory": {to: "ecs RegisterTaskDefinition containerDefinitions[].workingDirectory"},
	"container.stopTimeout":      {to: "ecs RegisterTaskDefinition containerDefinitions[].stopTimeout"},
	"container.restartPolicy.attemptPeriod": {
		to: "ecs RegisterTaskDefinition containerDefinitions[].restartPolicy.restartAttemptPeriod"},
	"container.restartPolicy.ignoredExitCodes[]": {
		to: "ecs RegisterTaskDefinition containerDefinitions[].restartPolicy.ignoredExitCodes[]"},
	"container.versionConsistency": {
		to: "ecs RegisterTaskDefinition containerDefinitions[].versionConsistency"},
	"container.multilinePattern": {
		to: "ecs RegisterTaskDefinition containerDefinitions[].logConfiguration.options{}"},
	"container.openFiles":             {to: "ecs RegisterTaskDefinition containerDefinitions[].ulimits[].softLimit"},
	"container.healthCheck.command[]": {to: "ecs RegisterTaskDefinition containerDefinitions[].healthCheck.command[]"},
	"container.healthCheck.interval":  {to: "ecs RegisterTaskDefinition containerDefinitions[].healthCheck.interval"},
	"container.healthCheck.timeout":   {to: "ecs RegisterTaskDefinition containerDefinitions[].healthCheck.timeout"},
	"container.healthCheck.retries":   {to: "ecs RegisterTaskDefinition containerDefinitions[].healthCheck.retries"},
	"container.healthCheck.startPeriod": {to: "ecs RegisterTaskDefinition " +
		"containerDefinitions[].healthCheck.startPeriod"},
	"container.labels{key}":     {to: "ecs RegisterTaskDefinition containerDefinitions[].dockerLabels{key}"},
	"container.labels{}":        {to: "ecs RegisterTaskDefinition containerDefinitions[].dockerLabels{}"},
	"container.mounts[].volume": {to: "ecs RegisterTaskDefinition containerDefinitions[].mountPoints[].sourceVolume"},
	"container.mounts[].path":   {to: "ecs RegisterTaskDefinition containerDefinitions[].mountPoints[].containerPath"},
	"container.dependsOn{key}":  {to: "ecs RegisterTaskDefinition containerDefinitions[].dependsOn[].containerName"},
	"container.dependsOn{}": {to: "ecs RegisterTaskDefinition containerDefinitions[].dependsOn[].condition",
		words: same("START", "HEALTHY", "COMPLETE", "SUCCESS")},
	"container.cpu":               {to: "ecs RegisterTaskDefinition containerDefinitions[].cpu"},
	"container.memory":            {to: "ecs RegisterTaskDefinition containerDefinitions[].memory"},
	"container.memoryReservation": {to: "ecs RegisterTaskDefinition containerDefinitions[].memoryReservation"},
	"sidecars{key}":               {to: "ecs RegisterTaskDefinition containerDefinitions[].name"},
	"sidecars{}.ports[]": {to: "ecs RegisterTaskDefinition " +
		"containerDefinitions[].portMappings[].containerPort"},
	"release.command[]": {to: "ecs RunTask overrides.containerOverrides[].command[]"},

	"tracing.image":  {to: "ecs RegisterTaskDefinition containerDefinitions[].image"},
	"tracing.cpu":    {to: "ecs RegisterTaskDefinition containerDefinitions[].cpu"},
	"tracing.memory": {to: "ecs RegisterTaskDefinition containerDefinitions[].memory"},

	"service.name":                            {to: "ecs CreateService serviceName"},
	"service.desiredCount":                    {to: "ecs CreateService desiredCount"},
	"service.targetGroup.protocol":            {to: "elbv2 CreateTargetGroup Protocol"},
	"service.healthCheck.protocol":            {to: "elbv2 CreateTargetGroup HealthCheckProtocol"},
	"service.targetGroup.protocolVersion":     {to: "elbv2 CreateTargetGroup ProtocolVersion"},
	"service.targetGroup.deregistrationDelay": {to: "elbv2 ModifyTargetGroupAttributes Attributes[].Value"},
	"service.targetGroup.slowStart":           {to: "elbv2 ModifyTargetGroupAttributes Attributes[].Value"},
	"service.targetGroup.algorithm":           {to: "elbv2 ModifyTargetGroupAttributes Attributes[].Value", part: true},
	"service.targetGroup.stickiness.duration": {to: "elbv2 ModifyTargetGroupAttributes Attributes[].Value"},
	"service.targetGroup.stickiness.cookie":   {to: "elbv2 ModifyTargetGroupAttributes Attributes[].Value", part: true},
	"service.healthCheck.path":                {to: "elbv2 CreateTargetGroup HealthCheckPath"},
	"service.healthCheck.port":                {to: "elbv2 CreateTargetGroup HealthCheckPort", part: true},
	"service.healthCheck.successCodes":        {to: "elbv2 CreateTargetGroup Matcher.HttpCode"},
	"service.healthCheck.interval":            {to: "elbv2 CreateTargetGroup HealthCheckIntervalSeconds"},
	"service.healthCheck.timeout":             {to: "elbv2 CreateTargetGroup HealthCheckTimeoutSeconds"},
	"service.healthCheck.healthyThreshold":    {to: "elbv2 CreateTargetGroup HealthyThresholdCount"},
	"service.healthCheck.unhealthyThreshold":  {to: "elbv2 CreateTargetGroup UnhealthyThresholdCount"},
	"service.healthCheck.gracePeriod":         {to: "ecs CreateService healthCheckGracePeriodSeconds"},
	"service.additionalPorts[].port":          {to: "ecs CreateService loadBalancers[].containerPort"},
	"service.deployment.minHealthyPercent":    {to: "ecs CreateService deploymentConfiguration.minimumHealthyPercent"},
	"service.deployment.maxPercent":           {to: "ecs CreateService deploymentConfiguration.maximumPercent"},
	"service.deployment.alarms[]":             {to: "cloudwatch PutMetricAlarm AlarmName"},
	"service.capacity.onDemand.base":          {to: "ecs CreateService capacityProviderStrategy[].base"},
	"service.capacity.onDemand.weight":        {to: "ecs CreateService capacityProviderStrategy[].weight"},
	"service.capacity.spot.base":              {to: "ecs CreateService capacityProviderStrategy[].base"},
	"service.capacity.spot.weight":            {to: "ecs CreateService capacityProviderStrategy[].weight"},
	"service.platformVersion":                 {to: "ecs CreateService platformVersion"},
	"service.propagateTags": {to: "ecs CreateService propagateTags",
		words: map[string]string{"service": "SERVICE", "task-definition": "TASK_DEFINITION", "none": "NONE"}},
	"service.securityGroups[]": {to: "ecs CreateService " +
		"networkConfiguration.awsvpcConfiguration.securityGroups[]"},
	"service.connect.name": {to: "ecs CreateService " +
		"serviceConnectConfiguration.services[].clientAliases[].dnsName"},
	"service.connect.discoveryName": {to: "ecs CreateService serviceConnectConfiguration.services[].discoveryName"},
	"namespace.allowedSources[]":    {to: "ec2 AuthorizeSecurityGroupIngress IpPermissions[].IpRanges[].CidrIp"},
	"service.connect.port": {to: "ecs CreateService serviceConnectConfiguration.services[].clientAliases[].port",
		narrower: "0 is not a port"},
	"service.discovery.name": {to: "servicediscovery CreateService Name", narrower: "one part, in lower case, as DNS " +
		"compares names"},
	"service.discovery.ttl": {to: "servicediscovery CreateService DnsConfig.DnsRecords[].TTL"},
	"namespace.name":        {to: "servicediscovery CreatePrivateDnsNamespace Name", grow: domainOf, narrower: inDNS},

	"scaling.min": {to: "application-autoscaling RegisterScalableTarget MinCapacity"},
	"scaling.max": {to: "application-autoscaling RegisterScalableTarget MaxCapacity"},
	"scaling.cpu.percent": {to: "application-autoscaling PutScalingPolicy " +
		"TargetTrackingScalingPolicyConfiguration.TargetValue"},
	"scaling.cpu.scaleInCooldown": {to: "application-autoscaling PutScalingPolicy " +
		"TargetTrackingScalingPolicyConfiguration.ScaleInCooldown"},
	"scaling.cpu.scaleOutCooldown": {to: "application-autoscaling PutScalingPolicy " +
		"TargetTrackingScalingPolicyConfiguration.ScaleOutCooldown"},
	"scaling.memory.percent": {to: "application-autoscaling PutScalingPolicy " +
		"TargetTrackingScalingPolicyConfiguration.TargetValue"},
	"scaling.requests.perMinute": {to: "application-autoscaling PutScalingPolicy " +
		"TargetTrackingScalingPolicyConfiguration.TargetValue"},
	"scaling.responseTime.milliseconds": {to: "application-autoscaling PutScalingPolicy " +
		"TargetTrackingScalingPolicyConfiguration.TargetValue"},
	"scaling.backlog.perTask": {to: "application-autoscaling PutScalingPolicy " +
		"TargetTrackingScalingPolicyConfiguration.TargetValue"},
	"scaling.metrics{key}": {to: "application-autoscaling PutScalingPolicy PolicyName", narrower: inAddresses},
	"scaling.metrics{}.target": {to: "application-autoscaling PutScalingPolicy " +
		"TargetTrackingScalingPolicyConfiguration.TargetValue"},
	"scaling.metrics{}.namespace": {to: "cloudwatch PutMetricAlarm Namespace", narrower: "metrics are named in " +
		"ASCII, as the model's text says"},
	"scaling.metrics{}.name": {to: "cloudwatch PutMetricAlarm MetricName"},
	"scaling.metrics{}.statistic": {to: "application-autoscaling PutScalingPolicy " +
		"TargetTrackingScalingPolicyConfiguration.CustomizedMetricSpecification.Statistic",
		words: same("Average", "Minimum", "Maximum", "SampleCount", "Sum")},
	"scaling.metrics{}.dimensions": {to: "cloudwatch PutMetricAlarm Dimensions",
		item: func(i int) string { return fmt.Sprintf("N%d", i) }},
	"scaling.metrics{}.dimensions{key}": {to: "cloudwatch PutMetricAlarm Dimensions[].Name"},
	"scaling.metrics{}.dimensions{}":    {to: "cloudwatch PutMetricAlarm Dimensions[].Value"},
	"scaling.burst.threshold":           {to: "cloudwatch PutMetricAlarm Threshold"},
	"scaling.burst.percent": {to: "application-autoscaling PutScalingPolicy " +
		"StepScalingPolicyConfiguration.StepAdjustments[].ScalingAdjustment"},
	"scaling.burst.cooldown": {to: "application-autoscaling PutScalingPolicy StepScalingPolicyConfiguration.Cooldown"},
	"scaling.steps{key}":     {to: "application-autoscaling PutScalingPolicy PolicyName", narrower: inAddresses},
	"scaling.steps{}.steps[].at": {to: "application-autoscaling PutScalingPolicy " +
		"StepScalingPolicyConfiguration.StepAdjustments[].MetricIntervalLowerBound"},
	"scaling.steps{}.steps[].change": {to: "application-autoscaling PutScalingPolicy " +
		"StepScalingPolicyConfiguration.StepAdjustments[].ScalingAdjustment"},
	"scaling.steps{}.adjustment": {to: "application-autoscaling PutScalingPolicy " +
		"StepScalingPolicyConfiguration.AdjustmentType",
		words: map[string]string{"tasks": "ChangeInCapacity", "percent": "PercentChangeInCapacity",
			"exact": "ExactCapacity"}},
	"scaling.steps{}.atLeast": {to: "application-autoscaling PutScalingPolicy " +
		"StepScalingPolicyConfiguration.MinAdjustmentMagnitude"},
	"scaling.steps{}.minutes":     {to: "cloudwatch PutMetricAlarm EvaluationPeriods"},
	"scaling.steps{}.missingData": {to: "cloudwatch PutMetricAlarm TreatMissingData", part: true},
	"scaling.steps{}.cooldown": {to: "application-autoscaling PutScalingPolicy " +
		"StepScalingPolicyConfiguration.Cooldown"},
	"scaling.schedules{key}": {to: "application-autoscaling PutScheduledAction ScheduledActionName",
		narrower: inAddresses},
	"scaling.schedules{}.cron": {to: "application-autoscaling PutScheduledAction Schedule", part: true,
		narrower: "it is an expression"},
	"scaling.schedules{}.timeZone": {to: "application-autoscaling PutScheduledAction Timezone", narrower: "time " +
		"zones have names, as the model's text says"},
	"scaling.schedules{}.start": {to: "application-autoscaling PutScheduledAction StartTime"},
	"scaling.schedules{}.end":   {to: "application-autoscaling PutScheduledAction EndTime"},
	"scaling.schedules{}.min":   {to: "application-autoscaling PutScheduledAction ScalableTargetAction.MinCapacity"},
	"scaling.schedules{}.max":   {to: "application-autoscaling PutScheduledAction ScalableTargetAction.MaxCapacity"},

	"logs.existing":      {to: "logs CreateLogGroup logGroupName", sample: "/teams/web"},
	"logs.retentionDays": {to: "logs PutRetentionPolicy retentionInDays"},
	"logs.kmsKey":        {to: "logs CreateLogGroup kmsKeyId", narrower: ofOneKind},
	"logs.buffer":        {to: "ecs RegisterTaskDefinition containerDefinitions[].logConfiguration.options{}"},

	"jobs{key}":            {to: "scheduler CreateSchedule Name", part: true, narrower: inAddresses},
	"jobs{}.schedule.cron": {to: "scheduler CreateSchedule ScheduleExpression", part: true},
	"jobs{}.schedule.timeZone": {to: "scheduler CreateSchedule ScheduleExpressionTimezone", narrower: "time zones " +
		"have names, as the model's text says"},
	"jobs{}.schedule.retries":     {to: "scheduler CreateSchedule Target.RetryPolicy.MaximumRetryAttempts"},
	"jobs{}.schedule.startWithin": {to: "scheduler CreateSchedule Target.RetryPolicy.MaximumEventAgeInSeconds"},

	"observability.containerInsights": {to: "ecs CreateCluster settings[].value", part: true},
	"observability.alarms.topic": {to: "cloudwatch PutMetricAlarm AlarmActions[]",
		narrower: ofOneKind},
	"observability.alarms.emails[]":               {to: "sns Subscribe Endpoint"},
	"observability.alarms.kmsKey":                 {to: "sns SetTopicAttributes AttributeValue"},
	"observability.alarms.serverErrors.percent":   {to: "cloudwatch PutMetricAlarm Threshold"},
	"observability.alarms.serverErrors.minutes":   {to: "cloudwatch PutMetricAlarm Metrics[].MetricStat.Period"},
	"observability.alarms.unhealthyHosts.minutes": {to: "cloudwatch PutMetricAlarm EvaluationPeriods"},
	"observability.alarms.latency.milliseconds":   {to: "cloudwatch PutMetricAlarm Threshold"},
	"observability.alarms.latency.minutes":        {to: "cloudwatch PutMetricAlarm EvaluationPeriods"},
	"observability.alarms.cpu.percent":            {to: "cloudwatch PutMetricAlarm Threshold"},
	"observability.alarms.cpu.minutes":            {to: "cloudwatch PutMetricAlarm EvaluationPeriods"},
	"observability.alarms.memory.percent":         {to: "cloudwatch PutMetricAlarm Threshold"},
	"observability.alarms.memory.minutes":         {to: "cloudwatch PutMetricAlarm EvaluationPeriods"},
	"observability.alarms.atMaximum.minutes":      {to: "cloudwatch PutMetricAlarm EvaluationPeriods"},
	"observability.alarms.fewerRunning.minutes":   {to: "cloudwatch PutMetricAlarm EvaluationPeriods"},
	"observability.alarms.oldestMessage.age":      {to: "cloudwatch PutMetricAlarm Threshold"},
	"observability.alarms.oldestMessage.minutes":  {to: "cloudwatch PutMetricAlarm EvaluationPeriods"},
	"observability.alarms.deadLetters.atLeast":    {to: "cloudwatch PutMetricAlarm Threshold"},
}

// notParameters are the settings that AWS never sees as they are, with the reason. A path that ends in a dot
// covers everything below it.
var notParameters = map[string]string{
	"name":                                      "part of names; stacks/names_test.go compares their lengths with AWS's",
	"services{key}":                             "as name",
	"aws.region":                                "it chooses the endpoint; see partitions",
	"aws.account":                               "Terraform compares it with the account of the credentials",
	"state.s3.region":                           "as aws.region",
	"state.s3.create":                           "it says whether there is a bucket",
	"state.s3.retentionDays":                    "the model says nothing of a number of days",
	"state.remote.":                             "it is not for AWS",
	"pipeline.github.":                          "they become parts of a trust policy, which names no resource of AWS",
	"pipeline.gitlab.":                          "as those of GitHub",
	"pipeline.createProvider":                   "it says whether there is a provider",
	"preview.domain":                            "part of hosts, whose length in a rule it is checked for",
	"preview.days":                              "it becomes a date in a tag",
	"network.new.zones":                         "it says how many subnets there are",
	"network.new.natGateways":                   "it says how many gateways there are",
	"network.new.publicSubnetPrefix":            "it becomes part of a range",
	"network.new.privateSubnetPrefix":           "it becomes part of a range",
	"network.existing.publicSubnets.":           "they are looked up, by what Terraform's data sources take",
	"network.existing.privateSubnets.":          "they are looked up, by what Terraform's data sources take",
	"loadBalancer.accessLogs.retentionDays":     "the model says nothing of a number of days",
	"task.role.statements[].conditions{key}":    "an operator is one of a list; see role.go",
	"service.connect.protocol":                  "tcp is not in the model's appProtocol: it stands for leaving it out",
	"service.connect.calls[]":                   "it is the order of deployments",
	"service.deployment.redeploy":               "it is a trigger of Terraform's",
	"release.timeout":                           "this program stops the task",
	"loadBalancer.domain.zone":                  "it is looked up by its name",
	"queue.":                                    "a queue's attributes are texts, of which the model says nothing",
	"sendsTo[]":                                 "it names a service of the file",
	"jobs{}.extends":                            "it names a service of the file",
	"jobs{}.schedule.rate":                      "as cron",
	"jobs{}.schedule.at":                        "as cron",
	"scaling.schedules{}.rate":                  "as cron",
	"scaling.schedules{}.at":                    "as cron",
	"scaling.burst.on":                          "it names a setting",
	"scaling.steps{}.on":                        "it names a setting",
	"scaling.steps{}.when":                      "it chooses the alarm's comparison",
	"scaling.suspended[]":                       "each word is a switch of its own",
	"observability.alarms.serverErrors.atLeast": "it is a number in a metric's formula",
	"overrides[].":                              "they are Terraform's, and can be anything",
}

// alike are settings with the same type, so that one has the other's rules.
var alike = []struct{ path, as string }{
	{"sidecars{}.", "container."},
	{"task.executionRole.", "task.role."},
	{"service.additionalPorts[].routing.", "routing."},
	{"service.additionalPorts[].login.", "login."},
	{"service.additionalPorts[].healthCheck.", "service.healthCheck."},
	{"jobs{}.container.", "container."},
	{"jobs{}.sidecars{}.", "container."},
	{"jobs{}.sidecars", "sidecars"},
	{"jobs{}.securityGroups", "service.securityGroups"},
	{"jobs{}.task.executionRole.", "task.role."},
	{"jobs{}.", ""},
	{"scaling.steps{}.metric.", "scaling.metrics{}."},
	{"scaling.memory.", "scaling.cpu."},
	{"scaling.requests.", "scaling.cpu."},
	{"scaling.responseTime.", "scaling.cpu."},
	{"scaling.backlog.", "scaling.cpu."},
	{"scaling.metrics{}.", "scaling.cpu."},
}

// everySetting lists the settings that hold a value, and the keys of mappings, by their paths: a[] is an item of a
// list, a{} an entry of a mapping and a{key} its key.
func everySetting() map[string]reflect.Type {
	all := map[string]reflect.Type{}
	var walk func(path string, typ reflect.Type)
	walk = func(path string, typ reflect.Type) {
		switch typ.Kind() {
		case reflect.Pointer:
			walk(path, typ.Elem())
		case reflect.Struct:
			for key, field := range configfile.Fields(typ) {
				walk(configfile.JoinPath(path, key), field.Type)
			}
		case reflect.Slice:
			walk(path+"[]", typ.Elem())
		case reflect.Map:
			all[path+"{key}"] = typ.Key()
			if path != "services" { // which has what stands at the top as well
				walk(path+"{}", typ.Elem())
			}
		default:
			all[path] = typ
		}
	}
	walk("", reflect.TypeFor[Settings]())
	return all
}

// TestEverySettingIsComparedWithAWS finds settings that were forgotten: each reaches a parameter of AWS, or does
// not, for a reason.
func TestEverySettingIsComparedWithAWS(t *testing.T) {
	all := everySetting()
	used := map[string]bool{}
	known := func(setting string) bool {
		_, isParameter := parameters[setting]
		used[setting] = true
		if isParameter {
			return true
		}
		for path := range notParameters {
			if path == setting || strings.HasSuffix(path, ".") && strings.HasPrefix(setting, path) {
				used[path] = true
				return true
			}
		}
		return false
	}
	for setting, typ := range all {
		found := known(setting) || typ.Kind() == reflect.Bool // true and false are right for AWS
		for _, a := range alike {
			if rest, ok := strings.CutPrefix(setting, a.path); ok && !found {
				found = known(a.as + rest)
			}
		}
		if !found {
			t.Errorf("%s: say in parameters where it goes in AWS's API, or in notParameters why it does not", setting)
		}
	}
	for path := range notParameters {
		if !used[path] {
			t.Errorf("notParameters has %s, which is not a setting", path)
		}
	}
	for path := range parameters {
		setting := path
		if _, isValue := all[path]; !isValue && !slices.ContainsFunc([]string{"[]", "{key}"},
			func(of string) bool { _, ok := all[setting+of]; return ok }) {
			t.Errorf("parameters has %s, which is not a setting", path)
		}
	}
}

// TestRulesAreAWSs makes values just within and just beyond what AWS's model says of a parameter, and compares its
// answer with ours.
func TestRulesAreAWSs(t *testing.T) {
	models, err := awsmodel.Installed(t.Context(), "..")
	if err != nil {
		t.Fatal(err)
	}
	all := everySetting()
	compared := 0
	for setting, p := range parameters {
		t.Run(setting, func(t *testing.T) {
			words := strings.Fields(p.to)
			shape, err := models.Parameter(words[0], words[1], words[2])
			if err != nil {
				t.Fatal(err)
			}
			refused := "" // the first value that only we refuse
			for _, probe := range p.probes(t, setting, all[setting], shape) {
				compared++
				theirs, ours := len(shape.Validate("", probe.theirs)) == 0, problemsOf(t, setting, probe.ours)
				switch {
				case !theirs && ours == "":
					t.Errorf("we accept %.300q, and AWS refuses it: %v", fmt.Sprint(probe.ours),
						shape.Validate("", probe.theirs))
				case theirs && ours != "" && p.narrower == "":
					t.Errorf("AWS takes %.300q, and we refuse it without a reason in the table: %s",
						fmt.Sprint(probe.ours), ours)
				case theirs && ours != "":
					refused = ours
				}
			}
			if p.narrower != "" && refused == "" {
				t.Errorf("the table says that we refuse what AWS takes (%s), but no value was refused", p.narrower)
			}
			if list, isItem := strings.CutSuffix(words[2], "[]"); isItem {
				around, err := models.Parameter(words[0], words[1], list)
				if _, listed := parameters[strings.TrimSuffix(setting, "[]")]; err == nil && around.Max != nil &&
					!listed {
					t.Errorf("the list has at most %v items: compare %s, too", *around.Max,
						strings.TrimSuffix(setting, "[]"))
				}
			}
		})
	}
	if compared < 500 {
		t.Errorf("only %d values were compared", compared)
	}
}

// probe is a value as a settings file has it, and as it reaches AWS.
type probe struct{ ours, theirs any }

// probes are values at the edges of what a shape says.
func (p parameter) probes(t *testing.T, setting string, typ reflect.Type, shape awsmodel.Parameter) []probe {
	t.Helper()
	var all []probe
	switch {
	case p.item != nil:
		for _, limit := range edges(shape.Min, shape.Max) {
			if limit < 1 {
				continue // an empty list is not sent
			}
			all = append(all, p.list(limit, shape))
		}
	case p.words != nil:
		for ours, theirs := range p.words {
			all = append(all, probe{ours, theirs})
		}
		for _, theirs := range shape.Enum {
			if !slices.Contains(slices.Collect(maps.Values(p.words)), theirs) {
				t.Errorf("no word stands for AWS's %s", theirs)
			}
		}
	case typ == nil:
		t.Fatal("say how an item is made")
	case shape.Type == "string" && typ.Kind() != reflect.String:
		// a number's text is not too long
	case typ == reflect.TypeFor[time.Duration]():
		for _, n := range edges(shape.Min, shape.Max) {
			all = append(all, probe{fmt.Sprintf("%ds", n), float64(n)})
		}
	case typ.Kind() == reflect.Int || typ.Kind() == reflect.Float64:
		for _, n := range edges(shape.Min, shape.Max) {
			theirs := float64(n)
			if shape.Name == "Period" {
				theirs *= 60
			}
			all = append(all, probe{n, theirs})
		}
	case shape.Pattern != "" || !p.part && (shape.Min != nil || shape.Max != nil):
		sample := p.sample
		if sample == "" {
			sample = sampleOf(t, setting)
		}
		all = p.texts(setting, sample, shape)
	}
	return all
}

// list is one of many items; of entries where AWS's items are of two parts.
func (p parameter) list(n int, shape awsmodel.Parameter) probe {
	var items, pairs []any
	entries := map[string]any{}
	for i := range n {
		item := p.item(i)
		items = append(items, item)
		pairs = append(pairs, map[string]any{"Name": item, "Value": "x"})
		entries[item] = "x"
	}
	if shape.Element.Type == "structure" {
		return probe{entries, pairs}
	}
	return probe{items, items}
}

// alphabet are the characters that a text is tried with: all of ASCII that can be printed, and some of each further
// kind.
var alphabet = func() []rune {
	letters := []rune("\x01\t\n\x7fé\u00a0\u0100–日😀")
	for r := ' '; r <= '~'; r++ {
		letters = append(letters, r)
	}
	return letters
}()

func (p parameter) texts(setting, sample string, shape awsmodel.Parameter) []probe {
	grow := p.grow
	if grow == nil {
		grow = func(n int) string {
			if n <= len(sample) {
				return sample[:n]
			}
			return sample + strings.Repeat("a", n-len(sample))
		}
	}
	var all []probe
	if !p.part {
		for _, n := range edges(shape.Min, shape.Max) {
			if n > 0 || strings.ContainsAny(setting[len(setting)-1:], "]}") { // without a text, nothing is sent
				all = append(all, probe{grow(n), grow(n)})
			}
		}
	}
	if shape.Pattern == "" {
		return all
	}
	with := func(letters ...rune) probe {
		text := sample[:len(sample)-1] + string(letters) + sample[len(sample)-1:]
		return probe{text, text}
	}
	var taken []rune
	for _, letter := range alphabet {
		if p := with(letter); len(shape.Validate("", p.theirs)) > 0 {
			all = append(all, p)
		} else {
			taken = append(taken, letter)
		}
	}
	// All that AWS takes at once, since each text is a whole file to read.
	for some := range slices.Chunk(taken, 20) {
		all = append(all, with(some...))
	}
	return all
}

// edges are the numbers at a shape's limits, and beyond them.
func edges(low, high *float64) []int {
	var all []int
	if low != nil {
		all = append(all, int(*low)-1, int(*low))
	}
	if high != nil {
		all = append(all, int(*high), int(*high)+1)
	}
	return slices.DeleteFunc(all, func(n int) bool { return n < 0 })
}

// domainOf is a name in the zone example.com of a length.
func domainOf(n int) string {
	const zone = "example.com"
	name := zone
	for len(name) < n {
		label := min(n-len(name)-1, 60)
		if n-len(name)-1-label == 1 {
			label-- // or a dot would stand at the beginning
		}
		name = strings.Repeat("a", max(label, 1)) + "." + name
	}
	return name[len(name)-min(n, len(name)):]
}

func same(words ...string) map[string]string {
	all := map[string]string{}
	for _, word := range words {
		all[word] = word
	}
	return all
}

// withEverything has a value for every setting of the table.
const withEverything = `
name: web
aws: {role: "arn:aws:iam::123456789012:role/deploy", tags: {team: web}}
state: {s3: {bucket: states, region: eu-west-1, prefix: terraform, role: "arn:aws:iam::123456789012:role/state"}}
pipeline: {github: {repository: acme/shop}, permissionsBoundary: "arn:aws:iam::123456789012:policy/pipelines"}
network: {new: {flowLogs: {traffic: all, retentionDays: 14, kmsKey: "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d"}}}
loadBalancer:
  port: 8443
  webACL: arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/office/0a1b2c3d
  domain: {name: shop.example.com, zone: example.com, aliases: [api.example.com]}
routing: {paths: [/a/*], headers: {X-Version: [beta]}, priority: 7}
login: {cognito: {userPool: "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbCdEf123", client: c0123,
                  domain: login.example.com}}
task:
  architecture: X86_64
  secretKmsKeys: ["arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d"]
  role:
    policies: ["arn:aws:iam::123456789012:policy/queue"]
    permissionsBoundary: arn:aws:iam::123456789012:policy/boundary
    statements: [{actions: ["s3:GetObject"], resources: ["arn:aws:s3:::pictures/team"],
                  conditions: {StringEquals: {"aws:ResourceTag/team": [web]}}}]
container: {image: nginx, ports: [80], dependsOn: {agent: START}}
sidecars: {agent: {image: nginx, healthCheck: {command: [CMD, "true"]}}}
service:
  desiredCount: 1
  propagateTags: service
  healthCheck: {path: /health, interval: 300s, timeout: 2s, healthyThreshold: 5, unhealthyThreshold: 2}
  capacity: {onDemand: {weight: 1}, spot: {weight: 1}}
  deployment: {alarms: [errors]}
  connect: {name: web, port: 80, discoveryName: web-sc}
  discovery: {name: records, ttl: 10s}
namespace: {name: internal, allowedSources: [10.0.0.0/8]}
scaling:
  cpu: {percent: 50}
  metrics: {backlog: {namespace: Shop, name: Backlog, statistic: Average, dimensions: {Queue: orders}, target: 5}}
  steps: {errors: {on: memory, adjustment: tasks, minutes: 1, steps: [{at: 80, change: 2}]}}
  schedules: {morning: {cron: 0 7 ? * MON-FRI *, timeZone: Europe/Paris}, often: {rate: 12 hours},
              sale: {at: "2026-11-27T00:00:00"}}
logs: {kmsKey: "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d"}
jobs:
  report:
    schedule: {cron: 0 3 * * ? *, timeZone: Europe/Paris}
    extends: web
    container: {command: [bin/report]}
observability:
  alarms:
    topic: arn:aws:sns:eu-west-1:123456789012:on-call
    serverErrors: {minutes: 5}
    unhealthyHosts: {minutes: 5}
    latency: {minutes: 5}
    cpu: {minutes: 5}
    memory: {minutes: 5}
    atMaximum: {minutes: 5}
    fewerRunning: {minutes: 5}
`

var settingStep = regexp.MustCompile(`[^.\[{]+|\[\]|\{\}|\{key\}`)

// change replaces a setting in a decoded file, and returns its path there.
func change(node any, steps []string, path string, replace func(old any) any) (changed any, at string) {
	last := len(steps) == 1
	entry := func(mapping map[string]any, key string) (any, string) {
		at := configfile.JoinPath(path, configfile.QuoteKey(key))
		if last {
			mapping[key] = replace(mapping[key])
		} else {
			mapping[key], at = change(mapping[key], steps[1:], at, replace)
		}
		return mapping, at
	}
	switch step := steps[0]; step {
	case "[]":
		list, _ := node.([]any)
		if len(list) == 0 {
			list = []any{nil}
		}
		at = path + "[0]"
		if last {
			list[0] = replace(list[0])
		} else {
			list[0], at = change(list[0], steps[1:], at, replace)
		}
		return list, at
	case "{}", "{key}":
		mapping := node.(map[string]any)
		key := slices.Sorted(maps.Keys(mapping))[0]
		if step == "{}" {
			return entry(mapping, key)
		}
		value := mapping[key]
		delete(mapping, key)
		renamed := replace(key).(string)
		mapping[renamed] = value
		return mapping, configfile.JoinPath(path, configfile.QuoteKey(renamed))
	default:
		mapping, _ := node.(map[string]any)
		if mapping == nil {
			mapping = map[string]any{}
		}
		return entry(mapping, step)
	}
}

func decodeEverything(t *testing.T) map[string]any {
	t.Helper()
	var root map[string]any
	if err := yaml.Unmarshal([]byte(withEverything), &root); err != nil {
		t.Fatal(err)
	}
	return root
}

// sampleOf is the text that the file above has for a setting.
func sampleOf(t *testing.T, setting string) string {
	t.Helper()
	sample := ""
	change(decodeEverything(t), settingStep.FindAllString(setting, -1), "", func(old any) any {
		sample, _ = old.(string)
		return old
	})
	if sample == "" {
		t.Fatalf("the file of this test has no %s", setting)
	}
	return sample
}

// problemsOf is what is wrong with a setting that has a value; empty where it is right.
func problemsOf(t *testing.T, setting string, value any) string {
	t.Helper()
	root, path := change(decodeEverything(t), settingStep.FindAllString(setting, -1), "",
		func(any) any { return value })
	file, err := yaml.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Parse("webapp.yaml", file, Options{})
	var problems Problems
	if err != nil && !errors.As(err, &problems) {
		t.Fatal(err)
	}
	for _, p := range problems {
		if p.Path == "" {
			t.Fatalf("%v: %s", p, file)
		}
		if p.Path == path || strings.HasPrefix(p.Path, path+".") || strings.HasPrefix(p.Path, path+"[") {
			return p.Message
		}
	}
	return ""
}
