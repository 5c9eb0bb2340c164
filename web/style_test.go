package web

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// rgb is a colour in linear light, each component from 0 to 1.
type rgb [3]float64

// oklch converts a colour of the style sheet (CSS Color 4 §9.3) to what a screen shows.
func oklch(l, c, h float64) (out rgb) {
	a, b := c*math.Cos(h*math.Pi/180), c*math.Sin(h*math.Pi/180)
	cube := func(x float64) float64 { return x * x * x }
	long := cube(l + 0.3963377774*a + 0.2158037573*b)
	medium := cube(l - 0.1055613458*a - 0.0638541728*b)
	short := cube(l - 0.0894841775*a - 1.2914855480*b)
	out[0] = 4.0767416621*long - 3.3077115913*medium + 0.2309699292*short
	out[1] = -1.2684380046*long + 2.6097574011*medium - 0.3413193965*short
	out[2] = -0.0041960863*long - 0.7034186147*medium + 1.7076147010*short
	for i := range out {
		out[i] = min(max(out[i], 0), 1)
	}
	return out
}

// contrast returns the contrast ratio of two colours (WCAG 2.2).
func contrast(a, b rgb) float64 {
	luminance := func(c rgb) float64 { return 0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2] }
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// styleSheet has the colours of style.css, for the light and the dark theme.
type styleSheet struct {
	t    *testing.T
	text string
}

func readSheet(t *testing.T) styleSheet {
	t.Helper()
	text, err := os.ReadFile("style.css")
	if err != nil {
		t.Fatal(err)
	}
	return styleSheet{t, string(text)}
}

var pair = regexp.MustCompile(`light-dark\(oklch\(([^()]*(?:\([^()]*\))?[^()]*)\), oklch\(([^()]*(?:\([^()]*\))?[^()]*)\)\)`)

// colours returns the light and dark colour of the first declaration with the given
// prefix, with hue for --h.
func (s styleSheet) colours(declaration string, hue float64) (themes [2]rgb) {
	s.t.Helper()
	_, rest, ok := strings.Cut(s.text, declaration)
	found := pair.FindStringSubmatch(rest)
	if !ok || found == nil || strings.Index(rest, found[0]) > 40 {
		s.t.Fatalf("style.css has no %q with a pair of colours", declaration)
	}
	for i, values := range found[1:] {
		var v [3]float64
		fields := strings.Fields(strings.ReplaceAll(values, "var(--h)", fmt.Sprint(hue)))
		for j := range v {
			var err error
			if v[j], err = strconv.ParseFloat(fields[j], 64); err != nil {
				s.t.Fatalf("%s: %v", values, err)
			}
		}
		themes[i] = oklch(v[0], v[1], v[2])
	}
	return themes
}

var themeNames = [2]string{"light", "dark"}

// Texts are readable in both themes by WCAG AA: a contrast of 4.5 to 1 for text, and 3
// to 1 for controls and shapes.
func TestContrast(t *testing.T) {
	s := readSheet(t)
	for _, c := range []struct {
		over, behind string
		least        float64
	}{
		{"--ink", "--paper", 4.5},
		{"--ink", "--sheet", 4.5},
		{"--soft", "--paper", 4.5},
		{"--soft", "--sheet", 4.5},
		{"--wrong", "--sheet", 4.5},
		{"--accent", "--sheet", 4.5},
		{"--accent", "--paper", 4.5},
		{"--on-accent", "--accent", 4.5},
		{"--on-accent", "--accent-over", 4.5},
		{"--field", "--paper", 3},
		{"--field", "--sheet", 3},
		{"--live", "--sheet", 3},
		{"--wait", "--sheet", 3},
	} {
		over, behind := s.colours(c.over+":", 0), s.colours(c.behind+":", 0)
		for i, theme := range themeNames {
			if got := contrast(over[i], behind[i]); got < c.least {
				t.Errorf("%s: %s on %s has %.2f to 1, want %v", theme, c.over, c.behind, got, c.least)
			}
		}
	}
}

// The initials in a face are readable, whatever hue the id has.
func TestFacesAreReadable(t *testing.T) {
	s := readSheet(t)
	_, face, _ := strings.Cut(s.text, "\n.face {")
	hues := regexp.MustCompile(`(?m)^\.h\d+ \{ --h: (\d+); \}$`).FindAllStringSubmatch(s.text, -1)
	if len(hues) != 24 {
		t.Fatalf("there are %d hues", len(hues))
	}
	for _, h := range hues {
		hue, _ := strconv.ParseFloat(h[1], 64)
		faces := styleSheet{t, face}
		behind, letters := faces.colours("background:", hue), faces.colours("color:", hue)
		for i, theme := range themeNames {
			if got := contrast(letters[i], behind[i]); got < 4.5 {
				t.Errorf("%s: a face of hue %v has %.2f to 1, want 4.5", theme, hue, got)
			}
		}
	}
}

// The computation agrees with published values.
func TestContrastIsComputedRight(t *testing.T) {
	white, black := oklch(1, 0, 0), oklch(0, 0, 0)
	if got := contrast(white, black); math.Abs(got-21) > 0.01 {
		t.Errorf("black on white has %v to 1", got)
	}
	red := oklch(0.6279554, 0.2576833, 29.2338) // #ff0000, which has 4.00 to 1 on white
	if got := contrast(red, white); math.Abs(got-4) > 0.02 {
		t.Errorf("red on white has %v to 1", got)
	}
}
