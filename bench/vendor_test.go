package bench

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"time"

	"tieout/internal/clock"
	"tieout/sandbox/quickbooks"
	"tieout/sandbox/stripe"
	"tieout/sandbox/xero"
)

// load is what a vendor's stand-in has to hold: so many invoices and as many
// payments, or for Stripe charges and balance transactions.
type load struct {
	Vendor string
	Pairs  int
}

// served is where a stand-in can be reached, and what it holds.
type served struct {
	URL, ID, Key string
	// Lists are the numbers of objects by list, as the vendor pages them.
	Lists map[string]int
}

const (
	clientID     = "bench"
	clientSecret = "bench-secret"
	stripeKey    = "sk_test_bench"
)

// past is how long ago everything was entered: beyond every overlap that a
// pull reads again.
const past = 100 * 24 * time.Hour

// tick is how many objects are entered in one minute of the stand-in's time,
// so that times of change are spread as in a company that lives.
const tick = 20

// shop is what a vendor's stand-in offers to be filled with.
type shop struct {
	clock *clock.Adjustable
	done  int
}

// each enters n objects in pieces and moves the clock on after each piece.
func (s *shop) each(n int, body func(i int) []byte, create func([][]byte) ([][]byte, error)) ([][]byte, error) {
	made := make([][]byte, 0, n)
	for from := 0; from < n; from += tick {
		bodies := make([][]byte, 0, tick)
		for i := from; i < min(from+tick, n); i++ {
			bodies = append(bodies, body(i))
		}
		out, err := create(bodies)
		if err != nil {
			return nil, err
		}
		made = append(made, out...)
		s.clock.Advance(time.Minute)
		s.done++
	}
	return made, nil
}

// present brings the clock back to the time of the machine.
func (s *shop) present() {
	s.clock.Advance(past - time.Duration(s.done)*time.Minute)
}

// serveVendor is the role of a stand-in: fill it, say where it is, serve
// until the standard input ends. Its limits are off.
func serveVendor(task []byte) error {
	var l load
	if err := json.Unmarshal(task, &l); err != nil {
		return err
	}
	s := &shop{clock: clock.NewAdjustable(clock.System{})}
	s.clock.Advance(-past)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	at := served{URL: "http://" + listener.Addr().String()}
	fill := map[string]func(*served, int) (http.Handler, error){
		"quickbooks": s.quickbooks, "xero": s.xero, "stripe": s.stripe,
	}[l.Vendor]
	handler, err := fill(&at, l.Pairs)
	if err != nil {
		return err
	}
	s.present()
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	if err := say(at); err != nil {
		return err
	}
	untilEnd()
	return server.Close()
}

// customers is how many customers share so many invoices.
func customers(pairs int) int { return max(pairs/50, 1) }

// idOf reads the id of an object that was made.
func idOf(body []byte, member string) (string, error) {
	var all map[string]json.RawMessage
	var id string
	if err := json.Unmarshal(body, &all); err != nil {
		return "", err
	}
	return id, json.Unmarshal(all[member], &id)
}

func idsOf(bodies [][]byte, member string) ([]string, error) {
	ids := make([]string, len(bodies))
	for i, body := range bodies {
		id, err := idOf(body, member)
		if err != nil {
			return nil, err
		}
		ids[i] = id
	}
	return ids, nil
}

func (s *shop) quickbooks(at *served, pairs int) (http.Handler, error) {
	server := quickbooks.New(quickbooks.Options{Clock: s.clock, Seed: 1, ClientID: clientID, ClientSecret: clientSecret})
	server.SetBaseURL(at.URL)
	company, err := server.AddCompany(quickbooks.CompanyOptions{Name: "Bench Ltd"})
	if err != nil {
		return nil, err
	}
	create := func(entity string) func([][]byte) ([][]byte, error) {
		return func(bodies [][]byte) ([][]byte, error) { return company.CreateMany(entity, bodies) }
	}
	made, err := s.each(customers(pairs), func(i int) []byte {
		return fmt.Appendf(nil, `{"DisplayName":"Customer %d","PrimaryEmailAddr":{"Address":"c%d@example.com"}}`, i, i)
	}, create("Customer"))
	if err != nil {
		return nil, err
	}
	buyers, err := idsOf(made, "Id")
	if err != nil {
		return nil, err
	}
	made, err = s.each(pairs, func(i int) []byte {
		return fmt.Appendf(nil, `{"CustomerRef":{"value":%q},"DocNumber":"INV-%06d","BillEmail":{"Address":"c%d@example.com"},`+
			`"CustomerMemo":{"value":"Thank you for your business"},"Line":[`+
			`{"Description":"Consulting, as agreed","Amount":%d.25,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"}}},`+
			`{"Description":"Travel","Amount":40.00,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"}}}]}`,
			buyers[i%len(buyers)], i, i%len(buyers), 100+i%900)
	}, create("Invoice"))
	if err != nil {
		return nil, err
	}
	invoices, err := idsOf(made, "Id")
	if err != nil {
		return nil, err
	}
	_, err = s.each(pairs, func(i int) []byte {
		return fmt.Appendf(nil, `{"CustomerRef":{"value":%q},"TotalAmt":40.00,"PaymentRefNum":"P%d","Line":[{"Amount":40.00,"LinkedTxn":[{"TxnId":%q,"TxnType":"Invoice"}]}]}`,
			buyers[i%len(buyers)], i, invoices[i])
	}, create("Payment"))
	at.ID = company.RealmID()
	at.Lists = map[string]int{}
	for _, entity := range []string{"Customer", "Account", "Invoice", "Payment"} {
		at.Lists[entity] = len(company.List(entity))
	}
	return server, err
}

func (s *shop) xero(at *served, pairs int) (http.Handler, error) {
	server := xero.New(xero.Options{Clock: s.clock, Seed: 1, ClientID: clientID, ClientSecret: clientSecret})
	server.SetBaseURL(at.URL)
	org, err := server.AddOrganisation(xero.OrganisationOptions{Name: "Bench Ltd"})
	if err != nil {
		return nil, err
	}
	create := func(kind string) func([][]byte) ([][]byte, error) {
		return func(bodies [][]byte) ([][]byte, error) { return org.CreateMany(kind, bodies) }
	}
	made, err := s.each(customers(pairs), func(i int) []byte {
		return fmt.Appendf(nil, `{"Name":"Customer %d","EmailAddress":"c%d@example.com"}`, i, i)
	}, create("Contacts"))
	if err != nil {
		return nil, err
	}
	buyers, err := idsOf(made, "ContactID")
	if err != nil {
		return nil, err
	}
	day := s.clock.Now().Format(time.DateOnly)
	made, err = s.each(pairs, func(i int) []byte {
		return fmt.Appendf(nil, `{"Type":"ACCREC","Contact":{"ContactID":%q},"InvoiceNumber":"INV-%06d","Reference":"PO %d","Date":%q,"DueDate":%q,"Status":"AUTHORISED","LineItems":[`+
			`{"Description":"Consulting, as agreed","Quantity":1,"UnitAmount":%d.25,"AccountCode":"200","TaxType":"NONE"},`+
			`{"Description":"Travel","Quantity":2,"UnitAmount":20,"AccountCode":"200","TaxType":"NONE"}]}`,
			buyers[i%len(buyers)], i, i, day, day, 100+i%900)
	}, create("Invoices"))
	if err != nil {
		return nil, err
	}
	invoices, err := idsOf(made, "InvoiceID")
	if err != nil {
		return nil, err
	}
	_, err = s.each(pairs, func(i int) []byte {
		return fmt.Appendf(nil, `{"Invoice":{"InvoiceID":%q},"Account":{"Code":"090"},"Amount":40.00,"Date":%q,"Reference":"P%d"}`, invoices[i], day, i)
	}, create("Payments"))
	at.ID = org.ID()
	at.Lists = map[string]int{}
	for _, kind := range []string{"Contacts", "Invoices", "Payments"} {
		at.Lists[kind] = len(org.List(kind))
	}
	return server, err
}

// stripe fills an account with two years of charges and a payout a day.
func (s *shop) stripe(at *served, pairs int) (http.Handler, error) {
	server := stripe.New(stripe.Options{Clock: s.clock, Seed: 1})
	server.SetBaseURL(at.URL)
	account, err := server.AddAccount(stripe.AccountOptions{SecretKey: stripeKey, Name: "Bench Ltd", DelayDays: 2})
	if err != nil {
		return nil, err
	}
	const days = 720
	first := s.clock.Now().AddDate(0, 0, -days)
	charges := make([]stripe.PastCharge, pairs)
	for i := range charges {
		charges[i] = stripe.PastCharge{
			At: first.Add(time.Duration(i) * (days * 24 * time.Hour / time.Duration(pairs))), Amount: int64(10_025 + i%900*100), Currency: "usd",
			Name: fmt.Sprintf("Customer %d", i%customers(pairs)), Email: fmt.Sprintf("c%d@example.com", i%customers(pairs)),
			Description: fmt.Sprintf("Payment for INV-%06d", i), Metadata: map[string]string{"order": fmt.Sprint(i)},
		}
	}
	var payouts []time.Time
	for d := range days {
		payouts = append(payouts, first.AddDate(0, 0, d).Add(6*time.Hour))
	}
	history, err := account.LoadHistory(charges, payouts)
	at.Key = stripeKey
	at.Lists = map[string]int{
		"charges": len(history.Charges), "payouts": len(history.Payouts), "balance_transactions": len(history.Charges) + len(history.Payouts),
	}
	return server, err
}
