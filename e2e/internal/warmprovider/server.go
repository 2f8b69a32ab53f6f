package warmprovider

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-exec/tfexec"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"webapp/internal/subprocess"
)

// Server is a provider for Terraform to attach to. A provider finds its AWS by its environment, so that each local AWS
// needs a server of its own.
type Server struct {
	provider    *Provider
	keep        *Types
	environment []string
	output      io.Writer
	address     string
	grpc        *grpc.Server

	mutex     sync.Mutex
	processes []*process
}

// Serve serves the provider in an environment, with the schemas of the types to keep. What it prints goes to output.
func (p *Provider) Serve(environment []string, keep *Types, output io.Writer) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("serving the AWS provider: %w", err)
	}
	s := &Server{provider: p, keep: keep, environment: environment, output: output, address: listener.Addr().String()}
	s.grpc = grpc.NewServer(grpc.ForceServerCodec(asIs{}), grpc.MaxRecvMsgSize(maxMessage),
		grpc.MaxSendMsgSize(maxMessage),
		grpc.UnknownServiceHandler(s.handle), grpc.StatsHandler(watchConnections{s}))
	go func() { _ = s.grpc.Serve(listener) }() // ends with Close
	return s, nil
}

// Close stops the server. Its provider processes serve the next server in the same environment, but for those that are
// in use or not to be used again: they end.
func (s *Server) Close() {
	s.grpc.Stop()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, p := range s.processes {
		if p.unsound || p.connections > 0 || p.calls > 0 {
			p.close()
		} else {
			s.provider.idle.put(s.environment, p)
		}
	}
	s.processes = nil
}

// WriteCommand writes a program that is Terraform attached to this server. It knows Terraform's version, which
// terraform-exec asks for again in every folder.
func (s *Server) WriteCommand(path, terraform string) error {
	attachment, err := s.Attachment()
	if err != nil {
		return err
	}
	return subprocess.WriteScript(path, fmt.Sprintf(attached, quote(s.provider.version), quote(attachment),
		quote(terraform)))
}

// Attachment is the value of TF_REATTACH_PROVIDERS with which Terraform attaches to this server.
func (s *Server) Attachment() (string, error) {
	text, err := json.Marshal(tfexec.ReattachInfo{source: {
		Protocol: "grpc", ProtocolVersion: 5, Pid: os.Getpid(), Test: true,
		Addr: tfexec.ReattachConfigAddr{Network: "tcp", String: s.address},
	}})
	return string(text), err
}

const attached = `#!/bin/sh
if [ "$*" = 'version -json' ]; then
  printf %%s %s
  exit
fi
export TF_REATTACH_PROVIDERS=%s
exec %s "$@"
`

// quote makes one word of a text for a shell.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// handle answers a call of Terraform's.
func (s *Server) handle(_ any, stream grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(stream)
	if strings.HasPrefix(method, "/plugin.") && method != shutdown {
		return status.Error(codes.Unimplemented, method) // go-plugin's own calls, which Terraform can do without
	}
	var request []byte
	if err := stream.RecvMsg(&request); err != nil {
		return err
	}
	answer, err := s.answer(stream.Context(), method, request)
	if err != nil {
		return err
	}
	return stream.SendMsg(&answer)
}

func (s *Server) answer(ctx context.Context, method string, request []byte) ([]byte, error) {
	from := connectionOf(ctx)
	switch method {
	case shutdown:
		return nil, nil // Terraform goes; the provider stays
	case getSchema:
		schemas, err := s.once(ctx, method, request)
		if err != nil {
			return nil, err
		}
		return cut(schemas, cuttable[method], s.keep)
	case prepareConfig:
		return s.once(ctx, method, request)
	case configure:
		return s.configure(ctx, from, request)
	}
	answer, err := s.pass(ctx, from, method, request)
	if fields, ok := cuttable[method]; ok && err == nil {
		return cut(answer, fields, s.keep)
	}
	return answer, err
}

// once passes on a call whose answer is the same from every process of the provider, whatever its environment. The
// first server that makes the call makes it for all.
func (s *Server) once(ctx context.Context, method string, request []byte) ([]byte, error) {
	ask := func() ([]byte, error) { return s.pass(context.WithoutCancel(ctx), &connection{}, method, request) }
	answer, _ := s.provider.answers.LoadOrStore(method+string(request), sync.OnceValues(ask))
	return answer.(func() ([]byte, error))()
}

// pass passes a call on: to the process with the connection's configuration, or to any, where it has none yet.
func (s *Server) pass(ctx context.Context, from *connection, method string, request []byte) ([]byte, error) {
	s.mutex.Lock()
	p, err := s.processOf(from)
	if err != nil {
		s.mutex.Unlock()
		return nil, err
	}
	p.calls++
	s.mutex.Unlock()

	answer, err := p.call(ctx, method, request)

	s.mutex.Lock()
	defer s.mutex.Unlock()
	p.calls--
	// An interrupted Terraform says so, or ends its connection in the middle of a call.
	p.unsound = p.unsound || method == stop || ctx.Err() != nil
	s.endUnsound(p)
	return answer, err
}

func (s *Server) processOf(from *connection) (*process, error) {
	if from.process != nil {
		return from.process, nil
	}
	for _, p := range s.processes {
		if !p.unsound {
			return p, nil
		}
	}
	return s.start()
}

// configure gives a connection a process with its configuration.
func (s *Server) configure(ctx context.Context, from *connection, request []byte) ([]byte, error) {
	p, first, err := s.lease(from, string(request))
	if err != nil {
		return nil, err
	}
	if first {
		p.answer, p.err = p.call(ctx, configure, request)
		s.mutex.Lock()
		p.unsound = p.unsound || p.err != nil
		s.mutex.Unlock()
		close(p.configured)
	}
	select {
	case <-p.configured:
		return p.answer, p.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// lease finds a connection its process, and reports whether it is the first to configure it.
func (s *Server) lease(from *connection, configuration string) (p *process, first bool, err error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.release(from)
	if p := s.shared(configuration); p != nil {
		from.process = p
		p.connections++
		return p, false, nil
	}
	if p, err = s.unused(configuration); err != nil {
		return nil, false, err
	}
	p.configuration, p.configured, p.connections = configuration, make(chan struct{}), 1
	from.process = p
	return p, true, nil
}

// shared returns a process that has a configuration in use: a command plans on one connection, and applies on another.
func (s *Server) shared(configuration string) *process {
	for _, p := range s.processes {
		if p.connections > 0 && p.configuration == configuration && !p.unsound {
			return p
		}
	}
	return nil
}

// unused returns a process without a connection: of those that run, rather one that had the same configuration.
func (s *Server) unused(configuration string) (*process, error) {
	var found *process
	for _, p := range s.processes {
		if p.connections == 0 && !p.unsound && (found == nil || p.configuration == configuration) {
			found = p
		}
	}
	if found != nil {
		return found, nil
	}
	return s.start()
}

func (s *Server) start() (*process, error) {
	p := s.provider.idle.take(s.environment, s.output)
	if p == nil {
		var err error
		if p, err = start(s.provider.binary, s.environment, s.output); err != nil {
			return nil, err
		}
	}
	s.processes = append(s.processes, p)
	return p, nil
}

func (s *Server) end(p *process) {
	s.processes = slices.DeleteFunc(s.processes, func(other *process) bool { return other == p })
	p.close()
}

// release takes a connection's process from it.
func (s *Server) release(from *connection) {
	p := from.process
	if p == nil {
		return
	}
	from.process = nil
	p.connections--
	s.endUnsound(p)
}

// endUnsound ends a process that is not to be used again, once it is used no more.
func (s *Server) endUnsound(p *process) {
	if p.unsound && p.connections == 0 && p.calls == 0 {
		s.end(p)
	}
}
