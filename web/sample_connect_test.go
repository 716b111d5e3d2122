package web

import (
	"context"
	"net/url"
	"time"

	"tieout/connectors"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/preview"
	"tieout/sync/schedule"
)

// Connections have one in each state; "1" is the one that tests fill into
// addresses.
func (s *sample) Connections(context.Context, string) ([]Connection, error) {
	if s.err != nil || s.empty {
		return nil, s.err
	}
	at := start.Add(-time.Hour)
	status := func(id, vendor, state string) ConnectionStatus {
		return ConnectionStatus{ID: id, Vendor: vendor, Name: evil, State: state, Fresh: &at, Due: start.Add(time.Minute)}
	}
	first := Connection{
		ConnectionStatus: status("1", "quickbooks", "active"), Title: "QuickBooks Online", Role: connectors.RoleLedger, Company: evil, Home: "USD", Zone: "Europe/Berlin",
		Live: true, Consent: "g1", Schedule: "@hourly", Every: time.Hour, Price: evil, Books: []ConnectedBook{{ID: "1", Name: evil, Writes: true}},
		Budgets: []Budget{{Vendor: "quickbooks", Unit: "calls", Window: "month", Used: 1200, Limit: 500_000}, {Vendor: "quickbooks", Unit: "bytes", Window: "month", Used: 7}},
		Runs: []schedule.Run{
			{Started: at, Finished: &start, OK: true, Pulled: map[receivables.Kind]int{receivables.KindInvoice: 1200, receivables.KindCustomer: 34}, Calls: 56},
			{Started: at, Problem: evil},
			{Started: at},
		},
	}
	first.Why, first.Warning, first.Calls = evil, evil, map[string]int{"pull": 12, evil: 1}
	first.Rates = []Rate{{Name: "minute", Used: 3, Limit: 500, Remaining: 497}}
	reading := Connection{
		ConnectionStatus: status("2", "xero", "active"), Title: "Xero", Role: connectors.RoleLedger, Schedule: evil, Live: true, Running: true,
		Reading: Reading{Lists: []List{
			{Name: "accounts", Done: true, Seen: 80},
			{Name: "credit_notes", Seen: 1500, Total: 10_000, Began: start.Add(-10 * time.Second), Moved: start},
			{Name: "payments"},
		}},
	}
	reading.Fresh = nil
	broken := Connection{ConnectionStatus: status("3", "stripe", "reconnect"), Title: "Stripe", Role: connectors.RoleProcessor, ByKey: true}
	gone, paused := broken, broken
	gone.ID, gone.Disconnected, paused.ID, paused.State = "4", true, "5", "paused"
	return []Connection{first, reading, broken, gone, paused}, nil
}

// Connection is one of them.
func (s *sample) Connection(ctx context.Context, tenant, id string) (Connection, error) {
	all, err := s.Connections(ctx, tenant)
	for _, c := range all {
		if c.ID == id {
			return c, nil
		}
	}
	if err == nil {
		err = ErrNotFound
	}
	return Connection{}, err
}

// Change takes everything but schedules.
func (s *sample) Change(ctx context.Context, tenant, id string, change ConnectionChange) error {
	if change.Do == "schedule" {
		return FieldError{evil}
	}
	_, err := s.Connection(ctx, tenant, id)
	return err
}

// Disconnect leaves something to do.
func (s *sample) Disconnect(ctx context.Context, tenant, id, _ string) (string, error) {
	_, err := s.Connection(ctx, tenant, id)
	return evil, err
}

// Offers are one of each kind.
func (s *sample) Offers(context.Context, string) ([]Offer, error) {
	asks := []connectors.Ask{{Name: evil, Why: evil}}
	return []Offer{
		{Vendor: "quickbooks", Title: "QuickBooks Online", Role: connectors.RoleLedger, Consent: true, App: true, Asks: asks, Loose: []string{"g1"}},
		{Vendor: "xero", Title: "Xero", Role: connectors.RoleLedger, Consent: true, Setting: "TIEOUT_XERO_CLIENT_ID"},
		{Vendor: "stripe", Title: "Stripe", Role: connectors.RoleProcessor, Consent: true, App: true, Key: true, Asks: asks},
	}, s.err
}

// Begin leads to the vendor, for those that there are.
func (s *sample) Begin(_ context.Context, _, browser, vendor, redirect string) (string, error) {
	if vendor != "quickbooks" {
		return "", FieldError{evil}
	}
	s.begun = browser
	return "https://vendor.example/consent?redirect=" + url.QueryEscape(redirect), nil
}

// sampleConnector is the sample as a Connector.
type sampleConnector struct{ *sample }

// Answer wants the browser that began.
func (s sampleConnector) Answer(_ context.Context, _, browser string, query url.Values, again string) (Answered, error) {
	switch {
	case browser != s.begun || browser == "":
		return Answered{}, FieldError{"this consent was not asked for here"}
	case query.Get("several") != "":
		return Answered{Choose: "g1"}, nil
	}
	return Answered{Names: []string{evil, again}}, nil
}

// Key takes "rk_good".
func (s *sample) Key(_ context.Context, _, _, key, _ string) (Answered, error) {
	if key != "rk_good" {
		return Answered{}, FieldError{evil}
	}
	return Answered{Names: []string{"Shop"}, Notice: "Mind."}, nil
}

// Companies are two, one of them connected.
func (s *sample) Companies(_ context.Context, _, grant string) ([]Company, error) {
	if grant != "g1" {
		return nil, FieldError{"ended"}
	}
	return []Company{{ID: "x1", Name: evil}, {ID: "x2", Name: "b", Connected: "1"}}, s.err
}

// Take takes x1.
func (s *sample) Take(_ context.Context, _, _ string, companies []string) (Answered, error) {
	if companies[0] != "x1" {
		return Answered{}, FieldError{evil}
	}
	return Answered{Names: companies}, nil
}

// BookStates are one book, "1".
func (s *sample) BookStates(ctx context.Context, tenant string) ([]BookState, error) {
	all, err := s.Connections(ctx, tenant)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	read := all[2]
	read.Fresh = all[0].Fresh
	return []BookState{
		{ID: "1", Name: evil, Ledger: all[0], Sources: []Connection{read}, Accounts: true, CutOver: s.cutOver, Writes: s.writing},
		{ID: "2", Name: "b", Ledger: all[1], Sources: []Connection{read}},
	}, nil
}

// NewBook takes connection 1.
func (s *sample) NewBook(_ context.Context, _, ledger string, _ []string, _ bool, _ string) (string, error) {
	if ledger != "1" {
		return "", FieldError{evil}
	}
	return "1", nil
}

// Accounts have one place of each kind.
func (s *sample) Accounts(context.Context, string, string) (AccountsShown, error) {
	options := []AccountOption{{ID: "7", Name: evil}}
	return AccountsShown{Missing: []string{evil}, Places: []AccountPlace{
		{Key: "clearing-USD", Use: "clearing", Currency: "USD", Made: evil, Listed: true, Accounts: options},
		{Key: "bank-USD", Use: "bank", Currency: "USD", Listed: true, Accounts: options},
		{Key: "bank-USD-ba_1", Use: "bank", Currency: "USD", Destination: "ba_1", Called: evil, Unknown: true, Payouts: 3, Last: "2026-11-19", Optional: true, Listed: true, Accounts: options},
		{Key: "bank-USD-card_1", Use: "bank", Currency: "USD", Destination: "card_1", Called: "Visa …4242 (USD)", Payouts: 1, Last: "2026-11-18", Optional: true, Listed: true, Accounts: options},
		{Key: "fees", Use: "fees", Chosen: "7", Name: evil, Listed: true, Accounts: options},
		{Key: "contact", Use: "contact", Made: "Stripe"},
		{Key: "method", Use: "method", Chosen: "9"},
	}}, s.err
}

// ChooseAccounts wants the clearing account made.
func (s *sample) ChooseAccounts(_ context.Context, _, _ string, choices map[string]string, _ string) error {
	if choices["clearing-USD"] != "new" {
		return FieldError{evil}
	}
	return nil
}

// CutOver has one opening of each kind.
func (s *sample) CutOver(_ context.Context, _, _ string, from Start) (CutOverShown, error) {
	if from.Day == "never" {
		return CutOverShown{}, FieldError{"That is not a day."}
	}
	held := money.Money{Minor: 5, Currency: "USD"}
	out := CutOverShown{Start: Start{Day: "2026-11-20"}, Begun: evil, Latest: "2026-11-20", Zone: evil, Digest: "d1", MoreWriters: 2, Writers: []WriterShown{{evil, evil}}, Openings: []OpeningShown{
		{Stripe: held, Ledger: &held, Missing: money.Money{Currency: "USD"}}, {Stripe: money.Money{Minor: 9, Currency: "EUR"}, Missing: money.Money{Currency: "EUR"}},
	}}
	if from.Payout != "" {
		out.Start, out.Payouts = from, []PayoutOption{{ID: from.Payout, Day: "2026-11-10", Amount: held}}
		out.From = &FromShown{Payout: from.Payout, Day: "2026-11-10", Oldest: "2026-11-05", PaidOut: 3, Entered: 1, Examples: []string{evil}}
	}
	if from.Day == "2026-11-01" {
		out.Openings = append(out.Openings, OpeningShown{Stripe: held, Ledger: &held, Missing: money.Money{Minor: 5, Currency: "USD"}})
		out.Counters = []AccountOption{{ID: "7", Name: evil}}
	}
	return out, s.err
}

// ConfirmCutOver wants what was shown.
func (s *sample) ConfirmCutOver(_ context.Context, _, _ string, from Start, digest string, counters map[money.Currency]string, _ string) error {
	if digest != "d1" {
		return ErrOtherShown
	}
	if from.Day == "2026-11-01" && counters["USD"] != "7" {
		return FieldError{"The clearing account does not hold what Stripe held."}
	}
	s.cutOver = &start
	return nil
}

// FirstWrites are one, of many.
func (s *sample) FirstWrites(context.Context, string, string) (FirstWrites, error) {
	return FirstWrites{
		Ready: !s.busy, Running: s.busy, All: 1201, Totals: []string{evil}, Digest: "d2",
		Lines: []preview.Line{{Action: preview.Action("write"), Kind: "payment link", Customer: evil, Invoice: evil, Amount: "1234.50", Currency: "USD", Why: evil, From: evil, To: evil}},
	}, s.err
}

// Switch wants what was shown, and a second person for "four".
func (s *sample) Switch(_ context.Context, _, _ string, on bool, digest, _ string) error {
	switch {
	case on && digest == "four":
		return ErrSecondPerson
	case on && digest != "d2":
		return ErrOtherShown
	}
	s.writing = on
	return nil
}
