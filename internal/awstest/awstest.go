// Package awstest gives tests a local AWS.
package awstest

import (
	"context"
	"net"
	"strings"
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
	options := append([]localaws.Option{localaws.Recording(), localaws.On(loaded.moto), localaws.At(listen())}, more...)
	server, err := localaws.Start(t.Context(), project, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Errorf("stopping the local AWS: %v", err)
		}
		leave(strings.TrimPrefix(server.URL(), "http://"))
	})
	return server, localaws.Config(server.URL())
}

// left are the addresses of local AWSs that have ended. The next one takes one of them, so that what was started with
// an address in its environment, such as a Terraform provider, can serve another test.
var left struct {
	sync.Mutex
	addresses []string
}

// listen listens at an address that was left. It returns nil if there is none, or if another program has taken it.
func listen() net.Listener {
	left.Lock()
	defer left.Unlock()
	last := len(left.addresses) - 1
	if last < 0 {
		return nil
	}
	listener, err := net.Listen("tcp", left.addresses[last])
	left.addresses = left.addresses[:last]
	if err != nil {
		return nil
	}
	return listener
}

func leave(address string) {
	left.Lock()
	defer left.Unlock()
	left.addresses = append(left.addresses, address)
}
