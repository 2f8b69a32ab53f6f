package localaws

import (
	"net/url"
	"regexp"
)

// subnetPatches tell the state of a subnet's IPv6 range as AWS does: moto wraps it once more, so that whoever waits for it
// to be associated waits in vain.
func subnetPatches() map[string]formPatch {
	unwrap := formPatch{amend: func(_ url.Values, response []byte) []byte {
		return wrappedState.ReplaceAll(response, []byte("<state>$1</state>"))
	}}
	return map[string]formPatch{"CreateSubnet": unwrap, "DescribeSubnets": unwrap}
}

var wrappedState = regexp.MustCompile(`<state>\s*<[sS]tate>([a-z]+)</[sS]tate>\s*</state>`)
