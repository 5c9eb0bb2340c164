package engines

import "unicode/utf8"

// action and inputSource are the input actions of WebDriver §15, which WebDriver BiDi
// shares.
type action struct {
	Type     string   `json:"type"`
	X        *float64 `json:"x,omitempty"` // CSS pixels, relative to the viewport
	Y        *float64 `json:"y,omitempty"`
	Button   *int     `json:"button,omitempty"`
	Value    string   `json:"value,omitempty"` // of a key: its character
	Duration *int     `json:"duration,omitempty"`
}

type inputSource struct {
	Type    string   `json:"type"`
	ID      string   `json:"id"`
	Actions []action `json:"actions"`
}

// clickActions returns a click of the mouse at a point.
func clickActions(x, y float64) []inputSource {
	left, atOnce := 0, 0
	return []inputSource{{Type: "pointer", ID: "mouse", Actions: []action{
		{Type: "pointerMove", X: &x, Y: &y, Duration: &atOnce},
		{Type: "pointerDown", Button: &left},
		{Type: "pointerUp", Button: &left},
	}}}
}

// typeActions returns the keystrokes for a text.
func typeActions(text string) []inputSource {
	keys := make([]action, 0, 2*utf8.RuneCountInString(text))
	for _, r := range text {
		key := string(r)
		switch key {
		case Enter:
			key = "\ue007"
		case Escape:
			key = "\ue00c"
		}
		keys = append(keys, action{Type: "keyDown", Value: key}, action{Type: "keyUp", Value: key})
	}
	return []inputSource{{Type: "key", ID: "keyboard", Actions: keys}}
}
