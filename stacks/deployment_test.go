package stacks_test

import (
	"testing"

	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"webapp/assertions"
	"webapp/settings"
	"webapp/stacks"
)

func TestProviderIsTheLockedOneForTheRightAccount(t *testing.T) {
	tpl := synthesize(t, "")
	tpl.Terraform().Has("required_providers.aws", assertions.Exact(object{"source": "aws", "version": "5.100.0"}))
	tpl.Provider("aws").Matches(assertions.Exact(object{
		"default_tags": []any{object{"tags": object{"Application": "webapp", "Environment": "test",
			"SettingsFile": "webapp.yaml"}}},
	}))

	chosen := synthesize(t, "aws: {region: eu-north-1, account: '123456789012', tags: {SettingsFile: ''}}")
	chosen.Provider("aws").Matches(assertions.Exact(object{
		"region": "eu-north-1", "allowed_account_ids": []string{"123456789012"},
		"default_tags": []any{object{"tags": object{"Application": "webapp", "Environment": "test"}}},
	}))
}

func TestRoleIsTakenOnInItsAccountOnly(t *testing.T) {
	const role = "arn:aws:iam::123456789012:role/deploy"
	synthesize(t, "aws: {role: '"+role+"'}").Provider("aws").Matches(object{
		"allowed_account_ids": []string{"123456789012"},
		"assume_role":         []any{object{"role_arn": role, "session_name": "webapp-test"}},
	})
}

// TestTagsSayWhereAResourceComesFrom reads a file as one of its environments, in a commit.
func TestTagsSayWhereAResourceComesFrom(t *testing.T) {
	const file = "name: shop\ncontainer: {image: nginx, ports: [80]}\naws: {tags: {Team: web}}\nenvironments: " +
		"{prod: {}}"
	all, err := settings.Parse("deploy/shop.yaml", []byte(file), settings.Options{Commit: "c0ffee"})
	if err != nil {
		t.Fatal(err)
	}
	tpl := assertions.Synth(t, stacks.NewWebApp(cdktf.Testing_App(nil), all[0]))
	tpl.Provider("aws").Has("default_tags", assertions.Exact([]any{object{"tags": object{
		"Application": "shop", "Environment": "prod", "SettingsFile": "deploy/shop.yaml", "SettingsCommit": "c0ffee",
		"Team": "web",
	}}}))
}

func TestStateHasAPathThatTravels(t *testing.T) {
	synthesize(t, "").Terraform().Has("backend", assertions.Exact(object{
		"local": object{"path": "../../../terraform.webapp-test.tfstate"},
	}))
}

func TestStateInS3IsLockedAndEncrypted(t *testing.T) {
	terraform := synthesize(t, "state: {s3: {bucket: states, region: eu-west-1}}").Terraform()
	terraform.Has("backend", assertions.Exact(object{"s3": object{
		"bucket": "states", "key": "webapp-test/terraform.tfstate", "region": "eu-west-1", "encrypt": true,
		"use_lockfile": true,
	}}))
	// Locks in S3 are that new. An older Terraform would ignore them.
	terraform.Has("required_version", ">= 1.10.0")

	const key, role = "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
		"arn:aws:iam::123456789012:role/states"
	synthesize(t, "state: {s3: {bucket: states, region: eu-west-1, prefix: teams/web, kmsKey: '"+key+"', role: "+
		"'"+role+"'}}").
		Terraform().Has("backend.s3", object{
		"key": "teams/web/webapp-test/terraform.tfstate", "kms_key_id": key,
		"assume_role": object{"role_arn": role, "session_name": "webapp-test"},
	})
}

func TestRemoteStateHasAWorkspaceForEachStack(t *testing.T) {
	synthesize(t, "state: {remote: {organization: acme}}").Terraform().Has("backend",
		assertions.Exact(object{"remote": object{
			"hostname": "app.terraform.io", "organization": "acme", "workspaces": object{"name": "webapp-test"},
		}}))
}

func TestStateBucketIsClosedAndKept(t *testing.T) {
	s := load(t, "state: {s3: {bucket: states, region: eu-west-1, create: true, retentionDays: 30}}")
	tpl := assertions.Synth(t, stacks.NewState(cdktf.Testing_App(nil), s))
	bucket := tpl.One("aws_s3_bucket")
	bucket.Matches(object{"bucket": "states", "force_destroy": false, "lifecycle": object{"prevent_destroy": true}})
	id := bucket.Ref("id")
	tpl.One("aws_s3_bucket_public_access_block").Matches(assertions.Exact(object{
		"bucket": id, "block_public_acls": true, "block_public_policy": true, "ignore_public_acls": true,
		"restrict_public_buckets": true,
	}))
	tpl.One("aws_s3_bucket_versioning").Matches(object{"bucket": id,
		"versioning_configuration": object{"status": "Enabled"}})
	tpl.One("aws_s3_bucket_server_side_encryption_configuration").Matches(object{
		"bucket": id,
		"rule":   []any{object{"apply_server_side_encryption_by_default": object{"sse_algorithm": "AES256"}}},
	})
	tpl.One("aws_s3_bucket_lifecycle_configuration").Matches(object{"bucket": id, "rule": []any{assertions.Exact(object{
		"id": "expire", "status": "Enabled", "filter": []any{object{"prefix": ""}},
		"noncurrent_version_expiration":     []any{object{"noncurrent_days": 30}},
		"abort_incomplete_multipart_upload": []any{object{"days_after_initiation": 1}},
	})}})
	tpl.One("aws_s3_bucket_policy").Has("policy", assertions.JSON(object{"Statement": []any{object{
		"Effect": "Deny", "Principal": "*", "Action": []any{"s3:*"},
		"Condition": object{"Bool": object{"aws:SecureTransport": []any{"false"}}},
	}}}))
	tpl.Terraform().Has("backend.s3", object{"bucket": "states", "key": "webapp-test-state/terraform.tfstate"})
	tpl.Provider("aws").Has("region", "eu-west-1")
}

func TestStateBucketIsMadeWhereItsRoleIs(t *testing.T) {
	s := load(t, "aws: {region: eu-west-1, account: '111111111111'}, "+
		"state: {s3: {bucket: states, region: us-east-1, create: true, role: 'arn:aws:iam::222222222222:role/states', "+
		"kmsKey: 'arn:aws:kms:us-east-1:222222222222:key/mrk-0123456789abcdef0123456789abcdef'}}")
	tpl := assertions.Synth(t, stacks.NewState(cdktf.Testing_App(nil), s))
	tpl.Provider("aws").Matches(object{"region": "us-east-1", "allowed_account_ids": []string{"222222222222"}})
	tpl.One("aws_s3_bucket_server_side_encryption_configuration").Has("rule", []any{object{
		"apply_server_side_encryption_by_default": object{"sse_algorithm": "aws:kms",
			"kms_master_key_id": "arn:aws:kms:us-east-1:222222222222:key/mrk-0123456789abcdef0123456789abcdef"},
		"bucket_key_enabled": true,
	}})
}
