package warmprovider

import (
	"io"
	"strings"
	"sync"
)

// idle holds processes of closed servers, for the next server that needs one in the same environment: a process takes
// most of a second of a core to start. There is one for each environment, since each takes a hundred megabytes.
type idle struct {
	mutex     sync.Mutex
	processes map[string]*process // by their environments
}

// put keeps a process, which nobody uses any more, or ends it where there is another one.
func (i *idle) put(environment []string, p *process) {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	key := keyOf(environment)
	if i.processes[key] != nil {
		p.close()
		return
	}
	if i.processes == nil {
		i.processes = map[string]*process{}
	}
	p.output.set(io.Discard)
	i.processes[key] = p
}

// take returns a process, or nil where there is none.
func (i *idle) take(environment []string, output io.Writer) *process {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	key := keyOf(environment)
	p := i.processes[key]
	if p != nil {
		delete(i.processes, key)
		p.output.set(output)
	}
	return p
}

func (i *idle) close() {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	for _, p := range i.processes {
		p.close()
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
