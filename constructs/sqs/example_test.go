package sqs_test

import (
	"os"
	"testing"

	"webapp/assertions"
	"webapp/constructs/account"
	"webapp/constructs/sqs"
	"webapp/internal/examples"
)

func TestMain(m *testing.M) { os.Exit(assertions.Main(m)) }

// The queue of a worker, with one for the messages that it fails at.
func ExampleNewQueue() {
	s := examples.Settings(`
name: shop
container: {image: nginx, ports: [80]}
services:
  mailer: {worker: true, queue: {maxReceives: 3}, container: {image: mailer}}
`)
	stack := examples.NewStack()
	sqs.NewQueue(stack, "queue", sqs.QueueProps{
		Account: account.NewAccount(stack, "account"), Settings: *s.Workloads()[1].Receives,
	})
	examples.Print(stack, "aws_sqs_queue")
	// Output:
	// aws_sqs_queue 2
}
