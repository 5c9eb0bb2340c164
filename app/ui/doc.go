// Package ui is the page of a room as go-app components.
//
// One component has the state: Page. It folds what the client hands over into
// a roster of its own, so that everything a card needs (who was it that left,
// and why) is there before and after joining alike. All else here is either a
// plain Go value that can be tested without a browser, or a function from
// such values to elements:
//
//   - page.go, join.go, events.go: the life of a Page.
//   - sheet.go, rows.go, ghosts.go, window.go: who stands on the sheet, and where.
//   - link.go, activity.go, news.go: the connection, the person, the live region.
//   - header.go, bar.go, list.go, dialog.go, edit.go: the elements. Those that the server
//     sends first must have the same shape in web/page.html; a test compares.
//   - panel.go, invite.go, rooms.go, notify.go: what a person may ask for.
//   - scroll.go, motion.go: what stays in its place, and what moves to another.
//   - dom.go, intl.go, storage.go, island.go: what touches the browser.
//   - text.go: how package words is spoken.
//
// All methods run on go-app's UI goroutine unless they say otherwise.
package ui
