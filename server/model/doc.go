// Package model plays random schedules, made from seeds, on the real hub, codec and
// client. They run with a fake clock over connections in memory. After every step it
// checks what docs/invariants.md promises. The package has only tests.
//
// A schedule is data, one line per step, which can be printed, parsed and shortened:
//
//   - schedule_test.go, ops_test.go: schedules and all kinds of steps.
//   - generate_test.go, shrink_test.go: make a schedule from a seed, and a short one
//     from a long one that fails.
//   - world_test.go, member_test.go, tab_test.go, dial_test.go: the world in which a
//     schedule is played, its people, their clients, and how these connect.
//   - link_test.go, fault_test.go: connections, with pings and fragments, and their
//     faults.
//   - server_test.go, guest_test.go, pest_test.go: servers, and sessions without a
//     client: guests, observers, and peers that never read.
//   - mesh_test.go, nodes_test.go, fabric_test.go, ruin_test.go: servers that form a
//     cluster, the network between them, and their faults.
//   - oracle_test.go: computes whom a room must show, with a map and a clock.
//   - info_test.go, moderate_test.go: what rooms say of themselves; kicks, bans and
//     announcements.
//   - stream_test.go, facts_test.go: check what clients and observers receive.
//   - check_test.go, bounds_test.go, weigh_test.go: check what must hold after every
//     step.
//   - model_test.go: the tests.
//   - mutants: a program that plants bugs and checks that the tests find them.
//
// docs/testing.md explains how to use it.
package model
