// Package awstest gives tests a local AWS.
package awstest

import (
	"context"
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
	options := append([]localaws.Option{localaws.Recording(), localaws.On(loaded.moto)}, more...)
	server, err := localaws.Start(t.Context(), project, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Errorf("stopping the local AWS: %v", err)
		}
	})
	return server, localaws.Config(server.URL())
}
