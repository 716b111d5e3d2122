package sandbox

import (
	"strings"
	"testing"
)

func TestReadConfig(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"empty", `{}`, ""},
		{"ports and seed", `{"quickbooks":{"listen":"127.0.0.1:9001"},"seed":7,"invoices":20,"limits":"vendor"}`, ""},
		{"everything", `{"quickbooks":{"listen":"127.0.0.1:9701","client_id":"a","client_secret":"b","redirect_uris":["http://127.0.0.1:9499/qbo/callback"],
			"webhook":{"url":"http://127.0.0.1:9712/qbo","verifier":"k"},"limits":"off","seed":8,"invoices":10,"data":"x"},
			"xero":{"listen":"127.0.0.1:9702","client_id":"c","client_secret":"d","webhook":{"url":"http://127.0.0.1:9711/xero","key":"k"},"data":["x","y"]},
			"stripe":{"listen":"127.0.0.1:9703","accounts":[{"secret_key":"sk_test_x"},{"secret_key":"sk_test_y"}]},
			"control":{"listen":"127.0.0.1:9704"},"limits":"vendor","seed":7,"invoices":300,"no_history":true}`, ""},
		{"only Stripe", `{"stripe":{"secret_key":"sk_test_x"}}`, ""},
		{"no invoices", `{"invoices":0}`, ""},
		{"unknown name", `{"quickbook":{}}`, "unknown field"},
		{"unknown name inside", `{"xero":{"webhook":{"secret":"k"}}}`, "unknown field"},
		{"not JSON", `{`, "ends too early"},
		{"not an object", `[]`, "JSON object, not an array"},
		{"an empty file", " \n", "empty"},
		{"a list", `{"xero":{"redirect_uris":"http://127.0.0.1/cb"}}`, "xero.redirect_uris: a string is not"},
		{"an account in full", `{"stripe":{"secret_key":"sk_test_x","api_version":"2025-01-27.acacia","payouts":"manual","bank_numbers":{"usd":"000111111116"},
			"restricted_keys":[{"key":"rk_test_1","permissions":["charge_read"]}],"accounts":[{"secret_key":"sk_test_y","payouts":"daily"}]}}`, ""},
		{"payouts", `{"stripe":{"payouts":"weekly"}}`, "stripe.payouts"},
		{"an account's payouts", `{"stripe":{"accounts":[{"secret_key":"k","payouts":"weekly"}]}}`, "stripe.accounts[0].payouts"},
		{"a restricted key", `{"stripe":{"restricted_keys":[{"key":"sk_test_1"}]}}`, "rk_test_"},
		{"a tier", `{"xero":{"tier":"plus","payment_services":true}}`, ""},
		{"no tier", `{"xero":{"tier":"gold"}}`, "xero.tier"},
		{"Intuit's tier", `{"quickbooks":{"tier":"plus"}}`, "are Xero's"},
		{"two values", `{} {}`, "more than one"},
		{"wrong type", `{"seed":"x"}`, "seed"},
		{"data", `{"data":7}`, "data"},
		{"no vendor", `{"stripe":{},"xero":null}`, "no vendor"},
		{"one port twice", `{"xero":{"listen":"127.0.0.1:9001"},"stripe":{"listen":"127.0.0.1:9001"}}`, "port of its own"},
		{"limits", `{"limits":"some"}`, "vendor or off"},
		{"a vendor's limits", `{"xero":{"limits":"some"}}`, "xero.limits"},
		{"negative", `{"invoices":-3}`, "0 or more"},
		{"no port", `{"control":{"listen":"localhost"}}`, "control.listen"},
		{"redirect", `{"xero":{"redirect_uris":["/cb"]}}`, "absolute"},
		{"hook without key", `{"xero":{"webhook":{"url":"http://127.0.0.1/x"}}}`, "both url and key"},
		{"hook of the other vendor", `{"quickbooks":{"webhook":{"url":"http://127.0.0.1/x","key":"k"}}}`, "named verifier"},
		{"hook address", `{"quickbooks":{"webhook":{"url":"localhost","verifier":"k"}}}`, "http or https"},
		{"a public application", `{"xero":{"public":true}}`, ""},
		{"with a secret", `{"xero":{"public":true,"client_secret":"s"}}`, "no client_secret"},
		{"Intuit's", `{"quickbooks":{"public":true}}`, "have a secret"},
		{"one key twice", `{"stripe":{"accounts":[{"secret_key":"a"},{"secret_key":"a"}]}}`, "twice"},
		{"no key", `{"stripe":{"accounts":[{}]}}`, "no secret_key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := ReadConfig(strings.NewReader(tt.in))
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestWhatAFileServes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in                       string
		quickbooks, xero, stripe bool
	}{
		{`{"seed":3}`, true, true, true},
		{`{"stripe":{"secret_key":"sk_test_x"}}`, false, false, true},
		{`{"xero":{"client_id":"c"},"quickbooks":{}}`, false, true, false},
	} {
		got, err := ReadConfig(strings.NewReader(c.in))
		if err != nil || got.QuickBooks.Off == c.quickbooks || got.Xero.Off == c.xero || got.Stripe.Off == c.stripe {
			t.Errorf("%s: off %t %t %t, %v", c.in, got.QuickBooks.Off, got.Xero.Off, got.Stripe.Off, err)
		}
	}
}

func TestVendorsOverrideTheWhole(t *testing.T) {
	t.Parallel()
	c, err := ReadConfig(strings.NewReader(`{"quickbooks":{"seed":8,"invoices":0,"limits":"off"},"xero":{"client_id":"c"},"stripe":{"accounts":[{"secret_key":"a"},{"secret_key":"b"}]},"seed":7,"invoices":9,"limits":"vendor"}`))
	if err != nil {
		t.Fatal(err)
	}
	if q := c.QuickBooks; q.Seed != 8 || q.Invoices != None || q.Limits != limitsOff {
		t.Errorf("quickbooks %+v", q)
	}
	if x := c.Xero; x.Seed != 7 || x.Invoices != 9 || x.Limits != limitsVendor {
		t.Errorf("xero %+v", x)
	}
	if s := c.Stripe; s.key(0) != "a" || s.key(1) != "b" || len(s.own(2)) != 0 || len(s.own(1)) != 1 {
		t.Errorf("stripe keys %q %q, own %v", s.key(0), s.key(1), s.own(1))
	}
}
