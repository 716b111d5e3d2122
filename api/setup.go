package api

import (
	"time"

	"tieout/money"
	"tieout/people"
	"tieout/receivables"
	"tieout/web"
)

// setUpRoutes are those of a book's set-up, step by step.
func setUpRoutes() []Route {
	const tag = "Setting a book up"
	at := func(step string) string { return "/connect/book/{book}/" + step }
	return []Route{
		as(Route{Method: get, Path: "/books/progress", Need: people.Connect, Tag: tag, Name: "progress", Pages: []string{"GET /connect"}, Summary: "How far the set-up of each book is"}, progress),
		as(Route{Method: post, Path: "/books", Need: people.Connect, Tag: tag, Name: "newBook", Pages: []string{"POST /connect/book"}, Summary: "Make a book of a ledger and the processor's accounts that feed it"}, newBook),
		as(Route{Method: get, Path: "/books/{book}/accounts", Need: people.Connect, Tag: tag, Name: "accounts", Pages: []string{"GET " + at("accounts")}, Summary: "What the book writes to, and what may be chosen for it"}, accounts),
		as(Route{Method: post, Path: "/books/{book}/accounts", Need: people.Connect, Tag: tag, Name: "chooseAccounts", Pages: []string{"POST " + at("accounts")}, Summary: "Choose accounts, or have them made in the ledger"}, chooseAccounts),
		as(Route{Method: get, Path: "/books/{book}/cut-over", Need: people.Connect, Tag: tag, Name: "cutOver", Pages: []string{"GET " + at("cutover")}, Summary: "What a first day would begin with"}, cutOver),
		as(Route{Method: post, Path: "/books/{book}/cut-over", Need: people.Connect, Tag: tag, Name: "confirmCutOver", Pages: []string{"POST " + at("cutover")}, Summary: "Begin on the day that was shown under a digest"}, confirmCutOver),
		as(Route{Method: get, Path: "/books/{book}/first-writes", Need: people.Connect, Tag: tag, Name: "firstWrites", Pages: []string{"GET " + at("writes")}, Summary: "What waits for the writing to be switched on"}, firstWrites),
		as(Route{Method: post, Path: "/books/{book}/writing", Need: people.Connect, Tag: tag, Name: "switchWriting", Pages: []string{"POST " + at("writes")}, Summary: "Let the book write what was shown under a digest, or stop it"}, switchWriting),
	}
}

// Progress is how far the set-up of a book is.
type Progress struct {
	ID       string     `json:"id"`
	Name     string     `json:"name"`
	Ledger   string     `json:"ledger" doc:"The ledger's connection."`
	Sources  []string   `json:"sources" doc:"The connections that feed it."`
	Read     bool       `json:"read" doc:"All of them were read once."`
	Accounts bool       `json:"accounts_chosen"`
	CutOver  *time.Time `json:"cut_over,omitempty"`
	Writes   bool       `json:"writes"`
	Next     string     `json:"next,omitempty" doc:"The step that it waits at: accounts, cutover or writes."`
}

func progress(c *Call, _ Nothing) (List[Progress], error) {
	list, err := c.Readers.Books.BookStates(c.ctx(), c.tenant())
	return List[Progress]{Items: each(list, func(b web.BookState) Progress {
		return Progress{
			ID: b.ID, Name: b.Name, Ledger: b.Ledger.ID, Sources: each(b.Sources, func(x web.Connection) string { return x.ID }), Read: b.Read(), Accounts: b.Accounts,
			CutOver: b.CutOver, Writes: b.Writes, Next: b.Next(),
		}
	})}, err
}

// NewBook joins connections.
type NewBook struct {
	Ledger  string   `json:"ledger" doc:"The ledger's connection."`
	Sources []string `json:"sources" doc:"The processor's connections, at least one."`
	Demo    bool     `json:"demo,omitempty" doc:"Money for tests may go into a ledger that is real."`
}

func newBook(c *Call, in NewBook) (Book, error) {
	if len(in.Sources) == 0 {
		return Book{}, wrong("sources", "At least one account whose money goes into the ledger is needed.")
	}
	id, err := c.Readers.Books.NewBook(c.ctx(), c.tenant(), in.Ledger, in.Sources, in.Demo, c.by())
	if err != nil {
		return Book{}, err
	}
	b, err := c.book(id)
	return Book{ID: b.ID, Name: b.Name}, err
}

// Accounts are the places that a book writes to.
type Accounts struct {
	Places  []Place  `json:"places"`
	Missing []string `json:"missing" doc:"What only a person can choose."`
}

// Place is one thing of the ledger that a book writes to.
type Place struct {
	Key      string         `json:"key" doc:"By it the place is chosen."`
	Use      string         `json:"use"`
	Title    string         `json:"title"`
	Currency string         `json:"currency,omitempty"`
	Chosen   string         `json:"chosen,omitempty" doc:"The account's id."`
	Name     string         `json:"name,omitempty"`
	Made     string         `json:"proposed,omitempty" doc:"What is made in the ledger when new is chosen."`
	Optional bool           `json:"optional"`
	Unknown  bool           `json:"unknown,omitempty" doc:"Payouts that go there wait until its bank is chosen."`
	Accounts []PlaceAccount `json:"accounts" doc:"Those that fit."`
}

// PlaceAccount is an account that fits.
type PlaceAccount struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func accounts(c *Call, q BookQuery) (Accounts, error) {
	shown, err := c.Readers.Books.Accounts(c.ctx(), c.tenant(), q.Book)
	return Accounts{Missing: each(shown.Missing, same), Places: each(shown.Places, func(p web.AccountPlace) Place {
		return Place{
			Key: p.Key, Use: p.Use, Title: p.Title(), Currency: string(p.Currency), Chosen: p.Chosen, Name: p.Name, Made: p.Made, Optional: p.Optional, Unknown: p.Unknown,
			Accounts: each(p.Accounts, func(a web.AccountOption) PlaceAccount { return PlaceAccount(a) }),
		}
	})}, err
}

// AccountChoices are accounts by place.
type AccountChoices struct {
	BookQuery
	Choices map[string]string `json:"choices" doc:"Accounts' ids by the places' keys; new has the proposed one made in the ledger."`
}

func chooseAccounts(c *Call, in AccountChoices) (Done, error) {
	err := c.Readers.Books.ChooseAccounts(c.ctx(), c.tenant(), in.Book, in.Choices, c.by())
	return Done{Done: err == nil}, err
}

// CutOverQuery asks for a first day.
type CutOverQuery struct {
	BookQuery
	Day    receivables.Date `query:"day" doc:"Today where the book is, or its first day, where neither is given."`
	Payout string           `query:"payout" doc:"Instead of a day: the payout to begin with, by Stripe's id."`
}

// CutOver is a first day with what it begins with.
type CutOver struct {
	Day      receivables.Date `json:"day,omitempty"`
	Payout   string           `json:"payout,omitempty"`
	Begun    string           `json:"begun,omitempty" doc:"What the book begins with by now, in words."`
	From     *FromPayout      `json:"from_payout,omitempty" doc:"What it means to begin with that payout."`
	Payouts  []FirstPayout    `json:"payouts" doc:"Payouts that may be the first, the newest first."`
	Zone     string           `json:"zone"`
	Latest   receivables.Date `json:"latest" doc:"The last day that makes sense."`
	Openings []Opening        `json:"openings"`
	Writers  []Writer         `json:"other_writers" doc:"Traces of others who book Stripe's money in the ledger."`
	More     int              `json:"more_writers"`
	Counters []PlaceAccount   `json:"counters" doc:"Accounts that may take the other side of a document over what is missing."`
	Digest   string           `json:"digest" doc:"Names exactly what is shown: give it to confirm the day."`
}

// FirstPayout is a payout that a book may begin with.
type FirstPayout struct {
	ID     string           `json:"id"`
	Day    receivables.Date `json:"day" doc:"On which it was made, where the book is."`
	Amount Money            `json:"amount"`
}

// FromPayout is what it means to begin with a payout.
type FromPayout struct {
	Payout   string           `json:"payout"`
	Day      receivables.Date `json:"day" doc:"On which it was made, where the book is."`
	Oldest   receivables.Date `json:"oldest" doc:"Day of the oldest movement that would be the book's."`
	PaidOut  int              `json:"paid_out" doc:"Movements since then that an earlier payout had paid out: they are not the book's."`
	Entered  int              `json:"entered" doc:"Payments since then for which the ledger has a receipt: they are not the book's."`
	Examples []string         `json:"examples" doc:"The first of those, in words."`
}

// Opening is what a clearing account has to hold before the first day.
type Opening struct {
	Stripe  Money  `json:"stripe"`
	Ledger  *Money `json:"ledger,omitempty" doc:"Absent where it was not measured."`
	Missing Money  `json:"missing"`
}

// Writer is a trace of somebody else who books.
type Writer struct {
	Text   string `json:"text"`
	Action string `json:"action"`
}

func cutOver(c *Call, q CutOverQuery) (CutOver, error) {
	shown, err := c.Readers.Books.CutOver(c.ctx(), c.tenant(), q.Book, web.Start{Day: q.Day, Payout: q.Payout})
	return CutOver{
		Day: shown.Day, Payout: shown.Payout, Begun: shown.Begun, From: (*FromPayout)(shown.From),
		Payouts: each(shown.Payouts, func(p web.PayoutOption) FirstPayout { return FirstPayout{p.ID, p.Day, moneyOf(p.Amount)} }),
		Zone:    shown.Zone, Latest: shown.Latest, More: shown.MoreWriters, Digest: shown.Digest,
		Counters: each(shown.Counters, func(a web.AccountOption) PlaceAccount { return PlaceAccount(a) }),
		Writers:  each(shown.Writers, func(w web.WriterShown) Writer { return Writer(w) }),
		Openings: each(shown.Openings, func(o web.OpeningShown) Opening {
			out := Opening{Stripe: moneyOf(o.Stripe), Missing: moneyOf(o.Missing)}
			if o.Ledger != nil {
				held := moneyOf(*o.Ledger)
				out.Ledger = &held
			}
			return out
		}),
	}, err
}

// CutOverConfirmed is a first day that was shown.
type CutOverConfirmed struct {
	BookQuery
	Day      receivables.Date          `json:"day,omitempty" doc:"That was shown, or"`
	Payout   string                    `json:"payout,omitempty" doc:"the payout that was."`
	Digest   string                    `json:"digest" doc:"Of what was shown."`
	Counters map[money.Currency]string `json:"counters,omitempty" doc:"By currency, the account that takes the other side of a document over what is missing."`
}

func confirmCutOver(c *Call, in CutOverConfirmed) (Done, error) {
	err := c.Readers.Books.ConfirmCutOver(c.ctx(), c.tenant(), in.Book, web.Start{Day: in.Day, Payout: in.Payout}, in.Digest, in.Counters, c.by())
	return Done{Done: err == nil}, err
}

// FirstWrites are what waits for the writing to be switched on.
type FirstWrites struct {
	Ready   bool       `json:"ready" doc:"The book was looked at under its present settings."`
	Running bool       `json:"running"`
	Lines   []PlanLine `json:"lines" doc:"The first 200 of them."`
	Count   int        `json:"count"`
	Totals  []string   `json:"totals"`
	Digest  string     `json:"digest" doc:"Names exactly what is shown."`
}

func firstWrites(c *Call, q BookQuery) (FirstWrites, error) {
	w, err := c.Readers.Books.FirstWrites(c.ctx(), c.tenant(), q.Book)
	return FirstWrites{Ready: w.Ready, Running: w.Running, Lines: each(w.Lines, planLine), Count: w.All, Totals: each(w.Totals, same), Digest: w.Digest}, err
}

// Writing switches the writing of a book.
type Writing struct {
	BookQuery
	On     bool   `json:"on"`
	Digest string `json:"digest,omitempty" doc:"Of what was shown; needed to switch it on."`
}

func switchWriting(c *Call, in Writing) (Done, error) {
	err := c.Readers.Books.Switch(c.ctx(), c.tenant(), in.Book, in.On, in.Digest, c.by())
	return Done{Done: err == nil}, err
}
