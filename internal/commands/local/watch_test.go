package local

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestStatusIsWatched: behind a pipe it is printed again only where it has changed.
func TestStatusIsWatched(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	watch := s.follow(t, "status", "--watch")
	watch.await(`^service web `)
	watch.await(`^service worker +1 of 1 tasks running`)
	task := s.tasksOf(t, "worker")[0]
	watch.await(`^  task ` + task + ` +RUNNING `)
	if _, problems, code := s.run(t, "stop", task); code != 0 {
		t.Fatal(problems)
	}
	watch.await(`^  task ` + s.tasksOf(t, "worker")[0] + ` +RUNNING `)
	watch.interrupt(0)
	statuses := strings.Split(strings.Join(watch.lines, "\n"), "\n\n")
	for i := 1; i < len(statuses); i++ {
		if statuses[i] == statuses[i-1] {
			t.Errorf("this was printed twice:\n%s", statuses[i])
		}
	}
}

// written tells a test what is written, one call at a time.
type written chan string

func (w written) Write(p []byte) (int, error) {
	w <- string(p)
	return len(p), nil
}

func TestTerminalIsClearedForEachStatus(t *testing.T) {
	t.Parallel()
	s := startSite(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, ended := make(written), make(chan error, 1)
	go func() { ended <- Home(s.folder).WatchStatus(ctx, true, out) }()
	screen := regexp.MustCompile(`^\x1b\[H\x1b\[2Jservice web `)
	for range 2 {
		if got := <-out; !screen.MatchString(got) {
			t.Errorf("got %q, want a screen that begins with the first service", got)
		}
	}
	cancel()
	for {
		select {
		case <-out:
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
			return
		}
	}
}

// TestWhatFollowsEndsWithTheLocalAWS, and says so.
func TestWhatFollowsEndsWithTheLocalAWS(t *testing.T) {
	t.Parallel()
	err := Home(t.TempDir()).repeat(t.Context(), server{}, time.Millisecond,
		func(context.Context) error { return context.DeadlineExceeded })
	if err == nil || !strings.HasPrefix(err.Error(), "the local AWS has ended, and everything on it is gone") {
		t.Errorf("got %v", err)
	}
	var out bytes.Buffer
	if err := Home(t.TempDir()).WatchStatus(t.Context(), false, &out); err == nil || out.Len() > 0 {
		t.Errorf("got %v, %q", err, &out)
	}
}
