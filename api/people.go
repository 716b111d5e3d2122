package api

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tieout/people"
)

// peopleRoutes are those of who may do what, and of what they did.
func peopleRoutes() []Route {
	const tag = "People and keys"
	return []Route{
		as(Route{Method: get, Path: "/people", Need: people.Manage, Tag: tag, Name: "people", Pages: []string{"GET /settings/people"}, Summary: "Who is in the organisation, and who is invited"}, listPeople),
		as(Route{Method: post, Path: "/people/{id}/role", Need: people.Manage, Tag: tag, Name: "setRole", Pages: []string{"POST /settings/role"}, Summary: "Give somebody another role", Doc: "None that may more than the key."}, setRole),
		as(Route{Method: del, Path: "/people/{id}", Need: people.Manage, Tag: tag, Name: "removePerson", Pages: []string{"POST /settings/role"}, Summary: "Remove somebody from the organisation"}, removePerson),
		as(Route{Method: post, Path: "/invitations", Need: people.Manage, Tag: tag, Name: "invite", Pages: []string{"POST /settings/invite"}, Summary: "Invite somebody", Doc: "To no role that may more than the key. The invitation's address is shown this once."}, invite),
		as(Route{Method: del, Path: "/invitations/{id}", Need: people.Manage, Tag: tag, Name: "withdrawInvitation", Pages: []string{"POST /settings/withdraw"}, Summary: "Take an invitation back"}, withdrawInvitation),
		as(Route{Method: get, Path: "/keys", Need: people.Manage, Tag: tag, Name: "keys", Pages: []string{"GET /settings/keys"}, Summary: "The API keys"}, keys),
		as(Route{Method: post, Path: "/keys", Need: people.Manage, Tag: tag, Name: "makeKey", Pages: []string{"POST /settings/keys"}, Summary: "Make a key that may no more, and ends no later, than this one", Doc: "It is shown this once."}, makeKey),
		as(Route{Method: del, Path: "/keys/{id}", Need: people.Manage, Tag: tag, Name: "revokeKey", Pages: []string{"POST /settings/keys/revoke"}, Summary: "Let a key in no more"}, revokeKey),
		as(Route{Method: get, Path: "/audit", Need: people.Manage, Tag: tag, Name: "audit", Pages: []string{"GET /settings/audit", "GET /settings/audit.csv"}, Summary: "What people and programs did, the newest first"}, audit),
	}
}

// People are who is in an organisation.
type People struct {
	Members     []Member     `json:"members"`
	Invitations []Invitation `json:"invitations"`
}

// Member is a person in an organisation.
type Member struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
	Role  string `json:"role"`
}

func memberOf(m people.Member) Member {
	return Member{ID: m.Person.ID, Name: m.Person.Name, Email: m.Person.Email, Role: string(m.Role)}
}

// Invitation is one that was not used yet.
type Invitation struct {
	ID      string    `json:"id"`
	Email   string    `json:"email"`
	Role    string    `json:"role"`
	Expires time.Time `json:"expires"`
}

func listPeople(c *Call, _ Nothing) (People, error) {
	members, err := c.People.Organisations.Members(c.ctx(), c.tenant())
	if err != nil {
		return People{}, err
	}
	invited, err := c.People.Tickets.Tickets(c.ctx(), c.tenant(), c.Wall())
	return People{Members: each(members, memberOf), Invitations: each(invited, func(t people.Ticket) Invitation {
		return Invitation{ID: t.Hash, Email: t.Email, Role: string(t.Role), Expires: t.Expires}
	})}, err
}

// within refuses a role that may more than the key: nobody gets out of a key
// what it was not given.
func (c *Call) within(role string) (people.Role, error) {
	r := people.Role(role)
	for _, p := range people.Permissions() {
		if r.May(p) && !c.May(p) {
			return r, errScope.with("The role " + role + " has the permission \"" + string(p) + "\", which this key does not have.")
		}
	}
	return r, nil
}

// PersonRole gives a person a role.
type PersonRole struct {
	ID   string `json:"-" path:"id"`
	Role string `json:"role" enum:"owner,accountant,collector,sales,adviser,viewer"`
}

func setRole(c *Call, in PersonRole) (Done, error) {
	role, err := c.within(in.Role)
	if err == nil {
		err = c.People.SetRole(c.ctx(), c.Person.ID, c.tenant(), in.ID, role)
	}
	return Done{Done: err == nil}, err
}

// IDQuery names something.
type IDQuery struct {
	ID string `json:"-" path:"id"`
}

func removePerson(c *Call, q IDQuery) (Done, error) {
	err := c.People.SetRole(c.ctx(), c.Person.ID, c.tenant(), q.ID, "")
	return Done{Done: err == nil}, err
}

// NewInvitation invites somebody.
type NewInvitation struct {
	Email string `json:"email"`
	Role  string `json:"role" enum:"owner,accountant,collector,sales,adviser,viewer"`
}

// Invited is an invitation that was made.
type Invited struct {
	Path string `json:"path,omitempty" doc:"The address of the invitation below that of the installation: in the answer that made it, and nowhere else."`
}

func (Invited) withoutSecret() any { return Invited{} }

func invite(c *Call, in NewInvitation) (Invited, error) {
	role, err := c.within(in.Role)
	if err != nil {
		return Invited{}, err
	}
	token, err := c.People.Invite(c.ctx(), c.Person.ID, c.tenant(), in.Email, role)
	return Invited{Path: "/join?token=" + token}, err
}

func withdrawInvitation(c *Call, q IDQuery) (Done, error) {
	err := c.People.Withdraw(c.ctx(), c.Person.ID, c.tenant(), q.ID)
	return Done{Done: err == nil}, err
}

// Key is a key of the API, or a feed's.
type Key struct {
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	Person  string     `json:"person" doc:"The id of the person in whose name it acts."`
	Scopes  []string   `json:"scopes"`
	Created time.Time  `json:"created_at"`
	Expires *time.Time `json:"expires,omitempty"`
	Used    *time.Time `json:"used_at,omitempty" doc:"Roughly when it was last used."`
	Secret  string     `json:"secret,omitempty" doc:"In the answer that made it, and nowhere else: the key, or a feed's path without its ending."`
}

func keyOf(k people.Key) Key {
	return Key{
		ID: k.ID, Name: k.Name, Person: k.Person, Scopes: each(k.Scopes, func(p people.Permission) string { return string(p) }), Created: k.CreatedAt, Expires: k.Expires, Used: k.Used,
	}
}

func (k Key) withoutSecret() any {
	k.Secret = ""
	return k
}

func keys(c *Call, _ Nothing) (List[Key], error) {
	list, err := c.People.Programs.Keys(c.ctx(), c.tenant())
	return List[Key]{Items: each(slices.DeleteFunc(list, people.Key.Feed), keyOf)}, err
}

// NewKey is a key to be made.
type NewKey struct {
	Name   string   `json:"name"`
	Scopes []string `json:"scopes" doc:"Permissions, of those that this key has."`
	Days   int      `json:"days,omitempty" range:"1-3660" doc:"When it ends; never where it is not given, or with this key."`
}

func makeKey(c *Call, in NewKey) (Key, error) {
	k := people.Key{Tenant: c.tenant(), Person: c.Person.ID, Name: in.Name, Expires: c.expiry(in.Days)}
	for _, s := range in.Scopes {
		if !c.May(people.Permission(s)) {
			return Key{}, wrong("scopes", "This key does not have the permission \""+s+"\" itself.")
		}
		k.Scopes = append(k.Scopes, people.Permission(s))
	}
	return c.made(k)
}

// made stores a key and shows its secret.
func (c *Call) made(k people.Key) (Key, error) {
	k, secret, err := c.People.MakeKey(c.ctx(), c.Person.ID, k)
	out := keyOf(k)
	if out.Secret = secret; k.Feed() {
		out.Secret = "/feeds/" + secret
	}
	return out, err
}

// expiry is so many days from now, never for 0; but no later than that of the key
// that asks.
func (c *Call) expiry(days int) *time.Time {
	end := c.Key.Expires
	if days > 0 {
		if at := c.Wall().AddDate(0, 0, days); end == nil || at.Before(*end) {
			end = &at
		}
	}
	return end
}

func revokeKey(c *Call, q IDQuery) (Done, error) { return c.revoke(q.ID, false) }

// revoke ends a key or feed that the person may end.
func (c *Call) revoke(id string, feed bool) (Done, error) {
	list, err := c.People.Programs.Keys(c.ctx(), c.tenant())
	if err != nil {
		return Done{}, err
	}
	at := slices.IndexFunc(list, func(k people.Key) bool {
		return k.ID == id && k.Feed() == feed && (k.Person == c.Person.ID || c.May(people.Manage))
	})
	if at < 0 {
		return Done{}, errNothing
	}
	err = c.People.DropKey(c.ctx(), c.Person.ID, list[at])
	return Done{Done: err == nil}, err
}

// AuditQuery asks for the audit log.
type AuditQuery struct {
	Paging
	Kind string `query:"kind" doc:"Of one kind alone."`
}

// AuditEvent is something that somebody did.
type AuditEvent struct {
	ID      string    `json:"id"`
	At      time.Time `json:"at"`
	What    string    `json:"what"`
	Person  string    `json:"person,omitempty" doc:"Whom it is about."`
	By      string    `json:"by,omitempty"`
	Address string    `json:"address,omitempty" doc:"Where the request came from."`
	Detail  string    `json:"detail,omitempty"`
}

func audit(c *Call, q AuditQuery) (List[AuditEvent], error) {
	out := List[AuditEvent]{Items: []AuditEvent{}}
	asked := people.EventQuery{Kind: people.EventKind(q.Kind), Limit: q.limit() + 1}
	if q.Kind != "" && !slices.Contains(people.EventKinds(), asked.Kind) {
		return out, wrong("kind", "There is no such kind.")
	}
	if q.Cursor != "" {
		at, id, _ := strings.Cut(q.Cursor, " ")
		var err error
		if asked.Before, err = time.Parse(time.RFC3339Nano, at); err != nil || id == "" {
			return out, wrong("cursor", "This is not the next of a page.")
		}
		asked.BeforeID = id
	}
	list, err := c.People.Gate.Events(c.ctx(), c.tenant(), asked)
	if len(list) > q.limit() {
		list = list[:q.limit()]
		last := list[len(list)-1]
		out.Next = last.At.UTC().Format(time.RFC3339Nano) + " " + last.ID
	}
	out.Items = each(list, func(e people.Event) AuditEvent {
		return AuditEvent{ID: e.ID, At: e.At, What: string(e.Kind), Person: cmp.Or(e.PersonName, e.Person), By: cmp.Or(e.ByName, e.By), Address: e.Address, Detail: e.Detail}
	})
	return out, err
}
