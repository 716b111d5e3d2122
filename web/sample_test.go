package web

import (
	"context"
	"strconv"
	"sync"
	"time"

	"tieout/listing"
	"tieout/money"
	"tieout/people"
	"tieout/receivables"
)

// sample gives pages data of every kind, with names that try to break out.
type sample struct {
	mu       sync.Mutex
	versions Versions
	err      error
	empty    bool
	answered string
	approved string
	retried  bool
	noted    Note
	// begun is the browser of a consent under way.
	begun         string
	cutOver       *time.Time
	writing, busy bool
	broken        []BrokenConnection
}

const evil = `"><script>alert(1)</script><img src=x onerror=alert(2)>`

func (s *sample) readers() Readers {
	return Readers{
		Pulse:       s,
		Home:        s,
		Receivables: s,
		Bulk:        s,
		Decisions:   s,
		Approvals:   s,
		Proofs:      s,
		Journal:     s,
		Payments:    s,
		Bank:        s,
		Records:     s,
		Clients:     s,
		Booking:     s,
		Notes:       s,
		Hooks:       s,
		Control:     s,
		Months:      s,
		Learned:     s,
		Connections: s,
		Connector:   sampleConnector{s},
		Books:       s,
	}
}

func (s *sample) change(v Versions) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.versions = v
}

// Healthy is nil while nothing was told to fail.
func (s *sample) Healthy(context.Context) error { return s.err }

// Versions are those set last.
func (s *sample) Versions(context.Context, string) (Versions, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.versions
	if v == (Versions{}) {
		v = Versions{Connections: "c0", Books: "b0"}
	}
	return v, nil
}

// Freshness is an hour old.
func (s *sample) Freshness(context.Context, string) (Freshness, error) {
	if s.empty {
		return Freshness{None: true}, nil
	}
	at := start.Add(-time.Hour)
	return Freshness{At: &at, Oldest: evil, Broken: s.broken}, nil
}

// Client is the first page's data in a line.
func (s *sample) Client(ctx context.Context, tenant string, zone *time.Location) (Client, error) {
	h, err := s.Home(ctx, tenant, "", zone)
	if err != nil {
		return Client{}, err
	}
	fresh, err := s.Freshness(ctx, tenant)
	if tenant == "main" && !s.empty {
		h.Proofs = h.Proofs[:1]
	}
	return Client{Proofs: h.Proofs, Ageing: h.Ageing, Waiting: h.Waiting, Fresh: fresh}, err
}

// Home has one of each.
func (s *sample) Home(_ context.Context, _, own string, _ *time.Location) (Home, error) {
	if s.err != nil || s.empty {
		return Home{}, s.err
	}
	at := start.Add(-time.Minute)
	h := Home{Ageing: []AgeingLine{
		{Currency: "USD", Ageing: receivables.Ageing{Current: 100_00, To30: 50_00, Over90: 7_05, Credit: 3_00}, Sum: 154_05, Invoices: 12, Made: 20_00, MadeCount: 2},
		{Currency: "JPY", Ageing: receivables.Ageing{Current: 1_234_567}, Sum: 1_234_567, Invoices: 1},
	}}
	if own != "" {
		return h, nil
	}
	h.Machines = []string{evil}
	h.Proofs = []ProofSentence{
		{Name: evil, Ledger: "quickbooks", Processors: []string{"stripe"}, State: ProofAgrees, At: at, Lines: 9},
		{Name: "b", Ledger: "xero", State: ProofDiffers, At: at, Lines: 9, Open: 1, Rest: money.Money{Minor: -1, Currency: "USD"}, Cause: evil},
		{Name: "c", Ledger: "xero", State: ProofUnmeasured, At: at, Lines: 9, Open: 1, Cause: evil},
		{Name: "d", Ledger: "xero", State: ProofNone},
	}
	months := receivables.Months(map[receivables.Date]receivables.Month{
		"2026-09-01": {Invoiced: 310_00, Credited: 400_00, Invoices: 3}, "2026-10-01": {Invoiced: 62_00, Collected: 31_00, Invoices: 1, Receipts: 1},
	}, "2025-12-01", "2026-11-20")
	h.Billing = []Billing{
		{Currency: "USD", Months: months, DSO: receivables.CountBack(31_00, months, "2026-11-20")},
		{Currency: "JPY", Months: months[:1], DSO: receivables.CountBack(5, months, "2026-11-20")},
	}
	h.Waiting = Waiting{Questions: 2, Exceptions: 1, Parked: 1, Writes: 3, First: []Question{{About: evil, Text: evil, Hint: evil}}}
	h.Today = Today{Sums: []money.Money{{Minor: 5_00, Currency: "USD"}}, Count: 9, Receipts: []Receipt{
		{At: at, Payer: evil, Amount: money.Money{Minor: 5_00, Currency: "USD"}, State: "matched", Invoices: []InvoiceRef{{ID: "1", Number: evil}}},
		{At: at, State: "suggested"},
		{At: at, State: "held"},
		{At: at, State: "new"},
	}}
	h.Connections = []Health{
		{ID: "c1", Vendor: "quickbooks", Name: evil, State: "active", Fresh: &at, Due: at.Add(time.Hour)},
		{ID: "c2", Vendor: "stripe", Name: "s", State: "reconnect", Why: evil, Notice: evil},
		{ID: "c3", Vendor: "xero", State: "paused"},
		{ID: "c4", Vendor: "xero", State: "active", Running: true},
	}
	return h, nil
}

// Invoices has one of each.
func (s *sample) Invoices(_ context.Context, _ string, f listing.Filter) (listing.Page, error) {
	if s.err != nil || s.empty {
		return listing.Page{}, s.err
	}
	row := listing.Row{
		Connection: "c1", ID: evil, Number: evil, CustomerID: evil, Customer: evil, State: receivables.StateLive, Currency: "USD", Issued: "2026-10-01", Due: "2026-11-01",
		Total: 1_234_56, Balance: 34_56, Link: evil,
	}
	paid, void, today, open := row, row, row, row
	paid.Balance, void.State, void.Billed, today.Due, open.Due, open.Customer = 0, receivables.StateVoid, true, f.Today, f.Today.AddDays(1), ""
	next := row.Place(f.Sort)
	return listing.Page{
		Rows: []listing.Row{row, paid, void, today, open}, Next: &next, Cut: f.Query != "",
		Totals: []listing.Total{{Currency: "USD", Count: 1234, Total: 9_999_99, Balance: 7_777_77}},
	}, nil
}

// EachInvoice gives those of the page.
func (s *sample) EachInvoice(ctx context.Context, tenant string, f listing.Filter, yield func(listing.Row) error) error {
	page, err := s.Invoices(ctx, tenant, f)
	for _, r := range page.Rows {
		if err := yield(r); err != nil {
			return err
		}
	}
	return err
}

// Sources are two.
func (s *sample) Sources(context.Context, string) (map[string]SourceName, error) {
	return map[string]SourceName{"c1": {"c1", "quickbooks", evil}, "c2": {"c2", "stripe", "s"}}, nil
}

// Decisions has one of each kind; the second is answered by "a".
func (s *sample) Decisions(context.Context, string) ([]Decision, error) {
	if s.err != nil || s.empty {
		return nil, s.err
	}
	return []Decision{
		{Book: "b1", BookName: evil, ID: "d1", Kind: "x", About: evil, Question: evil},
		{Book: "b1", BookName: "b", ID: "d2", Kind: "match", Question: "Who paid?", Here: true, Options: []DecisionOption{
			{Key: "a", Text: evil, Score: 92}, {Key: "account:", Text: "Another account", More: true},
		}},
		{Book: "b1", BookName: "b", ID: "d3", Kind: "match", Question: "None fits", Here: true},
	}, nil
}

// Exceptions are one with a page where it is solved, and one without.
func (s *sample) Exceptions(context.Context, string) ([]Exception, error) {
	return []Exception{{Kind: evil, Text: evil, Action: evil, Path: "/settings/booking/1", Door: evil, About: "/payments/1"}, {Kind: "b"}}, s.err
}

// NotWritten is one, until it is tried again.
func (s *sample) NotWritten(context.Context, string) ([]NotWritten, error) {
	if s.empty || s.retried {
		return nil, s.err
	}
	return []NotWritten{{Book: "b1", BookName: evil, ID: "i1", What: evil, Problem: evil}}, s.err
}

// Retry tries it again, once.
func (s *sample) Retry(_ context.Context, _, book, id string) (int, error) {
	if book != "b1" {
		return 0, ErrNotFound
	}
	if s.retried || id != "" && id != "i1" {
		return 0, s.err
	}
	s.retried = true
	return 1, s.err
}

// Answer takes "a" for d2, once.
func (s *sample) Answer(_ context.Context, _, _, id, answer, by string) error {
	switch {
	case id != "d2":
		return ErrNotFound
	case s.answered != "":
		return ErrAnswered
	case answer != "a" && answer != "account:7":
		return ErrNoAnswer
	}
	s.answered = by + " " + answer
	return nil
}

// Withdraw takes the answer back.
func (s *sample) Withdraw(_ context.Context, _, _, id, _ string) error {
	switch {
	case id != "d2":
		return ErrNotFound
	case s.answered == "":
		return ErrActed
	}
	s.answered = ""
	return nil
}

// Approvals are one of each: somebody else's, one's own, one that was granted.
func (s *sample) Approvals(context.Context, string) ([]Approval, error) {
	if s.err != nil || s.empty {
		return nil, s.err
	}
	return []Approval{
		{Book: "b1", BookName: evil, ID: "p1", What: evil, Page: "/journal/1/undo", Need: people.Undo, AskedBy: "Bo <bo@example.com>", At: start},
		{ID: "p2", What: "four eyes off", Need: people.Manage, AskedBy: "Bob <ADA@example.com>", At: start},
		{ID: "p3", What: "granted", Page: "/x", Need: people.Connect, AskedBy: "Ada <ada@example.com>", At: start, By: evil},
		{ID: "p5", What: "done", Need: people.Connect, AskedBy: "Ada <ada@example.com>", At: start, By: "Bo", Done: true},
		{ID: "p6", What: "not done", Page: "/x", Need: people.Connect, AskedBy: "Ada <ada@example.com>", At: start, By: "Bo", Outcome: evil},
		{ID: "p4", What: "retention", Need: people.Manage, AskedBy: "Bo <bo@example.com>", At: start},
	}, nil
}

// Approve takes a word once.
func (s *sample) Approve(_ context.Context, _ string, a Approval, granted bool, by string) (Carried, error) {
	if s.approved != "" {
		return Carried{}, ErrAnswered
	}
	s.approved = a.ID + " " + strconv.FormatBool(granted) + " " + by
	return Carried{Done: granted}, nil
}

// PreviewBulk has one of each; nothing chosen is nothing to do.
func (s *sample) PreviewBulk(_ context.Context, _ string, b Bulk) (BulkShown, error) {
	if len(b.Rows) == 0 && !b.All {
		return BulkShown{}, s.err
	}
	return BulkShown{Digest: "d1", TooMany: b.Filter.Status == listing.All && b.All, Parts: []BulkPart{
		{Text: evil, Changes: true, Count: 2, Open: []money.Money{{Minor: 5_00, Currency: "USD"}}}, {Text: "nothing", Count: 1},
	}}, s.err
}

// BulkCustomers have one, of two of the chosen invoices.
func (s *sample) BulkCustomers(_ context.Context, _ string, b Bulk) (BulkCustomers, error) {
	if len(b.Rows) == 0 && !b.All {
		return BulkCustomers{}, s.err
	}
	return BulkCustomers{List: []BulkCustomer{{"1", "1", evil, 2}}, Others: 1, TooMany: b.Filter.Status == listing.All && b.All, Digest: "d1"}, s.err
}

// Bulk takes the digest d1, and refuses what a second person has to agree to.
func (s *sample) Bulk(_ context.Context, _ string, b Bulk, digest, _, _ string) error {
	switch {
	case digest != "d1":
		return ErrOtherShown
	case b.Action == BulkCustomerNone:
		return ErrSecondPerson
	}
	return s.err
}
