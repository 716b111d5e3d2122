// Package e2e opens the pages of a whole installation in a real browser. It has
// tests only: they need Chromium, and are skipped where it is absent unless
// TIEOUT_TEST_REQUIRE names chromium.
package e2e

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// patience is how long a test waits for a page to come to what it expects.
const patience = 60 * time.Second

// browser is one tab of Chromium.
type browser struct {
	*testing.T
	ctx  context.Context
	base string
}

// required says whether a thing must be there.
func required(what string) bool {
	return slices.Contains(strings.Split(os.Getenv("TIEOUT_TEST_REQUIRE"), ","), what)
}

// open starts a browser of its own for the test.
func open(t *testing.T, base string) *browser {
	t.Helper()
	if testing.Short() {
		t.Skip("the whole run opens a browser")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		if required("chromium") {
			t.Fatal("chromium is not installed, and TIEOUT_TEST_REQUIRE names it")
		}
		t.Skip("chromium is not installed")
	}
	// Keys and polls need not wait for the next sixtieth of a second.
	ctx, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.Flag("disable-frame-rate-limit", true), chromedp.Flag("disable-gpu-vsync", true))...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	ctx, stop = context.WithTimeout(ctx, 8*patience)
	t.Cleanup(stop)
	b := &browser{t, ctx, base}
	b.hands()
	b.size(1280, 800, "light")
	return b
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.Fatal(err)
	}
}

// visit opens a page.
func (b *browser) visit(path string) {
	b.Helper()
	b.do(chromedp.Navigate(b.base + path))
}

// ask evaluates an expression on the page.
func ask[T any](b *browser, expression string) T {
	b.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.Fatalf("%s: %v", expression, err)
	}
	return v
}

// until waits for an expression to be true, on whichever page the browser is by
// then: a wait of the browser's own ends with the page.
func (b *browser) until(expression string) {
	b.Helper()
	ctx, stop := context.WithTimeout(b.ctx, patience)
	defer stop()
	for {
		_, err := chromedp.Run(ctx, chromedp.Poll[bool](expression, chromedp.WithPollingTimeout(patience)))
		if err == nil {
			return
		}
		if ctx.Err() != nil || errors.Is(err, chromedp.ErrPollingTimeout) {
			b.Fatalf("%s never came true: %v\n%s", expression, err, ask[string](b, "location.href + document.body.innerText"))
		}
	}
}

// see waits for words on the page.
func (b *browser) see(words ...string) {
	b.Helper()
	for _, w := range words {
		b.until("document.body.innerText.includes(" + quoted(w) + ")")
	}
}

func quoted(text string) string {
	return "\"" + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(text) + "\""
}

// keys types on the page.
func (b *browser) keys(text string) {
	b.Helper()
	b.do(chromedp.KeyEvent(text))
}

// size makes the window as large as a phone, a laptop or a wide screen, in light
// or dark. Nothing moves: what is looked at in between would be neither.
func (b *browser) size(width, height int64, scheme string) {
	b.Helper()
	b.do(chromedp.EmulateViewport(width, height), chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
		})
		return err
	}))
}

// shoot keeps a picture of the page, in each size and colour scheme, in the
// folder that TIEOUT_SCREENS names; nothing without it.
func (b *browser) shoot(name string) {
	b.Helper()
	folder := os.Getenv("TIEOUT_SCREENS")
	if folder == "" {
		return
	}
	for label, size := range map[string][2]int64{"390": {390, 844}, "1280": {1280, 800}, "1920": {1920, 1080}} {
		for _, scheme := range []string{"light", "dark"} {
			b.size(size[0], size[1], scheme)
			ask[bool](b, `scrollTo({top: 0, behavior: "instant"}), true`)
			picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
			if err != nil {
				b.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, name+"-"+label+"-"+scheme+".png"), small(b.T, picture), 0o600); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.size(1280, 800, "light")
}

// fits fails when the page is wider than a phone.
func (b *browser) fits() {
	b.Helper()
	b.size(390, 844, "light")
	if wide := ask[int](b, "document.documentElement.scrollWidth"); wide > 390 {
		b.Errorf("%s is %d wide on a phone", ask[string](b, "location.pathname"), wide)
	}
	b.size(1280, 800, "light")
}

// keyOf presses a key that has no character.
func keyOf(name string) chromedp.Action[chromedp.Void] {
	return chromedp.KeyEvent(map[string]string{"Escape": kb.Escape, "Enter": kb.Enter, "Tab": kb.Tab}[name])
}
