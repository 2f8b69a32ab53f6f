package balancer

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// TestEntriesOfTheAccessLog has what differs by what became of a request.
func TestEntriesOfTheAccessLog(t *testing.T) {
	entries := make(chan Entry, 1)
	b := New(Options{Second: fast, Log: func(e Entry) { entries <- e }})
	t.Cleanup(b.Close)
	onPath := func(priority int, path string, action Action) Rule {
		return Rule{Priority: priority, Action: action,
			Conditions: []Condition{{Field: "path-pattern", Values: []string{path}}}}
	}
	config := oneListener(groupOf("group"), groupOf("broken"), groupOf("empty"))
	config.Listeners[0].Rules = []Rule{
		onPath(10, "/broken", forwardTo("broken")), onPath(20, "/empty", forwardTo("empty")),
		onPath(30, "/old", Action{Redirect: &Redirect{Path: "/new", Status: http.StatusMovedPermanently}}),
		onPath(40, "/down", Action{Fixed: &Fixed{Status: 503, ContentType: "text/plain", Body: "back soon"}}),
		{Action: forwardTo("group")},
	}
	if err := b.Configure(config); err != nil {
		t.Fatal(err)
	}
	b.Register("group", server(t, "a"))
	broken := serve(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	b.Register("broken", broken)
	const seconds, target = `\d+\.\d{3} \d+\.\d{3} \d+\.\d{3}`, `10\.0\.1\.\d+:80`
	for path, want := range map[string]struct{ start, end string }{
		"/x":      {target + " " + seconds + " 200 200", `0 AT "forward" "-" "-" "` + target + `" "200"`},
		"/broken": {target + " -1 -1 -1 502 -", `10 AT "forward" "-" "-" "` + target + `" "-"`},
		"/empty":  {"- -1 -1 -1 503 -", `20 AT "forward" "-" "-" "-" "-"`},
		"/old":    {"- -1 -1 -1 301 -", `30 AT "redirect" "http://127\.0\.0\.1(:\d+)?/new" "-" "-" "-"`},
		"/down":   {"- -1 -1 -1 503 -", `40 AT "fixed-response" "-" "-" "-" "-"`},
	} {
		b.get(t, path)
		line := (<-entries).Line("app/web/0123456789abcdef")
		pattern := `^http AT app/web/0123456789abcdef 127\.0\.0\.1:\d+ ` + want.start +
			` \d+ \d+ "GET http://127\.0\.0\.1:\d+` + path + ` HTTP/1\.1" "Go-http-client/1\.1" - - \S+ ` +
			`"Root=1-[0-9a-f]{8}-[0-9a-f]{24}" "-" "-" ` + want.end +
			` "-" "-" TID_[0-9a-f]{16}$`
		pattern = strings.ReplaceAll(pattern, "AT", `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z`)
		if !regexp.MustCompile(pattern).MatchString(line) {
			t.Errorf("%s:\ngot  %s\nwant %s", path, line, pattern)
		}
	}
}
