package xero

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
)

// receiptsOf are the writes of one charge that pays all the invoices.
func receiptsOf(t *testing.T, s *session, bank string, invoices ...string) []connectors.Write {
	t.Helper()
	b := mapping.Booking{Book: "b", Kind: receivables.DocumentReceipt, Currency: "USD", Date: "2026-05-01", To: bank, Source: "ch_1"}
	for _, id := range invoices {
		b.Parts = append(b.Parts, mapping.Part{Movement: "txn_1", Purpose: mapping.PurposeReceipt, Target: id, Amount: 1000})
	}
	writes, err := s.Lower(b, 0)
	if err != nil {
		t.Fatal(err)
	}
	return writes
}

// TestPaymentsGoOutTogether has one of three payments be refused: the other
// two are made by the same call, and each is found alone.
func TestPaymentsGoOutTogether(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := newRig(t, organisation())
	bank := accountNamed(t, r, "090")
	one, paid, three := r.invoice(t, "INV-1", "USD", "30.00"), r.invoice(t, "INV-2", "USD", "4.00"), r.invoice(t, "INV-3", "USD", "10.00")
	writes := receiptsOf(t, r.session, bank, one, paid, three)
	if n := r.session.Together(writes); n != 3 {
		t.Fatalf("%d of 3 writes go together", n)
	}
	r.calls.reset()
	sent, err := r.session.SendBatch(ctx, writes)
	if err != nil || len(sent) != 3 || r.calls.count() != 1 {
		t.Fatalf("%d results by %d calls, %v", len(sent), r.calls.count(), err)
	}
	if connectors.ClassOf(sent[1].Err) != connectors.ClassStale || sent[1].Answer.Ref.ID != "" {
		t.Errorf("the payment above what is due: %+v", sent[1])
	}
	for _, i := range []int{0, 2} {
		seen, ok, err := r.session.Find(ctx, writes[i])
		if err != nil || !ok || sent[i].Err != nil || seen.Ref != sent[i].Answer.Ref {
			t.Errorf("payment %d: sent %+v, found %v %v %v", i, sent[i], seen.Ref, ok, err)
		}
	}
	if r.state(t, one).Balance != 2000 || r.state(t, paid).Balance != 400 || r.state(t, three).Balance != 0 {
		t.Error("the invoices are not paid as the answers say")
	}
	if again, err := r.session.SendBatch(ctx, writes); err != nil || again[0].Answer.Ref != sent[0].Answer.Ref {
		t.Errorf("the same call again: %+v, %v", again, err)
	}
}

// TestLinksGoOutTogether writes links with lines to many invoices, one of which
// somebody has edited meanwhile, and one is gone.
func TestLinksGoOutTogether(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := newRig(t, organisation())
	var writes []connectors.Write
	var ids []string
	for i := range 5 {
		id := r.invoice(t, fmt.Sprintf("INV-%d", i), "USD", "90.00")
		w, needed, _ := linked(t, r, id, connectors.LinkChange{URL: fmt.Sprintf("https://pay.example.com/%d", i), OnDocument: true})
		if !needed {
			t.Fatal("no link is needed")
		}
		ids, writes = append(ids, id), append(writes, w)
	}
	r.clock.Advance(time.Minute)
	if _, err := r.org.Update("Invoices", ids[1], []byte(`{"Reference":"PO 9"}`)); err != nil {
		t.Fatal(err)
	}
	if err := r.org.Void("Invoices", ids[3]); err != nil {
		t.Fatal(err)
	}
	if n := r.session.Together(writes); n != 5 {
		t.Fatalf("%d of 5 links go together", n)
	}
	r.calls.reset()
	sent, err := r.session.SendBatch(ctx, writes)
	if err != nil || r.calls.count() != 2 {
		t.Fatalf("%d calls, %v: one read and one write were expected", r.calls.count(), err)
	}
	for i, id := range ids {
		switch state := r.state(t, id); i {
		case 1, 3:
			if connectors.ClassOf(sent[i].Err) != connectors.ClassStale || state.Link != "" {
				t.Errorf("link %d on what has changed: %v, %q", i, sent[i].Err, state.Link)
			}
		default:
			if sent[i].Err != nil || sent[i].Answer.Ref.ID != id || state.Link != sent[i].Answer.URL || !state.LinkVisible {
				t.Errorf("link %d: %+v, the invoice has %q", i, sent[i], state.Link)
			}
		}
	}
}

func TestWhatGoesTogether(t *testing.T) {
	t.Parallel()
	s := New(Config{}).Open(connectors.Access{}).(*session)
	payments := receiptsOf(t, s, "bank", "i1", "i2", "i3")
	fee, err := s.Lower(mapping.Booking{
		Kind: receivables.DocumentExpense, Currency: "USD", Date: "2026-05-01", From: "bank", To: "fees",
		Parts: []mapping.Part{{Movement: "m", Purpose: mapping.PurposeFee, Amount: 5}},
	}, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for i := range 60 {
		names = append(names, fmt.Sprintf("i%d", i))
	}
	transfer := connectors.Write{Op: opTransfer, Body: fee[0].Body}
	for name, c := range map[string]struct {
		writes []connectors.Write
		want   int
	}{
		"payments":           {payments, 3},
		"one invoice twice":  {append(payments[:2:2], payments[0]), 2},
		"another operation":  {append(payments[:1:1], fee[0]), 1},
		"more than one call": {receiptsOf(t, s, "bank", names...), batchSize},
		"transfers":          {[]connectors.Write{transfer, transfer}, 1},
		"one":                {payments[:1], 1},
		"unreadable":         {append(payments[:1:1], connectors.Write{Op: opPayment, Body: []byte("{")}), 1},
	} {
		if got := s.Together(c.writes); got != c.want {
			t.Errorf("%s: %d go together, want %d", name, got, c.want)
		}
	}
}

// TestAnswersOfABatchAreMatched judges elements that are not what was sent.
func TestAnswersOfABatchAreMatched(t *testing.T) {
	t.Parallel()
	writes := receiptsOf(t, New(Config{}).Open(connectors.Access{}).(*session), "bank", "i1", "i2")
	first, second := `{"PaymentID":"p1","Reference":"`+writes[0].Marker+` ch_1"}`, `{"PaymentID":"p2","Reference":"`+writes[1].Marker+` ch_1"}`
	for name, c := range map[string]struct {
		status int
		body   string
		want   []connectors.Class
		whole  connectors.Class
	}{
		"both":          {200, first + `,` + second, []connectors.Class{"", ""}, ""},
		"turned round":  {200, second + `,` + first, []connectors.Class{connectors.ClassUnknown, connectors.ClassUnknown}, ""},
		"one missing":   {200, first, []connectors.Class{connectors.ClassUnknown, connectors.ClassUnknown}, ""},
		"not made":      {200, first + `,{"PaymentID":"` + noID + `"}`, []connectors.Class{"", connectors.ClassUnknown}, ""},
		"one refused":   {200, first + `,{"PaymentID":"` + noID + `","StatusAttributeString":"ERROR","ValidationErrors":[{"Message":"No."}]}`, []connectors.Class{"", connectors.ClassRequest}, ""},
		"limit":         {429, "", nil, connectors.ClassLater},
		"all refused":   {400, "", nil, connectors.ClassRequest},
		"no answer":     {500, "", nil, connectors.ClassUnknown},
		"not a payment": {200, `5,6`, []connectors.Class{connectors.ClassUnknown, connectors.ClassUnknown}, ""},
	} {
		body := c.body
		if c.status == http.StatusOK {
			body = `{"Payments":[` + body + `]}`
		}
		sent, err := sessionOf(answer(c.status, nil, body)).SendBatch(context.Background(), writes)
		if (err == nil) != (c.whole == "") || err != nil && connectors.ClassOf(err) != c.whole {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i, want := range c.want {
			if (sent[i].Err == nil) != (want == "") || sent[i].Err != nil && connectors.ClassOf(sent[i].Err) != want {
				t.Errorf("%s: write %d: %v, want %q", name, i, sent[i].Err, want)
			}
		}
	}
	if strings.HasPrefix(batchKey(nil), connectors.Key("", 0)) || len(batchKey(nil)) > maxKey {
		t.Error("the key of a batch may be that of a write")
	}
}
