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

	"webapp/internal/localaws/engine"
	"webapp/internal/localaws/live"
	"webapp/internal/localaws/loopback"
)

// Region is where everything on the local AWS stands, unless a request names another.
const Region = "eu-west-1"

// Account is the account that the local AWS is, unless it is started for another.
const Account = "123456789012"

// Server is a running local AWS.
type Server struct {
	url   string
	http  *http.Server
	moto  *Moto // nil where others use it too
	fork  *motoFork
	calls *callLog

	running *live.World // nil where nothing runs
}

// Option changes how a local AWS is started.
type Option func(*options)

type options struct {
	account  string
	record   bool
	moto     *Moto
	listener net.Listener
	engine   engine.Engine
	second   time.Duration
	minute   time.Duration
	folder   string
}

// Running has the local AWS run tasks by an engine, and load balancers before them. A second of AWS lasts as long as is
// given. The engine is closed with the server.
func Running(e engine.Engine, second time.Duration) Option {
	return func(o *options) { o.engine, o.second = e, second }
}

// MeasuringEvery has metrics, alarms and scaling work in minutes of this length, whatever a second lasts: to measure
// takes many calls, which a test with short seconds may not need.
func MeasuringEvery(minute time.Duration) Option { return func(o *options) { o.minute = minute } }

// KeepingFiles has the local AWS keep the files of EFS and of the tasks in a folder, which it removes at its end.
// Without this option it is a temporary one.
func KeepingFiles(folder string) Option { return func(o *options) { o.folder = folder } }

// ForAccount has the local AWS be this account.
func ForAccount(id string) Option { return func(o *options) { o.account = id } }

// Recording has the local AWS keep every call for Calls.
func Recording() Option { return func(o *options) { o.record = true } }

// On has the local AWS run on a moto that is loaded already.
func On(moto *Moto) Option { return func(o *options) { o.moto = moto } }

// At has the local AWS answer at a listener, which it closes at its end, instead of at a free port. Nil is a free port.
func At(listener net.Listener) Option { return func(o *options) { o.listener = listener } }

// Start starts a local AWS on free ports and waits until it answers. The project's folder is where its virtual
// environment may be.
func Start(ctx context.Context, project string, all ...Option) (*Server, error) {
	o := options{account: Account}
	for _, option := range all {
		option(&o)
	}
	moto, own := o.moto, (*Moto)(nil)
	if moto == nil {
		loaded, err := LoadMoto(ctx, project)
		if err != nil {
			return nil, err
		}
		moto, own = loaded, loaded
	}
	s := &Server{moto: own}
	if err := s.serve(ctx, moto, o); err != nil {
		s.stopMoto()
		return nil, err
	}
	return s, nil
}

func (s *Server) serve(ctx context.Context, moto *Moto, o options) (err error) {
	if s.fork, err = moto.fork(ctx); err != nil {
		return err
	}
	listener := o.listener
	if listener == nil {
		if listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return fmt.Errorf("starting the proxy: %w", err)
		}
	}
	if o.engine != nil {
		s.running, err = live.Start(live.Options{
			Records: s.fork.address, AccountHeader: accountHeader, Front: listener.Addr().String(), Engine: o.engine,
			Second: o.second, Minute: o.minute, Folder: o.folder,
		})
		if err != nil {
			return errors.Join(err, listener.Close())
		}
	}
	p := newProxy(s.fork.address, o.account, moto.models, s.running)
	p.whyNot = s.fork.whyNot
	if o.record {
		s.calls = &callLog{}
		p.calls = s.calls
	}
	s.url = "http://" + listener.Addr().String()
	s.http = &http.Server{Handler: p, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.http.Serve(listener) }() // always ends with ErrServerClosed
	return nil
}

func (s *Server) stopMoto() {
	if s.moto != nil {
		s.moto.Close()
	}
	if s.fork != nil {
		s.fork.stop()
	}
}

// Calls returns the calls that the server got, in the order of their arrival, if it was started with Recording.
func (s *Server) Calls() []Call { return s.calls.all() }

// URL is the endpoint of every AWS service.
func (s *Server) URL() string { return s.url }

// Ended is closed when the server cannot go on because moto has ended.
func (s *Server) Ended() <-chan struct{} { return s.fork.ended }

// Close stops the server and waits until nothing of it runs.
func (s *Server) Close() error {
	err := s.http.Close()
	if s.running != nil {
		err = errors.Join(err, s.running.Close())
	}
	s.stopMoto()
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
		HTTPClient:   loopback.Client,
		Credentials:  credentials.NewStaticCredentialsProvider("local", "local", ""),
	}
}
