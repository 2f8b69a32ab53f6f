package loadbalancing

import (
	"regexp"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lblistener"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lbtruststore"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/settings"
)

// newMutualAuthentication has a listener ask clients for certificates. It creates a trust store if the settings name a
// file with authorities. Where they ask for nothing, it turns that off: without the block, the provider would leave it
// as it is (aws_lb_listener 5.100, mutual_authentication).
func newMutualAuthentication(
	scope constructs.Construct, name string, s settings.HTTPS,
) *lblistener.LbListenerMutualAuthentication {
	k := s.ClientCertificates
	if k == nil {
		return &lblistener.LbListenerMutualAuthentication{Mode: jsii.String("off")}
	}
	config := &lblistener.LbListenerMutualAuthentication{Mode: jsii.String(string(k.Mode))}
	if k.Mode != settings.VerifyClients {
		return config
	}
	config.TrustStoreArn, config.IgnoreClientCertificateExpiry = &k.TrustStore, k.IgnoreExpiry
	config.AdvertiseTrustStoreCaNames = jsii.String("off")
	if k.AdvertiseAuthorities {
		config.AdvertiseTrustStoreCaNames = jsii.String("on")
	}
	if k.Authorities != "" {
		config.TrustStoreArn = newTrustStore(scope, name, *k).Arn()
	}
	return config
}

var hyphens = regexp.MustCompile("--+")

// newTrustStore creates a trust store from the file with the authorities.
func newTrustStore(scope constructs.Construct, name string, k settings.ClientCertificates) lbtruststore.LbTrustStore {
	bucket, key := k.AuthoritiesFile()
	// ELB API, CreateTrustStore (Name): no two hyphens in a row.
	prefix := namePrefix(hyphens.ReplaceAllString(name, "-"))
	config := &lbtruststore.LbTrustStoreConfig{
		NamePrefix: &prefix, CaCertificatesBundleS3Bucket: &bucket, CaCertificatesBundleS3Key: &key,
		Tags: &map[string]*string{"Name": &name},
		// AWS does not delete one that a listener uses, so the listener moves to another one, or to none, before.
		Lifecycle: &cdktf.TerraformResourceLifecycle{CreateBeforeDestroy: jsii.Bool(true)},
	}
	if k.AuthoritiesVersion != "" {
		config.CaCertificatesBundleS3ObjectVersion = &k.AuthoritiesVersion
	}
	return lbtruststore.NewLbTrustStore(scope, jsii.String("trust-store"), config)
}
