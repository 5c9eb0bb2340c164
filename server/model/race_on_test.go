//go:build race

package model

// schedules is the default of the flag -schedules. With the race detector, each
// schedule takes ten times as long.
const schedules = 300
