//go:build !race

package model

// schedules is the default of the flag -schedules.
const schedules = 3000
