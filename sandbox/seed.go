package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"tieout/sandbox/control"
	"tieout/sandbox/economy"
	"tieout/sandbox/quickbooks"
	"tieout/sandbox/recorded"
	"tieout/sandbox/stripe"
	"tieout/sandbox/xero"
)

// availableAfter is the number of days until a card payment can be paid out
// (Stripe docs: payouts, two business days in the US and the UK).
const availableAfter = 2

// seed writes the configured companies and the accounts beside them.
func (w *world) seed(ctx context.Context) error {
	for _, vendor := range []string{economy.QuickBooks, economy.Xero} {
		v := w.vendor(vendor)
		if v.Off {
			continue
		}
		if len(w.cfg.Data)+len(v.Data) == 0 {
			if err := w.generate(ctx, vendor, v); err != nil {
				return fmt.Errorf("sandbox: %w", err)
			}
		}
	}
	for _, folder := range append(append(append([]string(nil), w.cfg.Data...), w.cfg.QuickBooks.Data...), w.cfg.Xero.Data...) {
		if _, err := w.loadFolder(folder); err != nil {
			return err
		}
	}
	for _, a := range w.cfg.Stripe.own(len(w.ledgers)) {
		if _, err := w.addStripe(a, nil); err != nil {
			return err
		}
	}
	return w.startPayouts()
}

func (w *world) vendor(name string) Vendor {
	if name == economy.Xero {
		return w.cfg.Xero
	}
	return w.cfg.QuickBooks
}

// addStripe opens an account as it is configured; banks are its payout
// destinations by currency, nil one of its own. Its payouts begin with
// startPayouts: while a past is written, the past says when.
func (w *world) addStripe(a StripeAccount, banks map[string]string) (*stripe.Account, error) {
	account, err := w.stripe.AddAccount(stripe.AccountOptions{
		SecretKey: a.SecretKey, Name: a.Name, Country: a.Country, DefaultCurrency: strings.ToLower(a.Currency),
		Livemode: a.Livemode || live(a.SecretKey), DelayDays: availableAfter, ClientID: a.ClientID, RedirectURIs: a.RedirectURIs,
		APIVersion: a.APIVersion, BankNumbers: a.BankNumbers, Banks: banks,
	})
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	for _, k := range a.RestrictedKeys {
		if err := w.stripe.AddRestrictedKey(account.ID(), k.Key, k.Permissions); err != nil {
			return nil, fmt.Errorf("sandbox: %w", err)
		}
	}
	fill(&a.Payouts, w.cfg.Stripe.Payouts)
	if a.Payouts == PayoutsDaily || a.Payouts == PayoutsManual {
		w.schedules = append(w.schedules, func() error { return account.SchedulePayouts(a.Payouts) })
	}
	return account, nil
}

// startPayouts begins the payouts of the accounts opened since.
func (w *world) startPayouts() error {
	for _, begin := range w.schedules {
		if err := begin(); err != nil {
			return fmt.Errorf("sandbox: %w", err)
		}
	}
	w.schedules = nil
	return nil
}

// generate writes the generated company of one vendor.
func (w *world) generate(ctx context.Context, vendor string, v Vendor) error {
	plan := economy.Generate(economy.Options{
		Seed: v.Seed, Invoices: v.Invoices, Now: w.stage.Now(), History: !w.cfg.NoHistory && v.Invoices != None, Vendor: vendor,
	})
	for _, book := range plan.Books {
		if v.Invoices == None {
			_, err := w.empty(book, v.Seed)
			return err
		}
		w.stage.Set(plan.Now.AddDate(-economy.HistoryYears, 0, -2))
		l, err := w.company(book)
		if err == nil {
			l.payers, err = book.Apply(ctx, w.stage, l.books, l.till)
		}
		w.stage.Release()
		if err != nil {
			return err
		}
		w.ledgers = append(w.ledgers, l)
	}
	return nil
}

// empty opens a company without customers or documents.
func (w *world) empty(book economy.Book, seed int64) (ledger, error) {
	l, err := w.company(book)
	if err != nil {
		return l, err
	}
	if l.payers, err = economy.Recorded(l.vendor, seed, w.stage.Now(), l.books, l.till); err != nil {
		return l, err
	}
	w.ledgers = append(w.ledgers, l)
	return l, nil
}

// openCompany opens an empty company, or a Stripe account, while the sandbox
// runs.
func (w *world) openCompany(_ context.Context, c control.Company) (any, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c.Vendor == portStripe {
		a, err := w.addStripe(StripeAccount{SecretKey: c.SecretKey, Name: c.Name, Country: c.Country, Currency: c.Currency}, nil)
		if err == nil {
			err = w.startPayouts()
		}
		if err != nil {
			return nil, err
		}
		return ReadyStripe{ID: a.ID(), Name: a.Options().Name, SecretKey: a.SecretKey()}, nil
	}
	zones := map[string]string{"US": "America/Los_Angeles", "CA": "America/Toronto", "GB": "Europe/London", "AU": "Australia/Sydney", "NZ": "Pacific/Auckland"}
	zone, known := zones[c.Country]
	if !known {
		return nil, fmt.Errorf("sandbox: country %q: want US, CA, GB, AU or NZ", c.Country)
	}
	foreign := "EUR"
	if c.Currency == foreign {
		foreign = "USD"
	}
	l, err := w.empty(economy.Book{Vendor: c.Vendor, Name: c.Name, Country: c.Country, Home: c.Currency, Foreign: foreign, Zone: zone}, w.vendor(c.Vendor).Seed)
	if err == nil {
		err = w.startPayouts()
	}
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	return l.ready(), nil
}

// company opens a generated company with its Stripe account.
func (w *world) company(book economy.Book) (ledger, error) {
	zone, err := time.LoadLocation(book.Zone)
	if err != nil {
		return ledger{}, err
	}
	account, err := w.openStripe(book.Name, book.Country, book.Home, book.Foreign)
	if err != nil {
		return ledger{}, err
	}
	l := ledger{name: book.Name, home: book.Home, currencies: []string{book.Home, book.Foreign}, zone: zone, account: account, till: w.tillOf(account)}
	if book.Vendor == economy.Xero {
		org, err := w.xero.AddOrganisation(xero.OrganisationOptions{
			Name: book.Name, BaseCurrency: book.Home, Country: book.Country, Timezone: xeroZone(book.Zone), Currencies: []string{book.Foreign},
		})
		if err != nil {
			return ledger{}, err
		}
		return l.withXero(org), nil
	}
	company, err := w.quickbooks.AddCompany(quickbooks.CompanyOptions{
		Name: book.Name, Country: book.Country, HomeCurrency: book.Home, TimeZone: book.Zone, Multicurrency: true,
	})
	if err != nil {
		return ledger{}, err
	}
	return l.withQuickBooks(w, company, true), nil
}

// openStripe opens the account of the next ledger: every currency settles in
// itself and has a bank of its own.
func (w *world) openStripe(name, country string, currencies ...string) (*stripe.Account, error) {
	n := len(w.ledgers)
	banks := map[string]string{}
	for _, c := range currencies {
		banks[strings.ToLower(c)] = fmt.Sprintf("ba_sandbox%d%s", n+1, strings.ToLower(c))
	}
	a := w.cfg.Stripe.ofLedger(n)
	a.Name, a.Country, a.Currency = name, country, currencies[0]
	return w.addStripe(a, banks)
}

// loadFolder adds the company recorded in a folder, with an empty Stripe
// account and payers for whatever is open in it.
func (w *world) loadFolder(folder string) (any, error) {
	state, err := recorded.Read(folder)
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	load := w.loadQuickBooks
	if state.Vendor == recorded.Xero {
		load = w.loadXero
	}
	l, err := load(state)
	if err != nil {
		return nil, fmt.Errorf("sandbox: %s: %w", folder, err)
	}
	l.folder = folder
	if l.account, err = w.openStripe(l.name, l.country, l.home); err != nil {
		return nil, fmt.Errorf("sandbox: %s: %w", folder, err)
	}
	l.till = w.tillOf(l.account)
	if l.payers, err = economy.Recorded(l.vendor, w.vendor(l.vendor).Seed, w.stage.Now(), l.books, l.till); err != nil {
		return nil, fmt.Errorf("sandbox: %s: %w", folder, err)
	}
	w.ledgers = append(w.ledgers, l)
	return l.ready(), w.startPayouts()
}

func (w *world) loadQuickBooks(state recorded.Company) (ledger, error) {
	company, err := w.quickbooks.AddCompany(quickbooks.CompanyOptions{Name: state.Name, Recorded: true})
	if err != nil {
		return ledger{}, err
	}
	for _, set := range state.Sets {
		if err := company.Load(set.Kind, set.Bodies); err != nil {
			return ledger{}, fmt.Errorf("load %s: %w", set.Kind, err)
		}
	}
	if err := company.FinishLoad(); err != nil {
		return ledger{}, err
	}
	var prefs struct {
		CurrencyPrefs struct {
			MultiCurrencyEnabled bool
			HomeCurrency         struct{ Value string }
		}
	}
	for _, raw := range company.List("Preferences") {
		if err := json.Unmarshal(raw, &prefs); err != nil {
			return ledger{}, fmt.Errorf("preferences: %w", err)
		}
	}
	home := prefs.CurrencyPrefs.HomeCurrency.Value
	if home == "" {
		home = "USD"
	}
	zone, err := time.LoadLocation("America/Los_Angeles") // of Intuit's sample companies
	if err != nil {
		return ledger{}, err
	}
	l := ledger{name: state.Name, country: "US", home: home, currencies: []string{home}, zone: zone}
	return l.withQuickBooks(w, company, prefs.CurrencyPrefs.MultiCurrencyEnabled), nil
}

func (w *world) loadXero(state recorded.Company) (ledger, error) {
	var info struct{ OrganisationID, Name, BaseCurrency, CountryCode string }
	for _, set := range state.Sets {
		if set.Kind == "Organisation" {
			if err := json.Unmarshal(set.Bodies[0], &info); err != nil {
				return ledger{}, fmt.Errorf("organisation: %w", err)
			}
		}
	}
	org, err := w.xero.AddOrganisation(xero.OrganisationOptions{
		ID: info.OrganisationID, Name: state.Name, BaseCurrency: info.BaseCurrency, Country: info.CountryCode, Empty: true,
	})
	if err != nil {
		return ledger{}, err
	}
	for _, set := range state.Sets {
		if err := org.Load(set.Kind, set.Bodies); err != nil {
			return ledger{}, fmt.Errorf("load %s: %w", set.Kind, err)
		}
	}
	if err := org.FinishLoad(); err != nil {
		return ledger{}, err
	}
	home := info.BaseCurrency
	if home == "" {
		home = "USD"
	}
	l := ledger{name: state.Name, country: info.CountryCode, home: home, currencies: []string{home}, zone: org.Zone()}
	return l.withXero(org), nil
}

// xeroZone is Xero's name of a zone.
func xeroZone(name string) string {
	return map[string]string{
		"Europe/London": "GMTSTANDARDTIME", "Australia/Sydney": "AUSEASTERNSTANDARDTIME", "Pacific/Auckland": "NEWZEALANDSTANDARDTIME",
		"America/Los_Angeles": "PACIFICSTANDARDTIME", "America/Toronto": "EASTERNSTANDARDTIME",
	}[name]
}

// live says whether a secret key is one for real money (Stripe docs:
// api/authentication).
func live(key string) bool { return strings.HasPrefix(key, "sk_live_") }
