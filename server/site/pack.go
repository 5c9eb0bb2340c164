package site

import (
	"bytes"
	"compress/gzip"
	"runtime"
)

// packer compresses pages with gzip. A writer takes 0.8 MB, so there are as many as
// processors, and further pages wait for one of them: for less than a millisecond each,
// because a writer never waits for a client. A packer is safe for concurrent use.
type packer struct {
	writers chan *gzip.Writer
}

func newPacker() packer {
	p := packer{make(chan *gzip.Writer, runtime.GOMAXPROCS(0))}
	for range cap(p.writers) {
		p.writers <- gzip.NewWriter(nil) // takes its memory when it is first used
	}
	return p
}

// pack returns body in the coding gzipped.
func (p packer) pack(body []byte) []byte {
	var packed bytes.Buffer
	z := <-p.writers
	defer func() { p.writers <- z }()
	z.Reset(&packed)
	_, _ = z.Write(body) // a buffer takes everything
	_ = z.Close()
	return packed.Bytes()
}
