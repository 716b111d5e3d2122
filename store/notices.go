package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"tieout/books"
	"tieout/mapping"
	"tieout/receivables"
	"tieout/sync/notify"
	"tieout/sync/proof"
	"tieout/sync/push"
	"tieout/sync/reconcile"
)

func noticeTable() table {
	return newTable("notice", 2, "tenant text, id text, type text, told_at timestamptz, body bytea")
}

func deliveryTable() table {
	return newTable("delivery", 3, "tenant text, hook text, notice text, state text, attempts bigint, not_before timestamptz, status bigint,"+
		" answer text, problem text, tried_at timestamptz, created_at timestamptz")
}

// tell stores notices, in the transaction of what they speak about, for the
// hooks that want them; without hooks nothing is made.
func (r runner) tell(ctx context.Context, tenant string, compose func() ([]notify.Notice, error)) error {
	var hooks []struct {
		ID     string
		Events document[[]notify.Type]
	}
	if err := r.all(ctx, &hooks, `select id, events from hook where tenant = $1 order by id`, tenant); err != nil || len(hooks) == 0 {
		return err
	}
	all, err := compose()
	if err != nil {
		return err
	}
	all = newest(all, func(n notify.Notice) string { return n.ID })
	ids := make([]string, len(all))
	for i, n := range all {
		ids[i] = n.ID
	}
	// What was told before is not sent again, whatever hooks there were then.
	var known []string
	if err := r.all(ctx, &known, `select id from notice where tenant = $1 and id in list($2)`, tenant, ids); err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(n notify.Notice) bool { return slices.Contains(known, n.ID) })
	var to [][2]string
	for _, n := range all {
		for _, h := range hooks {
			if (notify.Hook{Events: h.Events.value}).Wants(n.Type) {
				to = append(to, [2]string{h.ID, n.ID})
			}
		}
	}
	return r.send(ctx, all, to)
}

// send stores notices and their way to hooks, given as pairs of hook and
// notice.
func (r runner) send(ctx context.Context, all []notify.Notice, to [][2]string) error {
	var notices, deliveries [][]any
	byID := map[string]notify.Notice{}
	for _, n := range all {
		byID[n.ID] = n
		notices = append(notices, []any{n.Tenant, n.ID, string(n.Type), instant(n.At), n.Body})
	}
	for _, pair := range to {
		n := byID[pair[1]]
		deliveries = append(deliveries, []any{
			n.Tenant, pair[0], n.ID, string(notify.DeliveryWaiting), int64(0), instant(n.At), int64(0), "", "", instant{}, instant(n.At),
		})
	}
	if err := r.write(ctx, noticeTable(), " on conflict do nothing", notices); err != nil {
		return err
	}
	return r.write(ctx, deliveryTable(), " on conflict do nothing", deliveries)
}

type invoiceNotice struct {
	Connection string `json:"connection"`
	Invoice    string `json:"invoice"`
	Number     string `json:"number"`
	Customer   string `json:"customer"`
	Currency   string `json:"currency"`
	// Total and Balance are in minor units of the currency.
	Total   int64  `json:"total"`
	Balance int64  `json:"balance"`
	Due     string `json:"due,omitempty"`
	State   string `json:"state"`
	// Change is "created", "changed" or "deleted".
	Change string `json:"change"`
}

// tellInvoices tells of the invoices that a page changes; not of those that a
// backfill brings, which are no news. It comes before they are written.
func (w *pageWriter) tellInvoices(ctx context.Context) error {
	var ids []string
	for _, ref := range w.order {
		if ref.Kind == receivables.KindInvoice {
			ids = append(ids, ref.ID)
		}
	}
	if !w.page.Mark || len(ids) == 0 {
		return nil
	}
	return w.t.tell(ctx, w.page.Tenant, func() ([]notify.Notice, error) {
		var before []struct {
			ID      string
			Balance int64
		}
		err := w.t.all(ctx, &before, `select id, balance from invoice where tenant = $1 and connection = $2 and id in list($3) and not deleted`,
			w.page.Tenant, w.page.Connection, ids)
		if err != nil {
			return nil, err
		}
		open := map[string]int64{}
		for _, b := range before {
			open[b.ID] = b.Balance
		}
		var out []notify.Notice
		for _, id := range ids {
			balance, known := open[id]
			made, err := w.invoiceNotices(id, balance, known)
			if err != nil {
				return nil, err
			}
			out = append(out, made...)
		}
		return out, nil
	})
}

// invoiceNotices are those of one invoice, of which before was open.
func (w *pageWriter) invoiceNotices(id string, before int64, known bool) ([]notify.Notice, error) {
	ref := receivables.Ref{Kind: receivables.KindInvoice, ID: id}
	in, ok := w.latest[ref].entity.(receivables.Invoice)
	if !ok {
		return nil, nil
	}
	data := invoiceNotice{
		Connection: w.page.Connection, Invoice: id, Number: in.Number, Customer: in.CustomerID, Currency: string(in.Currency),
		Total: in.Total, Balance: in.Balance, Due: string(in.Due), State: string(in.State), Change: "changed",
	}
	gone := w.stored[ref].Deleted
	switch {
	case gone:
		data.Change = "deleted"
	case !known:
		data.Change = "created"
	}
	types := []notify.Type{notify.InvoiceChanged}
	if known && !gone && before != 0 && in.Balance == 0 && in.State == receivables.StateLive {
		types = append(types, notify.InvoicePaid)
	}
	var out []notify.Notice
	for _, t := range types {
		n, err := notify.New(w.page.Tenant, t, w.page.At, fmt.Sprintf("%s/%s/%d", w.page.Connection, id, w.stored[ref].Seq), data)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

type matchNotice struct {
	Book       string         `json:"book"`
	Connection string         `json:"connection"`
	Movement   string         `json:"movement"`
	Charge     string         `json:"charge"`
	Currency   string         `json:"currency"`
	Invoices   []matchedShare `json:"invoices"`
}

type matchedShare struct {
	Invoice  string `json:"invoice"`
	Customer string `json:"customer"`
	Amount   int64  `json:"amount"`
	Rule     string `json:"rule"`
	By       string `json:"by,omitempty"`
}

// tellMatches tells of movements whose allocations are new.
func (p pass) tellMatches(ctx context.Context, fresh map[string][]reconcile.Allocation) error {
	if len(fresh) == 0 {
		return nil
	}
	return p.t.tell(ctx, p.book.Tenant, func() ([]notify.Notice, error) {
		var out []notify.Notice
		for id, list := range fresh {
			first := list[0]
			data := matchNotice{Book: p.book.ID, Connection: first.Connection, Movement: id, Charge: first.Charge, Currency: string(first.Currency)}
			for _, a := range list {
				data.Invoices = append(data.Invoices, matchedShare{Invoice: a.Invoice, Customer: a.Customer, Amount: a.Amount, Rule: string(a.Rule), By: a.By})
			}
			about, err := json.Marshal(data)
			if err != nil {
				return nil, err
			}
			n, err := notify.New(p.book.Tenant, notify.PaymentMatched, p.result.At, string(about)+"/"+p.result.At.UTC().String(), data)
			if err != nil {
				return nil, err
			}
			out = append(out, n)
		}
		return out, nil
	})
}

type decisionNotice struct {
	Book     string `json:"book"`
	Decision string `json:"decision"`
	// Subject is what it is about: "movement/txn_1", "invoice/42".
	Subject string `json:"subject"`
	Kind    string `json:"kind"`
	// About says in words which movement it is about; absent where Question does.
	About    string `json:"about,omitempty"`
	Question string `json:"question"`
}

// tellDecisions tells of questions that are new.
func (r runner) tellDecisions(ctx context.Context, b books.Book, fresh []reconcile.Decision, at time.Time) error {
	if len(fresh) == 0 {
		return nil
	}
	return r.tell(ctx, b.Tenant, func() ([]notify.Notice, error) {
		var out []notify.Notice
		for _, d := range fresh {
			if d.Answer != "" {
				continue
			}
			types := []notify.Type{notify.DecisionOpened}
			if unmatched(d) {
				types = append(types, notify.PaymentUnmatched)
			}
			for _, t := range types {
				n, err := notify.New(b.Tenant, t, at, b.ID+"/"+d.ID, decisionNotice{Book: b.ID, Decision: d.ID, Subject: d.Subject, Kind: d.Kind, About: d.About, Question: d.Question})
				if err != nil {
					return nil, err
				}
				out = append(out, n)
			}
		}
		return out, nil
	})
}

// unmatched says whether a question is about whom a payment is from, or what
// it pays.
func unmatched(d reconcile.Decision) bool {
	switch d.Kind {
	case reconcile.DecideMatch, reconcile.DecideOverpaid, reconcile.DecidePayer:
		return strings.HasPrefix(d.Subject, "movement/")
	}
	return false
}

type exceptionNotice struct {
	// Scope is "book/<id>" or "connection/<id>".
	Scope   string `json:"scope"`
	Subject string `json:"subject"`
	Kind    string `json:"kind"`
	Text    string `json:"text"`
	Action  string `json:"action"`
}

// tellExceptions tells of exceptions that are not open yet. rows are those of
// the table exception; it comes before they are written.
func (r runner) tellExceptions(ctx context.Context, tenant, scope string, rows [][]any, at time.Time) error {
	if len(rows) == 0 {
		return nil
	}
	return r.tell(ctx, tenant, func() ([]notify.Notice, error) {
		var open []struct{ Subject, Kind string }
		if err := r.all(ctx, &open, `select subject, kind from exception where tenant = $1 and scope = $2 and closed_at is null`, tenant, scope); err != nil {
			return nil, err
		}
		known := map[[2]string]bool{}
		for _, o := range open {
			known[[2]string{o.Subject, o.Kind}] = true
		}
		var out []notify.Notice
		for _, row := range rows {
			text := func(i int) string { t, _ := row[i].(string); return t }
			data := exceptionNotice{Scope: scope, Subject: text(2), Kind: text(3), Text: text(4), Action: text(5)}
			if known[[2]string{data.Subject, data.Kind}] {
				continue
			}
			n, err := notify.New(tenant, notify.ExceptionOpened, at, fmt.Sprint(scope, "/", data.Subject, "#", data.Kind, "/", at.UTC()), data)
			if err != nil {
				return nil, err
			}
			out = append(out, n)
		}
		return out, nil
	})
}

type writtenNotice struct {
	Book       string          `json:"book"`
	Connection string          `json:"connection"`
	Write      string          `json:"write"`
	Op         string          `json:"op"`
	Document   receivables.Ref `json:"document"`
	URL        string          `json:"url,omitempty"`
	Parts      []mapping.Part  `json:"parts"`
	Why        string          `json:"why"`
}

// tellWritten tells of a document that an intent has made.
func (r runner) tellWritten(ctx context.Context, o push.Outcome) error {
	in := o.Intent
	if in.State != push.StateDone || in.Answer == nil || in.Effect != push.EffectNone || len(in.Write.Parts) == 0 {
		return nil
	}
	return r.tell(ctx, in.Tenant, func() ([]notify.Notice, error) {
		n, err := notify.New(in.Tenant, notify.DocumentWritten, o.At, in.ID, writtenNotice{
			Book: in.Book, Connection: in.Connection, Write: in.ID, Op: in.Write.Op, Document: in.Answer.Ref, URL: o.URL, Parts: in.Write.Parts, Why: in.Why,
		})
		return []notify.Notice{n}, err
	})
}

// proofLines bounds the lines in a notice: it is to stay small (Standard
// Webhooks: payload size); the proof itself holds all.
const proofLines = 20

type proofNotice struct {
	Book  string `json:"book"`
	Proof string `json:"proof"`
	// Verdict is that of the proof before, "" for the first one.
	Before string      `json:"before"`
	Lines  []proofLine `json:"open_lines"`
	Count  int         `json:"open_count"`
}

type proofLine struct {
	Check       string `json:"check"`
	Currency    string `json:"currency,omitempty"`
	Unexplained int64  `json:"unexplained"`
	Measured    bool   `json:"measured"`
	Why         string `json:"why,omitempty"`
}

// verdict is what lines come to: a difference weighs more than what could not
// be measured.
func verdict(lines []proof.Line) notify.Type {
	out := notify.ProofAgrees
	for _, l := range lines {
		switch {
		case l.Measured && l.Open():
			return notify.ProofDiffers
		case l.Open():
			out = notify.ProofUnmeasured
		}
	}
	return out
}

// tellProof tells how a proof came out.
func (r runner) tellProof(ctx context.Context, p proof.Proof) error {
	return r.tell(ctx, p.Tenant, func() ([]notify.Notice, error) {
		before, err := r.verdictBefore(ctx, p)
		if err != nil {
			return nil, err
		}
		data := proofNotice{Book: p.Book, Proof: p.ID, Before: string(before), Lines: []proofLine{}}
		for _, l := range p.Lines {
			if !l.Open() {
				continue
			}
			if data.Count++; len(data.Lines) < proofLines {
				data.Lines = append(data.Lines, proofLine{
					Check: string(l.Check), Currency: string(l.Currency), Unexplained: l.Unexplained, Measured: l.Measured, Why: l.Why,
				})
			}
		}
		n, err := notify.New(p.Tenant, verdict(p.Lines), p.At, p.Book+"/"+p.ID, data)
		return []notify.Notice{n}, err
	})
}

// verdictBefore is that of the book's last other proof; "" without one.
func (r runner) verdictBefore(ctx context.Context, p proof.Proof) (notify.Type, error) {
	var rows []struct {
		Unexplained int64
		Measured    bool
	}
	err := r.all(ctx, &rows, `select unexplained, measured from proof_line where tenant = $1 and proof =
		(select id from proof where tenant = $1 and book = $2 and id <> $3 order by proven_at desc, id desc limit 1)`, p.Tenant, p.Book, p.ID)
	if err != nil || len(rows) == 0 {
		return "", err
	}
	lines := make([]proof.Line, len(rows))
	for i, row := range rows {
		lines[i] = proof.Line{Unexplained: row.Unexplained, Measured: row.Measured}
	}
	return verdict(lines), nil
}
