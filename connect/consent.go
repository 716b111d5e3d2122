package connect

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"tieout/books"
	"tieout/connectors"
)

// Errors that a person can act on.
var (
	ErrNoVendor   = errors.New("there is no such vendor")
	ErrNoConsent  = errors.New("this consent was not asked for here, was answered already, or is too old: start again")
	ErrDeclined   = errors.New("the consent was declined")
	ErrNotOffered = errors.New("the vendor is not connected in this way")
	ErrBadKey     = errors.New("the key is not usable")
	ErrScopes     = errors.New("the key lacks permissions")
	ErrNoApp      = errors.New("no client id and secret of an app are configured")
	ErrForeign    = errors.New("this is another organisation's: refused")
	ErrOther      = errors.New("the consent is for another company than the one to be reconnected: refused")
)

// pendingLife is how long a person has to give consent.
const pendingLife = 30 * time.Minute

// Service makes and keeps connections.
type Service struct {
	Store Store
	// Tenant is whose connections and grants these are.
	Tenant  string
	Vendors map[string]connectors.Vendor
	// HTTP makes the calls of consent and refresh, without authorisation.
	HTTP *http.Client
	Now  func() time.Time
	// NewID makes unguessable ids and states.
	NewID func() string
	// Session opens a connection's session, for the first look at it.
	Session func(books.Connection) (connectors.Session, error)
	// Wait is how a caller waits while another refreshes the token; nil does
	// not wait, and the caller is told when to come back.
	Wait func(ctx context.Context, d time.Duration) error
	// Schedule is the cron expression of new connections.
	Schedule string

	browser string
}

// Of is the service of another tenant.
func (s *Service) Of(tenant string) *Service {
	other := *s
	other.Tenant = tenant
	return &other
}

// own refuses a connection of another tenant.
func (s *Service) own(c books.Connection) error {
	if c.Tenant != s.Tenant {
		return fmt.Errorf("connect: %s: %w", c.ID, ErrForeign)
	}
	return nil
}

// In is the service for one browser, named by a secret that only this browser
// holds, in a cookie: a consent that is begun in one is answered in the same
// one, so that nobody is made to finish what somebody else has begun (RFC 9700,
// section 4.7). Without a name, whoever knows the state may answer.
func (s *Service) In(browser string) *Service {
	bound := *s
	bound.browser = browser
	return &bound
}

// Begin starts a consent and gives the address to send the person to. The
// answer has to come to redirect, with the state that is stored here.
func (s *Service) Begin(ctx context.Context, vendor, redirect string) (string, error) {
	authorizer, err := s.authorizer(vendor)
	if err != nil {
		return "", err
	}
	if app := authorizer.OAuth(redirect); app.ClientID == "" || app.ClientSecret == "" {
		return "", fmt.Errorf("connect %s: %w", vendor, ErrNoApp)
	}
	state := s.NewID()
	p := Pending{State: s.bound(state), Vendor: vendor, Redirect: redirect, Expires: s.Now().Add(pendingLife)}
	var challenge []oauth2.AuthCodeOption
	if _, ok := authorizer.(connectors.CodeChallenger); ok {
		drawn := sha256.Sum256([]byte(s.NewID() + s.NewID()))
		p.Verifier = base64.RawURLEncoding.EncodeToString(drawn[:]) // 43 letters (RFC 7636, section 4.1)
		challenge = append(challenge, oauth2.S256ChallengeOption(p.Verifier))
	}
	if err := s.Store.SavePending(ctx, p); err != nil {
		return "", fmt.Errorf("connect: begin %s: %w", vendor, err)
	}
	return authorizer.OAuth(redirect).AuthCodeURL(state, challenge...), nil
}

// Answer takes the query of the vendor's redirect, fetches the tokens, and
// makes or renews a connection for every company that the consent reaches.
func (s *Service) Answer(ctx context.Context, query url.Values) ([]books.Connection, error) {
	return s.AnswerChosen(ctx, query, Only())
}

// AnswerChosen is Answer for those of the companies reached that choose takes;
// an error of it refuses the consent. A connection whose consent lacks a
// permission says so in Why.
func (s *Service) AnswerChosen(ctx context.Context, query url.Values, choose func([]connectors.Company) ([]connectors.Company, error)) ([]books.Connection, error) {
	made, _, err := s.answer(ctx, query, choose)
	return made, err
}

// AnswerOne is Answer for a consent that reaches one company. Where it reaches
// several none is connected yet: they can be chosen under the grant that is
// given then, with Reach and Add.
func (s *Service) AnswerOne(ctx context.Context, query url.Values) (made []books.Connection, grant string, err error) {
	several := false
	made, grant, err = s.answer(ctx, query, func(reached []connectors.Company) ([]connectors.Company, error) {
		if several = len(reached) > 1; several {
			return nil, nil
		}
		return reached, nil
	})
	if !several {
		grant = ""
	}
	return made, grant, err
}

// AnswerAgain is Answer for a connection that is there already: a consent that
// does not reach its company is refused, and nothing is stored.
func (s *Service) AnswerAgain(ctx context.Context, query url.Values, again books.Connection) ([]books.Connection, error) {
	if err := s.own(again); err != nil {
		return nil, err
	}
	made, _, err := s.answer(ctx, query, func(reached []connectors.Company) ([]connectors.Company, error) {
		var names []string
		for _, company := range reached {
			if company.ExternalID == again.ExternalID {
				return []connectors.Company{company}, nil
			}
			names = append(names, company.Name+" ("+company.ExternalID+")")
		}
		return nil, fmt.Errorf("connect %s: %w: it reaches %s, and not %s (%s)", again.Vendor, ErrOther, strings.Join(names, ", "),
			again.Profile.Name, again.ExternalID)
	})
	return made, err
}

func (s *Service) answer(
	ctx context.Context, query url.Values, choose func([]connectors.Company) ([]connectors.Company, error),
) (made []books.Connection, grantID string, err error) {
	pending, ok, err := s.Store.TakePending(ctx, s.bound(query.Get("state")), s.Now())
	if err != nil {
		return nil, "", fmt.Errorf("connect: answer: %w", err)
	}
	if !ok || query.Get("state") == "" {
		return nil, "", ErrNoConsent
	}
	if problem := query.Get("error"); problem != "" {
		return nil, "", fmt.Errorf("%w by %s (%s)", ErrDeclined, pending.Vendor, problem)
	}
	authorizer, err := s.authorizer(pending.Vendor)
	if err != nil {
		return nil, "", err
	}
	config := authorizer.OAuth(pending.Redirect)
	var proof []oauth2.AuthCodeOption
	if pending.Verifier != "" {
		proof = append(proof, oauth2.VerifierOption(pending.Verifier))
	}
	token, err := config.Exchange(s.tokenContext(ctx, authorizer), query.Get("code"), proof...)
	if err != nil {
		return nil, "", authorizer.TokenFailure(err)
	}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, s.HTTP)
	companies, err := authorizer.Reached(ctx, config.Client(ctx, token), query)
	if err != nil {
		return nil, "", fmt.Errorf("connect: %s: which companies the consent reaches: %w", pending.Vendor, err)
	}
	if len(companies) == 0 {
		return nil, "", fmt.Errorf("connect: %s: the consent reaches no company", pending.Vendor)
	}
	if companies, err = choose(companies); err != nil {
		return nil, "", err
	}
	grant := s.grantOf(pending.Vendor, authorizer, token)
	if _, ok := authorizer.(connectors.Platform); ok {
		grant = s.platformGrant(pending.Vendor)
	}
	if grant, err = s.keep(ctx, grant, authorizer); err != nil {
		return nil, "", fmt.Errorf("connect: save the grant of %s: %w", pending.Vendor, err)
	}
	made, err = s.connectAll(ctx, pending.Vendor, grant.ID, companies)
	for i := range made {
		made[i].Why = shortfall(authorizer, token)
	}
	return made, grant.ID, err
}

func (s *Service) grantOf(vendor string, a connectors.Authorizer, token *oauth2.Token) Grant {
	now := s.Now()
	g := Grant{
		Tenant: s.Tenant, ID: s.NewID(), Vendor: vendor, Access: token.AccessToken, Refresh: token.RefreshToken,
		Expires: accessEnd(now, token), RefreshExpires: now.Add(a.RefreshLife(token)), UpdatedAt: now,
	}
	if ender, ok := a.(connectors.ConsentEnder); ok {
		if left, said := ender.ConsentLife(token); said {
			g.ConsentEnds = now.Add(left)
		}
	}
	return g
}

// platformMark begins the ids of grants that hold no token: calls are made with
// the operator's own key.
const platformMark = "platform-"

// ByPlatform says that calls for a connection are made with the operator's own
// key, in the name of its account.
func ByPlatform(c books.Connection) bool { return strings.HasPrefix(c.GrantID, platformMark) }

// platformGrant stands for a consent to the operator's platform.
func (s *Service) platformGrant(vendor string) Grant {
	return Grant{Tenant: s.Tenant, ID: platformMark + s.NewID(), Vendor: vendor, UpdatedAt: s.Now()}
}

// accessEnd judges the token's life by our clock, not by the machine's that
// the library uses.
func accessEnd(now time.Time, token *oauth2.Token) time.Time {
	if token.ExpiresIn > 0 {
		return now.Add(time.Duration(token.ExpiresIn) * time.Second)
	}
	return now
}

// connectAll makes a connection for each company; one that is refused does
// not keep the others out.
func (s *Service) connectAll(ctx context.Context, vendor, grant string, companies []connectors.Company) ([]books.Connection, error) {
	var made []books.Connection
	var refused []error
	for _, company := range companies {
		c, err := s.look(ctx, books.Connection{Tenant: s.Tenant, Vendor: vendor, GrantID: grant, ExternalID: company.ExternalID})
		if err != nil {
			refused = append(refused, err)
			continue
		}
		made = append(made, c)
	}
	return made, errors.Join(refused...)
}

// look reads who the connection is and stores it. A company that is known
// already is reconnected under its old row, if it is still what it was: a key
// for test money must not take the place of one for real money.
func (s *Service) look(ctx context.Context, c books.Connection) (books.Connection, error) {
	session, err := s.Session(c)
	if err != nil {
		return c, err
	}
	profile, err := session.Profile(ctx)
	if err != nil {
		return c, fmt.Errorf("connect %s: %w", c.Vendor, err)
	}
	if c.ExternalID != "" && c.ExternalID != profile.ExternalID {
		return c, fmt.Errorf("connect %s: %w: asked for %s, but %s answers", c.Vendor, ErrOther, c.ExternalID, profile.ExternalID)
	}
	now := s.Now()
	c.ID, c.ExternalID, c.Profile, c.State = s.NewID(), profile.ExternalID, profile, books.ConnectionActive
	c.Profile.ReadAt = now
	old, known, err := s.known(ctx, c)
	if err != nil {
		return c, err
	}
	if known {
		if c.Profile, err = old.Confirm(profile, now); err != nil {
			return c, fmt.Errorf("connect %s: %w", c.Vendor, err)
		}
	}
	c.Schedule, c.Due, c.CreatedAt = s.Schedule, now, now
	saved, err := s.Store.SaveConnection(ctx, c)
	if err != nil {
		return c, fmt.Errorf("connect %s: save the connection: %w", c.Vendor, err)
	}
	return saved, nil
}

// known finds the row of a company that was connected before.
func (s *Service) known(ctx context.Context, c books.Connection) (books.Connection, bool, error) {
	all, err := s.Store.Connections(ctx, c.Tenant)
	if err != nil {
		return c, false, fmt.Errorf("connect %s: %w", c.Vendor, err)
	}
	for _, old := range all {
		if old.Vendor == c.Vendor && old.ExternalID == c.ExternalID {
			return old, true, nil
		}
	}
	return c, false, nil
}

func (s *Service) authorizer(vendor string) (connectors.Authorizer, error) {
	v, ok := s.Vendors[vendor]
	if !ok {
		return nil, fmt.Errorf("connect %q: %w", vendor, ErrNoVendor)
	}
	a, ok := v.(connectors.Authorizer)
	if !ok {
		return nil, fmt.Errorf("connect %s: %w: it takes a key", vendor, ErrNotOffered)
	}
	return a, nil
}

// bound keeps the state's value out of the database, so that what is stored
// there cannot be used to answer a consent, and binds it to the browser and to
// the organisation that it was begun for.
func (s *Service) bound(state string) string {
	sum := sha256.Sum256([]byte(state + "\x00" + s.browser + "\x00" + s.Tenant))
	return hex.EncodeToString(sum[:])
}
