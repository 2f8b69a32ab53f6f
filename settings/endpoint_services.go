package settings

import (
	"cmp"
	"slices"
	"strings"

	"webapp/internal/configfile"
	"webapp/internal/iamactions"
)

// endpointServices are the services with an interface endpoint, by the part after com.amazonaws.REGION in the
// endpoint's name. Not every region has all of them.
// Source: VPC, AWS PrivateLink guide, "AWS services that integrate with AWS PrivateLink".
var endpointServices = strings.Fields(`
	access-analyzer account acm acm-pca airflow.api airflow.env airflow.ops analytics-omics apigateway app-integrations
	appconfig appconfigdata application-autoscaling application-signals applicationinsights appmesh
	appmesh-envoy-management apprunner apprunner.requests appstream.api appstream.streaming appsync appsync-api apptest
	aps aps-workspaces arc-zonal-shift arsenal-discovery athena auditmanager autoscaling autoscaling-plans awsconnector
	b2bi backup backup-gateway batch bcm-pricing-calculator bedrock bedrock-agent bedrock-agent-runtime
	bedrock-agentcore bedrock-agentcore.gateway bedrock-data-automation bedrock-data-automation-runtime bedrock-runtime
	billing billingconductor braket cases cassandra ce cleanrooms cleanrooms-ml cloudcontrolapi clouddirectory
	cloudformation cloudhsmv2 cloudtrail codeartifact.api codeartifact.repositories codebuild codecatalyst.git
	codecatalyst.packages codecommit codeconnections.api codedeploy codedeploy-commands-secure codeguru-profiler
	codeguru-reviewer codepipeline codestar-connections.api codewhisperer cognito-identity cognito-idp comprehend
	comprehendmedical compute-optimizer config connect-campaigns console control-storage-omics controlcatalog
	controltower cost-optimization-hub data-servicediscovery databrew dataexchange datasync datazone deadline.management
	deadline.scheduling detective deviceadvisor.iot devops-guru dicom-medical-imaging directconnect discovery dlm dms
	drs ds ds-data dsql dynamodb dynamodb-streams ebs ec2 ec2messages ecr-fips.api ecr-fips.dkr ecr-public.api ecr.api
	ecr.dkr ecs ecs-agent ecs-telemetry eks eks-auth eks-proxy elastic-inference.runtime elasticache elasticbeanstalk
	elasticbeanstalk-health elasticfilesystem elasticloadbalancing elasticmapreduce email email-smtp emr-containers
	emr-serverless emr-serverless-services.livy emr-serverless.dashboard emrwal.prod entityresolution events evidently
	evidently-dataplane evs execute-api finspace finspace-api fis fms forecast forecastquery frauddetector fsx gamelift
	gameliftstreams geo.geofencing geo.maps geo.metadata geo.places geo.routes geo.tracking git-codecommit glue
	glue.dashboard grafana grafana-workspace greengrass groundstation guardduty guardduty-data healthlake highlander
	identitystore imagebuilder inspector-scan inspector2 internetmonitor invoicing iot-fips.api iot-fips.tunneling.api
	iot-fips.tunneling.data iot.api iot.credentials iot.data iot.fleethub.api iot.tunneling.api iot.tunneling.data
	iotfleetwise iotmanagedintegrations-fips.api iotmanagedintegrations.api iotroborunner iotsitewise.api
	iotsitewise.data iottwinmaker.api iottwinmaker.data iotwireless.api ivs.contribute kafka kafkaconnect kendra
	kinesis-firehose kinesis-streams kinesisanalytics kms lakeformation lambda launchwizard license-manager
	license-manager-linux-subscriptions license-manager-user-subscriptions lightsail logs lookoutequipment
	lookoutmetrics lookoutvision lorawan.cups lorawan.lns m2 macie2 mail-manager mail-manager-smtp.auth.fips
	mail-manager-smtp.open.fips managedblockchain-query managedblockchain.bitcoin.mainnet
	managedblockchain.bitcoin.testnet mediaconnect mediaconvert medical-imaging memory-db memorydb-fips
	metering-marketplace mgn migrationhub-orchestrator migrationhub-strategy models-v2-lex monitoring mq neptune-graph
	neptune-graph-data network-firewall networkflowmonitor networkflowmonitorreports networkmanager networkmonitor
	nimble notifications notifications-contacts oam observabilityadmin organizations osis outposts panorama
	payment-cryptography.controlplane payment-cryptography.dataplane pca-connector-ad pca-connector-scep pcs personalize
	personalize-events personalize-runtime pi pinpoint pinpoint-sms-voice-v2 pipes pipes-data polly pricing.api
	private-networks profile proton q qapps qldb.session quicksight-website ram rbin rds rds-data redshift redshift-data
	redshift-serverless refactor-spaces rekognition repostspace resource-explorer-2 resource-groups robomaker
	rolesanywhere rum rum-dataplane runtime-medical-imaging runtime-v2-lex s3-outposts s3tables s3vectors
	sagemaker-data-science-assistant sagemaker-geospatial sagemaker.api sagemaker.featurestore-runtime sagemaker.metrics
	sagemaker.runtime scheduler schemas scn secretsmanager securityhub securitylake serverlessrepo
	service.user-subscriptions servicecatalog servicecatalog-appregistry servicediscovery servicequotas shield signin
	simspaceweaver sms snow-device-management sns social-messaging sqs ssm ssm-contacts ssm-incidents ssm-quicksetup
	ssm-sap ssmmessages states storage-omics storagegateway streaming-rekognition sts swf sync-states synthetics tagging
	tags-omics tax textract thinclient.api timestream-influxdb timestream.ingest-cell timestream.query-cell tnb
	transcribe transcribestreaming transfer transfer.server transform transform-custom translate trustedadvisor
	verifiedpermissions voiceid vpc-lattice wafv2 wellarchitected wisdom workflows-omics workmail workmailmessageflow
	workspaces workspaces-web xray
`)

// hasEndpoint reports whether AWS has such an endpoint. A name that ends in -fips stands for the same service.
func hasEndpoint(service string) bool {
	return slices.Contains(endpointServices, service) || slices.Contains(endpointServices,
		strings.TrimSuffix(service, "-fips"))
}

// actionEndpoints are the endpoints of services whose actions begin with another word than the endpoint's name.
// Source: Service authorization reference, beside the guide above.
var actionEndpoints = map[string]string{
	"appconfig": "appconfigdata", "cloudwatch": "monitoring", "ecr": "ecr.api", "firehose": "kinesis-firehose",
	"kinesis": "kinesis-streams", "mobiletargeting": "pinpoint", "ses": "email",
}

// endpointWords are the endpoints of services with another name than the endpoint's, without what separates words.
// Source: the guide above.
var endpointWords = map[string]string{
	"apigateway": "execute-api (to call APIs) or apigateway (to manage them)", "appconfig": "appconfigdata",
	"cloudmap": "servicediscovery", "cloudwatch": "monitoring or logs", "cloudwatchlogs": "logs",
	"codeartifact": "codeartifact.api and codeartifact.repositories",
	"cognito":      "cognito-idp or cognito-identity", "ecr": "ecr.api and ecr.dkr", "efs": "elasticfilesystem",
	"elb": "elasticloadbalancing", "eventbridge": "events", "firehose": "kinesis-firehose",
	"iot": "iot.data or iot.credentials", "kinesis": "kinesis-streams", "parameterstore": "ssm",
	"sagemaker": "sagemaker.runtime or sagemaker.api", "ses": "email or email-smtp", "stepfunctions": "states",
	"systemsmanager": "ssm", "xray": "xray",
}

// EndpointsWithoutDNS are the endpoints for which AWS makes no private DNS names, and refuses to.
// Source: AWS IoT Core developer guide, "Using AWS IoT Core with interface VPC endpoints".
var EndpointsWithoutDNS = []string{"iot.credentials", "iot.data"}

// suggestEndpoint returns what to write instead of a service that has no endpoint of this name.
func suggestEndpoint(service string) string {
	word := strings.NewReplacer("-", "", "_", "", ".", "").Replace(strings.ToLower(service))
	if instead, ok := endpointWords[word]; ok {
		return "write " + instead
	}
	const otherwise = "write the part of the endpoint's name after com.amazonaws.REGION, such as sqs or ecr.api"
	if len(iamactions.Of(service)) > 0 && !hasEndpoint(strings.ToLower(service)) {
		return otherwise // iam is not a misspelt ram
	}
	return cmp.Or(configfile.SuggestLikely(service, endpointServices), otherwise)
}
