package subprocess

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"testing"
)

func TestStopEndsTheProgramAndWhatItHasStarted(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = read.Close() }()
	command := Command("sh", "-c", "sleep 1000 & echo started; wait")
	command.Stdout = write
	process, err := Start(command)
	if err != nil {
		t.Fatal(err)
	}
	_ = write.Close()
	output := bufio.NewReader(read)
	if _, err := output.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	process.Stop()
	process.Stop()
	// The pipe ends when nobody holds its other end any more: neither the program nor its child.
	if _, err := io.ReadAll(output); err != nil {
		t.Error(err)
	}
}

func TestEndedReportsAProgramThatEndsByItself(t *testing.T) {
	process, err := Start(Command("true"))
	if err != nil {
		t.Fatal(err)
	}
	<-process.Ended()
	process.Stop()
}

func TestStartReadyWaitsForTheFirstLine(t *testing.T) {
	process, line, err := StartReady(t.Context(), Command("sh", "-c", "echo ready; echo more; exec sleep 1000"))
	if err != nil || line != "ready" {
		t.Errorf("got %q, %v", line, err)
	}
	process.Stop()
}

func TestStartReadySaysThatTheProgramEnded(t *testing.T) {
	if _, _, err := StartReady(t.Context(), Command("true")); err == nil || err.Error() != "it ended before it was ready" {
		t.Errorf("got %v", err)
	}
}

func TestStartReadyEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	late := errors.New("it took too long")
	cancel(late)
	if _, _, err := StartReady(ctx, Command("sleep", "1000")); !errors.Is(err, late) {
		t.Errorf("got %v", err)
	}
}
