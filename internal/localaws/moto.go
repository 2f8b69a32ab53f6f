package localaws

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"webapp/internal/subprocess"
)

// readyWithin bounds moto's start: Python is slow to load it on a busy machine.
const readyWithin = 90 * time.Second

// moto is a running moto_server.
type moto struct {
	address string // host:port
	process *subprocess.Process
	output  *tail
}

// startMoto starts moto_server and waits until it answers.
func startMoto(ctx context.Context, project string) (*moto, error) {
	executable, err := findMoto(project)
	if err != nil {
		return nil, err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, fmt.Errorf("finding a free port: %w", err)
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}

	output := &tail{}
	command := subprocess.Command(executable, "-H", host, "-p", port)
	command.Env = motoEnvironment(os.Environ())
	command.Stdout, command.Stderr = output, output
	process, err := subprocess.Start(command)
	if err != nil {
		return nil, err
	}
	m := &moto{address: address, process: process, output: output}
	if err := m.waitUntilReady(ctx); err != nil {
		m.stop()
		return nil, err
	}
	return m, nil
}

// stop ends moto and waits until it is gone.
func (m *moto) stop() { m.process.Stop() }

// whyNot says why moto did not answer.
func (m *moto) whyNot(err error) string {
	select {
	case <-m.process.Ended():
		return fmt.Sprintf("moto_server, which keeps what the local AWS holds, has ended. Its last words:\n%s", m.output)
	default:
		return fmt.Sprintf("moto_server, which keeps what the local AWS holds, does not answer: %v", err)
	}
}

// motoEnvironment is the environment that moto_server runs in: of this process's only what Python needs to start. moto
// is a client of AWS's SDK itself, and answers 500 to everything where the user's AWS_PROFILE or configuration is not
// to be had.
func motoEnvironment(environment []string) []string {
	own := []string{
		// The policies that AWS manages are there in every account.
		"MOTO_IAM_LOAD_MANAGED_POLICIES=true",
		"AWS_CONFIG_FILE=" + os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull,
	}
	for _, variable := range environment {
		name, _, _ := strings.Cut(variable, "=")
		if slices.Contains([]string{"PATH", "HOME", "TMPDIR", "LANG", "VIRTUAL_ENV"}, name) || passedOn.MatchString(name) {
			own = append(own, variable)
		}
	}
	return own
}

// passedOn are further variables that Python and what finds it may need.
var passedOn = regexp.MustCompile(`^(LC|PYTHON|PYENV|ASDF|MISE)_?`)

func (m *moto) waitUntilReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+m.address+"/moto-api/", nil)
		if err != nil {
			return err
		}
		if response, err := http.DefaultClient.Do(request); err == nil {
			_ = response.Body.Close()
			return nil
		}
		select {
		case <-again.C:
		case <-m.process.Ended():
			return fmt.Errorf("moto_server ended at once:\n%s", m.output)
		case <-ctx.Done():
			return fmt.Errorf("waiting for moto_server: %w\n%s", ctx.Err(), m.output)
		}
	}
}

// findMoto returns moto_server from PATH, else from the project's virtual environment.
func findMoto(project string) (string, error) {
	if found, err := exec.LookPath("moto_server"); err == nil {
		return found, nil
	}
	installed := filepath.Join(project, ".venv", "bin", "moto_server")
	if _, err := os.Stat(installed); err != nil {
		return "", errors.New("there is no moto_server on the PATH or in .venv; install it with: make tools")
	}
	return installed, nil
}

// freeAddress returns an address that nobody listens on.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// tail keeps the last of what is written to it.
type tail struct {
	mutex sync.Mutex
	bytes bytes.Buffer
}

const tailBytes = 4096

func (t *tail) Write(p []byte) (int, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.bytes.Write(p)
	if extra := t.bytes.Len() - tailBytes; extra > 0 {
		t.bytes.Next(extra)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return strings.TrimSpace(t.bytes.String())
}
