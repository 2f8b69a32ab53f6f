package live

import (
	"fmt"
	"time"

	"webapp/internal/localaws/events"
	"webapp/internal/localaws/scheduler"
)

// eventQueue hands what the scheduler reports to EventBridge.
type eventQueue struct {
	world *World
	queue chan events.Event
}

// queued is how many events wait at most. More than these are lost, as EventBridge gives no guarantee for ECS's events
// either. Source: EventBridge user guide, "Events from AWS services", best effort.
const queued = 1024

func newEventQueue(w *World) *eventQueue {
	return &eventQueue{world: w, queue: make(chan events.Event, queued)}
}

// add queues what the scheduler reports.
func (q *eventQueue) add(n scheduler.Notice) {
	p, now := placeOf(n.Resource), time.Now()
	e := events.Event{
		ID: scheduler.NewID(), Source: "aws.ecs", DetailType: n.Kind, Account: p.account, Region: p.region, At: now,
		Resources: []string{n.Resource}, Detail: n.Detail,
	}
	select {
	case q.queue <- e:
	default:
	}
}

// run delivers events until the world ends, all that wait at once: the rules are read once for them.
func (q *eventQueue) run() {
	for {
		select {
		case <-q.world.ctx.Done():
			return
		case first := <-q.queue:
			q.deliver(append([]events.Event{first}, q.waiting()...))
		}
	}
}

func (q *eventQueue) waiting() []events.Event {
	var all []events.Event
	for {
		select {
		case e := <-q.queue:
			all = append(all, e)
		default:
			return all
		}
	}
}

func (q *eventQueue) deliver(all []events.Event) {
	byPlace := map[place][]events.Event{}
	for _, e := range all {
		p := place{e.Account, e.Region}
		byPlace[p] = append(byPlace[p], e)
	}
	for p, some := range byPlace {
		err := events.Deliver(q.world.ctx, q.world.config(p), &q.world.monitoring.sent, some)
		if err != nil && q.world.ctx.Err() == nil {
			fmt.Println("events:", err) // into the log file
		}
	}
}
