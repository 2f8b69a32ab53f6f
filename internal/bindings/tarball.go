package bindings

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
)

const (
	assemblyFile = "package/.jsii"        // jsii's type information
	indexFile    = "package/lib/index.js" // what Node loads, and with it every submodule
	manifestFile = "package/package.json"
)

// cutTarball writes the provider's npm package with the used submodules only.
func (p Plan) cutTarball(source, target string) error {
	assembly, err := p.readAssembly(source)
	if err != nil {
		return err
	}
	folders, err := p.folders(assembly)
	if err != nil {
		return err
	}
	cut, err := cutAssembly(assembly, folders)
	if err != nil {
		return err
	}
	var written bytes.Buffer
	compressed := gzip.NewWriter(&written)
	archive := tar.NewWriter(compressed)
	add := func(name string, content []byte) error {
		return errors.Join(
			archive.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content)), Format: tar.FormatUSTAR}),
			ignoreCount(archive.Write(content)))
	}
	used := map[string]bool{}
	for _, folder := range folders {
		used["package/lib/"+folder] = true
	}
	err = eachFile(source, func(name string, content io.Reader) error {
		switch {
		case name == assemblyFile:
			return add(name, cut)
		case name == indexFile:
			return add(name, index(folders))
		case name == manifestFile, used[path.Dir(name)] && strings.HasSuffix(name, ".js"):
			text, err := io.ReadAll(content)
			if err != nil {
				return err
			}
			return add(name, text)
		}
		return nil
	})
	if err := errors.Join(err, archive.Close(), compressed.Close()); err != nil {
		return err
	}
	return os.WriteFile(target, written.Bytes(), 0o644)
}

// assembly is jsii's description of an npm package, as far as it is to be cut.
type assembly map[string]json.RawMessage

func (p Plan) readAssembly(source string) (assembly, error) {
	var a assembly
	err := eachFile(source, func(name string, content io.Reader) error {
		if name != assemblyFile {
			return nil
		}
		return json.NewDecoder(content).Decode(&a)
	})
	if err == nil && a == nil {
		err = errors.New("the package has no type information (.jsii)")
	}
	return a, err
}

// folders maps the full name of each used submodule ("@cdktf/provider-aws.lbListener") to its folder ("lb-listener"). A Go
// package has the name of its submodule in lower case.
func (p Plan) folders(a assembly) (map[string]string, error) {
	var submodules map[string]struct {
		SymbolID string `json:"symbolId"` // src/lb-listener/index:
	}
	if err := json.Unmarshal(a["submodules"], &submodules); err != nil {
		return nil, fmt.Errorf("reading the submodules: %w", err)
	}
	folders := map[string]string{}
	for name, submodule := range submodules {
		_, short, _ := strings.Cut(name, ".")
		if slices.Contains(p.Packages, strings.ToLower(short)) {
			folders[name] = strings.TrimSuffix(strings.TrimPrefix(submodule.SymbolID, "src/"), "/index:")
		}
	}
	if len(folders) != len(p.Packages) {
		return nil, fmt.Errorf("found %d submodules for the packages %v", len(folders), p.Packages)
	}
	return folders, nil
}

// cutAssembly keeps the types of the used submodules.
func cutAssembly(a assembly, used map[string]string) ([]byte, error) {
	cut := maps.Clone(a)
	for _, part := range []string{"submodules", "types"} {
		var members map[string]json.RawMessage
		if err := json.Unmarshal(a[part], &members); err != nil {
			return nil, fmt.Errorf("reading the %s: %w", part, err)
		}
		maps.DeleteFunc(members, func(name string, _ json.RawMessage) bool {
			// @cdktf/provider-aws.lbListener.LbListener is in @cdktf/provider-aws.lbListener.
			pieces := strings.SplitN(name, ".", 3)
			return len(pieces) < 2 || used[pieces[0]+"."+pieces[1]] == ""
		})
		text, err := json.Marshal(members)
		if err != nil {
			return nil, err
		}
		cut[part] = text
	}
	return json.Marshal(cut)
}

// index is what Node loads first: the used submodules.
func index(folders map[string]string) []byte {
	var text bytes.Buffer
	text.WriteString("\"use strict\";\n")
	for _, name := range slices.Sorted(maps.Keys(folders)) {
		_, short, _ := strings.Cut(name, ".")
		fmt.Fprintf(&text, "exports.%s = require(\"./%s\");\n", short, folders[name])
	}
	return text.Bytes()
}

// eachFile walks the files of a tarball.
func eachFile(tarball string, visit func(name string, content io.Reader) error) error {
	file, err := os.Open(tarball)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // it was only read
	compressed, err := gzip.NewReader(file)
	if err != nil {
		return fmt.Errorf("reading %s: %w", tarball, err)
	}
	archive := tar.NewReader(compressed)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading %s: %w", tarball, err)
		}
		if header.Typeflag != tar.TypeReg {
			continue
		}
		if err := visit(header.Name, archive); err != nil {
			return err
		}
	}
}

func ignoreCount(_ int, err error) error { return err }
