// Package awstest gives tests a local AWS.
package awstest

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"webapp/internal/localaws"
)

// Start starts a local AWS that ends with the test, which fails where it cannot. The project's folder is where its
// virtual environment may be.
func Start(t *testing.T, project string) (*localaws.Server, aws.Config) {
	t.Helper()
	server, err := localaws.Start(t.Context(), project, localaws.Recording())
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
