//go:build !race

package model

// schedules is how many are played by default.
const schedules = 3000
