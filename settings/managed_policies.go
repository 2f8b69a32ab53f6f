package settings

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"webapp/internal/configfile"
)

// checkManagedPolicy reports a managed policy of AWS that does not exist under this ARN, or that no role of a task can
// have. AWS adds policies all the time, so a name that is not known is accepted.
func checkManagedPolicy(c configfile.Checker, arn string) {
	prefix, written, ofAWS := strings.Cut(arn, ":iam::aws:policy/")
	if !ofAWS {
		return
	}
	if folder := path.Dir(written); slices.Contains([]string{"aws-service-role", "root-task"}, folder) {
		c.Problemf("%s cannot be attached to a role: those under %s/ are for AWS's own use; write another policy, or "+
			"statements", arn, folder)
		return
	}
	for _, known := range policiesOfAWS {
		if written != known && strings.EqualFold(path.Base(written), path.Base(known)) {
			c.Problemf("%s does not exist; write %s:iam::aws:policy/%s", arn, prefix, known)
		}
	}
}

// policyNamed returns the name of a managed policy of AWS, with its folder, for a text that may be one, or an example.
func policyNamed(text string) string {
	for _, known := range policiesOfAWS {
		if strings.EqualFold(path.Base(known), text) {
			return known
		}
	}
	if nameOfAWS.MatchString(text) {
		return text
	}
	return "AmazonSQSReadOnlyAccess"
}

// nameOfAWS matches names like those of AWS's policies, some of which policiesOfAWS does not have.
var nameOfAWS = regexp.MustCompile(`^(Amazon|AWS|CloudWatch)[A-Za-z0-9_]+$`)

// policiesOfAWS are managed policies that tasks have, with their folders. Their names are unique in any case.
// Source: AWS managed policy reference guide, "ARN" of each policy.
var policiesOfAWS = []string{
	"service-role/AmazonECSTaskExecutionRolePolicy", "service-role/AmazonEC2ContainerServiceforEC2Role",
	"service-role/AmazonEC2ContainerServiceEventsRole", "service-role/AmazonS3ObjectLambdaExecutionRolePolicy",
	"service-role/AWSLambdaBasicExecutionRole", "service-role/AWSLambdaSQSQueueExecutionRole",
	"service-role/AWSLambdaDynamoDBExecutionRole", "service-role/AWSLambdaKinesisExecutionRole",
	"service-role/AWSLambdaVPCAccessExecutionRole", "service-role/AWSLambdaRole", "service-role/AWSGlueServiceRole",
	"service-role/AmazonPersonalizeFullAccess", "service-role/AmazonEBSCSIDriverPolicy",
	"service-role/AmazonEFSCSIDriverPolicy", "service-role/AmazonGrafanaCloudWatchAccess",
	"job-function/Billing", "job-function/DataScientist", "job-function/DatabaseAdministrator",
	"job-function/NetworkAdministrator", "job-function/SupportUser", "job-function/SystemAdministrator",
	"job-function/ViewOnlyAccess",

	"AmazonBedrockFullAccess", "AmazonBedrockReadOnly", "AmazonDynamoDBFullAccess", "AmazonDynamoDBReadOnlyAccess",
	"AmazonEC2ContainerRegistryPullOnly", "AmazonEC2ContainerRegistryReadOnly", "AmazonECS_FullAccess",
	"AmazonElasticFileSystemClientFullAccess", "AmazonElasticFileSystemClientReadOnlyAccess",
	"AmazonElasticFileSystemClientReadWriteAccess", "AmazonEventBridgeFullAccess", "AmazonKinesisFullAccess",
	"AmazonKinesisReadOnlyAccess", "AmazonPrometheusRemoteWriteAccess", "AmazonRDSDataFullAccess",
	"AmazonRDSReadOnlyAccess", "AmazonS3FullAccess", "AmazonS3ReadOnlyAccess", "AmazonSESFullAccess",
	"AmazonSNSFullAccess", "AmazonSNSReadOnlyAccess", "AmazonSQSFullAccess", "AmazonSQSReadOnlyAccess",
	"AmazonSSMManagedInstanceCore", "AmazonSSMReadOnlyAccess", "AWSAppMeshEnvoyAccess", "AWSLambda_FullAccess",
	"AWSStepFunctionsFullAccess", "AWSXRayDaemonWriteAccess", "AWSXrayWriteOnlyAccess", "CloudWatchAgentServerPolicy",
	"CloudWatchFullAccess", "CloudWatchLogsFullAccess", "CloudWatchReadOnlyAccess", "PowerUserAccess", "ReadOnlyAccess",
	"SecretsManagerReadWrite", "SecurityAudit",
}
