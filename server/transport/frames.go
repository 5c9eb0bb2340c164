package transport

// frameTracker parses the headers of a client's frames in a stream of bytes (RFC 6455
// §5.2), to know where no frame and no message is under way.
type frameTracker struct {
	header     [14]byte // of the current frame, as far as it has come
	headerHave int      // bytes of header
	payload    uint64   // bytes to come of the current frame
	open       bool     // a fragmented message goes on
	overlong   bool     // some length was written in more bytes than it needs
}

// between reports whether no frame and no message is under way.
func (f *frameTracker) between() bool { return f.headerHave == 0 && f.payload == 0 && !f.open }

// wholeLen returns the length of the whole messages and control frames that b begins
// with.
func (f frameTracker) wholeLen(b []byte) (n int) {
	for i := range b {
		f.advance(b[i : i+1])
		if f.between() {
			n = i + 1
		}
	}
	return n
}

// advance parses the next bytes, and returns how many headers ended in them.
func (f *frameTracker) advance(b []byte) (frames int) {
	for len(b) > 0 {
		if f.payload > 0 {
			n := min(f.payload, uint64(len(b)))
			f.payload -= n
			b = b[n:]
			continue
		}
		f.header[f.headerHave] = b[0]
		f.headerHave++
		b = b[1:]
		if f.headerHave >= 2 && f.headerHave == f.headerLen() {
			f.endHeader()
			frames++
		}
	}
	return frames
}

// headerLen returns the length of the current header, of which two bytes have come.
func (f *frameTracker) headerLen() int {
	n := 2
	switch f.header[1] & 0x7f {
	case 126:
		n += 2
	case 127:
		n += 8
	}
	if f.header[1]&maskBit != 0 {
		n += 4
	}
	return n
}

// endHeader evaluates the current header, which is complete.
func (f *frameTracker) endHeader() {
	if f.header[0]&controlBit == 0 {
		f.open = f.header[0]&finalBit == 0
	}
	length := uint64(f.header[1] & 0x7f)
	extended := 0
	switch length {
	case 126:
		extended = 2
	case 127:
		extended = 8
	}
	if extended > 0 {
		length = 0
		for _, b := range f.header[2 : 2+extended] {
			length = length<<8 | uint64(b)
		}
		f.overlong = f.overlong || length < 126 || extended == 8 && length < 1<<16
	}
	f.payload, f.headerHave = length, 0
}
