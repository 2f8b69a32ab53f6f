package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"webapp/internal/given"
	"webapp/internal/tfstack"
	"webapp/settings"
)

// prepare creates on the local AWS what the settings of the stacks take as given, and returns it by the stacks' names.
// The folder keeps what was created, so that the next `up` creates only what is new.
func (h Home) prepare(
	ctx context.Context, s server, all []settings.Stack, out io.Writer,
) (map[string]given.Preparation, error) {
	record, err := h.readRecord()
	if err != nil {
		return nil, err
	}
	prepared := map[string]given.Preparation{}
	for _, one := range all {
		p, err := given.Prepare(ctx, s.URL, s.Account, one, record)
		if len(p.Created) > 0 {
			step(out, "Created what %s takes as given: %s", one.StackName(), strings.Join(p.Created, ", "))
		}
		if err := errors.Join(err, h.writeRecord(record)); err != nil {
			return nil, err
		}
		prepared[one.StackName()] = p
	}
	return prepared, nil
}

func (h Home) recordFile() string { return h.path("given.json") }

func (h Home) readRecord() (given.Record, error) {
	record := given.Record{}
	text, err := os.ReadFile(h.recordFile())
	if errors.Is(err, fs.ErrNotExist) {
		return record, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &record)
	}
	if err != nil {
		return nil, fmt.Errorf("reading what was created before: %w; %s", err, startAgain)
	}
	return record, nil
}

func (h Home) writeRecord(record given.Record) error {
	text, err := json.Marshal(record)
	if err != nil {
		return err
	}
	return os.WriteFile(h.recordFile(), text, 0o600)
}

// adapt has a synthesized stack use what was prepared for it, and the local AWS.
func (h Home) adapt(s server, one settings.Stack, prepared given.Preparation) error {
	if pairs := prepared.Pairs(); len(pairs) > 0 {
		file := filepath.Join(h.stackFolder(one.StackName()), "cdk.tf.json")
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		actual := strings.NewReplacer(pairs...).Replace(string(text))
		if err := os.WriteFile(file, []byte(actual), 0o600); err != nil {
			return err
		}
	}
	return h.override(s, one)
}

type object = map[string]any

// override puts the stack's state beside the output, wherever the settings would have it: that is not on the local AWS.
// And it gives Terraform a role and a region where the settings leave these to the AWS environment.
func (h Home) override(s server, one settings.Stack) error {
	stack := one.StackName()
	path, err := filepath.Rel(h.stackFolder(stack), h.stateFile(stack))
	if err != nil {
		return err
	}
	provider, where := object{}, object{}
	if role := given.Role(one.AWS, s.Account); role != "" {
		provider["assume_role"], where["role"] = object{"role_arn": role}, role
	}
	if region := given.Region(one); region != "" {
		provider["region"], where["region"] = region, region
	}
	releases, err := h.overrideReleases(stack, where)
	if err != nil {
		return err
	}
	override := object{
		"terraform": object{"backend": object{"local": object{"path": path}}},
		"provider":  object{"aws": provider},
	}
	if len(releases) > 0 {
		override["resource"] = object{"terraform_data": releases}
	}
	text, err := json.Marshal(override)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(h.stackFolder(stack), "local_override.tf.json"), text, 0o600)
}

// overrideReleases returns what gives the commands before a release the same role and region as Terraform, by the names
// of their resources.
func (h Home) overrideReleases(stack string, where object) (object, error) {
	synthesized, err := tfstack.Read(filepath.Join(h.stackFolder(stack), tfstack.File))
	if err != nil {
		return nil, err
	}
	releases := object{}
	for _, r := range synthesized.Resources("terraform_data") {
		if input := r.Block("input"); r.Get("provisioner") != nil && len(where) > 0 {
			maps.Copy(input, where)
			releases[r.Name] = object{"input": input}
		}
	}
	return releases, nil
}
