package settings

import (
	"maps"
	"regexp"
	"slices"

	"webapp/internal/configfile"
	"webapp/internal/credentials"
)

// checkVariable reports a variable or a label that contains a credential, or whose name suggests one. In a variable
// that everybody may read, only what nobody publishes counts.
func checkVariable(c configfile.Checker, name, value string) {
	isPublished := publicName.MatchString(name)
	switch {
	case isPublished && credentials.FindUnpublished(value) == "":
	case credentials.Find(value) != "":
		checkNoCredential(c, value)
	case credentials.Named(name, value):
		c.Problemf("has a name that suggests a secret, which would be readable in the file, the state and the " +
			"console; put it into Secrets Manager, and write its ARN under secrets")
	}
}

// publicName matches the variables that web frameworks put into the pages that they serve, where anybody reads them.
// Sources: the documentation of Next.js, Nuxt, Expo, Gatsby, Vite, Create React App, Vue CLI, SvelteKit and Astro.
var publicName = regexp.MustCompile(`^((NEXT_|NUXT_|EXPO_)?PUBLIC|GATSBY|VITE|REACT_APP|VUE_APP)_`)

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
