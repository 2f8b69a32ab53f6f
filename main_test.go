package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"webapp/internal/synth"
)

// TestMain makes the program itself a command of the scripts: it runs in a process of its own.
func TestMain(m *testing.M) {
	synth.Prepare() // also removes what jsii has put into the temporary folder by now
	testscript.Main(m, map[string]func(){"webapp": main})
}

// TestProgram runs the scripts: the program as a user does, with its files, messages and exit codes.
func TestProgram(t *testing.T) {
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(env *testscript.Env) error {
			env.Setenv("ROOT", root)
			return nil
		},
	})
}
