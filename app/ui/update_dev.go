//go:build dev

package ui

import "github.com/maxence-charriere/go-app/v10/pkg/app"

// OnAppUpdate shows a developer what was just built.
func (p *Page) OnAppUpdate(ctx app.Context) { ctx.Reload() }
