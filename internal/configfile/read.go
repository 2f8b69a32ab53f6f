package configfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"
)

// maxFileSize is far more than the settings of any stack need: a task definition, for example, has at most 64 KiB.
const maxFileSize = 1 << 20

const tooLarge = "is larger than 1 MiB, so it cannot be a settings file; name the settings file with --settings"

// pipeTimeout is how long a pipe may be silent.
const pipeTimeout = time.Minute

// ReadFile reads a settings file. It may be a pipe, such as a shell's <(…) or /dev/stdin, but not one that is silent,
// or other special files, which may be endless.
func ReadFile(path string) ([]byte, error) {
	if path == "" {
		return nil, errors.New("the settings file has no name; write it after --settings")
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, readError(path, err)
	}
	flags := os.O_RDONLY
	switch mode := info.Mode(); {
	case mode.IsDir():
		return nil, fmt.Errorf("%s: is a folder; name the settings file in it with --settings", path)
	case mode&os.ModeNamedPipe != 0:
		flags |= syscall.O_NONBLOCK // otherwise opening would wait for a writer
	case !mode.IsRegular():
		return nil, fmt.Errorf("%s: is not a regular file; name the settings file with --settings", path)
	}
	file, err := os.OpenFile(path, flags, 0)
	if err != nil {
		return nil, readError(path, err)
	}
	defer func() { _ = file.Close() }()
	isPipe := flags != os.O_RDONLY
	if isPipe {
		_ = file.SetReadDeadline(time.Now().Add(pipeTimeout)) // systems without deadlines for pipes wait
	}
	data, err := io.ReadAll(io.LimitReader(file, maxFileSize+1))
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, fmt.Errorf("%s: nothing more came from the pipe within %s; name a file with --settings",
			path, pipeTimeout)
	case err != nil:
		return nil, readError(path, err)
	case len(data) == 0 && isPipe:
		return nil, fmt.Errorf("%s: nothing came from the pipe; name a file with --settings", path)
	}
	return data, nil
}

func readError(path string, err error) error {
	var cause *os.PathError
	if errors.As(err, &cause) {
		err = cause.Err
	}
	return fmt.Errorf("%s: %w; name the settings file with --settings", path, err)
}
