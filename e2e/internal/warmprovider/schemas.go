package warmprovider

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// cuttable are the answers that describe every type of a provider: for each, the numbers of the fields that map a
// type's name to its description, and the kind of block that the type is for. The numbers are those of Terraform's
// plugin protocol, https://github.com/hashicorp/terraform/blob/v1.11.4/docs/plugin-protocol/tfplugin5.8.proto
var cuttable = map[string]map[protowire.Number]string{
	getSchema: {2: resource, 3: data, 8: ephemeral},
	"/tfplugin5.Provider/GetResourceIdentitySchemas": {1: resource},
}

// cut leaves out what a message says of types that are not kept.
func cut(message []byte, fields map[protowire.Number]string, keep *Types) ([]byte, error) {
	var kept []byte
	for len(message) > 0 {
		number, wireType, tagLength := protowire.ConsumeTag(message)
		if tagLength < 0 {
			return nil, fmt.Errorf("reading the provider's schemas: %w", protowire.ParseError(tagLength))
		}
		valueLength := protowire.ConsumeFieldValue(number, wireType, message[tagLength:])
		if valueLength < 0 {
			return nil, fmt.Errorf("reading the provider's schemas: %w", protowire.ParseError(valueLength))
		}
		field := message[:tagLength+valueLength]
		message = message[len(field):]
		if kind, ok := fields[number]; ok {
			typ, err := mapKey(field[tagLength:])
			if err != nil {
				return nil, err
			}
			if !keep.has(kind, typ) {
				continue
			}
		}
		kept = append(kept, field...)
	}
	return kept, nil
}

// mapKey returns the key of a map's entry: a message whose first field it is.
func mapKey(entry []byte) (string, error) {
	entry, length := protowire.ConsumeBytes(entry)
	if length < 0 {
		return "", fmt.Errorf("reading the provider's schemas: %w", protowire.ParseError(length))
	}
	for len(entry) > 0 {
		number, wireType, tagLength := protowire.ConsumeTag(entry)
		if tagLength < 0 {
			return "", fmt.Errorf("reading the provider's schemas: %w", protowire.ParseError(tagLength))
		}
		entry = entry[tagLength:]
		if number == 1 && wireType == protowire.BytesType {
			key, length := protowire.ConsumeString(entry)
			return key, protowire.ParseError(min(length, 0))
		}
		valueLength := protowire.ConsumeFieldValue(number, wireType, entry)
		if valueLength < 0 {
			return "", fmt.Errorf("reading the provider's schemas: %w", protowire.ParseError(valueLength))
		}
		entry = entry[valueLength:]
	}
	return "", nil
}
