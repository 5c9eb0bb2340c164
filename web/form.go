package web

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
)

// Form is the content of an asset in one coding. An embedded form is read from the binary
// without a copy: copies would take 3 MB of heap, and raise the size at which the garbage
// collector runs in proportion. A Form is safe for concurrent use.
type Form struct {
	at   io.ReaderAt
	size int64
}

// NewForm returns a form of content, which must not be changed afterwards.
func NewForm(content []byte) *Form {
	return &Form{at: bytes.NewReader(content), size: int64(len(content))}
}

// openForm returns a form of a file, which stays open.
func openForm(tree fs.FS, name string) (*Form, error) {
	file, err := tree.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	at, ok := file.(io.ReaderAt)
	if !ok {
		return nil, fmt.Errorf("%s can't be read from the middle", name)
	}
	return &Form{at: at, size: info.Size()}, nil
}

// Open returns a reader of the content.
func (f *Form) Open() io.ReadSeeker { return io.NewSectionReader(f.at, 0, f.size) }

// Size returns the length of the content, in bytes.
func (f *Form) Size() int64 { return f.size }
