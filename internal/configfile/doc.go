// Package configfile reads YAML settings files into Go structs and checks them.
//
// A file goes through these steps, each in its own file:
//
//	read      read.go     the file, or what comes from a pipe
//	parse     file.go     YAML text → nodes with line and column; yaml.go wraps the YAML library, merge.go merges (<<)
//	decode    decode.go   nodes → the caller's struct: defaults, then the file, then the overlays of one target
//	derive    the caller  values that follow from others, where the file does not give them
//	check     reading.go  the rules of every section; all problems of the file are reported at once
//
// A setting that cannot be read gets the value that its message says to write instead, if there is one. So the rules
// apply to that too, and the message never says to write what they refuse.
//
// The package does not know what the settings mean. A caller supplies the struct and a Format: the keys of the
// overlays and the words that lead to settings. A struct within it may have these methods:
//
//	SetDefaults   Defaulter   the values of settings that the file leaves out
//	Check         Checkable   the rules of the section
//	ResetOthers   Union       for members that exclude each other
//	ShorthandKey  Shorthand   the setting that a bare value is meant for
//	FromText      FromText    how to write what other tools write as one text
//
// # Overlays
//
// A value that an overlay gives replaces the one below it; mappings are merged key by key; lists are replaced as a
// whole. null restores the default, as if the key were absent from the file; it removes an optional section, even one
// that exists by default. A key without any value restores nothing. A list or mapping that restricts something (tag
// "empty") can be neither empty nor null.
//
// # Stricter than YAML
//
// A file is one document in UTF-8, without duplicate keys and tags. Numbers are plain decimals, because
// YAML's versions disagree about 010, and only true and false are boolean. A text may look like a number: an account id
// needs no quotes. The texts in lists and mappings may look like anything: FALSE, 0x10 and 1.10 stay as written.
//
// # Tags
//
//	yaml    the setting's key
//	was     the former name of the key: the message for it says the new one
//	secret  true: no message repeats the value; it, or what is mistaken for it, may be secret
//	empty   what to write into a list or mapping that restricts something, if it is present but empty
//	unit    what the number counts, for advice to people who write another unit
//	list    of a number: the key of the setting that takes a list instead
//	shape   of a list: words or shell, for people who write a command as one text; of a mapping: an entry's value
package configfile
