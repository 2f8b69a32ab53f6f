package configfile

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestReadFileTakesFilesAndPipesThatEnd(t *testing.T) {
	const text = "name: webapp\n"
	folder := t.TempDir()
	file := filepath.Join(folder, "webapp.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(folder, "link.yaml")
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Close() }()
	go func() {
		_, _ = writer.WriteString(text)
		_ = writer.Close()
	}()
	fifo := filepath.Join(folder, "written")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	held, err := os.OpenFile(fifo, os.O_RDWR, 0) // so that the writer does not wait for a reader
	if err != nil {
		t.Fatal(err)
	}
	if _, err := held.WriteString(text); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, link, fmt.Sprintf("/dev/fd/%d", reader.Fd())} {
		if _, err := ReadFile(path); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	_ = held.Close()

	silent := filepath.Join(folder, "silent")
	if err := syscall.Mkfifo(silent, 0o600); err != nil {
		t.Fatal(err)
	}
	device := filepath.Join(folder, "zero.yaml")
	if err := os.Symlink("/dev/zero", device); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		silent:          ": nothing came from the pipe; name a file with --settings",
		device:          ": is not a regular file; name the settings file with --settings",
		folder:          ": is a folder; name the settings file in it with --settings",
		folder + "/one": ": no such file or directory; name the settings file with --settings",
		"":              "the settings file has no name; write it after --settings",
	} {
		if _, err := ReadFile(path); err == nil || err.Error() != path+want {
			t.Errorf("%s: got %v, want %s", path, err, want)
		}
	}
}
