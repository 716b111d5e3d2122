package e2e

import (
	"context"
	_ "embed"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

//go:embed hands.js
var handsScript string

const (
	// maxStops bounds how often Tab is pressed to come to something.
	maxStops = 600
	// parts are how many more stops than one a field may have: a day has its
	// parts and a calendar.
	parts = 4
	// skip leads over what stands around the page.
	skip = "Skip to the page"
)

// stop is where the focus is: the number of the element on this page, what it is
// called, and what is wrong with how it can be seen.
type stop struct {
	ID     int      `json:"id"`
	Name   string   `json:"name"`
	Faults []string `json:"faults"`
}

// hands has each page say where its focus is, and notice a pointer.
func (b *browser) hands() {
	b.Helper()
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: handsScript})
		return err
	}))
}

// keysOnly fails the test when, at its end, anything else than a key was used.
func (b *browser) keysOnly() {
	b.Helper()
	if faults := ask[string](b, `hands.faults()`); faults != "" {
		b.Errorf("a pointer was used:\n%s", faults)
	}
}

// tab moves the focus on by one, and finds fault with where it comes to.
func (b *browser) tab() stop {
	b.Helper()
	b.do(chromedp.KeyEvent(kb.Tab))
	at := ask[stop](b, `hands.focused()`)
	for _, fault := range at.Faults {
		b.Errorf("%s: %q %s", ask[string](b, `location.pathname`), at.Name, fault)
	}
	return at
}

// to moves the focus to what has a name, or fits a selector, by Tab. What is in
// the page is come to over the link that skips what stands around.
func (b *browser) to(what string) {
	b.Helper()
	b.until(`window.hands?.stands(` + quoted(what) + `)`)
	var passed []string
	for range maxStops {
		if ask[bool](b, `hands.is(`+quoted(what)+`)`) {
			return
		}
		at := b.tab()
		passed = append(passed, at.Name)
		if at.Name == skip && ask[bool](b, `hands.inside(`+quoted(what)+`)`) {
			b.keys("\r")
			b.until(`document.activeElement.id === "page"`)
		}
	}
	b.Fatalf("no way leads to %s: %q", what, passed[max(0, len(passed)-40):])
}

// press comes to something by Tab, and presses Enter on it.
func (b *browser) press(what string) {
	b.Helper()
	b.to(what)
	b.keys("\r")
}

// tick comes to a box by Tab, and presses the space bar on it.
func (b *browser) tick(what string) {
	b.Helper()
	b.to(what)
	b.keys(" ")
}

// fill comes to a field by Tab, which chooses what stands in it, and types.
func (b *browser) fill(what, text string) {
	b.Helper()
	b.to(what)
	b.keys(text)
}

// round goes through a page by Tab until it begins again, or until it has been
// to as many places as a long list is sure to have: each is seen, and none keeps
// the focus.
func (b *browser) round() {
	b.Helper()
	been, stays := []int{0}, 0
	for len(been) < 60 {
		at := b.tab()
		if at.Name == skip && ask[string](b, `location.pathname`) != "/" {
			b.keys("\r") // what stands around is the same everywhere
			continue
		}
		switch last := been[len(been)-1]; {
		case at.ID == last && stays < parts:
			stays++ // a day has several parts
			continue
		case at.ID == last:
			b.Errorf("%s: the focus does not leave %q", ask[string](b, `location.pathname`), at.Name)
			return
		case slices.Contains(been, at.ID):
			return
		}
		been, stays = append(been, at.ID), 0
	}
}

// TestHands finds fault with a page that has every fault, and notices a click.
func TestHands(t *testing.T) {
	t.Parallel()
	b := open(t, "")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`<!doctype html><title>Faults</title><style>body { background: #fff } :focus-visible { outline: 2px solid #000 }</style><main>
			<button>good</button> <button style="outline: none">no ring</button> <button style="outline-color: #eee">pale ring</button>
			<div style="overflow: hidden"><button>cut ring</button></div>
			<p style="position: relative"><button>covered</button><span style="position: absolute; inset: 0; background: #fff"></span></p>
			<p><button tabindex="1">first of all</button></p></main>`))
	}))
	t.Cleanup(server.Close)
	b.base = server.URL
	b.visit("/")
	found := map[string]string{}
	for range 6 {
		b.do(chromedp.KeyEvent(kb.Tab))
		at := ask[stop](b, `hands.focused()`)
		found[at.Name] = strings.Join(at.Faults, ", ")
	}
	for name, want := range map[string]string{
		"good": "", "no ring": "has no ring", "pale ring": "has a ring of contrast 1.2", "cut ring": "has its ring cut off at the left, top, bottom by DIV",
		"covered": "is hidden under SPAN", "first of all": "has a place of its own in the order",
	} {
		if found[name] != want {
			t.Errorf("%s %s", name, found[name])
		}
	}
	b.keys("\r") // on the last one
	b.keysOnly()
	ask[bool](b, `document.querySelector("button").click(); true`)
	b.do(chromedp.Click("button"))
	if faults := ask[string](b, `hands.faults()`); faults != "click on good\npointerdown on good\nmousedown on good\nclick on good\n" {
		t.Errorf("of the clicks it says %q", faults)
	}
}
