package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"webapp/internal/given"
	"webapp/internal/localaws"
	"webapp/internal/localaws/engine"
	"webapp/internal/localaws/live"
)

// standIn is the argument by which this test's program becomes a stand-in for a container.
const standIn = "stand-in"

// minuteLength is how long a minute of AWS lasts: health checks, draining and time limits shrink with it.
const minuteLength = 3 * time.Second

// newRunningDeployment is newDeployment on a local AWS that runs tasks as stand-ins, with short minutes. It measures
// once in a while only, since many of them run side by side; an option may change that.
func newRunningDeployment(t *testing.T, options ...localaws.Option) *deployment {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	options = append([]localaws.Option{
		localaws.Running(engine.NewProcesses(program, standIn), minuteLength/60), localaws.MeasuringEvery(time.Minute),
	}, options...)
	return newDeployment(t, options...)
}

// status is what runs now.
func (d *deployment) status() (live.Status, error) {
	var status live.Status
	response, err := http.Get(d.server.URL() + localaws.StatusPath)
	if err != nil {
		return status, err
	}
	defer func() { _ = response.Body.Close() }()
	return status, json.NewDecoder(response.Body).Decode(&status)
}

// clientCertificates returns the certificate that clients must have, where the settings ask for one of an authority.
func (d *deployment) clientCertificates() []tls.Certificate {
	d.t.Helper()
	https := d.settings.LoadBalancer.HTTPS
	if https == nil || https.ClientCertificates == nil || https.ClientCertificates.Authorities == "" {
		return nil
	}
	bucket, key := https.ClientCertificates.AuthoritiesFile()
	key += given.ClientFile
	client := s3.NewFromConfig(d.aws, func(o *s3.Options) { o.UsePathStyle = true })
	file := must(client.GetObject(d.t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key}))(d.t)
	defer func() { _ = file.Body.Close() }()
	text := must(io.ReadAll(file.Body))(d.t)
	return []tls.Certificate{must(tls.X509KeyPair(text, text))(d.t)}
}

// client returns a client on the internet: it finds the load balancers by their names, trusts the authority that issues
// their certificates, and has a certificate where it needs one.
func (d *deployment) client() *http.Client {
	d.t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(must(d.status())(d.t).Authority)) {
		d.t.Fatal("the authority's certificate cannot be read")
	}
	return &http.Client{Timeout: clientTimeout, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12,
			Certificates: d.clientCertificates()},
		DialContext:         (&names{status: d.status}).dial,
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: 100,
	}}
}
