package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tieout/sync/monthend"
)

// The names of the controls.
const (
	controlFourEyes  = "four_eyes"
	controlRetention = "retention_years"
	controlScope     = "installation"
)

// Control gives the installation's controls; what nobody has set is the
// default.
func (s *Store) Control(ctx context.Context, tenant string) (monthend.Control, error) {
	c, err := s.reader.control(ctx, tenant)
	if err != nil {
		return c, fmt.Errorf("store: controls: %w", err)
	}
	return c, nil
}

func (r runner) control(ctx context.Context, tenant string) (monthend.Control, error) {
	c := monthend.Control{RetentionYears: monthend.DefaultRetention}
	err := r.each(ctx, func(scan func(...any) error) error {
		var name, value string
		if err := scan(&name, &value); err != nil {
			return err
		}
		var err error
		switch name {
		case controlFourEyes:
			c.FourEyes, err = strconv.ParseBool(value)
		case controlRetention:
			c.RetentionYears, err = strconv.Atoi(value)
		}
		return err
	}, `select name, after from setting_change where tenant = $1 and scope = $2 order by seq`, tenant, controlScope)
	return c, err
}

// SaveControl changes the controls: every change is a row with its old and new
// value, the person and the time.
func (s *Store) SaveControl(ctx context.Context, tenant string, c monthend.Control, by string, at time.Time) error {
	err := s.inTx(ctx, func(t runner) error {
		if err := t.tenant(ctx, tenant); err != nil {
			return err
		}
		old, err := t.control(ctx, tenant)
		if err != nil {
			return err
		}
		for _, x := range []struct{ name, before, after string }{
			{controlFourEyes, strconv.FormatBool(old.FourEyes), strconv.FormatBool(c.FourEyes)},
			{controlRetention, strconv.Itoa(old.RetentionYears), strconv.Itoa(c.RetentionYears)},
		} {
			if x.before == x.after {
				continue
			}
			var last int64
			err := t.one(ctx, &last, `select coalesce(max(seq), 0) from setting_change where tenant = $1 and scope = $2`, tenant, controlScope)
			if err != nil {
				return err
			}
			_, err = t.run(ctx, `insert into setting_change (tenant, scope, name, seq, before, after, changed_by, changed_at)
				values ($1, $2, $3, $4, $5, $6, $7, $8)`, tenant, controlScope, x.name, last+1, x.before, x.after, by, at)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store: save controls: %w", err)
	}
	return nil
}

func (s *Store) controlChanges(ctx context.Context, tenant string, from, to time.Time) ([]monthend.Note, error) {
	var list []monthend.Note
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		x := monthend.Note{Kind: monthend.KindControl}
		var at instant
		err := scan(&x.Text, &x.Old, &x.New, &x.Who, &at)
		x.At = at.time()
		list = append(list, x)
		return err
	}, `select name, before, after, changed_by, changed_at from setting_change
		where tenant = $1 and changed_at >= $2 and changed_at < $3 order by changed_at, seq`, tenant, from, to)
	if err != nil {
		return nil, fmt.Errorf("store: changes of controls: %w", err)
	}
	return list, nil
}

const approvalColumns = `id, subject, digest, what, page, asked_by, asked_at, granted, answered_by, answered_at, proposal, outcome, done_at`

// AskApproval asks a second person to approve something: the subject, in words,
// with the digest of what exactly. One for the same that still counts is kept.
func (s *Store) AskApproval(ctx context.Context, tenant, book string, a monthend.Approval) error {
	err := s.inTx(ctx, func(t runner) error {
		var same int
		err := t.one(ctx, &same, `select count(*) from approval where tenant = $1 and book = $2 and subject = $3 and digest = $4 and asked_by = $5
			and (granted or answered_by = '') and done_at is null and asked_at > $6`, tenant, book, a.Subject, a.Digest, a.AskedBy, a.AskedAt.Add(-monthend.ApprovalLife))
		if err != nil || same > 0 {
			return err
		}
		_, err = t.run(ctx, `insert into approval (tenant, book, id, subject, digest, what, page, asked_by, asked_at, granted, answered_by, proposal)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`, tenant, book, a.ID, a.Subject, a.Digest, a.What, a.Page, a.AskedBy, a.AskedAt, false, "",
			string(a.Proposal))
		return err
	})
	if err != nil {
		return fmt.Errorf("store: ask for approval: %w", err)
	}
	return nil
}

// AnswerApproval records the second person's answer. The person who asked
// cannot answer (monthend.ErrSame), however the name is written; one that is
// answered already, or too old, is ErrState.
func (s *Store) AnswerApproval(ctx context.Context, tenant, book, id string, granted bool, by string, at time.Time) error {
	err := s.inTx(ctx, func(t runner) error {
		var asked string
		if err := t.one(ctx, &asked, `select asked_by from approval where tenant = $1 and book = $2 and id = $3`, tenant, book, id); err != nil {
			return err
		}
		if by = strings.TrimSpace(by); by == "" || monthend.Same(asked, by) {
			return monthend.ErrSame
		}
		n, err := t.run(ctx, `update approval set granted = $4, answered_by = $5, answered_at = $6
			where tenant = $1 and book = $2 and id = $3 and answered_by = '' and asked_at > $7`, tenant, book, id, granted, by, at, at.Add(-monthend.ApprovalLife))
		if err == nil && n == 0 {
			err = ErrState
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("store: answer approval %s: %w", id, err)
	}
	return nil
}

// ApprovalDone records what came of a granted approval: with words why it was
// not done it goes on counting, without them it is used up, and so are those that
// were asked for together with it, one for each book.
func (s *Store) ApprovalDone(ctx context.Context, tenant, book, id, why string, at time.Time) error {
	var done any
	if why == "" {
		done = at
	}
	_, err := s.writer.run(ctx, `update approval set outcome = $4, done_at = $5 where tenant = $1 and granted and done_at is null
		and (book = $2 and id = $3 or $6 and proposal <> '' and (subject, digest, proposal, asked_by) in
			(select subject, digest, proposal, asked_by from approval where tenant = $1 and book = $2 and id = $3))`,
		tenant, book, id, why, done, why == "")
	if err != nil {
		return fmt.Errorf("store: what came of approval %s: %w", id, err)
	}
	return nil
}

// Approvals gives the approvals of a book, the newest first.
func (s *Store) Approvals(ctx context.Context, tenant, book string) ([]monthend.Approval, error) {
	var rows []approvalRow
	err := s.reader.all(ctx, &rows, `select `+approvalColumns+` from approval where tenant = $1 and book = $2 order by asked_at desc, id`, tenant, book)
	if err != nil {
		return nil, fmt.Errorf("store: approvals: %w", err)
	}
	list := make([]monthend.Approval, len(rows))
	for i, r := range rows {
		list[i] = r.approval()
	}
	return list, nil
}

// Approved says whether exactly this was approved by a second person, asked for
// no longer ago than an approval counts, and was not done since.
func (s *Store) Approved(ctx context.Context, tenant, book, subject, digest string, now time.Time) (bool, error) {
	var n int
	err := s.reader.one(ctx, &n, `select count(*) from approval where tenant = $1 and book = $2 and subject = $3 and digest = $4 and granted
		and done_at is null and answered_by <> asked_by and asked_at > $5`, tenant, book, subject, digest, now.Add(-monthend.ApprovalLife))
	if err != nil {
		return false, fmt.Errorf("store: approval: %w", err)
	}
	return n > 0, nil
}

type approvalRow struct {
	ID, Subject, Digest, What, Page string
	AskedBy                         string  `db:"asked_by"`
	AskedAt                         instant `db:"asked_at"`
	Granted                         bool
	By                              string  `db:"answered_by"`
	At                              instant `db:"answered_at"`
	Proposal, Outcome               string
	DoneAt                          instant `db:"done_at"`
}

func (r approvalRow) approval() monthend.Approval {
	out := monthend.Approval{
		ID: r.ID, Subject: r.Subject, Digest: r.Digest, What: r.What, Page: r.Page, AskedBy: r.AskedBy, AskedAt: r.AskedAt.time(), Granted: r.Granted, By: r.By, At: r.At.time(),
		Outcome: r.Outcome, DoneAt: r.DoneAt.time(),
	}
	if r.Proposal != "" {
		out.Proposal = json.RawMessage(r.Proposal)
	}
	return out
}
