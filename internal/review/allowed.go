package review

import "regexp"

// UnusedAllowance is an allowed address that allows nothing.
type UnusedAllowance struct{ Address, Reason string }

// cdktfHash is what CDKTF appends to a resource's name.
var cdktfHash = regexp.MustCompile(`_[0-9A-F]{8}$`)

// accept marks the risks at the given addresses as accepted, and reports the addresses that allow nothing. An address
// may lack the hash that CDKTF appends, as in the settings' overrides, if it means only one resource.
func (s *Summary) accept(addresses []string) {
	for _, address := range addresses {
		found := s.lookup(address)
		hasRisk := false
		for _, c := range found {
			hasRisk = hasRisk || c.Risk != ""
		}
		switch {
		case !hasRisk:
			s.UnusedAllowances = append(s.UnusedAllowances,
				UnusedAllowance{address, "has no risk: remove the line"})
		case len(found) > 1:
			s.UnusedAllowances = append(s.UnusedAllowances,
				UnusedAllowance{address, "means several resources: write the whole address of one"})
		default:
			found[0].Allowed = true
		}
	}
}

// lookup returns the change at an address. If the address lacks CDKTF's hash, it may mean several.
func (s *Summary) lookup(address string) []*Change {
	var found []*Change
	for i := range s.Changes {
		c := &s.Changes[i]
		if c.Address == address {
			return []*Change{c}
		}
		if cdktfHash.ReplaceAllString(c.Address, "") == address {
			found = append(found, c)
		}
	}
	return found
}
