package pushtest_test

import (
	"time"

	"tieout/connectors"
	"tieout/connectors/stripe"
	standin "tieout/sandbox/stripe"
)

// stripeSide is Stripe's stand-in with one account.
func stripeSide(b *bench) side {
	const key = "sk_test_ofthefaultpoints"
	server := standin.New(standin.Options{Clock: b.clock, Seed: 7})
	server.SetBaseURL(base)
	account, err := server.AddAccount(standin.AccountOptions{SecretKey: key, Name: "Pear Tree Joinery", DefaultCurrency: "usd", TimeZone: "UTC"})
	b.must(err)
	return side{
		box: server, vendor: stripe.New(stripe.Config{BaseURL: base}), company: account.ID(), token: func(*bench) string { return key },
		dump: func() any { return account.Dump() },
		opened: func(url string) {
			_, err := account.OpenLink(url)
			b.must(err)
		},
	}
}

// processorWrites are all that is written to Stripe. Pages of the pay page are
// opened at once, not through the outbox.
func processorWrites() []written {
	link := func(b *bench) connectors.Write {
		w, _, why, err := b.session.(connectors.Processor).LowerPaymentLink(connectors.PaymentLink{
			Book: bookID, InvoiceID: "inv-77", Number: "INV-1001", Title: "Invoice INV-1001", Amount: 12_345, Currency: "USD", Generation: 1,
		})
		b.must(err)
		if why != "" {
			b.Fatal(why)
		}
		return w
	}
	return []written{
		{name: "payment link", bare: true, plan: func(b *bench) []connectors.Write { return []connectors.Write{link(b)} }},
		{name: "payment link ended", bare: true, plan: func(b *bench) []connectors.Write {
			made := b.send(link(b))
			b.opened(made.URL) // somebody is looking at it
			w, err := b.session.(connectors.Processor).LowerDeactivate(made.Ref.ID, 1)
			b.must(err)
			return []connectors.Write{w}
		}},
		{name: "page ended", bare: true, plan: func(b *bench) []connectors.Write {
			pages := b.session.(connectors.Checkouter)
			page, err := pages.OpenCheckout(b.Context(), connectors.CheckoutOrder{
				Key: "page-1", Book: bookID, Shares: []connectors.CheckoutShare{{Invoice: "inv-77", Number: "INV-1001", Amount: 12_345}}, Title: "Invoice INV-1001",
				Currency: "USD", Done: "https://pay.example.com/done", Back: "https://pay.example.com/", Until: begin.Add(time.Hour),
			})
			b.must(err)
			w, err := pages.LowerExpire(page.ID)
			b.must(err)
			return []connectors.Write{w}
		}},
	}
}
