package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

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
func (s *Sandbox) seed(ctx context.Context) error {
	if len(s.cfg.Data) == 0 {
		if err := s.generate(ctx); err != nil {
			return err
		}
	}
	for _, folder := range s.cfg.Data {
		if _, err := s.LoadFolder(ctx, folder); err != nil {
			return err
		}
	}
	for _, a := range s.cfg.Stripe.Accounts {
		_, err := s.stripe.AddAccount(stripe.AccountOptions{
			SecretKey: a.SecretKey, Name: a.Name, Country: a.Country, DefaultCurrency: strings.ToLower(a.Currency),
			Livemode: a.Livemode, DelayDays: availableAfter,
		})
		if err != nil {
			return fmt.Errorf("sandbox: %w", err)
		}
	}
	return nil
}

// generate writes the generated economy, company by company.
func (s *Sandbox) generate(ctx context.Context) error {
	plan := economy.Generate(economy.Options{Seed: s.cfg.Seed, Invoices: s.cfg.Invoices, Now: s.stage.Now(), History: !s.cfg.NoHistory})
	for _, book := range plan.Books {
		s.stage.Set(plan.Now.AddDate(-economy.HistoryYears, 0, -2))
		l, err := s.company(book)
		if err == nil {
			l.payers, err = book.Apply(ctx, s.stage, l.books, l.till)
		}
		s.stage.Release()
		if err != nil {
			return fmt.Errorf("sandbox: %w", err)
		}
		s.ledgers = append(s.ledgers, l)
	}
	return nil
}

// company opens a generated company with its Stripe account.
func (s *Sandbox) company(book economy.Book) (ledger, error) {
	zone, err := time.LoadLocation(book.Zone)
	if err != nil {
		return ledger{}, err
	}
	account, err := s.openStripe(book.Name, book.Country, book.Home, book.Foreign)
	if err != nil {
		return ledger{}, err
	}
	l := ledger{name: book.Name, home: book.Home, currencies: []string{book.Home, book.Foreign}, zone: zone, account: account, till: s.tillOf(account)}
	if book.Vendor == economy.Xero {
		org, err := s.xero.AddOrganisation(xero.OrganisationOptions{
			Name: book.Name, BaseCurrency: book.Home, Country: book.Country, Timezone: "GMTSTANDARDTIME", Currencies: []string{book.Foreign},
		})
		if err != nil {
			return ledger{}, err
		}
		return l.withXero(org), nil
	}
	company, err := s.quickbooks.AddCompany(quickbooks.CompanyOptions{
		Name: book.Name, Country: book.Country, HomeCurrency: book.Home, TimeZone: book.Zone, Multicurrency: true,
	})
	if err != nil {
		return ledger{}, err
	}
	return l.withQuickBooks(company, true), nil
}

// openStripe opens the account of the next ledger: every currency settles in
// itself and has a bank of its own.
func (s *Sandbox) openStripe(name, country string, currencies ...string) (*stripe.Account, error) {
	n := len(s.ledgers)
	banks := map[string]string{}
	for _, c := range currencies {
		banks[strings.ToLower(c)] = fmt.Sprintf("ba_sandbox%d%s", n+1, strings.ToLower(c))
	}
	return s.stripe.AddAccount(stripe.AccountOptions{
		SecretKey: s.cfg.key(n), Name: name, Country: country, DefaultCurrency: strings.ToLower(currencies[0]),
		DelayDays: availableAfter, Banks: banks,
	})
}

// LoadFolder adds the company recorded in a folder, with an empty Stripe
// account and payers for whatever is open in it.
func (s *Sandbox) LoadFolder(_ context.Context, folder string) (any, error) {
	state, err := recorded.Read(folder)
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	load := s.loadQuickBooks
	if state.Vendor == recorded.Xero {
		load = s.loadXero
	}
	l, err := load(state)
	if err != nil {
		return nil, fmt.Errorf("sandbox: %s: %w", folder, err)
	}
	l.folder = folder
	if l.account, err = s.openStripe(l.name, l.country, l.home); err != nil {
		return nil, fmt.Errorf("sandbox: %s: %w", folder, err)
	}
	l.till = s.tillOf(l.account)
	if l.payers, err = economy.Recorded(l.vendor, s.cfg.Seed, s.stage.Now(), l.books, l.till); err != nil {
		return nil, fmt.Errorf("sandbox: %s: %w", folder, err)
	}
	s.ledgers = append(s.ledgers, l)
	return l.ready(), nil
}

func (s *Sandbox) loadQuickBooks(state recorded.Company) (ledger, error) {
	company, err := s.quickbooks.AddCompany(quickbooks.CompanyOptions{Name: state.Name, Recorded: true})
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
	return l.withQuickBooks(company, prefs.CurrencyPrefs.MultiCurrencyEnabled), nil
}

func (s *Sandbox) loadXero(state recorded.Company) (ledger, error) {
	var info struct{ OrganisationID, Name, BaseCurrency, CountryCode string }
	for _, set := range state.Sets {
		if set.Kind == "Organisation" {
			if err := json.Unmarshal(set.Bodies[0], &info); err != nil {
				return ledger{}, fmt.Errorf("organisation: %w", err)
			}
		}
	}
	org, err := s.xero.AddOrganisation(xero.OrganisationOptions{
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
