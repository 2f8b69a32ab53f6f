package engine

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strings"
)

// mounted returns the mount that a path leads into, and the file's name in it, "" where there is none.
func (s settings) mounted(requested string) (m Mount, name string) {
	for _, m := range s.Mounts {
		if name, below := strings.CutPrefix(requested, strings.TrimSuffix(m.Path, "/")+"/"); below && name != "" {
			return m, name
		}
	}
	return Mount{}, ""
}

// serve keeps a file with PUT, and answers with its content to all else.
func (m Mount) serve(w http.ResponseWriter, r *http.Request, name string) {
	root, err := os.OpenRoot(m.Folder)
	if err == nil {
		defer func() { _ = root.Close() }()
		if r.Method == http.MethodPut {
			err = m.write(root, name, r.Body)
		} else {
			err = read(root, name, w)
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		http.Error(w, err.Error(), http.StatusNotFound)
	case errors.Is(err, fs.ErrPermission):
		http.Error(w, err.Error(), http.StatusForbidden)
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func (m Mount) write(root *os.Root, name string, content io.Reader) error {
	if m.ReadOnly {
		return &fs.PathError{Op: "open", Path: path.Join(m.Path, name), Err: fs.ErrPermission}
	}
	file, err := root.Create(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, content)
	return errors.Join(err, file.Close())
}

func read(root *os.Root, name string, w io.Writer) error {
	file, err := root.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	_, err = io.Copy(w, file)
	return err
}
