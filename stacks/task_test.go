package stacks_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"webapp/assertions"
)

// container returns a container's definition of the stack's only task definition.
func containerOf(tpl *assertions.Template, want object) {
	tpl.One("aws_ecs_task_definition").Has("container_definitions",
		assertions.JSON(assertions.ArrayWith(assertions.ObjectLike(want))))
}

// taskRole and executionRole find a role by what it is for.
func taskRole(tpl *assertions.Template) *assertions.Resource {
	return tpl.OneMatching("aws_iam_role", object{"description": assertions.Regexp("may do$")})
}

func executionRole(tpl *assertions.Template) *assertions.Resource {
	return tpl.OneMatching("aws_iam_role", object{"description": assertions.Regexp("^Lets ECS start")})
}

func TestTaskRunsOnTheArchitectureOfItsImages(t *testing.T) {
	for change, want := range map[string]string{"": "X86_64", "task: {architecture: ARM64}": "ARM64"} {
		synthesize(t, change).One("aws_ecs_task_definition").Has("runtime_platform",
			object{"cpu_architecture": want, "operating_system_family": "LINUX"})
	}
}

func TestPoliciesOfTheSameNameAreAttachedSideBySide(t *testing.T) {
	const policies = `{policies: ["arn:aws:iam::aws:policy/team", "arn:aws:iam::123456789012:policy/team",
		"arn:aws:iam::123456789012:policy/a/team"]}`
	tpl := synthesize(t, "task: {role: "+policies+", executionRole: "+policies+"}")
	for _, arn := range []string{"aws:policy/team", "123456789012:policy/team", "123456789012:policy/a/team"} {
		tpl.CountMatching("aws_iam_role_policy_attachment", object{"policy_arn": "arn:aws:iam::" + arn}, 2)
	}
}

func TestEphemeralStorageIsOnlyAskedForBeyondWhatIsFree(t *testing.T) {
	synthesize(t, "").One("aws_ecs_task_definition").Lacks("ephemeral_storage")
	synthesize(t, "task: {ephemeralStorage: 40}").One("aws_ecs_task_definition").Has("ephemeral_storage",
		object{"size_in_gib": 40})
}

func TestContainerIsRunAsTheSettingsSay(t *testing.T) {
	tpl := synthesize(t, `container: {name: web, environment: {LEVEL: info, COUNT: 3, EMPTY: ""},
		entryPoint: [/bin/app], command: [serve, "--on=${PORT}"],
		user: "1000:1000", workingDirectory: /app, readOnly: true, init: true, stopTimeout: 60s, openFiles: 100000,
		restartPolicy: {ignoredExitCodes: [0, 3]}, versionConsistency: disabled, multilinePattern: "^\\d{4}-",
		labels: {team: web}, cpu: 128, memory: 512, memoryReservation: 256,
		healthCheck: {command: [CMD-SHELL, curl -f http://localhost/]}}`)
	containerOf(tpl, object{
		"name": "web",
		"environment": []any{
			object{"name": "COUNT", "value": "3"}, object{"name": "LEVEL", "value": "info"},
		},
		"entryPoint": []string{"/bin/app"},
		// Terraform would read the text as an expression.
		"command": []string{"serve", "--on=$${PORT}"},
		"user":    "1000:1000", "workingDirectory": "/app", "readonlyRootFilesystem": true,
		"linuxParameters": object{"initProcessEnabled": true}, "stopTimeout": 60,
		"restartPolicy":      object{"enabled": true, "ignoredExitCodes": []any{0, 3}, "restartAttemptPeriod": 300},
		"versionConsistency": "disabled",
		"logConfiguration":   object{"options": object{"awslogs-multiline-pattern": `^\d{4}-`}},
		"ulimits":            []any{object{"name": "nofile", "softLimit": 100000, "hardLimit": 100000}},
		"dockerLabels":       object{"team": "web"}, "cpu": 128, "memory": 512, "memoryReservation": 256,
		"healthCheck": object{"command": []string{"CMD-SHELL", "curl -f http://localhost/"}, "interval": 30,
			"timeout": 5, "retries": 3},
	})
	tpl.One("aws_ecs_service").Has("load_balancer.0.container_name", "web")
}

func TestWhatIsNotAskedForIsLeftOut(t *testing.T) {
	containerOf(synthesize(t, ""), object{
		"environment": assertions.Absent(), "secrets": assertions.Absent(), "command": assertions.Absent(),
		"entryPoint":  assertions.Absent(),
		"mountPoints": assertions.Absent(), "dependsOn": assertions.Absent(), "healthCheck": assertions.Absent(),
		"ulimits":         assertions.Absent(),
		"linuxParameters": assertions.Absent(), "stopTimeout": assertions.Absent(),
		"restartPolicy": assertions.Absent(), "versionConsistency": assertions.Absent(),
		"logConfiguration":       object{"options": object{"awslogs-multiline-pattern": assertions.Absent()}},
		"readonlyRootFilesystem": assertions.Absent(),
		"dockerLabels":           assertions.Absent(), "cpu": assertions.Absent(), "memory": assertions.Absent(),
		"user": assertions.Absent(),
	})
}

const (
	secretWithKey = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf:password::"
	bareSecret    = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token"
	parameter     = "arn:aws:ssm:eu-west-1:123456789012:parameter/shop/level"
	key           = "arn:aws:kms:eu-west-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"
)

func TestECSMayReadExactlyTheSecretsOfTheContainers(t *testing.T) {
	tpl := synthesize(t, `task: {secretKmsKeys: ["`+key+`"]}, container: {secrets: {PASSWORD: "`+secretWithKey+`",
		LEVEL: "`+parameter+`"},
		environmentFiles: ["arn:aws:s3:::settings/shop/web.env"],
			credentials: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:registry-GhIjKl"},
		sidecars: {agent: {image: agent, secrets: {TOKEN: "`+bareSecret+`", LIMIT: /shop/limit}}}`)
	containerOf(tpl, object{
		"name": "hello-app-runner",
		"secrets": []any{
			object{"name": "LEVEL", "valueFrom": parameter}, object{"name": "PASSWORD", "valueFrom": secretWithKey},
		},
		"environmentFiles": []any{object{"type": "s3", "value": "arn:aws:s3:::settings/shop/web.env"}},
		"repositoryCredentials": object{
			"credentialsParameter": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:registry-GhIjKl",
		},
	})
	policy, data := tpl.OneMatching("aws_iam_role_policy", object{"role": executionRole(tpl).Ref("id")}), tpl.Data()
	policy.Has("policy", assertions.JSON(object{"Statement": []any{
		object{"Action": []string{"logs:CreateLogStream", "logs:PutLogEvents"}},
		assertions.ObjectEquals(object{"Effect": "Allow", "Action": []string{"secretsmanager:GetSecretValue"},
			"Resource": []string{
				"arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf",
				"arn:aws:secretsmanager:eu-west-1:123456789012:secret:registry-GhIjKl",
				// A reference may leave out the ending that Secrets Manager adds to a name.
				"arn:aws:secretsmanager:eu-west-1:123456789012:secret:token-??????",
			}}),
		assertions.ObjectEquals(object{"Effect": "Allow", "Action": []string{"ssm:GetParameters"}, "Resource": []string{
			// A parameter that is given by its name is in the stack's own account and region.
			"arn:" + data.One("aws_partition").Ref("partition") + ":ssm:" + data.One("aws_region").Ref("name") + ":" +
				data.One("aws_caller_identity").Ref("account_id") + ":parameter/shop/limit",
			parameter,
		}}),
		assertions.ObjectEquals(object{"Effect": "Allow", "Action": []string{"kms:Decrypt"},
			"Resource": []string{key}}),
		assertions.ObjectEquals(object{"Effect": "Allow", "Action": []string{"s3:GetObject"},
			"Resource": []string{"arn:aws:s3:::settings/shop/web.env"}}),
		assertions.ObjectEquals(object{"Effect": "Allow", "Action": []string{"s3:GetBucketLocation"},
			"Resource": []string{"arn:aws:s3:::settings"}}),
	}}))
	tpl.CountMatching("aws_iam_role_policy", object{"role": taskRole(tpl).Ref("id")}, 0)
}

// TestNamesThatLookLikePolicyVariables: IAM would replace ${x}, and ${$} is an escaped dollar.
func TestNamesThatLookLikePolicyVariables(t *testing.T) {
	tpl := synthesize(t, `container: {environmentFiles: ["arn:aws:s3:::settings/${x}/$${y}/100$/%{z}.env"]}`)
	containerOf(tpl, object{"environmentFiles": []any{object{"type": "s3",
		"value": "arn:aws:s3:::settings/$${x}/$$${y}/100$/%%{z}.env"}}})
	tpl.OneMatching("aws_iam_role_policy", object{"name": "start-tasks"}).Has("policy",
		assertions.JSON(object{"Statement": assertions.ArrayWith(
			assertions.ObjectLike(object{"Action": []any{"s3:GetObject"},
				"Resource": []any{"arn:aws:s3:::settings/$${$}{x}/$$${$}{y}/100$/%%{z}.env"}}),
		)}))
}

// TestGrantsThatNoInlinePolicyHolds: of 130 parameters an inline policy holds a part, and a managed policy the others.
func TestGrantsThatNoInlinePolicyHolds(t *testing.T) {
	var secrets, statements []string
	for i := range 130 {
		arn := fmt.Sprintf("arn:aws:ssm:eu-west-1:123456789012:parameter/some/long/path/%03d/%s", i,
			strings.Repeat("x", 40))
		secrets = append(secrets, fmt.Sprintf("S%d: %q", i, arn))
		statements = append(statements, fmt.Sprintf("{actions: [s3:GetObject], resources: [%q]}",
			fmt.Sprintf("arn:aws:s3:::bucket/%03d/${aws:PrincipalTag/team}", i)))
	}
	tpl := synthesize(t, "container: {secrets: {"+strings.Join(secrets, ", ")+"}}, service: {exec: true}, task: "+
		"{role: {statements: ["+strings.Join(statements, ", ")+"]}}")
	for _, role := range []struct {
		*assertions.Resource
		purpose, action string
		inline          []*assertions.Resource
		granted         int
	}{
		{executionRole(tpl), "execution", "ssm:GetParameters",
			tpl.Find("aws_iam_role_policy", object{"name": "start-tasks"}), 130},
		{taskRole(tpl), "task", "s3:GetObject", []*assertions.Resource{
			tpl.OneMatching("aws_iam_role_policy", object{"name": "open-a-shell"}),
			tpl.OneMatching("aws_iam_role_policy", object{"name": "own-statements"}),
		}, 130},
	} {
		inline, granted := 0, map[string]bool{}
		count := func(policy *assertions.Resource) int {
			text := policy.Get("policy").(string)
			var document struct {
				Statement []struct{ Action, Resource []string }
			}
			if err := json.Unmarshal([]byte(text), &document); err != nil {
				t.Fatal(err)
			}
			for _, s := range document.Statement {
				for _, resource := range s.Resource {
					if slices.Contains(s.Action, role.action) {
						granted[resource] = true
					}
				}
			}
			return len(strings.ReplaceAll(text, "$${", "${"))
		}
		for _, policy := range role.inline {
			policy.Has("role", role.Ref("id"))
			inline += count(policy)
		}
		if inline < 9000 || inline > 10240 {
			t.Errorf("the inline policies of the %s role have %d characters", role.purpose, inline)
		}
		managed := tpl.OneMatching("aws_iam_policy",
			object{"name_prefix": assertions.Regexp("^webapp-test-" + role.purpose + "-")})
		if n := count(managed); n > 6144 {
			t.Errorf("the managed policy of the %s role has %d characters", role.purpose, n)
		}
		attachment := tpl.OneMatching("aws_iam_role_policy_attachment",
			object{"role": role.Ref("name"), "policy_arn": managed.Ref("arn")})
		tpl.One("aws_ecs_service").DependsOn(attachment)
		// Its statements are never missing on their way to it and back, and all inline policies fit at any time.
		role.inline[len(role.inline)-1].DependsOn(attachment)
		if role.purpose == "task" {
			role.inline[0].DependsOn(role.inline[1])
		}
		for _, late := range []*assertions.Resource{managed, attachment} {
			late.Has("lifecycle", object{"create_before_destroy": true})
		}
		if len(granted) != role.granted {
			t.Errorf("the %s role is granted %d resources, want %d", role.purpose, len(granted), role.granted)
		}
	}
}

// TestOtherGrantsAreAnotherManagedPolicy: one that was changed in place could lose a statement before an inline policy
// has it. Where the role has no room for two of each policy, it is changed in place all the same.
func TestOtherGrantsAreAnotherManagedPolicy(t *testing.T) {
	prefix := func(resources int, more string) any {
		var arns []string
		for i := range resources {
			arns = append(arns, fmt.Sprintf("\"arn:aws:s3:::acme-files/%073d\"", i))
		}
		tpl := synthesize(t, "task: {role: {statements: [{actions: [s3:GetObject], resources: ["+
			strings.Join(arns, ", ")+"]}]"+more+"}}")
		return tpl.One("aws_iam_policy").Get("name_prefix")
	}
	const nine = ", policies: [" +
		"arn:aws:iam::aws:policy/A, arn:aws:iam::aws:policy/B, arn:aws:iam::aws:policy/C, " +
		"arn:aws:iam::aws:policy/D, arn:aws:iam::aws:policy/E, arn:aws:iam::aws:policy/F, " +
		"arn:aws:iam::aws:policy/G, arn:aws:iam::aws:policy/H, arn:aws:iam::aws:policy/I]"
	if prefix(120, "") != prefix(120, "") {
		t.Error("the same statements have two names")
	}
	if prefix(120, "") == prefix(119, "") {
		t.Error("fewer statements have the same name")
	}
	if got := prefix(120, nine); got != "webapp-test-task-" || got != prefix(119, nine) {
		t.Errorf("with nine other policies, the name begins with %v", got)
	}
}

func TestSidecarsRunBesideTheContainer(t *testing.T) {
	tpl := synthesize(t, `container: {dependsOn: {proxy: HEALTHY, setup: SUCCESS}}, sidecars: {
		proxy: {image: envoy, ports: [9901], essential: true, healthCheck: {command: [CMD, /check]}},
		setup: {image: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/setup:1"}}`)
	tpl.One("aws_ecs_task_definition").Has("container_definitions", assertions.JSON([]any{
		object{"name": "hello-app-runner", "essential": true, "dependsOn": []any{
			object{"containerName": "proxy", "condition": "HEALTHY"},
			object{"containerName": "setup", "condition": "SUCCESS"},
		}},
		object{"name": "proxy", "essential": true, "portMappings": []any{object{"containerPort": 9901, "hostPort": 9901,
			"protocol": "tcp"}}},
		object{"name": "setup", "essential": false, "portMappings": assertions.Absent()},
	}))
	policy := tpl.OneMatching("aws_iam_role_policy", object{"role": executionRole(tpl).Ref("id")})
	policy.Has("policy", assertions.JSON(object{"Statement": assertions.ArrayWith(assertions.ObjectLike(object{
		"Action":   []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"},
		"Resource": []any{assertions.Regexp("repository/team/setup$")},
	}))}))
}

func TestVolumesAreEncryptedOnTheWay(t *testing.T) {
	tpl := synthesize(t, `task: {volumes: {data: {fileSystem: fs-0123456789abcdef0,
		accessPoint: fsap-0123456789abcdef0},
			shared: {fileSystem: fs-0123456789abcdef1, directory: /pub}, open: {fileSystem: fs-0123456789abcdef2,
				iam: false}, scratch: {}}},
		container: {mounts: [{volume: data, path: /data}, {volume: shared, path: /pub, readOnly: true}, {volume: open,
			path: /open}, {volume: scratch, path: /tmp}]}`)
	tpl.One("aws_ecs_task_definition").Has("volume", assertions.ArrayEquals(
		assertions.ObjectEquals(object{"name": "data",
			"efs_volume_configuration": object{"file_system_id": "fs-0123456789abcdef0",
				"transit_encryption":   "ENABLED",
				"authorization_config": object{"iam": "ENABLED", "access_point_id": "fsap-0123456789abcdef0"}}}),
		assertions.ObjectEquals(object{"name": "open",
			"efs_volume_configuration": object{"file_system_id": "fs-0123456789abcdef2",
				"transit_encryption":   "ENABLED",
				"authorization_config": object{"iam": "DISABLED"}}}),
		assertions.ObjectEquals(object{"name": "scratch"}),
		assertions.ObjectEquals(object{"name": "shared",
			"efs_volume_configuration": object{"file_system_id": "fs-0123456789abcdef1",
				"transit_encryption": "ENABLED",
				"root_directory":     "/pub", "authorization_config": object{"iam": "ENABLED"}}}),
	))
	containerOf(tpl, object{"mountPoints": assertions.ArrayWith(
		object{"sourceVolume": "data", "containerPath": "/data", "readOnly": false},
		object{"sourceVolume": "shared", "containerPath": "/pub", "readOnly": true},
	)})
	policy := tpl.OneMatching("aws_iam_role_policy", object{"role": taskRole(tpl).Ref("id")})
	policy.Has("policy", assertions.JSON(object{"Statement": []any{
		object{
			"Action":   []string{"elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"},
			"Resource": []any{assertions.Regexp("file-system/fs-0123456789abcdef0$")},
			"Condition": object{"StringEquals": object{"elasticfilesystem:AccessPointArn": []any{
				assertions.Regexp("access-point/fsap-0123456789abcdef0$")}}},
		},
		object{"Action": []string{"elasticfilesystem:ClientMount"},
			"Resource": []any{assertions.Regexp("file-system/fs-0123456789abcdef1$")}},
	}}))
	tpl.One("aws_ecs_service").DependsOn(policy)
}

func TestTaskRoleMayDoWhatTheSettingsSay(t *testing.T) {
	tpl := synthesize(t, `task: {role: {policies: ["arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"],
		permissionsBoundary: "arn:aws:iam::123456789012:policy/boundary",
		statements: [{actions: [s3:GetObject], resources: ["arn:aws:s3:::pictures/*"],
			conditions: {StringEquals: {"aws:ResourceTag/team": [web]}}}]}}`)
	tpl.AllMatch("aws_iam_role", object{"permissions_boundary": "arn:aws:iam::123456789012:policy/boundary"})
	role := taskRole(tpl)
	attachment := tpl.One("aws_iam_role_policy_attachment")
	attachment.Matches(object{"role": role.Ref("name"),
		"policy_arn": "arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"})
	policy := tpl.OneMatching("aws_iam_role_policy", object{"role": role.Ref("id")})
	policy.Has("policy", assertions.JSON(object{"Statement": []any{assertions.ObjectEquals(object{
		"Effect": "Allow", "Action": []string{"s3:GetObject"}, "Resource": []string{"arn:aws:s3:::pictures/*"},
		"Condition": object{"StringEquals": object{"aws:ResourceTag/team": []string{"web"}}},
	})}}))
	tpl.One("aws_ecs_service").DependsOn(policy, attachment)
}

// TestECSMayDoWhatTheSettingsAdd: the containers themselves may not.
func TestECSMayDoWhatTheSettingsAdd(t *testing.T) {
	tpl := synthesize(t, `task: {executionRole: {policies: ["arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"],
		statements: [{actions: [kms:Decrypt], resources: ["`+key+`"],
			conditions: {StringEquals: {"kms:ViaService": [ssm.eu-west-1.amazonaws.com]}}}]}}`)
	role := executionRole(tpl)
	attachment := tpl.One("aws_iam_role_policy_attachment")
	attachment.Matches(object{"role": role.Ref("name"),
		"policy_arn": "arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"})
	policy := tpl.OneMatching("aws_iam_role_policy", object{"name": "own-statements"})
	policy.Matches(object{"role": role.Ref("id"), "policy": assertions.JSON(object{"Statement": []any{
		assertions.ObjectEquals(object{"Effect": "Allow", "Action": []string{"kms:Decrypt"}, "Resource": []string{key},
			"Condition": object{"StringEquals": object{"kms:ViaService": []string{"ssm.eu-west-1.amazonaws.com"}}}}),
	}})})
	tpl.OneMatching("aws_iam_role_policy", object{"name": "start-tasks", "role": role.Ref("id")})
	tpl.CountMatching("aws_iam_role_policy", object{"role": taskRole(tpl).Ref("id")}, 0)
	tpl.One("aws_ecs_service").DependsOn(policy, attachment)
}

func TestLogsCanBeKeptWithAKeyAndWithoutLoss(t *testing.T) {
	tpl := synthesize(t, `logs: {retentionDays: 0, kmsKey: "`+key+`", blocking: true}`)
	tpl.One("aws_cloudwatch_log_group").Matches(object{"retention_in_days": 0, "kms_key_id": key})
	containerOf(tpl, object{"logConfiguration": object{"options": object{"mode": "blocking",
		"max-buffer-size": assertions.Absent()}}})
}

func TestTasksOfAStackAskForTheAccountOnce(t *testing.T) {
	tpl := synthesize(t, twoServices)
	for _, source := range []string{"aws_caller_identity", "aws_region", "aws_partition"} {
		tpl.Data().Count(source, 1)
	}
}

// A registry has several hosts. Source: AWS General Reference, "Amazon ECR endpoints and quotas".
func TestECSMayPullFromEveryHostOfAPrivateRegistry(t *testing.T) {
	for host, region := range map[string]string{
		"dkr.ecr.eu-west-1.amazonaws.com":                "eu-west-1",
		"dkr-ecr.eu-west-1.on.aws":                       "eu-west-1",
		"dkr.ecr-fips.us-east-1.amazonaws.com":           "us-east-1",
		"dkr-ecr-fips.us-east-1.on.aws":                  "us-east-1",
		"dkr.ecr.cn-north-1.amazonaws.com.cn":            "cn-north-1",
		"dkr-ecr.cn-north-1.on.amazonwebservices.com.cn": "cn-north-1",
		"dkr.ecr.eusc-de-east-1.amazonaws.eu":            "eusc-de-east-1",
	} {
		tpl := synthesize(t, `container: {image: "123456789012.`+host+`/team/web:1"}`)
		tpl.OneMatching("aws_iam_role_policy", object{"name": "start-tasks"}).Has("policy",
			assertions.JSON(object{"Statement": assertions.ArrayWith(
				assertions.ObjectEquals(object{"Effect": "Allow", "Action": []string{"ecr:GetAuthorizationToken"},
					"Resource": []string{"*"}}),
				object{"Action": assertions.ArrayWith("ecr:BatchGetImage"),
					"Resource": []any{assertions.Regexp(":ecr:" + region + ":123456789012:repository/team/web$")}},
			)}))
	}
}

func TestECSMayFillAPullThroughCache(t *testing.T) {
	tpl := synthesize(t, `container: {image: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/docker-hub/library/nginx:1",
		pullThroughCache: true}`)
	tpl.OneMatching("aws_iam_role_policy", object{"name": "start-tasks"}).Has("policy",
		assertions.JSON(object{"Statement": assertions.ArrayWith(
			object{"Action": []string{"ecr:BatchImportUpstreamImage", "ecr:CreateRepository"},
				"Resource": []any{assertions.Regexp("eu-west-1:123456789012:repository/docker-hub/library/nginx$")}},
		)}))
}

func TestContainersLogToAGroupThatExists(t *testing.T) {
	tpl := synthesize(t, `logs: {existing: /teams/web}, observability: {logQueries: true},
		services: {api: {routing: {paths: [/api]}, container: {image: api, ports: [80]}, logs: {existing: /teams/web}}}`)
	tpl.Count("aws_cloudwatch_log_group", 0)
	groups := tpl.Data().All("aws_cloudwatch_log_group")
	if len(groups) != 2 {
		t.Fatalf("%d groups are looked up, want one for each service", len(groups))
	}
	for _, group := range groups {
		group.Has("name", "/teams/web")
		tpl.OneMatching("aws_iam_role_policy", object{"name": "start-tasks", "policy": assertions.JSON(object{
			"Statement": assertions.ArrayWith(assertions.ObjectEquals(object{
				"Effect": "Allow", "Action": []string{"logs:CreateLogStream", "logs:PutLogEvents"},
				"Resource": []string{group.Ref("arn") + ":*"},
			})),
		})})
	}
	for _, task := range tpl.All("aws_ecs_task_definition") {
		task.Has("container_definitions", assertions.JSON([]any{object{"logConfiguration": object{
			"options": object{"awslogs-group": "/teams/web"}}}}))
	}
	tpl.AllMatch("aws_cloudwatch_query_definition", object{"log_group_names": []string{"/teams/web"}})
}
