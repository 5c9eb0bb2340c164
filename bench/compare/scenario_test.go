package compare

import (
	"os/exec"
	"path/filepath"
	"testing"

	"rollcall/bench/report"
)

// All scenarios run, at a small size, with the Rollcall of this tree. The scenarios
// themselves fail if a client ends up with a wrong roster.
func TestEveryScenarioWithEveryServer(t *testing.T) {
	t.Chdir("..")
	dir := t.TempDir()
	rollcall := filepath.Join(dir, "rollcall")
	build := exec.Command("go", "build", "-o", rollcall, "./server/cmd/rollcall")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", build, err, out)
	}
	err := Run([]string{"-quick", "-sizes=40", "-slow=100", "-rollcall", rollcall, "-o", filepath.Join(dir, "r.json"), "-docs", dir})
	if err != nil {
		t.Fatal(err)
	}
	var f File
	if err := report.Load(filepath.Join(dir, "r.json"), &f); err != nil {
		t.Fatal(err)
	}
	// Each of 20 visitors is announced to the 40 and to the visitors before it.
	const told = 20*40 + 20*19/2
	for _, r := range f.Runs {
		if r.Subject == nameRollcall && r.N == 40 && r.Metrics["quiet.diffs"] != told {
			t.Errorf("%s: %v", r.Scenario, r.Metrics)
		}
	}
}
