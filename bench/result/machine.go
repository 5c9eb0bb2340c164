package result

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// Machine is what was measured on, without a name or a path.
type Machine struct {
	Date   string
	CPU    string
	Cores  int
	Memory string
	Kernel string
	Go     string
	Node   string
}

// ThisMachine describes the machine; without Node it says so.
func ThisMachine() (Machine, error) {
	kernel, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return Machine{}, err
	}
	cpu, err := field("/proc/cpuinfo", "model name")
	if err != nil {
		return Machine{}, err
	}
	memory, err := field("/proc/meminfo", "MemTotal")
	if err != nil {
		return Machine{}, err
	}
	var kb int
	if _, err := fmt.Sscanf(memory, "%d kB", &kb); err != nil {
		return Machine{}, fmt.Errorf("MemTotal is %q: %w", memory, err)
	}
	node := "none"
	if out, err := exec.Command("node", "--version").Output(); err == nil {
		node = string(bytes.TrimSpace(out))
	}
	release, _, _ := strings.Cut(strings.TrimSpace(string(kernel)), "-") // what follows names who built it
	return Machine{
		Date:   time.Now().UTC().Format(time.DateOnly),
		CPU:    cpu,
		Cores:  runtime.NumCPU(),
		Memory: fmt.Sprintf("%.0f GiB", float64(kb)/(1<<20)),
		Kernel: "Linux " + release,
		Go:     runtime.Version(),
		Node:   node,
	}, nil
}

// field returns the first value of a field in a file of "name : value" lines.
func field(path, name string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value), nil
		}
	}
	return "", fmt.Errorf("%s has no %s", path, name)
}
