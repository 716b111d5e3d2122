package connect

import (
	"context"
	"strings"
	"testing"

	"tieout/connectors"
	"tieout/receivables"
)

// lists is a ledger with one inactive account; it refuses to make that active,
// or to make a new one, or takes the first without doing it.
type lists struct {
	connectors.Ledger
	refuses map[string]bool
	deaf    bool
	active  string
	sent    []string
}

func (*lists) LowerAccount(n connectors.NewAccount) (connectors.Write, error) {
	op := "create"
	if n.Raw != nil {
		op = "restore"
	}
	return connectors.Write{Op: op, Key: op + n.Existing}, nil
}

func (l *lists) Find(context.Context, connectors.Write) (connectors.Answer, bool, error) {
	if l.active != "" {
		return connectors.Answer{Ref: receivables.Ref{ID: l.active}}, true, nil
	}
	return connectors.Answer{Ref: receivables.Ref{ID: "old"}, Raw: []byte("{}")}, false, nil
}

func (l *lists) Send(_ context.Context, w connectors.Write) (connectors.Answer, error) {
	l.sent = append(l.sent, w.Key)
	if l.refuses[w.Op] {
		return connectors.Answer{}, &connectors.Failure{Class: connectors.ClassRequest, Text: w.Op + " refused"}
	}
	id := map[string]string{"create": "new", "restore": "old"}[w.Op]
	if !l.deaf {
		l.active = id
	}
	return connectors.Answer{Ref: receivables.Ref{ID: id}}, nil
}

// An inactive one becomes active; where the ledger refuses, a new one under
// another key takes its place; where it takes neither, both reasons are told.
func TestProvide(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ledger    lists
		id, sent  string
		found     bool
		complaint []string
	}{
		"there already":  {ledger: lists{active: "here"}, id: "here", found: true},
		"becomes active": {id: "old", sent: "restoreold"},
		"a new instead":  {ledger: lists{refuses: map[string]bool{"restore": true}}, id: "new", sent: "restoreold createold"},
		"neither":        {ledger: lists{refuses: map[string]bool{"restore": true, "create": true}}, sent: "restoreold createold", complaint: []string{"restore refused", "create refused"}},
		"stays inactive": {ledger: lists{deaf: true}, id: "old", sent: "restoreold", complaint: []string{"still inactive"}},
	} {
		made, found, err := provide(t.Context(), &c.ledger, connectors.NewAccount{Use: "fees", Name: "Stripe fees"})
		if made.Answer.Ref.ID != c.id || found != c.found || strings.Join(c.ledger.sent, " ") != c.sent || (err != nil) != (c.complaint != nil) {
			t.Errorf("%s: %q, found %t, sent %v, %v", name, made.Answer.Ref.ID, found, c.ledger.sent, err)
		}
		for _, text := range c.complaint {
			if err == nil || !strings.Contains(err.Error(), text) {
				t.Errorf("%s: %v does not say %q", name, err, text)
			}
		}
	}
}
