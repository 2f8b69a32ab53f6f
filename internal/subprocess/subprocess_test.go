package subprocess

import (
	"bufio"
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
