package quickbooks

import (
	"encoding/json"
	"fmt"
	"strings"

	"tieout/connectors"
	"tieout/receivables"
)

// inactiveSuffix is what QuickBooks appends to the name of an inactive entry of
// a list (recorded: a deactivated account).
const inactiveSuffix = " (deleted)"

// asleep adds the inactive account that has just the proposed name, type and
// currency: that one becomes active again. The undo of a book leaves such ones.
func asleep(n connectors.NewAccount, kind receivables.AccountType, accounts []receivables.Account) connectors.NewAccount {
	for _, a := range accounts {
		if !a.Active && a.Type == kind && (kind == receivables.AccountExpense || a.Currency == n.Currency) &&
			strings.EqualFold(strings.TrimSuffix(a.Name, inactiveSuffix), n.Name) {
			n.Existing = a.ID
			return n
		}
	}
	return n
}

// reactivation makes an inactive entry active again, under the name without
// the suffix. QuickBooks' program offers that for every list ("Make active",
// Intuit help: make an account inactive); of the interface the documents say
// only that Active can be written, and somebody was refused it for a class in
// 2014 (error 6000). It is a full update, so that nothing of the entry is lost.
// The key names the version: QuickBooks would answer a known one with what it
// answered then.
func (s *Session) reactivation(n connectors.NewAccount, op string, r request) (connectors.Write, error) {
	current, err := decode[removable](n.Raw)
	if err != nil || current.ID == "" || current.SyncToken == "" {
		return connectors.Write{}, fmt.Errorf("quickbooks: account: the inactive %q has no body that can be read: %w", n.Name, orSyntax(err))
	}
	field := "Name"
	if r.Entity == "Vendor" {
		field = "DisplayName"
	}
	body, err := echoed(n.Raw, map[string]any{field: n.Name, "Active": true}, "FullyQualifiedName")
	if err != nil {
		return connectors.Write{}, fmt.Errorf("quickbooks: account: make %q active again: %w", n.Name, err)
	}
	key := hashedKey("again", 0, r.Entity, current.ID, current.SyncToken)
	again := request{Entity: r.Entity, Lookup: n.Name, Body: json.RawMessage(body)}
	w := connectors.Write{Op: op, Key: key, Target: refOf(r.Entity, current.ID)}
	w.Body, err = again.encode(key)
	return w, err
}
