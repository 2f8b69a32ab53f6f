package local

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"
)

// clearScreen moves the cursor of a terminal to its beginning, and clears all of it.
const clearScreen = "\x1b[H\x1b[2J"

// WatchStatus is PrintStatus again and again, until ctx ends. A terminal is cleared each time; elsewhere the status is
// printed when it has changed.
func (h Home) WatchStatus(ctx context.Context, terminal bool, out io.Writer) error {
	s, err := h.running(ctx)
	if err != nil {
		return err
	}
	last := ""
	show := func(ctx context.Context) error {
		var status bytes.Buffer
		if err := h.PrintStatus(ctx, &status); err != nil {
			return err
		}
		switch now := status.String(); {
		case terminal:
			fmt.Fprint(out, clearScreen+now)
		case now != last:
			fmt.Fprintln(out, now)
			last = now
		}
		return nil
	}
	if err := show(ctx); err != nil {
		return err
	}
	return h.repeat(ctx, s, time.Second, show)
}

// repeat calls do at this interval until ctx ends, which is not an error. It ends with an error where do fails, or the
// local AWS stops.
func (h Home) repeat(ctx context.Context, s server, every time.Duration, do func(context.Context) error) error {
	watched, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go h.watch(watched, s, cancel)
	again := time.NewTicker(every)
	defer again.Stop()
	for {
		select {
		case <-watched.Done():
			return h.whyEnded(ctx, watched, nil)
		case <-again.C:
		}
		if err := do(watched); err != nil {
			return h.whyEnded(ctx, watched, err)
		}
	}
}

// whyEnded returns the error with which repeat ends: none after Ctrl-C, the end of the local AWS before all that it
// causes, or else what do returned.
func (h Home) whyEnded(ctx, watched context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	if _, alive := h.find(); !alive {
		return h.ended()
	}
	if watched.Err() != nil {
		return context.Cause(watched)
	}
	return err
}
