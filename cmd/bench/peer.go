package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// cdkApp is the article's stack in the AWS CDK, as its documentation has one write it.
const cdkApp = `
const { App, Stack, aws_ec2: ec2, aws_ecs: ecs, aws_ecs_patterns: patterns, aws_logs: logs } = require('aws-cdk-lib');
const stack = new Stack(new App({ outdir: process.argv[2] }), 'webapp');
const vpc = new ec2.Vpc(stack, 'vpc', { vpcName: 'my-vpc', natGateways: 1, maxAzs: 2 });
const cluster = new ecs.Cluster(stack, 'cluster', { vpc });
const task = new ecs.FargateTaskDefinition(stack, 'task', { cpu: 512, memoryLimitMiB: 1024, family: 'webapp' });
task.addContainer('container', {
  image: ecs.ContainerImage.fromRegistry('public.ecr.aws/aws-containers/hello-app-runner:latest'),
  logging: ecs.LogDrivers.awsLogs({ streamPrefix: 'webapp', logRetention: logs.RetentionDays.ONE_DAY }),
  portMappings: [{ containerPort: 8000 }],
});
const service = new patterns.ApplicationLoadBalancedFargateService(stack, 'service', {
  cluster, taskDefinition: task, listenerPort: 8000, desiredCount: 2, circuitBreaker: { rollback: true }, minHealthyPercent: 100,
});
const scaling = service.service.autoScaleTaskCount({ minCapacity: 1, maxCapacity: 5 });
scaling.scaleOnCpuUtilization('cpu', { targetUtilizationPercent: 50 });
scaling.scaleOnMemoryUtilization('memory', { targetUtilizationPercent: 50 });
stack.node.root.synth();
`

// peer compares with the AWS CDK in JavaScript, the fastest one that does this job, in the same run.
func (b *bench) peer() error {
	cdk := filepath.Join(b.folder, "cdk")
	if err := os.Mkdir(cdk, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(cdk, "app.js"), []byte(cdkApp), 0o600); err != nil {
		return err
	}
	fmt.Println("\nFetching the AWS CDK into a temporary folder")
	install := exec.CommandContext(b.ctx, "npm", "install", "--prefix", cdk, "--no-fund", "--no-audit", "aws-cdk-lib@2.276.0", "constructs@10.8.1")
	if _, err := b.measure(install); err != nil {
		return err
	}
	for _, c := range []struct{ name, environment string }{
		{"AWS CDK, node app.js", ""},
		{"AWS CDK, node app.js, its validation off", "CDK_VALIDATION=false"},
	} {
		ours, theirs, err := b.compare(testCase{name: c.name, runs: runs, command: func(variant int) *exec.Cmd {
			if variant == 0 {
				return b.command(0, b.program(0), "-outdir", filepath.Join(b.folder, "out"))
			}
			command := exec.CommandContext(b.ctx, "node", "app.js", filepath.Join(b.folder, "cdk.out")) //nolint:gosec // as above
			command.Dir = cdk
			command.Env = append(os.Environ(), c.environment)
			return command
		}})
		if err != nil {
			return err
		}
		fmt.Printf("synth %.2f s, %s %.2f s, ratio %.2f\n", ours.seconds, c.name, theirs.seconds, ours.seconds/theirs.seconds)
	}
	return nil
}
