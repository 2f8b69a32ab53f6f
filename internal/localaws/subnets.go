package localaws

import (
	"net/url"
	"regexp"
	"strings"
	"sync"
)

// subnets remembers which subnet has a range of IPv6, by the id of their association.
type subnets struct {
	mutex sync.Mutex
	byID  map[string]string
}

// subnetPatches tell the state of a subnet's IPv6 range as AWS does: moto wraps it once more, and cannot look a subnet
// up by the range's association, so a wait for the association would never end.
func subnetPatches() map[string]formPatch {
	s := &subnets{byID: map[string]string{}}
	corrected := func(_ url.Values, response []byte) []byte {
		response = wrappedState.ReplaceAll(response, []byte("<state>$1</state>"))
		s.remember(response)
		return response
	}
	return map[string]formPatch{
		"CreateSubnet":             {rewriteResponse: corrected},
		"AssociateSubnetCidrBlock": {rewriteResponse: corrected},
		"DescribeSubnets":          {rewriteRequest: s.byAssociation, rewriteResponse: corrected},
	}
}

var (
	// wrappedState is a dictionary of Python's, printed.
	wrappedState = regexp.MustCompile(`<state>\{(?:'|&apos;|&#39;)State(?:'|&apos;|&#39;): ` +
		`(?:'|&apos;|&#39;)([a-z]+)(?:'|&apos;|&#39;)\}</state>`)

	anAssociation = regexp.MustCompile(`<associationId>(subnet-cidr-assoc-[0-9a-f]+)</associationId>`)
	aSubnet       = regexp.MustCompile(`<subnetId>(subnet-[0-9a-f]+)</subnetId>`)
)

// remember takes over what an answer about one subnet tells.
func (s *subnets) remember(response []byte) {
	association, subnet := anAssociation.FindSubmatch(response), aSubnet.FindAllSubmatch(response, -1)
	if association == nil || len(subnet) != 1 {
		return
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.byID[string(association[1])] = string(subnet[0][1])
}

// byAssociation asks for the subnet itself instead.
func (s *subnets) byAssociation(form url.Values) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for key, values := range form {
		filter, isName := strings.CutSuffix(key, ".Name")
		if isName && values[0] == "ipv6-cidr-block-association.association-id" {
			form.Set(key, "subnet-id")
			form.Set(filter+".Value.1", s.byID[form.Get(filter+".Value.1")])
		}
	}
}
