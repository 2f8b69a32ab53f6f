package commands

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-cdk-go/cdktf"
	"github.com/spf13/cobra"

	"webapp/internal/git"
	"webapp/internal/synth"
	"webapp/internal/tfstack"
	"webapp/settings"
	"webapp/stacks"
)

// source says which settings a command works on. Flags have precedence over the CDKTF context, and that over the
// defaults.
type source struct {
	file, environment, vpcName string
	preview                    string
	context                    [][2]string // of the flag -c, in order

	onlyCheck bool // even a file without a stack

	stack    string           // the only one
	set      []settings.Value // of the flag --set, in order
	deployed string           // a file with the outputs of the deployed stack
	values   []settings.Value // from outside of the settings file, once resolved
}

// addFlags gives a command the options that all commands have that read settings.
func (s *source) addFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&s.file, "settings", "webapp.yaml", "settings `file`")
	flags.StringVar(&s.environment, "environment", "", "use only this `environment` of the settings file")
	flags.StringVar(&s.preview, "preview", "", "use only the preview of this `name`, such as pr-123")
	const usage = "set `key=value` of the CDKTF context: vpcname, settings, environment or preview"
	flags.FuncP("context", "c", usage, func(pair string) error {
		key, value, ok := strings.Cut(pair, "=")
		if _, known := s.options()[key]; !known || !ok {
			return errors.New("write vpcname=…, settings=…, environment=… or preview=…")
		}
		if value == "" {
			return fmt.Errorf("%s has no value; write one, or leave the option out", key)
		}
		s.context = append(s.context, [2]string{key, value})
		return nil
	})
	flags.StringVar(&s.stack, "stack", "", "use only the stack of this `name`")
	const setUsage = "give a setting another value than the file, `path=value`, such as container.image=shop:1.4.2"
	flags.FuncP("set", "", setUsage, func(pair string) error {
		path, text, ok := strings.Cut(pair, "=")
		if !ok || path == "" {
			return errors.New("write a setting and its value, such as container.image=shop:1.4.2")
		}
		s.set = append(s.set, settings.Value{Place: "--set", Path: path, Text: text})
		return nil
	})
	flags.StringVar(&s.deployed, "set-from", "", "give settings the values that --set gave the deployed stack, from a "+
		"`file` of terraform output -json; - is standard input")
	_ = cmd.MarkFlagFilename("settings", "yaml", "yml") // it exists
	_ = cmd.MarkFlagFilename("set-from", "json")        // it exists
}

// options are those that the CDKTF context can set, by its keys.
func (s *source) options() map[string]*string {
	return map[string]*string{
		"settings": &s.file, "environment": &s.environment, "vpcname": &s.vpcName, "preview": &s.preview,
	}
}

// resolve lets the CDKTF context set what no flag has set.
func (s *source) resolve(cmd *cobra.Command) error {
	options := s.options()
	for _, name := range []string{"environment", "preview", "stack"} {
		// In a script, an empty variable would choose every stack instead of one.
		if flag := cmd.Flags().Lookup(name); flag.Changed && flag.Value.String() == "" {
			return fmt.Errorf("--%s is empty; write the name of one, or leave the option out", name)
		}
	}
	for key := range options {
		if cmd.Flags().Changed(key) {
			options[key] = new(string) // the context's value is checked, but has no effect
		}
	}
	ofContext, err := readContext(options)
	if err != nil {
		return err
	}
	for _, pair := range s.context {
		*options[pair[0]] = pair[1]
	}
	ofDeployed, err := readDeployed(cmd.InOrStdin(), s.deployed)
	if err != nil {
		return err
	}
	s.values = lastOfEach(slices.Concat(ofDeployed, ofContext, s.set))
	return nil
}

// load reads the stacks of the settings file.
func (s *source) load(cmd *cobra.Command) ([]settings.Stack, error) {
	if err := s.resolve(cmd); err != nil {
		return nil, err
	}
	return s.loadFile(s.file)
}

// loadFile is load for another file. The source is resolved.
func (s *source) loadFile(file string) ([]settings.Stack, error) {
	return settings.Load(file, settings.Options{
		Environment: s.environment, Stack: s.stack, Preview: s.preview, Set: s.values, VPCName: s.vpcName,
		OnlyCheck: s.onlyCheck, Commit: git.LastChange(file), Now: time.Now(),
	})
}

// output is the folder that stacks are written to.
type output struct{ folder string }

func (o *output) addFlags(cmd *cobra.Command) {
	folder := os.Getenv("CDKTF_OUTDIR") // by which CDKTF's command line says where it looks for them
	if folder == "" {
		folder = "cdktf.out"
	}
	cmd.Flags().StringVar(&o.folder, "outdir", folder, "write the stacks into this `folder`")
	_ = cmd.MarkFlagDirname("outdir") // it exists
}

// write synthesizes stacks into a folder, for a command that needs Node for nothing else.
func (p Program) write(folder string, all []settings.Stack) error {
	return synth.Run(func() error { return p.synthesize(folder, all) })
}

// synthesize writes stacks into a folder, within synth.Run.
func (p Program) synthesize(folder string, all []settings.Stack) error {
	if folder == "" {
		return errors.New("--outdir is empty; write the name of a folder, such as cdktf.out")
	}
	return synth.Write(folder, p.LockFile, func(app cdktf.App) error { return stacks.Build(app, all...) })
}

func stackNames(all []settings.Stack) []string {
	var names []string
	for _, s := range all {
		names = append(names, s.StackName())
	}
	return names
}

// stackFile is where a stack is written within the output folder.
func stackFile(folder, stack string) string {
	return filepath.Join(folder, "stacks", stack, tfstack.File)
}
