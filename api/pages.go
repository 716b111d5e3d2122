package api

// Screen says, for pages and actions of the screen that no route stands for, why
// a program has none. Everything else has: a test holds that.
func Screen() map[string]string {
	const (
		own     = "A person's own account and session, which a key has no part in."
		door    = "How people come in."
		browser = "A consent is given on the vendor's page, in a browser."
		one     = "A key belongs to one organisation, and neither sees nor makes another."
	)
	return map[string]string{
		"GET /setup": door, "POST /setup": door, "GET /login": door, "POST /login": door, "GET /login/code": door, "POST /login/code": door,
		"GET /login/sso": door, "GET /login/sso/back": door, "GET /join": door, "POST /join": door, "GET /forgot": door, "POST /forgot": door,
		"GET /reset": door, "POST /reset": door, "GET /enter": door, "POST /enter": door,
		"POST /logout": own, "POST /organisation": own, "GET /account": own, "POST /account/profile": own, "POST /account/password": own,
		"POST /account/second": own, "POST /account/second/confirm": own, "POST /account/second/remove": own, "POST /account/everywhere": own,
		"GET /clients": one, "POST /clients": one,
		"GET /connect/{vendor}/begin": browser, "GET /connect/callback": browser, "GET /connections/{id}/again": browser,
		"GET /events":             "It tells open pages to read anew; a program is told by webhooks.",
		"GET /proof/{book}/csv":   "proof gives the same lines as JSON.",
		"GET /journal/{book}/csv": "journal gives the same lines as JSON.",
	}
}
