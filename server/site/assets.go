package site

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"rollcall/shared/words"
	"rollcall/web"
)

// sendAsset answers with the file at the address.
func (s *Site) sendAsset(w http.ResponseWriter, r *http.Request) {
	a, ok := s.files.Get("/" + strings.TrimPrefix(r.URL.Path, s.base))
	if !ok {
		s.notFound(w, r)
		return
	}
	s.send(w, r, a)
}

// sendShell answers with the page without a room, which the worker keeps for
// when there is no network.
func (s *Site) sendShell(w http.ResponseWriter, r *http.Request) {
	s.send(w, r, s.shells[wordsFor(w, r).Lang])
}

// newShells renders the shell in each language, as a file.
func newShells(p pages) (map[string]web.Asset, error) {
	shells := map[string]web.Asset{}
	for _, lang := range words.Languages() {
		body, err := p.render("page.html", page{Words: words.In(lang)})
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(body)
		shells[lang] = web.Asset{
			Path: "/shell",
			Type: "text/html; charset=utf-8",
			ETag: `"` + hex.EncodeToString(sum[:8]) + `"`,
			Raw:  web.NewForm(body),
		}
	}
	return shells, nil
}

// send answers with the form of a that the client likes best. A cache keeps a
// file whose address names its content for good, and asks for any other each
// time.
func (s *Site) send(w http.ResponseWriter, r *http.Request, a web.Asset) {
	h := w.Header()
	h.Add("Vary", "Accept-Encoding")
	c, ok := choose(r, codings(a))
	if !ok {
		http.Error(w, "no form of this file has an encoding that the request accepts", http.StatusNotAcceptable)
		return
	}
	body, err := s.form(a, c)
	if err != nil {
		s.log.Error("a file does not unpack", "path", a.Path, "err", err)
		http.Error(w, "the server failed to unpack this file", http.StatusInternalServerError)
		return
	}
	h.Set("Content-Type", a.Type)
	h.Set("ETag", etag(a, c))
	h.Set("Cache-Control", "no-cache")
	if a.Immutable {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if c != identity {
		h.Set("Content-Encoding", string(c))
		h.Set("Content-Length", strconv.FormatInt(body.Size(), 10)) // ServeContent leaves it out beside an encoding
	}
	http.ServeContent(w, r, "", time.Time{}, body.Open())
}

// codings are those that a can be had in, the smallest form first.
func codings(a web.Asset) []coding {
	switch {
	case a.Gzip == nil:
		return []coding{identity}
	case a.Brotli == nil:
		return []coding{gzipped, identity}
	}
	return []coding{brotli, gzipped, identity}
}

// etag tells the forms of a apart, as a strong validator must (RFC 9110 §8.8.3.3).
func etag(a web.Asset, c coding) string {
	if c == identity {
		return a.ETag
	}
	return strings.TrimSuffix(a.ETag, `"`) + "-" + string(c) + `"`
}

func (s *Site) form(a web.Asset, c coding) (*web.Form, error) {
	switch {
	case c == brotli:
		return a.Brotli, nil
	case c == gzipped:
		return a.Gzip, nil
	case a.Raw != nil:
		return a.Raw, nil
	}
	return s.unpacked.get(a)
}

// unpacked holds the plain form of the files that somebody wanted so, which is
// rare. Each is unpacked once, so that asking often costs neither time nor memory.
type unpacked struct {
	files sync.Map // of func() (*web.Form, error), by path
}

func (u *unpacked) get(a web.Asset) (*web.Form, error) {
	unpack, _ := u.files.LoadOrStore(a.Path, sync.OnceValues(func() (*web.Form, error) {
		r, err := gzip.NewReader(a.Gzip.Open())
		if err != nil {
			return nil, err
		}
		content, err := io.ReadAll(r)
		return web.NewForm(content), err
	}))
	return unpack.(func() (*web.Form, error))()
}
