package report

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"time"
)

// Machine describes what was measured on, without a name or a path.
type Machine struct {
	Date   string
	CPU    string
	Cores  int
	Memory string
	Kernel string
	Go     string
	Node   string
}

var (
	model = regexp.MustCompile(`(?m)^model name\s*:\s*(.*)$`)
	total = regexp.MustCompile(`(?m)^MemTotal:\s*(\d+) kB$`)
	major = regexp.MustCompile(`^([^-\n]*)`) // what follows names who built the kernel
)

// ThisMachine describes this machine.
func ThisMachine() (m Machine, err error) {
	find := func(path string, what *regexp.Regexp) string {
		text, failed := os.ReadFile(path)
		found := what.FindSubmatch(text)
		if found == nil {
			err = cmp.Or(err, failed, fmt.Errorf("%s has no %s", path, what))
			return ""
		}
		return string(found[1])
	}
	m = Machine{
		Date: time.Now().UTC().Format(time.DateOnly), Cores: runtime.NumCPU(), Go: runtime.Version(), Node: "none",
		CPU: find("/proc/cpuinfo", model), Kernel: "Linux " + find("/proc/sys/kernel/osrelease", major),
	}
	var kb float64
	_, _ = fmt.Sscan(find("/proc/meminfo", total), &kb)
	m.Memory = fmt.Sprintf("%.0f GiB", kb/(1<<20))
	if out, err := exec.Command("node", "--version").Output(); err == nil {
		m.Node = string(bytes.TrimSpace(out))
	}
	return m, err
}
