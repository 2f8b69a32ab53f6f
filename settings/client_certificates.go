package settings

import (
	"regexp"
	"slices"
	"strings"

	"webapp/internal/configfile"
)

// ClientCertificates has clients prove with certificates who they are (mutual TLS). It applies to the listener, so to
// every service.
// Source: ELB user guide, "Mutual authentication with TLS in Application Load Balancer".
type ClientCertificates struct {
	// Mode is what the load balancer does with certificates. With verify, clients without a valid one cannot connect.
	// With passthrough, it hands whatever clients send to the containers, in the header x-amzn-mtls-clientcert, and the
	// containers must verify it. off asks for none. Default verify.
	Mode ClientCertificateMode `yaml:"mode"`

	// Authorities is the ARN of a file in S3 with the certificates of the authorities that issue the clients' ones, in
	// PEM. A trust store is created from it. With verify, either this or TrustStore is required. Default: none.
	// Source: ELB API, CreateTrustStore.
	Authorities string `yaml:"authorities" arn:"s3"`

	// AuthoritiesVersion is the version of the file, if its bucket keeps versions. Without it, a file that changes is not
	// read again. Default: the newest one when the trust store is created.
	AuthoritiesVersion string `yaml:"authoritiesVersion"`

	// TrustStore is the ARN of a trust store that exists. Default: none.
	TrustStore string `yaml:"trustStore" arn:"elasticloadbalancing"`

	// IgnoreExpiry accepts certificates that have expired. Only with verify. Default false.
	IgnoreExpiry bool `yaml:"ignoreExpiry"`

	// AdvertiseAuthorities sends the names of the authorities to clients, so that those with several certificates choose
	// the right one. Only with verify. Default false.
	AdvertiseAuthorities bool `yaml:"advertiseAuthorities"`
}

// ClientCertificateMode is what a load balancer does with the certificates of clients.
type ClientCertificateMode string

// The modes. Source: ELB API, MutualAuthenticationAttributes.
const (
	VerifyClients      ClientCertificateMode = "verify"
	PassthroughClients ClientCertificateMode = "passthrough"
	ClientsOff         ClientCertificateMode = "off"
)

// Allowed returns the modes.
func (ClientCertificateMode) Allowed() []string {
	return words(VerifyClients, PassthroughClients, ClientsOff)
}

var (
	authoritiesARN = regexp.MustCompile(`^arn:aws[a-z-]*:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[^*?[:cntrl:]]+$`)
	trustStoreARN  = regexp.MustCompile(`^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:` +
		`truststore/[A-Za-z0-9-]+/[0-9a-f]+$`)
)

// maxObjectKey is the maximum length of an object's name. Source: S3 user guide, "Naming Amazon S3 objects".
const maxObjectKey = 1024

func (k *ClientCertificates) SetDefaults() { k.Mode = VerifyClients }

// ResetOthers lets an overlay replace the file with the authorities by a trust store, or the other way round.
func (k *ClientCertificates) ResetOthers(given []string) {
	file, store := slices.Contains(given, "authorities"), slices.Contains(given, "trustStore")
	switch {
	case store && !file:
		k.Authorities, k.AuthoritiesVersion = "", ""
	case file && !store:
		k.TrustStore = ""
	}
}

func (k *ClientCertificates) Check(c configfile.Checker) {
	if k.Authorities != "" {
		checkARN(c.At("authorities"), k.Authorities, authoritiesARN, "file in S3", "arn:aws:s3:::my-bucket/authorities.pem")
		if _, key := k.AuthoritiesFile(); len(key) > maxObjectKey {
			c.At("authorities").Problemf("names a file with %d bytes, but S3 allows at most %d; write a shorter name",
				len(key), maxObjectKey)
		}
	}
	if k.TrustStore != "" {
		checkARN(c.At("trustStore"), k.TrustStore, trustStoreARN, "trust store",
			"arn:aws:elasticloadbalancing:eu-west-1:123456789012:truststore/clients/0123456789abcdef")
	}
	switch {
	case !c.Valid("mode"):
	case k.Mode != VerifyClients:
		for _, setting := range []string{
			"authorities", "authoritiesVersion", "trustStore", "ignoreExpiry", "advertiseAuthorities",
		} {
			if c.Written(setting) {
				c.At(setting).Problemf("has no effect with mode: %s, which verifies nothing; remove it, or write mode: verify",
					k.Mode)
			}
		}
	case k.Authorities != "" && k.TrustStore != "":
		c.At("trustStore").Problemf("cannot be combined with authorities, of which a trust store is created; remove one " +
			"of the two")
	case k.Authorities == "" && k.TrustStore == "" && c.Valid("", "authorities", "trustStore"):
		c.Problemf("has nothing to verify certificates with; write authorities: arn:aws:s3:::my-bucket/authorities.pem, or " +
			"trustStore, or mode: passthrough")
	}
	if k.Mode == VerifyClients && k.Authorities == "" && c.Written("authoritiesVersion") {
		c.At("authoritiesVersion").Problemf("has no effect without authorities; add them, or remove it")
	}
}

// AuthoritiesFile returns the bucket and the key of the authorities' file.
func (k ClientCertificates) AuthoritiesFile() (bucket, key string) {
	name := strings.SplitN(k.Authorities, ":", 6)
	bucket, key, _ = strings.Cut(name[len(name)-1], "/")
	return bucket, key
}
