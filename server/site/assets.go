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

	"rollcall/shared/i18n"
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

// sendShell answers with the page without a room, which the service worker keeps for
// when there is no network.
func (s *Site) sendShell(w http.ResponseWriter, r *http.Request) {
	s.send(w, r, s.shells[WordsFor(w, r).Lang])
}

// newShells returns the shell in each language, as a file.
func newShells(p pages, z packer) (map[string]web.Asset, error) {
	shells := map[string]web.Asset{}
	for _, lang := range i18n.Languages() {
		body, err := p.render("page.html", page{Words: i18n.In(lang)})
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(body)
		shells[lang] = web.Asset{
			Path: "/shell",
			Type: "text/html; charset=utf-8",
			ETag: `"` + hex.EncodeToString(sum[:8]) + `"`,
			Gzip: web.NewForm(z.pack(body)),
			Raw:  web.NewForm(body),
		}
	}
	return shells, nil
}

// send answers with the form of a that the client prefers. A cache may keep a file whose
// address contains its hash for ever, and must revalidate any other each time, unless the
// caller has set another Cache-Control.
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
	switch {
	case a.Immutable:
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	case h.Get("Cache-Control") == "":
		h.Set("Cache-Control", "no-cache")
	}
	if c != identity {
		h.Set("Content-Encoding", string(c))
		h.Set("Content-Length", strconv.FormatInt(body.Size(), 10)) // ServeContent leaves it out beside an encoding
	}
	http.ServeContent(w, r, "", time.Time{}, body.Open())
}

// codings returns the codings in which a is available, the smallest form first.
func codings(a web.Asset) []coding {
	switch {
	case a.Gzip == nil:
		return []coding{identity}
	case a.Brotli == nil:
		return []coding{gzipped, identity}
	}
	return []coding{brotli, gzipped, identity}
}

// etag returns the entity tag of a form of a. Each form has its own, as a strong
// validator must (RFC 9110 §8.8.3.3).
func etag(a web.Asset, c coding) string {
	if c == identity {
		return a.ETag
	}
	return strings.TrimSuffix(a.ETag, `"`) + "-" + string(c) + `"`
}

// form returns a in a coding that codings lists.
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

// unpacked holds the uncompressed form of the files that were requested so, which is
// rare. Each is unpacked once, so that further requests cost neither time nor memory.
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
