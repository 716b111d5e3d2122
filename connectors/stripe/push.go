package stripe

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"tieout/connectors"
	"tieout/receivables"
)

// maxFindPages bounds the search for a link of ours among the newest, and
// maxExpirePages the walk over the open sessions of one link.
const (
	maxFindPages   = 10
	maxExpirePages = 10
)

// Send makes a write once and looks at what Stripe answers.
func (s *session) Send(ctx context.Context, w connectors.Write) (connectors.Answer, error) {
	var body linkBody
	if err := json.Unmarshal(w.Body, &body); err != nil {
		return connectors.Answer{}, fault(connectors.ClassPermanent, w.Op, "the stored write cannot be read", err)
	}
	switch w.Op {
	case opCreateLink:
		return s.createLink(ctx, w, body)
	case opEndLink:
		return s.endLink(ctx, w, body)
	case opEndPage:
		return s.endPage(ctx, w)
	}
	return connectors.Answer{}, fault(connectors.ClassPermanent, w.Op, "stripe knows no such write", nil)
}

func (s *session) createLink(ctx context.Context, w connectors.Write, body linkBody) (connectors.Answer, error) {
	price, err := s.createPrice(ctx, w, body.Price)
	if err != nil {
		return connectors.Answer{}, err
	}
	form, err := url.ParseQuery(body.Link)
	if err != nil {
		return connectors.Answer{}, fault(connectors.ClassPermanent, w.Op, "the stored write cannot be read", err)
	}
	form.Set(priceField, price)
	got, err := s.post(ctx, w.Op, "/v1/payment_links", w.Key+":link", form)
	if err != nil {
		return connectors.Answer{}, err
	}
	var link wirePaymentLink
	if err := json.Unmarshal(got.RawMessage, &link); err != nil || link.ID == "" || link.URL == "" {
		return connectors.Answer{}, fault(connectors.ClassUnknown, w.Op, "the answer is no payment link", err)
	}
	return answerOf(link, got), nil
}

// createPrice makes the price and compares it with what was asked for: the
// amount that customers are shown must be ours.
func (s *session) createPrice(ctx context.Context, w connectors.Write, stored string) (string, error) {
	form, err := url.ParseQuery(stored)
	if err != nil {
		return "", fault(connectors.ClassPermanent, w.Op, "the stored write cannot be read", err)
	}
	got, err := s.post(ctx, w.Op, "/v1/prices", w.Key+":price", form)
	if err != nil {
		return "", err
	}
	var price wirePrice
	if err := json.Unmarshal(got.RawMessage, &price); err != nil || price.ID == "" {
		return "", fault(connectors.ClassUnknown, w.Op, "the answer is no price", err)
	}
	if price.UnitAmount.String() != form.Get("unit_amount") || price.Currency != form.Get("currency") {
		return "", fault(connectors.ClassPermanent, w.Op, fmt.Sprintf("the price made is %s %s, not %s %s",
			price.UnitAmount, price.Currency, form.Get("unit_amount"), form.Get("currency")), nil)
	}
	return price.ID, nil
}

func answerOf(link wirePaymentLink, got answer) connectors.Answer {
	return connectors.Answer{
		Ref: receivables.Ref{Kind: KindPaymentLink, ID: link.ID}, URL: link.URL,
		RequestID: got.requestID, Raw: got.RawMessage,
	}
}

// endLink makes the link inactive first, so that no further session can be
// opened, and then expires the open ones. A session that was completed in
// between is a warning: the payment will come with the next pull.
func (s *session) endLink(ctx context.Context, w connectors.Write, body linkBody) (connectors.Answer, error) {
	form, err := url.ParseQuery(body.End)
	if err != nil {
		return connectors.Answer{}, fault(connectors.ClassPermanent, w.Op, "the stored write cannot be read", err)
	}
	got, err := s.post(ctx, w.Op, linkPath(w.Target.ID), w.Key, form)
	if err != nil {
		return connectors.Answer{}, err
	}
	var link wirePaymentLink
	if err := json.Unmarshal(got.RawMessage, &link); err != nil || link.ID != w.Target.ID || link.Active {
		return connectors.Answer{}, fault(connectors.ClassUnknown, w.Op, "the answer is not the link made inactive", err)
	}
	out := answerOf(link, got)
	out.Warnings, err = s.expireSessions(ctx, w)
	return out, err
}

func (s *session) expireSessions(ctx context.Context, w connectors.Write) (warnings []string, err error) {
	tried := map[string]bool{}
	for range maxExpirePages {
		got, err := s.openSessions(ctx, w.Target.ID)
		if err != nil {
			return nil, unfinished(err)
		}
		progress := false
		for _, id := range ids(got.rows) {
			if tried[id] {
				continue
			}
			tried[id], progress = true, true
			_, err := s.post(ctx, "expire checkout session", "/v1/checkout/sessions/"+pathID(id)+"/expire", w.Key+":"+id, nil)
			switch connectors.ClassOf(err) {
			case connectors.ClassRequest, connectors.ClassGone:
				warnings = append(warnings, "checkout session "+id+" could not be expired: it may have been paid")
			default:
				if err != nil {
					return nil, unfinished(err)
				}
			}
		}
		if !progress || !got.more {
			return warnings, nil
		}
	}
	return nil, fault(connectors.ClassRetry, w.Op, "the link has more open sessions than can be expired in one go", nil)
}

func (s *session) openSessions(ctx context.Context, linkID string) (page, error) {
	return s.list(ctx, "list open checkout sessions", "/v1/checkout/sessions",
		url.Values{"payment_link": {linkID}, "status": {"open"}})
}

// unfinished is a failure after the first call of a write has been made: the
// outcome as a whole is unknown, and the write may be sent again.
func unfinished(err error) error {
	f, ok := connectors.AsFailure(err)
	if !ok || f.Class == connectors.ClassReconnect || f.Class == connectors.ClassLater {
		return err
	}
	again := *f
	again.Class = connectors.ClassUnknown
	return &again
}

func linkPath(id string) string { return "/v1/payment_links/" + pathID(id) }

// Find looks for what an earlier Send led to: a link with the write's own key
// in its metadata among the newest thousand, or the state of the link that was
// to be ended.
func (s *session) Find(ctx context.Context, w connectors.Write) (connectors.Answer, bool, error) {
	switch w.Op {
	case opCreateLink:
		return s.findLink(ctx, w.Key)
	case opEndLink:
		return s.findEnded(ctx, w.Target.ID)
	case opEndPage:
		return s.findEndedPage(ctx, w.Target.ID)
	}
	return connectors.Answer{}, false, fault(connectors.ClassPermanent, w.Op, "stripe knows no such write", nil)
}

func (s *session) findLink(ctx context.Context, key string) (connectors.Answer, bool, error) {
	const op = "find payment link"
	after := ""
	for range maxFindPages {
		query := url.Values{}
		if after != "" {
			query.Set("starting_after", after)
		}
		got, err := s.list(ctx, op, "/v1/payment_links", query)
		if err != nil {
			return connectors.Answer{}, false, err
		}
		for _, r := range got.rows {
			var link wirePaymentLink
			if strings.Contains(string(r.raw), key) && json.Unmarshal(r.raw, &link) == nil && link.Metadata[metaKey] == key {
				return answerOf(link, answer{RawMessage: r.raw}), true, nil
			}
		}
		last, ok := got.last()
		if !got.more {
			break
		}
		if !ok || last.id == after {
			return connectors.Answer{}, false, stuck(op)
		}
		after = last.id
	}
	return connectors.Answer{}, false, nil
}

// findEnded says that the write is done only when the link is inactive and no
// session of it is open.
func (s *session) findEnded(ctx context.Context, id string) (connectors.Answer, bool, error) {
	raw, err := s.get(ctx, "read payment link", linkPath(id))
	if err != nil {
		return connectors.Answer{}, false, err
	}
	var link wirePaymentLink
	if err := json.Unmarshal(raw, &link); err != nil {
		return connectors.Answer{}, false, unreadable("read payment link", err)
	}
	if link.Active {
		return connectors.Answer{}, false, nil
	}
	open, err := s.openSessions(ctx, id)
	if err != nil || len(open.rows) > 0 {
		return connectors.Answer{}, false, err
	}
	return answerOf(link, answer{RawMessage: raw}), true, nil
}
