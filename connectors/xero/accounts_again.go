package xero

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"tieout/connectors"
	"tieout/receivables"
)

// asleep adds the archived account that has just the proposed name, type and
// currency: that one becomes active again. The undo of a book leaves such ones.
func asleep(n connectors.NewAccount, kind receivables.AccountType, accounts []receivables.Account) connectors.NewAccount {
	for _, a := range accounts {
		if !a.Active && a.Type == kind && (kind != receivables.AccountBank || a.Currency == n.Currency) &&
			strings.EqualFold(strings.TrimSpace(a.Name), n.Name) {
			n.Existing = a.ID
			return n
		}
	}
	return n
}

// lowerAgain makes an archived account or contact active again, by its status
// and nothing else, as it was archived. Xero's program restores both at any
// time, a contact as long as no other has its name (Xero Central: archive an
// account, restore a contact). Of the interface the documents say only that an
// account can go from ACTIVE to ARCHIVED (Xero docs: accounting/accounts,
// Status). The key is new for each version of the object.
func lowerAgain(n connectors.NewAccount) (connectors.Write, error) {
	d, err := decode[removable](n.Raw)
	w := connectors.Write{Op: opAccount, Target: receivables.Ref{Kind: receivables.KindAccount, ID: d.AccountID}}
	plural, body := "Accounts", map[string]any{"AccountID": d.AccountID, "Status": "ACTIVE"}
	if n.Use == "contact" {
		w.Op, w.Target = opContact, receivables.Ref{Kind: receivables.KindCustomer, ID: d.ContactID}
		plural, body = "Contacts", map[string]any{"ContactID": d.ContactID, "ContactStatus": "ACTIVE"}
	}
	if err == nil && w.Target.ID == "" {
		err = errors.New("its body names no id")
	}
	if err != nil {
		return connectors.Write{}, fmt.Errorf("xero: make %s %q active again: %w", n.Use, n.Name, err)
	}
	w.Key = fmt.Sprintf("again:%s:%d", w.Target.ID, d.at().UnixMilli())
	request := wireWrite{Method: http.MethodPost, Path: plural + "/" + url.PathEscape(w.Target.ID), Plural: plural}
	return w, wrapLower(n, fillIn(&w, request, body))
}
