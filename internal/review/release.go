package review

import (
	"fmt"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"

	"webapp/settings"
)

// Command is a command that an apply would run before a release.
type Command struct {
	Address, Container string
	Words              []string
}

// command returns the command that a change would run.
func command(r *tfjson.ResourceChange) (Command, bool) {
	after, _ := r.Change.After.(map[string]any)
	input, _ := after["input"].(map[string]any)
	if r.Type != "terraform_data" || input["startedBy"] != settings.ReleaseStarter || !creates(r.Change.Actions) {
		return Command{}, false
	}
	c := Command{Address: r.Address}
	c.Container, _ = input["container"].(string)
	words, _ := input["command"].([]any)
	for _, word := range words {
		c.Words = append(c.Words, fmt.Sprint(word))
	}
	return c, true
}

func creates(actions tfjson.Actions) bool { return actions.Create() || actions.Replace() }

func writeCommands(b *strings.Builder, commands []Command) {
	for _, c := range commands {
		fmt.Fprintf(b, "Before any new task starts, this runs once in %s, and the release ends if it fails: %s\n\n",
			code(c.Container), code(strings.Join(c.Words, " ")))
	}
}
