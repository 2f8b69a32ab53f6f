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
