// Package ui renders the page of a room with go-app components.
//
// Page is the only stateful component. It applies the updates of package client to a
// roster of its own, in which it finds who left and why, before and after joining
// alike. Everything else is either a plain Go value, which can be tested without a
// browser, or a function from such values to elements:
//
//   - page.go, join.go, events.go: the life of a Page.
//   - memberlist.go, rows.go, ghosts.go, window.go: who is listed, and where.
//   - connection.go, activity.go, input.go, announce.go: the connection, the user's
//     attention, the live region for screen readers.
//   - watch.go, poll.go, problem.go: the members before the user has joined, live or by
//     asking for them, and what prevents joining.
//   - putout.go, announcement.go: what those who look after a room do and say.
//   - host.go, about.go, knock.go: what hosts may do, and knocking at a locked room.
//   - header.go, toolbar.go, list.go, dialog.go, edit.go: the elements. Those that the
//     server sends first must have the same shape in web/page.html; a test compares.
//   - panel.go, invite.go, rooms.go, notify.go: what the user may open.
//   - scroll.go, motion.go: what keeps its position, and what is animated.
//   - offline.go, saved.go, typed.go: what is kept for later.
//   - dom.go, intl.go, storage.go, embedded.go, domguard.go: access to the browser.
//   - text.go: the texts of package i18n.
//
// # Concurrency
//
// A Page and all it consists of belong to go-app's UI goroutine: its hooks, its event
// handlers, and functions passed to Dispatch, Defer and After run there, one at a time.
// Functions that run elsewhere say so: callbacks of promises and of listen, and
// receiveUpdates. They change the Page by Dispatch only. Listeners for scrolling and
// resizing read it directly, since the program has a single thread in the browser.
package ui
