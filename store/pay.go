package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tieout/books"
	"tieout/links"
	"tieout/mapping"
	"tieout/money"
	"tieout/pay"
	"tieout/receivables"
	"tieout/sync/push"
	"tieout/sync/reconcile"
)

// PayTarget finds where a token of the pay page leads. The token says whose it
// is, so that no tenant is asked for.
func (s *Store) PayTarget(ctx context.Context, token string) (pay.Target, error) {
	var row struct {
		Tenant, Book, Kind, Subject string
		Ended                       bool
	}
	err := s.reader.one(ctx, &row, `
		select tenant, book, 'invoice' as kind, invoice as subject, state <> 'active' as ended from link where own and id = $1 and id <> ''
		union all select tenant, book, kind, subject, ended_at is not null from pay_token where token = $1`, token)
	if errors.Is(err, ErrNotFound) {
		return pay.Target{}, pay.ErrUnknown
	}
	if err != nil {
		return pay.Target{}, fmt.Errorf("store: token of the pay page: %w", err)
	}
	b, err := s.Book(ctx, row.Tenant, row.Book)
	if err != nil {
		return pay.Target{}, err
	}
	return pay.Target{Book: b, Kind: pay.Kind(row.Kind), Token: token, Subject: row.Subject, Ended: row.Ended}, nil
}

// OwnToken is the token of an invoice's active own link; "" without one.
func (s *Store) OwnToken(ctx context.Context, b books.Book, invoice string) (string, error) {
	list, err := s.links(ctx, `invoice in list($3) and own`, b, []string{invoice})
	if err != nil || len(list) == 0 || list[len(list)-1].State != links.StateActive {
		return "", err
	}
	return list[len(list)-1].ID, nil
}

// PayToken is the newest token of a kind and subject that has not ended; "" without one.
func (s *Store) PayToken(ctx context.Context, b books.Book, kind pay.Kind, subject string) (string, error) {
	var token string
	err := s.reader.one(ctx, &token, `select token from pay_token where tenant = $1 and book = $2 and kind = $3 and subject = $4 and ended_at is null
		order by created_at desc, token limit 1`, b.Tenant, b.ID, string(kind), subject)
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("store: token of the pay page: %w", err)
	}
	return token, nil
}

// AddPayToken ends earlier tokens of the kind and subject and adds another; an
// empty one adds none.
func (s *Store) AddPayToken(ctx context.Context, b books.Book, kind pay.Kind, subject, token string, at time.Time) error {
	err := s.inTx(ctx, func(t runner) error {
		_, err := t.run(ctx, `update pay_token set ended_at = $5 where tenant = $1 and book = $2 and kind = $3 and subject = $4 and ended_at is null`,
			b.Tenant, b.ID, string(kind), subject, at)
		if err != nil || token == "" {
			return err
		}
		_, err = t.run(ctx, `insert into pay_token (tenant, book, token, kind, subject, created_at) values ($1, $2, $3, $4, $5, $6)`,
			b.Tenant, b.ID, token, string(kind), subject, at)
		return err
	})
	if err != nil {
		return fmt.Errorf("store: change the token of the pay page: %w", err)
	}
	return nil
}

// EndPayTokens ends every address of a book that is no invoice's.
func (s *Store) EndPayTokens(ctx context.Context, b books.Book, at time.Time) error {
	err := s.inTx(ctx, func(t runner) error {
		_, err := t.run(ctx, `update pay_token set ended_at = $3 where tenant = $1 and book = $2 and ended_at is null`, b.Tenant, b.ID, at)
		return err
	})
	if err != nil {
		return fmt.Errorf("store: end the tokens of the pay page: %w", err)
	}
	return nil
}

// InvoicesNumbered are the live invoices of the ledger with exactly this number.
func (s *Store) InvoicesNumbered(ctx context.Context, b books.Book, number string) ([]receivables.Invoice, error) {
	found, err := s.Invoices(ctx, b, reconcile.InvoiceQuery{Numbers: []string{mapping.NumberKey(number)}})
	if err != nil {
		return nil, err
	}
	var out []receivables.Invoice
	for _, inv := range found {
		if inv.Number == number && inv.State == receivables.StateLive {
			out = append(out, inv)
		}
	}
	return out, nil
}

// OpenOf are the ids of a customer's open invoices, those due first before others.
func (s *Store) OpenOf(ctx context.Context, b books.Book, customer string, limit int) ([]string, error) {
	var ids []string
	err := s.reader.all(ctx, &ids, `select id from invoice where tenant = $1 and connection = $2 and customer = $3 and balance <> 0
		and state = 'live' and not deleted order by due, id limit $4`, b.Tenant, b.Ledger, customer, limit)
	if err != nil {
		return nil, fmt.Errorf("store: open invoices of a customer: %w", err)
	}
	return ids, nil
}

type paySessionRow struct {
	ID, Connection, Session, URL, State, Currency string
	CreatedAt                                     instant `db:"created_at"`
	Until                                         instant
}

// PaySessions are pages over any of the invoices that have not expired, the
// oldest first, as the processor has told of them since where it has.
func (s *Store) PaySessions(ctx context.Context, b books.Book, invoices []string) ([]pay.Session, error) {
	if len(invoices) == 0 {
		return nil, nil
	}
	var rows []paySessionRow
	err := s.reader.all(ctx, &rows, `
		select p.id, p.connection, p.session, p.url, p.currency, p.created_at, p.until, coalesce(c.status, p.state) as state
		from pay_session p left join checkout c on c.tenant = p.tenant and c.connection = p.connection and c.id = p.session and c.status <> 'open'
		where p.tenant = $1 and p.book = $2 and p.state <> 'expired' and coalesce(c.status, '') <> 'expired'
		and p.id in (select id from pay_share where tenant = $1 and book = $2 and invoice in list($3))
		order by p.created_at, p.id`, b.Tenant, b.ID, invoices)
	if err != nil {
		return nil, fmt.Errorf("store: payment pages: %w", err)
	}
	out := make([]pay.Session, len(rows))
	for i, r := range rows {
		out[i] = pay.Session{
			ID: r.ID, Connection: r.Connection, Session: r.Session, URL: r.URL, State: pay.SessionState(r.State),
			Currency: money.Currency(r.Currency), Created: r.CreatedAt.time(), Until: r.Until.time(),
		}
		if err := s.paid(ctx, b, &out[i]); err != nil {
			return nil, fmt.Errorf("store: payment page %s: %w", r.ID, err)
		}
	}
	return out, nil
}

// paid adds the shares of a page, and whether its payment counts already: a
// charge of it has been looked at, or every try has failed.
func (s *Store) paid(ctx context.Context, b books.Book, p *pay.Session) error {
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var share pay.Share
		if err := scan(&share.Invoice, &share.Number, &share.Amount, &share.Payable); err != nil {
			return err
		}
		p.Shares = append(p.Shares, share)
		return nil
	}, `select invoice, number, amount, payable from pay_share where tenant = $1 and book = $2 and id = $3 order by invoice`, b.Tenant, b.ID, p.ID)
	if err != nil || p.State != pay.SessionComplete {
		return err
	}
	tries, failed := 0, 0
	err = s.reader.each(ctx, func(scan func(...any) error) error {
		var status, seen string
		if err := scan(&status, &seen); err != nil {
			return err
		}
		tries++
		if status == "failed" {
			failed++
		}
		p.Counted = p.Counted || seen != "" && seen != string(reconcile.MovementNew)
		return nil
	}, `select c.status, coalesce(m.state, '') from checkout k
		join charge c on c.tenant = k.tenant and c.connection = k.connection and c.payment_intent = k.payment_intent and k.payment_intent <> ''
		left join movement_state m on m.tenant = c.tenant and m.connection = c.connection and m.movement = c.movement and c.movement <> ''
		where k.tenant = $1 and k.connection = $2 and k.id = $3`, b.Tenant, p.Connection, p.Session)
	p.Counted = p.Counted || tries > 0 && tries == failed
	return err
}

// SavePaySession adds a page or replaces what is known of it; its shares are
// written once.
func (s *Store) SavePaySession(ctx context.Context, b books.Book, p pay.Session) error {
	err := s.inTx(ctx, func(t runner) error {
		n, err := t.run(ctx, `update pay_session set session = $4, url = $5, state = $6 where tenant = $1 and book = $2 and id = $3`,
			b.Tenant, b.ID, p.ID, p.Session, p.URL, string(p.State))
		if err != nil || n > 0 {
			return err
		}
		_, err = t.run(ctx, `insert into pay_session (tenant, book, id, connection, session, url, state, currency, created_at, until)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			b.Tenant, b.ID, p.ID, p.Connection, p.Session, p.URL, string(p.State), string(p.Currency), p.Created, p.Until)
		for _, share := range p.Shares {
			if err != nil {
				return err
			}
			_, err = t.run(ctx, `insert into pay_share (tenant, book, id, invoice, number, amount, payable) values ($1, $2, $3, $4, $5, $6, $7)`,
				b.Tenant, b.ID, p.ID, share.Invoice, share.Number, share.Amount, share.Payable)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("store: keep payment page %s: %w", p.ID, err)
	}
	return nil
}

// openPages are the pages over invoices that can still be paid and that no
// write is ending.
func (s *Store) openPages(ctx context.Context, b books.Book, invoices []string) ([]reconcile.Page, error) {
	var out []reconcile.Page
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var p reconcile.Page
		if err := scan(&p.Session, &p.Connection, &p.Invoice, &p.Payable); err != nil {
			return err
		}
		out = append(out, p)
		return nil
	}, `select p.session, p.connection, h.invoice, h.payable from pay_share h
		join pay_session p on p.tenant = h.tenant and p.book = h.book and p.id = h.id
		where h.tenant = $1 and h.book = $2 and h.invoice in list($3) and p.state = 'open' and p.session <> ''
		and not exists (select 1 from checkout c where c.tenant = p.tenant and c.connection = p.connection and c.id = p.session and c.status <> 'open')
		order by h.invoice, p.session`, b.Tenant, b.ID, invoices)
	if err != nil {
		return nil, fmt.Errorf("store: open payment pages: %w", err)
	}
	return out, nil
}

// pageEnded notes that a page can be paid no more. One that was paid before is
// told by the processor's own list.
func (r runner) pageEnded(ctx context.Context, in push.Intent) error {
	_, err := r.run(ctx, `update pay_session set state = $4 where tenant = $1 and book = $2 and session = $3 and state in ('open', 'ending')`,
		in.Tenant, in.Book, in.Write.Target.ID, endState(in))
	return err
}

// pages notes which pages writes of the pass are ending.
func (p pass) pages(ctx context.Context) error {
	if len(p.result.EndPages) == 0 {
		return nil
	}
	_, err := p.t.run(ctx, `update pay_session set state = 'ending' where tenant = $1 and book = $2 and session in list($3) and state = 'open'`,
		p.book.Tenant, p.book.ID, p.result.EndPages)
	return err
}

func endState(in push.Intent) string {
	if in.Answer != nil && len(in.Answer.Warnings) > 0 {
		return string(pay.SessionComplete)
	}
	return string(pay.SessionExpired)
}
