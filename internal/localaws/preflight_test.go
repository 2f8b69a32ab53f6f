package localaws

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/efs"
	efstypes "github.com/aws/aws-sdk-go-v2/service/efs/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// stack is what a test deploys: everything is there unless a case takes it away.
type stack struct {
	*liveSite
	name       string
	definition *ecs.RegisterTaskDefinitionInput
	service    *ecs.CreateServiceInput
}

// ecrImage is in ECR, from where ECS pulls by the execution role.
const ecrImage = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1.0"

func (s *liveSite) newStack(t *testing.T, name string) *stack {
	site := *s
	site.t = t
	k := &stack{liveSite: &site, name: name, definition: site.definition(name, ecrImage, s.secret+":password::")}
	k.service = site.serviceInput(name, name)
	k.service.DesiredCount = aws.Int32(1)
	return k
}

func (k *stack) container() *ecstypes.ContainerDefinition {
	return &k.definition.ContainerDefinitions[0]
}

func (k *stack) network() *ecstypes.AwsVpcConfiguration {
	return k.service.NetworkConfiguration.AwsvpcConfiguration
}

// role gives the stack an execution role of its own.
func (k *stack) role(trust, policy string) {
	k.definition.ExecutionRoleArn = aws.String(k.createRole(k.name, trust, policy))
}

// mayDo is a policy that allows all that a task of the stack needs, but for some actions.
func mayDo(without ...string) string {
	var statements []string
	for action, resource := range map[string]string{
		"ecr:GetAuthorizationToken":     "*",
		"ecr:BatchGetImage":             "arn:aws:ecr:eu-west-1:123456789012:repository/web",
		"ecr:GetDownloadUrlForLayer":    "arn:aws:ecr:eu-west-1:123456789012:repository/web",
		"logs:CreateLogStream":          "arn:aws:logs:eu-west-1:123456789012:log-group:web:*",
		"logs:PutLogEvents":             "arn:aws:logs:eu-west-1:123456789012:log-group:web:*",
		"secretsmanager:GetSecretValue": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:*-??????",
		"ssm:GetParameters":             "arn:aws:ssm:eu-west-1:123456789012:parameter/web/*",
		"s3:GetObject":                  "arn:aws:s3:::settings/*",
	} {
		if !slices.Contains(without, action) {
			one := fmt.Sprintf(`{"Effect": "Allow", "Action": %q, "Resource": %q}`, action, resource)
			statements = append(statements, one)
		}
	}
	return `{"Version": "2012-10-17", "Statement": [` + strings.Join(statements, ",") + `]}`
}

// move puts the tasks into a VPC of their own, with a subnet that a route may lead out of.
func (k *stack) move(route *ec2.CreateRouteInput) (vpc, subnet, table string) {
	k.t.Helper()
	vpc = k.createVPC()
	try(k.ec2.ModifyVpcAttribute(k.t.Context(), &ec2.ModifyVpcAttributeInput{
		VpcId: &vpc, EnableDnsHostnames: &ec2types.AttributeBooleanValue{Value: aws.Bool(true)},
	}))(k.t)
	table = k.createTable(vpc, route)
	subnet = k.createSubnet(vpc, "10.0.0.0/24", "eu-west-1a", table)
	k.network().Subnets = []string{subnet}
	k.network().SecurityGroups = []string{k.createGroup(vpc, "tasks")}
	k.network().AssignPublicIp = ecstypes.AssignPublicIpDisabled
	return vpc, subnet, table
}

// isolate puts the tasks into a VPC from which only endpoints lead out, but for some services. It returns the group of
// the endpoints.
func (k *stack) isolate(without ...string) string {
	k.t.Helper()
	vpc, subnet, table := k.move(nil)
	group := k.createGroup(vpc, "endpoints")
	k.admit(group, fromGroup(k.network().SecurityGroups[0], 443))
	for _, name := range []string{"ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssm", "s3"} {
		if slices.Contains(without, name) {
			continue
		}
		in := &ec2.CreateVpcEndpointInput{
			VpcId: &vpc, ServiceName: aws.String("com.amazonaws.eu-west-1." + name),
			VpcEndpointType: ec2types.VpcEndpointTypeInterface, PrivateDnsEnabled: aws.Bool(true),
			SubnetIds: []string{subnet}, SecurityGroupIds: []string{group},
		}
		if name == "s3" {
			in = &ec2.CreateVpcEndpointInput{
				VpcId: &vpc, ServiceName: in.ServiceName,
				VpcEndpointType: ec2types.VpcEndpointTypeGateway, RouteTableIds: []string{table},
			}
		}
		try(k.ec2.CreateVpcEndpoint(k.t.Context(), in))(k.t)
	}
	return group
}

// natGateway makes a NAT gateway in a subnet, and has the stack's tasks lead there.
func (k *stack) natGateway(subnet string) {
	address := try(k.ec2.AllocateAddress(k.t.Context(), nil))(k.t)
	nat := try(k.ec2.CreateNatGateway(k.t.Context(), &ec2.CreateNatGatewayInput{
		SubnetId: &subnet, AllocationId: address.AllocationId,
	}))(k.t)
	table := k.createTable(k.vpc, &ec2.CreateRouteInput{NatGatewayId: nat.NatGateway.NatGatewayId})
	private := k.createSubnet(k.vpc, fmt.Sprintf("10.0.%d.0/24", 100+len(k.name)), "eu-west-1a", table)
	k.network().Subnets = []string{private}
	k.network().AssignPublicIp = ecstypes.AssignPublicIpDisabled
}

// closeGroup takes all rules from a security group by which it lets connections out.
func (s *liveSite) closeGroup(group string) {
	s.t.Helper()
	s.shutOut(group, toAnywhere)
}

// toAnywhere is the rule that a new security group has.
var toAnywhere = []ec2types.IpPermission{{
	IpProtocol: aws.String("-1"), IpRanges: []ec2types.IpRange{{CidrIp: aws.String("0.0.0.0/0")}},
}}

// deploy creates the service and returns why its first task stopped, with TASK and REQUEST in the place of ids, "" if
// it runs. The hint is the local AWS's.
func (k *stack) deploy() (reason, hint string) {
	k.t.Helper()
	try(k.ecs.RegisterTaskDefinition(k.t.Context(), k.definition))(k.t)
	arn := try(k.ecs.CreateService(k.t.Context(), k.service))(k.t).Service.ServiceArn
	k.t.Cleanup(func() {
		_, err := k.ecs.DeleteService(context.WithoutCancel(k.t.Context()), &ecs.DeleteServiceInput{
			Cluster: aws.String("web"), Service: arn, Force: aws.Bool(true),
		})
		if err != nil {
			k.t.Error(err)
		}
	})
	ctx, cancel := context.WithTimeout(k.t.Context(), time.Minute)
	defer cancel()
	for {
		described := try(k.ecs.DescribeServices(ctx, &ecs.DescribeServicesInput{
			Cluster: aws.String("web"), Services: []string{k.name},
		}))(k.t).Services[0]
		if described.RunningCount > 0 {
			return "", ""
		}
		stopped := try(k.ecs.ListTasks(ctx, &ecs.ListTasksInput{
			Cluster: aws.String("web"), ServiceName: &k.name, DesiredStatus: ecstypes.DesiredStatusStopped,
		}))(k.t).TaskArns
		if len(stopped) > 0 {
			tasks := try(k.ecs.DescribeTasks(ctx, &ecs.DescribeTasksInput{
				Cluster: aws.String("web"), Tasks: stopped[:1],
			}))(k.t).Tasks
			if *tasks[0].LastStatus == "STOPPED" { // only now does the service have an event with the hint
				return withoutIDs(*tasks[0].StoppedReason), k.hint(*arn)
			}
		}
		select {
		case <-ctx.Done():
			k.t.Fatalf("the service neither runs nor fails: %+v", described.Events)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// hint returns the local AWS's hint on a service or a target group.
func (s *liveSite) hint(about string) string {
	for _, h := range s.server.running.Status().Hints {
		if h.About == about {
			return h.Hint
		}
	}
	return ""
}

var (
	anID       = regexp.MustCompile(`\b[0-9a-f]{32}\b`)
	aRequestID = regexp.MustCompile(`RequestID: [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`)
	anEnding   = regexp.MustCompile(`secret:(\w+)-\w{6}`)
)

func withoutIDs(reason string) string {
	reason = aRequestID.ReplaceAllString(reason, "RequestID: REQUEST")
	return anEnding.ReplaceAllString(anID.ReplaceAllString(reason, "TASK"), "secret:$1-ENDING")
}

// AWS's words, as often as they are the same.
const (
	noSecret = "ResourceInitializationError: unable to pull secrets or registry auth: "
	noASM    = noSecret + "execution resource retrieval failed: unable to retrieve secret from asm: service call " +
		"has been retried 1 time(s): "
	noSSM = noSecret + "execution resource retrieval failed: unable to retrieve secrets from ssm: service call " +
		"has been retried 1 time(s): "
	noStream = "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 " +
		"times: failed to create Cloudwatch log stream: "
	secretARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-ENDING"
	streamARN = "arn:aws:logs:eu-west-1:123456789012:log-group:web:log-stream:web/web/TASK"
	ecrARN    = "arn:aws:ecr:eu-west-1:123456789012:repository/web"

	noWayToSecrets = noSecret + "unable to retrieve secret from asm: There is a connection issue between the task " +
		"and AWS Secrets Manager. " +
		"Check your task network configuration. failed to fetch secret " + secretARN + " from secrets manager: " +
		"operation error Secrets Manager: GetSecretValue, https response error StatusCode: 0, RequestID: , " +
		"canceled, context deadline exceeded"
	noWayToDockerHub = "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to " +
		"resolve ref docker.io/library/nginx:1.27: failed to do request: Head " +
		"\"https://registry-1.docker.io/v2/library/nginx/manifests/1.27\": dial tcp 192.0.2.1:443: i/o timeout"
)

// failed is how ECS words an API's refusal.
func failed(service, operation, message string) string {
	return fmt.Sprintf("operation error %s: %s, https response error StatusCode: 400, RequestID: REQUEST, %s",
		service, operation, message)
}

// denied is how an API words that a role may not do something.
func denied(service, operation, role, action, resource string) string {
	return failed(service, operation, "api error AccessDeniedException: "+unauthorized(role, action, resource))
}

func unauthorized(role, action, resource string) string {
	return fmt.Sprintf("User: arn:aws:sts::123456789012:assumed-role/%s/TASK is not authorized to perform: %s on "+
		"resource: %s because no identity-based policy allows the %[2]s action", role, action, resource)
}

func cannotAssume(role string) string {
	return fmt.Sprintf("ECS was unable to assume the role 'arn:aws:iam::123456789012:role/%s' that was provided "+
		"for this task. Please verify that the role being passed has the proper trust relationship and permissions "+
		"and that your IAM user has permissions to pass this role.", role)
}

func cannotPull(role, action string) string {
	return "CannotPullContainerError: The task can’t pull the image. Check that the role has the permissions to " +
		"pull images from the registry. " +
		"Error response from daemon: pull access denied for 123456789012.dkr.ecr.eu-west-1.amazonaws.com/web, " +
		"repository does not exist or may " +
		"require 'docker login': denied: " + unauthorized(role, action, ecrARN)
}

func cannotMount(fileSystem string) string {
	return "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: Failed " +
		"to resolve \"" + fileSystem +
		".efs.eu-west-1.amazonaws.com\" - check that your file system ID is correct, and ensure that the VPC has " +
		"an EFS mount target for this file system ID. See https://docs.aws.amazon.com/console/efs/mount-dns-name " +
		"for more detail. Attempting to lookup mount target ip address using botocore. Failed to import necessary " +
		"dependency botocore, please install botocore first. : unsuccessful EFS utils command execution; code: 1"
}

// key is a customer's key.
const key = "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000000"

// TestWhatMustBeThereBeforeATaskStarts takes away one thing after the other from a stack that is complete. Each case
// changes the stack and returns AWS's words, "" where the task runs all the same.
func TestWhatMustBeThereBeforeATaskStarts(t *testing.T) {
	t.Parallel()
	site := startSite(t)
	try(ssm.NewFromConfig(site.cfg).PutParameter(t.Context(), &ssm.PutParameterInput{
		Name: aws.String("/web/token"), Value: aws.String("hunter2"), Type: ssmtypes.ParameterTypeString,
	}))(t)
	site.createBucket("settings", map[string]string{"web.env": "COLOR=blue"})
	site.admit(site.tasks, fromGroup(site.tasks, 2049))
	for name, change := range map[string]func(k *stack) string{
		"everything-is-there": func(*stack) string { return "" },

		// A way to the image and to AWS's APIs.
		"nat-gateway": func(k *stack) string {
			k.natGateway(k.subnets[0])
			return ""
		},
		"nat-gateway-in-a-private-subnet": func(k *stack) string {
			k.natGateway(k.createSubnet(k.vpc, "10.0.90.0/24", "eu-west-1a", k.createTable(k.vpc, nil)))
			return noWayToSecrets
		},
		"no-route": func(k *stack) string {
			k.move(nil)
			return noWayToSecrets
		},
		"no-public-address": func(k *stack) string {
			k.network().AssignPublicIp = ecstypes.AssignPublicIpDisabled
			return noWayToSecrets
		},
		"no-public-address-for-docker-hub": func(k *stack) string {
			k.network().AssignPublicIp = ecstypes.AssignPublicIpDisabled
			k.container().Secrets, k.container().LogConfiguration = nil, nil
			k.container().Image = aws.String("nginx:1.27")
			return noWayToDockerHub
		},
		"no-way-out-of-the-group": func(k *stack) string {
			group := k.createGroup(k.vpc, k.name)
			k.closeGroup(group)
			k.network().SecurityGroups = []string{group}
			return noWayToSecrets
		},
		"endpoints": func(k *stack) string {
			k.isolate()
			return ""
		},
		"endpoints-and-docker-hub": func(k *stack) string {
			k.isolate()
			k.container().Image = aws.String("nginx:1.27")
			return noWayToDockerHub
		},
		"endpoints-that-admit-nobody": func(k *stack) string {
			k.shut(k.isolate(), fromGroup(k.network().SecurityGroups[0], 443))
			return noWayToSecrets
		},
		"endpoints-by-groups-and-prefix-list": func(k *stack) string {
			endpoints, tasks := k.isolate(), k.network().SecurityGroups[0]
			k.closeGroup(tasks)
			k.allow(tasks, fromGroup(endpoints, 443))
			k.allow(tasks, k.toS3())
			return ""
		},
		"endpoints-without-the-prefix-list": func(k *stack) string {
			endpoints, tasks := k.isolate(), k.network().SecurityGroups[0]
			k.closeGroup(tasks)
			k.allow(tasks, fromGroup(endpoints, 443))
			return noLayers
		},
		"endpoints-without-secrets-manager": func(k *stack) string {
			k.isolate("secretsmanager")
			return noWayToSecrets
		},
		"endpoints-without-parameter-store": func(k *stack) string {
			k.isolate("ssm")
			k.container().Secrets[0].ValueFrom = aws.String("/web/token")
			return noSecret + "unable to retrieve secrets from ssm: The task cannot pull secrets from AWS Systems " +
				"Manager. There is a connection issue between the task and AWS Systems Manager Parameter Store. " +
				"Check your task network configuration. RequestCanceled: request context canceled caused by: " +
				"context deadline exceeded"
		},
		"endpoints-without-ecr-api": func(k *stack) string {
			k.isolate("ecr.api")
			return noSecret + "The task cannot pull registry auth from Amazon ECR: There is a connection issue " +
				"between the task and Amazon ECR. Check your task network configuration. operation error ECR: " +
				"GetAuthorizationToken, exceeded maximum number of attempts, 3, https response error StatusCode: " +
				"0, RequestID: , request send failed, Post \"https://api.ecr.eu-west-1.amazonaws.com/\": dial tcp " +
				"192.0.2.1:443: i/o timeout"
		},
		"endpoints-without-ecr-dkr": func(k *stack) string {
			k.isolate("ecr.dkr")
			return "CannotPullContainerError: pull image manifest has been retried 1 time(s): " +
				"failed to resolve ref " + ecrImage + ": failed to do request: Head " +
				"\"https://123456789012.dkr.ecr.eu-west-1.amazonaws.com/v2/web/manifests/1.0\": dial tcp " +
				"192.0.2.1:443: i/o timeout"
		},
		"endpoints-without-logs": func(k *stack) string {
			k.isolate("logs")
			return "ResourceInitializationError: failed to validate logger args: The task cannot find the Amazon " +
				"CloudWatch log group defined in the task definition. There is a connection issue between the " +
				"task and Amazon CloudWatch. Check your network configuration. : signal: killed"
		},
		"endpoints-without-s3": func(k *stack) string {
			k.isolate("s3")
			return noLayers
		},

		// The roles.
		"a-role-that-may-do-what-is-needed": func(k *stack) string {
			k.role(trustOfTasks, mayDo())
			return ""
		},
		"the-managed-policy": func(k *stack) string {
			k.role(trustOfTasks, mayDo("ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer",
				"logs:CreateLogStream"))
			try(k.iam.AttachRolePolicy(k.t.Context(), &iam.AttachRolePolicyInput{RoleName: &k.name,
				PolicyArn: aws.String("arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy")}))(k.t)
			return ""
		},
		"no-execution-role": func(k *stack) string {
			k.definition.ExecutionRoleArn = aws.String("arn:aws:iam::123456789012:role/nobody")
			return cannotAssume("nobody")
		},
		"no-task-role": func(k *stack) string {
			k.definition.TaskRoleArn = aws.String("arn:aws:iam::123456789012:role/nobody")
			return cannotAssume("nobody")
		},
		"trusts-another-service": func(k *stack) string {
			k.role(strings.ReplaceAll(trustOfTasks, "ecs-tasks", "ec2"), allowAll)
			return cannotAssume(k.name)
		},
		"trusts-this-account": func(k *stack) string {
			k.role(trustFor("123456789012"), allowAll)
			return ""
		},
		"trusts-another-account": func(k *stack) string {
			k.role(trustFor("210987654321"), allowAll)
			return cannotAssume(k.name)
		},
		"may-not-sign-in-to-ecr": func(k *stack) string {
			k.role(trustOfTasks, mayDo("ecr:GetAuthorizationToken"))
			return noSecret + "execution resource retrieval failed: unable to retrieve ecr registry auth: service " +
				"call has been retried 1 time(s): " +
				denied("ECR", "GetAuthorizationToken", k.name, "ecr:GetAuthorizationToken", "*")
		},
		"may-not-pull-the-image": func(k *stack) string {
			k.role(trustOfTasks, mayDo("ecr:BatchGetImage"))
			return cannotPull(k.name, "ecr:BatchGetImage")
		},
		"may-not-pull-layers": func(k *stack) string {
			k.role(trustOfTasks, mayDo("ecr:GetDownloadUrlForLayer"))
			return cannotPull(k.name, "ecr:GetDownloadUrlForLayer")
		},
		"may-not-create-a-log-stream": func(k *stack) string {
			k.role(trustOfTasks, mayDo("logs:CreateLogStream"))
			return noStream + denied("CloudWatch Logs", "CreateLogStream", k.name, "logs:CreateLogStream", streamARN) +
				" : exit status 1"
		},
		"may-not-write-logs": func(k *stack) string {
			k.role(trustOfTasks, mayDo("logs:PutLogEvents"))
			return "" // the lines are lost, as on AWS
		},
		"may-not-read-the-secret": func(k *stack) string {
			k.role(trustOfTasks, mayDo("secretsmanager:GetSecretValue"))
			return noASM + "failed to fetch secret " + secretARN + " from secrets manager: " +
				denied("Secrets Manager", "GetSecretValue", k.name, "secretsmanager:GetSecretValue", secretARN)
		},
		"may-not-read-the-parameter": func(k *stack) string {
			k.role(trustOfTasks, mayDo("ssm:GetParameters"))
			k.container().Secrets[0].ValueFrom = aws.String("/web/token")
			return noSSM + denied("SSM", "GetParameters", k.name, "ssm:GetParameters",
				"arn:aws:ssm:eu-west-1:123456789012:parameter/web/token")
		},
		"may-read-the-parameter": func(k *stack) string {
			k.role(trustOfTasks, mayDo())
			k.container().Secrets[0].ValueFrom = aws.String("arn:aws:ssm:eu-west-1:123456789012:parameter/web/token")
			return ""
		},
		"may-not-decrypt-the-secret": func(k *stack) string {
			k.role(trustOfTasks, mayDo())
			arn := *try(secretsmanager.NewFromConfig(k.cfg).CreateSecret(k.t.Context(),
				&secretsmanager.CreateSecretInput{
					Name: aws.String("encrypted"), SecretString: aws.String("hunter2"), KmsKeyId: aws.String(key),
				}))(k.t).ARN
			k.container().Secrets[0].ValueFrom = &arn
			return noASM + "failed to fetch secret " +
				"arn:aws:secretsmanager:eu-west-1:123456789012:secret:encrypted-ENDING from secrets manager: " +
				failed("Secrets Manager", "GetSecretValue", "api error AccessDeniedException: Access to KMS is not "+
					"allowed")
		},
		"may-not-decrypt-the-parameter": func(k *stack) string {
			k.role(trustOfTasks, mayDo())
			try(ssm.NewFromConfig(k.cfg).PutParameter(k.t.Context(), &ssm.PutParameterInput{
				Name: aws.String("/web/encrypted"), Value: aws.String("hunter2"),
				Type: ssmtypes.ParameterTypeSecureString, KeyId: aws.String(key),
			}))(k.t)
			k.container().Secrets[0].ValueFrom = aws.String("/web/encrypted")
			return noSSM + denied("SSM", "GetParameters", k.name, "kms:Decrypt", key)
		},
		"the-boundary-does-not-allow-it": func(k *stack) string {
			boundary := try(k.iam.CreatePolicy(k.t.Context(), &iam.CreatePolicyInput{
				PolicyName: &k.name, PolicyDocument: aws.String(mayDo("ecr:BatchGetImage")),
			}))(k.t).Policy.Arn
			k.role(trustOfTasks, allowAll)
			try(k.iam.PutRolePermissionsBoundary(k.t.Context(), &iam.PutRolePermissionsBoundaryInput{
				RoleName: &k.name, PermissionsBoundary: boundary,
			}))(k.t)
			return strings.ReplaceAll(cannotPull(k.name, "ecr:BatchGetImage"), "identity-based policy",
				"permissions boundary")
		},

		// What the task names.
		"no-log-group": func(k *stack) string {
			k.container().LogConfiguration.Options["awslogs-group"] = "missing"
			return noStream + failed("CloudWatch Logs", "CreateLogStream",
				"ResourceNotFoundException: The specified log group does not exist.") + " : exit status 1"
		},
		"no-secret": func(k *stack) string {
			const arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:missing"
			k.container().Secrets[0].ValueFrom = aws.String(arn)
			return noASM + "failed to fetch secret " + arn + " from secrets manager: " +
				failed("Secrets Manager", "GetSecretValue", "ResourceNotFoundException: Secrets Manager can't find "+
					"the specified secret.")
		},
		"no-json-key": func(k *stack) string {
			k.container().Secrets[0].ValueFrom = aws.String(k.secret + ":user::")
			return noASM + "retrieved secret from Secrets Manager did not contain json key user"
		},
		"no-parameter": func(k *stack) string {
			k.container().Secrets[0].ValueFrom = aws.String("/web/missing")
			return noSSM + "invalid ssm parameters: /web/missing"
		},
		"no-environment-file": func(k *stack) string {
			k.environmentFile("missing.env")
			return noFile("404", "NotFound: Not Found")
		},
		"no-environment-file-to-be-seen": func(k *stack) string {
			k.role(trustOfTasks, mayDo())
			k.environmentFile("missing.env")
			return noFile("403", "Forbidden: Forbidden")
		},
		"an-environment-file": func(k *stack) string {
			k.role(trustOfTasks, mayDo())
			k.environmentFile("web.env")
			return ""
		},
		"may-not-read-the-environment-file": func(k *stack) string {
			k.role(trustOfTasks, mayDo("s3:GetObject"))
			k.environmentFile("web.env")
			return noFile("403", "Forbidden: Forbidden")
		},
		"no-way-to-the-environment-file": func(k *stack) string {
			k.isolate("s3")
			k.environmentFile("web.env")
			return "ResourceInitializationError: failed to download env files: file download command: non empty " +
				"error stream: RequestCanceled: request context canceled caused by: context deadline exceeded"
		},
		"a-file-system": func(k *stack) string {
			k.mount(k.createFileSystem(k.subnets[0], k.tasks), k.subnets[0])
			return ""
		},
		"no-file-system": func(k *stack) string {
			k.mount("fs-0123456789abcdef0", k.subnets[0])
			return cannotMount("fs-0123456789abcdef0")
		},
		"an-access-point": func(k *stack) string {
			id := k.createFileSystem(k.subnets[0], k.tasks)
			k.mount(id, k.subnets[0])
			k.enter(k.createAccessPoint(id, "/uploads", true))
			return ""
		},
		"no-access-point": func(k *stack) string {
			k.mount(k.createFileSystem(k.subnets[0], k.tasks), k.subnets[0])
			k.enter("fsap-0123456789abcdef0")
			return deniedByServer
		},
		"an-access-point-without-its-directory": func(k *stack) string {
			id := k.createFileSystem(k.subnets[0], k.tasks)
			k.mount(id, k.subnets[0])
			k.enter(k.createAccessPoint(id, "/uploads", false))
			return deniedByServer
		},
		"an-access-point-of-another-file-system": func(k *stack) string {
			k.mount(k.createFileSystem(k.subnets[0], k.tasks), k.subnets[0])
			other := try(efs.NewFromConfig(k.cfg).CreateFileSystem(k.t.Context(), &efs.CreateFileSystemInput{
				CreationToken: aws.String("other"),
			}))(k.t).FileSystemId
			k.enter(k.createAccessPoint(*other, "/", true))
			return deniedByServer
		},
		"no-mount-target-in-the-zone": func(k *stack) string {
			id := k.createFileSystem(k.subnets[0], k.tasks)
			k.mount(id, k.subnets[1])
			return cannotMount(id)
		},
		"a-mount-target-that-admits-nobody": func(k *stack) string {
			k.mount(k.createFileSystem(k.subnets[0], k.createGroup(k.vpc, k.name)), k.subnets[0])
			return "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: " +
				"stderr: Mount attempt 1/3 failed due to timeout after 15 sec, wait 0 sec before next attempt. " +
				"Mount attempt 2/3 failed due to timeout after 15 sec, wait 0 sec before next attempt. " +
				"b'mount.nfs4: mount system call failed' : unsuccessful EFS utils command execution; code: 32"
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := site.newStack(t, name)
			want := change(k)
			got, hint := k.deploy()
			if got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if (hint == "") != (want == "") {
				t.Errorf("got the hint %q on %q", hint, want)
			}
		})
	}
}

const deniedByServer = "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: " +
	"stderr: b'mount.nfs4: access denied by server while mounting 127.0.0.1:/' : unsuccessful EFS utils command " +
	"execution; code: 32"

// noFile is how ECS words that S3 does not give an environment file.
func noFile(status, code string) string {
	return "ResourceInitializationError: failed to download env files: service call has been retried 1 time(s): " +
		"operation error S3: HeadObject, https response error StatusCode: " + status + ", RequestID: REQUEST, HostID: " +
		", api error " + code
}

const noLayers = "CannotPullContainerError: The task cannot pull " + ecrImage + " from the registry " + ecrImage +
	". There is a connection issue " +
	"between the task and the registry. Check your task network configuration. : failed to copy: httpReadSeeker: " +
	"failed open: failed to do " +
	"request: Get " + ecrImage + ": dial tcp 192.0.2.1:443: i/o timeout"

// trustFor lets ECS take on a role for an account, by the conditions that the project writes.
func trustFor(account string) string {
	return fmt.Sprintf(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
		"Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Condition": {"StringEquals": {"aws:SourceAccount": [%q]},
		"ArnLike": {"aws:SourceArn": ["arn:aws:ecs:eu-west-1:%s:*"]}}}]}`, account, account)
}

// allow lets a security group's members connect to where rules say.
func (s *liveSite) allow(group string, rules []ec2types.IpPermission) {
	s.t.Helper()
	try(s.ec2.AuthorizeSecurityGroupEgress(s.t.Context(), &ec2.AuthorizeSecurityGroupEgressInput{
		GroupId: &group, IpPermissions: rules,
	}))(s.t)
}

// shutOut takes rules away by which a security group lets connections out.
func (s *liveSite) shutOut(group string, rules []ec2types.IpPermission) {
	s.t.Helper()
	try(s.ec2.RevokeSecurityGroupEgress(s.t.Context(), &ec2.RevokeSecurityGroupEgressInput{
		GroupId: &group, IpPermissions: rules,
	}))(s.t)
}

// shut takes rules away by which a security group lets connections in.
func (s *liveSite) shut(group string, rules []ec2types.IpPermission) {
	s.t.Helper()
	try(s.ec2.RevokeSecurityGroupIngress(s.t.Context(), &ec2.RevokeSecurityGroupIngressInput{
		GroupId: &group, IpPermissions: rules,
	}))(s.t)
}

// toS3 is a rule about the addresses of S3.
func (k *stack) toS3() []ec2types.IpPermission {
	k.t.Helper()
	lists := try(k.ec2.DescribeManagedPrefixLists(k.t.Context(),
		&ec2.DescribeManagedPrefixListsInput{Filters: []ec2types.Filter{{
			Name: aws.String("prefix-list-name"), Values: []string{"com.amazonaws.eu-west-1.s3"},
		}}}))(k.t).PrefixLists
	return []ec2types.IpPermission{{
		IpProtocol: aws.String("tcp"), FromPort: aws.Int32(443), ToPort: aws.Int32(443),
		PrefixListIds: []ec2types.PrefixListId{{PrefixListId: lists[0].PrefixListId}},
	}}
}

// createFileSystem makes one with a mount target in a subnet.
func (k *stack) createFileSystem(subnet, group string) string {
	k.t.Helper()
	client := efs.NewFromConfig(k.cfg)
	made := try(client.CreateFileSystem(k.t.Context(), &efs.CreateFileSystemInput{CreationToken: &k.name}))(k.t)
	try(client.CreateMountTarget(k.t.Context(), &efs.CreateMountTargetInput{
		FileSystemId: made.FileSystemId, SubnetId: &subnet, SecurityGroups: []string{group},
	}))(k.t)
	return *made.FileSystemId
}

// createAccessPoint makes one that leads to a directory. EFS may create the directory if it is told its owner.
func (k *stack) createAccessPoint(fileSystem, path string, creates bool) string {
	k.t.Helper()
	root := &efstypes.RootDirectory{Path: &path}
	if creates {
		root.CreationInfo = &efstypes.CreationInfo{
			OwnerUid: aws.Int64(1000), OwnerGid: aws.Int64(1000), Permissions: aws.String("0755"),
		}
	}
	return *try(efs.NewFromConfig(k.cfg).CreateAccessPoint(k.t.Context(), &efs.CreateAccessPointInput{
		FileSystemId: &fileSystem, ClientToken: &k.name, RootDirectory: root,
	}))(k.t).AccessPointId
}

// enter has the task mount its file system by an access point.
func (k *stack) enter(accessPoint string) {
	k.definition.Volumes[0].EfsVolumeConfiguration.TransitEncryption = ecstypes.EFSTransitEncryptionEnabled
	k.definition.Volumes[0].EfsVolumeConfiguration.AuthorizationConfig = &ecstypes.EFSAuthorizationConfig{
		AccessPointId: &accessPoint,
	}
}

// mount gives the task a volume on a file system, in a subnet.
func (k *stack) mount(fileSystem, subnet string) {
	k.network().Subnets = []string{subnet}
	k.definition.Volumes = []ecstypes.Volume{{
		Name: aws.String("files"), EfsVolumeConfiguration: &ecstypes.EFSVolumeConfiguration{FileSystemId: &fileSystem},
	}}
	k.container().MountPoints = []ecstypes.MountPoint{{
		SourceVolume: aws.String("files"), ContainerPath: aws.String("/files"),
	}}
}

// TestAWayForRequests closes and opens the way between the load balancer and the tasks.
func TestAWayForRequests(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	try(s.ecs.UpdateService(t.Context(), &ecs.UpdateServiceInput{ // which keeps ECS from replacing the tasks meanwhile
		Cluster: aws.String("web"), Service: aws.String("web"), HealthCheckGracePeriodSeconds: aws.Int32(1_000_000),
	}))(t)
	s.await("v1", s.deployed("v1"))
	fromBalancer := fromGroup(s.balancers, 80)
	fromRange := func(cidr string) []ec2types.IpPermission {
		return []ec2types.IpPermission{{
			IpProtocol: aws.String("tcp"), FromPort: aws.Int32(80), ToPort: aws.Int32(80),
			IpRanges: []ec2types.IpRange{{CidrIp: &cidr}},
		}}
	}
	for _, step := range []struct {
		name    string
		do      func()
		healthy bool
	}{
		{"the tasks admit nobody", func() { s.shut(s.tasks, fromBalancer) }, false},
		{"they admit one of the load balancer's subnets", func() { s.admit(s.tasks, fromRange("10.0.0.0/24")) }, false},
		{"they admit all of its subnets", func() { s.admit(s.tasks, fromRange("10.0.0.0/23")) }, true},
		{"the load balancer may connect nowhere", func() { s.closeGroup(s.balancers) }, false},
		{"it may connect to the tasks", func() { s.allow(s.balancers, fromGroup(s.tasks, 80)) }, true},
		{"it may not any more", func() { s.shutOut(s.balancers, fromGroup(s.tasks, 80)) }, false},
		{"it may connect anywhere", func() { s.allow(s.balancers, toAnywhere) }, true},
		{"its health checks go to a port that the tasks do not admit", func() { s.check("8080") }, false},
		{"its health checks go to the port of the requests", func() { s.check("traffic-port") }, true},
	} {
		step.do()
		s.await(step.name, func(ecstypes.Service) bool { return s.targets(step.healthy) })
		if hint := s.hint(s.group); (hint == "") != step.healthy {
			t.Errorf("%s: got the hint %q", step.name, hint)
		}
	}
	if status, body := s.get(); status != 200 || body != "v1 hunter2" {
		t.Errorf("got %d %q in the end, want the answer of v1", status, body)
	}
}

// targets reports whether there are targets, and all are healthy, or else time out.
func (s *liveSite) targets(healthy bool) bool {
	s.t.Helper()
	described := try(elb.NewFromConfig(s.cfg).DescribeTargetHealth(s.t.Context(), &elb.DescribeTargetHealthInput{
		TargetGroupArn: &s.group,
	}))(s.t).TargetHealthDescriptions
	return len(described) > 0 && !slices.ContainsFunc(described, func(d elbtypes.TargetHealthDescription) bool {
		if healthy {
			return d.TargetHealth.State != elbtypes.TargetHealthStateEnumHealthy
		}
		return d.TargetHealth.Reason != elbtypes.TargetHealthReasonEnumTimeout ||
			aws.ToString(d.TargetHealth.Description) != "Request timed out"
	})
}

// check has the load balancer's health checks go to a port.
func (s *liveSite) check(port string) {
	s.t.Helper()
	try(elb.NewFromConfig(s.cfg).ModifyTargetGroup(s.t.Context(), &elb.ModifyTargetGroupInput{
		TargetGroupArn: &s.group, HealthCheckPort: &port,
	}))(s.t)
}
