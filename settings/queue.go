package settings

import (
	"regexp"
	"strings"
	"time"

	"webapp/internal/configfile"
	"webapp/internal/names"
)

// Queue is an SQS queue whose messages the tasks of the service receive. {} creates it, with a queue for dead letters:
// the messages that were received several times and never deleted.
// Source: SQS developer guide, "Using dead-letter queues in Amazon SQS".
type Queue struct {
	// Existing is the name of a queue that exists in the stack's account and region, to use instead of creating one.
	// Default: none, the queue is created.
	Existing string `yaml:"existing"`

	// VisibilityTimeout is how long a message that a task has received stays hidden from the others. A task must delete
	// the message within that time, or ask for more; otherwise another task receives it too. Write the longest time
	// that a message takes. Default 30s, or container.stopTimeout if that is longer.
	// Source: SQS developer guide, "Amazon SQS visibility timeout".
	VisibilityTimeout time.Duration `yaml:"visibilityTimeout" range:"0s,43200s"`

	// RetentionPeriod is how long a message is kept that nobody deletes, 1m to 336h (14 days). Dead letters are always
	// kept for 14 days, counted from when the message was sent. Default 96h (4 days).
	// Source: SQS API, SetQueueAttributes.
	RetentionPeriod time.Duration `yaml:"retentionPeriod" range:"60s,1209600s"`

	// MaxReceives is how many times a message is received before it becomes a dead letter. A message also counts as
	// received when its task was stopped in the middle, so that 1 loses messages. Default 5.
	MaxReceives int `yaml:"maxReceives" range:"1,1000"`

	// FIFO delivers the messages of a group in their order, and each message once. Senders must give every message a
	// group and, unless its content is never repeated, a deduplication id. Changing it replaces the queue and loses its
	// messages. Default false.
	FIFO bool `yaml:"fifo"`

	// KMSKey is the ARN of a KMS key that encrypts the messages. Tasks that send or receive may use it, if its own
	// policy lets IAM decide. For an existing queue, write the key that it has. Default: a key of SQS's own, which costs
	// nothing.
	// Source: SQS developer guide, "Key management".
	KMSKey string `yaml:"kmsKey" arn:"kms"`

	// Variable is the environment variable of the main container that has the queue's URL. Default QUEUE_URL.
	Variable string `yaml:"variable"`
}

// Limits of a queue's name, and what the name of a FIFO queue ends with.
// Source: SQS API, CreateQueue.
const (
	maxQueueName = 80
	fifoSuffix   = ".fifo"

	defaultVisibility = 30 * time.Second

	// DeadLetterRetention is how long dead letters are kept: as long as SQS can keep them.
	DeadLetterRetention = 14 * 24 * time.Hour
)

var queueName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,75}(\.fifo|[A-Za-z0-9_-]{0,5})$`)

func (q *Queue) SetDefaults() {
	*q = Queue{VisibilityTimeout: defaultVisibility, RetentionPeriod: 4 * 24 * time.Hour, MaxReceives: 5,
		Variable: "QUEUE_URL"}
}

func (q *Queue) Check(c configfile.Checker) {
	checkVariableName(c.At("variable"), q.Variable)
	if q.KMSKey != "" {
		checkKey(c.At("kmsKey"), q.KMSKey, "sqs")
	}
	if q.Existing == "" {
		return
	}
	switch name := q.Existing[strings.LastIndexAny(q.Existing, ":/")+1:]; {
	case queueName.MatchString(q.Existing):
	case queueName.MatchString(name):
		c.At("existing").Problemf("%q is not the name of a queue; write only its name, %s: the queue must be in the "+
			"stack's account and region", q.Existing, name)
	default:
		c.At("existing").Problemf("%q is not the name of a queue; write 1 to %d letters, digits, hyphens and "+
			"underscores, and at the end of a FIFO queue's name .fifo", q.Existing, maxQueueName)
	}
	for _, setting := range []string{"visibilityTimeout", "retentionPeriod", "maxReceives", "fifo"} {
		if c.Written(setting) {
			c.At(setting).Problemf("has no effect on a queue that exists; remove it, or remove existing")
		}
	}
}

// derive hides a message at least as long as a task may take to stop, which a task may still use to work on it.
func (q *Queue) derive(w NamedWorkload, given func(path string) bool) {
	if !given("visibilityTimeout") {
		q.VisibilityTimeout = max(defaultVisibility, w.Container.StopTimeout)
	}
}

// NamedQueue is a queue of a stack and its names.
type NamedQueue struct {
	// Service is the name of the service that receives the messages, as others write it under sendsTo.
	Service string
	// Name of the queue in AWS, and that of its queue for dead letters, "" if the queue is not created.
	Name, DeadLetters string
	*Queue
}

// SenderVariable is the environment variable in which the senders have the queue's URL: MAILER_QUEUE_URL.
func (q NamedQueue) SenderVariable() string {
	return strings.ToUpper(strings.ReplaceAll(q.Service, "-", "_")) + "_QUEUE_URL"
}

// queueOf returns the queue whose messages a service receives; nil if it has none.
func (s *Stack) queueOf(w NamedWorkload) *NamedQueue {
	if w.Queue == nil {
		return nil
	}
	q := NamedQueue{Service: s.nameOf(w), Name: w.Queue.Existing, Queue: w.Queue}
	if q.Existing == "" {
		suffix := ""
		if q.FIFO {
			suffix = fifoSuffix
		}
		q.Name = names.Fit(w.Name, maxQueueName-len(suffix)) + suffix
		q.DeadLetters = names.Fit(w.Name+"-dead-letters", maxQueueName-len(suffix)) + suffix
	}
	return &q
}

// addQueues says which queues the services receive from and send to.
func (s *Stack) addQueues(all []NamedWorkload) {
	queues := map[string]NamedQueue{}
	for i, w := range all {
		if q := s.queueOf(w); q != nil {
			all[i].Receives, queues[q.Service] = q, *q
		}
	}
	for i, w := range all {
		for _, name := range w.SendsTo {
			if q, ok := queues[name]; ok {
				all[i].Sends = append(all[i].Sends, q)
			}
		}
	}
}

// checkQueues reports senders to queues that do not exist, and variables that have two values.
func (s *Stack) checkQueues(c configfile.Checker) {
	var known []string
	of := map[string]int{}
	for _, w := range s.Workloads() {
		if w.Receives != nil {
			known = append(known, w.Receives.Service)
			of[w.Receives.Service]++
		}
	}
	for _, w := range s.Tasks() {
		at := c.At(w.path(""))
		configfile.CheckItems(at.At("sendsTo"), w.SendsTo, "list each service once",
			func(c configfile.Checker, name string) {
				receiver, ok := s.workloadOf(name)
				dropped := configfile.JoinPath("services", configfile.QuoteKey(name))
				if ok {
					dropped = receiver.path("queue")
				}
				switch {
				case of[name] > 1:
					c.Problemf("%s "+twoServices, name)
				case of[name] == 1:
				case c.ReportDropped(dropped, onlyExisting(w.path("sendsTo"), w.SendsTo,
					func(name string) bool { return of[name] == 1 })):
				case ok:
					c.Problemf("%q has no queue; add queue: {} to %s", name, receiver.describe())
				case len(known) == 0:
					c.Problemf("%q is not a service of this file with a queue; add queue: {} to the service that receives "+
						"the messages, and write its name here", name)
				default:
					c.Problemf("%q is not a service of this file with a queue; %s", name,
						configfile.Suggest(name, known))
				}
			})
		s.checkExistingQueue(at, w)
		if !at.Valid("container.environment", "container.secrets") || w.Queue != nil && !at.Valid("queue.variable") {
			continue
		}
		w.checkQueueVariables(at)
		if q := w.Queue; q != nil && q.Existing == "" {
			q.noteExpiry(at.At("queue"))
		}
		if q := w.Queue; q != nil && q.Existing == "" && at.Given("queue.visibilityTimeout") &&
			q.VisibilityTimeout < w.Container.StopTimeout {
			at.At("queue.visibilityTimeout").Notef("%s is shorter than container.stopTimeout (%s): another task may "+
				"receive a message that a stopping task still works on; write at least %[2]s",
				configfile.Seconds(q.VisibilityTimeout), configfile.Seconds(w.Container.StopTimeout))
		}
	}
}

// noteExpiry notes messages that SQS deletes before they can become dead letters: a message is counted from when it was
// sent, and stays hidden after each receive.
// Source: SQS developer guide, "Using dead-letter queues in Amazon SQS" and "Amazon SQS visibility timeout".
func (q *Queue) noteExpiry(c configfile.Checker) {
	hidden, kept := configfile.Seconds(q.VisibilityTimeout), configfile.Seconds(q.RetentionPeriod)
	switch {
	case q.VisibilityTimeout > q.RetentionPeriod:
		c.Notef("visibilityTimeout (%s) is longer than retentionPeriod (%s), after which SQS deletes a message: one that a "+
			"task fails to handle is lost before another task can receive it; write a longer retentionPeriod", hidden, kept)
	case q.VisibilityTimeout*time.Duration(q.MaxReceives) >= q.RetentionPeriod:
		c.Notef("a message that is hidden %d times (maxReceives) for %s (visibilityTimeout) is older than retentionPeriod "+
			"(%s), after which SQS deletes it: it is lost and never becomes a dead letter; write a longer retentionPeriod, "+
			"or fewer receives", q.MaxReceives, hidden, kept)
	}
}

// checkExistingQueue reports a queue that is said to exist, but which the stack creates for another service: a plan
// would not find it.
func (s *Stack) checkExistingQueue(c configfile.Checker, w NamedWorkload) {
	if w.Queue == nil || w.Queue.Existing == "" {
		return
	}
	for _, other := range s.Workloads() {
		q := other.Receives
		if q == nil || q.Existing != "" {
			continue
		}
		const advice = "; write a queue that exists before the stack is deployed"
		switch at := c.At("queue.existing"); w.Queue.Existing {
		case q.Name:
			at.Problemf("%s is the queue that this stack creates for %s"+advice+", in both places", q.Name,
				other.path("queue"))
		case q.DeadLetters:
			at.Problemf("%s is the queue for dead letters that this stack creates for %s"+advice, q.DeadLetters,
				other.path("queue"))
		}
	}
}

// checkQueueVariables reports variables that the main container would have twice.
func (w NamedWorkload) checkQueueVariables(c configfile.Checker) {
	variables := map[string]string{}
	if w.Receives != nil {
		variables[w.Receives.Variable] = "queue"
	}
	for _, q := range w.Sends {
		if variables[q.SenderVariable()] == "queue" {
			c.At("queue.variable").Problemf("%s is the variable of the queue of %s too, to which the service sends; "+
				"write another name", q.SenderVariable(), q.Service)
		}
		variables[q.SenderVariable()] = "sendsTo"
	}
	for name, of := range variables {
		given := map[string]bool{}
		_, given["environment"] = w.Container.Environment[name]
		_, given["secrets"] = w.Container.Secrets[name]
		for section, given := range given {
			switch {
			case given && of == "queue":
				c.At("container").At(section).Key(name).Problemf("has the queue's URL already; remove it, or write "+
					"another name under queue: {variable: …}, such as %s_2", name)
			case given:
				c.At("container").At(section).Key(name).Problemf("has the URL of a queue under sendsTo already; " +
					"choose another name")
			}
		}
	}
}

// UseQueues allows receiving messages from the service's queue and sending messages to others, by name.
// Sources: SQS developer guide, "Overview of managing access in Amazon SQS", and "Key management" for keys.
func (w NamedWorkload) UseQueues(here Place) []Statement {
	var all []Statement
	receivers, senders := texts{}, texts{}
	if q := w.Receives; q != nil {
		all = append(all, Statement{
			Actions: []string{"sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes",
				"sqs:GetQueueUrl", "sqs:ReceiveMessage"},
			Resources: []string{here.ARN("sqs", q.Name)},
		})
		if q.KMSKey != "" {
			receivers.add(q.KMSKey)
		}
	}
	queues := texts{}
	for _, q := range w.Sends {
		queues.add(here.ARN("sqs", q.Name))
		if q.KMSKey != "" {
			senders.add(q.KMSKey)
			delete(receivers, q.KMSKey)
		}
	}
	if len(queues) > 0 {
		all = append(all, Statement{
			Actions:   []string{"sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"},
			Resources: queues.sorted(),
		})
	}
	if len(receivers) > 0 {
		all = append(all, Statement{Actions: []string{"kms:Decrypt"}, Resources: receivers.sorted()})
	}
	if len(senders) > 0 {
		all = append(all, Statement{
			Actions: []string{"kms:Decrypt", "kms:GenerateDataKey"}, Resources: senders.sorted(),
		})
	}
	return all
}
