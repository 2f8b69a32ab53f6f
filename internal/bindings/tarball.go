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
	"path/filepath"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"

	"webapp/internal/snapshot"
)

const (
	assemblyFile = "package/.jsii"        // jsii's type information
	indexFile    = "package/lib/index.js" // what Node loads, and with it every submodule
	manifestFile = "package/package.json"
)

// npmPackage is the part of an npm package that jsii needs: its files by name, its type information among them.
type npmPackage map[string][]byte

// shrinkTarball rewrites the npm package of a Go module: without what is not in use, with all JavaScript in one file,
// and with type information that says no more than the kernel asks.
func (p Plan) shrinkTarball(module string, read func(p Plan, tarball string) (npmPackage, error)) error {
	tarballs, err := filepath.Glob(filepath.Join(module, "jsii", "*.tgz"))
	if err != nil || len(tarballs) != 1 {
		return fmt.Errorf("%d tarballs in %s, %w", len(tarballs), module, err)
	}
	files, err := read(p, tarballs[0])
	if err != nil {
		return err
	}
	script, err := files.bundle()
	if err != nil {
		return err
	}
	types, err := trim(files[assemblyFile])
	if err != nil {
		return err
	}
	return writeTarball(tarballs[0], npmPackage{
		manifestFile: files[manifestFile], assemblyFile: types, indexFile: snapshot.Mark(script, types),
	})
}

// ownNames gives exported classes their names back, which errors hold: esbuild writes App = class _App. (Its KeepNames
// does it for every function too, which a large synth takes 6 % more processor time for.)
const ownNames = `for (const [name, value] of Object.entries(module.exports))
  if (typeof value === "function" && value.name === "_" + name) Object.defineProperty(value, "name", { value: name });`

// needless are pieces of CDKTF, each with what does the same with less work.
var needless = []string{
	// It loads what zips an asset at each start: a tenth of the time that a start takes.
	`const archiver = require("archiver");`, `const archiver = (...options) => require("archiver")(...options);`,
	// For every value that it writes, it composes the path that an error would name.
	`const pathName = "/" + prefix.join("/");`, `const pathName = { toString: () => "/" + prefix.join("/") };`,
	// It looks for tokens in every value, three times, and makes objects for the search. Most values are plain: texts
	// without the mark of a token, which is TfToken[ or the exponent of a number, and small numbers.
	`// This file should not be exported to consumers, resolving should happen through Construct.resolve()`,
	`const isPlain = (x) => typeof x === "string"
  ? !x.includes("TfToken[") && !/[-|\d.+]e[-|\d.eE+]/.test(x) && !x.endsWith("Map Token Value")
  : typeof x === "boolean" || x === null || Number.isSafeInteger(x) && x >= 0;`,
	`const resolvedKey = makeContext()[0].resolve(key);`,
	`const resolvedKey = isPlain(key) ? key : makeContext()[0].resolve(key);`,
	`const value = makeContext(key)[0].resolve(obj[key]);`,
	`const value = isPlain(obj[key]) ? obj[key] : makeContext(key)[0].resolve(obj[key]);`,
	".map((x, i) => makeContext(`${i}`)[0].resolve(x))",
	".map((x, i) => (isPlain(x) ? x : makeContext(`${i}`)[0].resolve(x)))",
	// It evaluates every stack once only to find references to other stacks. A single stack has none.
	`stacks.forEach((stack) => stack.prepareStack());`,
	`stacks.forEach((stack) => (stacks.length > 1 ? stack.prepareStack() : stack.ensureBackendExists()));`,
}

// bundle puts the package's JavaScript, and that of the packages in it, into one file: Node spends more time on finding
// and opening 600 files than on running them. Other jsii packages stay what they are, since all must share them.
func (files npmPackage) bundle() ([]byte, error) {
	folder, err := os.MkdirTemp("", "bindings-*")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	shorter := strings.NewReplacer(needless...)
	for name, content := range files {
		target := filepath.Join(folder, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(target), 0o755),
			os.WriteFile(target, []byte(shorter.Replace(string(content))), 0o600)); err != nil {
			return nil, err
		}
	}
	result := api.Build(api.BuildOptions{
		EntryPoints:      []string{filepath.FromSlash(indexFile)},
		AbsWorkingDir:    folder, // or its name, another one each time, would be in the bundle
		Bundle:           true,
		External:         []string{"cdktf", "constructs"},
		Platform:         api.PlatformNode,
		Target:           api.ES2022,
		Format:           api.FormatCommonJS,
		MinifyWhitespace: true,
		MinifySyntax:     true, // but no names: classes are found by theirs
		Footer:           map[string]string{"js": ownNames},
		LegalComments:    api.LegalCommentsEndOfFile,
		Outfile:          "index.js",
	})
	if len(result.Errors) > 0 {
		return nil, fmt.Errorf("bundling: %s", result.Errors[0].Text)
	}
	return result.OutputFiles[0].Contents, nil
}

// unread are the keys of the type information that the kernel does not read: only people and generators do.
var unread = []string{
	"docs", "readme", "locationInModule", "symbolId", "namespace", "assembly", "abstract", "overrides", "protected",
}

// trim leaves out of type information what the kernel does not read.
func trim(assembly []byte) ([]byte, error) {
	var all any
	if err := json.Unmarshal(assembly, &all); err != nil {
		return nil, fmt.Errorf("reading the type information: %w", err)
	}
	var strip func(any)
	strip = func(value any) {
		switch value := value.(type) {
		case map[string]any:
			for _, key := range unread {
				delete(value, key)
			}
			for _, member := range value {
				strip(member)
			}
		case []any:
			for _, item := range value {
				strip(item)
			}
		}
	}
	strip(all)
	return json.Marshal(all)
}

func writeTarball(target string, files npmPackage) error {
	var written bytes.Buffer
	compressed := gzip.NewWriter(&written)
	archive := tar.NewWriter(compressed)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		header := &tar.Header{Name: name, Mode: 0o644, Size: int64(len(files[name])), Format: tar.FormatUSTAR}
		if err := errors.Join(archive.WriteHeader(header), ignoreCount(archive.Write(files[name]))); err != nil {
			return err
		}
	}
	if err := errors.Join(archive.Close(), compressed.Close()); err != nil {
		return err
	}
	return os.WriteFile(target, written.Bytes(), 0o644)
}

// whole reads all of a package.
func (p Plan) whole(tarball string) (npmPackage, error) { return readAll(tarball) }

func readAll(tarball string) (npmPackage, error) {
	files := npmPackage{}
	err := eachFile(tarball, func(name string, content io.Reader) (err error) {
		files[name], err = io.ReadAll(content)
		return err
	})
	return files, err
}

// cutToUse reads the provider's package with the used submodules only.
func (p Plan) cutToUse(tarball string) (npmPackage, error) {
	all, err := readAssembly(tarball)
	if err != nil {
		return nil, err
	}
	folders, err := p.folders(all)
	if err != nil {
		return nil, err
	}
	cut, err := cutAssembly(all, folders)
	if err != nil {
		return nil, err
	}
	used := map[string]bool{}
	for _, folder := range folders {
		used["package/lib/"+folder] = true
	}
	files := npmPackage{}
	err = eachFile(tarball, func(name string, content io.Reader) (err error) {
		if name == manifestFile || used[path.Dir(name)] && strings.HasSuffix(name, ".js") {
			files[name], err = io.ReadAll(content)
		}
		return err
	})
	files[assemblyFile], files[indexFile] = cut, index(folders)
	return files, err
}

// assembly is jsii's description of an npm package, as far as it is to be cut.
type assembly map[string]json.RawMessage

func readAssembly(tarball string) (assembly, error) {
	var a assembly
	err := eachFile(tarball, func(name string, content io.Reader) error {
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

// folders maps the full name of each used submodule ("@cdktf/provider-aws.lbListener") to its folder ("lb-listener"). A
// Go package has the name of its submodule in lower case.
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
