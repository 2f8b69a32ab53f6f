package engine

import (
	"context"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// between is what stands between the commands of a script.
var between = regexp.MustCompile(`\s*(?:;|&&|\n)\s*`)

// shells are the programs that are given a script after -c.
var shells = []string{"ash", "bash", "dash", "sh", "zsh"}

// perform does in a stand-in what it can of a container's command, and returns the exit code. It runs no program, as it
// has none of the image's and must not use this machine's: every command succeeds at once but "false", "exit CODE" and
// "sleep SECONDS"; "echo TEXT" writes the text. In a script the first command that fails is the last.
func perform(ctx context.Context, entryPoint, command []string, stdout io.Writer) int {
	if len(entryPoint)+len(command) == 0 {
		takeForDone("the image's own command", stdout)
		return 0
	}
	for _, words := range commandsIn(entryPoint, command) {
		if len(words) == 0 {
			continue
		}
		code, ended := performOne(ctx, words, stdout)
		if ended || code != 0 {
			return code
		}
	}
	return 0
}

// commandsIn splits a script into its commands. A command that is no script is one.
func commandsIn(entryPoint, command []string) (commands [][]string) {
	for _, words := range [][]string{slices.Concat(entryPoint, command), command} {
		if len(words) > 2 && slices.Contains(shells, path.Base(words[0])) && isScriptFlag(words[1]) {
			for _, one := range between.Split(words[2], -1) {
				commands = append(commands, strings.Fields(one))
			}
			return commands
		}
	}
	if len(command) == 0 {
		return [][]string{entryPoint}
	}
	return [][]string{command}
}

// isScriptFlag finds -c, -ec and the like.
func isScriptFlag(word string) bool {
	return strings.HasPrefix(word, "-") && strings.HasSuffix(word, "c")
}

func performOne(ctx context.Context, words []string, stdout io.Writer) (code int, ended bool) {
	argument := ""
	if len(words) > 1 {
		argument = words[1]
	}
	switch words[0] {
	case "true":
	case "false":
		return 1, false
	case "exit":
		code, _ = strconv.Atoi(argument) // without a number it is 0
		return code & 0xff, true
	case "echo":
		fmt.Fprintln(stdout, strings.Trim(strings.Join(words[1:], " "), `'"`))
	case "sleep":
		seconds, _ := strconv.ParseFloat(argument, 64)
		select {
		case <-time.After(time.Duration(seconds * float64(time.Second))):
		case <-ctx.Done():
			return 128 + int(syscall.SIGTERM), true
		}
	default:
		takeForDone(strings.Join(words, " "), stdout)
	}
	return 0, false
}

func takeForDone(command string, stdout io.Writer) {
	fmt.Fprintln(stdout, "a stand-in has no programs, and takes this for done:", command)
}
