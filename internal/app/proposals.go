package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"tieout/books"
	"tieout/connect"
	"tieout/money"
	"tieout/people"
	"tieout/sync/journal"
	"tieout/sync/monthend"
	"tieout/sync/undo"
	"tieout/web"
)

// proposal is what one person wants and what is done once a second one agrees.
// It is kept as its kind and its fields.
type proposal interface {
	// need is what it takes to do it.
	need() people.Permission
	// carry does it in the name of by, if it is still what the digest names:
	// ErrConfirm or web.ErrOtherShown else.
	carry(ctx context.Context, a *App, book, digest, by string) error
}

// The proposals.
type (
	undoProposal struct {
		Scope undo.Scope `json:"scope"`
		Redo  bool       `json:"redo,omitempty"`
	}
	accountsProposal struct {
		Choices map[string]string `json:"choices"`
	}
	cutOverProposal struct {
		books.Start
		// Counters are the other sides of opening documents, by currency.
		Counters map[money.Currency]string `json:"counters,omitempty"`
	}
	writesProposal struct{}
	rulesProposal  struct {
		Rules connect.Rules `json:"rules"`
	}
	bulkProposal struct {
		Bulk web.Bulk `json:"bulk"`
	}
	controlProposal struct {
		Control monthend.Control `json:"control"`
	}
)

// proposals are all kinds, by the name that they are kept under.
func proposals() map[string]func() proposal {
	return map[string]func() proposal{
		"undo":     func() proposal { return &undoProposal{} },
		"accounts": func() proposal { return &accountsProposal{} },
		"cutover":  func() proposal { return &cutOverProposal{} },
		"writes":   func() proposal { return &writesProposal{} },
		"rules":    func() proposal { return &rulesProposal{} },
		"bulk":     func() proposal { return &bulkProposal{} },
		"control":  func() proposal { return &controlProposal{} },
	}
}

func (*undoProposal) need() people.Permission     { return people.Undo }
func (*accountsProposal) need() people.Permission { return people.Connect }
func (*cutOverProposal) need() people.Permission  { return people.Connect }
func (*writesProposal) need() people.Permission   { return people.Connect }
func (*rulesProposal) need() people.Permission    { return people.Connect }
func (*bulkProposal) need() people.Permission     { return people.Decide }
func (*controlProposal) need() people.Permission  { return people.Manage }

// kept is a proposal as it stands in the database.
type kept struct {
	Kind string          `json:"kind"`
	With json.RawMessage `json:"with"`
}

func keep(p proposal) (json.RawMessage, error) {
	for kind, empty := range proposals() {
		if fmt.Sprintf("%T", empty()) != fmt.Sprintf("%T", p) {
			continue
		}
		with, err := json.Marshal(p)
		if err != nil {
			return nil, fmt.Errorf("app: keep what is proposed: %w", err)
		}
		return json.Marshal(kept{kind, with})
	}
	return nil, fmt.Errorf("app: %T is no proposal that can be kept", p)
}

func open(text json.RawMessage) (proposal, error) {
	var k kept
	if err := json.Unmarshal(text, &k); err != nil {
		return nil, fmt.Errorf("app: read what was proposed: %w", err)
	}
	empty, ok := proposals()[k.Kind]
	if !ok {
		return nil, fmt.Errorf("app: there is no proposal %q", k.Kind)
	}
	p := empty()
	if err := json.Unmarshal(k.With, p); err != nil {
		return nil, fmt.Errorf("app: read what was proposed: %w", err)
	}
	return p, nil
}

// carryingKey is the context's approval that is being carried out.
type carryingKey struct{}

// carryOut does what an approval allows. The journal and every log name who asked
// for it and who has agreed.
func (a *App) carryOut(ctx context.Context, book string, approval monthend.Approval, by string) error {
	p, err := open(approval.Proposal)
	if err != nil {
		return err
	}
	if err := a.stillMay(ctx, approval.AskedBy, p.need()); err != nil {
		return err
	}
	both := approval.AskedBy + ", approved by " + by
	ctx = context.WithValue(journal.As(ctx, both), carryingKey{}, approval)
	return p.carry(ctx, a, book, approval.Digest, both)
}

// errMayNoMore says that who has asked has lost the right to it since.
var errMayNoMore = errors.New("whoever asked for it may not do that any more")

// stillMay says whether who has asked on the pages is still allowed to. Whoever
// asked on the command line has the machine itself.
func (a *App) stillMay(ctx context.Context, askedBy string, need people.Permission) error {
	address := monthend.Address(askedBy)
	if address == "" {
		return nil
	}
	person, err := a.Store.PersonByEmail(ctx, address)
	if errors.Is(err, people.ErrNotFound) {
		return errMayNoMore
	}
	if err != nil {
		return err
	}
	all, err := a.Store.Memberships(ctx, person.ID)
	for _, m := range all {
		if m.Organisation.Tenant == a.Tenant && m.Role.May(need) {
			return nil
		}
	}
	return cmp.Or(err, errMayNoMore)
}

func (p *undoProposal) carry(ctx context.Context, a *App, book, digest, by string) error {
	b, err := a.Store.Book(ctx, a.Tenant, book)
	if err == nil {
		_, err = a.ConfirmUndo(ctx, b, p.Scope, by, digest, p.Redo)
	}
	if errors.Is(err, undo.ErrNothing) {
		err = errors.Join(ErrConfirm, err)
	}
	return err
}

func (p *accountsProposal) carry(ctx context.Context, a *App, book, _, by string) error {
	b, err := a.Store.Book(ctx, a.Tenant, book)
	if err == nil {
		_, _, err = a.ChooseAccounts(ctx, b, p.Choices, by)
	}
	return err
}

func (p *cutOverProposal) carry(ctx context.Context, a *App, book, _, by string) error {
	return bookMaker{connectionReader{a}}.confirmCutOver(ctx, a.Tenant, book, p.Start, p.Counters, by, func(CutOver) error { return nil })
}

func (*writesProposal) carry(ctx context.Context, a *App, book, digest, by string) error {
	return bookMaker{connectionReader{a}}.Switch(ctx, a.Tenant, book, true, digest, by)
}

func (p *rulesProposal) carry(ctx context.Context, a *App, book, digest, by string) error {
	b, err := a.Store.Book(ctx, a.Tenant, book)
	if err == nil {
		_, err = a.ChangeRules(ctx, b, p.Rules, digest, "", by)
	}
	if len(connect.RuleErrors(err)) > 0 { // such as an account that has gone since
		err = errors.Join(ErrConfirm, err)
	}
	return err
}

func (p *bulkProposal) carry(ctx context.Context, a *App, _, digest, by string) error {
	return bulkActor{receivablesReader{a}}.Bulk(ctx, a.Tenant, p.Bulk, digest, "", by)
}

func (p *controlProposal) carry(ctx context.Context, a *App, _, _, by string) error {
	return a.ChangeControl(ctx, p.Control, "", by)
}
