package economy

// Tally is what payers of one habit did. Amounts are decimal text by currency.
type Tally struct {
	Acts     int              `json:"acts"`
	Invoices []string         `json:"invoices,omitempty"` // document ids
	Payments []string         `json:"payments,omitempty"` // payment intents
	Amounts  map[string]Minor `json:"amounts,omitempty"`
}

// Summary is what one or more rounds did, by habit.
type Summary struct {
	Habits  map[Habit]*Tally `json:"habits"`
	Waiting int              `json:"waiting"`           // due, but no link on the invoice
	Later   int              `json:"later"`             // not due yet
	Refused []string         `json:"refused,omitempty"` // acts that a stand-in refused, with its words
}

func newSummary() Summary { return Summary{Habits: map[Habit]*Tally{}} }

func (s Summary) tally(h Habit) *Tally {
	if s.Habits[h] == nil {
		s.Habits[h] = &Tally{Amounts: map[string]Minor{}}
	}
	return s.Habits[h]
}

// note records one act on some invoices; payment may be empty.
func (s Summary) note(h Habit, docs []Document, payment string, amount Minor) {
	t := s.tally(h)
	t.Acts++
	for _, d := range docs {
		t.Invoices = append(t.Invoices, d.ID)
	}
	if payment != "" {
		t.Payments = append(t.Payments, payment)
	}
	if amount != 0 {
		t.Amounts[docs[0].Currency] += amount
	}
}

// add joins a later round; what waits is what waits now.
func (s *Summary) add(round Summary) {
	for h, r := range round.Habits {
		t := s.tally(h)
		t.Acts += r.Acts
		t.Invoices = append(t.Invoices, r.Invoices...)
		t.Payments = append(t.Payments, r.Payments...)
		for c, v := range r.Amounts {
			t.Amounts[c] += v
		}
	}
	s.Refused = append(s.Refused, round.Refused...)
	s.Waiting, s.Later = round.Waiting, round.Later
}

// Counts are the figures of a plan, for its promised minima.
type Counts struct {
	Invoices    int           `json:"invoices"` // open at the plan's Now
	Past        int           `json:"past_invoices"`
	Customers   int           `json:"customers"`
	Currencies  int           `json:"currencies"`
	ByHabit     map[Habit]int `json:"by_habit"` // invoices
	Batches     int           `json:"batches"`  // payments for several invoices
	CreditNotes int           `json:"credit_notes"`
	Voids       int           `json:"voids"`
	Unapplied   int           `json:"unapplied"`
	Journals    int           `json:"journals"`
	Charges     int           `json:"charges"` // by Stripe before Now
}

// Counts counts what the book holds and intends.
func (b Book) Counts() Counts {
	c := Counts{Invoices: len(b.Open), Past: len(b.Invoices) - len(b.Open), Customers: len(b.Customers), ByHabit: map[Habit]int{}}
	currencies := map[string]bool{}
	for _, index := range b.Open {
		currencies[b.Invoices[index].Currency] = true
	}
	c.Currencies = len(currencies)
	for _, it := range b.Intends {
		c.ByHabit[it.Habit] += len(it.Invoices)
		if it.Habit == HabitBatch {
			c.Batches++
		}
	}
	kinds := map[Kind]int{}
	for _, s := range b.Steps {
		kinds[s.Kind]++
	}
	c.CreditNotes, c.Voids = kinds[CreditApplied]+kinds[CreditOpen], kinds[VoidInvoice]
	c.Unapplied, c.Journals, c.Charges = kinds[Unapplied], kinds[JournalOnDebts], kinds[PayStripe]
	return c
}

// Total adds the acts of several companies.
func Total(parts ...Summary) Summary {
	sum := newSummary()
	for _, p := range parts {
		waiting, later := sum.Waiting, sum.Later
		sum.add(p)
		sum.Waiting, sum.Later = waiting+p.Waiting, later+p.Later
	}
	return sum
}
