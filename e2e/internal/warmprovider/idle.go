package warmprovider

import (
	"io"
	"strings"
	"sync"
)

// idle holds the processes of closed servers, for the next server that needs one in the same environment: a process
// takes most of a second of a core to start.
type idle struct {
	mutex     sync.Mutex
	processes map[string][]*process // by their environments
}

// put keeps a process, which nobody uses any more.
func (i *idle) put(environment []string, p *process) {
	p.output.set(io.Discard)
	i.mutex.Lock()
	defer i.mutex.Unlock()
	if i.processes == nil {
		i.processes = map[string][]*process{}
	}
	key := keyOf(environment)
	i.processes[key] = append(i.processes[key], p)
}

// take returns a process, or nil where there is none.
func (i *idle) take(environment []string, output io.Writer) *process {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	key := keyOf(environment)
	waiting := i.processes[key]
	if len(waiting) == 0 {
		return nil
	}
	p := waiting[len(waiting)-1]
	i.processes[key] = waiting[:len(waiting)-1]
	p.output.set(output)
	return p
}

func (i *idle) close() {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	for _, waiting := range i.processes {
		for _, p := range waiting {
			p.close()
		}
	}
	i.processes = nil
}

func keyOf(environment []string) string { return strings.Join(environment, "\x00") }

// output is where a process prints to: to what its server names.
type output struct {
	mutex sync.Mutex
	to    io.Writer
}

func (o *output) set(to io.Writer) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.to = to
}

func (o *output) Write(text []byte) (int, error) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.to.Write(text)
}
