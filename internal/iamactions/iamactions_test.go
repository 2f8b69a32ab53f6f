package iamactions

import (
	"slices"
	"strings"
	"testing"
)

func TestHas(t *testing.T) {
	for action, want := range map[[2]string]bool{
		{"s3", "GetObject"}: true, {"S3", "getobject"}: true, {"ssmmessages", "OpenDataChannel"}: true,
		{"s3", "GetObjekt"}: false, {"s4", "GetObject"}: false, {"s3", ""}: false, {"", "GetObject"}: false,
		{"s3", "GetObj*"}: true, {"s3", "GetObjekt*"}: false,
		{"\tGetObject", ""}: false, {"a2c", "ApproveSkill"}: false, {"zonal-autoshift", "GetObject"}: false,
	} {
		if got := Has(action[0], action[1]); got != want {
			t.Errorf("%v: got %v, want %v", action, got, want)
		}
	}
}

func TestEveryServiceHasActions(t *testing.T) {
	all := Services()
	if len(all) < 400 {
		t.Errorf("only %d services", len(all))
	}
	for _, service := range all {
		if len(Of(service)) == 0 {
			t.Errorf("%s has no actions", service)
		}
	}
}

func TestResources(t *testing.T) {
	const queue, table, index = "arn:${Partition}:sqs:${Region}:${Account}:${QueueName}",
		"arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}",
		"arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}/index/${IndexName}"
	for _, tc := range []struct {
		service, action string
		want            []string
		found           bool
	}{
		{"sqs", "SendMessage", []string{queue}, true},
		{"SQS", "receive*", []string{queue}, true},
		{"dynamodb", "Query", []string{table, index}, true},
		{"cloudwatch", "GetMetricStatistics", nil, true},
		{"lex", "RecognizeText", []string{ // V2 and V1
			"arn:${Partition}:lex:${Region}:${Account}:bot-alias/${BotId}/${BotAliasId}",
			"arn:${Partition}:lex:${Region}:${Account}:bot:${BotName}:${BotAlias}"}, true},
		{"sqs", "Frobnicate*", nil, false},
		{"sqss", "SendMessage", nil, false},
	} {
		if got, found := Resources(tc.service, tc.action); !slices.Equal(got, tc.want) || found != tc.found {
			t.Errorf("%s:%s: got %q, %v", tc.service, tc.action, got, found)
		}
	}
}

func TestEveryResourceIsAnARN(t *testing.T) {
	for _, service := range Services() {
		for _, arn := range ResourcesOf(service) {
			if !strings.HasPrefix(arn, "arn:") || strings.Contains(arn, ",") {
				t.Errorf("%s: %q", service, arn)
			}
		}
	}
}
