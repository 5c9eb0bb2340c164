//go:build !linux

package site

// delivery is not known on this system.
func (s *stream) delivery() delivery { return delivery{} }
