package engines

import (
	"os/exec"
	"syscall"
)

// groupProcesses puts a process and its children into a group, so that killGroup ends
// them all. The system ends the process if ours ends without doing so.
func groupProcesses(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

func killGroup(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
