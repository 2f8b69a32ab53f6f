// Package reference writes the settings reference of the README from the types and doc comments of package settings, so
// that a setting is described once, where it is declared.
package reference

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strings"
)

// source is the parsed package settings.
type source struct {
	types map[string]typeDeclaration
	text  strings.Builder
	// missing names what has no doc comment.
	missing []string
}

type typeDeclaration struct {
	fields *ast.StructType
	doc    string
}

// Markdown renders the reference of every setting in the folder of package settings: a section for each part of the file,
// a line for each setting. A setting without a doc comment is an error.
func Markdown(folder string) (string, error) {
	s := &source{types: map[string]typeDeclaration{}}
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return "", err
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			return "", fmt.Errorf("reading the settings' types: %w", err)
		}
		s.collect(parsed)
	}
	s.section("", s.types["Settings"])
	if len(s.missing) > 0 {
		return "", fmt.Errorf("no doc comment on %s", strings.Join(s.missing, ", "))
	}
	return strings.TrimSpace(s.text.String()) + "\n", nil
}

func (s *source) collect(file *ast.File) {
	for _, declaration := range file.Decls {
		general, ok := declaration.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range general.Specs {
			named, ok := spec.(*ast.TypeSpec)
			if !ok {
				continue
			}
			if structure, ok := named.Type.(*ast.StructType); ok {
				s.types[named.Name.Name] = typeDeclaration{fields: structure, doc: general.Doc.Text()}
			}
		}
	}
}

// section renders a part's settings, then the parts within it.
func (s *source) section(path string, part typeDeclaration) {
	type inner struct {
		path string
		typ  typeDeclaration
	}
	var parts []inner
	siblings := map[string]string{} // Go's name → the file's
	for _, field := range part.fields.Fields.List {
		if key := yamlKey(field); key != "" {
			siblings[field.Names[0].Name] = key
		}
	}
	for _, field := range part.fields.Fields.List {
		key := yamlKey(field)
		if key == "" {
			continue
		}
		at := strings.TrimPrefix(path+"."+key, ".")
		kind, isPart := s.types[typeName(field.Type)]
		doc := field.Doc.Text()
		switch {
		case isPart:
			if doc != "" {
				kind.doc = doc
			}
			parts = append(parts, inner{at, kind})
		case doc == "":
			s.missing = append(s.missing, at)
		default:
			fmt.Fprintf(&s.text, "- `%s` (%s): %s\n", at, describeType(field.Type), sentence(field.Names[0].Name, doc, siblings))
		}
	}
	for _, p := range parts {
		if p.typ.doc == "" {
			s.missing = append(s.missing, p.path)
		}
		fmt.Fprintf(&s.text, "\n#### `%s`\n\n%s\n\n", p.path, sentence("", p.typ.doc, nil))
		s.section(p.path, p.typ)
	}
}

// yamlKey is the field's key in the file; empty for one that no file can set.
func yamlKey(field *ast.Field) string {
	if field.Tag == nil || len(field.Names) != 1 {
		return ""
	}
	key := reflect.StructTag(strings.Trim(field.Tag.Value, "`")).Get("yaml")
	return strings.TrimSuffix(key, "-")
}

// sentence makes a doc comment one line. "Max is the most tasks" loses the Go name that it begins with, and the Go names
// of other settings become the file's.
func sentence(name, doc string, siblings map[string]string) string {
	words := strings.Fields(doc)
	for i, word := range words[1:] {
		bare := strings.Trim(word, ".,;:")
		if key, ok := siblings[bare]; ok && bare != name {
			words[i+1] = strings.Replace(word, bare, "`"+key+"`", 1)
		}
	}
	switch next := words[1]; {
	case next == "is" || next == "are":
		words = words[2:]
	case len(next) > 3 && strings.HasSuffix(next, "s"): // "Public faces", "Network creates"
		words = words[1:]
	}
	text := strings.Join(words, " ")
	return strings.ToUpper(text[:1]) + text[1:]
}

func typeName(expression ast.Expr) string {
	switch t := expression.(type) {
	case *ast.StarExpr:
		return typeName(t.X)
	case *ast.Ident:
		return t.Name
	}
	return ""
}

// describeType names a setting's type as a settings file has it.
func describeType(expression ast.Expr) string {
	switch t := expression.(type) {
	case *ast.ArrayType:
		return "list of " + describeType(t.Elt)
	case *ast.SelectorExpr: // time.Duration is the only one
		return "duration"
	case *ast.Ident:
		switch t.Name {
		case "string":
			return "text"
		case "int":
			return "whole number"
		case "float64":
			return "number"
		case "bool":
			return "true or false"
		}
	}
	return fmt.Sprintf("%T", expression)
}
