package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"rollcall/shared"
	"rollcall/shared/i18n"
)

// embedDir is where the files for other pages are, in web and in what is served.
const embedDir = "embed/"

// socketIO is the script that the first program of docs/sketch loads.
const socketIO = "socket.io/socket.io.js"

// addEmbed adds the files for pages that are not ours, whose addresses never change.
func addEmbed(s *site, web fs.FS) error {
	before := map[string]string{
		"rollcall.js":   constant("wire", wireConstants()),
		"roll-call.js":  constant("words", embedWords()),
		"rollcall.d.ts": string(declarations()),
	}
	files, err := fs.Glob(web, embedDir+"*.[jt]s")
	if err != nil {
		return err
	}
	for _, file := range append(files, socketIO) {
		content, err := fs.ReadFile(web, file)
		if err != nil {
			return err
		}
		if path.Ext(file) == ".js" {
			content = spare(content)
		}
		s.put(path.Base(file), file, append([]byte(before[path.Base(file)]), content...))
	}
	return nil
}

// constant returns the declaration of a constant of a script.
func constant(name string, value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // numbers and texts all the way
	}
	return fmt.Sprintf("const %s = %s;\n", name, text)
}

// remarks matches what a script has for its readers: comments that begin a line or follow
// a space, and indentation. No text in a script may look like one.
var remarks = regexp.MustCompile(`(?m)^[ \t]*(//.*)?\n|^[ \t]+| // .*$`)

// spare returns a script without remarks.
func spare(script []byte) []byte { return remarks.ReplaceAll(script, nil) }

// wireConstants returns the constants of the protocol as the script knows them.
func wireConstants() map[string]any {
	ms := time.Duration.Milliseconds
	errors, pauses := map[shared.Code][2]any{}, map[shared.CloseCode]int64{}
	for _, code := range shared.FatalCodes() {
		end, _ := code.Close()
		errors[code] = [2]any{code.Final(), ms(end.Pause())}
		if end.Pause() != shared.CloseAbnormal.Pause() {
			pauses[end] = ms(end.Pause())
		}
	}
	return map[string]any{
		"hues":           shared.Hues,
		"subprotocol":    shared.Subprotocol,
		"token":          shared.TokenProtocol,
		"lobby":          shared.Lobby,
		"resumeAbove":    shared.ResumeAbove,
		"maxServerFrame": shared.MaxServerFrame,
		"maxUnsent":      8 * shared.MaxClientFrame,
		"silentAfter":    ms(shared.SilentAfter),
		"resyncEvery":    ms(shared.ResyncEvery),
		"retryFirst":     ms(shared.RetryFirst),
		"retryMost":      ms(shared.RetryMost),
		"closeSilent":    shared.CloseSilent,
		"closeBad":       shared.CloseBadRequest,
		"hashed":         hashedFields(),
		"errors":         errors, // code: [final, pause]
		"pauses":         pauses, // of close codes, where they differ from pause
		"pause":          ms(shared.CloseAbnormal.Pause()),
	}
}

// hashedFields returns the fields of a member that its hash covers where they are not left out,
// in their order. Those that are always there are in the script.
func hashedFields() (names []string) {
	user := reflect.TypeFor[shared.User]()
	for i := range user.NumField() {
		name, options, _ := strings.Cut(user.Field(i).Tag.Get("json"), ",")
		if options != "" && name != "note" { // which is hashed as an empty text where it is left out
			names = append(names, name)
		}
	}
	return names
}

// ofCategory has a number of each plural category that a language may have, as in CLDR.
var ofCategory = map[string]int{"zero": 0, "one": 1, "two": 2, "few": 3, "many": 11, "other": 100}

// embedWords returns, by language, the texts of the element for other pages, and of those that
// depend on a number one for each plural category, unless it is that of others.
func embedWords() map[string]any {
	all := map[string]any{}
	for _, lang := range i18n.Languages() {
		say := i18n.In(lang)
		people := map[string]string{}
		for category, n := range ofCategory {
			people[category] = strings.Replace(say.Count(say.PeopleHere, n), strconv.Itoa(n), "{n}", 1)
		}
		maps.DeleteFunc(people, func(category, text string) bool { return category != "other" && text == people["other"] })
		all[lang] = map[string]any{
			"people": people, "active": say.Active, "idle": say.Idle, "away": say.Away,
			"reconnecting": say.Reconnecting, "closed": say.Offline,
		}
	}
	return all
}
