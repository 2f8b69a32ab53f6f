// Package settings describes one web service on AWS as plain data with defaults and rules.
//
// Each section of the settings file (webapp.yaml) has a file of its own here, with its type, its defaults and its
// rules. Package configfile reads the YAML into these types; load.go says how, and what the stacks of a file are.
// Values that depend on others are derived after decoding, before the rules are checked. The package returns settings
// only if they have no problems.
//
// The package does not depend on YAML or CDKTF, so its tests need no jsii and run in milliseconds.
//
// # Adding a setting
//
//  1. Add the field, with its doc comment and yaml name, to the section's type.
//  2. Set its default in SetDefaults and its rule in Check, both in the same file.
//  3. Add a file to testdata/bad with the message that a wrong value gets.
//  4. Use it in one of the examples: a test names the settings that are in none.
package settings
