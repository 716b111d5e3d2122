package stripe

// payments are the shelves of an account's saved ways to pay, set-ups and
// webhook endpoints.
type payments struct {
	methods, setups, mandates, endpoints, warnings, tokens, attempts *shelf
}

func newPayments() payments {
	return payments{
		methods: newShelf("PaymentMethod"), setups: newShelf("setupintent"), mandates: newShelf("mandate"),
		endpoints: newShelf("webhook endpoint"), warnings: newShelf("early fraud warning"), tokens: newShelf("token"), attempts: newShelf("setup attempt"),
	}
}
