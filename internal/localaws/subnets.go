package localaws

import (
	"net/url"
	"regexp"
)

// subnetPatches tell the state of a subnet's IPv6 range as AWS does: moto wraps it once more, so that whoever waits for it
// waits in vain.
func subnetPatches() map[string]formPatch {
	unwrap := formPatch{amend: func(_ url.Values, response []byte) []byte {
		return wrappedState.ReplaceAll(response, []byte("<state>$1</state>"))
	}}
	return map[string]formPatch{"CreateSubnet": unwrap, "DescribeSubnets": unwrap}
}

// wrappedState is a dictionary of Python's, printed.
var wrappedState = regexp.MustCompile(`<state>\{(?:'|&apos;|&#39;)State(?:'|&apos;|&#39;): (?:'|&apos;|&#39;)([a-z]+)(?:'|&apos;|&#39;)\}</state>`)
