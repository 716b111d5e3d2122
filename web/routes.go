package web

import (
	"slices"

	"tieout/people"
)

// Route is one address: how it is asked for, what that needs, and the page.
type Route struct {
	Method, Pattern string
	// Need is what a person's role must hold. It is checked before the page is
	// called, and never twice.
	Need people.Permission
	page func(*Site, *Visit) error
}

// Routes is the one table of all pages and actions. Only the files of
// /assets/, /healthz and the vendors' webhooks stand outside of it: they show
// nothing of anybody's.
func Routes() []Route {
	return slices.Concat(doors(), connectRoutes(), settingsRoutes(), []Route{
		{"POST", "/logout", people.SignedIn, (*Site).signOut},
		{"POST", "/organisation", people.SignedIn, (*Site).switchOrganisation},
		{"GET", "/clients", people.SignedIn, (*Site).clients},
		{"POST", "/clients", people.Manage, (*Site).clientAdd},
		{"GET", "/account", people.SignedIn, (*Site).account},
		{"POST", "/account/profile", people.SignedIn, (*Site).accountProfile},
		{"POST", "/account/password", people.SignedIn, (*Site).accountPassword},
		{"POST", "/account/second", people.SignedIn, (*Site).accountSecond},
		{"POST", "/account/second/confirm", people.SignedIn, (*Site).accountSecondConfirm},
		{"POST", "/account/second/remove", people.SignedIn, (*Site).accountSecondRemove},
		{"POST", "/account/everywhere", people.SignedIn, (*Site).accountEverywhere},

		{"GET", "/{$}", people.SeeOwn, (*Site).home},
		{"GET", "/events", people.SeeOwn, (*Site).events},
		{"GET", "/search", people.SeeOwn, (*Site).search},

		{"GET", "/invoices/{connection}/{id}", people.SeeOwn, (*Site).invoice},
		{"GET", "/customers/{connection}/{id}", people.SeeOwn, (*Site).customer},
		{"POST", "/customers/{connection}/{id}/responsible", people.Manage, (*Site).customerAssign},
		{"POST", "/customers/{connection}/{id}/apart", people.Decide, (*Site).customerApart},
		{"POST", "/customers/{connection}/{id}/allow", people.Decide, (*Site).customerAllow},
		{"POST", "/notes", people.Comment, (*Site).addNote},
		{"GET", "/payments", people.See, (*Site).payments},
		{"GET", "/payments/{id}", people.See, (*Site).payment},
		{"GET", "/payouts", people.See, (*Site).payouts},
		{"GET", "/payouts/{id}", people.See, (*Site).payout},
		{"GET", "/bank", people.See, (*Site).bank},
		{"POST", "/bank/read", people.Decide, (*Site).bankRead},
		{"POST", "/bank/import", people.Decide, (*Site).bankImport},
		{"POST", "/bank/match", people.Decide, (*Site).bankMatch},
		{"POST", "/bank/confirm", people.Decide, (*Site).bankConfirm},
		{"POST", "/bank/reopen", people.Decide, (*Site).bankReopen},
		{"GET", "/proof", people.See, (*Site).proofs},
		{"GET", "/proof/{book}", people.See, (*Site).proofOf},
		{"GET", "/proof/{book}/csv", people.Export, (*Site).proofCSV},
		{"GET", "/proof/{book}/compare", people.See, (*Site).compareProofs},
		{"GET", "/proof/{book}/month", people.See, (*Site).month},
		{"GET", "/proof/{book}/month/{form}", people.Export, (*Site).monthFile},
		{"POST", "/proof/{book}/month", people.Decide, (*Site).monthSign},
		{"GET", "/journal", people.See, (*Site).journals},
		{"GET", "/journal/{book}", people.See, (*Site).journalOf},
		{"GET", "/journal/{book}/csv", people.Export, (*Site).journalCSV},
		{"GET", "/journal/{book}/undo", people.Undo, (*Site).undoShown},
		{"POST", "/journal/{book}/undo", people.Undo, (*Site).undoPost},
		{"GET", "/receivables", people.SeeOwn, (*Site).receivables},
		{"GET", "/receivables/bulk", people.Decide, (*Site).bulk},
		{"POST", "/receivables/bulk", people.Decide, (*Site).bulkPost},
		{"GET", "/receivables/responsible", people.Manage, (*Site).bulkResponsible},
		{"POST", "/receivables/responsible", people.Manage, (*Site).bulkResponsiblePost},
		{"GET", "/receivables.csv", people.Export, (*Site).receivablesCSV},
		{"GET", "/receivables.xlsx", people.Export, (*Site).receivablesXLSX},
		{"GET", "/receivables/views", people.SeeOwn, (*Site).views},
		{"POST", "/receivables/views", people.SeeOwn, (*Site).viewPost},
		{"POST", "/receivables/views/delete", people.SeeOwn, (*Site).viewDelete},
		{"POST", "/receivables/views/feed", people.Export, (*Site).feedPost},
		{"POST", "/receivables/views/feed/end", people.Export, (*Site).feedEnd},

		{"GET", "/decisions", people.See, (*Site).decisions},
		{"POST", "/decisions/answer", people.Decide, (*Site).decisionAnswer},
		{"POST", "/decisions/withdraw", people.Decide, (*Site).decisionWithdraw},
		{"POST", "/decisions/approve", people.Decide, (*Site).approve},
		{"POST", "/decisions/retry", people.Decide, (*Site).retry},
	})
}

// settingsRoutes are those under Settings.
func settingsRoutes() []Route {
	return []Route{
		{"GET", "/settings", people.Manage, (*Site).organisation},
		{"POST", "/settings/organisation", people.Manage, (*Site).organisationPost},
		{"GET", "/settings/booking", people.Connect, (*Site).booking},
		{"GET", "/settings/booking/{book}", people.Connect, (*Site).bookingOf},
		{"POST", "/settings/booking/{book}", people.Connect, (*Site).bookingPost},
		{"GET", "/settings/webhooks", people.Manage, (*Site).hooks},
		{"POST", "/settings/webhooks", people.Manage, (*Site).hookAdd},
		{"POST", "/settings/webhooks/remove", people.Manage, (*Site).hookRemove},
		{"POST", "/settings/webhooks/replay", people.Manage, (*Site).hookReplay},
		{"POST", "/settings/webhooks/test", people.Manage, (*Site).hookTest},
		{"GET", "/settings/control", people.Manage, (*Site).control},
		{"POST", "/settings/control", people.Manage, (*Site).controlPost},
		{"GET", "/settings/learned", people.Decide, (*Site).learned},
		{"POST", "/settings/learned/forget", people.Decide, (*Site).learnedForget},
		{"GET", "/settings/keys", people.Manage, (*Site).keys},
		{"POST", "/settings/keys", people.Manage, (*Site).keyPost},
		{"POST", "/settings/keys/revoke", people.Manage, (*Site).keyRevoke},
		{"GET", "/settings/audit", people.Manage, (*Site).audit},
		{"GET", "/settings/audit.csv", people.Manage, (*Site).auditCSV},
		{"GET", "/settings/people", people.Manage, (*Site).members},
		{"POST", "/settings/invite", people.Manage, (*Site).invite},
		{"POST", "/settings/withdraw", people.Manage, (*Site).invitationWithdraw},
		{"POST", "/settings/role", people.Manage, (*Site).memberRole},
	}
}

// doors are the addresses that people come in by.
func doors() []Route {
	return []Route{
		{"GET", "/setup", people.Public, (*Site).setUp},
		{"POST", "/setup", people.Public, (*Site).setUpPost},
		{"GET", "/login", people.Public, (*Site).signIn},
		{"POST", "/login", people.Public, (*Site).signInPost},
		{"GET", "/login/code", people.Public, (*Site).code},
		{"POST", "/login/code", people.Public, (*Site).codePost},
		{"GET", "/login/sso", people.Public, (*Site).signOn},
		{"GET", "/login/sso/back", people.Public, (*Site).signOnBack},
		{"GET", "/join", people.Public, (*Site).join},
		{"POST", "/join", people.Public, (*Site).joinPost},
		{"GET", "/forgot", people.Public, (*Site).forgot},
		{"POST", "/forgot", people.Public, (*Site).forgotPost},
		{"GET", "/reset", people.Public, (*Site).reset},
		{"POST", "/reset", people.Public, (*Site).resetPost},
		{"GET", "/enter", people.Public, (*Site).enter},
		{"POST", "/enter", people.Public, (*Site).enterPost},
	}
}
