// Package events is the EventBridge of the local AWS: it finds the rules that match what AWS's services report, and
// publishes it to the topics that the rules have as targets.
package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"webapp/internal/awsread"
	"webapp/internal/localaws/topics"
)

type object = map[string]any

// Event is what a service of AWS reports.
type Event struct {
	ID, Source, DetailType string
	Account, Region        string
	At                     time.Time
	Resources              []string
	Detail                 map[string]any
}

// document is the event as rules see it. Source: EventBridge user guide, "AWS service event metadata".
func (e Event) document() (object, error) {
	text, err := json.Marshal(object{
		"version": "0", "id": e.ID, "detail-type": e.DetailType, "source": e.Source, "account": e.Account,
		"time": e.At.UTC().Format(time.RFC3339), "region": e.Region, "resources": e.Resources, "detail": e.Detail,
	})
	if err != nil {
		return nil, err
	}
	document := object{} // with the types of JSON only
	return document, json.Unmarshal(text, &document)
}

// Deliver publishes events to the topics of the rules that match them.
func Deliver(ctx context.Context, records aws.Config, sent *topics.Sent, all []Event) error {
	r := awsread.New(ctx, records)
	rules := r.EventRules()
	problems := []error{r.Err()}
	for _, rule := range rules {
		pattern := object{}
		if rule.State == types.RuleStateDisabled || json.Unmarshal([]byte(aws.ToString(rule.EventPattern)), &pattern) != nil {
			continue
		}
		for _, e := range all {
			document, err := e.document()
			if err == nil && matches(pattern, document) {
				err = deliver(ctx, records, sent, rule, document)
			}
			problems = append(problems, err)
		}
	}
	return errors.Join(problems...)
}

func deliver(ctx context.Context, records aws.Config, sent *topics.Sent, rule types.Rule, document object) error {
	targets, err := eventbridge.NewFromConfig(records).ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{
		Rule: rule.Name,
	})
	if err != nil {
		return fmt.Errorf("reading the targets of the rule %s: %w", aws.ToString(rule.Name), err)
	}
	var problems []error
	for _, t := range targets.Targets {
		if topics.IsTopic(aws.ToString(t.Arn)) {
			problems = append(problems, sent.Publish(ctx, records, *t.Arn, "", input(t, document)))
		}
	}
	return errors.Join(problems...)
}

// input is what a target gets of an event.
func input(t types.Target, document object) string {
	switch {
	case t.InputTransformer != nil:
		return transform(aws.ToString(t.InputTransformer.InputTemplate), t.InputTransformer.InputPathsMap, document)
	case t.Input != nil:
		return *t.Input
	case t.InputPath != nil:
		return transform("<part>", map[string]string{"part": *t.InputPath}, document)
	}
	text, _ := json.Marshal(document) // it was read from JSON
	return string(text)
}
