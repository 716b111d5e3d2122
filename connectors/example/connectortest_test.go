package example_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"tieout/connectors"
	"tieout/connectors/connectortest"
	"tieout/connectors/example"
	"tieout/internal/clock"
	"tieout/internal/vendorhttp"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

func TestConnector(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, func(t *testing.T) *connectortest.World {
		t.Helper()
		b := newBench(t)
		return &connectortest.World{
			Clock: b.clock, Open: b.open, Fill: b.fill, Truth: b.truth, Remove: b.remove,
			Writes: b.writes, Documents: b.documents, Closed: b.closed, Stale: b.stale,
		}
	})
}

// bench is a stand-in and the vendor that is pointed at it.
type bench struct {
	*standin
	vendor   *example.Vendor
	invoices []string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{standin: newStandin(t, clock.At(time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)))}
	server := httptest.NewServer(b.standin)
	t.Cleanup(server.Close)
	b.vendor = example.New(example.Config{BaseURL: server.URL})
	return b
}

type key string

func (k key) Token(context.Context) (string, error)         { return string(k), nil }
func (k key) Renew(context.Context, string) (string, error) { return string(k), nil }

func (b *bench) open(base http.RoundTripper, wait func(time.Duration)) connectors.Session {
	return b.vendor.Open(connectors.Access{
		Client: vendorhttp.New(vendorhttp.Options{
			Vendor: b.vendor.Name(), Base: base, Tokens: key("ex_1"), Hosts: b.vendor.Hosts(), Limits: b.vendor.Limits(), Now: b.clock.Now,
			Wait: func(ctx context.Context, d time.Duration) error { wait(d); return ctx.Err() },
		}),
		ExternalID: "c1", Home: "USD", Now: b.clock.Now,
	})
}

func (b *bench) invoice(number, total string) string {
	id := b.add(thing{"kind": "invoice", "number": number, "customer": "ada", "currency": "USD", "date": "2026-02-01", "due": "2026-03-01", "total": total, "balance": total})
	b.invoices = append(b.invoices, id)
	return id
}

func (b *bench) fill() {
	b.add(thing{"id": "ada", "kind": "customer", "name": "Ada's Shop"})
	b.add(thing{"id": "bank", "kind": "account", "name": "Bank", "type": "bank", "currency": "USD"})
	for n := range 7 {
		b.invoice(fmt.Sprintf("N-%d", n), fmt.Sprintf("%d.%02d", n*100, n))
	}
	b.objects[b.invoices[6]]["balance"] = "600.05" // a cent was paid
	b.add(thing{
		"kind": "receipt", "customer": "ada", "currency": "USD", "date": "2026-02-02", "total": "10.01", "balance": "10.00", "to": "bank",
		"allocations": []thing{{"invoice": b.invoices[6], "amount": "0.01"}},
	})
	b.add(thing{"kind": "document", "type": "expense", "currency": "USD", "date": "2026-02-02", "total": "0.35", "from": "bank", "to": "fees"})
}

func (b *bench) truth() []connectortest.Object {
	var out []connectortest.Object
	for _, o := range b.sorted() {
		ref := receivables.Ref{Kind: receivables.Kind(o.text("kind")), ID: o.text("id")}
		amounts := map[string]string{"total": o.text("total")}
		switch ref.Kind {
		case receivables.KindInvoice:
			amounts["balance"] = o.text("balance")
		case receivables.KindReceipt:
			amounts["unapplied"] = o.text("balance")
		case receivables.KindDocument:
		default:
			continue
		}
		out = append(out, connectortest.Object{Ref: ref, Amounts: amounts})
	}
	return out
}

func (b *bench) remove() []receivables.Ref {
	b.standin.remove(b.invoices[2])
	return []receivables.Ref{{Kind: receivables.KindInvoice, ID: b.invoices[2]}}
}

func (b *bench) ledger(s connectors.Session) connectors.Ledger {
	b.t.Helper()
	ledger, ok := s.(connectors.Ledger)
	if !ok {
		b.t.Fatalf("%T is no ledger", s)
	}
	return ledger
}

func (b *bench) receipt(s connectors.Session, invoice string) connectors.Write {
	b.t.Helper()
	lowered, err := b.ledger(s).Lower(mapping.Booking{
		Book: "b1", Kind: receivables.DocumentReceipt, Currency: "USD", Date: "2026-03-01", CustomerID: "ada", To: "clearing", Source: "ch_1",
		Parts: []mapping.Part{{Movement: "txn_1", Purpose: mapping.PurposeReceipt, Target: invoice, Amount: 5050}, {Movement: "txn_1", Purpose: mapping.PurposeReceipt, Amount: 100}},
	}, 1)
	if err != nil || len(lowered) != 1 {
		b.t.Fatalf("lower: %d writes, %v", len(lowered), err)
	}
	return lowered[0]
}

func (b *bench) link(s connectors.Session, invoice, url string) connectors.Write {
	b.t.Helper()
	raw, err := json.Marshal(b.objects[invoice])
	if err != nil {
		b.t.Fatal(err)
	}
	w, needed, why, err := b.ledger(s).LowerLink(connectors.LinkChange{Invoice: receivables.Invoice{ID: invoice}, Raw: raw, URL: url, Generation: 1})
	if err != nil || !needed {
		b.t.Fatalf("link: needed %v, %s, %v", needed, why, err)
	}
	return w
}

func (b *bench) writes(s connectors.Session, do func(connectors.Write) connectors.Answer) {
	b.t.Helper()
	ledger := b.ledger(s)
	for _, n := range ledger.DetectAccounts(nil, connectors.AccountNeeds{Currencies: []money.Currency{"USD"}}).Create {
		w, err := ledger.LowerAccount(n)
		if err != nil {
			b.t.Fatal(err)
		}
		do(w)
	}
	invoice := b.invoice("W-1", "120.00")
	do(b.receipt(s, invoice))
	for _, flow := range []int64{523, -523} {
		lowered, err := ledger.Lower(mapping.Booking{
			Book: "b1", Kind: receivables.DocumentExpense, Currency: "USD", Date: "2026-03-01", From: "clearing", To: "fees",
			Parts: []mapping.Part{{Movement: fmt.Sprintf("txn_%d", flow), Purpose: mapping.PurposeFee, Amount: flow}},
		}, 1)
		if err != nil {
			b.t.Fatal(err)
		}
		do(lowered[0])
	}
	do(b.link(s, invoice, "https://pay.example.com/a"))
	do(b.link(s, invoice, ""))
	do(b.removal(s, do(b.receipt(s, b.invoice("W-2", "120.00"))).Ref))
}

func (b *bench) removal(s connectors.Session, ref receivables.Ref) connectors.Write {
	b.t.Helper()
	raw, err := json.Marshal(b.objects[ref.ID])
	if err != nil {
		b.t.Fatal(err)
	}
	remover, ok := s.(connectors.Remover)
	if !ok {
		b.t.Fatalf("%T removes nothing", s)
	}
	w, needed, why, err := remover.LowerRemoval(connectors.Removal{Document: ref, Kind: receivables.DocumentReceipt, Raw: raw, Generation: 1})
	if err != nil || !needed {
		b.t.Fatalf("removal: needed %v, %s, %v", needed, why, err)
	}
	return w
}

func (b *bench) documents() int { return len(b.objects) }

func (b *bench) closed(s connectors.Session) connectors.Write {
	invoice := b.invoice("W-1", "120.00")
	b.lock = "2026-03-31"
	return b.receipt(s, invoice)
}

func (b *bench) stale(s connectors.Session) connectors.Write {
	invoice := b.invoice("W-1", "120.00")
	w := b.link(s, invoice, "https://pay.example.com/a")
	b.add(b.objects[invoice])
	return w
}
