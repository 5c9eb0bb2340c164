//go:build unix

package handover

import (
	"io/fs"
	"os"
	"syscall"
)

// hasModes says whether a file's mode bits tell who may write to it.
const hasModes = true

// isOwn reports whether a file belongs to the effective user of this process.
func isOwn(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}
