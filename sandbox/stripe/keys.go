package stripe

import (
	"fmt"
	"net/http"
	"strings"

	"tieout/sandbox/oauth"
)

// secondKey is a key besides an account's own: restricted, or the access token
// that a platform got by OAuth.
type secondKey struct {
	account     *Account
	permissions map[string]bool // nil: everything; names without the rak_ prefix
	platform    string          // that holds the access token
}

// AddRestrictedKey lets a key (rk_test_..., rk_live_...) do on an account what
// the permissions say: names such as charge_read or rak_customer_write.
// Writing includes reading.
func (s *Server) AddRestrictedKey(account, key string, permissions []string) error {
	a := s.Account(account)
	if a == nil {
		return fmt.Errorf("stripe: restricted key: no account %s", account)
	}
	if !strings.HasPrefix(key, "rk_") {
		return fmt.Errorf("stripe: restricted key of %s: it begins with rk_test_ or rk_live_", account)
	}
	set := map[string]bool{}
	for _, p := range permissions {
		p = strings.TrimPrefix(p, "rak_")
		if name, write := strings.CutSuffix(p, "_write"); write {
			set[name+"_read"] = true
		} else if !strings.HasSuffix(p, "_read") {
			return fmt.Errorf("stripe: restricted key of %s: permission %q ends neither with _read nor with _write", account, p)
		}
		set[p] = true
	}
	return s.addKey(key, secondKey{account: a, permissions: set})
}

func (s *Server) addKey(key string, k secondKey) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := s.keys[key]; taken || s.accounts[key] != nil {
		return fmt.Errorf("stripe: key %s is in use already", maskKey(key))
	}
	s.keys[key] = k
	return nil
}

// RevokeKey makes a key useless from now on, as rolling it in the Dashboard
// does. The account lives on; an account's own key can be revoked too.
func (s *Server) RevokeKey(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.keys, key)
	s.revoked[key] = true
}

// caller is who sends a request.
type caller struct {
	key         string
	account     *Account // the key's own
	permissions map[string]bool
}

// identify finds the account of the key, sent as Bearer or as the user name of
// Basic authentication (Stripe docs: api/authentication).
func (s *Server) identify(r *http.Request) (caller, *Error) {
	key, ok := oauth.Bearer(r)
	if !ok {
		key, _, _ = r.BasicAuth()
	}
	key = strings.TrimSpace(key)
	s.mu.RLock()
	defer s.mu.RUnlock()
	switch k, second := s.keys[key]; {
	case s.revoked[key]:
		return caller{}, expiredKey(key)
	case second:
		return caller{key: key, account: k.account, permissions: k.permissions}, nil
	case s.accounts[key] != nil:
		return caller{key: key, account: s.accounts[key]}, nil
	case strings.HasPrefix(key, "pk_"):
		return caller{}, secretKeyRequired()
	}
	return caller{}, unauthorised(key)
}

func expiredKey(key string) *Error {
	e := &Error{Status: http.StatusUnauthorized, Type: typeInvalidRequest, Code: "api_key_expired", DocURL: docURL("api_key_expired")}
	e.Message = "Expired API Key provided: " + maskKey(key)
	return e
}

func secretKeyRequired() *Error {
	e := invalid("secret_key_required", "", "This API call cannot be made with a publishable API key. Please use a secret API key. "+
		"You can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.")
	e.Status = http.StatusForbidden
	return e
}

// reach is the account that a request is about: the key's own, or the one of
// Stripe-Account, which must be connected to it (Stripe docs:
// connect/authentication).
func (s *Server) reach(c caller, r *http.Request) (*Account, *Error) {
	id := r.Header.Get("Stripe-Account")
	if id == "" || id == c.account.opts.ID {
		return c.account, nil
	}
	if a := s.Account(id); a != nil && s.subscriptions.connected(id, c.account.opts.ID) {
		return a, nil
	}
	return nil, noAccess(c.key, id)
}

func noAccess(key, id string) *Error {
	e := invalid("account_invalid", "", "The provided key '%s' does not have access to account '%s' (or that account does not exist). "+
		"Application access may have been revoked.", maskKey(key), id)
	e.Status = http.StatusForbidden
	return e
}

// permit refuses what a restricted key may not do (Stripe docs:
// keys/permissions-reference; wording as reported in public issue threads).
func (c caller) permit(r *http.Request, account string) *Error {
	if c.permissions == nil {
		return nil
	}
	need := permissionOf(r.Method, r.URL.Path)
	if c.permissions[need] {
		return nil
	}
	return &Error{
		Status: http.StatusForbidden, Type: typeInvalidRequest,
		Message: "The provided key '" + maskKey(c.key) + "' does not have the required permissions for this endpoint on account '" + account +
			"'. Having the 'rak_" + need + "' permission would allow this request to continue.",
	}
}

// permissionOf is the permission of an operation, without rak_. Refunds lie
// under charges, prices under plans (Stripe docs: security/permissions, "Balance
// transaction source", "Charge"; names seen in error messages).
func permissionOf(method, path string) string {
	parts := strings.Split(strings.TrimPrefix(path, "/v1/"), "/")
	word := map[string]string{
		"account": "connected_account", "accounts": "connected_account", "account_links": "account_link", "balance": "balance",
		"balance_transactions": "balance_transaction_source", "charges": "charge", "checkout": "checkout_session", "credit_notes": "credit_note",
		"customers": "customer", "disputes": "dispute", "events": "event", "invoiceitems": "invoice", "invoices": "invoice",
		"invoice_payments": "invoice", "mandates": "mandate", "payment_intents": "payment_intent", "payment_links": "payment_links",
		"payment_methods": "payment_method", "payouts": "payout", "prices": "plan", "products": "product", "radar": "charge",
		"refunds": "charge", "setup_intents": "setup_intent", "setup_attempts": "setup_intent", "tokens": "token", "webhook_endpoints": "webhook",
	}[parts[0]]
	if word == "" {
		word = strings.TrimSuffix(parts[0], "s")
	}
	if parts[0] == "customers" && len(parts) > 2 && parts[2] == "payment_methods" {
		word = "payment_method"
	}
	if parts[0] == "balance" && len(parts) > 1 {
		word = "balance_transaction_source"
	}
	if method == http.MethodGet {
		return word + "_read"
	}
	return word + "_write"
}
