package settings

import (
	"fmt"
	"regexp"
	"slices"

	"webapp/internal/configfile"
)

// State says where Terraform keeps its state. Each stack has a separate state. Set at most one kind; without any, the
// state is a file in the project's folder, which is enough if you work alone.
type State struct {
	// S3 keeps the state in an S3 bucket, encrypted, and locked while Terraform changes it. It needs Terraform 1.10 or
	// newer. Default: none.
	S3 *S3State `yaml:"s3"`

	// Remote keeps the state in HCP Terraform, Terraform Enterprise or another service with their API, in a workspace
	// with the stack's name. Default: none.
	Remote *RemoteState `yaml:"remote"`
}

// S3State is a bucket that contains states. The state of a stack is PREFIX/STACK/terraform.tfstate, next to its lock.
// Source: Terraform language, "Backend type: s3".
type S3State struct {
	// Bucket is the bucket's name, 3 to 63 lower-case letters, digits, dots and hyphens. Required.
	Bucket string `yaml:"bucket"`

	// Region of the bucket. It must be in the stack's partition, since credentials are valid in one partition only.
	// Required if aws.region is not set. Default: aws.region of the primary region.
	Region string `yaml:"region"`

	// Prefix is a folder in the bucket, without slashes at its ends. Default: none.
	Prefix string `yaml:"prefix"`

	// KMSKey is the ARN of a KMS key that encrypts the state. Default: the bucket's own encryption; for a bucket made
	// by Create, the keys of S3.
	KMSKey string `yaml:"kmsKey" arn:"kms" was:"key"`

	// Role is the ARN of the role that Terraform assumes to access the bucket. "" means the credentials of the AWS
	// environment, for a bucket in another account. Default: aws.role.
	Role string `yaml:"role" arn:"iam"`

	// Create adds a stack, STACK-state, that creates the bucket. The steps are in docs/state.md. Default false.
	Create bool `yaml:"create"`

	// RetentionDays is how long a bucket made by Create keeps old versions of a state, in days. Default 90.
	RetentionDays int `yaml:"retentionDays" range:"1,3650" unit:"days"`
}

// RemoteState is a place for states in HCP Terraform, or another service with its API.
// Source: Terraform language, "Backend type: remote".
type RemoteState struct {
	// Organization that owns the workspace. Required.
	Organization string `yaml:"organization"`

	// Hostname of the service. Default app.terraform.io, the host of HCP Terraform.
	Hostname string `yaml:"hostname"`
}

// ResetOthers lets an overlay choose the other kind of state.
func (s *State) ResetOthers(given []string) {
	bucket, remote := slices.Contains(given, "s3"), slices.Contains(given, "remote")
	if remote && !bucket && s.Remote != nil {
		s.S3 = nil
	}
	if bucket && !remote && s.S3 != nil {
		s.Remote = nil
	}
}

func (s *State) derive(all *Stack, given func(path string) bool) {
	if s.S3 == nil {
		return
	}
	if !given("s3.region") {
		s.S3.Region = all.PrimaryRegion
	}
	if !given("s3.role") {
		s.S3.Role = all.AWS.Role
	}
	if all.PreviewName != "" {
		s.S3.Create = false // previews share that of another stack
	}
}

// leaveToPrimary leaves a bucket that both use to the stack of the primary region.
func (s *S3State) leaveToPrimary(primary Settings) {
	if primary.State.S3 != nil && s.Bucket == primary.State.S3.Bucket {
		s.Create = false
	}
}

func (s *State) Check(c configfile.Checker) {
	if s.S3 != nil && s.Remote != nil {
		c.Problemf("has both s3 and remote, but a state is in one place; remove one of them")
	}
}

func (s *S3State) SetDefaults() {
	s.RetentionDays = 90
}

func (s *S3State) ShorthandKey(string) string { return "bucket" }

func (s *S3State) Check(c configfile.Checker) {
	switch at := c.At("bucket"); {
	case s.Bucket == "":
		at.Problemf("is missing; write the bucket's name, and create: true if it does not exist yet")
	case s.Create:
		checkNewBucket(at, s.Bucket)
	default:
		checkBucket(at, s.Bucket)
	}
	switch {
	case s.Region != "":
		checkRegion(c.At("region"), s.Region)
	case c.Valid("", "region"):
		c.Problemf("has no region; write that of the bucket as region, or that of the stack as aws.region, so that the " +
			"state does not depend on who deploys")
	}
	checkPrefix(c.At("prefix"), s.Prefix, statePrefix.MatchString,
		"names of letters, digits and - _ . separated by slashes")
	switch {
	case s.KMSKey == "":
	case awsManagedKey(s.KMSKey) != "" && awsManagedKey(s.KMSKey) != "s3":
		c.At("kmsKey").Problemf("%s is the AWS managed key of another service, which S3 cannot use; write the ARN of a "+
			"customer managed key, or remove it", s.KMSKey)
	case kmsKeyARN.MatchString(s.KMSKey) && !backendKeyARN.MatchString(s.KMSKey):
		c.At("kmsKey").Problemf("%q ends with an id that no key has, and that Terraform refuses for a state: in a UUID the "+
			"third group begins with 1 to 5, and the fourth with 8, 9, a or b; write the key's ARN as AWS shows it", s.KMSKey)
	default:
		checkARN(c.At("kmsKey"), s.KMSKey, backendKeyARN, "KMS key",
			"arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d")
	}
	if s.Role != "" {
		checkRole(c.At("role"), s.Role, "arn:aws:iam::123456789012:role/state")
	}
	if !s.Create && c.Written("retentionDays") {
		c.At("retentionDays").Problemf("has no effect without create: true, since it only configures a created " +
			"bucket; remove it, or write create: true")
	}
}

func (s *RemoteState) SetDefaults() {
	s.Hostname = "app.terraform.io"
}

func (s *RemoteState) ShorthandKey(string) string { return "organization" }

func (s *RemoteState) Check(c configfile.Checker) {
	switch {
	case s.Organization == "":
		c.At("organization").Problemf("is missing; write the organization's name")
	case !organizationName.MatchString(s.Organization):
		c.At("organization").Problemf("%q is not a valid organization name; write letters, digits, - and _",
			s.Organization)
	}
	if !hostName.MatchString(s.Hostname) {
		c.At("hostname").Problemf("%q is not a valid host name; write one such as app.terraform.io, without https://",
			s.Hostname)
	}
}

// StateKey returns the key of a stack's state in the bucket.
func (s S3State) StateKey(stack string) string {
	key := stack + "/terraform.tfstate"
	if s.Prefix != "" {
		key = s.Prefix + "/" + key
	}
	return key
}

// checkStateKey reports a prefix with which a key is too long: that of the lock is the longest.
// Sources: S3 user guide, "Naming Amazon S3 objects"; Terraform language, "Backend type: s3" (use_lockfile).
func (s *Stack) checkStateKey(c configfile.Checker) {
	if s.State.S3 == nil || s.State.S3.Prefix == "" {
		return
	}
	if n := len(s.State.S3.StateKey(s.StackName()) + ".tflock"); n > maxObjectKey {
		c.At("state.s3.prefix").Problemf("has %d characters, with which the key of the state's lock has %d, but S3 takes at "+
			"most %d; write at most %d", len(s.State.S3.Prefix), n, maxObjectKey, len(s.State.S3.Prefix)-(n-maxObjectKey))
	}
}

// StateStackName names the stack that creates the bucket of this environment's state.
func (s Stack) StateStackName() string { return fmt.Sprintf("%s-state", s.StackName()) }

// StateAWS says where the stack with the bucket is deployed.
func (s Stack) StateAWS() AWS {
	aws := AWS{Region: s.State.S3.Region, Role: s.State.S3.Role}
	if aws.Role == s.AWS.Role {
		aws.Account = s.AWS.Account // otherwise the state may be in another account
	}
	return aws
}

var (
	// backendKeyARN matches the keys that Terraform's S3 backend accepts: it is stricter about a key's id than the AWS
	// provider. Source: Terraform, internal/backend/remote-state/s3/validate.go.
	backendKeyARN = regexp.MustCompile(`^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:` +
		`(key/([0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}|` +
		`mrk-[0-9a-f]{32})|alias/[A-Za-z0-9/_-]+)$`)
	statePrefix      = regexp.MustCompile(`^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$`)
	organizationName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$`)
	hostName         = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}(:[0-9]{1,5})?$`)
)
