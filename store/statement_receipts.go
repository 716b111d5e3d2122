package store

import (
	"context"
	"fmt"
	"slices"

	"tieout/books"
	"tieout/mapping"
	"tieout/receivables"
)

// seenWithin is how many days lie at most between a receipt and a line that is
// shown with it; a line further off is found on the page of the bank alone.
const seenWithin = 31

// ReceiptLines gives the lines of statements that receipts came in with, by the
// receipts' ids: the line whose confirmation wrote it, or in which it was seen.
func (s *Store) ReceiptLines(ctx context.Context, b books.Book, receipts []receivables.Receipt) (map[string][]BankLine, error) {
	found := map[string][]BankLine{}
	if err := s.confirmedLines(ctx, b, receipts, found); err != nil {
		return nil, fmt.Errorf("store: lines of receipts: %w", err)
	}
	for _, r := range receipts {
		if len(found[r.ID]) > 0 || r.AccountID == "" || r.Date == "" {
			continue
		}
		near, err := s.BankLines(ctx, b, r.AccountID, r.Date.AddDays(-seenWithin), r.Date.AddDays(seenWithin))
		if err != nil {
			return nil, err
		}
		for _, line := range near {
			if slices.Contains(line.Finding.Entries, string(receivables.KindReceipt)+"/"+r.ID) {
				found[r.ID] = append(found[r.ID], line)
			}
		}
	}
	return found, nil
}

// confirmedLines adds the lines that receipts of ours were written for.
func (s *Store) confirmedLines(ctx context.Context, b books.Book, receipts []receivables.Receipt, found map[string][]BankLine) error {
	var ids []string
	for _, r := range receipts {
		if r.Marker != "" {
			ids = append(ids, r.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	type written struct{ receipt, movement string }
	var list []written
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var one written
		err := scan(&one.receipt, &one.movement)
		list = append(list, one)
		return err
	}, `select distinct doc_id, movement from part where tenant = $1 and book = $2 and doc_kind = 'receipt' and doc_id in list($3) order by doc_id, movement`, b.Tenant, b.ID, ids)
	if err != nil {
		return err
	}
	for _, one := range list {
		account, line, ok := mapping.BankLineOf(one.movement)
		if !ok {
			continue
		}
		rows, err := s.ListBankLines(ctx, b, LineQuery{Account: account, Line: line, Limit: 1})
		if err != nil {
			return err
		}
		found[one.receipt] = append(found[one.receipt], rows...)
	}
	return nil
}
