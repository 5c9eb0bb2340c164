package subject

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Versions returns which versions of the named subjects All would run; the
// floor has none.
func Versions(root, rollcall string, names []string) (map[string]string, error) {
	versions := map[string]string{}
	for _, name := range names {
		var err error
		switch name {
		case NameRollcall:
			versions[name], err = saidBy(exec.Command(rollcall, "version"))
		case NameCentrifuge:
			cmd := exec.Command("go", "list", "-m", "-f", "{{.Version}}", "github.com/centrifugal/centrifuge")
			cmd.Dir = root
			versions[name], err = saidBy(cmd)
		case NameSocketIO:
			versions[name], err = installed(filepath.Join(socketioDir(root), "node_modules", "socket.io"))
		}
		if err != nil {
			return nil, err
		}
	}
	return versions, nil
}

func saidBy(cmd *exec.Cmd) (string, error) {
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", cmd, err)
	}
	return string(bytes.TrimSpace(out)), nil
}

// installed returns the version of a Node package.
func installed(dir string) (string, error) {
	text, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		return "", err
	}
	var manifest struct{ Version string }
	err = json.Unmarshal(text, &manifest)
	return manifest.Version, err
}
