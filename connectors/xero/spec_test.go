package xero

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

func specification(t *testing.T) *openapi3.T {
	t.Helper()
	spec, err := openapi3.NewLoader().LoadFromFile(data(t, "xero_accounting.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	spec.Servers = openapi3.Servers{{URL: "https://api.xero.com/api.xro/2.0"}}
	return spec
}

// checked validates a request against the specification. Security is left
// out: the specification lists only the scopes of before 2026.
func checked(t *testing.T, router routers.Router, method, path string, query url.Values, body []byte) error {
	t.Helper()
	address := "https://api.xero.com" + apiPath + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	request, err := http.NewRequestWithContext(context.Background(), method, address, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("xero-tenant-id", "11111111-1111-4111-8111-111111111111")
	route, params, err := router.FindRoute(request)
	if err != nil {
		return err
	}
	return openapi3filter.ValidateRequest(context.Background(), &openapi3filter.RequestValidationInput{
		Request: request, PathParams: params, Route: route,
		Options: &openapi3filter.Options{
			SkipSettingDefaults: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
		},
	})
}

// allWrites is one write of each kind.
func allWrites(t *testing.T) []connectors.Write {
	t.Helper()
	const guid = "22222222-2222-4222-8222-22222222222"
	s := New(Config{}).Open(connectors.Access{}).(*session)
	var writes []connectors.Write
	add := func(w connectors.Write, err error) {
		if err != nil {
			t.Fatal(err)
		}
		writes = append(writes, w)
	}
	for _, b := range []mapping.Booking{
		{
			Kind: receivables.DocumentReceipt, Currency: "USD", Date: "2026-05-01", To: guid + "1", Source: "ch_1",
			Parts: []mapping.Part{{Movement: "m", Purpose: mapping.PurposeReceipt, Target: guid + "2", Amount: 12345}},
		},
		{
			Kind: receivables.DocumentExpense, Currency: "USD", Date: "2026-05-01", From: guid + "1", To: guid + "3", Source: "ch_1", Contact: guid + "4",
			Parts: []mapping.Part{{Movement: "m", Purpose: mapping.PurposeFee, Amount: 389}},
		},
		{
			Kind: receivables.DocumentExpense, Currency: "JPY", Date: "2026-05-01", From: guid + "1", To: guid + "3", Source: "ch_2",
			Parts: []mapping.Part{{Movement: "m2", Purpose: mapping.PurposeFee, Amount: -389}},
		},
		{
			Kind: receivables.DocumentTransfer, Currency: "USD", Date: "2026-05-01", From: guid + "1", To: guid + "5", Source: "po_1",
			Parts: []mapping.Part{{Movement: "m3", Purpose: mapping.PurposePayout, Amount: -700}},
		},
	} {
		b.Book = "b"
		lowered, err := s.Lower(b, 0)
		if err != nil || len(lowered) != 1 {
			t.Fatalf("%s: %d writes, %v", b.Kind, len(lowered), err)
		}
		writes = append(writes, lowered...)
	}
	for _, n := range []connectors.NewAccount{
		{Use: "clearing", Name: "Stripe USD", Currency: "USD"},
		{Use: "bank", Name: "Bank EUR", Currency: "EUR"},
		{Use: "fees", Name: "Stripe Fees"},
		{Use: "returned", Name: "Returned payments"},
		{Use: "disputes", Name: "Stripe disputes", Currency: "USD"},
		{Use: "contact", Name: "Stripe"},
	} {
		add(s.LowerAccount(n))
	}
	creditWrites(t, s, guid, add)
	home := New(Config{}).Open(connectors.Access{Home: "USD"}).(*session)
	settled, err := home.Lower(settledBooking(guid+"2", guid+"1", 100_007, 113_579), 0)
	if err != nil {
		t.Fatal(err)
	}
	add(settled[0], nil)
	rated := mapping.Booking{
		Book: "b", Kind: receivables.DocumentInvoice, Currency: "EUR", Rate: "0.913507", Date: "2026-05-01", CustomerID: guid + "4", Source: "py_1",
		Lines: []mapping.BookingLine{{Account: guid + "3", Amount: 5}}, Parts: []mapping.Part{{Movement: "m9", Purpose: mapping.PurposeReopen, Amount: 5}},
	}
	invoices, err := home.Lower(rated, 0)
	if err != nil {
		t.Fatal(err)
	}
	add(invoices[0], nil)
	w, needed, _, err := s.LowerLink(connectors.LinkChange{
		Invoice: receivables.Invoice{ID: guid + "6"}, URL: "https://pay.example.com/1", OnDocument: true,
		Raw: []byte(`{"InvoiceID":"` + guid + `6","Type":"ACCREC","Status":"AUTHORISED","LineAmountTypes":"Exclusive","Total":10,"AmountDue":10,"CurrencyRate":0.91,
			"UpdatedDateUTC":"/Date(1777000000000+0000)/","LineItems":[{"LineItemID":"` + guid + `7","Description":"x","Quantity":1,"UnitAmount":10.0000,
			"LineAmount":10.00,"TaxAmount":0.00,"TaxType":"NONE","AccountCode":"200","DiscountRate":0,"Tracking":[{"TrackingCategoryID":"` + guid + `8","TrackingOptionID":"` + guid + `9","Name":"Region","Option":"North"}]}]}`),
	})
	if !needed {
		t.Fatal("no link is needed")
	}
	add(w, err)
	return writes
}

// creditWrites are those of received money without an invoice, of batches and
// of credits.
func creditWrites(t *testing.T, s *session, guid string, add func(connectors.Write, error)) {
	t.Helper()
	b := mapping.Booking{
		Book: "b", Kind: receivables.DocumentReceipt, Currency: "USD", Date: "2026-05-01", To: guid + "1", CustomerID: guid + "4", Source: "ch_2",
		Parts: []mapping.Part{{Movement: "m5", Purpose: mapping.PurposeReceipt, Amount: 700}},
	}
	for _, owed := range []string{"", guid + "3"} {
		b.From = owed
		lowered, err := s.Lower(b, 0)
		if err != nil || len(lowered) != 1 {
			t.Fatalf("%d writes, %v", len(lowered), err)
		}
		add(lowered[0], nil)
	}
	b.Kind, b.Source = receivables.DocumentDeposit, "po_1"
	b.Parts = []mapping.Part{{Movement: "m6", Purpose: mapping.PurposeReceipt, Target: guid + "2", Amount: 700}, {Movement: "m7", Purpose: mapping.PurposeReceipt, Target: guid + "5", Amount: 1}}
	lowered, err := s.Lower(b, 0)
	if err != nil || len(lowered) != 1 {
		t.Fatalf("%d writes, %v", len(lowered), err)
	}
	add(lowered[0], nil)
	b.From = guid + "1"
	for _, kind := range []receivables.CreditKind{receivables.CreditNote, receivables.CreditOverpaid, receivables.CreditPrepaid} {
		credit := receivables.Credit{ID: guid + "0", Kind: kind, Currency: "USD"}
		add(s.LowerAllocation(connectors.CreditAllocation{Credit: credit, InvoiceID: guid + "2", Amount: 5, Date: "2026-05-01"}))
		add(s.LowerRelease(credit.Ref(), kind, guid+"9", 0))
		add(s.LowerRefund(b, credit.Ref(), kind, 0))
	}
}

func TestEveryWriteKeepsToTheSpecification(t *testing.T) {
	t.Parallel()
	spec := specification(t)
	router, err := gorillamux.NewRouter(spec)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range allWrites(t) {
		request, err := unseal(w)
		if err != nil {
			t.Fatal(err)
		}
		if err := checked(t, router, request.Method, request.Path, request.Query, request.Body); err != nil {
			t.Errorf("%s: %v\n%s", w.Op, err, request.Body)
		}
		if query, paged := searchQuery(w, request, 1); paged && w.Marker != "" {
			if err := checked(t, router, http.MethodGet, request.Path, query, nil); err != nil {
				t.Errorf("find %s: %v", w.Op, err)
			}
		}
		if request.Body != nil {
			unknownKeys(t, spec, w.Op, request)
		}
	}
	const id = "22222222-2222-4222-8222-222222222220"
	if err := checked(t, router, http.MethodGet, "Invoices", versionsOf([]string{id, id}), nil); err != nil {
		t.Errorf("versions: %v", err)
	}
	if err := checked(t, router, http.MethodGet, "Payments", paymentsQuery([]string{id, id}), nil); err != nil {
		t.Errorf("payments of invoices: %v", err)
	}
	for _, st := range streams() {
		for _, byID := range []bool{false, st.id != ""} {
			if err := checked(t, router, http.MethodGet, st.path, st.call("x", cursor{Page: 1}, byID).query, nil); err != nil {
				t.Errorf("list %s: %v", st.name, err)
			}
		}
	}
}

// unknownKeys compares the keys of the body with the schema's: the
// specification forbids no others, but Xero ignores them silently.
func unknownKeys(t *testing.T, spec *openapi3.T, op string, request wireWrite) {
	t.Helper()
	var list map[string][]map[string]json.RawMessage
	if err := json.Unmarshal(request.Body, &list); err != nil {
		t.Fatal(err)
	}
	schema := spec.Components.Schemas[strings.TrimSuffix(request.Plural, "s")].Value
	for _, element := range list[request.Plural] {
		for key := range element {
			if schema.Properties[key] == nil {
				t.Errorf("%s: the specification knows no %s", op, key)
			}
		}
	}
}

func TestWritesAreStableAndMarked(t *testing.T) {
	t.Parallel()
	first, second := allWrites(t), allWrites(t)
	for i, w := range first {
		if w.Key != second[i].Key || !bytes.Equal(w.Body, second[i].Body) {
			t.Errorf("%s is not the same twice", w.Op)
		}
		if len(w.Key) == 0 || len(w.Key) > maxKey {
			t.Errorf("%s: a key of %d characters", w.Op, len(w.Key))
		}
		if w.Marker == "" {
			continue
		}
		request, _ := unseal(w)
		if w.Op == opDeposit { // its payments carry the markers of their parts
			continue
		}
		if ref := referenceOf(request); !strings.HasPrefix(ref, w.Marker+" ") || len(ref) > maxReference {
			t.Errorf("%s: reference %q", w.Op, ref)
		}
	}
	bodies := map[int]string{1: `"Type":"SPEND"`, 2: `"Type":"RECEIVE"`, 3: `"FromBankAccount":{"AccountID":"22222222-2222-4222-8222-222222222225"}`}
	for i, want := range bodies {
		request, _ := unseal(first[i])
		if !strings.Contains(string(request.Body), want) {
			t.Errorf("write %d lacks %s: %s", i, want, request.Body)
		}
	}
	link, _ := unseal(first[len(first)-1])
	for _, want := range []string{
		`"TaxAmount":0.00`, `"UnitAmount":10.0000`, `"LineAmountTypes":"Exclusive"`, `"CurrencyRate":0.91`, `"AccountCode":"200"`, `"TrackingOptionID"`,
	} {
		if !strings.Contains(string(link.Body), want) {
			t.Errorf("the lines go back without %s: %s", want, link.Body)
		}
	}
	if strings.Contains(string(link.Body), "LineAmount\"") || strings.Contains(string(link.Body), "DiscountRate") {
		t.Errorf("the lines go back with computed fields: %s", link.Body)
	}
	request, _ := unseal(first[2])
	if !strings.Contains(string(request.Body), `"UnitAmount":389,`) {
		t.Errorf("yen are not written whole: %s", request.Body)
	}
}

func TestBookingsThatCannotBeLowered(t *testing.T) {
	t.Parallel()
	s := New(Config{}).Open(connectors.Access{}).(*session)
	part := mapping.Part{Movement: "m", Purpose: mapping.PurposeReceipt, Target: "i", Amount: 5}
	good := mapping.Booking{Kind: receivables.DocumentReceipt, Currency: "USD", Date: "2026-05-01", To: "a", Parts: []mapping.Part{part}}
	if _, err := s.Lower(good, 0); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*mapping.Booking){
		"no parts":     func(b *mapping.Booking) { b.Parts = nil },
		"no date":      func(b *mapping.Booking) { b.Date = "" },
		"no currency":  func(b *mapping.Booking) { b.Currency = "ZZZ" },
		"no account":   func(b *mapping.Booking) { b.To = "" },
		"no invoice":   func(b *mapping.Booking) { b.Parts = []mapping.Part{{Movement: "m", Amount: 5}} },
		"nothing":      func(b *mapping.Booking) { b.Parts = []mapping.Part{{Movement: "m", Target: "i"}} },
		"another kind": func(b *mapping.Booking) { b.Kind = receivables.DocumentJournal },
		"no expense":   func(b *mapping.Booking) { b.Kind = receivables.DocumentExpense },
		"to itself":    func(b *mapping.Booking) { b.Kind, b.From = receivables.DocumentTransfer, "a" },
	} {
		b := good
		spoil(&b)
		if w, err := s.Lower(b, 0); err == nil {
			t.Errorf("%s: lowered to %d writes", name, len(w))
		}
	}
}

func TestAccountsAreDetected(t *testing.T) {
	t.Parallel()
	s := New(Config{}).Open(connectors.Access{Home: "USD"}).(*session)
	account := func(id, name string, kind receivables.AccountType, c money.Currency) receivables.Account {
		return receivables.Account{ID: id, Code: id, Name: name, Type: kind, Currency: c, Active: true}
	}
	closed := account("0", "Stripe USD", receivables.AccountBank, "USD")
	closed.Active = false
	plan := s.DetectAccounts([]receivables.Account{
		closed,
		account("1", "Stripe clearing", receivables.AccountBank, "USD"),
		account("2", "Main bank", receivables.AccountBank, "USD"),
		account("3", "EUR one", receivables.AccountBank, "EUR"), account("4", "EUR two", receivables.AccountBank, "EUR"),
		account("5", "Stripe costs", receivables.AccountExpense, ""),
		account("6", "Returned Payments", receivables.AccountAsset, ""), account("7", "Stripe Disputes EUR", receivables.AccountAsset, ""),
		account("8", "Stripe disputes GBP", receivables.AccountExpense, ""),
	}, connectors.AccountNeeds{
		Currencies: []money.Currency{"USD", "EUR", "GBP"}, Destinations: map[string]money.Currency{"ba_1": "USD", "ba_2": "EUR", "card_1": "USD"},
	})
	if plan.Accounts.Clearing["USD"] != "1" || plan.Accounts.Fees != "5" || len(plan.Accounts.Banks) != 1 || plan.Accounts.Banks["*USD"] != "2" {
		t.Errorf("accounts %+v", plan.Accounts)
	}
	if bank, ok := plan.Accounts.Bank("card_1", "USD"); ok {
		t.Errorf("payouts to a card go to %s, and nobody has said so", bank)
	}
	var create []string
	for _, n := range plan.Create {
		create = append(create, n.Use+" "+n.Name)
	}
	want := []string{"clearing Stripe EUR", "clearing Stripe GBP", "disputes Stripe disputes GBP", "disputes Stripe disputes", "contact Stripe"}
	if !slices.Equal(create, want) {
		t.Errorf("create %q, want %q", create, want)
	}
	if a := plan.Accounts; a.Returned != "6" || a.Disputes["EUR"] != "7" || len(a.Disputes) != 1 || a.TopUps["USD"] != "2" || len(a.TopUps) != 1 || a.Receivable != nil {
		t.Errorf("accounts %+v", a)
	}
	if len(plan.Missing) != 2 || !strings.Contains(plan.Missing[0].Text, "2 bank accounts in EUR") || !strings.Contains(plan.Missing[1].Text, "no bank account in GBP") {
		t.Errorf("missing %q", plan.Missing)
	}
}
