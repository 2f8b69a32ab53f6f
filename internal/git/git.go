// Package git runs git to find out about a file.
package git

import (
	"os/exec"
	"path/filepath"
	"strings"
)

// LastChange returns the commit that last changed a file, followed by "-changed" if the file has changed since. It is
// empty if that is unknown: without git, outside a repository, for a file that was never committed, and in a shallow
// clone, which lacks the commits.
func LastChange(file string) string {
	ask := func(arguments ...string) string {
		arguments = append([]string{"-C", filepath.Dir(file)}, arguments...)
		command := exec.Command("git", arguments...)
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
