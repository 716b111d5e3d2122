package reconcile

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sort"
	"time"

	"tieout/books"
	"tieout/links"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
	matcher "tieout/sync/match"
)

// world is all that one batch depends on, in memory, so that what follows is
// a pure computation.
type world struct {
	// twins are documents that stand beside those of parts.
	twins     map[receivables.Ref]twin
	r         *Reconciler
	book      books.Book
	zone      *time.Location
	movements []Movement
	wanted    []string
	invoices  map[string]receivables.Invoice
	byNumber  map[string][]string
	openOf    map[string][]string
	owed      []owed
	customers map[string]Customer
	byEmail   map[string][]string
	byName    map[string][]string
	byPayer   map[string][]string
	receipts  []receivables.Receipt
	// credits are open credits that something which goes back may come from.
	credits []receivables.Credit
	// families are customers with all below them, as far as they were asked for.
	families map[string][]string
	// habits are how payers have paid before, where that may matter.
	habits    map[string]*matcher.Habits
	ofInvoice map[string][]Allocation
	ofCharge  map[string][]Allocation
	// parts are by key; their keys by movement and by target are beside them.
	parts                map[string]PartRow
	partKeys, targetKeys map[string][]string
	links                map[string]links.Link
	linkByID             map[string]links.Link
	// pages are open payment pages by invoice, ending those that a write ends.
	pages     map[string][]Page
	ending    map[string]bool
	decisions map[string]Decision
	adopted   map[string]string
	// outsiders are payouts of which a payment stands outside of clearing.
	outsiders map[string]bool
	// earlier are movements since the cut-over that are not the book's.
	earlier map[string]books.Cause
	// totals are what documents of several movements were written with, by
	// marker.
	totals    map[string]int64
	documents map[string][]LedgerDocument
	// bookings are what intents were lowered from, where that may matter.
	bookings map[string]mapping.Booking
	// ways are how returns are booked, by movement.
	ways map[string]mapping.Way
	// stuck are movements of which something cannot be written, and why.
	stuck map[string]string
	// billed are the processor's own invoices, mirrors what they were found to
	// be, and mirrored the one that a ledger invoice is.
	billed   map[string]Billed
	mirrors  map[string]Mirror
	mirrored map[string]string
	// candidates are the ledger invoices that a mirror is looked for among.
	candidates candidates
	// matched are invoices of earlier matches that nothing else called for.
	matched map[string]receivables.Invoice
	raws    map[receivables.Ref][]byte
	// names are further customers, accounts the ledger's accounts, by id, where
	// a question has to name them.
	names, accounts map[string]string
	// destinations are accounts that payouts go to for which nobody has chosen
	// a bank, by id, where an exception has to name them.
	destinations map[string]receivables.Destination
	result       Result
	// asked counts the questions that were not open before.
	asked int
}

// owed is what decides at once that an invoice is not worth a look.
type owed struct {
	id       string
	currency money.Currency
	balance  int64
}

// load reads the world of a batch: a bounded number of queries, however large
// the book is.
func (r *Reconciler) load(ctx context.Context, b books.Book, movementIDs, invoiceIDs []string) (*world, error) {
	w := &world{
		r: r, book: b, zone: b.Location(), wanted: invoiceIDs,
		invoices: map[string]receivables.Invoice{}, byNumber: map[string][]string{}, openOf: map[string][]string{},
		customers: map[string]Customer{}, byEmail: map[string][]string{}, byName: map[string][]string{}, byPayer: map[string][]string{},
		ofInvoice: map[string][]Allocation{}, ofCharge: map[string][]Allocation{}, parts: map[string]PartRow{},
		pages: map[string][]Page{}, ending: map[string]bool{}, links: map[string]links.Link{}, linkByID: map[string]links.Link{}, decisions: map[string]Decision{},
		adopted: map[string]string{}, documents: map[string][]LedgerDocument{}, matched: map[string]receivables.Invoice{},
		names: map[string]string{}, accounts: map[string]string{}, ways: map[string]mapping.Way{}, billed: map[string]Billed{}, habits: map[string]*matcher.Habits{}, families: map[string][]string{}, mirrors: map[string]Mirror{}, mirrored: map[string]string{},
	}
	steps := []func(context.Context) error{
		func(ctx context.Context) error { return w.loadMovements(ctx, movementIDs) },
		w.loadBilled, w.loadReturns, w.loadEarlier, w.loadCustomers, w.loadInvoices, w.loadReceipts, w.loadTies, w.loadCredits, w.loadPromises, w.loadHabits, w.loadMatched,
		w.loadDocuments, w.loadTwins, w.loadWritten, w.loadNames, w.loadDestinations, w.loadRaws,
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("reconcile: load: %w", err)
		}
	}
	return w, nil
}

func (w *world) loadMovements(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	found, err := w.r.Store.Movements(ctx, w.book, ids)
	if err != nil {
		return err
	}
	w.movements = append(w.movements, found...)
	sort.Slice(w.movements, func(i, j int) bool {
		a, b := w.movements[i].Row, w.movements[j].Row
		if !a.Created.Equal(b.Created) {
			return a.Created.Before(b.Created)
		}
		return a.ID < b.ID
	})
	return nil
}

// loadCustomers finds everybody who may have paid: by stored join, e-mail and
// name, and the families of those found.
func (w *world) loadCustomers(ctx context.Context) error {
	var q CustomerQuery
	for _, m := range w.payments() {
		q.Payers = add(q.Payers, payerOf(m))
		q.Emails = add(q.Emails, emailOf(m))
		q.Names = add(q.Names, mapping.NameKey(nameOf(m)))
		q.IDs = add(q.IDs, namedCustomers(m)...)
	}
	if err := w.addCustomers(ctx, q); err != nil {
		return err
	}
	var parents []string
	for id, c := range w.customers {
		parents = add(parents, id)
		parents = add(parents, c.ParentID)
	}
	slices.Sort(parents)
	return w.addCustomers(ctx, CustomerQuery{IDs: parents, Parents: parents})
}

func (w *world) addCustomers(ctx context.Context, q CustomerQuery) error {
	if len(q.IDs)+len(q.Emails)+len(q.Names)+len(q.Payers)+len(q.Parents) == 0 {
		return nil
	}
	found, err := w.r.Store.Customers(ctx, w.book, q)
	if err != nil {
		return err
	}
	for _, c := range found {
		if _, known := w.customers[c.ID]; known {
			continue
		}
		w.customers[c.ID] = c
		for _, p := range c.Payers {
			w.byPayer[p] = append(w.byPayer[p], c.ID)
		}
		if !c.Active || c.MergedInto != "" {
			continue
		}
		w.byName[mapping.NameKey(c.Name)] = append(w.byName[mapping.NameKey(c.Name)], c.ID)
		for _, contact := range c.Contacts {
			if key := mapping.EmailKey(contact.Email); key != "" && !slices.Contains(w.byEmail[key], c.ID) {
				w.byEmail[key] = append(w.byEmail[key], c.ID)
			}
		}
	}
	return nil
}

// loadInvoices finds the invoices that payments name, those of the customers
// who may have paid, and those of the same amount, for suggestions.
func (w *world) loadInvoices(ctx context.Context) error {
	q := InvoiceQuery{IDs: slices.Clone(w.wanted)}
	var linkIDs []string
	for _, m := range w.movements {
		q.IDs = add(q.IDs, w.namedByUs(m)...)
		for _, rc := range w.receiptsFor(m) {
			for _, a := range rc.Allocations {
				q.IDs = add(q.IDs, a.Target.ID)
			}
		}
		if m.Checkout != nil {
			linkIDs = add(linkIDs, m.Checkout.Link)
		}
		for _, text := range namingTexts(m) {
			for _, key := range mapping.NumberKeys(text) {
				q.Numbers = add(q.Numbers, key)
			}
		}
		for _, c := range w.payersOf(m) {
			q.Customers = add(q.Customers, w.family(c)...)
		}
		if m.pays() && m.State != MovementSettled {
			q.Balances = append(q.Balances, money.Money{Minor: m.Charge.Amount, Currency: m.Charge.Currency})
		}
	}
	w.askForMirrors(&q)
	if len(linkIDs) > 0 {
		rows, err := w.r.Store.LinksByID(ctx, w.book, linkIDs)
		if err != nil {
			return err
		}
		for _, l := range rows {
			w.linkByID[l.ID] = l
			q.IDs = add(q.IDs, l.Invoice)
		}
	}
	if len(q.IDs)+len(q.Numbers)+len(q.Customers)+len(q.Balances)+len(q.Mirrors) == 0 {
		return nil
	}
	found, err := w.r.Store.Invoices(ctx, w.book, q)
	if err != nil {
		return err
	}
	sort.Slice(found, func(i, j int) bool { return olderInvoice(found[i], found[j]) })
	for _, inv := range found {
		w.invoices[inv.ID] = inv
		w.byNumber[mapping.NumberKey(inv.Number)] = append(w.byNumber[mapping.NumberKey(inv.Number)], inv.ID)
		if inv.State == receivables.StateLive && inv.Balance > 0 {
			w.openOf[inv.CustomerID] = append(w.openOf[inv.CustomerID], inv.ID)
			w.owed = append(w.owed, owed{inv.ID, inv.Currency, inv.Balance})
		}
	}
	return w.addOwners(ctx)
}

// addOwners adds the customers of the invoices found, with their parents: a
// payment that names an invoice is checked against whose it is.
func (w *world) addOwners(ctx context.Context) error {
	var ids []string
	for _, inv := range w.invoices {
		if _, known := w.customers[inv.CustomerID]; !known {
			ids = add(ids, inv.CustomerID)
		}
	}
	slices.Sort(ids)
	return w.addCustomers(ctx, CustomerQuery{IDs: ids})
}

// adoptionDays is how long before and after a charge a receipt for it may be
// dated that somebody else has entered.
const adoptionBefore, adoptionAfter = 3, 10

func (w *world) loadReceipts(ctx context.Context) error {
	var customers, ids []string
	since := receivables.Date("")
	for _, m := range w.movements {
		if !m.pays() || m.State == MovementSettled {
			continue
		}
		day := receivables.DateIn(m.Row.Created, w.zone).AddDays(-adoptionBefore)
		if since == "" || day < since {
			since = day
		}
	}
	if since == "" {
		return nil
	}
	for id, inv := range w.invoices {
		ids = append(ids, id)
		customers = add(customers, inv.CustomerID)
	}
	for _, m := range w.payments() { // whose invoices are paid already, too
		if payers := w.payersOf(m); len(payers) == 1 && m.State != MovementSettled {
			customers = add(customers, w.family(payers[0])...)
		}
	}
	slices.Sort(ids)
	slices.Sort(customers)
	var err error
	w.receipts, err = w.r.Store.Receipts(ctx, w.book, customers, ids, since)
	return err
}

func (w *world) loadTies(ctx context.Context) error {
	ids := make([]string, 0, len(w.movements))
	for _, m := range w.movements {
		ids = add(append(ids, m.Row.ID), m.origins()...)
	}
	invoices := make([]string, 0, len(w.invoices))
	for id := range w.invoices {
		invoices = append(invoices, id)
	}
	for id := range w.billed {
		invoices = append(invoices, id)
	}
	slices.Sort(invoices)
	if len(ids)+len(invoices) == 0 {
		return nil
	}
	ties, err := w.r.Store.Ties(ctx, w.book, ids, invoices)
	if err != nil {
		return err
	}
	for _, a := range ties.Allocations {
		w.ofInvoice[a.Invoice] = append(w.ofInvoice[a.Invoice], a)
		w.ofCharge[a.Movement] = append(w.ofCharge[a.Movement], a)
	}
	for _, p := range ties.Parts {
		w.keepPart(p)
	}
	for _, l := range ties.Links {
		w.links[l.Invoice] = l
	}
	for _, p := range ties.Pages {
		w.pages[p.Invoice] = append(w.pages[p.Invoice], p)
	}
	for _, d := range ties.Decisions {
		w.decisions[d.Subject+"#"+d.Kind] = d
	}
	maps.Copy(w.adopted, ties.AdoptedReceipts)
	w.outsiders, w.totals = map[string]bool{}, ties.Totals
	for _, id := range ties.Outsiders {
		w.outsiders[id] = true
	}
	for _, m := range ties.Mirrors {
		w.setMirror(m)
	}
	return nil
}

// loadDocuments reads how the documents of the parts stand in the ledger now.
func (w *world) loadDocuments(ctx context.Context) error {
	var markers []string
	var refs []receivables.Ref
	for _, p := range w.parts {
		if p.Marker != "" {
			markers = add(markers, p.Marker)
		}
		if p.Document.ID != "" && !slices.Contains(refs, p.Document) {
			refs = append(refs, p.Document)
		}
	}
	if len(markers)+len(refs) == 0 {
		return nil
	}
	slices.Sort(markers)
	docs, err := w.r.Store.Documents(ctx, w.book, markers, refs)
	if err != nil {
		return err
	}
	for _, d := range docs {
		w.documents[docKey(d.Ref)] = append(w.documents[docKey(d.Ref)], d)
		if d.Marker != "" {
			w.documents[d.Marker] = append(w.documents[d.Marker], d)
		}
	}
	return nil
}

// loadRaws reads the bodies of invoices whose link may have to be written, and
// of those whose sale is to be credited.
func (w *world) loadRaws(ctx context.Context) error {
	var refs []receivables.Ref
	ids := w.credited()
	if w.book.Settings.Links {
		ids = add(ids, w.linkCandidates()...)
	}
	for _, id := range ids {
		refs = append(refs, receivables.Ref{Kind: receivables.KindInvoice, ID: id})
	}
	refs = slices.AppendSeq(refs, maps.Keys(w.twins))
	refs = append(append(refs, w.changedRefs()...), append(w.relinkRefs(), w.receiptRefs()...)...)
	if len(refs) == 0 {
		return nil
	}
	var err error
	w.raws, err = w.r.Store.Raw(ctx, w.book, refs)
	return err
}

func docKey(ref receivables.Ref) string { return string(ref.Kind) + "/" + ref.ID }

// olderInvoice orders invoices the way they are paid: by due date, then by
// issue date, then by id.
func olderInvoice(a, b receivables.Invoice) bool {
	if a.Due != b.Due {
		return a.Due < b.Due
	}
	if a.Issued != b.Issued {
		return a.Issued < b.Issued
	}
	return a.ID < b.ID
}

// add appends what is not empty and not there yet.
func add(list []string, items ...string) []string {
	for _, s := range items {
		if s != "" && !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}
