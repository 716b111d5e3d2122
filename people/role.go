package people

import "slices"

// Role is what a person is in an organisation.
type Role string

// The roles, from the one that may do everything to the one that only looks.
const (
	Owner      Role = "owner"
	Accountant Role = "accountant"
	Collector  Role = "collector"
	Sales      Role = "sales"
	Adviser    Role = "adviser"
	Viewer     Role = "viewer"
)

// Roles are all roles, in the order in which they are shown.
func Roles() []Role { return []Role{Owner, Accountant, Collector, Sales, Adviser, Viewer} }

// Permission is what a page or an action asks for.
type Permission string

// The permissions. Public and SignedIn are asked of nobody's role.
const (
	// Public is for everybody, signed in or not.
	Public Permission = "public"
	// SignedIn is for everybody who is signed in, in no organisation's name.
	SignedIn Permission = "signed in"
	// SeeOwn shows what belongs to the customers that a person is responsible
	// for; who may See sees those of all.
	SeeOwn Permission = "see own"
	See    Permission = "see"
	// Export takes lists away as files.
	Export  Permission = "export"
	Comment Permission = "comment"
	// Decide answers questions and tries again what was refused.
	Decide Permission = "decide"
	// Undo takes back what was written.
	Undo Permission = "undo"
	// Connect makes, renews, pauses and ends connections and sets up books.
	Connect Permission = "connect"
	// Manage changes the organisation, its people and its settings.
	Manage Permission = "manage"
)

// Permissions are all permissions that a role may have.
func Permissions() []Permission {
	return []Permission{SeeOwn, See, Export, Comment, Decide, Undo, Connect, Manage}
}

// granted is the one table of who may do what.
func granted(r Role) []Permission {
	switch r {
	case Owner:
		return Permissions()
	case Accountant:
		return []Permission{SeeOwn, See, Export, Comment, Decide, Undo, Connect}
	case Collector:
		return []Permission{SeeOwn, See, Export, Comment}
	case Sales:
		return []Permission{SeeOwn, Comment}
	case Adviser:
		return []Permission{SeeOwn, See, Export, Comment}
	case Viewer:
		return []Permission{SeeOwn, See}
	}
	return nil
}

// May says whether a role has a permission.
func (r Role) May(p Permission) bool {
	return p == Public || p == SignedIn && r.Known() || slices.Contains(granted(r), p)
}

// Known says whether there is such a role.
func (r Role) Known() bool { return slices.Contains(Roles(), r) }

// Explain says in words what a role is for.
func (r Role) Explain() string {
	switch r {
	case Owner:
		return "may do everything, and decides who else is here"
	case Accountant:
		return "connects, decides, takes back and proves"
	case Collector:
		return "sees and exports all receivables, and comments"
	case Sales:
		return "sees the customers that he or she is responsible for"
	case Adviser:
		return "reads, exports and comments everything, from outside"
	case Viewer:
		return "only looks"
	}
	return ""
}
