package balancer

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Clients says how clients prove with certificates who they are. Source: "Mutual authentication with TLS in Application
// Load Balancer", for the headers too.
type Clients struct {
	// Authorities issue the certificates that clients must have. Nil for the mode passthrough: a client may have any
	// certificate, or none.
	Authorities  *x509.CertPool
	IgnoreExpiry bool
	Advertise    bool // the names of the authorities
}

const clientHeader = "X-Amzn-Mtls-Clientcert"

// ask has a listener ask clients for certificates.
func (c Clients) ask(config *tls.Config) {
	config.ClientAuth = tls.RequestClientCert
	if c.Authorities == nil {
		return
	}
	config.ClientAuth = tls.RequireAnyClientCert
	if c.Advertise {
		config.ClientCAs = c.Authorities
	}
	config.VerifyConnection = func(state tls.ConnectionState) error { return c.verify(state.PeerCertificates) }
}

func (c Clients) verify(chain []*x509.Certificate) error {
	if len(chain) == 0 {
		return errors.New("the client has no certificate")
	}
	options := x509.VerifyOptions{Roots: c.Authorities, Intermediates: x509.NewCertPool(),
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	for _, between := range chain[1:] {
		options.Intermediates.AddCert(between)
	}
	if c.IgnoreExpiry && time.Now().After(chain[0].NotAfter) {
		options.CurrentTime = chain[0].NotAfter
	}
	_, err := chain[0].Verify(options)
	return err
}

// tell writes the certificate of a client into the headers that its target gets.
func (c Clients) tell(header http.Header, state *tls.ConnectionState) {
	for name := range header {
		if strings.HasPrefix(name, clientHeader) {
			header.Del(name)
		}
	}
	if state == nil || len(state.PeerCertificates) == 0 {
		return
	}
	if c.Authorities == nil {
		header.Set(clientHeader, encoded(state.PeerCertificates...))
		return
	}
	leaf := state.PeerCertificates[0]
	header.Set(clientHeader+"-Serial-Number", strings.ToUpper(leaf.SerialNumber.Text(16)))
	header.Set(clientHeader+"-Issuer", leaf.Issuer.String())
	header.Set(clientHeader+"-Subject", leaf.Subject.String())
	header.Set(clientHeader+"-Validity", "NotBefore="+leaf.NotBefore.UTC().Format(time.RFC3339)+
		";NotAfter="+leaf.NotAfter.UTC().Format(time.RFC3339))
	header.Set(clientHeader+"-Leaf", encoded(leaf))
}

// encoded returns certificates in PEM, encoded as in a URL but for + = and /.
func encoded(chain ...*x509.Certificate) string {
	var text strings.Builder
	for _, certificate := range chain {
		_ = pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})
	}
	return strings.NewReplacer("+", "%20", "%2B", "+", "%3D", "=", "%2F", "/").Replace(url.QueryEscape(text.String()))
}
