//go:build race

package model

// schedules is how many are played by default; the race detector makes each
// take ten times as long.
const schedules = 300
