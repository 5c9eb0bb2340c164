//go:build !dev

package ui

import "github.com/maxence-charriere/go-app/v10/pkg/app"

// OnAppUpdate is called when a new version is ready. It is offered, never
// forced: the person may be in the middle of something.
func (p *Page) OnAppUpdate(app.Context) { p.update = true }
