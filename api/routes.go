package api

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"

	"tieout/people"
)

// Route is one address: how it is asked for, what that needs, what it takes and
// gives. It is served, and it is the document's operation.
type Route struct {
	Method, Path string
	// Need is what the key, and its person's role, must hold. It is checked before
	// the route is run, and never twice.
	Need people.Permission
	// Tag groups routes, Name is the operation's. Summary and Doc are for people.
	Tag, Name, Summary, Doc string
	// Pages are the pages and actions of the screen that it stands for, as
	// "POST /notes".
	Pages []string
	// Quiet says that the audit log does not tell of it though it is no GET: it
	// changes nothing, or what is a person's own.
	Quiet bool
	// most is how many bytes a request may send; 0 is maxBody.
	most int64
	// files are the types of the files that it answers with; nil is JSON.
	files   []string
	in, out reflect.Type
	run     func(*Call, any) (any, error)
}

// file types a route that answers with a file of one of the types.
func file[In any](r Route, do func(*Call, In) error, types ...string) Route {
	r = as(r, func(c *Call, in In) (Nothing, error) { return Nothing{}, do(c, in) })
	r.files = types
	return r
}

// as types a route by the function that does it.
func as[In, Out any](r Route, do func(*Call, In) (Out, error)) Route {
	r.in, r.out = reflect.TypeFor[In](), reflect.TypeFor[Out]()
	r.run = func(c *Call, in any) (any, error) {
		typed, ok := in.(In)
		if !ok {
			return nil, fmt.Errorf("api: %s %s was given %T", r.Method, r.Path, in)
		}
		return do(c, typed)
	}
	return r
}

const (
	get  = http.MethodGet
	post = http.MethodPost
	del  = http.MethodDelete
)

// Routes is the one table of the API, below Base.
func Routes() []Route {
	return slices.Concat([]Route{
		as(Route{Method: get, Path: "/me", Need: people.SignedIn, Tag: "Organisation", Name: "me", Summary: "Whose key this is, and what it may do"}, me),
		as(Route{Method: get, Path: "/overview", Need: people.SeeOwn, Tag: "Organisation", Name: "overview", Pages: []string{"GET /{$}"}, Summary: "What the first page shows", Doc: "Open receivables by age, what came in today, what waits, and whether the books agree."}, overview),
		as(Route{Method: get, Path: "/books", Need: people.See, Tag: "Organisation", Name: "books", Pages: []string{"GET /proof", "GET /journal"}, Summary: "The books"}, listBooks),

		as(Route{Method: get, Path: "/invoices", Need: people.SeeOwn, Tag: "Receivables", Name: "invoices", Pages: []string{"GET /receivables", "GET /search"}, Summary: "Invoices, as the list of receivables filters them"}, invoices),
		as(Route{Method: get, Path: "/invoices/{connection}/{id}", Need: people.SeeOwn, Tag: "Receivables", Name: "invoice", Pages: []string{"GET /invoices/{connection}/{id}"}, Summary: "An invoice with all that belongs to it"}, invoice),
		as(Route{Method: get, Path: "/customers/{connection}/{id}", Need: people.SeeOwn, Tag: "Receivables", Name: "customer", Pages: []string{"GET /customers/{connection}/{id}"}, Summary: "A customer with what is open and how they pay"}, customer),
		as(Route{Method: post, Path: "/invoices/{connection}/{id}/notes", Need: people.Comment, Tag: "Receivables", Name: "noteOnInvoice", Pages: []string{"POST /notes"}, Quiet: true, Summary: "Add a note to an invoice"}, noteOnInvoice),
		as(Route{Method: post, Path: "/customers/{connection}/{id}/notes", Need: people.Comment, Tag: "Receivables", Name: "noteOnCustomer", Pages: []string{"POST /notes"}, Quiet: true, Summary: "Add a note to a customer"}, noteOnCustomer),

		as(Route{Method: get, Path: "/payments", Need: people.See, Tag: "Payments", Name: "payments", Pages: []string{"GET /payments"}, Summary: "Stripe's payments and what became of them, the newest first"}, payments),
		as(Route{Method: get, Path: "/payments/{id}", Need: people.See, Tag: "Payments", Name: "payment", Pages: []string{"GET /payments/{id}"}, Summary: "A movement of Stripe's balance, by its id or by that of what it moved"}, payment),
		as(Route{Method: get, Path: "/payouts", Need: people.See, Tag: "Payments", Name: "payouts", Pages: []string{"GET /payouts"}, Summary: "Payouts, the newest first"}, payouts),
		as(Route{Method: get, Path: "/payouts/{id}", Need: people.See, Tag: "Payments", Name: "payout", Pages: []string{"GET /payouts/{id}"}, Summary: "A payout with all that left with it"}, payout),
		as(Route{Method: get, Path: "/connections", Need: people.See, Tag: "Connections", Name: "connections", Pages: []string{"GET /connections"}, Summary: "What is connected, how fresh it is, and what reading it takes"}, connections),
		as(Route{Method: get, Path: "/connections/{id}", Need: people.See, Tag: "Connections", Name: "connection", Pages: []string{"GET /connections/{id}"}, Summary: "A connection with its last runs"}, connection),
	}, bulkRoutes(), customerRoutes(), viewRoutes(), changes(), working(), bankRoutes(), connectRoutes(), setUpRoutes(), bookingRoutes(), paperRoutes(), hookRoutes(), controlRoutes(), peopleRoutes())
}

// working are the routes of what is decided, proven and taken back.
func working() []Route {
	return []Route{
		as(Route{Method: get, Path: "/decisions", Need: people.See, Tag: "Decisions", Name: "decisions", Pages: []string{"GET /decisions"}, Summary: "Questions that wait for a person"}, decisions),
		as(Route{Method: post, Path: "/decisions/{book}/{id}/answer", Need: people.Decide, Tag: "Decisions", Name: "answer", Pages: []string{"POST /decisions/answer"}, Summary: "Answer a question"}, answerDecision),
		as(Route{Method: post, Path: "/decisions/{book}/{id}/withdraw", Need: people.Decide, Tag: "Decisions", Name: "withdraw", Pages: []string{"POST /decisions/withdraw"}, Summary: "Take an answer back on which nothing has acted yet"}, withdrawDecision),
		as(Route{Method: get, Path: "/exceptions", Need: people.See, Tag: "Decisions", Name: "exceptions", Pages: []string{"GET /decisions"}, Summary: "What cannot be booked or read, each with its one action"}, exceptions),
		as(Route{Method: get, Path: "/writes-set-aside", Need: people.See, Tag: "Decisions", Name: "writesSetAside", Pages: []string{"GET /decisions"}, Summary: "Writes that the ledger has refused"}, notWritten),
		as(Route{Method: post, Path: "/writes-set-aside/{book}/{id}/retry", Need: people.Decide, Tag: "Decisions", Name: "retry", Pages: []string{"POST /decisions/retry"}, Summary: "Try one of them again"}, retry),

		as(Route{Method: get, Path: "/approvals", Need: people.See, Tag: "Decisions", Name: "approvals", Pages: []string{"GET /decisions"}, Summary: "What waits for a second person, and what was approved lately"}, approvals),
		as(Route{Method: post, Path: "/approvals/{id}/answer", Need: people.Decide, Tag: "Decisions", Name: "approve", Pages: []string{"POST /decisions/approve"}, Summary: "Agree as the second person, with which it is done, or refuse", Doc: "Nobody approves what he or she has asked for."}, approve),

		as(Route{Method: get, Path: "/books/{book}/proofs", Need: people.See, Tag: "Proof", Name: "proofs", Pages: []string{"GET /proof/{book}"}, Summary: "Proofs of a book, the newest first"}, proofs),
		as(Route{Method: get, Path: "/books/{book}/proofs/{id}", Need: people.See, Tag: "Proof", Name: "proof", Pages: []string{"GET /proof/{book}"}, Summary: "A proof line by line", Doc: "The id latest is the newest one."}, proofOf),

		as(Route{Method: get, Path: "/books/{book}/journal", Need: people.See, Tag: "Journal", Name: "journal", Pages: []string{"GET /journal/{book}"}, Summary: "What was written and why, the newest first"}, journalOf),
		as(Route{Method: get, Path: "/books/{book}/undo", Need: people.Undo, Tag: "Journal", Name: "previewUndo", Pages: []string{"GET /journal/{book}/undo"}, Summary: "What an undo would do; nothing is changed"}, previewUndo),
		as(Route{Method: post, Path: "/books/{book}/undo", Need: people.Undo, Tag: "Journal", Name: "undo", Pages: []string{"POST /journal/{book}/undo"}, Summary: "Do what was shown under a digest, and nothing else"}, applyUndo),
	}
}

// viewRoutes are those of saved views and their feeds.
func viewRoutes() []Route {
	const tag = "Receivables"
	const page = "/receivables/views"
	return []Route{
		as(Route{Method: get, Path: "/views", Need: people.SeeOwn, Tag: tag, Name: "views", Pages: []string{"GET " + page}, Summary: "Saved views of receivables"}, views),
		as(Route{Method: post, Path: "/views", Need: people.SeeOwn, Tag: tag, Name: "saveView", Pages: []string{"POST " + page}, Quiet: true, Summary: "Save a view", Doc: "It belongs to the key's person."}, saveView),
		as(Route{Method: post, Path: "/views/{id}", Need: people.SeeOwn, Tag: tag, Name: "changeView", Pages: []string{"POST " + page}, Quiet: true, Summary: "Save another filter or name in place of a view"}, changeView),
		as(Route{Method: del, Path: "/views/{id}", Need: people.SeeOwn, Tag: tag, Name: "deleteView", Pages: []string{"POST " + page + "/delete"}, Quiet: true, Summary: "Delete a view, and end its feeds"}, deleteView),
		as(Route{Method: get, Path: "/views/{id}/feeds", Need: people.SeeOwn, Tag: tag, Name: "feeds", Pages: []string{"GET " + page}, Summary: "Feeds of a view"}, feeds),
		as(Route{Method: post, Path: "/views/{id}/feeds", Need: people.Export, Tag: tag, Name: "makeFeed", Pages: []string{"POST " + page + "/feed"}, Summary: "Make a feed of a view", Doc: "Its address is shown this once."}, makeFeed),
		as(Route{Method: del, Path: "/feeds/{id}", Need: people.Export, Tag: tag, Name: "endFeed", Pages: []string{"POST " + page + "/feed/end"}, Summary: "End a feed"}, endFeed),
	}
}
