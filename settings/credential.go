package settings

import (
	"maps"
	"slices"

	"webapp/internal/configfile"
	"webapp/internal/credentials"
)

// checkNoCredential reports a text that contains a credential. The message does not repeat it, since messages end up in
// logs.
func checkNoCredential(c configfile.Checker, text string) {
	if what := credentials.Find(text); what != "" {
		c.Problemf("contains what looks like %s, which would be readable in the file, the state and the console; put "+
			"it into Secrets Manager, and write its ARN under the container's secrets", what)
	}
}

// checkNoCredentials applies checkNoCredential to all texts in a value: the items of a list, and the keys and values of
// a mapping.
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
