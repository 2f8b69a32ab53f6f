package stacks_test

import (
	"testing"

	"webapp/assertions"
	"webapp/settings"
)

// synthesizePreview returns a preview of a file with two services, and of the services that the change adds.
func synthesizePreview(t *testing.T, services string) *assertions.Template {
	t.Helper()
	text := `name: shop
container: {image: shop, ports: [80]}
services:
  api: {routing: {paths: [/api/*]}, container: {image: api, ports: [80]}}
` + services + `
environments:
  preview:
    preview: {domain: preview.example.com}
    network: {existing: {name: shared}}
    loadBalancer: {existing: {listener: "` + sharedListener + `"}}
`
	all, err := settings.Parse("webapp.yaml", []byte(text), settings.Options{Preview: "pr-1"})
	if err != nil {
		t.Fatal(err)
	}
	return synth(t, all[0])
}

func ruleFor(tpl *assertions.Template, path string) *assertions.Resource {
	host := object{"host_header": object{"values": []string{"pr-1.preview.example.com"}}}
	if path == "" {
		return tpl.OneMatching("aws_lb_listener_rule", object{"condition": assertions.ArrayEquals(host)})
	}
	return tpl.OneMatching("aws_lb_listener_rule", object{"condition": assertions.ArrayEquals(
		object{"path_pattern": object{"values": []string{path}}}, host)})
}

// TestPreviewJoinsTheListenerBehindAllOthers: no rule has a priority, for which the provider takes the next one of the
// listener; so the rules of a preview are created in their order.
func TestPreviewJoinsTheListenerBehindAllOthers(t *testing.T) {
	tpl := synthesizePreview(t, "")
	tpl.Count("aws_lb_listener_rule", 2)
	all, api := ruleFor(tpl, ""), ruleFor(tpl, "/api/*")
	all.Lacks("priority")
	api.Lacks("priority")
	api.Lacks("depends_on")
	all.DependsOn(api)
	tpl.Count("aws_lb", 0)
	tpl.Provider("aws").Has("default_tags.0.tags.Preview", "pr-1")
}

// TestRulesBehindANewOneAreCreatedAgain: a rule in place would come before a new one, which is more specific.
func TestRulesBehindANewOneAreCreatedAgain(t *testing.T) {
	before := synthesizePreview(t, "")
	after := synthesizePreview(t,
		"  pictures: {routing: {paths: [/api/pictures/*]}, container: {image: api, ports: [80]}}")
	pictures := ruleFor(after, "/api/pictures/*")
	ruleFor(after, "/api/*").DependsOn(pictures)
	ruleFor(after, "").DependsOn(ruleFor(after, "/api/*"))
	for _, path := range []string{"/api/*", ""} {
		if was, is := ruleFor(before, path).Address(), ruleFor(after, path).Address(); was == is {
			t.Errorf("the rule for %q stays in place: %s", path, is)
		}
	}
	again := synthesizePreview(t, "")
	if was, is := ruleFor(before, "").Address(), ruleFor(again, "").Address(); was != is {
		t.Errorf("the same rule is %s, and then %s", was, is)
	}
}

// TestPreviewsURLIsItsHost at the listener's port.
func TestPreviewsURLIsItsHost(t *testing.T) {
	listener := "data.aws_lb_listener.load-balancer_listener_DF3231AC"
	synthesizePreview(t, "").Output("ServiceURL").Has("value", "${lower("+listener+".protocol)}"+
		"://pr-1.preview.example.com"+`${contains(["HTTP 80", "HTTPS 443"], "${`+listener+`.protocol} ${`+listener+
		`.port}") ? "" : ":${`+listener+`.port}"}`)
}
