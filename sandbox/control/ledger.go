package control

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"tieout/sandbox/economy"
)

// ledger finds a ledger by id; an empty vendor means any.
func (a *api) ledger(vendor, id string) (Ledger, error) {
	for _, l := range a.box.Ledgers() {
		if l.ID == id && (vendor == "" || l.Vendor == vendor) {
			return l, nil
		}
	}
	return Ledger{}, fmt.Errorf("%w: ledger %s/%s", errNotFound, vendor, id)
}

func (a *api) of(r *http.Request) (Ledger, error) {
	return a.ledger(r.PathValue("vendor"), r.PathValue("ledger"))
}

func (a *api) list(r *http.Request, _ []byte) (any, error) {
	l, err := a.of(r)
	if err != nil {
		return nil, err
	}
	rows := []json.RawMessage{}
	for _, raw := range l.Records.List(r.PathValue("kind")) {
		rows = append(rows, raw)
	}
	return rows, nil
}

func (a *api) read(r *http.Request, _ []byte) (any, error) {
	l, err := a.of(r)
	if err != nil {
		return nil, err
	}
	raw, err := l.Records.Read(r.PathValue("kind"), r.PathValue("id"))
	return json.RawMessage(raw), err
}

// write is {kind}/{create|update|void|delete}; a kind may be a path, as
// CreditNotes/{id}/Allocations.
func (a *api) write(r *http.Request, body []byte) (any, error) {
	l, err := a.of(r)
	if err != nil {
		return nil, err
	}
	path := r.PathValue("path")
	cut := strings.LastIndexByte(path, '/')
	if cut < 0 {
		return nil, fmt.Errorf("%w: %s: want {kind}/{create|update|void|delete}", errNotFound, path)
	}
	kind, verb := path[:cut], path[cut+1:]
	var raw []byte
	switch verb {
	case "create":
		raw, err = l.Records.Create(kind, body)
	case "update":
		raw, err = l.Records.Update(kind, body)
	case "void", "delete":
		raw, err = remove(l, kind, verb, body)
	default:
		return nil, fmt.Errorf("%w: operation %s", errNotFound, verb)
	}
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", verb, kind, err)
	}
	return json.RawMessage(raw), nil
}

// remove voids or deletes the object whose id the body names.
func remove(l Ledger, kind, verb string, body []byte) ([]byte, error) {
	var which struct{ ID string }
	if err := decode(body, &which); err != nil {
		return nil, err
	}
	if which.ID == "" {
		return nil, fmt.Errorf(`%w: want {"id":"..."}`, errBadInput)
	}
	if verb == "delete" {
		return l.Records.Delete(kind, which.ID)
	}
	if v, ok := l.Records.(voider); ok {
		return v.Void(kind, which.ID)
	}
	raw, err := json.Marshal(map[string]string{strings.TrimSuffix(kind, "s") + "ID": which.ID, "Status": "VOIDED"})
	if err != nil {
		return nil, err
	}
	return l.Records.Update(kind, raw)
}

// bookkeeping is the body of the bookkeeper's shortcuts. Invoice is an id or,
// for an open invoice, its number.
type bookkeeping struct {
	Invoice  string
	Customer string
	Currency string
	Amount   economy.Minor
	Into     string // bank (also when empty), clearing or undeposited
	Note     string
}

// desk decodes a shortcut and finds its ledger.
func (a *api) desk(r *http.Request, body []byte) (Ledger, bookkeeping, error) {
	var b bookkeeping
	if err := decode(body, &b); err != nil {
		return Ledger{}, b, err
	}
	l, err := a.ledger("", r.PathValue("ledger"))
	return l, b, err
}

func (b bookkeeping) document(l Ledger) (economy.Document, error) {
	if b.Invoice == "" {
		return economy.Document{}, fmt.Errorf("%w: no invoice named", errBadInput)
	}
	open, err := l.Books.OpenInvoices()
	if err != nil {
		return economy.Document{}, err
	}
	for _, d := range open {
		if d.Number == b.Invoice || d.ID == b.Invoice {
			return d, nil
		}
	}
	return l.Books.Document(b.Invoice)
}

// removeLink is a bookkeeper who deletes the payment link from an invoice.
func (a *api) removeLink(r *http.Request, body []byte) (any, error) {
	l, b, err := a.desk(r, body)
	if err != nil {
		return nil, err
	}
	remover, ok := l.Books.(economy.LinkRemover)
	if !ok {
		return nil, fmt.Errorf("%s knows no link to remove", l.Vendor)
	}
	d, err := b.document(l)
	if err != nil {
		return nil, err
	}
	n, err := remover.RemoveLink(d.ID, l.Pays)
	return map[string]any{"invoice": d.ID, "removed": n}, err
}

// enterPayment is a bookkeeper who enters money against an invoice by hand;
// without an amount it is all that is open.
func (a *api) enterPayment(r *http.Request, body []byte) (any, error) {
	l, b, err := a.desk(r, body)
	if err != nil {
		return nil, err
	}
	place, ok := map[string]economy.Place{
		"": economy.ToBank, "bank": economy.ToBank, "clearing": economy.ToClearing, "undeposited": economy.ToUndeposited,
	}[b.Into]
	if !ok {
		return nil, fmt.Errorf("%w: into %q", errBadInput, b.Into)
	}
	d, err := b.document(l)
	if err != nil {
		return nil, err
	}
	if b.Amount == 0 {
		b.Amount = d.Balance
	}
	err = l.Books.Receive(economy.Receipt{
		Customer: d.Customer, Currency: d.Currency, Amount: b.Amount, At: a.clock.Now(), Into: place,
		Pays: []economy.Applied{{Invoice: d, Amount: b.Amount}}, Note: b.Note,
	})
	if err != nil {
		return nil, err
	}
	return l.Books.Document(d.ID)
}

// journal posts a journal to receivables, where the ledger allows one.
func (a *api) journal(r *http.Request, body []byte) (any, error) {
	l, b, err := a.desk(r, body)
	if err != nil {
		return nil, err
	}
	j, ok := l.Books.(economy.Journaller)
	if !ok {
		return nil, fmt.Errorf("%s allows no journal on receivables", l.Vendor)
	}
	if err := j.Journal(b.Customer, b.Currency, b.Amount, a.clock.Now(), b.Note); err != nil {
		return nil, err
	}
	return map[string]bool{"posted": true}, nil
}

// merge is a user who joins two customers in the vendor's own screens.
func (a *api) merge(r *http.Request, body []byte) (any, error) {
	var what struct{ Kind, Winner, Loser string }
	if err := strict(body, &what); err != nil {
		return nil, err
	}
	l, err := a.ledger("", r.PathValue("ledger"))
	if err != nil {
		return nil, err
	}
	m, ok := l.Records.(merger)
	if !ok {
		return nil, fmt.Errorf("%s merges nothing", l.Vendor)
	}
	return what, m.Merge(what.Kind, what.Winner, what.Loser)
}

// lock sets the lock dates; an empty one opens the period again.
func (a *api) lock(r *http.Request, body []byte) (any, error) {
	var to struct {
		Period    string `json:"period"`
		EndOfYear string `json:"end_of_year"`
	}
	if err := strict(body, &to); err != nil {
		return nil, err
	}
	l, err := a.ledger("", r.PathValue("ledger"))
	if err != nil {
		return nil, err
	}
	if k, ok := l.Records.(locker); ok {
		return to, k.SetLockDates(to.Period, to.EndOfYear)
	}
	if to.EndOfYear != "" {
		return nil, fmt.Errorf("%w: %s has one closing date, the period", errBadInput, l.Vendor)
	}
	return to, closeBooks(l, to.Period)
}

// closeBooks sets the closing date where it stands among the preferences
// (Intuit docs: preferences, AccountingInfoPrefs.BookCloseDate).
func closeBooks(l Ledger, date string) error {
	all := l.Records.List("Preferences")
	if len(all) == 0 {
		return fmt.Errorf("%w: %s has no preferences", errNotFound, l.Vendor)
	}
	var prefs map[string]json.RawMessage
	if err := json.Unmarshal(all[0], &prefs); err != nil {
		return fmt.Errorf("preferences: %w", err)
	}
	accounting := map[string]json.RawMessage{}
	if part := prefs["AccountingInfoPrefs"]; part != nil {
		if err := json.Unmarshal(part, &accounting); err != nil {
			return fmt.Errorf("preferences: %w", err)
		}
	}
	delete(accounting, "BookCloseDate")
	if date != "" {
		accounting["BookCloseDate"] = json.RawMessage(strconv.Quote(date))
	}
	part, err := json.Marshal(accounting)
	if err != nil {
		return fmt.Errorf("preferences: %w", err)
	}
	prefs["AccountingInfoPrefs"] = part
	body, err := json.Marshal(prefs)
	if err != nil {
		return fmt.Errorf("preferences: %w", err)
	}
	_, err = l.Records.Update("Preferences", body)
	return err
}
