//go:build dev

package ui

import "github.com/maxence-charriere/go-app/v10/pkg/app"

// OnAppUpdate reloads the page for what a developer has just built.
func (p *Page) OnAppUpdate(ctx app.Context) { ctx.Reload() }
