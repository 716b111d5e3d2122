package app

import (
	"context"
	"fmt"
	"time"

	"tieout/internal/vendorhttp"
	"tieout/web"
)

// budgets are those of the current windows.
func (a *App) budgets(ctx context.Context, now time.Time) ([]web.Budget, error) {
	rows, err := a.Store.Budgets(ctx, monthOf(now))
	if err != nil {
		return nil, err
	}
	day := now.UTC().Truncate(24 * time.Hour)
	var out []web.Budget
	for _, r := range rows {
		if r.Window == string(vendorhttp.WindowMonth) || !r.Start.Before(day) {
			out = append(out, web.Budget{Vendor: r.Vendor, Unit: r.Unit, Window: r.Window, Used: r.Used, Limit: r.Limit})
		}
	}
	return out, nil
}

// account is what a vendor counts calls by; the empty one is the whole
// application.
type account struct{ vendor, id string }

// used is what is used now of the rates of an account, and until when the
// vendor wants to be left alone.
type used struct {
	rates []web.Rate
	held  *time.Time
}

// rates are what is used of the vendors' rates, by account. An account that was
// never called is not there.
func (a *App) rates(ctx context.Context, now time.Time) (map[account]used, error) {
	rows, err := a.Store.AllTurns(ctx)
	if err != nil {
		return nil, err
	}
	out := map[account]used{}
	for _, r := range rows {
		limited, ok := a.Vendors[r.Vendor].(reachable)
		if !ok || limited.Limits().App != r.App {
			continue
		}
		list, held, err := vendorhttp.Used([]byte(r.Calls), limited.Limits(), r.Account == "", now)
		if err != nil {
			return nil, fmt.Errorf("app: rates of %s: %w", r.Vendor, err)
		}
		one := used{held: instant(held)}
		for _, u := range list {
			one.rates = append(one.rates, web.Rate{Name: u.Name, Used: u.Used, Limit: u.Limit, Remaining: max(u.Limit-u.Used, 0)})
		}
		out[account{r.Vendor, r.Account}] = one
	}
	return out, nil
}

// Allowance is how much is left of one limit of a vendor, for metrics.
type Allowance struct {
	Vendor string
	// Connection is its id, "" for what the whole application is given.
	Connection string
	// Unit is "calls" or "bytes"; Window is "second", "minute", "day", "month".
	Unit, Window string
	// Limit is 0 where the vendor names none.
	Used, Limit int64
}

// Allowances are what is used of every limit at the present time.
func (a *App) Allowances(ctx context.Context) ([]Allowance, error) {
	now := a.config.Clock.Now()
	status, err := a.connectionStatus(ctx, now)
	if err != nil {
		return nil, err
	}
	budgets, err := a.budgets(ctx, now)
	if err != nil {
		return nil, err
	}
	var out []Allowance
	for _, b := range budgets {
		out = append(out, Allowance{Vendor: b.Vendor, Unit: b.Unit, Window: b.Window, Used: b.Used, Limit: b.Limit})
	}
	for _, c := range status {
		for _, r := range c.Rates {
			out = append(out, Allowance{Vendor: c.Vendor, Connection: c.ID, Unit: string(vendorhttp.UnitCalls), Window: r.Name, Used: r.Used, Limit: r.Limit})
		}
	}
	return out, nil
}
