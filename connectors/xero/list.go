package xero

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// stream is one list of the Accounting API.
type stream struct {
	name   string
	path   string
	plural string
	// paged lists take page, pageSize and order; the others come whole.
	paged bool
	// id is the key by which Xero can order the list quickly (Xero docs: "optimised
	// use of order" of each endpoint); "" where it documents none.
	id    string
	query url.Values
	// currencies says that the accounts' currencies must be known to map.
	currencies bool
	// chart says that the list is that of the accounts.
	chart bool
	// optional says that a consent without the list's scope brings nothing of
	// it and is no failure: it was given before the list was read.
	optional bool
	rows     func(mapper) func(json.RawMessage) row
}

// streams lists what is pulled, in an order in which what is pointed to comes
// before what points to it. The filters on Type are optimised ones (Xero docs:
// accounting/invoices, accounting/creditnotes).
func streams() []stream {
	return []stream{
		{
			name: "accounts", path: "Accounts", plural: "Accounts", chart: true,
			rows: func(m mapper) func(json.RawMessage) row { return m.account },
		},
		{
			name: "contacts", id: "ContactID", path: "Contacts", plural: "Contacts", paged: true,
			query: url.Values{"includeArchived": {"true"}},
			rows:  func(m mapper) func(json.RawMessage) row { return m.contact },
		},
		{
			name: "invoices", id: "InvoiceID", path: "Invoices", plural: "Invoices", paged: true,
			query: url.Values{"where": {`Type=="ACCREC"`}, "unitdp": {"4"}},
			rows:  func(m mapper) func(json.RawMessage) row { return m.invoice },
		},
		{
			name: "credit_notes", id: "CreditNoteID", path: "CreditNotes", plural: "CreditNotes", paged: true,
			query: url.Values{"where": {`Type=="ACCRECCREDIT"`}, "unitdp": {"4"}},
			rows: func(m mapper) func(json.RawMessage) row {
				return m.credit(receivables.CreditNote, "CreditNoteID")
			},
		},
		{
			name: "overpayments", path: "Overpayments", plural: "Overpayments", paged: true,
			query: url.Values{"unitdp": {"4"}},
			rows: func(m mapper) func(json.RawMessage) row {
				return m.credit(receivables.CreditOverpaid, "OverpaymentID")
			},
		},
		{
			name: "prepayments", path: "Prepayments", plural: "Prepayments", paged: true,
			query: url.Values{"unitdp": {"4"}},
			rows: func(m mapper) func(json.RawMessage) row {
				return m.credit(receivables.CreditPrepaid, "PrepaymentID")
			},
		},
		{
			name: "payments", id: "PaymentID", path: "Payments", plural: "Payments", paged: true,
			rows: func(m mapper) func(json.RawMessage) row { return m.payment },
		},
		{
			name: "bank_transactions", id: "BankTransactionID", path: "BankTransactions", plural: "BankTransactions", paged: true,
			query: url.Values{"unitdp": {"4"}},
			rows:  func(m mapper) func(json.RawMessage) row { return m.bankTransaction },
		},
		{
			name: "bank_transfers", path: "BankTransfers", plural: "BankTransfers", currencies: true,
			query: url.Values{"includeDeleted": {"true"}},
			rows:  func(m mapper) func(json.RawMessage) row { return m.transfer },
		},
		{
			name: "manual_journals", path: "ManualJournals", plural: "ManualJournals", paged: true, optional: true,
			rows: func(m mapper) func(json.RawMessage) row { return m.manualJournal },
		},
	}
}

// batches is the list of batch payments. It is not pulled: their payments are,
// and say which batch they stand in.
func batches() stream {
	return stream{
		name: "batch_payments", path: "BatchPayments", plural: "BatchPayments",
		rows: func(m mapper) func(json.RawMessage) row { return m.batchPayment },
	}
}

// Streams names the lists; all of them go on for ever.
func (s *session) Streams() []connectors.Stream {
	var out []connectors.Stream
	for _, st := range streams() {
		out = append(out, connectors.Stream{Name: st.name})
	}
	return out
}

func findStream(name string) (stream, bool) {
	for _, st := range streams() {
		if st.name == name {
			return st, true
		}
	}
	return stream{}, false
}

// Pull reads one page. Rows that stand in the cursor's edge unchanged are left
// out, so that a pass with nothing new brings no drafts and no new cursor.
func (s *session) Pull(ctx context.Context, name string, cursor connectors.Cursor) (connectors.Page, error) {
	st, ok := findStream(name)
	op := "list " + name
	if !ok {
		return connectors.Page{}, fault(connectors.ClassRequest, op, "there is no such stream", nil)
	}
	at, err := parseCursor(cursor)
	if err != nil {
		return connectors.Page{}, fault(connectors.ClassPermanent, op, "the cursor cannot be read; a full sync starts anew", err)
	}
	byID := st.id != "" && (len(cursor) == 0 || at.Began > 0)
	m, err := s.mapper(ctx)
	if err != nil {
		return connectors.Page{}, err
	}
	walk := newWalk(at)
	var drafts []mapping.Draft
	var unmapped, accounts []json.RawMessage
	toRow := st.rows(m)
	e, err := s.do(ctx, st.call(op, at, byID), st.plural, func(raw json.RawMessage) error {
		if st.chart {
			accounts = append(accounts, raw)
		}
		if st.currencies {
			unmapped = append(unmapped, raw)
			return nil
		}
		if r := toRow(raw); walk.fresh(r.draft) && r.keep {
			drafts = append(drafts, r.draft)
		}
		return nil
	})
	if st.optional && errors.Is(err, errScope) {
		return connectors.Page{Cursor: cursor}, nil
	}
	if err != nil {
		return connectors.Page{}, err
	}
	if st.chart {
		s.learn(accounts, at.Since == 0)
	}
	if len(unmapped) > 0 {
		if drafts, err = s.pullTransfers(ctx, st, walk, unmapped); err != nil {
			return connectors.Page{}, err
		}
	}
	if byID && walk.from.Began == 0 {
		walk.from.Began = s.began(e)
	}
	next, more, err := walk.next(st.paged, e.pages)
	if err != nil {
		return connectors.Page{}, fault(connectors.ClassPermanent, op, "the list makes no progress", err)
	}
	out := connectors.Page{Drafts: drafts, Cursor: next.encode(), More: more}
	if e.pages != nil && at.Since == 0 {
		out.Total = int64(e.pages.ItemCount)
	}
	return out, nil
}

// began is when the answer was made, by Xero's clock; without it, a day before
// ours, because clocks differ.
func (s *session) began(e envelope) int64 {
	if !e.at.IsZero() {
		return e.at.UnixMilli()
	}
	return max(1, s.now().AddDate(0, 0, -1).UnixMilli())
}

// pullTransfers maps rows that need the accounts' currencies, which are read
// only when one of the rows is new.
func (s *session) pullTransfers(ctx context.Context, st stream, walk *walk, rows []json.RawMessage) ([]mapping.Draft, error) {
	plain := st.rows(mapper{})
	var fresh []json.RawMessage
	for _, raw := range rows {
		if walk.fresh(plain(raw).draft) {
			fresh = append(fresh, raw)
		}
	}
	if len(fresh) == 0 {
		return nil, nil
	}
	m, err := s.mapper(ctx, banksOf(fresh)...)
	if err != nil {
		return nil, err
	}
	var drafts []mapping.Draft
	toRow := st.rows(m)
	for _, raw := range fresh {
		if r := toRow(raw); r.keep {
			drafts = append(drafts, r.draft)
		}
	}
	return drafts, nil
}

// call is the request for the cursor's page.
func (st stream) call(op string, at cursor, byID bool) call {
	query := url.Values{}
	maps.Copy(query, st.query)
	if st.paged {
		query.Set("page", strconv.Itoa(at.Page))
		query.Set("pageSize", strconv.Itoa(pageSize))
		query.Set("order", "UpdatedDateUTC ASC")
	}
	if byID {
		query.Set("order", st.id+" ASC")
	}
	c := call{op: op, method: http.MethodGet, path: st.path, query: query}
	if at.Since > 0 {
		c.since = time.UnixMilli(at.Since)
	}
	return c
}

// mapper gives what elements do not say themselves. The currencies of the bank
// accounts that are named are looked up only where they are needed.
func (s *session) mapper(ctx context.Context, banks ...string) (mapper, error) {
	m := mapper{home: s.access.Home}
	if len(banks) == 0 {
		return m, nil
	}
	all, _, err := s.accounts(ctx, banks...)
	m.currencies = map[string]money.Currency{}
	for id, w := range all {
		m.currencies[id] = money.Currency(w.CurrencyCode)
	}
	return m, err
}

// banksOf are the accounts that transfers run between, where they do not name
// the currency themselves.
func banksOf(transfers []json.RawMessage) []string {
	var ids []string
	for _, raw := range transfers {
		// One that cannot be read becomes a rejection of its own.
		if w, err := decode[wireTransfer](raw); err == nil && w.FromBankAccount.CurrencyCode == "" {
			ids = append(ids, w.FromBankAccount.AccountID)
		}
	}
	return ids
}
