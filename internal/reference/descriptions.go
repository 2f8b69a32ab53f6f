package reference

import "go/ast"

// Descriptions returns the description of each setting in the reference, by the name of its section's type and its key:
// "Task.cpu".
func Descriptions(folder string) (map[string]string, error) {
	s, err := read(folder)
	if err != nil {
		return nil, err
	}
	texts := map[string]string{}
	for name, part := range s.types {
		fields := s.fieldsOf(part)
		for _, field := range fields {
			if text := s.describe(field, fileNames(fields)); text != "" {
				texts[name+"."+yamlKey(field)] = text
			}
		}
	}
	return texts, nil
}

// describe returns a setting's doc comment, or that of its type.
func (s *source) describe(field *ast.Field, siblings map[string]string) string {
	if doc := field.Doc.Text(); doc != "" {
		return sentence(field.Names[0].Name, doc, siblings)
	}
	name, _ := typeName(field.Type)
	if doc := s.types[name].doc; doc != "" {
		return sentence(name, doc, nil)
	}
	return ""
}
