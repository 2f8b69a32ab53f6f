package awsmodel

import (
	"bytes"
	"encoding/xml"
)

// element is an element of XML.
type element struct {
	XMLName    xml.Name
	Attributes []xml.Attr `xml:",any,attr"`
	Text       string     `xml:",chardata"`
	Children   []element  `xml:",any"`
}

func readXML(body []byte) (element, error) {
	var root element
	err := xml.NewDecoder(bytes.NewReader(body)).Decode(&root)
	return root, err
}

func (s *Shape) fromXML(e element) any {
	switch s.Type {
	case "structure":
		return s.structureFromXML(e)
	case "list":
		list := []any{}
		for _, child := range e.Children {
			list = append(list, s.Element.fromXML(child))
		}
		return list
	}
	return s.scalar(e.Text)
}

func (s *Shape) structureFromXML(e element) any {
	object := map[string]any{}
	for _, attribute := range e.Attributes {
		for name, member := range s.Members {
			if member.LocationName == "xsi:"+attribute.Name.Local {
				object[name] = member.scalar(attribute.Value)
			}
		}
	}
	for _, child := range e.Children {
		name, member := s.memberInXML(child.XMLName.Local)
		switch {
		case member == nil:
			object[name] = child.Text
		case member.Type == "list" && (member.Flattened || member.Shape.Flattened):
			list, _ := object[name].([]any)
			object[name] = append(list, member.Element.fromXML(child))
		default:
			object[name] = member.fromXML(child)
		}
	}
	return object
}

// memberInXML returns the member that an element of this name is, and the model's name of it.
func (s *Shape) memberInXML(sent string) (string, *Member) {
	for name, member := range s.Members {
		if member.Location == "" && orElse(member.LocationName, name) == sent {
			return name, member
		}
	}
	return sent, nil
}
