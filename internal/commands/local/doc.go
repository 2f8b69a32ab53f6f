// Package local deploys stacks to an AWS on this machine and destroys them: what `webapp local` does.
//
//	deploy.go  up and down: Terraform in each stack's folder
//	given.go   what the settings take as given, created on the local AWS before
//	server.go  the background process that is the local AWS, and how others reach it
//	lock.go    file locks, which the system releases whatever ends a process
package local
