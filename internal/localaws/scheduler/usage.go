package scheduler

import (
	"sync"
	"time"

	"webapp/internal/localaws/engine"
)

// Use is what a running task uses, for the metrics of its service.
type Use struct {
	Task    string
	Service string // the ARN
	Started time.Time
	CPU     time.Duration // since the start
	Memory  int64         // bytes
	// Units and MemoryMiB are what the task definition reserves for the task: 1024 units are one vCPU.
	Units, MemoryMiB int
}

// Usage returns what each running task has used. All are asked at the same time, and the scheduler goes on meanwhile:
// an answer may take a second.
func (s *Scheduler) Usage() []Use {
	uses, containers := s.inUse()
	var asked sync.WaitGroup
	var mu sync.Mutex
	for i, of := range containers {
		for _, c := range of {
			asked.Go(func() {
				cpu, memory := c.Usage()
				mu.Lock()
				defer mu.Unlock()
				uses[i].CPU += cpu
				uses[i].Memory += memory
			})
		}
	}
	asked.Wait()
	return uses
}

// inUse returns the running tasks, with the containers of each.
func (s *Scheduler) inUse() (uses []Use, containers [][]engine.Running) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.services {
		for _, t := range one.tasks {
			if t.status != Running {
				continue
			}
			var running []engine.Running
			for _, c := range t.containers {
				if c.running != nil {
					running = append(running, c.running)
				}
			}
			uses = append(uses, Use{
				Task: t.id, Service: one.ARN, Started: t.started, Units: t.launch.CPU, MemoryMiB: t.launch.MemoryMiB,
			})
			containers = append(containers, running)
		}
	}
	return uses, containers
}
