package web

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
)

// Form is the content of an asset in one coding. It is read where it lies: of
// what is embedded, in the binary. A copy of it would be 3 MB of heap, of which
// the collector would let others waste a share as well.
//
// A Form is never written to, so any number of goroutines may read it.
type Form struct {
	at   io.ReaderAt
	size int64
}

// NewForm makes a form of bytes, which must not be changed any more.
func NewForm(content []byte) *Form {
	return &Form{at: bytes.NewReader(content), size: int64(len(content))}
}

// openForm makes a form of a file, which stays open.
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

// Size is the length of the content, in bytes.
func (f *Form) Size() int64 { return f.size }
