// Package ghtest is as much of GitHub's command line as the scripts of a pipeline use, on files. It is for tests.
package ghtest

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/itchyny/gojq"
)

// Main is the program gh.
func Main() {
	if err := gh(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "gh:", err)
		os.Exit(1)
	}
}

// gh runs a command: `gh api PATH --jq …` answers with the file of that path below the folder github, and with another
// method what is sent is written there, in a file whose name ends with the method's.
func gh(args []string) error {
	if len(args) == 0 || args[0] != "api" {
		return fmt.Errorf("no such command: %v", args)
	}
	flags := flag.NewFlagSet("gh api", flag.ContinueOnError)
	method := flags.String("method", "GET", "")
	query := flags.String("jq", ".", "")
	body := flags.String("f", "", "")
	flags.Bool("paginate", false, "")
	flags.Bool("silent", false, "")
	var paths []string
	for rest := args[1:]; len(rest) > 0; {
		if !strings.HasPrefix(rest[0], "-") {
			paths, rest = append(paths, rest[0]), rest[1:]
			continue
		}
		if err := flags.Parse(rest); err != nil {
			return err
		}
		rest = flags.Args()
	}
	if len(paths) != 1 {
		return fmt.Errorf("%d paths: %v", len(paths), paths)
	}
	file := filepath.Join("github", filepath.FromSlash(paths[0]))
	if *method != "GET" {
		text, ok := strings.CutPrefix(*body, "body=")
		if !ok {
			return fmt.Errorf("no body: %s", *body)
		}
		file += "." + *method
		return errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text+"\n"), 0o600))
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("HTTP 404: %w", err)
	}
	var answer any
	if err := json.Unmarshal(text, &answer); err != nil {
		return err
	}
	parsed, err := gojq.Parse(*query)
	if err != nil {
		return err
	}
	for found := parsed.Run(answer); ; {
		value, ok := found.Next()
		switch v := value.(type) {
		case error:
			return v
		case string:
			fmt.Println(v)
		default:
			if !ok {
				return nil
			}
			line, err := json.Marshal(v)
			if err != nil {
				return err
			}
			fmt.Println(string(line))
		}
	}
}
