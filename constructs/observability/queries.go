package observability

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatchquerydefinition"
)

// The patterns match the words that most languages' libraries log errors with, and statuses in JSON, as key=value and
// in access logs.
const (
	errorLine       = `/(?i)(\berror|exception|\bfatal|\bpanic|\bcritical|traceback)/`
	serverErrorLine = `/(?i)(status\w*|code|HTTP\/[0-9.]+)\W{1,4}5\d\d\b/`
)

// queries are the commands of what people look for first, by the id of the query.
var queries = map[string][]string{
	"errors": {
		"fields @timestamp, @message, @logStream", "filter @message like " + errorLine,
		"sort @timestamp desc", "limit 200",
	},
	"errors-over-time": {
		"filter @message like " + errorLine, "stats count(*) as errors by bin(5m), @logStream", "sort errors desc",
	},
	"server-errors": {
		"fields @timestamp, @message, @logStream", "filter @message like " + serverErrorLine,
		"sort @timestamp desc", "limit 200",
	},
}

// maxQueried is the number of log groups that a query can have.
// Source: CloudWatch Logs API, StartQuery (logGroupNames).
const maxQueried = 50

// NewLogQueries saves queries of the logs of services and jobs, in the folder of CloudWatch Logs Insights that has the
// stack's name. Each query is there several times, such as errors and errors-2, if one cannot have all log groups.
// Source: CloudWatch Logs user guide, "CloudWatch Logs Insights query syntax".
func NewLogQueries(scope constructs.Construct, id string, props Props) {
	scope = constructs.NewConstruct(scope, &id)
	var groups []string
	add := func(group string) {
		if !slices.Contains(groups, group) {
			groups = append(groups, group)
		}
	}
	for _, s := range props.Services {
		add(s.Task().LogGroup())
	}
	for _, j := range props.Jobs {
		add(j.Task().LogGroup())
	}
	for _, id := range sorted(queries) {
		for i, some := range slices.Collect(slices.Chunk(groups, maxQueried)) {
			part := id
			if i > 0 {
				part = fmt.Sprintf("%s-%d", id, i+1)
			}
			config := &cloudwatchquerydefinition.CloudwatchQueryDefinitionConfig{
				Name:          jsii.String(props.Name + "/" + part),
				LogGroupNames: jsii.Strings(some...),
				QueryString:   jsii.String(strings.Join(queries[id], "\n| ")),
			}
			cloudwatchquerydefinition.NewCloudwatchQueryDefinition(scope, &part, config)
		}
	}
}
