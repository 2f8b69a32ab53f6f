// Package terraform finds Terraform, or installs it, and runs it in a synthesized stack's folder.
package terraform

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/hashicorp/go-version"
	install "github.com/hashicorp/hc-install"
	"github.com/hashicorp/hc-install/fs"
	"github.com/hashicorp/hc-install/product"
	"github.com/hashicorp/hc-install/releases"
	"github.com/hashicorp/hc-install/src"
	"github.com/hashicorp/terraform-exec/tfexec"
)

const (
	// Supported are the versions that the stacks work with. Older ones lack what the stacks' conditions need.
	Supported = ">= 1.9.0, < 2.0.0"

	// Pinned is the version that is installed where none is found.
	Pinned = "1.11.4"
)

// Find returns the path of a supported Terraform: from PATH, or else from .tools in the project's folder, where it
// installs one if there is none.
func Find(ctx context.Context, project string, progress io.Writer) (string, error) {
	tools := filepath.Join(project, ".tools")
	installer := install.NewInstaller()
	found, err := installer.Ensure(ctx, []src.Source{&fs.Version{
		Product:     product.Terraform,
		Constraints: version.MustConstraints(version.NewConstraint(Supported)),
		ExtraPaths:  []string{tools},
	}})
	if err == nil {
		return found, nil
	}
	fmt.Fprintf(progress, "No Terraform %s on the PATH; installing %s into .tools\n", Supported, Pinned)
	if err := os.MkdirAll(tools, 0o755); err != nil {
		return "", fmt.Errorf("installing Terraform: %w", err)
	}
	found, err = installer.Ensure(ctx, []src.Source{&releases.ExactVersion{
		Product:    product.Terraform,
		Version:    version.Must(version.NewVersion(Pinned)),
		InstallDir: tools,
	}})
	if err != nil {
		return "", fmt.Errorf("installing Terraform %s: %w; install it by hand: "+
			"https://developer.hashicorp.com/terraform/install", Pinned, err)
	}
	return found, nil
}

// Stack is Terraform in the folder of one synthesized stack. Its methods are terraform-exec's.
type Stack struct {
	*tfexec.Terraform
	executable, folder string
	environment        map[string]string
	progress           io.Writer
}

// Open prepares Terraform for a stack's folder. The process's own environment is kept, with the given variables over
// it. What Terraform prints goes to progress.
func Open(executable, folder string, environment map[string]string, progress io.Writer) (*Stack, error) {
	merged := map[string]string{}
	for _, pair := range os.Environ() {
		name, value, _ := strings.Cut(pair, "=")
		merged[name] = value
	}
	for name, value := range environment {
		merged[name] = value
	}
	// terraform-exec sets some variables by itself, and refuses them here.
	merged = tfexec.CleanEnv(merged)

	tf, err := tfexec.NewTerraform(folder, executable)
	if err != nil {
		return nil, fmt.Errorf("preparing Terraform: %w", err)
	}
	if err := tf.SetEnv(merged); err != nil {
		return nil, fmt.Errorf("preparing Terraform: %w", err)
	}
	tf.SetStdout(progress)
	return &Stack{Terraform: tf, executable: executable, folder: folder, environment: merged, progress: progress}, nil
}

// Init installs the providers that the lock file names, and no others. terraform-exec has no option for that.
func (s *Stack) Init(ctx context.Context) error {
	return s.Run(ctx, "init", "-input=false", "-no-color", "-lockfile=readonly")
}

// writesStateWithin is how long Terraform may take to end after an interrupt. It needs the time to write to its state
// what it has created.
const writesStateWithin = time.Minute

// Run runs a Terraform command. When the context is done, Terraform is interrupted, and Run waits until it has written
// its state. terraform-exec's own methods return at once where that happens while Terraform starts.
func (s *Stack) Run(ctx context.Context, arguments ...string) error {
	command := exec.CommandContext(ctx, s.executable, arguments...)
	command.Dir = s.folder
	for name, value := range s.environment {
		command.Env = append(command.Env, name+"="+value)
	}
	// A terminal's Ctrl-C goes to this process only, and comes once: at the second one Terraform would drop everything.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = writesStateWithin
	var printed strings.Builder
	command.Stdout = s.progress
	command.Stderr = &printed
	if arguments[0] == "init" {
		command.Stdout = io.MultiWriter(s.progress, &printed) // it tells the half of what went wrong here
	}
	if err := command.Run(); err != nil {
		return fmt.Errorf("running terraform %s: %w\n%s", arguments[0], err, strings.TrimSpace(printed.String()))
	}
	return nil
}
