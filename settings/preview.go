package settings

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"webapp/internal/configfile"
)

// Preview makes an environment a template for previews.
type Preview struct {
	// Domain is the domain of the previews, up to 85 characters: pr-123 answers at pr-123.DOMAIN. A service under
	// services that has hosts in its routing answers at pr-123--SERVICE.DOMAIN. The domain needs a DNS record *.DOMAIN
	// for the load balancer, and the listener a certificate for it. Required.
	Domain string `yaml:"domain"`

	// Days that a preview lives after its last deployment. The tag Expires of its resources has the last of them, such
	// as 2026-12-31, by UTC; a workflow may destroy it afterwards. Default 7.
	Days int `yaml:"days" range:"1,90" unit:"days"`
}

const (
	// maxPreviewName leaves room for the rest of the names that begin with a stack's.
	maxPreviewName = 14
	// maxPreviewDomain leaves room for the longest label of a preview in a rule's condition: pr-123--SERVICE-65535.
	maxPreviewDomain = maxConditionLength - maxPreviewName - len("--") - 20 - len("-65535.")
	// previewSeparator is between a preview's name and that of a service. No preview's name has it.
	previewSeparator = "--"
)

var previewName = regexp.MustCompile(fmt.Sprintf(`^[a-z](-?[a-z0-9]){0,%d}$`, maxPreviewName-1))

func (p *Preview) SetDefaults() { p.Days = 7 }

func (p *Preview) ShorthandKey(string) string { return "domain" }

func (p *Preview) Check(c configfile.Checker) {
	switch domain := c.At("domain"); {
	case p.Domain == "":
		domain.Problemf("is missing; write the domain of the previews, such as preview.example.com")
	case isPreviewDomain(p.Domain), reportInternational(domain, p.Domain, isPreviewDomain):
	default:
		domain.Problemf("%q (%s) is not a valid domain of previews; write up to %d lower-case letters, digits, hyphens and "+
			"dots, with only letters after the last dot, such as preview.example.com", p.Domain,
			configfile.Characters(p.Domain), maxPreviewDomain)
	}
}

func isPreviewDomain(name string) bool {
	return dnsName.MatchString(name) && hostPattern.MatchString(name) && !strings.Contains(name, "_") &&
		len(name) <= maxPreviewDomain
}

// wrongPreviewName returns what is wrong with a preview's name, or "".
func wrongPreviewName(name string) string {
	if previewName.MatchString(name) && len(name) <= maxPreviewName {
		return ""
	}
	return fmt.Sprintf("%q is not a valid name of a preview; write 1 to %d lower-case letters, digits and single "+
		"hyphens, beginning with a letter and not ending with a hyphen, such as pr-123", name, maxPreviewName)
}

// PreviewHost returns the host at which a preview answers, or "" if the stack is none.
func (s *Stack) PreviewHost() string {
	if s.PreviewName == "" {
		return ""
	}
	return s.PreviewName + "." + s.Preview.Domain
}

// derivePreview limits the rules of a preview to its own host, and puts them in order. It leaves out what a preview has
// in common with others.
func (s *Stack) derivePreview() {
	if s.PreviewName == "" {
		return
	}
	s.Pipeline = nil // the roles that deploy previews are there before them
	domain := s.Preview.Domain
	if !isPreviewDomain(s.Preview.Domain) {
		domain = "example.com" // one problem is enough
	}
	type ordered struct {
		*Routing
		key   string
		order int
	}
	var rules []ordered
	add := func(given *Routing, label, key string) *Routing {
		own := *given
		if len(own.Hosts) == 0 || label == "" {
			own.Hosts = []string{s.PreviewName + "." + domain}
		} else {
			own.Hosts = []string{s.PreviewName + previewSeparator + label + "." + domain}
		}
		own.Priority = 0
		rules = append(rules, ordered{&own, key, own.derivePriority(key)})
		return &own
	}
	for _, w := range s.Workloads() {
		switch {
		case w.Worker:
		case w.Routing != nil:
			w.Routing = add(w.Routing, w.Key, w.Key)
		case w.Key == "":
			w.Routing = add(&Routing{}, "", "")
		}
		for i, more := range w.Service.AdditionalPorts {
			if more.Routing != nil {
				label := strings.TrimPrefix(fmt.Sprintf("%s-%d", w.Key, more.Port), "-")
				w.Service.AdditionalPorts[i].Routing = add(more.Routing, label, fmt.Sprintf("%s:%d", w.Key, more.Port))
			}
		}
	}
	slices.SortFunc(rules, func(a, b ordered) int {
		if a.order != b.order {
			return a.order - b.order
		}
		return strings.Compare(a.key, b.key)
	})
	before := []string{}
	for _, r := range rules {
		r.Before = slices.Clone(before)
		before = append(before, r.conditions())
	}
}

// conditions identify a rule by what it matches.
func (r *Routing) conditions() string {
	text, err := json.Marshal([]any{r.Hosts, r.Paths, r.Headers, r.Sources})
	if err != nil {
		panic(err) // texts have a JSON form
	}
	return string(text)
}

// order is a rule's place among those of its stack.
func (r *Routing) order() int {
	if r.Before != nil {
		return 1 + len(r.Before)
	}
	return r.Priority
}

// checkPreview applies the rules of a preview that span sections.
func (s *Stack) checkPreview(c configfile.Checker) {
	if s.Preview == nil {
		return
	}
	if s.LoadBalancer.Existing == nil && !s.OnlyWorkers() {
		c.At("preview").Problemf("needs a load balancer to share; write loadBalancer: {existing: {listener: …}} with " +
			"the ARN of its listener")
	}
	if s.AdditionalRegion != "" {
		c.At("preview").Problemf("cannot be combined with additionalRegions: a preview is in one region; remove one " +
			"of the two")
	}
}

// Names of previews by which a template is checked.
var samplePreviews = []string{"pr-1", "pr-2"}

// expiry returns the last day of a preview that is deployed now.
func (p *Preview) expiry(now time.Time) string {
	return now.UTC().AddDate(0, 0, p.Days).Format(time.DateOnly)
}
