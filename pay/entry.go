package pay

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
)

// Enter finds the address of an invoice that a ledger's own page sends a payer
// for: token is the ledger's secret one, code its short name of the company,
// number the invoice's. Amount and currency in such a request are anybody's
// words and are not read. ErrUnknown when there is no such invoice or nothing
// leads to it.
func (s *Service) Enter(ctx context.Context, token, code, number string) (string, error) {
	t, err := s.Store.PayTarget(ctx, token)
	if errors.Is(err, ErrUnknown) || err == nil && (t.Kind != KindEntry || t.Ended || number == "") {
		return "", ErrUnknown
	}
	if err != nil {
		return "", fmt.Errorf("pay: where the link leads: %w", err)
	}
	_, want, err := s.Books.Seller(ctx, t.Book)
	if err != nil {
		return "", fmt.Errorf("pay: seller: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(want), []byte(code)) != 1 {
		return "", ErrUnknown
	}
	found, err := s.Store.InvoicesNumbered(ctx, t.Book, number)
	if err != nil {
		return "", fmt.Errorf("pay: invoice by number: %w", err)
	}
	if len(found) != 1 {
		return "", ErrUnknown
	}
	own, err := s.Store.OwnToken(ctx, t.Book, found[0].ID)
	if err != nil {
		return "", fmt.Errorf("pay: the invoice's link: %w", err)
	}
	if own == "" {
		return "", ErrUnknown
	}
	return s.URL(own), nil
}
