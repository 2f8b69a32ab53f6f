// The article's stack in the AWS CDK, as its documentation has one write it.
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
