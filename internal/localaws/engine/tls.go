package engine

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"net/http"
	"sync"
	"time"
)

// eitherWay accepts connections with TLS and without on the same port, since a stand-in does not know what its image
// would speak.
type eitherWay struct{ net.Listener }

func (l eitherWay) Accept() (net.Conn, error) {
	accepted, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &undecided{Conn: accepted, inner: accepted}, nil
}

// undecided is a connection whose first byte says whether the client speaks TLS.
type undecided struct {
	net.Conn
	decide sync.Once
	inner  net.Conn
	isTLS  bool
}

// handshake is the first byte of a client that speaks TLS. No method of HTTP begins with it. Source: RFC 8446, 5.1.
const handshake = 0x16

func (c *undecided) Read(p []byte) (int, error) {
	c.decide.Do(func() {
		first := make([]byte, 1)
		n, _ := io.ReadFull(c.Conn, first) // the next read tells of an error
		begun := &begunConn{c.Conn, io.MultiReader(bytes.NewReader(first[:n]), c.Conn)}
		c.inner = begun
		if c.isTLS = n > 0 && first[0] == handshake; c.isTLS {
			c.inner = tls.Server(begun, &tls.Config{GetCertificate: ownCertificate, NextProtos: []string{"h2", "http/1.1"},
				MinVersion: tls.VersionTLS12})
		}
	})
	return c.inner.Read(p)
}

type connectionKey struct{}

func withConnection(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, c)
}

// isTLS reports whether a request came by TLS.
func isTLS(r *http.Request) bool {
	c, ok := r.Context().Value(connectionKey{}).(*undecided)
	return ok && c.isTLS
}

func (c *undecided) Write(p []byte) (int, error) { return c.inner.Write(p) }

// begunConn is a connection of which something was read already.
type begunConn struct {
	net.Conn
	rest io.Reader
}

func (c *begunConn) Read(p []byte) (int, error) { return c.rest.Read(p) }

// ownCertificate returns one that the stand-in has signed itself, and that nobody trusts.
func ownCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) { return signOnce() }

var signOnce = sync.OnceValues(func() (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"stand-in"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
})
