package review

import (
	"fmt"
	"strings"

	"webapp/settings"
)

const (
	// Limits on what is shown, so that the comment stays readable and GitHub accepts it.
	mostDifferences = 12
	mostCharacters  = 120
	mostResources   = 150
	mostText        = 60_000 // GitHub takes 65,536 in a comment
)

// Markdown renders the summary as a comment on a pull request.
func (s Summary) Markdown(title string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n", s.headline(title))
	if s.Partial {
		b.WriteString("**The plan covers only a part of the stack (-target).**\n\n")
	}
	writeCommands(&b, s.Commands)
	var dangerous, agreed, replaced, others []Change
	commits := 0
	for _, c := range s.Changes {
		switch {
		case c.onlyCommit():
			commits++
		case c.Risk != "" && !c.Allowed:
			dangerous = append(dangerous, c)
		case c.Risk != "":
			agreed = append(agreed, c)
		case c.Kind == Destroyed || c.Kind == DestroyBeforeCreate || c.Kind == Replaced || c.Kind == Forgotten:
			replaced = append(replaced, c)
		default:
			others = append(others, c)
		}
	}
	writeRisks(&b, "**Dangerous: this stops or loses something.**", dangerous)
	if len(dangerous) > 0 && s.AllowFile != "" {
		fmt.Fprintf(&b, "To agree to it, add to %s on this branch, with a reason of your own:\n\n```\n",
			code(s.AllowFile))
		for _, c := range dangerous {
			fmt.Fprintf(&b, "%s # why this is fine\n", c.Address)
		}
		b.WriteString("```\n\n")
	}
	writeRisks(&b, "Dangerous, but allowed:", agreed)
	if len(replaced) > 0 {
		b.WriteString("Destroyed or replaced:\n\n")
		list(&b, replaced, true)
	}
	for _, kind := range []Kind{Changed, Created, Imported, Moved} {
		var of []Change
		for _, c := range others {
			if c.Kind == kind {
				of = append(of, c)
			}
		}
		if len(of) == 0 {
			continue
		}
		if kind == Changed {
			b.WriteString("Changed in place:\n\n")
			list(&b, of, true)
			continue
		}
		details(&b, fmt.Sprintf("%d %s", len(of), kind), of, kind != Created)
	}
	if commits > 0 {
		fmt.Fprintf(&b, "Only the tag %s changes on %s.\n\n", code(settings.CommitTag), count(commits, "resource"))
	}
	if len(s.Outputs) > 0 {
		details(&b, count(len(s.Outputs), "output"), s.Outputs, true)
	}
	if len(s.Drift) > 0 {
		details(&b, fmt.Sprintf("Changed outside of Terraform since the last apply: %s",
			count(len(s.Drift), "resource")), s.Drift, true)
	}
	for _, unused := range s.UnusedAllowances {
		fmt.Fprintf(&b, "%s is allowed, but %s.\n\n", code(unused.Address), unused.Reason)
	}
	text := b.String()
	if len(text) > mostText {
		text = text[:strings.LastIndex(text[:mostText], "\n")] + "\n\n</details>\n\n**Cut here: the plan is too " +
			"long for a comment.**\n\n"
	}
	return text + fmt.Sprintf("Digest of what would be done: `%s`\n", s.Digest())
}

// headline counts the kinds.
func (s Summary) headline(title string) string {
	counts := map[string]int{}
	for _, c := range s.Changes {
		switch c.Kind {
		case DestroyBeforeCreate, Replaced:
			counts["replaced"]++
		case Forgotten:
			counts["no longer managed"]++
		default:
			counts[strings.Fields(string(c.Kind))[0]]++
		}
	}
	var parts []string
	for _, word := range []string{"destroyed", "replaced", "no longer managed", "created", "changed", "taken",
		"moved"} {
		if n := counts[word]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, strings.Replace(word, "taken", "taken over", 1)))
		}
	}
	switch {
	case s.Empty():
		parts = []string{"nothing to do"}
	case len(s.Changes) == 0:
		parts = []string{"only outputs change"}
	}
	return fmt.Sprintf("%s: %s, %d unchanged", code(title), strings.Join(parts, ", "), s.Unchanged)
}

func writeRisks(b *strings.Builder, title string, changes []Change) {
	if len(changes) == 0 {
		return
	}
	fmt.Fprintf(b, "%s\n\n| Resource | What happens | What it means |\n|---|---|---|\n", title)
	for _, c := range changes {
		fmt.Fprintf(b, "| %s | %s%s | %s |\n", cell(code(c.Address)), c.Kind, cell(reason(c)), c.Risk)
	}
	b.WriteString("\n")
}

// reason lists the differences that force a replacement or cause the risk.
func reason(c Change) string {
	var because []string
	for _, d := range c.Differences {
		if d.Forces || c.Kind == Changed {
			because = append(because, code(d.Path)+" "+arrow(d))
		}
	}
	if len(because) == 0 {
		return ""
	}
	if more := len(because) - 3; more > 0 {
		because = append(because[:3], fmt.Sprintf("%d more", more))
	}
	return ": " + strings.Join(because, ", ")
}

// details writes a list that is folded until the reader opens it.
func details(b *strings.Builder, title string, changes []Change, withDifferences bool) {
	fmt.Fprintf(b, "<details><summary>%s</summary>\n\n", title)
	list(b, changes, withDifferences)
	b.WriteString("</details>\n\n")
}

func list(b *strings.Builder, changes []Change, withDifferences bool) {
	for i, c := range changes {
		if i == mostResources {
			fmt.Fprintf(b, "- and %s\n", count(len(changes)-i, "more resource"))
			break
		}
		what := ""
		switch {
		case c.Kind == Destroyed || c.Kind == DestroyBeforeCreate || c.Kind == Replaced || c.Kind == Forgotten:
			what = ": " + string(c.Kind)
		case c.From != "":
			what = ": from " + code(c.From)
		}
		fmt.Fprintf(b, "- %s%s\n", code(c.Address), what)
		if !withDifferences {
			continue
		}
		shown := c.Differences
		if c.Kind == Replaced || c.Kind == DestroyBeforeCreate {
			shown = known(shown) // most values of a new resource are unknown
		}
		for j, d := range shown {
			if j == mostDifferences {
				fmt.Fprintf(b, "  - and %d more\n", len(shown)-j)
				break
			}
			forces := ""
			if d.Forces {
				forces = ", which forces a new one"
			}
			if d.Path == "" {
				fmt.Fprintf(b, "  - %s%s\n", arrow(d), forces)
				continue
			}
			fmt.Fprintf(b, "  - %s: %s%s\n", code(d.Path), arrow(d), forces)
		}
	}
	b.WriteString("\n")
}

func known(all []Difference) []Difference {
	var told []Difference
	for _, d := range all {
		if d.After != unknown || d.Forces {
			told = append(told, d)
		}
	}
	return told
}

func arrow(d Difference) string { return value(d.Before) + " → " + value(d.After) }

func value(text string) string {
	switch text {
	case "":
		return "none"
	case sensitive, unknown:
		return text
	}
	if runes := []rune(text); len(runes) > mostCharacters {
		text = string(runes[:mostCharacters]) + "…"
	}
	return code(text)
}

// code makes a code span of any text: with more backticks around it than are in it.
func code(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	fence := "`"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	if fence != "`" {
		text = " " + text + " "
	}
	return fence + text + fence
}

// cell escapes a text for a cell of a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
