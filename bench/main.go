// Program bench measures Rollcall beside what people would use instead, and
// beside the least that the system asks for. It starts each server in turn,
// drives it with a crowd of clients that account for everything they are told,
// writes what it measured to a file, and makes a document of that.
//
//   - frame, crowd: the load generator.
//   - wires: the protocols.
//   - peers, subject: the servers under test.
//   - scenario: what is done to them. plan.go: in which order, and how large.
//   - result, report: what is kept of it, and what people read.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"rollcall/bench/report"
	"rollcall/bench/result"
	"rollcall/bench/scenario"
	"rollcall/bench/subject"
)

func main() {
	s, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err == nil {
		err = run(s)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(s settings) error {
	if !s.reportOnly {
		file, err := measure(s)
		if len(file.Runs) > 0 { // also of a bench that failed later
			err = errors.Join(err, file.Write(s.out))
		}
		if err != nil {
			return err
		}
		if !s.plan.complete() {
			fmt.Printf("results in %s; a report needs all scenarios and all servers\n", s.out)
			return nil
		}
	}
	file, err := result.Read(s.out)
	if err != nil {
		return err
	}
	if err := report.Write(file, s.docs); err != nil {
		return err
	}
	fmt.Printf("results in %s, report in %s\n", s.out, filepath.Join(s.docs, report.Document))
	return nil
}

// spare is the descriptors that the program needs beside its clients'.
const spare = 64

// enough finds that the system would not let so many clients connect.
func enough(clients int) error {
	var limit unix.Rlimit // Go has raised the soft one to the hard one
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("limit of descriptors: %w", err)
	}
	if uint64(clients+spare) > limit.Cur {
		return fmt.Errorf("%d descriptors are needed, the system allows %d (ulimit -n)", clients+spare, limit.Cur)
	}
	return nil
}

// measure builds what is needed, and plays the plan.
func measure(s settings) (file result.File, err error) {
	if err := enough(s.descriptors()); err != nil {
		return file, err
	}
	if err := subject.Build(".", s.subjects); err != nil {
		return file, err
	}
	file.Plan, file.Command = s.Plan, strings.Join(append([]string{"go run ."}, s.told...), " ")
	if file.Machine, err = result.ThisMachine(); err != nil {
		return file, err
	}
	if file.Versions, err = subject.Versions(".", s.rollcall, s.subjects); err != nil {
		return file, err
	}
	meter, err := result.NewMeter()
	if err != nil {
		return file, err
	}
	b := bench{plan: s.plan, subjects: subject.All(".", s.rollcall), days: map[job]*scenario.Day{}}
	err = b.measure()
	file.Runs = b.runs
	if err != nil {
		return file, err
	}
	file.Others, file.Took, err = meter.Others()
	file.Took = file.Took.Round(time.Second)
	return file, err
}
