package warmprovider

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// source is the provider's address in the registry.
const source = "registry.terraform.io/hashicorp/aws"

// Provider is an installed AWS provider.
type Provider struct {
	binary  string
	version string   // what `terraform version -json` prints
	answers sync.Map // of Server.once: a func() ([]byte, error) for each method and request
	idle    idle
}

// Install has Terraform install the AWS provider that a lock file names, unless it is in the folder already, and check
// it against the lock file's hashes.
func Install(ctx context.Context, terraform, lockFile, folder string) (*Provider, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("installing the AWS provider: %w", err)
	}
	lock, err := os.ReadFile(lockFile)
	if err != nil {
		return nil, fmt.Errorf("installing the AWS provider: %w", err)
	}
	for name, text := range map[string][]byte{
		".terraform.lock.hcl": lock,
		"main.tf.json":        []byte(`{"terraform": {"required_providers": {"aws": {"source": "` + source + `"}}}}`),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o644); err != nil {
			return nil, fmt.Errorf("installing the AWS provider: %w", err)
		}
	}
	command := exec.CommandContext(ctx, terraform, "init", "-input=false", "-no-color", "-lockfile=readonly")
	command.Dir = folder
	if output, err := command.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("installing the AWS provider: terraform init: %w\n%s", err, output)
	}
	found, err := filepath.Glob(filepath.Join(folder, ".terraform", "providers", source, "*", "*",
		"terraform-provider-aws*"))
	if err != nil || len(found) != 1 {
		return nil, fmt.Errorf("installing the AWS provider: want one binary in %s, found %v", folder, found)
	}
	// Terraform links to its cache, and another init may replace the link while a provider starts.
	binary, err := filepath.EvalSymlinks(found[0])
	if err != nil {
		return nil, fmt.Errorf("installing the AWS provider: %w", err)
	}
	version, err := exec.CommandContext(ctx, terraform, "version", "-json").Output()
	if err != nil {
		return nil, fmt.Errorf("installing the AWS provider: terraform version: %w", err)
	}
	return &Provider{binary: binary, version: string(version)}, nil
}

// Close ends the processes that have outlived their servers.
func (p *Provider) Close() { p.idle.close() }
