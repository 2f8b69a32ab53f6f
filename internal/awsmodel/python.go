package awsmodel

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Installed opens the models of the botocore that is installed together with moto. The project's folder is where its
// virtual environment may be.
func Installed(ctx context.Context, project string) (*Models, error) {
	python, err := FindPython(project)
	if err != nil {
		return nil, err
	}
	return Find(ctx, python)
}

// findMoto returns moto_server from PATH, else from the project's virtual environment.
func findMoto(project string) (string, error) {
	if found, err := exec.LookPath("moto_server"); err == nil {
		return found, nil
	}
	installed := filepath.Join(project, ".venv", "bin", "moto_server")
	if _, err := os.Stat(installed); err != nil {
		return "", errors.New("found no moto_server on the PATH or in .venv; install it with: make tools")
	}
	return installed, nil
}

// FindPython returns the Python that moto_server runs with: the one of the script's first line, or, where a version
// manager put a script of its own in its place, the one beside it.
func FindPython(project string) (string, error) {
	script, err := findMoto(project)
	if err != nil {
		return "", err
	}
	script, err = filepath.EvalSymlinks(script)
	if err != nil {
		return "", err
	}
	file, err := os.Open(script)
	if err != nil {
		return "", err
	}
	defer file.Close() //nolint:errcheck // it is only read
	first, _ := bufio.NewReader(file).ReadString('\n')
	command, ok := strings.CutPrefix(strings.TrimSpace(first), "#!")
	if ok && strings.HasPrefix(filepath.Base(command), "python") {
		return command, nil
	}
	return exec.LookPath(filepath.Join(filepath.Dir(script), "python3"))
}
