//go:build unix

package keys

import (
	"io/fs"
	"os"
	"syscall"
)

// ownLike gives f the owner and the group of the file that info describes.
func ownLike(f *os.File, info fs.FileInfo) error {
	s := info.Sys().(*syscall.Stat_t)
	return f.Chown(int(s.Uid), int(s.Gid))
}
