package settings

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"webapp/internal/configfile"
	"webapp/internal/credentials"
)

// checkWords checks a program and its arguments, of which any may be empty: redis-server --save "".
func checkWords(c configfile.Checker, words []string) {
	for i, text := range words {
		if i == 0 && text == "" {
			c.Index(i).Problemf("is empty; write the program to run")
		}
		checkWord(c.Index(i), words, i)
		if isOperator(words, i) {
			c.Index(i).Notef("%q is an argument of the program, since no shell reads it; to have one read the whole line, "+
				"write "+lineForShell, text)
		}
	}
}

const lineForShell = "[sh, -c, the line]"

// checkWord reports a word of a command that contains a credential, or follows an option for one.
func checkWord(c configfile.Checker, words []string, i int) {
	if i > 0 && credentials.Option(words[i-1], words[i]) {
		c.Problemf("is the value of %s, so it is likely a secret, which would be readable in the file, the state and the "+
			"console; put it into Secrets Manager, write its ARN under the container's secrets, and let the program read "+
			"that variable", words[i-1])
		return
	}
	checkNoCredential(c, words[i])
}

// isOperator reports whether a word would join commands if a shell read it. An option may have such a value:
// cut -d "|".
func isOperator(words []string, i int) bool {
	return i > 0 && slices.Contains(shellOperators, words[i]) && !strings.HasPrefix(words[i-1], "-")
}

var shellOperators = []string{"&&", "||", "|", ">", ">>", "2>&1"}

// checkCommand checks what a container runs: a command after its entry point.
func (o *ContainerSettings) checkCommand(c configfile.Checker, command []string) {
	if len(command) == 0 {
		return
	}
	entry := len(o.EntryPoint)
	words := slices.Concat(o.EntryPoint, command)
	line := shellLine(words)
	checkShell(c, words, line, entry)
	noteVariables(c, command, line-entry, lineForShell)
	o.noteProgram(c, command)
}

var (
	shells      = []string{"sh", "bash", "ash", "dash", "ksh", "zsh"}
	shellOption = regexp.MustCompile(`^[-+][A-Za-z]+$`)
	// inits are programs whose arguments are the program to run and its arguments.
	inits = []string{"--", "tini", "tini-static", "dumb-init", "catatonit", "exec"}
	// notArguments are what people write as the name of a script, $0, before its arguments.
	notArguments = []string{"--", "-", "_", "sh", "bash"}
	// shellVariable matches one that a shell would replace. Programs have their own notations, such as ${env:PORT}.
	shellVariable = regexp.MustCompile(`\$(\{[A-Za-z_]\w*\}|[A-Za-z_]\w*)`)
)

// shellLine returns the place of the line that a shell among the words reads because of its option -c, or -1.
func shellLine(words []string) int {
	for i, word := range words {
		isValue := i > 0 && words[i-1] != "--" && strings.HasPrefix(words[i-1], "-") // such as su -s /bin/sh
		if isValue || !slices.Contains(shells, path.Base(word)) {
			continue
		}
		for j := i + 1; j < len(words) && shellOption.MatchString(words[j]); j++ {
			switch option := words[j]; {
			case option[0] == '-' && strings.Contains(option, "c") && j+1 < len(words):
				return j + 1
			case strings.HasSuffix(option, "o"): // such as -euo pipefail
				j++
			}
		}
	}
	return -1
}

// checkShell reports words that a shell does not read: it runs the one after -c, for which the others are $0, $1 and so
// on. Where the line is a command of several words, what follows may be $0 alone.
// Source: POSIX, sh.
func checkShell(c configfile.Checker, words []string, line, entry int) {
	if line < 0 || line+1 >= len(words) || strings.Contains(words[line], "$") {
		return
	}
	rest := words[line+1:]
	if slices.Contains(notArguments, rest[0]) {
		rest = rest[1:]
	}
	if len(rest) == 0 {
		return
	}
	whole := strings.Join(words[line:], " ")
	switch isWord := !strings.ContainsAny(words[line], " \t\n"); {
	case line < entry:
		c.Problemf("has no effect: the shell of the entry point runs only %q, which does not read its arguments; remove "+
			"this line, or end the entry point with sh, -c and write the whole line as one item here", words[line])
	case isWord && line == entry && entry > 0:
		c.Problemf("the shell of the entry point runs only its first word, %q, and ignores the others; write the whole line "+
			"as one item: [%q]", words[line], whole)
	case isWord:
		c.Index(line-entry).Problemf("the shell runs only %q, and ignores the words after it; write the whole line as one "+
			"item after -c: %q", words[line], whole)
	default:
		c.Index(line-entry+1).Notef("the shell runs only the item after -c, and ignores what follows it; write the whole "+
			"line as one item after -c: %q", whole)
	}
}

// noteVariables notes variables in words that no shell reads, other than the line at the given place.
func noteVariables(c configfile.Checker, words []string, line int, advice string) {
	for i, word := range words {
		if found := shellVariable.FindString(word); found != "" && i != line && !strings.ContainsAny(word, " \t\n") {
			c.Index(i).Notef("the program gets %s literally, since no shell reads it; to have one replace it, write %s",
				found, advice)
		}
	}
}

// noteProgram notes a command whose program has a space in its name. The image may have an entry point that takes a
// whole line.
func (o *ContainerSettings) noteProgram(c configfile.Checker, command []string) {
	if !strings.Contains(command[0], " ") {
		return
	}
	const advice = "a program of that name is looked for; write each of its words as an item of its own, such as %s"
	words := configfile.CommandList(strings.Join(command, " "))
	switch entry := len(o.EntryPoint); {
	case entry == 0:
		c.Index(0).Notef("%q is one word: unless the image has an entry point that takes a whole line, "+advice, command[0],
			words)
	case slices.Contains(inits, path.Base(o.EntryPoint[entry-1])):
		c.Index(0).Notef("%q is one word: "+advice, command[0], words)
	}
}

// checkProgram checks a program after CMD, which no shell reads.
func (h *ContainerHealthCheck) checkProgram(c configfile.Checker) {
	words := h.Command[1:]
	line := shellLine(h.Command)
	for i := range h.Command {
		if word := h.Command[i]; (word == "||" || word == "&&") && isOperator(h.Command, i) && line < 0 {
			c.Problemf("has %s after CMD, where it is an argument of %s, since no shell reads it; write [CMD-SHELL, %q]", word,
				words[0], strings.Join(words, " "))
			return
		}
	}
	if line >= 0 {
		checkShell(c, h.Command, line, 0)
	}
	noteVariables(c, h.Command, line, "[CMD-SHELL, the line]")
}
