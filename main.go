// Webapp turns a settings file into the Terraform JSON of a web service on AWS, and helps before and after: it checks
// the file, deploys it to an AWS on this machine, simulates its scaling, and reviews Terraform's plans. CDKTF runs it
// without arguments, as cdktf.json says; `webapp --help` lists its commands.
package main

import (
	_ "embed"
	"os"

	"webapp/internal/commands"
)

// lockFile is written beside every stack, so that Terraform installs the same provider wherever the program runs.
//
//go:embed .terraform.lock.hcl
var lockFile []byte

//go:embed generated/webapp.schema.json
var schema []byte

func main() {
	program := commands.Program{LockFile: lockFile, Schema: schema}
	os.Exit(program.Run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
