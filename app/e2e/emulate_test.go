//go:build !js

package e2e

import "github.com/chromedp/cdproto/emulation"

// setLanguage sets the language that the browser asks for.
func (tb *tab) setLanguage(tag string) {
	tb.t.Helper()
	call(tb, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: "Chromium", AcceptLanguage: tag})
}

// setWidth gives the window a width, in CSS pixels, and a height of 800.
func (tb *tab) setWidth(width int64) {
	tb.t.Helper()
	call(tb, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 800, DeviceScaleFactor: 1})
}

// setMedia sets the user's preferences: theme is "light" or "dark", motion "reduce" or
// "no-preference". An empty one stays as it is in the browser.
func (tb *tab) setMedia(theme, motion string) {
	tb.t.Helper()
	var features []*emulation.MediaFeature
	if theme != "" {
		features = append(features, &emulation.MediaFeature{Name: "prefers-color-scheme", Value: theme})
	}
	if motion != "" {
		features = append(features, &emulation.MediaFeature{Name: "prefers-reduced-motion", Value: motion})
	}
	call(tb, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
}

// waitStill waits until no animation runs.
func (tb *tab) waitStill() {
	tb.t.Helper()
	tb.holds("nothing moves", "() => document.getAnimations().every(a => a.playState !== 'running')")
}
