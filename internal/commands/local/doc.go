// Package local deploys stacks to an AWS on this machine, shows and loads what runs there, and destroys them: what
// `webapp local` does.
//
//	deploy.go  up and down: Terraform in each stack's folder
//	given.go   what the settings take as given, created on the local AWS before
//	server.go  the background process that is the local AWS, and how others reach it
//	logs.go    what the tasks write
//	stop.go    a task is stopped, and its service heals
//	load.go    a load, in pacer.go; what happens, in tally.go; and what the simulator predicts, in predict.go
//	lock.go    file locks, which the system releases whatever ends a process
package local
