package demo_test

import (
	"errors"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"tieout/store"
	"tieout/sync/journal"
	"tieout/sync/undo"
)

var (
	entries = regexp.MustCompile(`(?s)<li id="entry-(\d+)">.*?</li>`)
	offer   = regexp.MustCompile(`undo\?scope=document&amp;id=([^"]*)"`)
	gone    = regexp.MustCompile(`(\?before=\d+)#(entry-\d+)">taken back`)
)

// offers checks the journal's pages of every book: what they offer to take back
// can be taken back, and of what they call taken back nothing stands. It
// gives how many entries are said to be.
func (w *world) offers() (back int) {
	w.Helper()
	v := w.visitor()
	w.everySide(func(s *side) {
		path := "/journal/" + s.book.ID
		page := v.body(http.MethodGet, path, nil, http.StatusOK)
		offered := map[string]bool{}
		for _, found := range offer.FindAllStringSubmatch(page, -1) {
			id, err := url.QueryUnescape(html.UnescapeString(found[1]))
			if err != nil {
				w.Fatal(err)
			}
			offered[id] = true
			if _, err := w.demo.App.PreviewUndo(w.Context(), s.current(), undo.Scope{Kind: undo.ScopeDocument, ID: id}, "Ada", false); err != nil {
				w.Errorf("%s: the journal offers to take %s back: %v", s.Vendor, id, err)
			}
		}
		for _, e := range s.ofOurs() {
			id := string(e.Document.Kind) + "/" + e.Document.ID
			_, err := w.demo.App.PreviewUndo(w.Context(), s.current(), undo.Scope{Kind: undo.ScopeDocument, ID: id}, "Ada", false)
			if !offered[id] && !errors.Is(err, undo.ErrNothing) {
				w.Errorf("%s: the journal does not offer to take %s back: %v", s.Vendor, id, err)
			}
		}
		for _, found := range gone.FindAllStringSubmatch(page, -1) {
			back++
			if there := v.body(http.MethodGet, path+found[1], nil, http.StatusOK); !strings.Contains(there, `id="`+found[2]+`"`) {
				w.Errorf("%s: there is no %s at %s", s.Vendor, found[2], found[1])
			}
		}
		if n := len(entries.FindAllString(page, -1)); n >= 50 {
			w.Errorf("%s: %d entries do not stand on one page", s.Vendor, n)
		}
	})
	return back
}

// ofOurs are the journal's entries of documents that were written.
func (s *side) ofOurs() (list []journal.Entry) {
	s.w.Helper()
	err := s.w.demo.App.Store.Journal(s.w.Context(), s.book.Tenant, s.book.ID, store.JournalQuery{Kinds: []journal.Kind{journal.KindWrite}}, func(l journal.Line) error {
		e, err := l.Open()
		if len(e.Parts) > 0 && e.Document.ID != "" {
			list = append(list, e)
		}
		return err
	})
	if err != nil {
		s.w.Fatal(err)
	}
	return list
}
