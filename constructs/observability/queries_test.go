package observability

import (
	"regexp"
	"strings"
	"testing"
)

// TestQueriesFindTheLinesThatTheyAreFor. The syntax that the patterns use means the same in Go and in CloudWatch Logs
// Insights.
func TestQueriesFindTheLinesThatTheyAreFor(t *testing.T) {
	for _, tc := range []struct {
		name, pattern string
		found, other  []string
	}{
		{
			"errors", errorLine,
			[]string{
				`level=error msg="no connection"`, `{"severity":"ERROR"}`, "java.lang.NullPointerException: x",
				"panic: runtime error",
				"Traceback (most recent call last):", "FATAL: out of memory",
			},
			[]string{`GET /health 200`, `level=info msg="mirrored terrors"`, `{"level":"info","dispanicked":1}`},
		},
		{
			"server errors", serverErrorLine,
			[]string{
				`10.0.0.1 - - [10/Oct/2026:13:55:36] "GET / HTTP/1.1" 502 12`, `{"status":503,"path":"/"}`,
				`status=500 path=/`, `{"status_code": 504}`,
				"statusCode: 500",
			},
			[]string{
				`10.0.0.1 - - [10/Oct/2026:13:55:36] "GET / HTTP/1.1" 200 512`, `{"status":200,"bytes":502}`,
				"took 512 ms", `status=5001`,
			},
		},
	} {
		pattern := regexp.MustCompile(strings.Trim(tc.pattern, "/"))
		for _, line := range tc.found {
			if !pattern.MatchString(line) {
				t.Errorf("the query of %s does not find %s", tc.name, line)
			}
		}
		for _, line := range tc.other {
			if pattern.MatchString(line) {
				t.Errorf("the query of %s finds %s", tc.name, line)
			}
		}
	}
}
