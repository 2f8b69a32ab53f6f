package local

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"webapp/internal/subprocess"
)

var built string // this program

func TestMain(m *testing.M) {
	// Under nohup this signal is ignored, and programs that are started inherit that, unless somebody listens for it.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	folder, err := os.MkdirTemp("", "local-")
	if err != nil {
		panic(err)
	}
	built = filepath.Join(folder, "webapp")
	build := exec.Command("go", "build", "-ldflags=-s -w", "-o", built, "../../..")
	if output, err := build.CombinedOutput(); err != nil {
		panic(fmt.Sprintf("%v\n%s", err, output))
	}
	code := m.Run()
	if err := closeSite(); err != nil {
		panic(err)
	}
	if err := os.RemoveAll(folder); err != nil {
		panic(err)
	}
	os.Exit(code)
}

// machine is a project's folder with stand-ins for the programs that `local` runs, so that a test decides what they do,
// and when.
type machine struct {
	t      *testing.T
	folder string
}

// The stand-ins. Terraform's apply and destroy do what the files apply.sh and destroy.sh say.
const (
	fakeTerraform = `#!/bin/sh
case $1 in
version) echo "Terraform v1.11.4"; exit ;;
apply|destroy) cd ../../../..; exec sh ./$1.sh ;;
esac
`
	// It starts a server without content for each connection, as the actual moto starts a copy of itself.
	fakeMoto = `import http.server, os, socket, threading
open("moto.pid", "w").write(str(os.getpid()))
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *args):
        pass
def serve(connection):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    connection.sendall(b"%d\n" % server.server_port)
    connection.recv(1) # until the other end closes it
    connection.close()
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    connection, _ = listener.accept()
    threading.Thread(target=serve, args=(connection,), daemon=True).start()
`
	// It runs the fake in moto's place, and says where AWS's API models are, which nobody reads here.
	fakePython = `#!/bin/sh
case $3 in
*fork*) exec %s fake-moto.py ;;
*) echo /no/models ;;
esac
`
	// A state as Terraform has one in the middle of an apply.
	writeState = `echo '{"resources": [{"mode": "managed", "type": "aws_vpc", "name": "v"},
 {"mode": "data", "type": "aws_ami", "name": "a"}]}' > .local/webapp.tfstate
`
)

func newMachine(t *testing.T) *machine {
	t.Helper()
	t.Parallel()
	m := &machine{t: t, folder: t.TempDir()}
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"bin/terraform": fakeTerraform, "bin/moto_server": "#!/bin/sh\n", "fake-moto.py": fakeMoto,
		"bin/python3": fmt.Sprintf(fakePython, python),
		"webapp.yaml": "name: webapp\ncontainer: {image: nginx, ports: [80]}\n",
		"apply.sh":    writeState + "exit 1\n", "destroy.sh": "rm .local/webapp.tfstate\n",
	} {
		m.write(name, text)
	}
	t.Cleanup(func() {
		_, _ = m.run("down", "-timeout", "1s") // it has a test of its own
		if s, alive := m.home().find(); alive {
			t.Errorf("the server %d still runs", s.PID)
		}
	})
	return m
}

func (m *machine) home() Home { return Home(filepath.Join(m.folder, ".local")) }

func (m *machine) write(name, text string) {
	m.t.Helper()
	path := filepath.Join(m.folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		m.t.Fatal(err)
	}
	if err := subprocess.WriteScript(path, text); err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) command(args ...string) (*exec.Cmd, *bytes.Buffer) {
	command := exec.Command(built, append([]string{"local"}, args...)...)
	command.Dir = m.folder
	command.Env = append(os.Environ(), "PATH="+filepath.Join(m.folder, "bin")+":"+os.Getenv("PATH"))
	var printed bytes.Buffer
	command.Stdout, command.Stderr = &printed, &printed
	return command, &printed
}

func (m *machine) run(args ...string) (printed string, err error) {
	command, output := m.command(args...)
	err = command.Run()
	return output.String(), err
}

// want runs the program, and wants it to fail or not, and to say something.
func (m *machine) want(fails bool, message string, args ...string) {
	m.t.Helper()
	printed, err := m.run(args...)
	if (err != nil) != fails || !strings.Contains(printed, message) {
		m.t.Errorf("local %s: %v\n%s\nwant %q", strings.Join(args, " "), err, printed, message)
	}
}

// whileApplying starts `local up`, and returns once Terraform applies.
func (m *machine) whileApplying() (up *exec.Cmd, printed *bytes.Buffer) {
	m.t.Helper()
	applying := filepath.Join(m.folder, "applying")
	if err := syscall.Mkfifo(applying, 0o600); err != nil {
		m.t.Fatal(err)
	}
	m.write("apply.sh", interruptible)
	up, printed = m.command("up")
	if err := up.Start(); err != nil {
		m.t.Fatal(err)
	}
	f, err := os.OpenFile(applying, os.O_RDWR, 0)
	if err != nil {
		m.t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if err := f.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		m.t.Fatal(err)
	}
	if _, err := f.Read(make([]byte, 1)); err != nil { // until the script writes
		m.t.Fatalf("Terraform was not asked to apply: %v\n%s", err, printed)
	}
	return up, printed
}

// A Terraform that applies until it is interrupted, and then writes its state. It also ends when its parent has ended,
// since a test kills `webapp local up`.
const interruptible = `save() {
` + writeState + `}
trap 'save; exit 1' INT
echo > applying
while kill -0 $PPID 2>/dev/null; do sleep 0.05; echo still creating; done
`

func TestArgumentsThatMeanNothingAreRefused(t *testing.T) {
	m := newMachine(t)
	m.want(true, `unexpected argument "extra"; see webapp local up --help`, "up", "extra")
	m.want(true, "unknown flag: --settings; see webapp local down --help", "down", "-settings", "x")
	m.want(true, `unknown command "deploy" for webapp local; see webapp local --help`, "deploy")
	m.want(true, "the local AWS is not running; start it with: "+built+" local up", "env")
}

// TestDownWithoutUp leaves no folder behind.
func TestDownWithoutUp(t *testing.T) {
	m := newMachine(t)
	m.want(false, "there is nothing to destroy", "down")
	if _, err := os.Stat(string(m.home())); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s exists: %v", m.home(), err)
	}
}

// TestOneAtATime: there is one server, and whoever comes second changes nothing.
func TestOneAtATime(t *testing.T) {
	m := newMachine(t)
	up, printed := m.whileApplying()
	first, alive := m.home().find()
	if !alive {
		t.Fatalf("no server runs\n%s", printed)
	}
	const busy = "another `webapp local` command is at work in .local; wait until it has ended"
	m.want(true, busy, "up")
	m.want(true, busy, "down")
	m.want(true, "a local AWS is already running in .local", "serve")
	m.want(false, "export AWS_ENDPOINT_URL="+first.URL, "env")
	if err := up.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = up.Wait()
	if second, alive := m.home().find(); !alive || second != first {
		t.Errorf("the server was %v, is %v", first, second)
	}
}

// TestTerraformWritesItsStateBeforeUpEnds, whoever ends it.
func TestTerraformWritesItsStateBeforeUpEnds(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(signal.String(), func(t *testing.T) {
			m := newMachine(t)
			up, printed := m.whileApplying()
			if err := up.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			err := up.Wait()
			var exit *exec.ExitError
			const advice = "To start over, run %[1]s local down, then %[1]s local up"
			advised := strings.Contains(printed.String(), fmt.Sprintf(advice, built))
			if !errors.As(err, &exit) || exit.ExitCode() != 1 || !advised {
				t.Errorf("got %v\n%s", err, printed)
			}
			if _, err := os.Stat(m.home().stateFile("webapp")); err != nil {
				t.Errorf("the state is lost: %v\n%s", err, printed)
			}
			m.want(false, "The local AWS is stopped", "down")
		})
	}
}

// TestUpThatWasKilled: what comes after it says what to do, and that works.
func TestUpThatWasKilled(t *testing.T) {
	m := newMachine(t)
	up, _ := m.whileApplying()
	if err := up.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = up.Wait()
	m.write("apply.sh", "echo 'Error: it exists already'; exit 1")
	m.want(true, "To start over, run "+built+" local down, then "+built+" local up", "up")
	m.want(false, "The local AWS is stopped", "down")
	m.write("apply.sh", "exit 1")
	m.want(true, "The local AWS runs at", "up")
}

// TestDownAlwaysEndsTheServer, and says what it throws away.
func TestDownAlwaysEndsTheServer(t *testing.T) {
	for name, tc := range map[string]struct{ destroy, state, want string }{
		"Terraform fails": {"exit 1", writeState, "is gone with it: 1 resources\n  aws_vpc.v"},
		"Terraform hangs": {"exec sleep 1000", writeState, "it has not ended within 100ms"},
		"the state breaks": {"exit 1", "echo '{' > .local/webapp.tfstate\n",
			"all of webapp, whose state cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			m.write("apply.sh", tc.state+"exit 1\n")
			m.want(true, "deploying webapp", "up")
			m.write("destroy.sh", tc.destroy)
			m.want(true, tc.want, "down", "-timeout", "100ms")
			if s, alive := m.home().find(); alive {
				t.Errorf("the server %d runs", s.PID)
			}
			m.want(false, "there is nothing to destroy", "down")
		})
	}
}

// TestLocalAWSThatEnds: moto is killed, and nobody waits for its answers.
func TestLocalAWSThatEnds(t *testing.T) {
	m := newMachine(t)
	up, printed := m.whileApplying()
	m.signalMoto(syscall.SIGKILL)
	if err := up.Wait(); err == nil || !strings.Contains(printed.String(), "the local AWS has ended, and everything "+
		"on it is gone") {
		t.Errorf("got %v\n%s", err, printed)
	}
	m.want(true, "the local AWS is not running; start it with: "+built+" local up", "env")
	m.want(false, "there is nothing to destroy", "down")
}

// TestLocalAWSThatDoesNotAnswer stops moto: requests fail within a bounded time, and `down` ends it.
func TestLocalAWSThatDoesNotAnswer(t *testing.T) {
	m := newMachine(t)
	up, printed := m.whileApplying()
	m.signalMoto(syscall.SIGSTOP)
	const silent = "does not answer"
	if err := up.Wait(); err == nil || !strings.Contains(printed.String(), silent) {
		t.Errorf("got %v\n%s", err, printed)
	}
	m.want(true, silent, "env")
	m.want(true, silent, "up")
	m.want(true, "is gone with it: 1 resources\n  aws_vpc.v", "down")
	if s, alive := m.home().find(); alive {
		t.Errorf("the server %d runs", s.PID)
	}
}

func (m *machine) signalMoto(signal syscall.Signal) {
	m.t.Helper()
	text, err := os.ReadFile(filepath.Join(m.folder, "moto.pid"))
	if err != nil {
		m.t.Fatal(err)
	}
	pid, err := strconv.Atoi(string(text))
	if err != nil {
		m.t.Fatal(err)
	}
	if err := syscall.Kill(pid, signal); err != nil {
		m.t.Fatal(err)
	}
}

// TestRecordOfAServerThatIsGone: its number may be another process's by now, and its address another program's.
func TestRecordOfAServerThatIsGone(t *testing.T) {
	m := newMachine(t)
	bystander := exec.Command("sleep", "1000")
	if err := bystander.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := bystander.Process.Kill(); err != nil {
			t.Errorf("the bystander: %v", err)
		}
		if err := bystander.Wait(); err == nil || err.Error() != "signal: killed" {
			t.Errorf("the bystander was not ended here: %v", err)
		}
	}()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	text, err := json.Marshal(server{PID: bystander.Process.Pid, URL: "http://" + listener.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	m.write(".local/server.json", string(text))
	m.want(true, "the local AWS is not running", "env")
	m.want(false, "there is nothing to destroy", "down")
}
