package localaws

import (
	"bytes"
	"encoding/xml"
	"net/url"
	"regexp"
	"sync"
)

// descriptions remembers what security group rules are described as, by the rule's id.
type descriptions struct {
	mutex sync.Mutex
	byID  map[string]string
}

// securityGroupPatches keep the descriptions of rules that refer to a group or a prefix list: moto keeps those of
// address ranges only.
func securityGroupPatches() map[string]formPatch {
	d := &descriptions{byID: map[string]string{}}
	authorized := formPatch{rewriteResponse: func(form url.Values, response []byte) []byte {
		if rule := ruleID.FindSubmatch(response); rule != nil {
			d.remember(string(rule[1]), form.Get("IpPermissions.1.Groups.1.Description")+
				form.Get("IpPermissions.1.PrefixListIds.1.Description"))
		}
		return response
	}}
	return map[string]formPatch{
		"AuthorizeSecurityGroupEgress":  authorized,
		"AuthorizeSecurityGroupIngress": authorized,
		"ModifySecurityGroupRules": {rewriteRequest: func(form url.Values) {
			d.remember(form.Get("SecurityGroupRule.1.SecurityGroupRuleId"),
				form.Get("SecurityGroupRule.1.SecurityGroupRule.Description"))
		}},
		"DescribeSecurityGroupRules": {rewriteResponse: func(_ url.Values, response []byte) []byte {
			return ruleItem.ReplaceAllFunc(response, d.describe)
		}},
	}
}

var (
	ruleID   = regexp.MustCompile(`<securityGroupRuleId>(sgr-[0-9a-f]+)</securityGroupRuleId>`)
	ruleItem = regexp.MustCompile(`<item><securityGroupRuleId>.*?<tagSet`)
)

func (d *descriptions) remember(id, description string) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if description != "" {
		d.byID[id] = description
	}
}

// describe adds the description to a rule that has none.
func (d *descriptions) describe(item []byte) []byte {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	description := d.byID[string(ruleID.FindSubmatch(item)[1])]
	if description == "" || bytes.Contains(item, []byte("<description>")) {
		return item
	}
	end := []byte("<tagSet")
	var described bytes.Buffer
	described.Write(bytes.TrimSuffix(item, end))
	described.WriteString("<description>")
	_ = xml.EscapeText(&described, []byte(description)) // a buffer takes everything
	described.WriteString("</description>")
	return append(described.Bytes(), end...)
}
