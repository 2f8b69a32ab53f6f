package warmprovider

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"webapp/internal/subprocess"
)

// A provider starts only if its environment says that Terraform starts it, and which protocol to use. See
// https://developer.hashicorp.com/terraform/plugin/terraform-plugin-protocol and hashicorp/go-plugin,
// docs/internals.md.
var providerEnvironment = []string{
	"TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
	"PLUGIN_PROTOCOL_VERSIONS=5",
	// By default it logs everything, for Terraform to choose from.
	"TF_LOG_SDK=off", "TF_LOG_SDK_PROTO=off", "TF_LOG_SDK_MUX=off", "TF_LOG_SDK_FRAMEWORK=off",
	"TF_LOG_SDK_HELPER_SCHEMA=off",
	"TF_LOG_SDK_HELPER_RESOURCE=off", "TF_LOG_PROVIDER=off", "TF_LOG_PROVIDER_AWS=off",
	// With this it cannot be configured a second time, and a local AWS has no certificate.
	"AWS_CA_BUNDLE=",
}

// The calls that are not merely passed on.
const (
	getSchema     = "/tfplugin5.Provider/GetSchema"
	prepareConfig = "/tfplugin5.Provider/PrepareProviderConfig"
	configure     = "/tfplugin5.Provider/Configure"
	stop          = "/tfplugin5.Provider/Stop"
	shutdown      = "/plugin.GRPCController/Shutdown"
)

// process is one running provider. The server's mutex guards its other fields than these three.
type process struct {
	running *subprocess.Process
	client  *grpc.ClientConn
	output  *output

	configuration string        // what Terraform has configured it with, if anything
	configured    chan struct{} // closed when it has answered that, by
	answer        []byte
	err           error

	connections int  // that have this configuration
	calls       int  // that it has not answered yet
	unsound     bool // it was interrupted, or left in the middle of a call
}

// start starts a provider and waits until it can be called.
func start(binary string, environment []string, to io.Writer) (*process, error) {
	command := subprocess.Command(binary)
	command.Env = slices.Concat(environment, providerEnvironment)
	printed := &output{to: to}
	command.Stderr = printed
	running, line, err := subprocess.StartReady(context.Background(), command)
	if err != nil {
		return nil, fmt.Errorf("starting the AWS provider: %w", err)
	}
	// CORE-PROTOCOL | APP-PROTOCOL | NETWORK-TYPE | NETWORK-ADDR | PROTOCOL
	parts := strings.Split(line, "|")
	if len(parts) < 5 || parts[1] != "5" || parts[4] != "grpc" {
		running.Stop()
		return nil, fmt.Errorf("starting the AWS provider: it answers %q", line)
	}
	target := "passthrough:///" + parts[3]
	if parts[2] == "unix" {
		target = "unix:" + parts[3]
	}
	client, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(asIs{}), grpc.MaxCallRecvMsgSize(maxMessage),
			grpc.MaxCallSendMsgSize(maxMessage)))
	if err != nil {
		running.Stop()
		return nil, fmt.Errorf("calling the AWS provider: %w", err)
	}
	return &process{running: running, client: client, output: printed}, nil
}

// call passes a request on.
func (p *process) call(ctx context.Context, method string, request []byte) ([]byte, error) {
	var answer []byte
	err := p.client.Invoke(ctx, method, &request, &answer)
	return answer, err
}

// close ends the process: by asking, so that it removes its socket, or else by force.
func (p *process) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_, _ = p.call(ctx, shutdown, nil) // killed below in any case
	_ = p.client.Close()
	p.running.Stop()
}

// maxMessage is far more than any message has: a provider's whole schema is 5 MB.
const maxMessage = 256 << 20

// asIs is a codec that leaves messages as they are.
type asIs struct{}

func (asIs) Name() string                  { return "proto" }
func (asIs) Marshal(v any) ([]byte, error) { return *v.(*[]byte), nil }
func (asIs) Unmarshal(message []byte, v any) error {
	*v.(*[]byte) = append([]byte(nil), message...)
	return nil
}
