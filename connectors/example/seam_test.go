package example_test

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"tieout/books"
	"tieout/connectors/all"
	"tieout/internal/app"
	"tieout/internal/secret"
	"tieout/sync/schedule"
)

// TestEngineTakesTheVendor puts the vendor beside the others of an
// installation and has the engine connect it and read its books: adding a
// vendor needs a folder and an entry in the list, and nothing else.
func TestEngineTakesTheVendor(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.fill()
	a, err := app.Open(t.Context(), app.Config{
		Database: filepath.Join(t.TempDir(), "tieout.db"), Key: secret.Key{1}, Vendors: all.Config{}, Clock: b.clock,
		Random: rand.NewChaCha8([32]byte{3}), Schedule: "@hourly", Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	a.Vendors[b.vendor.Name()] = b.vendor

	connection, err := a.Connect.WithKey(t.Context(), b.vendor.Name(), b.key)
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.Connect.NewBook(t.Context(), connection, nil, true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Sync(t.Context(), schedule.Options{}); err != nil {
		t.Fatal(err)
	}
	b.remove()
	if _, err := a.Sync(t.Context(), schedule.Options{}); err != nil {
		t.Fatal(err)
	}
	open, err := a.Store.OpenReceivables(t.Context(), books.Tenant, connection.ID)
	if err != nil {
		t.Fatal(err)
	}
	// Seven invoices of 0.00, 100.01, ... 600.06, without the removed 200.02
	// and the cent that was paid.
	if open["USD"].Invoices != 190018 {
		t.Errorf("open: %+v", open)
	}
}
