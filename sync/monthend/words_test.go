package monthend

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"tieout/books"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

func told(t *testing.T, part string, before, after any) []string {
	t.Helper()
	var texts [2]string
	for i, v := range []any{before, after} {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = string(text)
	}
	w := words{
		accounts: map[string]string{"20": "Stripe clearing USD", "7": "Checking"}, customers: map[string]string{"3": "Ada Pear"},
		invoices: map[string]string{"533": "1195"}, created: map[string]string{"contact/16": "Stripe"}, zone: time.FixedZone("PST", -8*3600),
		destinations: map[string]receivables.Destination{"ba_1": {Name: "Chase", Last4: "6789", Currency: "USD"}},
	}
	var out []string
	for _, n := range w.notes([]Note{{Who: "Ann", Kind: KindSetting, Text: part, Old: texts[0], New: texts[1]}}) {
		if n.Who != "Ann" || n.Kind != KindSetting {
			t.Errorf("the row %+v has lost who or what", n)
		}
		out = append(out, fmt.Sprintf("%s: %s -> %s", n.Text, n.Old, n.New))
	}
	return out
}

// Settings are said with the names of accounts, customers and invoices, amounts
// as amounts and days as days: one row for each that was changed, and no other.
func TestSettingsInWords(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		part          string
		before, after any
		want          string
	}{
		"accounts": {
			"Accounts",
			mapping.Accounts{Fees: "25"},
			mapping.Accounts{Clearing: map[money.Currency]string{"USD": "20"}, Fees: "25", Banks: map[string]string{"*USD": "7", "ba_1": "99", "card_1": "7"}},
			"bank account for payouts in USD:  -> Checking|bank account for payouts to Chase …6789 (USD):  -> account with id 99|bank account for payouts to card card_1:  -> Checking|clearing account USD:  -> Stripe clearing USD",
		},
		"contact":    {"Accounts", mapping.Accounts{}, mapping.Accounts{FeeContact: "16", Method: "4"}, "contact that fees are owed to:  -> Stripe|payment method of receipts:  -> method with id 4"},
		"links off":  {"Settings", books.Settings{Links: true}, books.Settings{}, "payment links on invoices: yes -> no"},
		"exempt":     {"Settings", books.Settings{}, books.Settings{NoLinkCustomers: []string{"3"}}, "customers without links:  -> Ada Pear"},
		"exempt one": {"Settings", books.Settings{}, books.Settings{NoLinkInvoices: []string{"533", "9"}}, "invoices without links:  -> 1195, invoice with id 9"},
		"discount":   {"Settings", books.Settings{}, books.Settings{Discount: books.Discount{Percent: "2", Days: 10}}, "discount for paying early:  -> 2 % within 10 days"},
		"fees":       {"Settings", books.Settings{}, books.Settings{FeeMode: mapping.FeePerPayout}, "one document of fees for each: movement -> payout"},
		"cut-over":   {"CutOver", nil, time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC), "first day of the book (cut-over):  -> 2026-11-22"},
		"payout":     {"From", nil, books.PayoutStart{Payout: "po_1", Made: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)}, "first payout of the book:  -> po_1, made on 2026-11-22"},
		"no payout":  {"From", books.PayoutStart{Payout: "po_1", Made: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)}, nil, "first payout of the book: po_1, made on 2026-11-22 -> "},
		"opening":    {"Opening", nil, map[money.Currency]int64{"EUR": 543064, "JPY": 12}, "opening of the clearing account in EUR:  -> 5430.64 EUR|opening of the clearing account in JPY:  -> 12 JPY"},
		"unknown":    {"Whatever", 1, 2, "Whatever: 1 -> 2"},
		"unreadable": {"Settings", "x", "y", `Settings: "x" -> "y"`},
	} {
		if got := strings.Join(told(t, c.part, c.before, c.after), "|"); got != c.want {
			t.Errorf("%s: %s\nwant %s", name, got, c.want)
		}
	}
	four := words{}.notes([]Note{{Kind: KindControl, Text: "four_eyes", Old: "false", New: "true"}})
	if len(four) != 1 || four[0].Text != "a second person confirms (four eyes)" || four[0].Old != "no" || four[0].New != "yes" {
		t.Errorf("the control is said as %+v", four)
	}
}

// Every field of the settings and of the accounts is said: one that is added
// and has no words fails here.
func TestEveryFieldHasWords(t *testing.T) {
	t.Parallel()
	for part, zero := range map[string]any{"Settings": books.Settings{}, "Accounts": mapping.Accounts{}} {
		kind := reflect.TypeOf(zero)
		for i := range kind.NumField() {
			after := reflect.New(kind).Elem()
			filled(after.Field(i))
			for _, row := range told(t, part, zero, after.Interface()) {
				if strings.HasPrefix(row, part+":") {
					t.Errorf("%s.%s has no words: %s", part, kind.Field(i).Name, row)
				}
			}
		}
	}
}

// filled gives a value something in all that it holds.
func filled(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("2026-01-01")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(3)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		filled(v.Index(0))
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		value := reflect.New(v.Type().Elem()).Elem()
		filled(value)
		v.SetMapIndex(reflect.ValueOf("USD").Convert(v.Type().Key()), value)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)))
			return
		}
		for _, field := range v.Fields() {
			filled(field)
		}
	}
}
