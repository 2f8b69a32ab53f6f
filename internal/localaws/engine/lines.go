package engine

import "bytes"

// lines is a writer that calls log for each line.
type lines struct {
	log  func(line string)
	rest []byte // an incomplete line
}

func (l *lines) Write(p []byte) (int, error) {
	l.rest = append(l.rest, p...)
	for {
		line, rest, complete := bytes.Cut(l.rest, []byte("\n"))
		if !complete {
			return len(p), nil
		}
		l.send(line)
		l.rest = rest
	}
}

// end sends the last line if it has no newline.
func (l *lines) end() {
	if len(l.rest) > 0 {
		l.send(l.rest)
	}
	l.rest = nil
}

func (l *lines) send(line []byte) {
	if l.log != nil {
		l.log(string(bytes.TrimSuffix(line, []byte("\r"))))
	}
}
