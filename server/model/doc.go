// Package model plays seeded random schedules on the real hub, the real codec
// and the real client over connections in memory, with a clock of their own,
// and checks after every step what design.md promises. It holds tests only.
//
// A schedule is data: a line per step, which can be printed, read back and cut
// down. What happens to it:
//
//   - schedule_test.go, ops_test.go: what a schedule is, and every kind of step.
//   - generate_test.go, shrink_test.go: from a seed to a schedule, from a
//     failing one to a short one.
//   - world_test.go, member_test.go, tab_test.go: the world it is played in, the
//     people, and their clients.
//   - link_test.go, fault_test.go: connections, with pings and fragments, and
//     what can go wrong with them.
//   - server_test.go, guest_test.go: servers, and sessions without a client.
//   - oracle_test.go: who must be shown, by a map and a clock.
//   - stream_test.go: what anybody was told, checked at each revision.
//   - check_test.go, bounds_test.go: what must hold after every step.
//   - model_test.go: the tests.
//   - mutants: a program that plants bugs and demands that they be found.
//
// docs/testing.md says how to use it.
package model
