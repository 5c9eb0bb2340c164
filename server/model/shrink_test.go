package model

import "slices"

// shrink returns the shortest schedule that it finds, in at most the given number of
// tries, for which fails returns true. As the order of goroutines varies, a schedule may
// not fail every time, so fails should play it several times.
func shrink(s schedule, tries int, fails func(schedule) bool) schedule {
	try := func(smaller schedule) bool {
		if tries == 0 {
			return false
		}
		tries--
		if !fails(smaller) {
			return false
		}
		s = smaller
		return true
	}
	for _, simpler := range []func(*shape){
		func(sh *shape) { sh.Rooms = 1 },
		func(sh *shape) { sh.Patient = false },
		func(sh *shape) { sh.Observed = false },
		func(sh *shape) { sh.Buffer = 8 },
	} {
		smaller := s
		if simpler(&smaller.shape); smaller.shape != s.shape {
			try(smaller)
		}
	}
	for size := len(s.steps) / 2; size > 0; size /= 2 {
		for at := 0; at < len(s.steps); {
			smaller := s
			smaller.steps = slices.Delete(slices.Clone(s.steps), at, min(at+size, len(s.steps)))
			if !try(smaller) {
				at += size
			}
		}
	}
	for i := range s.steps { // keep bursts only where they matter
		if s.steps[i].burst {
			smaller := s
			smaller.steps = slices.Clone(s.steps)
			smaller.steps[i].burst = false
			try(smaller)
		}
	}
	return s
}
