package given

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"strings"
	"time"

	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// ClientFile ends the name of the file beside that of authorities, which has a client's certificate of theirs and its
// key, to try the listener with.
const ClientFile = ".client"

// clientCertificates creates the file with authorities, or the trust store, that the settings name.
func (p *preparing) clientCertificates() error {
	https := p.settings.LoadBalancer.HTTPS
	if https == nil || https.ClientCertificates == nil {
		return nil
	}
	k := https.ClientCertificates
	if k.Authorities != "" {
		bucket, key := k.AuthoritiesFile()
		version, err := p.authorities(bucket, key)
		if err != nil {
			return err
		}
		p.replace(k.AuthoritiesVersion, version)
	}
	if k.TrustStore == "" {
		return nil
	}
	return p.named("trust store", k.TrustStore, func() (*string, error) {
		name, bucket, key := nameIn(k.TrustStore, 1), "given-authorities", "clients.pem"
		if _, err := p.authorities(bucket, key); err != nil {
			return nil, err
		}
		created, err := elb.NewFromConfig(p.cfg).CreateTrustStore(p.ctx, &elb.CreateTrustStoreInput{
			Name: &name, CaCertificatesBundleS3Bucket: &bucket, CaCertificatesBundleS3Key: &key,
		})
		if err != nil {
			return nil, err
		}
		return created.TrustStores[0].TrustStoreArn, nil
	})
}

// authorities creates a file with an authority, in a bucket that keeps versions, and returns the file's version.
func (p *preparing) authorities(bucket, key string) (version string, err error) {
	if err := p.bucket(bucket); err != nil {
		return "", err
	}
	return p.onceIn("everywhere", "authorities s3://"+bucket+"/"+key, func() (*string, error) {
		if _, err := p.s3().PutBucketVersioning(p.ctx, &s3.PutBucketVersioningInput{Bucket: &bucket,
			VersioningConfiguration: &s3types.VersioningConfiguration{Status: s3types.BucketVersioningStatusEnabled},
		}); err != nil {
			return nil, err
		}
		authority, client, err := newAuthority()
		if err != nil {
			return nil, err
		}
		put := func(key, text string) (*string, error) {
			stored, err := p.s3().PutObject(p.ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &key,
				Body: strings.NewReader(text)})
			if err != nil {
				return nil, err
			}
			return stored.VersionId, nil
		}
		if _, err := put(key+ClientFile, client); err != nil {
			return nil, err
		}
		return put(key, authority)
	})
}

// newAuthority returns an authority's certificate, and that of a client with its key, in PEM.
func newAuthority() (authority, client string, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", "", err
	}
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", "", err
	}
	from, to := time.Now().Add(-time.Hour), time.Now().AddDate(1, 0, 0)
	parent := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "local authority"}, IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, NotBefore: from, NotAfter: to}
	child := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "client"},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		NotBefore: from, NotAfter: to}
	issuer, err := x509.CreateCertificate(rand.Reader, parent, parent, &key.PublicKey, key)
	if err != nil {
		return "", "", err
	}
	issued, err := x509.CreateCertificate(rand.Reader, child, parent, &own.PublicKey, key)
	if err != nil {
		return "", "", err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(own)
	if err != nil {
		return "", "", err
	}
	inPEM := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	return inPEM("CERTIFICATE", issuer), inPEM("CERTIFICATE", issued) + inPEM("PRIVATE KEY", secret), nil
}
