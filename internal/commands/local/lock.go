package local

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// errHeld says that another process holds a lock.
var errHeld = errors.New("another process holds the lock")

// lock takes the lock of a file, which the system releases when this process ends, however it ends. It never waits.
// Nobody removes the file: somebody else might just be taking its lock.
func lock(file string) (release func(), err error) { return flock(file, syscall.LOCK_EX) }

// isLocked reports whether a process holds the lock of a file. Those who ask do not get in each other's way.
func isLocked(file string) bool {
	release, err := flock(file, syscall.LOCK_SH)
	if err == nil {
		release()
	}
	return errors.Is(err, errHeld)
}

func flock(file string, how int) (release func(), err error) {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("taking a lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errHeld
		}
		return nil, fmt.Errorf("taking the lock %s: %w", file, err)
	}
	return func() { _ = f.Close() }, nil
}

// lockWithin is lock, but waits a little for whoever holds it.
func lockWithin(file string, within time.Duration) (release func(), err error) {
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	timeout := time.After(within)
	for {
		if release, err = lock(file); !errors.Is(err, errHeld) {
			return release, err
		}
		select {
		case <-again.C:
		case <-timeout:
			return nil, err
		}
	}
}
