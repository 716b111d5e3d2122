package walls

import "strings"

// Wall says which of the project's own packages a folder may import. A
// pattern is a folder ("money"), each folder directly below one ("sync/*"),
// or a folder and all that lies below it ("sandbox/...").
type Wall struct {
	// Folder is the pattern of the folders that stand behind the wall.
	Folder string
	// May are the patterns of what they import.
	May []string
	// Tests are the patterns that their tests import besides.
	Tests []string
	// Pure forbids network, clock, randomness, files and database.
	Pure bool
	// Why is the wall's reason, in one sentence.
	Why string
}

// model is what speaks of receivables without doing anything.
func model() []string { return []string{"mapping", "money", "receivables"} }

// engine is what the steps of the engine share: the contracts, no vendor.
func engine(more ...string) []string { return append(append(model(), "books", "connectors"), more...) }

// Walls is the one table of who may import whom; the first row that fits a
// folder counts. A folder without a row is a problem of its own.
func Walls() []Wall {
	return append([]Wall{
		{Folder: "money", Pure: true, Why: "an amount is arithmetic"},
		{Folder: "receivables", May: []string{"money"}, Pure: true, Why: "the model is values and their rules"},
		{Folder: "mapping", May: []string{"money", "receivables"}, Pure: true, Why: "mapping is a function of what a vendor said"},
		{Folder: "books", May: append(model(), "connectors"), Why: "the engine's and the store's common words know neither of them"},

		{Folder: "connectors", May: model(), Why: "the contracts know no vendor"},
		{
			Folder: "connectors/all", May: engine("connectors/*", "internal/vendorhttp", "internal/clock"),
			Why: "the one list of vendors",
		},
		{
			Folder: "connectors/connectortest", May: append(model(), "connectors", "internal/clock"),
			Why: "one suite for every vendor names none of them",
		},
		{
			Folder: "connectors/example", May: append(model(), "connectors", "internal/vendorhttp"), Tests: []string{"..."},
			Why: "a vendor to learn from, with which the whole engine is run to prove that nothing else has to know it",
		},
		{
			Folder: "connectors/*", May: append(model(), "connectors", "internal/vendorhttp"),
			Tests: []string{"connectors/connectortest", "internal/clock", "judge/stripemock", "judge/xsd", "sandbox/..."},
			Why:   "a vendor knows no other vendor, no database and no step of the engine",
		},

		{Folder: "links", May: engine(), Why: "a link's life is decided without a vendor or a database"},
		{
			Folder: "connect", May: engine("links", "sync/lease"),
			Tests: []string{"internal/clock", "sandbox/oauth", "store", "store/storetest"},
			Why:   "consent speaks to the contracts",
		},
		{Folder: "pay", May: engine("sync/lease"), Why: "what a payer may pay is decided without a vendor, a database or a page"},
		{Folder: "listing", May: []string{"money", "receivables"}, Pure: true, Why: "what a list is asked is values, which pages and the store share"},
		{Folder: "people/oidc/oidctest", Why: "an issuer for tests knows nothing of ours"},
		{Folder: "people/oidc", May: []string{"people"}, Tests: []string{"people/oidc/oidctest"}, Why: "who somebody is at an issuer is found out without a page or a database"},
		{Folder: "people", May: []string{"money"}, Why: "who may sign in is decided without a page, a session or a database"},
		{Folder: "sync/lease", Why: "a right to work knows nothing of the work"},
		{Folder: "sync/simtest", Tests: []string{"..."}, Why: "it disturbs a whole installation, and nobody builds upon it"},
		{Folder: "sync/pushtest", Tests: []string{"..."}, Why: "it tries the outbox with every vendor's stand-in, and nobody builds upon it"},
		{
			Folder: "sync/dispatch/dispatchtest", May: engine("store", "sync/dispatch", "sync/lease", "internal/clock"),
			Why: "one suite for every way of dispatching works on real rows",
		},
		{
			Folder: "sync/dispatch/...", May: []string{"sync/dispatch/...", "internal/clock"},
			Tests: engine("store", "store/storetest", "sync/lease", "sync/schedule", "internal/testdb"),
			Why:   "who spreads work knows nothing of the work",
		},
		{
			Folder: "sync/...", May: engine("links", "sync/...", "internal/clock"),
			Why: "a step knows the contracts and its own store interface, no vendor and no database",
		},

		{
			Folder: "store/storetest", May: engine("connect", "links", "listing", "migrations", "pay", "people", "store", "sync/...", "internal/clock", "internal/secret", "internal/testdb"),
			Why: "one suite for both engines, for tests of the store and above",
		},
		{
			Folder: "store/...", May: engine("connect", "links", "listing", "migrations", "pay", "people", "store/...", "sync/...", "internal/clock", "internal/secret"),
			Tests: []string{"internal/testdb"},
			Why:   "the store implements what others declare; they never know it",
		},
		{Folder: "migrations", Why: "SQL text"},
		{Folder: "web/chart", Pure: true, Why: "a chart is numbers laid out"},
		{Folder: "web/e2e", Tests: []string{"..."}, Why: "plays a whole installation in a real browser"},
		{
			Folder: "web", May: engine("links", "listing", "connect", "pay", "people", "sync/...", "web/chart", "internal/clock"), Tests: []string{"people/oidc", "people/oidc/oidctest", "internal/app", "store", "store/storetest"},
			Why: "a page shows what it is given; it knows no database and no vendor",
		},
	}, outer()...)
}

// outer are the rows of what stands for others, and of what wires, measures and
// judges the rest.
func outer() []Wall {
	return []Wall{
		{
			Folder: "api", May: []string{"listing", "money", "people", "receivables", "sync/...", "web"}, Tests: []string{"..."},
			Why: "a program is shown what a page is; it knows no database and no vendor",
		},

		{
			Folder: "sandbox/...", May: []string{"internal/clock", "sandbox/..."}, Tests: []string{"judge/xsd"},
			Why: "a stand-in that shares types with the client it tests proves nothing",
		},
		{Folder: "internal/app", May: []string{"..."}, Tests: []string{"..."}, Why: "wires one installation"},
		{Folder: "internal/vendorhttp", May: []string{"internal/clock"}, Why: "the transport knows no vendor"},
		{Folder: "internal/...", Tests: []string{"internal/..."}, Why: "a tool knows nothing of what it is used for"},
		{Folder: "cmd/...", May: []string{"..."}, Tests: []string{"..."}, Why: "wires everything"},
		{Folder: "bench", May: []string{"..."}, Tests: []string{"..."}, Why: "measures everything"},
		{Folder: "demo", May: []string{"..."}, Tests: []string{"..."}, Why: "wires everything"},
		{
			Folder: "judge/traffic", Tests: []string{"demo", "internal/clock", "judge/stripemock", "judge/xsd", "sandbox"},
			Why: "it plays the demo and listens; what shares a connector's types shares its mistakes",
		},
		{Folder: "judge/...", Why: "what shares code with the accused proves nothing"},
	}
}

// Owner says which folders alone use a module.
type Owner struct {
	Module string
	// Folders are patterns; none means tests only.
	Folders []string
}

// Owners is where the modules that do one job are used. Tests are free.
func Owners() []Owner {
	return []Owner{
		// The demonstration makes the database that it lives in.
		{"database/sql", []string{"store/...", "internal/testdb", "demo"}},
		{"github.com/jmoiron/sqlx", []string{"store/..."}},
		{"github.com/lib/pq", []string{"store/...", "internal/testdb", "demo"}},
		{"modernc.org/sqlite", []string{"store/..."}},
		{"github.com/pressly/goose/v3", []string{"store/..."}},
		{"github.com/hashicorp/go-retryablehttp", []string{"internal/vendorhttp"}},
		{"github.com/sony/gobreaker/v2", []string{"internal/vendorhttp"}},
		{"github.com/wneessen/go-mail", []string{"sync/mail"}},
		{"github.com/mocktools/go-smtp-mock", nil},
		{"github.com/prometheus/client_golang", []string{"internal/app"}},
		{"github.com/coreos/go-oidc/v3", []string{"people/oidc"}},
		{"golang.org/x/oauth2", []string{"connect", "connectors/...", "people/oidc"}},
		{"github.com/stripe/stripe-go/v76", []string{"connectors/stripe"}},
		{"github.com/robfig/cron/v3", []string{"sync/schedule"}},
		{"github.com/riverqueue/river", []string{"sync/dispatch/river"}},
		{"github.com/jackc/pgx/v5", []string{"sync/dispatch/river"}},
		{"codeberg.org/go-pdf/fpdf", []string{"sync/monthend/..."}},
		{"github.com/go-fonts/liberation", []string{"sync/monthend/..."}},
		{"github.com/bojanz/currency", []string{"money"}},
		{"github.com/alecthomas/kong", []string{"cmd/..."}},
		{"github.com/alexedwards/argon2id", []string{"people"}},
		{"github.com/alexedwards/scs/v2", []string{"web"}},
		{"github.com/pquerna/otp", []string{"people", "web"}},
		{"github.com/chromedp/chromedp", nil},
		{"github.com/getkin/kin-openapi", nil},
		{"github.com/xuri/excelize/v2", nil},
		{"pgregory.net/rapid", nil},
		{"github.com/rogpeppe/go-internal", nil},
	}
}

// impure are the parts of the standard library that a pure package has no use
// for: they reach the network, the machine, or chance.
func impure() []string {
	return []string{"crypto/rand", "database/sql", "log", "log/slog", "math/rand", "net", "os", "syscall"}
}

// wallOf is the first wall that a folder stands behind.
func wallOf(folder string) (Wall, bool) {
	for _, wall := range Walls() {
		if matches(wall.Folder, folder) {
			return wall, true
		}
	}
	return Wall{}, false
}

// anyOf says whether a folder fits one of the patterns.
func anyOf(patterns []string, folder string) bool {
	for _, pattern := range patterns {
		if matches(pattern, folder) {
			return true
		}
	}
	return false
}

func matches(pattern, folder string) bool {
	if pattern == "..." {
		return true
	}
	if above, ok := strings.CutSuffix(pattern, "/..."); ok {
		return folder == above || strings.HasPrefix(folder, above+"/")
	}
	if above, ok := strings.CutSuffix(pattern, "/*"); ok {
		rest, below := strings.CutPrefix(folder, above+"/")
		return below && rest != "" && !strings.Contains(rest, "/")
	}
	return folder == pattern
}

// within says whether an import path is that of a module or lies below it.
func within(module, imported string) bool {
	return imported == module || strings.HasPrefix(imported, module+"/")
}
