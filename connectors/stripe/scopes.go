package stripe

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	api "github.com/stripe/stripe-go/v76"

	"tieout/connectors"
)

// probe is a permission with the read that shows whether a key has it.
type probe struct {
	connectors.Scope
	path string
	// single marks an object instead of a list.
	single bool
}

// probes are the permissions that Tieout needs, under the names that Stripe's
// page for restricted keys shows, with the identifiers that its errors name
// (stripe docs: keys/permissions-reference, stripe-apps/reference/permissions).
// Write contains Read. Refunds belong to Charges and have no row of their own.
func probes() []probe {
	const read, write = "Read", "Write"
	list := func(name, access, id, path string) probe {
		return probe{Scope: connectors.Scope{Name: name, Access: access, ID: id}, path: path}
	}
	single := func(name, access, id, path string) probe {
		p := list(name, access, id, path)
		p.single = true
		return p
	}
	return []probe{
		single("Account", read, "connected_account_read", "/v1/account"),
		single("Balance", read, "balance_read", "/v1/balance"),
		list("Balance transaction sources", read, "balance_transaction_source_read", "/v1/balance_transactions"),
		list("Charges and Refunds", read, "charge_read", "/v1/charges"),
		list("Customers", read, "customer_read", "/v1/customers"),
		list("Disputes", read, "dispute_read", "/v1/disputes"),
		list("Events", read, "event_read", "/v1/events"),
		list("Payouts", read, "payout_read", "/v1/payouts"),
		list("Invoices", read, "invoice_read", "/v1/invoices"),
		list("Credit notes", read, "credit_note_read", "/v1/credit_notes"),
		list("Checkout Sessions", write, "checkout_session_write", "/v1/checkout/sessions"),
		list("Payment Links", write, "payment_links_write", "/v1/payment_links"),
		list("Products", write, "product_write", "/v1/products"),
		list("Prices", write, "plan_write", "/v1/prices"),
	}
}

// Scopes are the permissions of a restricted key.
func (v *Vendor) Scopes() []connectors.Scope {
	list := probes()
	out := make([]connectors.Scope, len(list))
	for i, p := range list {
		out[i] = p.Scope
	}
	return out
}

// Unrestricted is true for secret keys, which may do anything in the account
// (stripe docs: keys).
func (v *Vendor) Unrestricted(key string) bool { return strings.HasPrefix(key, "sk_") }

// MissingScopes makes one read for each permission, of one object at most. A
// refusal for another reason ends it.
func (s *session) MissingScopes(ctx context.Context) ([]connectors.Scope, error) {
	var missing []connectors.Scope
	for _, p := range probes() {
		err := s.try(ctx, p)
		f, refused := connectors.AsFailure(err)
		switch {
		case err == nil:
		case refused && f.Class == connectors.ClassReconnect && forbidden(f):
			missing = append(missing, p.Scope)
		default:
			return nil, err
		}
	}
	return missing, nil
}

func (s *session) try(ctx context.Context, p probe) error {
	path := p.path
	if !p.single {
		path += "?" + url.Values{"limit": {"1"}}.Encode()
	}
	_, err := s.get(ctx, "try permission "+p.ID, path)
	return err
}

// forbidden says whether a refusal is for want of a permission: not for an
// account that the key does not reach at all, nor for a key that is not one.
func forbidden(f *connectors.Failure) bool {
	e, ok := errors.AsType[*api.Error](f.Err)
	return ok && e.HTTPStatusCode == http.StatusForbidden && e.Code != api.ErrorCodeAccountInvalid
}
