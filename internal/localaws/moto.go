package localaws

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"webapp/internal/awsmodel"
	"webapp/internal/subprocess"
)

// readyWithin bounds how long moto may take to load: Python is slow at it on a busy machine.
const readyWithin = 5 * time.Minute

// motoProgram loads moto, and forks a copy of it for each connection.
//
//go:embed moto.py
var motoProgram string

// Moto is a loaded moto. Loading takes seconds; starting a local AWS on it then takes a moment. The local AWSs that run
// on it share nothing.
type Moto struct {
	address string // where it is asked for a copy: host:port
	process *subprocess.Process
	output  *tail
	models  *awsmodel.Models
}

// LoadMoto loads moto. The project's folder is where its virtual environment may be.
func LoadMoto(ctx context.Context, project string) (*Moto, error) {
	python, err := awsmodel.FindPython(project)
	if err != nil {
		return nil, err
	}
	models, err := awsmodel.Find(ctx, python)
	if err != nil {
		return nil, err
	}
	m := &Moto{output: &tail{}, models: models}
	command := subprocess.Command(python, "-I", "-c", motoProgram)
	command.Env = motoEnvironment(os.Environ())
	command.Stderr = m.output
	ctx, cancel := context.WithTimeoutCause(ctx, readyWithin, fmt.Errorf("it was not ready within %s", readyWithin))
	defer cancel()
	var port string
	if m.process, port, err = subprocess.StartReady(ctx, command); err != nil {
		return nil, fmt.Errorf("loading moto: %w\n%s", err, m.output)
	}
	m.address = net.JoinHostPort("127.0.0.1", port)
	return m, nil
}

// Close stops moto and every local AWS that runs on it, and waits until they have ended.
func (m *Moto) Close() { m.process.Stop() }

// fork starts a copy, which holds nothing yet.
func (m *Moto) fork(ctx context.Context) (*motoFork, error) {
	connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", m.address)
	if err != nil {
		return nil, fmt.Errorf("starting moto: %w\n%s", err, m.output)
	}
	answers := bufio.NewReader(connection)
	port, err := answers.ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("starting moto: %w\n%s", err, m.output), connection.Close())
	}
	c := &motoFork{
		address:    net.JoinHostPort("127.0.0.1", strings.TrimSpace(port)),
		output:     m.output,
		connection: connection,
		ended:      make(chan struct{}),
	}
	go func() {
		_, _ = io.Copy(io.Discard, answers) // returns when the process at the other end is gone
		close(c.ended)
	}()
	return c, nil
}

// motoFork is the moto of one local AWS.
type motoFork struct {
	address    string // host:port
	output     *tail
	connection net.Conn // the process ends with it
	ended      chan struct{}
}

// stop ends the process and waits until it is gone.
func (c *motoFork) stop() {
	_ = c.connection.(*net.TCPConn).CloseWrite() // fails where the process has ended already
	<-c.ended
	_ = c.connection.Close()
}

// whyNot explains why moto did not answer.
func (c *motoFork) whyNot(err error) string {
	select {
	case <-c.ended:
		return "moto_server, which keeps what the local AWS holds, has ended. Its last words:\n" + c.output.String()
	default:
		return fmt.Sprintf("moto_server, which keeps what the local AWS holds, does not answer: %v", err)
	}
}

// motoEnvironment is the environment that moto_server runs in: of this process's only what Python needs to start. moto
// is a client of AWS's SDK itself, and answers 500 to everything where the user's AWS_PROFILE or configuration is not
// to be had.
func motoEnvironment(environment []string) []string {
	kept := []string{"PATH", "HOME", "TMPDIR", "LANG", "VIRTUAL_ENV"}
	own := []string{
		// The policies that AWS manages are there in every account.
		"MOTO_IAM_LOAD_MANAGED_POLICIES=true",
		// Nothing here starts an instance, and reading the images takes longer than most calls.
		"MOTO_EC2_LOAD_DEFAULT_AMIS=false",
		// No browser calls it.
		"MOTO_DISABLE_GLOBAL_CORS=true",
		"AWS_CONFIG_FILE=" + os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull,
	}
	for _, variable := range environment {
		name, _, _ := strings.Cut(variable, "=")
		if slices.Contains(kept, name) || passedOn.MatchString(name) {
			own = append(own, variable)
		}
	}
	return own
}

// passedOn are further variables that a version manager needs to find Python.
var passedOn = regexp.MustCompile(`^(LC|PYENV|ASDF|MISE)_?`)

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
