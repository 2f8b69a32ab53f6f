package synth

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/aws/jsii-runtime-go"

	"webapp/internal/snapshot"
	"webapp/internal/subprocess"
)

// Run does something that synthesizes. Node starts at once, so that what is done before the first stack is built costs
// no time. All temporary files, also those of jsii and Node, go into one folder, which is removed at the end, even if a
// signal ends the program or Node is killed. Run may be called again afterwards, but not twice at the same time.
func Run(do func() error) error {
	defer keep(temporaryVariable)()
	defer keep(snapshot.JSIINode)()
	s, err := begin()
	if err != nil {
		return errors.Join(err, removeTemporary())
	}
	err = do()
	return s.end(err)
}

// keep returns a function that sets an environment variable to what it is now.
func keep(variable string) (restore func()) {
	value, set := os.LookupEnv(variable)
	return func() {
		if set {
			_ = os.Setenv(variable, value)
		} else {
			_ = os.Unsetenv(variable)
		}
	}
}

// stderr is the process's own standard error. os.Stderr is not, once jsii has been started.
var stderr = os.Stderr

// session is one run.
type session struct {
	folder  string        // with its temporary files
	said    *bytes.Buffer // by jsii and Node
	copied  chan struct{}
	signals chan os.Signal
}

// temporary holds the folders to remove. A signal does not end the program while the lock is held.
var temporary struct {
	sync.Mutex
	folders []string
}

// makeTemporary creates a folder that is removed at the end, whatever ends the program.
func makeTemporary(parent, pattern string) (string, error) {
	temporary.Lock()
	defer temporary.Unlock()
	folder, err := os.MkdirTemp(parent, pattern)
	if err == nil {
		temporary.folders = append(temporary.folders, folder)
	}
	return folder, err
}

func removeTemporary() error {
	var problems []error
	for _, folder := range temporary.folders {
		problems = append(problems, os.RemoveAll(folder))
	}
	temporary.folders = nil
	return errors.Join(problems...)
}

func begin() (*session, error) {
	parent := os.TempDir()
	folder, err := makeTemporary(parent, "webapp-*")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the temporary folder %s does not exist; create it, or set TMPDIR to another", parent)
	}
	if err != nil {
		return nil, fmt.Errorf("making a temporary folder: %w", explain(err))
	}
	_ = os.Setenv(temporaryVariable, folder)
	if err := launchNode(folder); err != nil {
		return nil, fmt.Errorf("writing into the temporary folder: %w", explain(err))
	}
	Prepare()
	s := &session{folder: folder}
	s.captureStderr()
	s.endBySignal(folder)
	load()
	return s, nil
}

const (
	temporaryVariable = "TMPDIR"

	nodePID = "node.pid"
)

// launchNode makes jsii start Node by a script that records the process, which jsii does not expose.
func launchNode(folder string) error {
	path, err := exec.LookPath(cmp.Or(os.Getenv(snapshot.JSIINode), loadedNode(), "node"))
	if err != nil {
		return nil // settings can be refused without it
	}
	const script = snapshot.ScriptHead + "echo $$ >%q\nexec %q \"$@\"\n"
	launcher := filepath.Join(folder, "node")
	_ = os.Setenv(snapshot.JSIINode, launcher)
	return subprocess.WriteScript(launcher, fmt.Sprintf(script, filepath.Join(folder, nodePID), path))
}

// killNode ends Node and waits until it is gone. jsii.Close cannot do that while another goroutine uses jsii.
func killNode(folder string) {
	text, err := os.ReadFile(filepath.Join(folder, nodePID))
	if err != nil {
		return // it does not run
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err == nil && syscall.Kill(pid, syscall.SIGKILL) == nil {
		_, _ = syscall.Wait4(pid, nil, 0, nil)
	}
}

// captureStderr holds back what jsii and Node print until it is clear whether it explains a failure or only repeats it.
func (s *session) captureStderr() {
	read, write, err := os.Pipe()
	if err != nil {
		return
	}
	os.Stderr = write
	s.said, s.copied = &bytes.Buffer{}, make(chan struct{})
	go func() {
		_, _ = io.Copy(s.said, read)
		close(s.copied)
	}()
}

// endBySignal removes the temporary files before a signal ends the program. A signal that is ignored, as nohup does it,
// stays ignored.
func (s *session) endBySignal(folder string) {
	s.signals = make(chan os.Signal, 1)
	for _, one := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(one) {
			signal.Notify(s.signals, one)
		}
	}
	go func() {
		caught, ok := <-s.signals
		if !ok {
			return // the run has ended
		}
		temporary.Lock() // and never unlocked: what has begun is finished first, and nothing else begins
		killNode(folder)
		_ = removeTemporary()
		fmt.Fprintf(stderr, "stopped: %s\n", caught)
		number, _ := caught.(syscall.Signal)
		os.Exit(128 + int(number)) // as shells have it
	}()
}

// end ends Node and removes what is temporary.
func (s *session) end(err error) error {
	if errors.Is(err, errNodeEnded) {
		// Ctrl-C reaches Node as well as this program, and maybe earlier. Then the signal ends the program.
		time.Sleep(200 * time.Millisecond)
	}
	loading.Wait()
	temporary.Lock()
	defer temporary.Unlock()
	signal.Stop(s.signals)
	close(s.signals)
	if err == nil {
		killNode(s.folder) // all is written, and Node would take its time to end
	}
	jsii.Close()
	err = errors.Join(err, removeTemporary())
	if s.said == nil {
		return err
	}
	// os.Stderr stays closed even if the program goes on. A goroutine of jsii also waits for Node, loses the race
	// against jsii.Close, and prints that failure at any time after this. The program itself prints to stderr.
	_ = os.Stderr.Close()
	<-s.copied
	for line := range strings.Lines(s.said.String()) {
		if (err == nil || debug()) && !strings.Contains(line, "Runtime process exited abnormally") {
			fmt.Fprint(stderr, line)
		}
	}
	return err
}
