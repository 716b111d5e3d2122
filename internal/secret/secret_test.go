package secret_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tieout/internal/secret"
)

func seeded(n byte) *rand.ChaCha8 { return rand.NewChaCha8([32]byte{n}) }

func box(t *testing.T, primary secret.Key, older ...secret.Key) *secret.Box {
	t.Helper()
	b, err := secret.NewBox(seeded(1), primary, older...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSealAndOpen(t *testing.T) {
	t.Parallel()
	b := box(t, secret.Key{1})
	first, err := b.Seal("hush", "grants/7/refresh")
	if err != nil {
		t.Fatal(err)
	}
	second, _ := b.Seal("hush", "grants/7/refresh")
	if first == second || strings.Contains(first, "hush") {
		t.Errorf("sealed %q then %q: want two different unreadable values", first, second)
	}
	if got, err := b.Open(first, "grants/7/refresh"); err != nil || got.Reveal() != "hush" {
		t.Errorf("opened %q, %v", got.Reveal(), err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	b := box(t, secret.Key{1})
	sealed, _ := b.Seal("hush", "row")
	damaged := sealed[:len(sealed)-3] + "AAA"
	tests := []struct {
		name, sealed, row string
		box               *secret.Box
		want              error
	}{
		{"another row", sealed, "other", b, secret.ErrSealed},
		{"damaged", damaged, "row", b, secret.ErrSealed},
		{"no form", "hush", "row", b, secret.ErrSealed},
		{"too short", sealed[:16], "row", b, secret.ErrSealed},
		{"another key", sealed, "row", box(t, secret.Key{2}), secret.ErrKey},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got, err := test.box.Open(test.sealed, test.row); !errors.Is(err, test.want) || got != "" {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestOlderKeysStillOpen(t *testing.T) {
	t.Parallel()
	sealed, _ := box(t, secret.Key{1}).Seal("hush", "row")
	b := box(t, secret.Key{2}, secret.Key{1})
	if got, err := b.Open(sealed, "row"); err != nil || got.Reveal() != "hush" || !b.Outdated(sealed) {
		t.Errorf("got %q, %v, outdated %v", got.Reveal(), err, b.Outdated(sealed))
	}
}

func TestTextNeverShows(t *testing.T) {
	t.Parallel()
	text := secret.Text("hush")
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "token", text)
	body, err := json.Marshal(map[string]any{"t": text})
	if err != nil {
		t.Fatal(err)
	}
	shown := fmt.Sprintf("%s %v %+v %#v %q %x", text, text, text, text, text, text) +
		fmt.Sprintf("%v %#v", struct{ T secret.Text }{text}, []secret.Text{text}) +
		log.String() + string(body) + fmt.Sprintf("%v %#v", secret.Key([]byte("hushhushhushhushhushhushhushhush")), secret.Key{})
	if strings.Contains(shown, "hush") || strings.Contains(shown, "68757368") {
		t.Errorf("the secret shows in %s", shown)
	}
}

func TestLoadKeyMakesOneOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data", "key")
	first, made, err := secret.LoadKeys(secret.KeySource{Default: path}, seeded(3))
	if err != nil || made != path {
		t.Fatalf("made %q, %v", made, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v; want 0600", info.Mode(), err)
	}
	second, made, err := secret.LoadKeys(secret.KeySource{Default: path}, seeded(4))
	if err != nil || made != "" || !slices.Equal(first, second) || len(first) != 1 {
		t.Errorf("second start: made %q, %v and then %v, %v", made, first, second, err)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("%d files left, want the key alone", len(left))
	}
}

func TestLoadKeyRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open := filepath.Join(dir, "open")
	bad := filepath.Join(dir, "bad")
	for path, mode := range map[string]os.FileMode{open: 0o644, bad: 0o600} {
		if err := os.WriteFile(path, []byte("short"), mode); err != nil {
			t.Fatal(err)
		}
	}
	for name, source := range map[string]secret.KeySource{
		"readable by others": {Default: open},
		"not a key":          {File: bad, Default: filepath.Join(dir, "new")},
		"missing":            {File: filepath.Join(dir, "none")},
		"short value":        {Value: "abc"},
		"nothing":            {},
	} {
		if _, made, err := secret.LoadKeys(source, seeded(1)); err == nil || made != "" {
			t.Errorf("%s: made %q without an error", name, made)
		}
	}
}

// TestRotateWhileRunning: a key that another process puts before the old one
// seals at once, the old one opens what it has sealed, and what was sealed with
// the new one elsewhere opens.
func TestRotateWhileRunning(t *testing.T) {
	t.Parallel()
	source := secret.KeySource{Default: filepath.Join(t.TempDir(), "key")}
	load := func() ([]secret.Key, error) {
		keys, _, err := secret.LoadKeys(source, seeded(5))
		return keys, err
	}
	ring, err := secret.NewRing(seeded(6), load)
	if err != nil {
		t.Fatal(err)
	}
	before, err := ring.Seal("hush", "row")
	if err != nil {
		t.Fatal(err)
	}
	old, err := load()
	if err == nil {
		err = secret.WriteKeys(source.Default, seeded(7), old)
	}
	if err != nil {
		t.Fatal(err)
	}
	keys, err := load()
	if err != nil || len(keys) != 2 || keys[1] != old[0] || keys[0] == old[0] {
		t.Fatalf("keys %v after %v, %v", keys, old, err)
	}
	elsewhere, _ := box(t, keys[0]).Seal("from elsewhere", "row")
	if got, err := ring.Open(elsewhere, "row"); err != nil || got.Reveal() != "from elsewhere" {
		t.Errorf("what another process has sealed: %v", err)
	}
	after, err := ring.Seal("hush", "row")
	if err != nil || secret.KeyOf(after) != keys[0].ID() || secret.KeyOf(before) != old[0].ID() {
		t.Errorf("sealed with %s, then %s, %v", secret.KeyOf(before), secret.KeyOf(after), err)
	}
	if err := secret.ReplaceKeys(source.Default, keys[:1]); err != nil {
		t.Fatal(err)
	}
	if id, err := ring.Primary(); err != nil || id != keys[0].ID() {
		t.Errorf("primary %s, %v", id, err)
	}
	if got, err := ring.Open(before, "row"); err != nil || got.Reveal() != "hush" {
		t.Errorf("just retired: %v", err)
	}
	if again, err := secret.NewRing(seeded(8), load); err != nil {
		t.Error(err)
	} else if _, err := again.Open(before, "row"); !errors.Is(err, secret.ErrKey) {
		t.Errorf("a new process opens what a retired key has sealed: %v", err)
	}
}
