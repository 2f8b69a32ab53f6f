// Package reference generates the settings reference, docs/settings.md, from the types and doc comments of package
// settings.
package reference

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"unicode"

	"webapp/internal/configfile"
	"webapp/settings"
)

// source is the parsed package settings.
type source struct {
	types map[string]typeDeclaration
	// named has what the types stand for that are not sections: text, mostly.
	named map[string]ast.Expr
	// values has the allowed values of the types that list them.
	values map[string][]string
	text   strings.Builder
	// rendered has the place where each type was described.
	rendered map[string]string
	paths    []string
	// missing lists settings without a doc comment.
	missing []string
}

type typeDeclaration struct {
	name   string
	fields *ast.StructType
	doc    string
}

// Markdown returns the reference for the folder of package settings, with a section for each section of the file and a
// line for each setting. A setting without a doc comment is an error.
func Markdown(folder string) (string, error) {
	s, err := render(folder)
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(s.text.String()) + "\n", nil
}

// Settings lists the path of every setting and section.
func Settings(folder string) ([]string, error) {
	s, err := render(folder)
	if err != nil {
		return nil, err
	}
	return s.paths, nil
}

func render(folder string) (*source, error) {
	s, err := read(folder)
	if err != nil {
		return nil, err
	}
	s.section("", s.types["Settings"])
	if len(s.missing) > 0 {
		return nil, fmt.Errorf("no doc comment on %s", strings.Join(s.missing, ", "))
	}
	return s, nil
}

func read(folder string) (*source, error) {
	s := &source{
		types: map[string]typeDeclaration{}, named: map[string]ast.Expr{}, values: map[string][]string{},
		rendered: map[string]string{"Workload": "the top of the file"},
	}
	collectValues(reflect.TypeFor[settings.Settings](), s.values)
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			return nil, fmt.Errorf("reading the settings' types: %w", err)
		}
		s.collect(parsed)
	}
	return s, nil
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
			structure, isSection := named.Type.(*ast.StructType)
			if !isSection {
				s.named[named.Name.Name] = named.Type
				continue
			}
			s.types[named.Name.Name] = typeDeclaration{name: named.Name.Name, fields: structure, doc: general.Doc.Text()}
		}
	}
}

// collectValues finds the types below a type that list their allowed values.
func collectValues(t reflect.Type, values map[string][]string) {
	if listed, ok := reflect.Zero(t).Interface().(configfile.Enumerated); ok {
		values[t.Name()] = listed.Allowed()
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		collectValues(t.Elem(), values)
	case reflect.Struct:
		for _, field := range reflect.VisibleFields(t) {
			collectValues(field.Type, values)
		}
	default: // has nothing below it
	}
}

// section renders the settings of a section, then its inner sections. A type that is used in several places is rendered
// where it comes first; the others refer to it.
func (s *source) section(path string, part typeDeclaration) {
	type inner struct {
		path string
		typ  typeDeclaration
	}
	var parts []inner
	fields := s.fieldsOf(part)
	siblings := fileNames(fields)
	for _, field := range fields {
		at := strings.TrimPrefix(path+"."+yamlKey(field), ".")
		name, suffix := typeName(field.Type)
		kind, isPart := s.types[name]
		doc := field.Doc.Text()
		s.paths = append(s.paths, at)
		switch {
		case isPart:
			kind.name = name
			if doc != "" {
				kind.doc = doc
			}
			parts = append(parts, inner{at + suffix, kind})
		case doc == "":
			s.missing = append(s.missing, at)
		default:
			fmt.Fprintf(&s.text, "- `%s` (%s): %s\n", at, s.describeType(field.Type)+s.describeConstraint(field),
				sentence(field.Names[0].Name, doc, siblings))
		}
	}
	for _, p := range parts {
		if p.typ.doc == "" {
			s.missing = append(s.missing, p.path)
		}
		fmt.Fprintf(&s.text, "\n## `%s`\n\n%s", p.path, sentence("", p.typ.doc, nil))
		if first, ok := s.rendered[p.typ.name]; ok {
			fmt.Fprintf(&s.text, " Its settings are those of %s.\n", first)
			continue
		}
		s.rendered[p.typ.name] = "`" + p.path + "`"
		s.text.WriteString("\n\n")
		s.section(p.path, p.typ)
	}
}

// fileNames maps the Go names of settings to their keys in the file.
func fileNames(fields []*ast.Field) map[string]string {
	names := map[string]string{}
	for _, field := range fields {
		names[field.Names[0].Name] = yamlKey(field)
	}
	return names
}

// fieldsOf lists the settings of a section, including those of embedded types.
func (s *source) fieldsOf(part typeDeclaration) []*ast.Field {
	var fields []*ast.Field
	for _, field := range part.fields.Fields.List {
		switch {
		case len(field.Names) == 0:
			name, _ := typeName(field.Type)
			if embedded, ok := s.types[name]; ok {
				fields = append(fields, s.fieldsOf(embedded)...)
			}
		case yamlKey(field) != "":
			fields = append(fields, field)
		}
	}
	return fields
}

// yamlKey returns the field's key in the file, or "" if a file cannot set it.
func yamlKey(field *ast.Field) string {
	if field.Tag == nil || len(field.Names) != 1 {
		return ""
	}
	key := reflect.StructTag(strings.Trim(field.Tag.Value, "`")).Get("yaml")
	return strings.TrimSuffix(key, "-")
}

// sentence turns a doc comment into one line. It drops the Go name at the beginning ("Max is the maximum"), and
// replaces the Go names of other settings by their keys.
func sentence(name, doc string, siblings map[string]string) string {
	words := strings.Fields(doc)
	for i, word := range words[1:] {
		bare := strings.Trim(word, ".,;:")
		isOwnName := i+2 < len(words) && bare == word && unicode.IsUpper(rune(words[i+2][0])) // Secrets Manager
		if key, ok := siblings[bare]; ok && bare != name && !isOwnName {
			words[i+1] = strings.Replace(word, bare, "`"+key+"`", 1)
		}
	}
	switch next := words[1]; {
	case next == "is" || next == "are":
		words = words[2:]
	case len(next) > 3 && strings.HasSuffix(next, "s"): // "Public faces", "Network creates"
		words = words[1:]
	case words[0] == name:
		words[0] = humps.ReplaceAllStringFunc(name, func(hump string) string { // "TimeZone that cron is read in"
			return hump[:1] + " " + strings.ToLower(hump[1:])
		})
	}
	text := strings.Join(words, " ")
	return strings.ToUpper(text[:1]) + text[1:]
}

// humps matches the beginnings of words in a Go name, except abbreviations.
var humps = regexp.MustCompile(`[a-z][A-Z][a-z]`)

// typeName returns the name of a section's type, and the suffix of its path: the name or index of an entry.
func typeName(expression ast.Expr) (name, suffix string) {
	switch t := expression.(type) {
	case *ast.StarExpr:
		return typeName(t.X)
	case *ast.MapType:
		name, suffix = typeName(t.Value)
		return name, ".NAME" + suffix
	case *ast.ArrayType:
		name, suffix = typeName(t.Elt)
		return name, "[]" + suffix
	case *ast.Ident:
		return t.Name, ""
	}
	return "", ""
}

// describeConstraint returns the allowed values of a setting, from the tags and types that the program checks.
func (s *source) describeConstraint(field *ast.Field) string {
	if name, _ := typeName(field.Type); s.values[name] != nil {
		return ": " + strings.Join(s.values[name], ", ")
	}
	tags := reflect.StructTag(strings.Trim(field.Tag.Value, "`"))
	if words := tags.Get("enum"); words != "" {
		return ": " + strings.ReplaceAll(words, ",", ", ")
	}
	bounds, ok := tags.Lookup("range")
	if !ok {
		return ""
	}
	low, high, _ := strings.Cut(bounds, ",")
	if strings.HasPrefix(high, fmt.Sprint(math.MaxInt32)) {
		return ": " + low + " or more"
	}
	return ": " + low + " to " + high
}

// describeType names a setting's type in the terms of a settings file.
func (s *source) describeType(expression ast.Expr) string {
	switch t := expression.(type) {
	case *ast.ArrayType:
		return "list of " + s.describeType(t.Elt)
	case *ast.MapType:
		return s.describeType(t.Value) + " by name"
	case *ast.InterfaceType:
		return "anything"
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
		case "any":
			return "anything"
		case "bool":
			return "true or false"
		}
		if underlying, ok := s.named[t.Name]; ok {
			return s.describeType(underlying)
		}
	}
	s.missing = append(s.missing, fmt.Sprintf("(the reference cannot describe %T)", expression))
	return ""
}
