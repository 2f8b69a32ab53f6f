package settings

import (
	"path/filepath"
)

// Stack is one stack of a settings file, complete and checked.
type Stack struct {
	ID
	Source Source
	// Set has the values that come from outside of the file, by the paths of their settings.
	Set map[string]string `json:",omitempty"`
	// Expires is the last day of a preview, such as 2026-12-31, "" for other stacks.
	Expires string `json:",omitempty"`
	Settings

	// Notes are hints about the stack that are not mistakes. See the function Notes.
	Notes Problems `json:"-"`
}

// ID identifies a stack of a file.
type ID struct {
	// Environment is the environment's name, "" if the file has none.
	Environment string
	// PreviewName is the name of the preview that the stack is, "" if it is none.
	PreviewName string `json:",omitempty"`
	// AdditionalRegion is the region's name if the stack is in one of its environment's additional regions, "" in the
	// environment's primary region.
	AdditionalRegion string
	// PrimaryRegion is the environment's own region: aws.region without the overlay of an additional region, "" if the
	// file does not set it.
	PrimaryRegion string
}

// Source says where a stack comes from, for its tags.
type Source struct {
	// File is the path of the settings file as it was given, if it is below the working folder; otherwise only its last
	// part.
	File string
	// Commit is the commit that last changed the file, "" if it is unknown.
	Commit string
}

// sourceFile shortens a path outside the working folder, which means nothing to others, to its last part.
func sourceFile(path string) string {
	if path = filepath.Clean(path); !filepath.IsLocal(path) {
		path = filepath.Base(path)
	}
	return filepath.ToSlash(path)
}

// StackName names the stack and its unique resources: "webapp", "webapp-staging", "webapp-staging-us-east-1",
// "webapp-preview-pr-123". The name of a stack in the primary region does not contain it, so that adding regions
// renames nothing.
func (s Stack) StackName() string {
	name := s.Name
	for _, part := range []string{s.Environment, s.PreviewName, s.AdditionalRegion} {
		if part != "" {
			name += "-" + part
		}
	}
	return name
}
