// Package stripe is a stateful stand-in for Stripe's API, version 2023-10-16,
// over HTTP: accounts with customers, products, prices, payment links,
// checkout sessions, payment intents, charges, refunds, balance transactions,
// payouts and events. It is written from Stripe's public documents alone.
//
// It must not import anything of the product that talks to it, because a
// stand-in that shares code with its client proves nothing; it keeps money in
// integers of Stripe's minor unit and never as a float; it takes clock and
// seed from outside; and where no document says what Stripe does, the README
// lists the choice under "Unknown".
package stripe

// APIVersion is the version in which objects are kept; newer ones are made of it
// (Stripe docs: api/versioning).
const APIVersion = "2023-10-16"
