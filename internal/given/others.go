package given

import (
	"path"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// namespace creates the one that the settings name.
func (p *preparing) namespace() error {
	n := p.settings.Namespace
	if !n.Existing {
		return nil
	}
	_, err := p.once("namespace "+n.Name, func() (*string, error) {
		v, err := p.inVPC()
		if err != nil {
			return nil, err
		}
		created, err := servicediscovery.NewFromConfig(p.cfg).CreatePrivateDnsNamespace(p.ctx,
			&servicediscovery.CreatePrivateDnsNamespaceInput{
				Name: &n.Name, Vpc: &v.id,
			})
		if err != nil {
			return nil, err
		}
		return created.OperationId, nil
	})
	return err
}

// topic creates the one that the alarms go to.
func (p *preparing) topic() error {
	alarms := p.settings.Observability.Alarms
	if alarms == nil || alarms.Topic == "" {
		return nil
	}
	parts := strings.Split(alarms.Topic, ":")
	return p.named("topic", alarms.Topic, func() (*string, error) {
		created, err := sns.NewFromConfig(p.cfg).CreateTopic(p.ctx,
			&sns.CreateTopicInput{Name: aws.String(parts[len(parts)-1])})
		if err != nil {
			return nil, err
		}
		return created.TopicArn, nil
	})
}

// allowingAll is what every policy says: on the local AWS they decide nothing.
const allowingAll = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}`

// policies creates the managed policies that the settings name. AWS's own are there.
func (p *preparing) policies() error {
	for _, w := range p.settings.Tasks() {
		for _, arn := range slices.Concat(w.Task.Role.Policies, w.Task.ExecutionRole.Policies,
			[]string{w.Task.Role.PermissionsBoundary}) {
			_, name, own := strings.Cut(arn, ":policy/")
			if !own || strings.Contains(arn, ":iam::aws:") {
				continue
			}
			actual, err := p.onceInAccount("policy "+arn, func() (*string, error) {
				input := &iam.CreatePolicyInput{PolicyName: aws.String(path.Base(name)),
					PolicyDocument: aws.String(allowingAll)}
				if folder := path.Dir(name); folder != "." {
					input.Path = aws.String("/" + folder + "/")
				}
				created, err := iam.NewFromConfig(p.cfg).CreatePolicy(p.ctx, input)
				if err != nil {
					return nil, err
				}
				return created.Policy.Arn, nil
			})
			if err != nil {
				return err
			}
			p.replace(arn, actual)
		}
	}
	return nil
}

// logGroups creates the log groups that the settings name.
func (p *preparing) logGroups() error {
	for _, w := range p.settings.Tasks() {
		if w.Logs.Existing == "" {
			continue
		}
		_, err := p.once("log group "+w.Logs.Existing, func() (*string, error) {
			_, err := cloudwatchlogs.NewFromConfig(p.cfg).CreateLogGroup(p.ctx,
				&cloudwatchlogs.CreateLogGroupInput{LogGroupName: &w.Logs.Existing})
			return &w.Logs.Existing, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// queues creates the queues that the settings name. FIFO queues have a name of their own kind.
func (p *preparing) queues() error {
	for _, w := range p.settings.Tasks() {
		if w.Queue == nil || w.Queue.Existing == "" {
			continue
		}
		_, err := p.once("queue "+w.Queue.Existing, func() (*string, error) {
			in := &sqs.CreateQueueInput{QueueName: &w.Queue.Existing}
			if strings.HasSuffix(w.Queue.Existing, ".fifo") {
				in.Attributes = map[string]string{"FifoQueue": "true"}
			}
			created, err := sqs.NewFromConfig(p.cfg).CreateQueue(p.ctx, in)
			if err != nil {
				return nil, err
			}
			return created.QueueUrl, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
