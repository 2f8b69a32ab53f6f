// Package settings says what is wanted: one web service on AWS, as plain data with defaults and rules.
//
// A settings file (webapp.yaml) goes through five phases, each in its own file:
//
//	read      read.go     the file, or what comes from a pipe
//	parse     file.go     YAML text → nodes that know their line and column; yaml.go reads the YAML itself
//	decode    decode.go   nodes → Settings: the defaults, then the file, then the environment laid over it
//	derive    *.go        values that follow from others, where the file does not give them
//	check     *.go        the rules; every problem of the file is reported at once
//
// Only Settings that passed all five leave the package. It knows nothing of CDKTF, so its tests need no jsii and
// answer in milliseconds.
//
// # Laying an environment over the base
//
// A value that the environment gives replaces the base's; a mapping is merged key by key; a list is replaced as a
// whole. null takes back what the base gives, as if it did not have the key; an optional section is gone (scaling:
// null), also where it is there by default. A key with nothing behind it takes nothing back. What restricts something
// (tag "empty") can be neither empty nor null. Naming another kind of network replaces the base's kind.
//
// # What is stricter than YAML
//
// One document, in UTF-8; no key twice; no merge keys and no tags. Numbers are plain decimals, for YAML's versions do
// not agree on 010; only true and false are truth values. A text may look like a number: an account id needs no quotes.
// The texts of lists and mappings may look like anything: FALSE, 0x10 and 1.10 stay what they are. A file has at most 1
// MiB, and its mappings and lists are at most 100 deep.
//
// # What the tags of a setting's field say
//
//	yaml    its key
//	secret  true: no message repeats the value; it, or what is mistaken for it, may be secret
//	empty   what to write into a list or mapping that restricts something, where it is there but empty
//	unit    what the number counts, for whoever writes another unit
//	shape   of a list: words or shell, for whoever writes a command as one text; of a mapping: the value of an entry
//
// # Adding a setting
//
//  1. Add the field, with its doc comment and yaml name, to the section's type.
//  2. Set its default in setDefaults and its rule in check, both in the same file.
//  3. Add a file to testdata/bad with the message a wrong value gets.
//  4. Use it in one of the examples: a test says which settings are in none.
package settings
