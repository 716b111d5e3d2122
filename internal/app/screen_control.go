package app

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"tieout/books"
	"tieout/sync/alarm"
	"tieout/sync/monthend"
	"tieout/sync/reconcile"
	"tieout/sync/statement"
	"tieout/web"
)

// controlKeeper keeps controls for pages.
type controlKeeper struct{ app *App }

// Control gives the controls.
func (c controlKeeper) Control(ctx context.Context, tenant string) (monthend.Control, error) {
	return c.app.Store.Control(ctx, tenant)
}

// SaveControl changes them, once a second person has agreed where one is wanted.
func (c controlKeeper) SaveControl(ctx context.Context, tenant string, control monthend.Control, page, by string) error {
	return forPages(c.app.Of(tenant).ChangeControl(ctx, control, page, by))
}

// ChangeControl changes the organisation's controls, after a second person has
// said yes where they want one. page is where the change is shown.
func (a *App) ChangeControl(ctx context.Context, control monthend.Control, page, by string) error {
	old, err := a.Store.Control(ctx, a.Tenant)
	if err != nil || old == control {
		return err
	}
	digest, err := DigestOf([]monthend.Control{old, control})
	if err != nil {
		return err
	}
	words := map[bool]string{true: "on", false: "off"}
	what := fmt.Sprintf("controls: four eyes %s → %s, kept for %d → %d years", words[old.FourEyes], words[control.FourEyes], old.RetentionYears, control.RetentionYears)
	ask := Ask{Subject: ApproveControl, Digest: digest, What: what, Page: page, Who: by, Do: &controlProposal{control}}
	if err := a.SecondPerson(ctx, books.Book{Tenant: a.Tenant}, ask); err != nil {
		return err
	}
	return a.Store.SaveControl(ctx, a.Tenant, control, by, a.config.Clock.Now())
}

// Alarms are those that stand or were over lately.
func (c controlKeeper) Alarms(ctx context.Context, tenant string) ([]alarm.Row, error) {
	return c.app.Store.Alarms(ctx, tenant)
}

// Started is what was set at the start. Secrets are only named.
func (c controlKeeper) Started() []web.StartSetting {
	server, from, to := "", "", ""
	if m := c.app.config.Mail; m != nil {
		server, from, to = m.Address, m.From, strings.Join(m.To, ", ")
	}
	return []web.StartSetting{
		{Name: "Public address of the pages and of the pay page", Value: c.app.config.PublicURL, Variable: "TIEOUT_PUBLIC_URL"},
		{Name: "Schedule of new connections", Value: c.app.config.Schedule, Variable: "TIEOUT_SCHEDULE"},
		{Name: "Mail server", Value: server, Variable: "TIEOUT_SMTP_ADDRESS"},
		{Name: "Sender of e-mails", Value: from, Variable: "TIEOUT_SMTP_FROM"},
		{Name: "Who gets the alarms", Value: to, Variable: "TIEOUT_ALARM_TO"},
		{Name: "Vendors whose webhooks are taken", Value: strings.Join(slices.Sorted(maps.Keys(c.app.config.HookSecrets)), ", "), Variable: "TIEOUT_STRIPE_WEBHOOK_SECRET and the like"},
	}
}

// learnedKeeper keeps learned rules for pages.
type learnedKeeper struct{ app *App }

// Learned are the rules of all books.
func (l learnedKeeper) Learned(ctx context.Context, tenant string) ([]web.Learned, error) {
	all, err := l.app.Store.Books(ctx, tenant)
	if err != nil {
		return nil, err
	}
	var out []web.Learned
	for _, b := range all {
		rules, err := l.app.Store.Rules(ctx, b)
		if err != nil {
			return nil, err
		}
		names, err := l.customers(ctx, b, rules)
		if err != nil {
			return nil, err
		}
		for _, r := range rules {
			one := web.Learned{Book: b.ID, BookName: b.Name, ID: r.ID, Kind: string(r.Kind), Why: r.Why, Customer: cmp.Or(names[r.Customer], r.Customer), By: r.By, At: r.At}
			if names[r.Customer] != "" {
				one.Path = "/customers/" + url.PathEscape(b.Ledger) + "/" + url.PathEscape(r.Customer)
			}
			out = append(out, one)
		}
	}
	slices.SortStableFunc(out, func(a, b web.Learned) int { return b.At.Compare(a.At) })
	return out, nil
}

// customers are the names of those whom rules are about.
func (l learnedKeeper) customers(ctx context.Context, b books.Book, rules []statement.Rule) (map[string]string, error) {
	var ids []string
	for _, r := range rules {
		ids = append(ids, r.Customer)
	}
	names := map[string]string{}
	for chunk := range slices.Chunk(distinct(ids), namesAtOnce) {
		list, err := l.app.Store.Customers(ctx, b, reconcile.CustomerQuery{IDs: chunk})
		if err != nil {
			return nil, err
		}
		for _, c := range list {
			names[c.ID] = c.Name
		}
	}
	return names, nil
}

// Forget removes a rule.
func (l learnedKeeper) Forget(ctx context.Context, tenant, book, id string) error {
	b, err := l.app.Store.Book(ctx, tenant, book)
	if err != nil {
		return unknown(err)
	}
	return unknown(l.app.Store.DeleteRule(ctx, b, id))
}
