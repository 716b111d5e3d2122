package economy

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"tieout/internal/clock"
)

// Payers are the customers of one company after the past has ended. Act may
// be called as often as one likes; each intention is carried out once.
type Payers struct {
	Vendor string
	books  Books
	till   Till

	mu      sync.Mutex
	docs    map[int]string    // Intention.Invoices -> document id
	known   map[string]string // ledger customer -> Stripe customer
	pending []Intention
	done    Summary
}

func newPayers(vendor string, books Books, till Till, docs map[int]string, intends []Intention) *Payers {
	return &Payers{Vendor: vendor, books: books, till: till, docs: docs, pending: intends, done: newSummary()}
}

// Recorded gives habits to whatever is open in a recorded company.
func Recorded(vendor string, seed int64, now time.Time, books Books, till Till) (*Payers, error) {
	open, err := books.OpenInvoices()
	if err != nil {
		return nil, fmt.Errorf("economy: recorded company: %w", err)
	}
	docs := make(map[int]string, len(open))
	candidates := make([]candidate, len(open))
	for i, d := range open {
		docs[i] = d.ID
		candidates[i] = candidate{index: i, family: d.Customer + "/" + d.Currency}
	}
	rng := rand.New(rand.NewPCG(uint64(seed), 0x7265636f72646564))
	return newPayers(vendor, books, till, docs, intend(rng, candidates, now)), nil
}

// Act lets every payer act whose time has come, in the order of their
// intentions. Who pays by link and finds none on the invoice, or is refused,
// tries again at the next call. It returns what was done in this call; only a
// cancelled ctx is an error.
func (p *Payers) Act(ctx context.Context, c clock.Clock) (Summary, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, round := c.Now(), newSummary()
	var left []Intention
	var failed error
	for i, it := range p.pending {
		if failed = ctx.Err(); failed != nil {
			left = append(left, p.pending[i:]...)
			break
		}
		if it.At.After(now) {
			left = append(left, it)
			round.Later++
			continue
		}
		acted, err := p.act(it, now, &round)
		switch {
		case err != nil: // one payer's bad luck stops nobody else
			left = append(left, it)
			round.Refused = append(round.Refused, fmt.Sprintf("%s of invoice %s: %v", it.Habit, p.docs[it.Invoices[0]], err))
		case !acted:
			left = append(left, it)
			round.Waiting++
		}
	}
	p.pending = left
	p.done.add(round)
	if failed != nil {
		return round, fmt.Errorf("economy: %s payers: %w", p.Vendor, failed)
	}
	return round, nil
}

// Done is what all calls of Act did together.
func (p *Payers) Done() Summary {
	p.mu.Lock()
	defer p.mu.Unlock()
	sum := newSummary()
	sum.add(p.done)
	sum.Waiting, sum.Later = p.done.Waiting, p.done.Later
	return sum
}

// act carries out one intention; false means that there is no link yet.
func (p *Payers) act(it Intention, now time.Time, round *Summary) (bool, error) {
	docs := make([]Document, 0, len(it.Invoices))
	total := Minor(0)
	for _, index := range it.Invoices {
		d, err := p.books.Document(p.docs[index])
		if err != nil {
			return false, err
		}
		docs = append(docs, d)
		total += max(0, d.Balance)
	}
	if total == 0 { // somebody else settled or voided it meanwhile
		round.note(it.Habit, docs, "", 0)
		return true, nil
	}
	d := docs[0]
	switch it.Habit {
	case HabitLink, HabitDebit, HabitDebitFails, HabitDeclined:
		return p.byLink(it, d, round)
	case HabitByHand:
		err := p.books.Receive(Receipt{
			Customer: d.Customer, Currency: d.Currency, Amount: total, At: now, Into: ToBank,
			Pays: []Applied{{Invoice: d, Amount: total}}, Note: "Bank transfer",
		})
		round.note(it.Habit, docs, "", total)
		return true, err
	case HabitNever:
		round.note(it.Habit, docs, "", 0)
		return true, nil
	}
	return true, p.direct(it, docs, max(minimum, total.share(it.Share)), round)
}

// minimum is the least that Stripe takes in our currencies (Stripe docs:
// currencies, minimum charge amounts: 0.50 USD and EUR, 0.30 GBP).
const minimum = Minor(50)

// byLink pays by the link that the customer reads on the invoice.
func (p *Payers) byLink(it Intention, d Document, round *Summary) (bool, error) {
	url := ""
	for _, found := range links.FindAllString(d.Text, -1) {
		if found = trimURL(found); p.till.Owns(found) {
			url = found
		}
	}
	if url == "" {
		return false, nil
	}
	by := Payer{Email: d.Email, Name: d.Name, How: Card}
	switch it.Habit {
	case HabitDebit:
		by.How = Debit
	case HabitDebitFails:
		by.How = DebitFails
	case HabitDeclined:
		by.How = CardDeclined
	}
	paid, err := p.till.PayLink(url, by)
	if err != nil {
		return false, err
	}
	round.note(it.Habit, []Document{d}, paid.Intent, paid.Amount)
	return true, nil
}

// direct pays without a link, naming the invoices as the payer's habit is.
func (p *Payers) direct(it Intention, docs []Document, amount Minor, round *Summary) error {
	d := docs[0]
	pay := Direct{Amount: amount, Currency: d.Currency, Customer: p.known[d.Customer], Payer: Payer{Email: d.Email, Name: d.Name, How: Card}}
	switch {
	case it.Habit == HabitUnknown:
		pay.Customer = ""
		pay.Name = fmt.Sprintf("R. Stranger %d", it.Invoices[0])
		pay.Email = fmt.Sprintf("stranger%d@private-mail.example", it.Invoices[0])
		pay.Description = "Payment, thanks"
	case it.Reference == InDescription:
		pay.Description = "Payment for invoices " + numbers(docs)
	case it.Reference == InMetadata:
		pay.Metadata = map[string]string{"invoices": numbers(docs)}
	case it.Reference == OnlyName:
		pay.Email, pay.Customer, pay.Description = "", "", "Payment, thanks"
	default:
		pay.Description = "Payment, thanks"
	}
	paid, err := p.till.PayDirect(pay)
	if err != nil {
		return err
	}
	round.note(it.Habit, docs, paid.Intent, amount)
	return nil
}
