package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"tieout/connectors/all"
	"tieout/connectors/quickbooks"
	"tieout/connectors/stripe"
	"tieout/connectors/xero"
	"tieout/internal/app"
	"tieout/internal/clock"
	"tieout/internal/secret"
	"tieout/sync/mail"
	"tieout/sync/schedule"
)

// Global are the flags that every command takes.
type Global struct {
	DB      string      `name:"db" env:"DATABASE_URL" placeholder:"FILE|URL" help:"SQLite file or postgres:// address. Default: tieout.db in your data directory."`
	Key     secret.Text `env:"TIEOUT_KEY" help:"Key that seals credentials (32 bytes, base64 or hex); older ones after it, separated by commas." hidden:""`
	KeyFile string      `env:"TIEOUT_KEY_FILE" placeholder:"FILE" help:"File with the key that seals credentials. Default: made beside the database on first start."`
	Public  string      `name:"public-url" env:"TIEOUT_PUBLIC_URL" placeholder:"URL" help:"Where payers reach this installation over HTTPS. With it, links on invoices lead to our own pay page."`
	Org     string      `name:"org" env:"TIEOUT_ORG" placeholder:"NAME|ID" help:"Organisation that the command is about, where there are several; tieout organisation list shows them."`
	Every   string      `env:"TIEOUT_SCHEDULE" default:"@hourly" help:"Cron expression of new connections."`

	HookPrivate bool `name:"hook-private" env:"TIEOUT_HOOK_PRIVATE" help:"Webhooks to your own systems may go to addresses inside your network."`

	MailServer   string      `name:"smtp-address" env:"TIEOUT_SMTP_ADDRESS" group:"mail" placeholder:"HOST:PORT" help:"Server for e-mails: alarms about connections, and links to a new password."`
	MailUser     string      `name:"smtp-user" env:"TIEOUT_SMTP_USER" group:"mail" help:"User of that server, if it asks for one."`
	MailPassword secret.Text `name:"smtp-password" env:"TIEOUT_SMTP_PASSWORD" group:"mail" hidden:""`
	MailSecure   string      `name:"smtp-secure" env:"TIEOUT_SMTP_SECURE" group:"mail" enum:"starttls,tls,none" default:"starttls" help:"How the connection to it is protected: starttls, tls or none."`
	MailFrom     string      `name:"smtp-from" env:"TIEOUT_SMTP_FROM" group:"mail" placeholder:"ADDRESS" help:"Who sends."`
	AlarmTo      []string    `name:"alarm-to" env:"TIEOUT_ALARM_TO" group:"mail" placeholder:"ADDRESS" help:"Who gets the alarms; several separated by commas."`

	QuickBooksID      string      `name:"quickbooks-client-id" env:"TIEOUT_QUICKBOOKS_CLIENT_ID" group:"vendors" help:"Client id of your Intuit app."`
	QuickBooksSecret  secret.Text `name:"quickbooks-client-secret" env:"TIEOUT_QUICKBOOKS_CLIENT_SECRET" group:"vendors" hidden:""`
	QuickBooksURL     string      `name:"quickbooks-url" env:"TIEOUT_QUICKBOOKS_URL" group:"vendors" placeholder:"URL" help:"Base of the Accounting API and of OAuth, when it is not Intuit's."`
	QuickBooksHook    secret.Text `name:"quickbooks-webhook-verifier" env:"TIEOUT_QUICKBOOKS_WEBHOOK_VERIFIER" group:"vendors" hidden:""`
	QuickBooksSandbox bool        `name:"quickbooks-sandbox" env:"TIEOUT_QUICKBOOKS_SANDBOX" group:"vendors" help:"The keys are development keys, for Intuit's sandbox companies."`
	XeroID            string      `name:"xero-client-id" env:"TIEOUT_XERO_CLIENT_ID" group:"vendors" help:"Client id of your Xero app."`
	XeroSecret        secret.Text `name:"xero-client-secret" env:"TIEOUT_XERO_CLIENT_SECRET" group:"vendors" hidden:""`
	XeroHook          secret.Text `name:"xero-webhook-key" env:"TIEOUT_XERO_WEBHOOK_KEY" group:"vendors" hidden:""`
	XeroTier          string      `name:"xero-tier" env:"TIEOUT_XERO_TIER" group:"vendors" enum:"starter,core,plus,advanced,enterprise" default:"starter" help:"Price list of your Xero app, for its monthly reading: starter, core, plus, advanced or enterprise."`
	QuickBooksTier    string      `name:"quickbooks-tier" env:"TIEOUT_QUICKBOOKS_TIER" group:"vendors" enum:"builder,silver,gold,platinum" default:"builder" help:"Tier of your Intuit app, for its monthly metered calls: builder, silver, gold or platinum."`
	XeroURL           string      `name:"xero-url" env:"TIEOUT_XERO_URL" group:"vendors" placeholder:"URL" help:"Base of Xero's hosts, when it is not Xero's own."`
	StripeID          string      `name:"stripe-client-id" env:"TIEOUT_STRIPE_CLIENT_ID" group:"vendors" help:"Client id of your Stripe Connect platform, if you have one."`
	StripePlatformKey secret.Text `name:"stripe-platform-key" env:"TIEOUT_STRIPE_PLATFORM_KEY" group:"vendors" hidden:""`
	StripeHook        secret.Text `name:"stripe-webhook-secret" env:"TIEOUT_STRIPE_WEBHOOK_SECRET" group:"vendors" hidden:""`
	StripeURL         string      `name:"stripe-url" env:"TIEOUT_STRIPE_URL" group:"vendors" placeholder:"URL" help:"Base of the Stripe API, when it is not Stripe's own."`
	Unlimited         bool        `name:"unlimited" env:"TIEOUT_UNLIMITED" group:"vendors" help:"The stand-ins at these addresses take any number of calls: do not wait for the vendors' rates. Needs all three addresses."`
}

// open opens the installation that the flags describe.
func (g *Global) open(ctx context.Context, c console) (*app.App, error) {
	database, err := g.database()
	if err != nil {
		return nil, err
	}
	if _, err := schedule.ParseSchedule(g.Every); err != nil {
		return nil, usagef("--every: %v", err)
	}
	if g.Public != "" {
		if err := app.CheckPublic(g.Public); err != nil {
			return nil, usagef("--public-url: %v", err)
		}
	}
	if g.Unlimited && (g.QuickBooksURL == "" || g.XeroURL == "" || g.StripeURL == "") {
		return nil, usagef("--unlimited: the vendors themselves have limits: give --quickbooks-url, --xero-url and --stripe-url of stand-ins, or leave it out")
	}
	keys, err := g.keys(c, database)
	if err != nil {
		return nil, err
	}
	post, err := g.mail()
	if err != nil {
		return nil, err
	}
	_, system := c.clock.(clock.System)
	machine, err := os.Hostname()
	if err != nil {
		machine = "this machine" // it has no name
	}
	opened, err := app.Open(ctx, app.Config{
		CompareClock: system, Machine: machine,
		Mail: post, Alarmed: func(text string) { c.note("tieout: alarm: %s", text) },
		Database: database, Keys: keys, Vendors: g.vendors(), Clock: c.clock, Random: rand.Reader,
		Schedule: g.Every, PublicURL: g.Public, HookSecrets: g.hookSecrets(), PrivateHooks: g.HookPrivate, Unlimited: g.Unlimited, Progress: c.progress(),
	})
	if err != nil {
		return nil, databaseProblem(database, err)
	}
	lost, err := opened.LostKeys(ctx)
	if err != nil {
		return nil, errors.Join(databaseProblem(database, err), opened.Close())
	}
	for _, key := range lost {
		c.note("tieout: %s", key)
	}
	return opened, nil
}

// mail is the server for e-mails; nil when none is configured.
func (g *Global) mail() (*mail.Server, error) {
	if g.MailServer == "" {
		return nil, nil
	}
	s := mail.Server{
		Address: g.MailServer, User: g.MailUser, Password: g.MailPassword.Reveal(), Secure: mail.Secure(g.MailSecure), From: g.MailFrom, To: g.AlarmTo,
	}
	if err := s.Check(); err != nil {
		return nil, usagef("--smtp-address, --smtp-from, --alarm-to: %v", err)
	}
	return &s, nil
}

// database is the address given, or the default file, whose folder is made.
// A folder that somebody names has to be there: a mistyped one must not end as
// an empty installation.
func (g *Global) database() (string, error) {
	if isPostgres(g.DB) {
		return g.DB, nil
	}
	if strings.Contains(g.DB, "://") {
		return "", usagef("--db %s: a database is a postgres:// address or the path of a SQLite file", databaseName(g.DB))
	}
	if g.DB != "" {
		if info, err := os.Stat(g.DB); err == nil && info.IsDir() {
			return "", fmt.Errorf("the database %s is a folder: give the path of a file in it, such as %s", g.DB, filepath.Join(g.DB, "tieout.db"))
		}
		folder := filepath.Dir(g.DB)
		if info, err := os.Stat(folder); err != nil || !info.IsDir() {
			return "", fmt.Errorf("the folder %s of the database %s does not exist", folder, g.DB)
		}
		return g.DB, nil
	}
	folder, err := dataFolder()
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", fmt.Errorf("make the data folder: %w", err)
	}
	return filepath.Join(folder, "tieout.db"), nil
}

// dataFolder is where this system keeps a user's application data.
func dataFolder() (string, error) {
	if base := os.Getenv("XDG_DATA_HOME"); base != "" {
		return filepath.Join(base, "tieout"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("no home folder: give --db: %w", err)
	}
	return filepath.Join(home, ".local", "share", "tieout"), nil
}

// databaseProblem says which database it is about, without its password.
func databaseProblem(database string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, errUsage) {
		return err
	}
	return fmt.Errorf("the database %s cannot be used: %w", databaseName(database), err)
}

// databaseName is an address as it may be shown: without user and password,
// and without the query, which may hold a password too.
func databaseName(database string) string {
	if !strings.Contains(database, "://") {
		return database
	}
	address, err := url.Parse(database)
	if err != nil {
		scheme, _, _ := strings.Cut(database, "://")
		return scheme + "://..."
	}
	return (&url.URL{Scheme: address.Scheme, Host: address.Host, Path: address.Path}).String()
}

// keySource says where the keys that seal credentials come from.
func (g *Global) keySource(database string) secret.KeySource {
	source := secret.KeySource{Value: g.Key, File: g.KeyFile}
	if folder, err := dataFolder(); err == nil {
		source.Default = filepath.Join(folder, "tieout.key")
	}
	if !isPostgres(database) {
		source.Default = filepath.Join(filepath.Dir(database), "tieout.key")
	}
	return source
}

// keys makes the key file where there is none yet.
func (g *Global) keys(c console, database string) (func() ([]secret.Key, error), error) {
	source := g.keySource(database)
	_, made, err := secret.LoadKeys(source, rand.Reader)
	if err == nil && made != "" {
		c.note("A new key was written to %s. It seals every credential: keep a copy of it apart from the database.", made)
	}
	return func() ([]secret.Key, error) {
		keys, _, err := secret.LoadKeys(source, rand.Reader)
		return keys, err
	}, err
}

// hookSecrets are what webhooks are signed with. Several of one vendor, while
// one is changed, are separated by commas.
func (g *Global) hookSecrets() map[string][]string {
	out := map[string][]string{}
	for vendor, list := range map[string]secret.Text{quickbooks.Name: g.QuickBooksHook, "xero": g.XeroHook, "stripe": g.StripeHook} {
		for one := range strings.SplitSeq(list.Reveal(), ",") {
			if one = strings.TrimSpace(one); one != "" {
				out[vendor] = append(out[vendor], one)
			}
		}
	}
	return out
}

func (g *Global) vendors() all.Config {
	config := all.Config{
		QuickBooks: quickbooks.Config{ClientID: g.QuickBooksID, ClientSecret: g.QuickBooksSecret.Reveal(), Sandbox: g.QuickBooksSandbox, Tier: quickbooks.Tier(g.QuickBooksTier)},
		Xero:       xero.Config{ClientID: g.XeroID, ClientSecret: g.XeroSecret.Reveal(), Tier: xero.Tier(g.XeroTier)},
		Stripe:     stripe.Config{BaseURL: g.StripeURL, ConnectURL: g.StripeURL, ClientID: g.StripeID, PlatformKey: g.StripePlatformKey.Reveal()},
	}
	if g.QuickBooksURL != "" {
		config.QuickBooks.API, config.QuickBooks.App = g.QuickBooksURL, g.QuickBooksURL
		config.QuickBooks.Authorize = g.QuickBooksURL + "/connect/oauth2"
		config.QuickBooks.Token = g.QuickBooksURL + "/oauth2/v1/tokens/bearer"
	}
	if g.XeroURL != "" {
		config.Xero.LoginURL, config.Xero.IdentityURL, config.Xero.APIURL, config.Xero.AppURL = g.XeroURL, g.XeroURL, g.XeroURL, g.XeroURL
	}
	return config
}
