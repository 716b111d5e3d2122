package main

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"tieout/books"
	"tieout/connect"
	"tieout/connectors"
	"tieout/internal/app"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// examination is the closer look at one connection that doctor --live takes:
// what docs/going-live.md asks for and a program can find out. A line that
// begins with ! has failed, one with ? is for a person to see to. It reads
// only, unless write is set.
type examination struct {
	console
	app        *app.App
	connection books.Connection
	session    connectors.Session
	write      bool
	sick       bool

	profile  connectors.Profile
	samples  map[receivables.Kind]mapping.Record
	accounts []receivables.Account
}

// examine makes every check that fits the connection and says whether all of
// them held.
func examine(ctx context.Context, c console, a *app.App, one books.Connection, write bool) (bool, error) {
	session, err := a.Session(one)
	if err != nil {
		return false, err
	}
	e := &examination{console: c, app: a, connection: one, session: session, write: write, samples: map[receivables.Kind]mapping.Record{}}
	if !e.company(ctx) {
		return false, nil
	}
	e.permissions(ctx)
	for _, stream := range session.Streams() {
		e.stream(ctx, stream.Name)
	}
	e.single(ctx)
	if ledger, ok := session.(connectors.Ledger); ok {
		e.ledger(ctx, ledger)
	}
	if processor, ok := session.(connectors.Processor); ok {
		e.processor(ctx, processor)
	}
	if write {
		e.writing(ctx)
	}
	return !e.sick, nil
}

func (e *examination) fine(what, format string, args ...any) {
	e.say("  %s: %s", what, fmt.Sprintf(format, args...))
}

// look is for what only a person can judge.
func (e *examination) look(what, do string, args ...any) {
	e.say("? %s: %s", what, fmt.Sprintf(do, args...))
}

// bad says what failed and what to do about it.
func (e *examination) bad(what string, err error, do string) {
	e.sick = true
	e.say("! %s: %v; %s", what, err, do)
}

// failed reports err, with the advice of its class, and says whether there
// was one.
func (e *examination) failed(what string, err error) bool {
	if err == nil {
		return false
	}
	advice := map[connectors.Class]string{
		connectors.ClassRetry:     "try again; if it stays, see the vendor's status page",
		connectors.ClassLater:     "the vendor limits calls: come back then",
		connectors.ClassReconnect: "connect again with " + connect.Again(e.connection),
		connectors.ClassRequest:   "see this vendor's README, and report the line",
	}
	do, ok := advice[connectors.ClassOf(err)]
	if !ok {
		do = "report the line"
	}
	if f, is := connectors.AsFailure(err); is && f.RequestID != "" {
		do += " with the vendor's request id " + f.RequestID
	}
	e.bad(what, err, do)
	return true
}

// company is first: nothing else is worth a call when the company is another.
func (e *examination) company(ctx context.Context) bool {
	var err error
	if e.profile, err = e.session.Profile(ctx); e.failed("company", err) {
		return false
	}
	p := e.profile
	e.fine("company", "%s (%s), home currency %s, zone %s, closed until %s", p.Name, p.ExternalID, p.Home, orNone(p.Zone), orNone(string(p.Lock)))
	if p.Live {
		e.look("company", "this is real money: go through the list with a sandbox company, demo company or test account first")
	}
	return true
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

// permissions tries what a restricted key may do.
func (e *examination) permissions(ctx context.Context) {
	checker, ok := e.session.(connectors.ScopeChecker)
	if !ok {
		return
	}
	missing, err := checker.MissingScopes(ctx)
	if e.failed("permissions", err) {
		return
	}
	for _, scope := range missing {
		e.bad("permissions", fmt.Errorf("the key lacks %s: %s (%s)", scope.Name, scope.Access, scope.ID), "give it to the key, in the vendor's dashboard")
	}
	if len(missing) == 0 {
		e.fine("permissions", "nothing is missing")
	}
}

// stream reads two pages from the beginning and the first of them again.
func (e *examination) stream(ctx context.Context, name string) {
	what := "stream " + name
	first, err := e.session.Pull(ctx, name, nil)
	if e.failed(what, err) {
		return
	}
	rows, rejected := len(first.Drafts), e.take(first.Drafts)
	if first.More {
		second, err := e.session.Pull(ctx, name, first.Cursor)
		if e.failed(what+", second page", err) {
			return
		}
		rows, rejected = rows+len(second.Drafts), append(rejected, e.take(second.Drafts)...)
	}
	again := first
	if len(first.Drafts) > 1 {
		again, err = e.session.Pull(ctx, name, nil)
	}
	if e.failed(what+", once more", err) {
		return
	}
	if !slices.Equal(ids(first.Drafts), ids(again.Drafts)) {
		e.look(what, "the first page came in another order the second time: is somebody working in the company?")
	}
	for _, r := range rejected {
		e.bad(what, fmt.Errorf("rejected: %w", r), "report the line")
	}
	if len(rejected) == 0 {
		e.fine(what, "%d rows read, none rejected, more to come: %v", rows, first.More)
	}
}

// take keeps a sample of each kind, and every account; it gives the
// rejections.
func (e *examination) take(drafts []mapping.Draft) (rejected []*mapping.Rejection) {
	for _, draft := range drafts {
		record := mapping.Accept(draft)
		if record.Rejection != nil {
			rejected = append(rejected, record.Rejection)
			continue
		}
		if account, ok := record.Entity.(receivables.Account); ok {
			e.accounts = append(e.accounts, account)
		}
		if record.Entity != nil {
			e.samples[record.Ref.Kind] = record
		}
	}
	return rejected
}

func ids(drafts []mapping.Draft) []string {
	out := make([]string, len(drafts))
	for i, d := range drafts {
		out[i] = string(d.Kind) + d.ID
	}
	return out
}

// single reads one object of each kind by its id, as single reads have to say
// the same as lists.
func (e *examination) single(ctx context.Context) {
	for _, kind := range slices.Sorted(maps.Keys(e.samples)) {
		sample := e.samples[kind]
		what := fmt.Sprintf("%s %s alone", kind, sample.Ref.ID)
		drafts, err := e.session.Fetch(ctx, []receivables.Ref{sample.Ref})
		if e.failed(what, err) {
			continue
		}
		if len(drafts) != 1 || !reflect.DeepEqual(mapping.Accept(drafts[0]).Entity, sample.Entity) {
			e.look(what, "read alone it is not what the list says: was it changed just now? If not, report it")
			continue
		}
		e.fine(what, "as in the list")
	}
}

// ledger reads the figures that a proof needs and finds the accounts that a
// book needs.
func (e *examination) ledger(ctx context.Context, ledger connectors.Ledger) {
	plan := ledger.DetectAccounts(e.accounts, connectors.AccountNeeds{Currencies: []money.Currency{e.profile.Home}})
	for _, n := range plan.Create {
		e.look("accounts", "there is no %s yet: book accounts --create would make %q", n.Use, n.Name)
	}
	for _, missing := range plan.Missing {
		e.look("accounts", "missing: %s", missing.Text)
	}
	zone, err := time.LoadLocation(e.profile.Zone)
	if e.failed("zone", err) {
		return
	}
	day := receivables.DateIn(e.clock.Now(), zone)
	figures, err := ledger.Figures(ctx, connectors.FigureQuery{AsOf: day, Clearing: plan.Accounts.Clearing})
	if !e.failed("figures", err) {
		e.fine("figures", "%s owed on %s, in %d calls", sums(figures.Receivable), day, figures.Calls)
		e.look("figures", "compare that with accounts receivable on the vendor's own balance sheet of the day")
	}
	invoice, ok := e.samples[receivables.KindInvoice]
	if !ok {
		e.look("invoice", "there is none: enter one and ask again")
		return
	}
	e.look("invoice", "open %s: it has to be invoice %s", ledger.URL(invoice.Ref), invoice.Ref.ID)
	entity, _ := invoice.Entity.(receivables.Invoice)
	_, needed, why, err := ledger.LowerLink(connectors.LinkChange{Invoice: entity, Raw: invoice.Raw, URL: "https://example.com/pay", OnDocument: true})
	if !e.failed("link", err) {
		e.fine("link", "a link would be written: %v %s", needed, why)
	}
}

// processor reads the balance and the members of a payout.
func (e *examination) processor(ctx context.Context, processor connectors.Processor) {
	balances, err := processor.Balances(ctx)
	if !e.failed("balance", err) {
		e.fine("balance", "%s", sums(balances))
	}
	sample, ok := e.samples[receivables.KindPayout]
	payout, _ := sample.Entity.(receivables.Payout)
	e.paidTo(ctx, processor, payout.Destination)
	if !ok || !payout.Automatic {
		e.look("payout", "no automatic payout was seen: it takes some days after the first payment")
		return
	}
	members, err := processor.PayoutMembers(ctx, payout.ID)
	if e.failed("payout "+payout.ID, err) {
		return
	}
	var sum int64
	for _, draft := range members {
		if movement, ok := mapping.Accept(draft).Entity.(receivables.BalanceTransaction); ok {
			sum += movement.Net
		}
	}
	if sum != payout.Amount {
		e.bad("payout "+payout.ID, fmt.Errorf("it is %s, its members add up to %s", money.Money{Minor: payout.Amount, Currency: payout.Currency}, money.Money{Minor: sum, Currency: payout.Currency}), "report the line")
		return
	}
	e.fine("payout "+payout.ID, "%d members add up to it", len(members))
}

// paidTo says what is shown of the account that a payout went to.
func (e *examination) paidTo(ctx context.Context, processor connectors.Processor, id string) {
	payer, ok := processor.(connectors.Payer)
	if !ok || id == "" {
		return
	}
	found, err := payer.Destinations(ctx, []string{id})
	if e.failed("payouts go to", err) {
		return
	}
	if d, shown := found[id]; shown {
		e.fine("payouts go to", "%s", d.Called(id))
		return
	}
	e.look("payouts go to", "%s: its bank is not shown, so that pages call it by its id; report which permission the key has", receivables.Destination{}.Called(id))
}

func sums(of map[money.Currency]int64) string {
	if len(of) == 0 {
		return "nothing"
	}
	var out []string
	for _, c := range slices.Sorted(maps.Keys(of)) {
		out = append(out, money.Money{Minor: of[c], Currency: c}.String())
	}
	return strings.Join(out, ", ")
}
