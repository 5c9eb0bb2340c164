package main

import "encoding/json"

// paper is the background colour of the page in style.css and of the icons. The window shows
// it until the page is painted.
const paper = "#fbf9f4"

// A webManifest is a web application manifest (W3C, Web Application Manifest).
type webManifest struct {
	Name            string   `json:"name"`
	ShortName       string   `json:"short_name"`
	Description     string   `json:"description"`
	Lang            string   `json:"lang"`
	StartURL        string   `json:"start_url"`
	Scope           string   `json:"scope"`
	Display         string   `json:"display"`
	BackgroundColor string   `json:"background_color"`
	ThemeColor      string   `json:"theme_color"`
	Categories      []string `json:"categories"`
	Icons           []icon   `json:"icons"`

	Shortcuts []shortcut `json:"shortcuts"`
}

type shortcut struct {
	Name  string `json:"name"`
	URL   string `json:"url"`
	Icons []icon `json:"icons"`
}

type icon struct {
	Source  string `json:"src"`
	Type    string `json:"type"`
	Sizes   string `json:"sizes"`
	Purpose string `json:"purpose"`
}

// manifest returns the web application manifest. Its addresses are relative to its own, since
// the site may be served at any path.
func manifest(url func(name string) string) []byte {
	at := func(name string) string { return "." + url(name) }
	small := icon{at("icon-192.png"), "image/png", "192x192", "any"}
	m := webManifest{
		Name:            "Rollcall",
		ShortName:       "Rollcall",
		Description:     "A room on the web: see who is here, and see them come and go.",
		Lang:            "en",
		StartURL:        "./",
		Scope:           "./",
		Display:         "standalone",
		BackgroundColor: paper,
		ThemeColor:      paper,
		Categories:      []string{"productivity", "social"},
		Icons: []icon{
			{at("icon.svg"), "image/svg+xml", "any", "any"},
			small,
			{at("icon-512.png"), "image/png", "512x512", "any"},
			{at("icon-maskable-512.png"), "image/png", "512x512", "maskable"},
		},
		Shortcuts: []shortcut{
			{"Lobby", "./", []icon{small}},
			{"Go to a room", "./#rooms", []icon{small}},
		},
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		panic(err) // strings all the way
	}
	return append(text, '\n')
}
