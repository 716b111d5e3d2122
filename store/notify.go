package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"tieout/listing"
	"tieout/sync/notify"
)

var _ notify.Store = (*Store)(nil)

const hookColumns = `id, url, events, secret, state, why, failures, failing_since, created_at`

type hookRow struct {
	ID, URL      string
	Events       document[[]notify.Type]
	Secret       []byte
	State, Why   string
	Failures     int
	FailingSince instant `db:"failing_since"`
	CreatedAt    instant `db:"created_at"`
}

// hook is the row without its secret.
func (r hookRow) hook(tenant string) notify.Hook {
	return notify.Hook{
		Tenant: tenant, ID: r.ID, URL: r.URL, Events: r.Events.value, State: notify.State(r.State), Why: r.Why,
		Failures: r.Failures, FailingSince: r.FailingSince.pointer(), CreatedAt: r.CreatedAt.time(),
	}
}

// AddHook stores a new hook, its secret sealed.
func (s *Store) AddHook(ctx context.Context, h notify.Hook) error {
	secret, err := s.seal(h.Secret, place("hook", "secret", h.Tenant, h.ID))
	if err != nil {
		return fmt.Errorf("store: add hook: %w", err)
	}
	events := h.Events
	if events == nil {
		events = []notify.Type{}
	}
	err = s.inTx(ctx, func(t runner) error {
		if err := t.tenant(ctx, h.Tenant); err != nil {
			return err
		}
		_, err := t.run(ctx, `insert into hook (tenant, `+hookColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			h.Tenant, h.ID, h.URL, document[[]notify.Type]{events}, secret, string(h.State), h.Why, h.Failures, h.FailingSince, h.CreatedAt)
		return err
	})
	if err != nil {
		return fmt.Errorf("store: add hook: %w", err)
	}
	return nil
}

// Hooks gives the tenant's hooks, the oldest first, without their secrets.
func (s *Store) Hooks(ctx context.Context, tenant string) ([]notify.Hook, error) {
	rows, err := s.reader.hooks(ctx, tenant)
	if err != nil {
		return nil, fmt.Errorf("store: hooks: %w", err)
	}
	out := make([]notify.Hook, len(rows))
	for i, r := range rows {
		out[i] = r.hook(tenant)
	}
	return out, nil
}

func (r runner) hooks(ctx context.Context, tenant string) ([]hookRow, error) {
	var rows []hookRow
	err := r.all(ctx, &rows, `select `+hookColumns+` from hook where tenant = $1 order by created_at, id`, tenant)
	return rows, err
}

// RemoveHook forgets a hook and what was on its way; ErrNotFound when there is
// none.
func (s *Store) RemoveHook(ctx context.Context, tenant, id string) error {
	err := s.inTx(ctx, func(t runner) error {
		n, err := t.run(ctx, `delete from hook where tenant = $1 and id = $2`, tenant, id)
		if err == nil && n == 0 {
			err = ErrNotFound
		}
		if err != nil {
			return err
		}
		_, err = t.run(ctx, `delete from delivery where tenant = $1 and hook = $2`, tenant, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("store: remove hook %q: %w", id, err)
	}
	return nil
}

// DueHooks gives the active hooks for which something is due at now, with
// their secrets; those whose secret was lost are left out.
func (s *Store) DueHooks(ctx context.Context, tenant string, now time.Time) ([]notify.Hook, error) {
	var rows []hookRow
	err := s.reader.all(ctx, &rows, `select `+hookColumns+` from hook h where h.tenant = $1 and h.state = 'active' and length(h.secret) > 0 and exists
		(select 1 from delivery d where d.tenant = h.tenant and d.hook = h.id and d.state = 'waiting' and d.not_before <= $2)
		order by created_at, id`, tenant, now)
	if err != nil {
		return nil, fmt.Errorf("store: due hooks: %w", err)
	}
	out := make([]notify.Hook, len(rows))
	for i, r := range rows {
		out[i] = r.hook(tenant)
		if out[i].Secret, err = s.unseal(r.Secret, place("hook", "secret", tenant, r.ID)); err != nil {
			return nil, fmt.Errorf("store: the secret of hook %q: %w", r.ID, err)
		}
	}
	return out, nil
}

// Hook gives one hook with its secret; ErrNotFound when there is none.
func (s *Store) Hook(ctx context.Context, tenant, id string) (notify.Hook, error) {
	var row hookRow
	err := s.reader.one(ctx, &row, `select `+hookColumns+` from hook where tenant = $1 and id = $2`, tenant, id)
	if err != nil {
		return notify.Hook{}, fmt.Errorf("store: hook %q: %w", id, err)
	}
	h := row.hook(tenant)
	if len(row.Secret) == 0 {
		return notify.Hook{}, fmt.Errorf("store: hook %q: %s", id, row.Why)
	}
	if h.Secret, err = s.unseal(row.Secret, place("hook", "secret", tenant, id)); err != nil {
		return notify.Hook{}, fmt.Errorf("store: the secret of hook %q: %w", id, err)
	}
	return h, nil
}

const deliveryColumns = `d.hook, d.notice, d.state, d.attempts, d.not_before, d.status, d.answer, d.problem, d.tried_at, n.type, n.told_at, n.body`

type deliveryRow struct {
	Hook, Notice, State string
	Attempts            int
	NotBefore           instant `db:"not_before"`
	Status              int
	Answer, Problem     string
	TriedAt             instant `db:"tried_at"`
	Type                string
	ToldAt              instant `db:"told_at"`
	Body                []byte
}

func (r deliveryRow) delivery(tenant string) notify.Delivery {
	return notify.Delivery{
		Hook:   r.Hook,
		Notice: notify.Notice{Tenant: tenant, ID: r.Notice, Type: notify.Type(r.Type), At: r.ToldAt.time(), Body: r.Body},
		State:  notify.DeliveryState(r.State), Attempts: r.Attempts, NotBefore: r.NotBefore.time(),
		Status: r.Status, Answer: r.Answer, Problem: r.Problem, TriedAt: r.TriedAt.pointer(),
	}
}

// NextDelivery gives the delivery to a hook that is due the longest; false
// when none is.
func (s *Store) NextDelivery(ctx context.Context, h notify.Hook, now time.Time) (notify.Delivery, bool, error) {
	var row deliveryRow
	err := s.reader.one(ctx, &row, `select `+deliveryColumns+` from delivery d join notice n on n.tenant = d.tenant and n.id = d.notice
		where d.tenant = $1 and d.hook = $2 and d.state = 'waiting' and d.not_before <= $3
		order by d.not_before, d.created_at, d.notice limit 1`, h.Tenant, h.ID, now)
	if errors.Is(err, ErrNotFound) {
		return notify.Delivery{}, false, nil
	}
	if err != nil {
		return notify.Delivery{}, false, fmt.Errorf("store: next delivery to %q: %w", h.ID, err)
	}
	return row.delivery(h.Tenant), true, nil
}

// ClaimDelivery counts an attempt and keeps others away until the given time;
// false when somebody else was faster, or the delivery waits no more.
func (s *Store) ClaimDelivery(ctx context.Context, h notify.Hook, d notify.Delivery, until time.Time) (bool, error) {
	n, err := s.writer.run(ctx, `update delivery set attempts = attempts + 1, not_before = $5
		where tenant = $1 and hook = $2 and notice = $3 and state = 'waiting' and attempts = $4`,
		h.Tenant, h.ID, d.Notice.ID, d.Attempts, until)
	if err != nil {
		return false, fmt.Errorf("store: claim delivery %s: %w", d.Notice.ID, err)
	}
	return n > 0, nil
}

// FinishDelivery writes how the attempt went that d counts, and the hook. An
// attempt that was overtaken, or of a hook that was removed, changes nothing.
func (s *Store) FinishDelivery(ctx context.Context, h notify.Hook, d notify.Delivery) error {
	err := s.inTx(ctx, func(t runner) error {
		n, err := t.run(ctx, `update delivery set state = $5, not_before = $6, status = $7, answer = $8, problem = $9, tried_at = $10
			where tenant = $1 and hook = $2 and notice = $3 and state = 'waiting' and attempts = $4`,
			h.Tenant, h.ID, d.Notice.ID, d.Attempts, string(d.State), d.NotBefore, d.Status, d.Answer, d.Problem, d.TriedAt)
		if err != nil || n == 0 {
			return err
		}
		_, err = t.run(ctx, `update hook set state = $3, why = $4, failures = $5, failing_since = $6 where tenant = $1 and id = $2`,
			h.Tenant, h.ID, string(h.State), h.Why, h.Failures, h.FailingSince)
		return err
	})
	if err != nil {
		return fmt.Errorf("store: finish delivery %s: %w", d.Notice.ID, err)
	}
	return nil
}

// Deliveries gives deliveries to a hook, or to all (""), behind a place in
// their list ("HOOK/NOTICE"), the latest first.
func (s *Store) Deliveries(ctx context.Context, tenant, hook string, before listing.Moment, limit int) ([]notify.Delivery, error) {
	var rows []deliveryRow
	lastHook, lastNotice, _ := strings.Cut(before.ID, "/")
	err := s.reader.all(ctx, &rows, `select `+deliveryColumns+` from delivery d join notice n on n.tenant = d.tenant and n.id = d.notice
		where d.tenant = $1 and ($2 = '' or d.hook = $2)
			and (d.created_at < $3 or d.created_at = $3 and (d.notice > $4 or d.notice = $4 and d.hook > $5))
		order by d.created_at desc, d.notice, d.hook limit $6`, tenant, hook, before.From(), lastNotice, lastHook, limit)
	if err != nil {
		return nil, fmt.Errorf("store: deliveries: %w", err)
	}
	out := make([]notify.Delivery, len(rows))
	for i, r := range rows {
		out[i] = r.delivery(tenant)
	}
	return out, nil
}

// Replay has a notice delivered again to each hook that it was for, or, given
// a hook, everything that was given up; a disabled hook is active again then.
// It gives how many deliveries wait now; ErrNotFound when nothing is called so.
func (s *Store) Replay(ctx context.Context, tenant, id string, at time.Time) (int, error) {
	var n int64
	err := s.inTx(ctx, func(t runner) error {
		hooks, err := t.run(ctx, `update hook set state = 'active', why = '', failures = 0, failing_since = null where tenant = $1 and id = $2`, tenant, id)
		if err != nil {
			return err
		}
		which := `notice = $2`
		if hooks > 0 {
			which = `hook = $2 and state <> 'delivered'`
		}
		n, err = t.run(ctx, `update delivery set state = 'waiting', attempts = 0, not_before = $3 where tenant = $1 and `+which, tenant, id, at)
		if err == nil && n+hooks == 0 {
			err = ErrNotFound
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("store: replay %q: %w", id, err)
	}
	return int(n), nil
}

// TellHook stores a notice for one hook alone, whatever that asks for.
func (s *Store) TellHook(ctx context.Context, hook string, n notify.Notice) error {
	err := s.inTx(ctx, func(t runner) error { return t.send(ctx, []notify.Notice{n}, [][2]string{{hook, n.ID}}) })
	if err != nil {
		return fmt.Errorf("store: tell hook %q: %w", hook, err)
	}
	return nil
}

// Tell stores notices that speak of no single row, for the hooks that want
// them. One that was told before is not told again.
func (s *Store) Tell(ctx context.Context, tenant string, list []notify.Notice) error {
	if len(list) == 0 {
		return nil
	}
	err := s.inTx(ctx, func(t runner) error {
		return t.tell(ctx, tenant, func() ([]notify.Notice, error) { return list, nil })
	})
	if err != nil {
		return fmt.Errorf("store: tell: %w", err)
	}
	return nil
}

// ForgetNotices removes what was told before an instant, of all tenants,
// delivered or not.
func (s *Store) ForgetNotices(ctx context.Context, before time.Time) error {
	err := s.inTx(ctx, func(t runner) error {
		_, err := t.run(ctx, `delete from delivery where exists
			(select 1 from notice n where n.tenant = delivery.tenant and n.id = delivery.notice and n.told_at < $1)`, before)
		if err != nil {
			return err
		}
		_, err = t.run(ctx, `delete from notice where told_at < $1`, before)
		return err
	})
	if err != nil {
		return fmt.Errorf("store: forget notices: %w", err)
	}
	return nil
}
