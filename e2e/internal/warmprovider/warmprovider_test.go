package warmprovider

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-exec/tfexec"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/encoding/protowire"

	"webapp/internal/subprocess"
)

// This test is its own provider.
func TestMain(m *testing.M) {
	if os.Getenv("TF_PLUGIN_MAGIC_COOKIE") != "" {
		if err := fakeProvider(); err != nil {
			panic(err)
		}
		return
	}
	os.Exit(m.Run())
}

const (
	read  = "/tfplugin5.Provider/ReadResource"
	apply = "/tfplugin5.Provider/ApplyResourceChange"
)

// fakeProvider answers a call with its process id, how often it was configured, and what with.
func fakeProvider() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	var server *grpc.Server
	var configuration []byte
	times := 0
	server = grpc.NewServer(grpc.ForceServerCodec(asIs{}),
		grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
			var request []byte
			if err := stream.RecvMsg(&request); err != nil {
				return err
			}
			method, _ := grpc.MethodFromServerStream(stream)
			var answer []byte
			switch method {
			case getSchema:
				answer = schemasOf(map[protowire.Number][]string{
					2: {"aws_vpc", "aws_lb"}, 3: {"aws_vpc", "aws_region"}})
			case apply:
				<-stream.Context().Done()
				return stream.Context().Err()
			case shutdown:
				go server.Stop()
			case configure:
				configuration = request
				times++
				fallthrough
			default:
				answer = fmt.Appendf(nil, "%d %d %s", os.Getpid(), times, configuration)
			}
			return stream.SendMsg(&answer)
		}))
	fmt.Printf("1|5|tcp|%s|grpc|\n", listener.Addr())
	return server.Serve(listener)
}

// schemasOf is an answer to GetSchema that describes types.
func schemasOf(types map[protowire.Number][]string) []byte {
	message := protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), []byte("the provider block"))
	for _, number := range []protowire.Number{2, 3} {
		for _, typ := range types[number] {
			entry := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), typ)
			entry = protowire.AppendString(protowire.AppendTag(entry, 2, protowire.BytesType), "its schema")
			message = protowire.AppendBytes(protowire.AppendTag(message, number, protowire.BytesType), entry)
		}
	}
	return message
}

// itself returns this test as a provider.
func itself(t *testing.T) *Provider {
	t.Helper()
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &Provider{binary: executable, version: "1.11"}
	t.Cleanup(p.Close)
	return p
}

func serve(t *testing.T, p *Provider) *Server {
	t.Helper()
	s, err := p.Serve(os.Environ(), &Types{}, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// terraform is a connection as Terraform makes one.
type terraform struct {
	t      *testing.T
	client *grpc.ClientConn
}

func connect(t *testing.T, s *Server) terraform {
	t.Helper()
	client, err := grpc.NewClient("passthrough:///"+s.address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(asIs{})))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() }) // where the test has not
	return terraform{t, client}
}

func (tf terraform) call(method, request string) string {
	tf.t.Helper()
	in, out := []byte(request), []byte(nil)
	if err := tf.client.Invoke(tf.t.Context(), method, &in, &out); err != nil {
		tf.t.Fatal(err)
	}
	return string(out)
}

// end closes a connection, and waits until the server has learned of it.
func (tf terraform) end(s *Server) {
	tf.t.Helper()
	var before int
	open := func() (n int) {
		for _, p := range s.processes {
			n += p.connections
		}
		return n
	}
	await(s, func() bool { before = open(); return true })
	if err := tf.client.Close(); err != nil {
		tf.t.Fatal(err)
	}
	await(s, func() bool { return open() != before })
}

// beginCall makes a call that ends only when it is cut off, and waits until the server has it.
func (tf terraform) beginCall(s *Server) {
	go func() {
		in, out := []byte(nil), []byte(nil)
		_ = tf.client.Invoke(tf.t.Context(), apply, &in, &out) // fails when it is cut off
	}()
	await(s, func() bool { return s.processes[0].calls > 0 })
}

// await waits until something holds of a server, whose lock it has meanwhile.
func await(s *Server, holds func() bool) {
	for done := false; !done; runtime.Gosched() {
		s.mutex.Lock()
		done = holds()
		s.mutex.Unlock()
	}
}

func pid(answer string) string { return strings.Fields(answer)[0] }

func TestEachConfigurationHasAProcessOfItsOwn(t *testing.T) {
	s := serve(t, itself(t))
	ireland, virginia, again := connect(t, s), connect(t, s), connect(t, s)
	first := ireland.call(configure, "ireland")
	second := virginia.call(configure, "virginia")
	if pid(first) == pid(second) {
		t.Fatalf("two configurations have one process: %s, %s", first, second)
	}
	if got := again.call(configure, "ireland"); got != first {
		t.Errorf("a second connection with the same configuration: got %s, want %s, the first one's", got, first)
	}
	for _, c := range []struct {
		terraform
		want string
	}{{ireland, first}, {virginia, second}, {again, first}} {
		if got := c.call(read, ""); got != c.want {
			t.Errorf("got an answer from %s, want one from %s", got, c.want)
		}
	}
}

func TestAProcessServesOneCommandAfterAnother(t *testing.T) {
	s := serve(t, itself(t))
	plan := connect(t, s)
	first := plan.call(configure, "ireland")
	plan.call(shutdown, "")
	plan.end(s)

	if got, want := connect(t, s).call(configure, "ireland"), pid(first)+" 2 ireland"; got != want {
		t.Errorf("the next command: got %s, want %s: the same process, configured anew", got, want)
	}
}

func TestAProcessServesOneConfigurationAfterAnother(t *testing.T) {
	s := serve(t, itself(t))
	plan := connect(t, s)
	first := plan.call(configure, "ireland")
	plan.end(s)

	if got, want := connect(t, s).call(configure, "virginia"), pid(first)+" 2 virginia"; got != want {
		t.Errorf("the next command: got %s, want %s: the same process, configured for it", got, want)
	}
}

func TestAProcessServesOneServerAfterAnother(t *testing.T) {
	provider := itself(t)
	s := serve(t, provider)
	plan := connect(t, s)
	first := plan.call(configure, "ireland")
	plan.end(s)
	s.Close()

	elsewhere, err := provider.Serve(append(os.Environ(), "AWS_ENDPOINT_URL=elsewhere"), &Types{}, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(elsewhere.Close)
	if got := connect(t, elsewhere).call(configure, "ireland"); pid(got) == pid(first) {
		t.Errorf("a server in another environment has the same process: %s", got)
	}
	if got, want := connect(t, serve(t, provider)).call(configure, "ireland"), pid(first)+" 2 ireland"; got != want {
		t.Errorf("the next server in the same environment: got %s, want %s: the same process", got, want)
	}
}

func TestInterruptedProcessesAreNotUsedAgain(t *testing.T) {
	for name, interrupt := range map[string]func(terraform, *Server){
		"stopped":                        func(tf terraform, _ *Server) { tf.call(stop, "") },
		"killed in the middle of a call": terraform.beginCall,
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, itself(t))
			first := connect(t, s)
			was := first.call(configure, "ireland")
			interrupt(first, s)
			first.end(s)
			await(s, func() bool { return len(s.processes) == 0 })
			if got := connect(t, s).call(configure, "ireland"); pid(got) == pid(was) {
				t.Errorf("the next command has the process of the one that was cut off: %s", got)
			}
		})
	}
}

func TestProcessesInUseEndWithTheirServer(t *testing.T) {
	provider := itself(t)
	s := serve(t, provider)
	first := connect(t, s)
	was := first.call(configure, "ireland")
	first.beginCall(s)
	s.Close()
	if got := connect(t, serve(t, provider)).call(configure, "ireland"); pid(got) == pid(was) {
		t.Errorf("the next server has a process that was in use: %s", got)
	}
}

func TestSchemasAreThoseOfTheTypesInUse(t *testing.T) {
	s := serve(t, itself(t))
	s.keep.add(resource, "aws_lb")
	s.keep.add(data, "aws_vpc")
	want := schemasOf(map[protowire.Number][]string{2: {"aws_lb"}, 3: {"aws_vpc"}})
	if diff := cmp.Diff(string(want), connect(t, s).call(getSchema, "")); diff != "" {
		t.Errorf("schemas (-want +got):\n%s", diff)
	}
}

func TestConfigurationsAreCheckedOnce(t *testing.T) {
	provider := itself(t)
	first, second := serve(t, provider), serve(t, provider)
	checked := connect(t, first).call(prepareConfig, "ireland")
	if got := connect(t, second).call(prepareConfig, "ireland"); got != checked {
		t.Errorf("another server: got %s, want %s, the first one's", got, checked)
	}
	if got := connect(t, second).call(prepareConfig, "virginia"); pid(got) == pid(checked) {
		t.Errorf("another configuration: got %s, which is the first one's", got)
	}
}

func TestTypesOfAFolder(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"cdk.tf.json": `{"resource": {"aws_vpc": {"a": {}, "b": {}}}, "data": {"aws_region": {"here": {}}}, ` +
			`"output": {"x": {"value": 1}}}`,
		"more.tf":           `resource "aws_lb" "web" {}`,
		"terraform.tfstate": `{"resources": [`,
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var types Types
	if err := types.AddFolder(folder); err != nil {
		t.Fatal(err)
	}
	want := map[string]map[string]bool{resource: {"aws_vpc": true, "aws_lb": true}, data: {"aws_region": true}}
	if diff := cmp.Diff(want, types.kinds); diff != "" {
		t.Errorf("types (-want +got):\n%s", diff)
	}
}

func TestCommandIsTerraformAttachedToTheServer(t *testing.T) {
	s := serve(t, itself(t))
	folder := filepath.Join(t.TempDir(), "it's here")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	executable, command := filepath.Join(folder, "terraform"), filepath.Join(folder, "attached")
	if err := os.WriteFile(executable,
		[]byte("#!/bin/sh\nprintf '%s' \"$TF_REATTACH_PROVIDERS\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := s.WriteCommand(command, executable); err != nil {
		t.Fatal(err)
	}
	output, err := exec.Command(command, "plan").Output()
	if err != nil {
		t.Fatal(err)
	}
	var got tfexec.ReattachInfo
	if err := json.Unmarshal(output, &got); err != nil {
		t.Fatal(err)
	}
	if address := got["registry.terraform.io/hashicorp/aws"].Addr.String; address != s.address {
		t.Errorf("address: got %s, want %s", address, s.address)
	}
	if output, err = exec.Command(command, "version", "-json").Output(); err != nil || string(output) != "1.11" {
		t.Errorf("version: got %q and %v, want %q", output, err, "1.11")
	}
}

func TestInstall(t *testing.T) {
	folder := t.TempDir()
	lock, executable := filepath.Join(folder, "lock"), filepath.Join(folder, "terraform")
	write := func(path, text string) {
		t.Helper()
		if err := subprocess.WriteScript(path, text); err != nil {
			t.Fatal(err)
		}
	}
	write(lock, "")
	const platform = ".terraform/providers/registry.terraform.io/hashicorp/aws/5.100.0/linux_amd64"
	// As Terraform does with a cache, or with a mirror on the machine.
	cache := filepath.Join(folder, "cache")
	write(executable, fmt.Sprintf("#!/bin/sh\nmkdir -p %[1]s $(dirname %[2]s)\nln -sfn %[1]s %[2]s\n"+
		"touch %[1]s/terraform-provider-aws_v5.100.0_x5 %[1]s/LICENSE.txt\n", cache, platform))
	target := filepath.Join(folder, "provider")
	p, err := Install(t.Context(), executable, lock, target)
	if err != nil {
		t.Fatal(err)
	}
	want, err := filepath.EvalSymlinks(filepath.Join(cache, "terraform-provider-aws_v5.100.0_x5"))
	if err != nil {
		t.Fatal(err)
	}
	if p.binary != want {
		t.Errorf("binary: got %s, want %s", p.binary, want)
	}

	write(executable, "#!/bin/sh\necho the checksums do not match; exit 1\n")
	const wantError = "installing the AWS provider: terraform init: exit status 1\nthe checksums do not match\n"
	if _, err := Install(t.Context(), executable, lock, target); err == nil || err.Error() != wantError {
		t.Errorf("got %v, want %s", err, wantError)
	}
}
