//go:build !linux

package engines

import "os/exec"

// On other systems a browser's children end by themselves.
func groupProcesses(*exec.Cmd) {}

func killGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
