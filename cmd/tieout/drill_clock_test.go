package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"
)

// pays settles an open invoice whole, with its number as the reference.
func (d *drill) pays(t *testing.T) {
	t.Helper()
	for _, l := range d.world.ready.Ledgers {
		if l.ID != d.company {
			continue
		}
		for _, v := range d.invoices(t, d.vendor, d.company) {
			digits := strings.Replace(v.Balance, ".", "", 1)
			if !v.open() || len(v.Balance)-strings.Index(v.Balance, ".") != 3 {
				continue // not written with two digits
			}
			d.ask(t, "/stripe/"+l.Stripe+"/pay-direct", fmt.Sprintf(`{"amount":%s,"currency":%q,"description":"invoice %s","name":%q}`,
				digits, strings.ToLower(v.Currency), v.Number, v.Customer))
			return
		}
	}
	t.Fatal("no invoice is open")
}

// open is how many invoices are.
func (d *drill) open(t *testing.T) int {
	t.Helper()
	n := 0
	for _, v := range d.invoices(t, d.vendor, d.company) {
		if v.open() {
			n++
		}
	}
	return n
}

// quiet waits until nothing is due and nothing was read before what happened
// last.
func (d *drill) quiet(t *testing.T) {
	t.Helper()
	eventually(t, "nothing is due", func() bool {
		var all struct {
			Connections []struct{ Due time.Time }
		}
		if text := d.run(t, "", "status", "--json").out; json.Unmarshal([]byte(text), &all) != nil || len(all.Connections) == 0 {
			t.Fatalf("status --json says %s", text)
		}
		for _, c := range all.Connections {
			if !c.Due.After(d.clock.Now()) {
				return false
			}
		}
		return true
	})
}

// TestClockJumps moves the clock of a running program, and of nobody else, three
// days ahead, two hours back, and then to the right time: what is due is done
// each time, nothing twice, and nothing stops silently.
func TestClockJumps(t *testing.T) {
	t.Parallel()
	d := newDrill(t, "quickbooks", "")
	d.setUp(t)
	serve, _ := d.serve(t)
	for _, jump := range []time.Duration{72 * time.Hour, -2 * time.Hour, -70 * time.Hour} {
		d.quiet(t)
		left := d.open(t)
		d.pays(t)
		d.shift(t, d.clock, jump)
		eventually(t, "a payment is booked after a jump of "+jump.String(), func() bool { return d.open(t) < left })
	}
	if code := serve.stop(t, syscall.SIGTERM); code != 0 {
		t.Errorf("ended with %d", code)
	}
	expect(t, "words", serve.words(), []string{`!panic`})
	d.rests(t)
	d.once(t)
}
