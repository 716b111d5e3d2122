package e2e

import (
	"context"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tieout/demo"
	"tieout/internal/app"
	"tieout/internal/clock"
)

// installation is a demonstration with its pages on a real port.
type installation struct {
	*testing.T
	demo  *demo.Demo
	enter string
	base  string
	// ill is what its database fails at.
	ill *illness
}

// start plays the main job of a small economy.
func start(t *testing.T) *installation {
	t.Helper()
	ill := &illness{}
	d, err := demo.Start(t.Context(), demo.Options{
		Through: ill.through,
		Seed:    1, Invoices: 40, Clock: clock.At(time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)), Random: rand.NewChaCha8([32]byte{5}),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	if err := d.SetUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	screen := app.Screen{Log: func(reference string, err error) {
		if ill.words.Load() == nil {
			t.Errorf("page %s: %v", reference, err)
		}
	}}
	site, enter, err := d.Pages(t.Context(), screen)
	if err != nil {
		t.Fatal(err)
	}
	programs, err := d.App.Programs(screen)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", site)
	mux.Handle("/api/", programs)
	mux.Handle("/feeds/", programs)
	server := httptest.NewServer(mux)
	t.Cleanup(func() { site.Close(); server.Close() })
	return &installation{t, d, enter, server.URL, ill}
}

// TestDemonstration plays the main job and looks at it: what was a page of
// zeros fills while it is open, every page fits a phone, has no fault that axe
// knows, and can be used by keyboard alone.
func TestDemonstration(t *testing.T) {
	t.Parallel()
	b := open(t, "")
	i := start(t)
	b.base = i.base
	b.visit("/")
	b.see("Sign in")
	b.shoot("login")
	b.visit(i.enter)
	b.see("This opens the demonstration")
	b.keys("\r")
	b.see("Demonstration", "Open receivables")
	b.until(`document.documentElement.dataset.online === "yes"`)
	if _, err := i.demo.Play(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	b.see("agree to the cent")
	b.reconciles(i)
	b.walk()
	b.settings()
	b.visit("/decisions")
	b.see("Who is it?")
	b.keys("j")
	b.keys("1")
	b.see("Answered:", "Take it back")
	b.keys("u")
	b.until(`!document.body.innerText.includes("Answered:")`)
	b.visit("/")
	b.keys("?")
	b.until(`document.getElementById("keys").open`)
	b.axe()
	b.do(keyOf("Escape"))
	b.goes("s", "/settings")
	b.atOnce()
	b.keys("/")
	b.until(`document.activeElement.type === "search"`)
	b.keysOnly()
}

// atOnce presses "g d" in the very moment in which the dialog of keys closes: until
// the next frame the focus is still inside of it.
func (b *browser) atOnce() {
	b.Helper()
	inside := ask[bool](b, `(() => {
		const keys = document.getElementById("keys");
		keys.showModal();
		keys.close();
		const at = document.activeElement;
		for (const key of ["g", "d"]) at.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
		return at.closest("dialog") !== null;
	})()`)
	if !inside {
		b.Error("the focus has left the dialog: this shows nothing")
	}
	b.until(`location.pathname === "/decisions"`)
}

// axe runs axe-core over the page, from the file that TIEOUT_AXE names, which is
// skipped where it is absent unless TIEOUT_TEST_REQUIRE names axe.
func (b *browser) axe() {
	b.Helper()
	file := os.Getenv("TIEOUT_AXE")
	if file == "" {
		if required("axe") {
			b.Fatal("TIEOUT_AXE names no axe.min.js, and TIEOUT_TEST_REQUIRE names axe")
		}
		return
	}
	script, err := os.ReadFile(filepath.Clean(file))
	if err != nil {
		b.Fatal(err)
	}
	ask[bool](b, string(script)+";true")
	// In the dark only colours are others, on a phone only sizes and places.
	for _, look := range []struct {
		width, height int64
		scheme, rules string
	}{
		{1280, 800, "light", `{runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], rules: {"target-size": {enabled: true}}}`},
		{390, 844, "light", `{runOnly: {type: "rule", values: ["target-size", "scrollable-region-focusable", "color-contrast"]}}`},
		{1280, 800, "dark", `{runOnly: {type: "rule", values: ["color-contrast", "link-in-text-block"]}}`},
	} {
		b.size(look.width, look.height, look.scheme)
		ask[bool](b, `window.found = ""; axe.run(document, `+look.rules+`)
			.then(r => { window.found = "done\n" + r.violations.map(v => v.id + ": " + v.help + "\n  " + v.nodes.slice(0, 3).map(n => n.html).join("\n  ")).join("\n"); }); true`)
		b.until(`window.found !== ""`)
		if found := strings.TrimPrefix(ask[string](b, "window.found"), "done\n"); found != "" {
			b.Errorf("%s, %d wide, %s:\n%s", ask[string](b, "location.pathname"), look.width, look.scheme, found)
		}
	}
	b.size(1280, 800, "light")
}
