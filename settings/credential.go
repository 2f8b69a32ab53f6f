package settings

import (
	"maps"
	"slices"

	"webapp/internal/configfile"
	"webapp/internal/credentials"
)

// checkNoCredential reports a text that holds a credential, without repeating it: problems end up in logs.
func checkNoCredential(c configfile.Checker, text string) {
	if what := credentials.Find(text); what != "" {
		c.Problemf("holds what looks like %s; it would be readable in the file, the state and the console: "+
			"put it into Secrets Manager, and its ARN into the container's secrets", what)
	}
}

// checkNoCredentials does so for all texts of a value: the items of a list, and the values and keys of a mapping.
func checkNoCredentials(c configfile.Checker, value any) {
	switch v := value.(type) {
	case string:
		checkNoCredential(c, v)
	case []any:
		for _, item := range v {
			checkNoCredentials(c, item)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			checkNoCredential(c, key)
			checkNoCredentials(c, v[key])
		}
	}
}
