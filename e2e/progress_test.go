package e2e

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// progressFile is where the tests say what they do, a line each time: `go test` shows nothing of a package until its
// last test has ended. `make test` names one, and shows it.
const progressFile = "E2E_PROGRESS"

var (
	began   = time.Now()
	running atomic.Int32
)

// report says what a test begins to do.
func report(t *testing.T, what string) {
	t.Helper()
	path := os.Getenv(progressFile)
	if path == "" {
		return
	}
	line := fmt.Sprintf("e2e %6s  %s: %s\n", time.Since(began).Round(time.Second),
		strings.TrimPrefix(t.Name(), "Test"), what)
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if _, err := file.WriteString(line); err != nil {
		t.Fatal(err)
	}
}

// reportEnd says how a test ends, when it does.
func reportEnd(t *testing.T) {
	t.Helper()
	started := time.Now()
	running.Add(1)
	t.Cleanup(func() {
		how := "passed"
		if t.Failed() {
			how = "FAILED"
		}
		report(t, fmt.Sprintf("%s in %s; %d are running", how, time.Since(started).Round(time.Second), running.Add(-1)))
	})
}
