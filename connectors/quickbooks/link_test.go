package quickbooks_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tieout/connectors"
	"tieout/connectors/quickbooks"
	"tieout/mapping"
	"tieout/receivables"
	sandbox "tieout/sandbox/quickbooks"
)

const line = "Pay this invoice online: "

func TestLowerLink(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 960)
	tests := []struct {
		name, memo, url string
		want            string
		needed          bool
		why             string
	}{
		{"first", "Thank you", "https://p/1", "Thank you\n" + line + "https://p/1", true, ""},
		{"empty memo", "", "https://p/1", line + "https://p/1", true, ""},
		{"stands already", "Thank you\n" + line + "https://p/1", "https://p/1", "", false, ""},
		{"replaced", "A\n" + line + "https://p/1\nB\n", "https://p/2", "A\nB\n\n" + line + "https://p/2", true, ""},
		{"removed from between", "A\n" + line + "https://p/1\nB\n", "", "A\nB\n", true, ""},
		{"removed", "A\r\n" + line + "https://p/1\r\n", "", "A", true, ""},
		{"nothing to remove", "A", "", "", false, ""},
		{"the user's own words", line + "call us", "https://p/1", line + "call us\n" + line + "https://p/1", true, ""},
		{"no room", long, "https://p/12345678", "", false, "the note to the customer has no room for the link: it may hold 1000 characters"},
		{"just room", long, "https://p/12", long + "\n" + line + "https://p/12", true, ""},
	}
	session := quickbooks.New(quickbooks.Config{}).Open(connectors.Access{Home: "USD"}).(*quickbooks.Session)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			raw := fmt.Appendf(nil, `{"Id":"7","SyncToken":"3","TotalAmt":5,"CustomerMemo":{"value":%q}}`, test.memo)
			w, needed, why, err := session.LowerLink(connectors.LinkChange{Invoice: receivables.Invoice{ID: "7"}, Raw: raw, URL: test.url, Generation: 1})
			if err != nil || needed != test.needed || why != test.why {
				t.Fatalf("needed %v, why %q, %v", needed, why, err)
			}
			if !needed {
				return
			}
			if got := memoOf(t, w); got != test.want {
				t.Errorf("memo %q, want %q", got, test.want)
			}
			if len(w.Key) > 50 {
				t.Errorf("key %q is longer than a request id may be", w.Key)
			}
		})
	}
}

func TestLowerLinkRefuses(t *testing.T) {
	t.Parallel()
	session := quickbooks.New(quickbooks.Config{}).Open(connectors.Access{}).(*quickbooks.Session)
	for name, c := range map[string]struct{ raw, url string }{
		"no body":       {`{`, "https://p/1"},
		"other invoice": {`{"Id":"8","SyncToken":"0"}`, "https://p/1"},
		"no address":    {`{"Id":"7","SyncToken":"0"}`, "javascript:alert(1)"},
		"two lines":     {`{"Id":"7","SyncToken":"0"}`, "https://p/1\nhttps://p/2"},
	} {
		change := connectors.LinkChange{Invoice: receivables.Invoice{ID: "7"}, Raw: []byte(c.raw), URL: c.url}
		if _, needed, _, err := session.LowerLink(change); err == nil || needed {
			t.Errorf("%s: needed %v without an error", name, needed)
		}
	}
	void := `{"Id":"7","SyncToken":"1","TotalAmt":0,"PrivateNote":"Voided","Line":[{"Amount":0}]}`
	change := connectors.LinkChange{Invoice: receivables.Invoice{ID: "7"}, Raw: []byte(void), URL: "https://p/1"}
	if _, needed, why, err := session.LowerLink(change); needed || why == "" || err != nil {
		t.Errorf("void: needed %v, why %q, %v", needed, why, err)
	}
}

// TestLinkLeavesTheUsersText sets and removes links on any memo.
func TestLinkLeavesTheUsersText(t *testing.T) {
	t.Parallel()
	session := quickbooks.New(quickbooks.Config{}).Open(connectors.Access{}).(*quickbooks.Session)
	put := func(rt *rapid.T, memo, url string) string {
		raw := fmt.Appendf(nil, `{"Id":"7","SyncToken":"3","TotalAmt":5,"CustomerMemo":{"value":%s}}`, quoted(memo))
		w, needed, why, err := session.LowerLink(connectors.LinkChange{Invoice: receivables.Invoice{ID: "7"}, Raw: raw, URL: url})
		if err != nil || why != "" {
			rt.Fatalf("%v %s", err, why)
		}
		if !needed {
			return memo
		}
		return memoOf(t, w)
	}
	rapid.Check(t, func(rt *rapid.T) {
		memo := rapid.StringMatching(`[ -~\n]{0,200}`).Draw(rt, "memo")
		once := put(rt, memo, "https://p/1")
		twice := put(rt, once, "https://p/2")
		if got := put(rt, twice, "https://p/2"); got != twice {
			rt.Fatalf("not stable: %q became %q", twice, got)
		}
		if got := put(rt, twice, ""); got != memo {
			rt.Fatalf("%q became %q", memo, got)
		}
	})
}

func TestLinkInTheCompany(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.CompanyOptions{}).open()
	_, invoices := b.stock(1)
	for _, url := range []string{"https://pay.example/one", "https://pay.example/two", ""} {
		raw, err := b.company.Read("Invoice", invoices[0])
		if err != nil {
			t.Fatal(err)
		}
		change := connectors.LinkChange{Invoice: receivables.Invoice{ID: invoices[0]}, Raw: raw, URL: url, Generation: 1}
		w, needed, why, err := b.session.LowerLink(change)
		if err != nil || !needed {
			t.Fatalf("%q: needed %v, %s, %v", url, needed, why, err)
		}
		if _, ok, err := b.session.Find(context.Background(), w); ok || err != nil {
			t.Errorf("%q: found before it was sent: %v", url, err)
		}
		a := b.send(w)
		if found, ok, err := b.session.Find(context.Background(), w); !ok || err != nil || found.Ref != a.Ref || len(a.Warnings) > 0 {
			t.Errorf("%q: find %v, %v; warnings %v", url, ok, err, a.Warnings)
		}
		drafts, err := b.session.Fetch(context.Background(), []receivables.Ref{a.Ref})
		if err != nil {
			t.Fatal(err)
		}
		i := accept(t, drafts[0]).Entity.(receivables.Invoice)
		if i.Link != url || i.LinkVisible != (url != "") || !strings.HasPrefix(i.Memo, "Thank you") {
			t.Errorf("%q: link %q, visible %v, memo %q", url, i.Link, i.LinkVisible, i.Memo)
		}
	}
	if got := trimmed(b.field("Invoice", invoices[0], "Balance")); got != "100" {
		t.Errorf("balance %s", got)
	}
}

func TestFigures(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.CompanyOptions{}).open()
	accounts := b.setUp()
	customer, invoices := b.stock(3)
	for _, booking := range bookings(accounts, customer, invoices)[:2] {
		b.send(b.lower(booking, 1))
	}
	later := bookings(accounts, customer, invoices)[0]
	later.Date, later.Parts = "2026-03-20", []mapping.Part{{Movement: "txn_9", Purpose: mapping.PurposeReceipt, Target: invoices[2], Amount: 100}}
	b.send(b.lower(later, 1))
	b.spent()
	f, err := b.session.Figures(context.Background(), connectors.FigureQuery{AsOf: "2026-03-02", Clearing: accounts.Clearing})
	if err != nil {
		t.Fatal(err)
	}
	if f.Receivable["USD"] != 17350 || f.Customers["USD"] != 17350 || f.Clearing["USD"] != 12155 || f.ReceivableHome {
		t.Errorf("figures %+v", f)
	}
	if calls := b.spent(); calls != f.Calls || calls != 1 {
		t.Errorf("%d calls were made, %d stated, want 1", calls, f.Calls)
	}
	f, err = b.session.Figures(context.Background(), connectors.FigureQuery{AsOf: "2026-03-20", Clearing: accounts.Clearing})
	if err != nil || f.Clearing["USD"] != 12255 {
		t.Errorf("later: clearing %d, %v; want 12255", f.Clearing["USD"], err)
	}
}
