// Package topics publishes messages to SNS topics in the name of other services, and remembers them: nobody else shows
// what was sent.
package topics

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// Message is what was published.
type Message struct {
	At      time.Time `json:"at"`
	Topic   string    `json:"topic"` // its ARN
	Subject string    `json:"subject,omitempty"`
	Text    string    `json:"text"`
}

// Sent are the messages that were published.
type Sent struct {
	mu   sync.Mutex
	last []Message // the newest first
}

const (
	// kept is how many messages are remembered.
	kept = 100
	// longestSubject is what SNS takes. Source: SNS API, Publish.
	longestSubject = 100
)

// IsTopic reports whether an ARN is that of an SNS topic.
func IsTopic(arn string) bool {
	_, rest, _ := strings.Cut(arn, ":") // the partition and what follows
	_, rest, _ = strings.Cut(rest, ":")
	return strings.HasPrefix(rest, "sns:")
}

// Publish publishes a message to a topic, for its subscribers.
func (s *Sent) Publish(ctx context.Context, records aws.Config, topic, subject, text string) error {
	in := &sns.PublishInput{TopicArn: &topic, Message: &text}
	if subject != "" {
		in.Subject = aws.String(subject[:min(len(subject), longestSubject)])
	}
	if _, err := sns.NewFromConfig(records).Publish(ctx, in); err != nil {
		return fmt.Errorf("publishing to %s: %w", topic, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = slices.Insert(s.last, 0, Message{At: time.Now(), Topic: topic, Subject: subject, Text: text})
	s.last = s.last[:min(len(s.last), kept)]
	return nil
}

// Last returns the last messages, the newest first.
func (s *Sent) Last() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Message{}, s.last...)
}
