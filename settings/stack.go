package settings

import (
	"path/filepath"
)

// Stack is one stack of a settings file, complete and checked.
type Stack struct {
	ID
	Source Source
	Settings

	// Notes say what is worth knowing about the stack although nothing is wrong with it. See the function Notes.
	Notes Problems `json:"-"`
}

// ID tells the stacks of a file apart.
type ID struct {
	// Environment is the environment's name, "" if the file has none.
	Environment string
	// AdditionalRegion is the region's name if the stack is in one of its environment's additional regions, "" in the
	// environment's primary region.
	AdditionalRegion string
	// PrimaryRegion is the environment's own region: aws.region without what an additional region lays over it. It is ""
	// if the file does not say it.
	PrimaryRegion string
}

// Source says what a stack is made from, for its tags.
type Source struct {
	// File is the settings file as it was named, if it is below the working folder; otherwise the last part of its path.
	File string
	// Commit that last changed the file, "" if that is unknown.
	Commit string
}

// sourceFile shortens a path outside the working folder, which means nothing to others, to its last part.
func sourceFile(path string) string {
	if path = filepath.Clean(path); !filepath.IsLocal(path) {
		path = filepath.Base(path)
	}
	return filepath.ToSlash(path)
}

// StackName names the stack, and what exists once in it: "webapp", "webapp-staging", "webapp-staging-us-east-1". The
// name of a stack in the primary region has no region, so that adding regions renames nothing.
func (s Stack) StackName() string {
	name := s.Name
	for _, part := range []string{s.Environment, s.AdditionalRegion} {
		if part != "" {
			name += "-" + part
		}
	}
	return name
}
