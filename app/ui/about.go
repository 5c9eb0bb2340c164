package ui

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
	"rollcall/shared/i18n"
)

// about is what a host writes about the room.
type about struct {
	was          shared.RoomInfo // what the room said when the panel was opened
	title, topic string          // what is wrong with them
}

// openAbout opens the panel of what a host may do with the room. Its fields are filled once:
// what another host changes meanwhile does not take away what is being typed.
func (p *Page) openAbout() {
	p.about = about{was: p.roster.Info()}
	p.open(panelHost)
	p.ctx.Defer(func(app.Context) {
		if title := byID("title-field"); title.Truthy() {
			title.Set("value", p.about.was.Title)
			byID("topic-field").Set("value", p.about.was.Topic)
		}
	})
}

// aboutForm returns the form for the room's title and topic.
func (p *Page) aboutForm() app.UI {
	return nameForm("about-form").OnSubmit(p.onAboutSubmit).Body(
		labelOf("title", hosting("title-field")),
		textField("title", p.about.title).OnInput(p.onAboutInput),
		problemOf("title", p.about.title),
		labelOf("topic", hosting("topic-field")),
		textField("topic", p.about.topic).OnInput(p.onAboutInput),
		problemOf("topic", p.about.topic),
		box("div", "actions", app.Elem("button").Attr("type", "submit").Class("primary").Text(string(msgs.Save))),
	)
}

// onAboutInput clears the errors about text that has changed since.
func (p *Page) onAboutInput(app.Context, app.Event) { p.about.title, p.about.topic = "", "" }

// onAboutSubmit sends what the host has changed, unless it is not valid.
func (p *Page) onAboutSubmit(ctx app.Context, e app.Event) {
	e.PreventDefault()
	title, topic := textIn("title"), textIn("topic")
	flaw, _ := shared.NameFlaw(title)
	if title == "" {
		flaw = shared.NoFlaw
	}
	p.about.title = flawText(flaw, shared.MaxNameRunes)
	flaw, _ = shared.NoteFlaw(topic)
	p.about.topic = flawText(flaw, shared.MaxNoteRunes)
	switch {
	case p.about.title != "":
		byID("title-field").Call("focus")
		return
	case p.about.topic != "":
		byID("topic-field").Call("focus")
		return
	}
	var change shared.UpdateRoom
	if title != p.about.was.Title {
		change.Title = &title
	}
	if topic != p.about.was.Topic {
		change.Topic = &topic
	}
	if change == (shared.UpdateRoom{}) || p.client.SetRoom(p.ctx, change) == nil {
		p.onPanelCancel(ctx, e)
	}
}

// flawText returns what is wrong with a title or topic, or "".
func flawText(flaw shared.Flaw, most int) string {
	switch flaw {
	case shared.NoFlaw:
		return ""
	case shared.Long:
		return i18n.Text(hosting("long")).With("n", strconv.Itoa(most))
	}
	return hosting("unseen")
}
