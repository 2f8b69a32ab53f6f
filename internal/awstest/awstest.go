// Package awstest gives tests a local AWS.
package awstest

import (
	"context"
	"net"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"webapp/internal/localaws"
)

// loaded is the moto of all tests of a package. It ends with their process.
var loaded struct {
	once sync.Once
	moto *localaws.Moto
	err  error
}

// Start starts a local AWS that ends with the test, which fails where it cannot. The project's folder is where its
// virtual environment may be.
func Start(t *testing.T, project string, more ...localaws.Option) (*localaws.Server, aws.Config) {
	t.Helper()
	loaded.once.Do(func() { loaded.moto, loaded.err = localaws.LoadMoto(context.Background(), project) })
	if loaded.err != nil {
		t.Fatal(loaded.err)
	}
	listener := listen(t)
	options := append([]localaws.Option{localaws.Recording(), localaws.On(loaded.moto), localaws.At(listener)}, more...)
	server, err := localaws.Start(t.Context(), project, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Errorf("stopping the local AWS: %v", err)
		}
		leave(listener.Addr())
	})
	return server, localaws.Config(server.URL())
}

// left are the addresses of local AWSs that have ended. The next one takes one of them, so that what was started with
// an address in its environment, such as a Terraform provider, can serve another test.
var left struct {
	sync.Mutex
	addresses []string
}

// listen listens at an address that was left, or at a free port.
func listen(t *testing.T) net.Listener {
	t.Helper()
	address := "127.0.0.1:0"
	left.Lock()
	if last := len(left.addresses) - 1; last >= 0 {
		address, left.addresses = left.addresses[last], left.addresses[:last]
	}
	left.Unlock()
	listener, err := net.Listen("tcp", address)
	if err != nil { // another program has taken it
		listener, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

func leave(address net.Addr) {
	left.Lock()
	defer left.Unlock()
	left.addresses = append(left.addresses, address.String())
}
