//go:build !unix

package handover

import "io/fs"

// hasModes says whether a file's mode bits tell who may write to it.
const hasModes = false

// isOwn is always true, since files have no owner by number here. A handover fails anyway:
// only one process can listen on an address.
func isOwn(fs.FileInfo) bool { return true }
