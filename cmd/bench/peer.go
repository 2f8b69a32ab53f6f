package main

import (
	_ "embed"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
)

// The article's stack in the AWS CDK, in its own language and in this project's.
var (
	//go:embed peers/app.js
	inJavaScript []byte
	//go:embed peers/app.go
	inGo []byte
)

// peers are the AWS CDK's programs, fetched into the temporary folder: the project never depends on them.
func (b *bench) peers() ([]testCase, error) {
	javascript, golang := filepath.Join(b.folder, "cdk-js"), filepath.Join(b.folder, "cdk-go")
	err := errors.Join(
		os.Mkdir(javascript, 0o755), os.Mkdir(golang, 0o755),
		os.WriteFile(filepath.Join(javascript, "app.js"), inJavaScript, 0o600),
		os.WriteFile(filepath.Join(golang, "app.go"), inGo, 0o600),
		b.in(javascript, "npm", "install", "--prefix", javascript, "--no-fund", "--no-audit",
			"aws-cdk-lib@2.276.0", "constructs@10.8.1"),
		b.in(golang, "go", "mod", "init", "peer"),
		b.in(golang, "go", "get", "github.com/aws/aws-cdk-go/awscdk/v2@v2.219.0"),
		b.in(golang, "go", "build", "-mod=mod", "-o", "app", "app.go"),
	)
	if err != nil {
		return nil, err
	}
	return []testCase{
		b.peer("synth, against AWS CDK in JavaScript", 0.2, javascript, "", "node", "app.js"),
		b.peer("synth, against that without its validation", 0.9, javascript, "CDK_VALIDATION=false", "node", "app.js"),
		b.peer("synth, against AWS CDK in Go", 0.35, golang, "", filepath.Join(golang, "app")),
	}, nil
}

// in runs a command that is not measured, in a folder.
func (b *bench) in(folder, name string, args ...string) error {
	command := exec.CommandContext(b.ctx, name, args...)
	command.Dir = folder
	command.Env = append(os.Environ(), "GOWORK=off")
	_, err := b.measure(command)
	return err
}

// peer compares the project's program with one that takes the output folder as an argument.
func (b *bench) peer(name string, target float64, folder, environment string, program ...string) testCase {
	return testCase{name: name, target: target, runs: runs, command: func(variant int) *exec.Cmd {
		if variant == 0 {
			return b.synth(0, "examples/webapp.yaml")
		}
		command := exec.CommandContext(b.ctx, program[0],
			append(program[1:], filepath.Join(b.folder, "cdk.out"))...)
		command.Dir = folder
		command.Env = append(os.Environ(), environment)
		return command
	}}
}
