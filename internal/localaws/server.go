package localaws

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// Region is where everything on the local AWS stands, unless a request names another.
const Region = "eu-west-1"

// Account is the account that the local AWS is, unless it is started for another.
const Account = "123456789012"

// Server is a running local AWS.
type Server struct {
	url   string
	http  *http.Server
	moto  *moto
	calls *callLog
}

// Option changes how a local AWS is started.
type Option func(*options)

type options struct {
	account string
	record  bool
}

// ForAccount has the local AWS be this account.
func ForAccount(id string) Option { return func(o *options) { o.account = id } }

// Recording has the local AWS keep every call for Calls.
func Recording() Option { return func(o *options) { o.record = true } }

// Start starts a local AWS on free ports and waits until it answers. The project's folder is where its virtual
// environment may be.
func Start(ctx context.Context, project string, all ...Option) (*Server, error) {
	o := options{account: Account}
	for _, option := range all {
		option(&o)
	}
	m, err := startMoto(ctx, project)
	if err != nil {
		return nil, err
	}
	models, err := Models(ctx, project)
	if err != nil {
		m.stop()
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		m.stop()
		return nil, fmt.Errorf("starting the proxy: %w", err)
	}
	p := newProxy(m.address, o.account, models)
	p.whyNot = m.whyNot
	s := &Server{
		url:  "http://" + listener.Addr().String(),
		http: &http.Server{Handler: p, ReadHeaderTimeout: 10 * time.Second},
		moto: m,
	}
	if o.record {
		s.calls = &callLog{}
		p.calls = s.calls
	}
	go func() { _ = s.http.Serve(listener) }() // always ends with ErrServerClosed
	return s, nil
}

// Calls returns the calls that the server got, in the order of their arrival, if it was started with Recording.
func (s *Server) Calls() []Call { return s.calls.all() }

// URL is the endpoint of every AWS service.
func (s *Server) URL() string { return s.url }

// Ended is closed when the server cannot go on because moto has ended.
func (s *Server) Ended() <-chan struct{} { return s.moto.process.Ended() }

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

// Config points the AWS SDK at a local AWS, whatever the environment and the user's files say.
func Config(url string) aws.Config {
	return aws.Config{
		Region:       Region,
		BaseEndpoint: aws.String(url),
		Credentials:  credentials.NewStaticCredentialsProvider("local", "local", ""),
	}
}
