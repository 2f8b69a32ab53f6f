package awsmodel

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Find opens the models that are installed beside a moto_server.
func Find(ctx context.Context, motoServer string) (*Models, error) {
	python, err := interpreter(motoServer)
	if err != nil {
		return nil, err
	}
	// -I: nothing of the user's environment or of the current folder is imported instead.
	const where = "import importlib.util; print(importlib.util.find_spec('botocore').submodule_search_locations[0])"
	output, err := exec.CommandContext(ctx, python, "-I", "-c", where).Output()
	if err != nil {
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			return nil, fmt.Errorf("asking %s for botocore: %w\n%s", python, err, exit.Stderr)
		}
		return nil, fmt.Errorf("asking %s for botocore: %w", python, err)
	}
	return Open(filepath.Join(strings.TrimSpace(string(output)), "data")), nil
}

// interpreter returns the Python that a script runs with: the one of its first line, or, where a version manager put a
// script of its own in its place, the one beside it.
func interpreter(script string) (string, error) {
	script, err := filepath.EvalSymlinks(script)
	if err != nil {
		return "", err
	}
	file, err := os.Open(script)
	if err != nil {
		return "", err
	}
	defer file.Close() //nolint:errcheck // it is only read
	first, _ := bufio.NewReader(file).ReadString('\n')
	if command, ok := strings.CutPrefix(strings.TrimSpace(first), "#!"); ok && strings.HasPrefix(filepath.Base(command), "python") {
		return command, nil
	}
	return exec.LookPath(filepath.Join(filepath.Dir(script), "python3"))
}
