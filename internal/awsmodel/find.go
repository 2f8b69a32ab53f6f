package awsmodel

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// Find opens the models of the botocore that is installed for a Python.
func Find(ctx context.Context, python string) (*Models, error) {
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
