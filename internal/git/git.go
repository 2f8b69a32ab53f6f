// Package git asks git about a file.
package git

import (
	"os/exec"
	"path/filepath"
	"strings"
)

// LastChange is the commit that last changed a file, with "-changed" behind it where the file has changed since. It is
// empty where that is unknown: without git, outside a repository, for a file that was never committed, and in a shallow
// clone, which has not got the commits that would tell.
func LastChange(file string) string {
	ask := func(arguments ...string) string {
		command := exec.Command("git", append([]string{"-C", filepath.Dir(file)}, arguments...)...) //nolint:gosec // the file is an argument of git
		output, err := command.Output()
		if err != nil {
			return ""
		}
		return strings.TrimSpace(string(output))
	}
	name := filepath.Base(file)
	if ask("rev-parse", "--is-shallow-repository") != "false" {
		return ""
	}
	commit := ask("log", "-1", "--format=%H", "--", name)
	if commit != "" && ask("status", "--porcelain", "--", name) != "" {
		commit += "-changed"
	}
	return commit
}
