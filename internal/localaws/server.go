package localaws

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// Region is where everything on the local AWS stands, unless a request names another.
const Region = "eu-west-1"

// Server is a running local AWS.
type Server struct {
	url  string
	http *http.Server
	moto *moto
}

// Start starts a local AWS on free ports and waits until it answers. The project's folder is where its virtual
// environment may be.
func Start(ctx context.Context, project string) (*Server, error) {
	m, err := startMoto(ctx, project)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		m.stop()
		return nil, fmt.Errorf("starting the proxy: %w", err)
	}
	s := &Server{
		url:  "http://" + listener.Addr().String(),
		http: &http.Server{Handler: newProxy(m.address), ReadHeaderTimeout: 10 * time.Second},
		moto: m,
	}
	go func() { _ = s.http.Serve(listener) }() // always ends with ErrServerClosed
	return s, nil
}

// URL is the endpoint of every AWS service.
func (s *Server) URL() string { return s.url }

// Ended is closed when the server cannot go on because moto has ended.
func (s *Server) Ended() <-chan struct{} { return s.moto.ended }

// Close stops the server and waits until nothing of it runs.
func (s *Server) Close() error {
	err := s.http.Close()
	s.moto.stop()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// Environment returns the variables that point Terraform, the AWS CLI and the SDKs at a local AWS. The credentials are
// placeholders: anything is let in.
func Environment(url string) map[string]string {
	return map[string]string{
		"AWS_ENDPOINT_URL":          url,
		"AWS_REGION":                Region,
		"AWS_DEFAULT_REGION":        Region, // version 1 of the AWS command line knows this one only
		"AWS_ACCESS_KEY_ID":         "local",
		"AWS_SECRET_ACCESS_KEY":     "local",
		"AWS_SESSION_TOKEN":         "",
		"AWS_PROFILE":               "",
		"AWS_EC2_METADATA_DISABLED": "true",
	}
}

// Config points the AWS SDK at a local AWS.
func Config(ctx context.Context, url string) (aws.Config, error) {
	return config.LoadDefaultConfig(ctx,
		config.WithRegion(Region),
		config.WithBaseEndpoint(url),
		config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("local", "local", "")),
	)
}
