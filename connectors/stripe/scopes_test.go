package stripe

import (
	"slices"
	"strings"
	"testing"

	"tieout/connectors"
	"tieout/receivables"
)

// TestMissingScopes: a restricted key with everything lacks nothing, and one
// without a permission is told which, by one read for each.
func TestMissingScopes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var all []string
	for _, s := range b.vendor.Scopes() {
		all = append(all, "rak_"+s.ID)
	}
	for n := -1; n < len(all); n++ {
		key, given, want := "rk_test_all0000000", slices.Clone(all), []string(nil)
		if n >= 0 {
			key, given, want = "rk_test_without"+strings.Repeat("x", n+1), slices.Delete(given, n, n+1), []string{strings.TrimPrefix(all[n], "rak_")}
		}
		b.must(b.server.AddRestrictedKey(b.account.ID(), key, given))
		b.calls = 0
		missing, err := b.open(b.account.ID(), key).MissingScopes(t.Context())
		b.must(err)
		var got []string
		for _, s := range missing {
			got = append(got, s.ID)
		}
		if !slices.Equal(got, want) || b.calls != len(all) {
			t.Errorf("without %v: missing %v in %d calls", want, got, b.calls)
		}
	}
	if _, err := b.open(b.account.ID(), "rk_test_unknown00").MissingScopes(t.Context()); connectors.ClassOf(err) != connectors.ClassReconnect {
		t.Errorf("a key that is none: %v", err)
	}
	if !b.vendor.Unrestricted(testKey) || b.vendor.Unrestricted("rk_live_1") {
		t.Error("secret keys may do everything, restricted ones may not")
	}
}

// TestLackingPermissionIsNamed: what a key may not do any more waits for a
// person, in words that say what to tick.
func TestLackingPermissionIsNamed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.must(b.server.AddRestrictedKey(b.account.ID(), "rk_test_few0000000", []string{"charge_read", "payment_links_read"}))
	s := b.open(b.account.ID(), "rk_test_few0000000")
	_, err := s.Pull(t.Context(), "invoices", nil)
	if connectors.ClassOf(err) != connectors.ClassReconnect || !strings.Contains(err.Error(), "rak_invoice_read") {
		t.Errorf("reading: %v", err)
	}
	if _, err := s.Send(t.Context(), b.lowerLink(wanted())); connectors.ClassOf(err) != connectors.ClassReconnect || !strings.Contains(err.Error(), "rak_plan_write") {
		t.Errorf("writing: %v", err)
	}
	if _, err := s.Pull(t.Context(), "charges", nil); err != nil {
		t.Errorf("what it may do: %v", err)
	}
	if strings.Contains(err.Error(), "few0000000") {
		t.Errorf("the key is in the error: %v", err)
	}
	if d, err := s.Fetch(t.Context(), []receivables.Ref{chargeRef("ch_nowhere")}); err != nil || d[0].Problem == "" {
		t.Errorf("%v %v", d, err)
	}
}
