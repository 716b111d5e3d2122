package xero

import (
	"fmt"
)

// Create enters an object as a PUT would, with prices at four decimals, and
// returns it as lists with lines show it. The error is a *ValidationError when
// the rules refuse it.
func (o *Organisation) Create(kindName string, body []byte) ([]byte, error) {
	out, err := o.CreateMany(kindName, [][]byte{body})
	if err != nil {
		return nil, err
	}
	return out[0], nil
}

// CreateMany enters objects one after another and stops at the first that is
// refused; those before it stay.
func (o *Organisation) CreateMany(kindName string, bodies [][]byte) ([][]byte, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	defer o.publish()
	o.writing()
	k, err := o.writable(kindName)
	if err != nil {
		return nil, err
	}
	out := make([][]byte, 0, len(bodies))
	for i, body := range bodies {
		f, err := parseObject(body)
		if err != nil {
			return out, fmt.Errorf("xero: create %s %d: %w", kindName, i, err)
		}
		o.begin()
		r, _, err := k.create(o, f, writeOptions{unitdp4: true})
		o.end(err == nil)
		if err != nil {
			return out, fmt.Errorf("xero: create %s %d: %w", kindName, i, err)
		}
		out = append(out, r.json())
	}
	return out, nil
}

func (o *Organisation) writable(kindName string) (*kind, error) {
	k := o.kinds[kindName]
	if k == nil || k.create == nil {
		return nil, fmt.Errorf("xero: kind %q cannot be written", kindName)
	}
	return k, nil
}

// Update changes an object as a POST to its id would.
func (o *Organisation) Update(kindName, id string, body []byte) ([]byte, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	defer o.publish()
	o.writing()
	k, err := o.writable(kindName)
	if err != nil {
		return nil, err
	}
	r, err := o.single(k, id)
	if err != nil {
		return nil, fmt.Errorf("xero: update %s %s: %w", kindName, id, err)
	}
	f, err := parseObject(body)
	if err != nil {
		return nil, fmt.Errorf("xero: update %s %s: %w", kindName, id, err)
	}
	o.begin()
	_, err = k.update(o, r, f, writeOptions{unitdp4: true, post: true})
	o.end(err == nil)
	if err != nil {
		return nil, fmt.Errorf("xero: update %s %s: %w", kindName, id, err)
	}
	return o.shown(r, true, false).bytes(), nil
}

// Delete removes an object the way its kind allows: payments, bank
// transactions, transfers, drafts become DELETED; contacts and accounts are
// archived.
func (o *Organisation) Delete(kindName, id string) error {
	status := `{"Status":"DELETED"}`
	switch kindName {
	case "Contacts":
		status = `{"ContactStatus":"ARCHIVED"}`
	case "Accounts":
		status = `{"Status":"ARCHIVED"}`
	}
	_, err := o.Update(kindName, id, []byte(status))
	return err
}

// Void voids an approved invoice or credit note.
func (o *Organisation) Void(kindName, id string) error {
	_, err := o.Update(kindName, id, []byte(`{"Status":"VOIDED"}`))
	return err
}

// Allocate applies a credit (of CreditNotes, Overpayments or Prepayments) to an
// invoice: body {"Amount":1.00,"Invoice":{"InvoiceID":"..."}}.
func (o *Organisation) Allocate(kindName, id string, body []byte) ([]byte, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	defer o.publish()
	o.writing()
	credit, f, err := o.creditAndBody(kindName, id, body)
	if err != nil {
		return nil, err
	}
	u, err := o.allocate(credit, f)
	if err != nil {
		return nil, fmt.Errorf("xero: allocate %s %s: %w", kindName, id, err)
	}
	return nestedAllocation(u), nil
}

func (o *Organisation) creditAndBody(kindName, id string, body []byte) (*record, object, error) {
	k := o.kinds[kindName]
	if k == nil || !k.lines || kindName == "Invoices" || kindName == "BankTransactions" {
		return nil, nil, fmt.Errorf("xero: kind %q has no allocations", kindName)
	}
	credit, err := o.single(k, id)
	if err != nil {
		return nil, nil, fmt.Errorf("xero: allocate %s %s: %w", kindName, id, err)
	}
	f, err := parseObject(body)
	if err != nil {
		return nil, nil, fmt.Errorf("xero: allocate %s %s: %w", kindName, id, err)
	}
	return credit, f, nil
}

// Deallocate takes an allocation back.
func (o *Organisation) Deallocate(kindName, id, allocationID string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	defer o.publish()
	o.writing()
	credit, _, err := o.creditAndBody(kindName, id, []byte("{}"))
	if err != nil {
		return err
	}
	if _, err := o.deallocate(credit, allocationID); err != nil {
		return fmt.Errorf("xero: deallocate %s %s: %w", kindName, id, err)
	}
	return nil
}

// Read returns an object, by id or number, as a single read shows it.
func (o *Organisation) Read(kindName, id string) ([]byte, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	k := o.kinds[kindName]
	if k == nil {
		return nil, fmt.Errorf("xero: unknown kind %q", kindName)
	}
	r, err := o.single(k, id)
	if err != nil {
		return nil, fmt.Errorf("xero: read %s %s: %w", kindName, id, err)
	}
	return o.shown(r, true, false).bytes(), nil
}

// List returns all objects of a kind with their lines in the order of their
// last update, deleted and voided ones included.
func (o *Organisation) List(kindName string) [][]byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	t := o.tables[kindName]
	if t == nil {
		return nil
	}
	out := make([][]byte, 0, len(t.byID))
	for _, r := range t.all() {
		out = append(out, r.json())
	}
	return out
}
