package settings

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"webapp/internal/iamactions"
)

// Statements whose actions fit a resource each, most of them from AWS's user guides, get neither a problem nor a note.
func TestStatementsThatPermitSomething(t *testing.T) {
	const here = "eu-west-1:123456789012:"
	for _, statements := range [][][2]string{{
		{"rds-data:ExecuteStatement", "arn:aws:rds:" + here + "cluster:orders"},
		{"aps:RemoteWrite", "arn:aws:aps:" + here + "workspace/ws-01234567"},
		{"geo:SearchPlaceIndexForText", "arn:aws:geo:" + here + "place-index/places"},
		{"bedrock:InvokeModel", "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"},
		{"bedrock:InvokeModel", "arn:aws:bedrock:::foundation-model/anthropic.claude-sonnet-4-20250514-v1:0"},
		{"bedrock:InvokeModelWithResponseStream", "arn:aws:bedrock:" + here + "inference-profile/eu.amazon.nova-lite-v1:0"},
		{"mobiletargeting:SendMessages", "arn:aws:mobiletargeting:" + here + "apps/0123456789abcdef/messages"},
		{"ses:SendEmail", "arn:aws:ses:" + here + "identity/shop.example.com"},
		{"ses:SendBulkEmail", "arn:aws:ses:" + here + "identity/*"},
		{"execute-api:Invoke", "arn:aws:execute-api:" + here + "a1b2c3d4e5/live/POST/*"},
		{"execute-api:ManageConnections", "arn:aws:execute-api:" + here + "a1b2c3d4e5/*"},
		{"s3express:CreateSession", "arn:aws:s3express:" + here + "bucket/shop--euw1-az2--x-s3"},
		{"elasticfilesystem:ClientMount", "arn:aws:elasticfilesystem:" + here + "file-system/fs-01234567"},
		{"cognito-idp:AdminGetUser", "arn:aws:cognito-idp:" + here + "userpool/eu-west-1_Abcdefghi"},
		{"ecs:RunTask", "arn:aws:ecs:" + here + "task-definition/report:*"},
		{"ecs:RunTask", "arn:aws:ecs:" + here + "task-definition/report"},
		{"ecs:UpdateTaskProtection", "arn:aws:ecs:" + here + "task/shop/*"},
		{"scheduler:CreateSchedule", "arn:aws:scheduler:" + here + "schedule/reminders/*"},
		{"dsql:DbConnect", "arn:aws:dsql:" + here + "cluster/abcdefghijklmnopqrstuvwxyz"},
		{"elasticache:Connect", "arn:aws:elasticache:" + here + "user:shop"},
		{"memorydb:connect", "arn:aws:memorydb:" + here + "user/shop"},
		{"aoss:APIAccessAll", "arn:aws:aoss:" + here + "collection/0123456789abcdef"},
		{"kinesis:PutRecords", "arn:aws:kinesis:" + here + "stream/orders"},
		{"firehose:PutRecordBatch", "arn:aws:firehose:" + here + "deliverystream/orders"},
		{"timestream:WriteRecords", "arn:aws:timestream:" + here + "database/shop/table/orders"},
		{"verifiedpermissions:IsAuthorized", "arn:aws:verifiedpermissions::123456789012:policy-store/PSabc"},
		{"sagemaker:InvokeEndpoint", "arn:aws:sagemaker:" + here + "endpoint/prices"},
		{"glue:GetTable", "arn:aws:glue:" + here + "catalog"},
		{"athena:StartQueryExecution", "arn:aws:athena:" + here + "workgroup/reports"},
		{"cloudfront:CreateInvalidation", "arn:aws:cloudfront::123456789012:distribution/E0123456789ABC"},
		{"route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z0123456789ABC"},
		{"appsync:GraphQL", "arn:aws:appsync:" + here + "apis/0123456789/types/Query/*"},
		{"iot:Publish", "arn:aws:iot:" + here + "topic/orders/*"},
		{"mediaconvert:CreateJob", "arn:aws:mediaconvert:" + here + "queues/Default"},
		{"cassandra:Select", "arn:aws:cassandra:" + here + "/keyspace/shop/table/orders"},
		{"neptune-db:connect", "arn:aws:neptune-db:" + here + "cluster-0123456789ABC/*"},
		{"redshift-data:ExecuteStatement", "arn:aws:redshift-serverless:" + here +
			"workgroup/01234567-89ab-4def-8123-456789abcdef"},
		{"redshift-data:ExecuteStatement", "arn:aws:redshift:" + here + "cluster:reports"},
		{"kafka-cluster:WriteData", "arn:aws:kafka:" + here + "topic/shop/*/orders"},
		{"kafka-cluster:Connect", "arn:aws:kafka:" + here + "cluster/shop/*"},
		{"bedrock-agentcore:InvokeAgentRuntime", "arn:aws:bedrock-agentcore:" + here + "runtime/helper-abc"},
		{"s3tables:GetTableData", "arn:aws:s3tables:" + here + "bucket/shop/table/*"},
		{"s3vectors:QueryVectors", "arn:aws:s3vectors:" + here + "bucket/shop/index/orders"},
		{"social-messaging:SendWhatsAppMessage", "arn:aws:social-messaging:" + here + "phone-number-id/0123"},
		{"codeartifact:GetAuthorizationToken", "arn:aws:codeartifact:" + here + "domain/shop"},
		{"es:ESHttp*", "arn:aws:es:" + here + "domain/shop/*"},
		{"payment-cryptography:EncryptData", "arn:aws:payment-cryptography:" + here + "key/abcdefghijklmnop"},
		{"events:PutEvents", "arn:aws:events:" + here + "event-bus/default"},
		{"rds-db:connect", "arn:aws:rds-db:" + here + "dbuser:cluster-ABCDEFGHIJ/shop"},
		{"states:StartExecution", "arn:aws:states:" + here + "stateMachine:orders"},
		{"states:DescribeExecution", "arn:aws:states:" + here + "execution:orders:*"},
		{"lex:RecognizeText", "arn:aws:lex:" + here + "bot-alias/ABCDEFGHIJ/TSTALIASID"},
		{"lex:PostText", "arn:aws:lex:" + here + "bot:Flowers:live"},
		{"greengrass:CancelDeployment", "arn:aws:greengrass:" + here + "deployments:01234567"},
		{"sts:AssumeRoot", "arn:aws:iam::210987654321:root"},
	}, {
		{"s3:GetObject", "arn:aws:s3:::shop-pictures/*"},
		{"s3:GetObject", "arn:aws:s3:::shop-*"},
		{"s3:Get*", "arn:aws:s3:::shop-pictures"},
		{"s3:*", "arn:aws:s3:::shop-pictures"},
		{"s3:GetObject s3:ListBucket", "arn:aws:s3:::shop-pictures arn:aws:s3:::shop-pictures/*"},
		{"s3:GetObject", "arn:aws:s3:::shop-pictures arn:aws:s3:::shop-pictures/*"},
		{"s3:ListBucket", "arn:aws:s3:::shop-${aws:PrincipalTag/team}"},
		{"s3:ListAllMyBuckets", "arn:aws:s3:::*"},
		{"s3:GetObject", "arn:aws:s3:" + here + "accesspoint/shop/object/*"},
		{"s3:ListBucket", "arn:aws:s3:" + here + "accesspoint/shop"},
		{"s3:GetObject", "arn:aws:s3::123456789012:accesspoint/shop.mrap/object/*"},
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + here + "secret:shop/db-AbCdEf"},
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + here + "secret:shop/db-??????"},
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + here + "secret:shop/*"},
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:" + here + "secret:shop/db*"},
		{"secretsmanager:CreateSecret", "arn:aws:secretsmanager:" + here + "secret:shop/users"},
		{"kms:Decrypt", "arn:aws:kms:" + here + "key/*"},
		{"kms:*", "arn:aws:kms:" + here + "alias/shop"},
		{"kms:CreateAlias", "arn:aws:kms:" + here + "alias/shop"},
		{"ssm:GetParameter*", "arn:aws:ssm:" + here + "parameter/shop/*"},
		{"ssm:GetParameters", "arn:aws:ssm:eu-west-1::parameter/aws/service/*"},
		{"ssm:GetParameter", "arn:aws:ssm:*:*:parameter/*"},
		{"ssm:StartAutomationExecution", "arn:aws:ssm:" + here + "automation-definition/restart:$DEFAULT"},
		{"logs:DescribeLogGroups", "arn:aws:logs:" + here + "log-group:*"},
		{"logs:DescribeLogGroups", "arn:aws:logs:" + here + "log-group::log-stream:*"},
		{"logs:CreateLogStream logs:PutLogEvents", "arn:aws:logs:" + here + "log-group:/shop:*"},
		{"logs:CreateLogGroup", "arn:aws:logs:" + here + "log-group:/shop"},
		{"logs:StartQuery", "arn:aws:logs:" + here + "log-group:/ecs/shop:*"},
		{"logs:PutLogEvents", "arn:aws:logs:*:*:*"},
		{"dynamodb:Query", "arn:aws:dynamodb:" + here + "table/orders/index/*"},
		{"dynamodb:GetItem dynamodb:Query", "arn:aws:dynamodb:" + here + "table/orders arn:aws:dynamodb:" + here +
			"table/orders/index/*"},
		{"dynamodb:GetRecords", "arn:aws:dynamodb:" + here + "table/orders/stream/*"},
		{"sns:Publish sqs:SendMessage", "arn:aws:sns:" + here + "orders arn:aws:sqs:" + here + "orders"},
		{"sqs:*", "arn:aws:sqs:" + here + "orders-*.fifo"},
		{"lambda:InvokeFunction", "arn:aws:lambda:" + here + "function:price"},
		{"lambda:InvokeFunction", "arn:aws:lambda:" + here + "function:price:live"},
		{"iam:PassRole", "arn:aws:iam::123456789012:role/team/shop"},
		{"sts:AssumeRole sts:TagSession", "arn:aws:iam::210987654321:role/reader"},
		{"cloudwatch:SetAlarmState", "arn:aws:cloudwatch:" + here + "alarm:shop"},
		{"ec2:CreateTags", "arn:aws:ec2:*:*:*/*"},
		{"ec2:RunInstances", "arn:aws:ec2:eu-west-1::image/ami-01234567"},
		{"ecr:BatchGetImage", "arn:aws:ecr:" + here + "repository/shop"},
	}, {
		{"textract:AnalyzeDocument", "*"}, {"sns:Publish", "*"}, {"polly:SynthesizeSpeech", "*"},
		{"translate:TranslateText", "*"}, {"lakeformation:GetDataAccess", "*"}, {"tag:GetResources", "*"},
		{"rekognition:DetectFaces", "*"}, {"servicediscovery:DiscoverInstances", "*"},
		{"xray:PutTraceSegments", "*"}, {"sms-voice:SendTextMessage", "*"}, {"sts:GetServiceBearerToken", "*"},
		{"sts:GetCallerIdentity", "*"}, {"license-manager:CheckoutLicense", "*"}, {"ec2:Describe*", "*"},
		{"q:SendMessage", "*"}, {"wisdom:QueryAssistant", "*"}, {"connect:StartChatContact", "*"},
		{"comprehend:DetectSentiment", "*"}, {"transcribe:StartStreamTranscription", "*"}, {"datazone:GetDomain", "*"},
		{"fis:StartExperiment", "*"}, {"ram:GetResourceShares", "*"}, {"signer:SignPayload", "*"},
		{"grafana:ListWorkspaces", "*"}, {"cloudwatch:PutMetricData", "*"}, {"kms:GenerateRandom", "*"},
		{"ecr:GetAuthorizationToken", "*"},
	}} {
		wantNotes(t, statementsOf(statements), "")
	}
}

func statementsOf(statements [][2]string) string {
	var b strings.Builder
	b.WriteString("name: shop\naws: {region: eu-west-1, account: \"123456789012\"}\n" +
		"container: {image: nginx, ports: [80]}\ntask: {role: {statements: [\n")
	for _, s := range statements {
		fmt.Fprintf(&b, "  {actions: %q, resources: %q},\n", strings.Fields(s[0]), strings.Fields(s[1]))
	}
	return strings.ReplaceAll(b.String(), `" "`, `", "`) + "]}}"
}

func TestConditionKeysOfTheActions(t *testing.T) {
	for _, conditions := range []string{
		`{StringLike: {"s3:prefix": ["a/*"]}}`, `{StringEquals: {"aws:ResourceTag/team": [web]}}`,
		`{"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["t-*"]}}`, `{StringNotEquals: {"kms:ViaService": [a]}}`,
		`{StringEqualsIfExists: {"kms:ViaService": [a]}}`, `{"Null": {"kms:ViaService": ["true"]}}`,
		`{ArnLike: {"ec2:SourceInstanceARN": ["arn:aws:ec2:eu-west-1:123456789012:instance/*"]}}`,
		`{StringEquals: {"cognito-identity.amazonaws.com:sub": [a]}}`, `{BinaryEquals: {"a:b": [QmluYXJ5]}}`,
	} {
		wantNotes(t, `name: shop
container: {image: nginx, ports: [80]}
task: {role: {statements: [{actions: ["s3:GetObject"], resources: ["arn:aws:s3:::b/*"], conditions: `+conditions+`}]}}`,
			"")
	}
}

// The reference is not complete for these, or AWS compares the request with the ARN of all.
func TestNotesOnStatementsThatMayPermitNothing(t *testing.T) {
	for _, tc := range []struct{ action, resource, want string }{
		{"dynamodb:ListTables", "arn:aws:dynamodb:eu-west-1:123456789012:table/*", "dynamodb:ListTables is only " +
			`possible on "*", and permits nothing here; write resources: ["*"]`},
		{"glue:GetTable", "arn:aws:glue:eu-west-1:123456789012:orders", "glue:GetTable is not possible on " +
			"arn:aws:glue:eu-west-1:123456789012:orders, and permits nothing; write a resource that it takes, such as " +
			"arn:aws:glue:eu-west-1:123456789012:database/DatabaseName or arn:aws:glue:eu-west-1:123456789012:catalog, or " +
			`"*"`},
	} {
		wantNotes(t, statementsOf([][2]string{{tc.action, tc.resource}}),
			"webapp.yaml:5:14: task.role.statements[0].actions[0]: note: "+tc.want)
	}
}

func TestSecretsThatECSMayDecrypt(t *testing.T) {
	const key = "arn:aws:kms:eu-west-1:210987654321:key/01234567-89ab-4def-8123-456789abcdef"
	const shared = `container: {image: nginx, ports: [80], secrets: {KEY: ` +
		`"arn:aws:secretsmanager:eu-west-1:210987654321:secret:db-AbCdEf:key::"}}
`
	for _, settings := range []string{
		shared + "task: {secretKmsKeys: [\"" + key + "\"]}",
		shared + "task: {executionRole: {statements: [{actions: [\"kms:*\"], resources: [\"" + key + "\"]}]}}",
		shared + `task: {executionRole: {policies: ["arn:aws:iam::123456789012:policy/secrets"]}}`,
		"container: {image: nginx, ports: [80], secrets: {KEY: " +
			"\"arn:aws:ssm:eu-west-1:210987654321:parameter/db\"}}",
		// the key of what is not known to be in its region
		"container: {image: nginx, ports: [80], environmentFiles: [\"arn:aws:s3:::shop/a.env\"]}\n" +
			"task: {secretKmsKeys: [\"arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-4def-8123-456789abcdef\"]}",
		// a job with the key of its service
		"container: {image: nginx, ports: [80]}\ntask: {secretKmsKeys: [\"" + key + "\"]}\n" +
			"jobs: {report: {extends: shop, container: {command: [report], secrets: {KEY: /db}}}}",
		// an environment with the secrets for the key of the base
		"container: {image: nginx, ports: [80]}\ntask: {secretKmsKeys: [\"" + key + "\"]}\n" +
			"environments: {dev: {}, prod: {container: {secrets: {KEY: /db}}}}",
	} {
		wantNotes(t, "name: shop\naws: {region: eu-west-1, account: \"123456789012\"}\n"+settings, "")
	}
}

func TestNotesOnSpacesInVariableNames(t *testing.T) {
	wantNotes(t, `name: shop
container: {image: nginx, ports: [80], environment: {"LOG_LEVEL ": info}}`, "webapp.yaml:2:68: "+
		`container.environment."LOG_LEVEL ": note: "LOG_LEVEL " begins or ends with a space, which is a part of the `+
		"variable's name; write it without")
}

// IAM accepts actions that do not exist, and the others of the statement have their effect.
func TestNotesOnActionsThatDoNotExist(t *testing.T) {
	for _, tc := range []struct{ actions, resources, want string }{
		{"sqs:SendMessage sqs:SendMessageBatch", "arn:aws:sqs:eu-west-1:123456789012:orders", "[1]: note: sqs has no " +
			"action SendMessageBatch, so it permits nothing; remove it: the operation needs sqs:SendMessage, permitted " +
			"here already"},
		{"s3:Put* s3:CopyObject", "arn:aws:s3:::b/*", "[1]: note: s3 has no action CopyObject, so it permits nothing; " +
			"write s3:GetObject and s3:PutObject, which the operation needs"},
		{"s3:GetObject s3:GetObjekt", "*", "[1]: note: s3 has no action GetObjekt, so it permits nothing; did you mean " +
			"GetObject?"},
		{"s3:Frobnicate* s3:GetObject", "*", "[0]: note: s3 has no action that matches Frobnicate*, so it permits " +
			"nothing; look it up in AWS's Service Authorization Reference; one that is newer than this release can only " +
			"stand beside others"},
		{"s3:GetObject sqss:SendMessage", "*", `[1]: note: "sqss" is not a service that IAM knows; did you mean sqs?`},
		{"s3:GetObject sqss:GetQueue*", "*", `[1]: note: "sqss" is not a service that IAM knows; did you mean sqs?`},
		{"s3:GetObject efs:ClientMount", "*", `[1]: note: "efs" is not a service that IAM knows; write ` +
			"elasticfilesystem:ClientMount"},
		{"s3:GetObject opensearch:ESHttpGet", "*", "[1]: note: opensearch has no action ESHttpGet, so it permits " +
			"nothing; write es:ESHttpGet"},
	} {
		wantNotes(t, statementsOf([][2]string{{tc.actions, tc.resources}}),
			"webapp.yaml:5:"+columnOf(tc.actions, tc.want)+": task.role.statements[0].actions"+tc.want)
	}
}

// columnOf returns where the action that a note is about begins in the line of statementsOf.
func columnOf(actions, note string) string {
	column := 14
	if strings.HasPrefix(note, "[1]") {
		column += len(strings.Fields(actions)[0]) + len(`"", `)
	}
	return fmt.Sprint(column)
}

// Whatever a message suggests for a resource is accepted, and fits the action.
func TestSuggestedResourcesAreAccepted(t *testing.T) {
	for _, wrong := range []string{"arn:aws:sqs:eu-west-1:123456789012:q", "arn:aws-cn:s3:::b"} {
		var statements [][2]string
		suggested := map[string]bool{}
		for _, service := range iamactions.Services() {
			for _, name := range iamactions.Of(service) {
				prefix, types, _ := resourcesOf(service + ":" + name)
				if fitsOne([]string{wrong}, prefix, types) {
					continue
				}
				for _, arn := range examplesOf(types, wrong) {
					if !fitsOne([]string{arn}, prefix, types) {
						t.Errorf("%s does not fit %s:%s", arn, service, name)
					}
					const onlyThere = ":us-west-2:" // a service of no other region
					if !suggested[arn] && !strings.Contains(arn, onlyThere) {
						statements = append(statements, [2]string{service + ":" + name, arn})
					}
					suggested[arn] = true
				}
			}
		}
		for some := range slices.Chunk(statements, 40) {
			file := strings.Replace(statementsOf(some), "aws: {region: eu-west-1, account: \"123456789012\"}\n", "", 1)
			if _, err := Parse("webapp.yaml", []byte(file), Options{}); err != nil {
				t.Error(err)
			}
		}
	}
}

// Parameter Store reads the secret that a parameter refers to with the permissions of the role.
func TestRoleOfECSReadsSecretsByReference(t *testing.T) {
	all, err := Parse("webapp.yaml", []byte(`name: shop
container: {image: nginx, ports: [80], secrets: {A: /aws/reference/secretsmanager/shop/db-master, B: /aws/service/x,
  C: "arn:aws:ssm:eu-west-1:123456789012:parameter/aws/reference/secretsmanager/shop/mail"}}`), Options{})
	if err != nil {
		t.Fatal(err)
	}
	const place = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:"
	want := []string{place + "shop/db-master-??????", place + "shop/mail-??????"}
	here := Place{Partition: "aws", Region: "eu-west-1", Account: "123456789012"}
	for _, s := range all[0].StartTasks(here, "") {
		if slices.Contains(s.Actions, "secretsmanager:GetSecretValue") {
			if !slices.Equal(s.Resources, want) {
				t.Errorf("got %q", s.Resources)
			}
			return
		}
	}
	t.Error("no secrets may be read")
}
