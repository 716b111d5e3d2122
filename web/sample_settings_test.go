package web

import (
	"context"

	"tieout/listing"
	"tieout/money"
	"tieout/sync/alarm"
	"tieout/sync/monthend"
	"tieout/sync/notify"
	"tieout/sync/preview"
)

// Rules have one of each kind of field; "fees" may be changed to "payout".
func (s *sample) Rules(_ context.Context, _, _ string, filled map[string]string) (RulesShown, error) {
	shown := RulesShown{Problems: map[string]string{}, Groups: []RuleGroup{{Title: evil, Text: evil, Fields: []RuleField{
		{Name: "fees", Label: "Fees", Hint: evil, Kind: "choice", Value: "movement", Options: []RuleOption{{"movement", evil}, {"payout", "payout"}}},
		{Name: "filed", Label: "Filed", Kind: "date", Value: "2026-01-31"},
	}}}, Examples: []RuleExample{
		{Title: evil, Detail: evil, Amount: money.Money{Minor: 5, Currency: "USD"}, Path: "/payments/1?book=1", Now: []preview.Line{{Kind: "receipt", Date: "2026-11-20", Amount: "-5.00", Currency: "USD", From: evil, To: evil, Customer: evil, Invoice: evil, Why: evil}}},
		{Title: "b", Amount: money.Money{Currency: "JPY"}, Same: true, Now: []preview.Line{{Kind: "fees"}}},
	}}
	if filled["fees"] == "payout" {
		shown.Changes, shown.Digest = []RuleChange{{Name: evil, New: evil}}, "d1"
	}
	if filled["filed"] == "x" {
		shown.Problems["filed"], shown.Groups[0].Fields[1].Problem = "x: not a day", "x: not a day"
	}
	return shown, s.err
}

// SaveRules saves what was shown under d1.
func (s *sample) SaveRules(_ context.Context, _, _ string, filled map[string]string, digest, page, by string) error {
	switch {
	case digest == "second":
		return ErrSecondPerson
	case digest != "d1" || filled["fees"] != "payout":
		return ErrOtherShown
	}
	s.answered = page + " " + by
	return s.err
}

// Hooks are one of each state.
func (s *sample) Hooks(context.Context, string) ([]notify.Hook, error) {
	if s.err != nil || s.empty {
		return nil, s.err
	}
	return []notify.Hook{
		{ID: "h1", URL: evil, State: notify.HookActive, CreatedAt: start},
		{ID: "h2", URL: "https://b.example/x", Events: []notify.Type{notify.InvoicePaid}, State: notify.HookDisabled, Why: evil},
		{ID: "h3", URL: "https://c.example/x", State: notify.HookActive, Failures: 3},
	}, nil
}

// Deliveries are one of each state.
func (s *sample) Deliveries(_ context.Context, _, _ string, before listing.Moment, limit int) ([]notify.Delivery, error) {
	if s.err != nil || s.empty || !before.At.IsZero() {
		return nil, s.err
	}
	notice := notify.Notice{ID: evil, Type: notify.InvoicePaid, At: start, Body: []byte(evil)}
	list := []notify.Delivery{
		{Hook: "h1", Notice: notice, State: notify.DeliveryDelivered, Attempts: 1, Status: 200, Answer: evil},
		{Hook: "h2", Notice: notice, State: notify.DeliveryFailed, Attempts: 9, Status: 500, Problem: evil},
		{Hook: "h2", Notice: notice, State: notify.DeliveryWaiting, NotBefore: start},
		{Hook: "h3", Notice: notice, State: notify.DeliveryWaiting, NotBefore: start},
	}
	for len(list) < limit {
		list = append(list, list[0])
	}
	return list, nil
}

// AddHook checks the address as it is checked.
func (s *sample) AddHook(_ context.Context, _, address string, events []notify.Type) (notify.Hook, error) {
	return notify.Hook{ID: "h4", URL: address, Events: events, Secret: "whsec_once"}, notify.CheckAddress(address)
}

// RemoveHook knows h1.
func (s *sample) RemoveHook(_ context.Context, _, hook string) error { return s.known(hook) }

// Replay knows h1.
func (s *sample) Replay(_ context.Context, _, id string) (int, error) { return 2, s.known(id) }

// TestHook is refused.
func (s *sample) TestHook(_ context.Context, _, hook string) (notify.Delivery, error) {
	return notify.Delivery{Hook: hook, State: notify.DeliveryWaiting, Attempts: 1, Problem: evil}, s.known(hook)
}

func (s *sample) known(hook string) error {
	if hook != "h1" {
		return ErrNotFound
	}
	return s.err
}

// Control is four eyes, ten years.
func (s *sample) Control(context.Context, string) (monthend.Control, error) {
	return monthend.Control{FourEyes: true, RetentionYears: 10}, s.err
}

// SaveControl wants a second person for four eyes off.
func (s *sample) SaveControl(_ context.Context, _ string, c monthend.Control, page, by string) error {
	if !c.FourEyes {
		s.answered = page
		return ErrSecondPerson
	}
	s.answered = by
	return nil
}

// Alarms are one that stands and one that is over.
func (s *sample) Alarms(context.Context, string) ([]alarm.Row, error) {
	if s.empty {
		return nil, s.err
	}
	over := start
	return []alarm.Row{{Name: evil, Text: evil, Raised: start, Told: start, Times: 2}, {Name: "b", Text: "c", Raised: start, Told: start, Times: 1, Cleared: &over}}, s.err
}

// Started is one that is set and one that is not.
func (s *sample) Started() []StartSetting {
	return []StartSetting{{Name: "Mail server", Value: evil, Variable: "TIEOUT_SMTP_ADDRESS"}, {Name: "Public address", Variable: "TIEOUT_PUBLIC_URL"}}
}

// Learned are one of a customer that is there and one of one that is gone.
func (s *sample) Learned(context.Context, string) ([]Learned, error) {
	if s.empty {
		return nil, s.err
	}
	return []Learned{
		{Book: "1", BookName: evil, ID: "h1", Kind: "alias", Why: evil, Customer: evil, Path: "/customers/1/1", By: evil, At: start},
		{Book: "1", ID: "r2", Kind: "habit", Why: "w", Customer: "99"},
	}, s.err
}

// Forget knows h1.
func (s *sample) Forget(_ context.Context, _, _, id string) error { return s.known(id) }

// Month is one in two currencies, signed by one with other figures since.
func (s *sample) Month(_ context.Context, _, book string, month monthend.Month) (Month, error) {
	if book != "1" {
		return Month{}, ErrNotFound
	}
	if s.empty {
		return Month{}, s.err
	}
	pack := monthend.Pack{
		Book: evil, BookID: "1", Ledger: evil, Month: month, Currency: "USD", MadeAt: start, Stripe: monthend.Stripe{Opening: -1, Closing: 99, Activity: []monthend.Activity{{Category: evil, Count: 1, Amount: 100, Net: 100}}},
		SignOffs: []monthend.SignOff{{Role: monthend.RolePrepared, By: evil, At: start, Pack: "d0"}, {Role: monthend.RoleReviewed, By: "b", At: start, Pack: "d1"}},
	}
	other := pack
	other.Currency = "JPY"
	return Month{Packs: []monthend.Pack{pack, other}, Digest: "d1", FourEyes: true}, s.err
}

// SignMonth takes a review of what was shown under d1.
func (s *sample) SignMonth(_ context.Context, _, _ string, _ monthend.Month, role, digest, by string) error {
	switch {
	case digest != "d1":
		return ErrOtherShown
	case role == monthend.RoleReviewed:
		return monthend.ErrSame
	}
	s.answered = role + " " + by
	return s.err
}
