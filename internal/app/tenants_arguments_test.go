package app_test

import (
	"context"
	"reflect"
	"time"

	"tieout/books"
	"tieout/connect"
	"tieout/connectors"
	"tieout/internal/app"
	"tieout/links"
	"tieout/listing"
	"tieout/mapping"
	"tieout/money"
	"tieout/pay"
	"tieout/people"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/alarm"
	"tieout/sync/inbox"
	"tieout/sync/journal"
	"tieout/sync/mail"
	"tieout/sync/monthend"
	"tieout/sync/notify"
	"tieout/sync/proof"
	"tieout/sync/pull"
	"tieout/sync/push"
	"tieout/sync/reconcile"
	"tieout/sync/schedule"
	"tieout/sync/statement"
	"tieout/sync/sweep"
	"tieout/sync/undo"
)

// argument is what a method is called with: by its own name and the
// parameter's, by the parameter's name and type, or by its type.
func (c *crowd) argument(a *app.App, m storeMethod, name string, kind reflect.Type, out *result) reflect.Value {
	c.Helper()
	special := c.special()
	for _, key := range []string{m.name + "." + name, kind.String() + " " + name, kind.String()} {
		if v, ok := special[key]; ok {
			return reflect.ValueOf(v).Convert(kind)
		}
	}
	switch kind {
	case reflect.TypeFor[context.Context]():
		return reflect.ValueOf(c.Context())
	case reflect.TypeFor[time.Time]():
		return reflect.ValueOf(instantNamed(name))
	case reflect.TypeFor[receivables.Date]():
		return reflect.ValueOf(receivables.DateIn(instantNamed(name), time.UTC))
	}
	if kind.String() == "lease.Lease" {
		return reflect.ValueOf(c.lease(a))
	}
	if kind.Kind() == reflect.Func { // what is given is part of the result
		return reflect.MakeFunc(kind, func(given []reflect.Value) []reflect.Value {
			out.values = append(out.values, given[0].Interface())
			return []reflect.Value{reflect.Zero(kind.Out(0))}
		})
	}
	c.Fatalf("%s: no argument for %s, which is of type %s: say in tenants_arguments_test.go what to give", m.name, name, kind)
	return reflect.Value{}
}

// instantNamed is before or after everything that happened, as the name says.
func instantNamed(name string) time.Time {
	switch name {
	case "since", "from", "after":
		return testNow.AddDate(-3, 0, 0)
	}
	return later
}

// special are the arguments that are not made from a type alone.
func (c *crowd) special() map[string]any {
	k := c.known
	out := map[string]any{
		"string tenant": books.Tenant, "string book": k.book.ID, "string by": "bob", "string vendor": "stripe", "int limit": 1000, "int n": 3,
		"string account": bankAccount, "string currency": "USD", "string hook": k.hook.ID, "string after": "", "string prefix": "", "string purpose": "pull", "string holder": "h",
		"string connection": k.ledger.ID, "bool on": false, "bool granted": true, "[]string": k.ids,
		"books.Book": k.book, "books.Connection": k.ledger, "connect.Grant": k.grant, "connectors.Profile": k.ledger.Profile,
		"receivables.Kind": receivables.KindInvoice, "connectors.Swept": connectors.Swept{Kind: receivables.KindInvoice},
		"[]receivables.Ref": c.refs(), "notify.Hook": k.hook, "notify.Delivery": k.delivery,
		"[]push.State": []push.State{push.StateDone, push.StateParked, push.StatePlanned}, "push.Intent": k.planned(), "[]push.Intent": []push.Intent{}, "[]reconcile.PartRow": []reconcile.PartRow{},
		"journal.Kind": journal.Kind(""), "int64 before": int64(0), "JournalPage.before": int64(0), "PastProofs.before": later, "PayoutList.id": "", "CustomerRecord.id": "1", "InvoiceHistory.id": "1", "string invoice": "1", "ResponsibleFor.customer": "c", "ResponsibleFor.person": "p1", "PayoutList.before": listing.Moment{}, "Deliveries.before": listing.Moment{},
		"store.TraceQuery": store.TraceQuery{Limit: 1000},
		"pay.Kind":         pay.KindCustomer, "pay.Session": payPage("page-2"),
		"bool yes": true, "people.EventQuery": people.EventQuery{Limit: 1000}, "mail.Mail": mail.Mail{ID: "mail-1", Attempts: 1, NotBefore: later}, "[]mail.Mail": []mail.Mail{{ID: "mail-2", NotBefore: testNow, CreatedAt: testNow}},
		"[]alarm.Row":        []alarm.Row{{Connection: k.ledger.ID, Kind: alarm.Reconnect, Raised: later, Told: later}},
		"SaveAlarms.notices": []notify.Notice{}, "monthend.Month": "2026-11", "monthend.Control": monthend.Control{RetentionYears: 9}, "proof.Proof": k.again(),
		"monthend.SignOff":    monthend.SignOff{Role: monthend.RoleReviewed, By: "bob", At: testNow, Pack: "p"},
		"monthend.Approval":   monthend.Approval{ID: "ap2", Subject: "undo", Digest: "e", AskedBy: "ann", AskedAt: testNow},
		"proof.SigningKey":    proof.SigningKey{ID: "k2", Public: []byte("p"), Private: []byte("q"), Created: testNow},
		"statement.ColumnMap": statement.ColumnMap{Date: "z"}, "sweep.Record": sweep.Record{Tried: later, Finished: later},
		"schedule.Run":       schedule.Run{Tenant: books.Tenant, ID: "run-2", Subject: "book/" + k.book.ID, Started: testNow},
		"store.JournalQuery": store.JournalQuery{}, "reconcile.BilledQuery": reconcile.BilledQuery{IDs: k.ids},
		"reconcile.InvoiceQuery": reconcile.InvoiceQuery{IDs: k.ids}, "reconcile.CustomerQuery": reconcile.CustomerQuery{IDs: k.ids},
		"[]reconcile.Mark": k.marks, "[]reconcile.MovementState": []reconcile.MovementState{reconcile.MovementSettled, reconcile.MovementHeld, reconcile.MovementWaiting},
		"reconcile.MovementState": reconcile.MovementWaiting,
		"undo.Selection":          undo.Selection{States: []reconcile.PartState{reconcile.PartLive, reconcile.PartPlanned, reconcile.PartSent}},
		"connect.Created":         connect.Created{NewAccount: connectors.NewAccount{Use: "fees", Name: "F"}, Answer: connectors.Answer{Ref: receivables.Ref{Kind: receivables.KindAccount, ID: "99"}}, At: testNow},
	}
	out["CustomerAges.customer"], out["string customer"] = "nobody", "c"
	out["Unjoin.payer"], out["AllowJoin.payer"], out["Unjoin.connection"], out["AllowJoin.connection"] = "payer", "stranger", k.stripe.ID, k.stripe.ID
	out["QuestionsAbout.subjects"] = []string{"movement/m1"}
	out["[]receivables.Receipt"] = []receivables.Receipt{{ID: "seen", AccountID: bankAccount, Date: "2026-11-19"}}
	out["TasksOf.connections"] = []string{k.ledger.ID}
	out["NotesAbout.about"] = receivables.Ref{Kind: receivables.KindCustomer, ID: "c"}
	out["store.Note"] = store.Note{ID: "note-2", Connection: k.ledger.ID, About: receivables.Ref{Kind: receivables.KindCustomer, ID: "c"}, At: testNow}
	out["ReleaseClaims.connections"] = []string{k.ledger.ID, k.stripe.ID}
	out["RunsOf.subject"], out["Held.leases"], out["Held.now"] = "connection/"+k.ledger.ID, []string{"held"}, testNow
	out["Hasten.connections"], out["Hasten.at"] = []string{k.ledger.ID}, testNow.AddDate(-1, 0, 0)
	// An approval counts for days, not for as long as the rest is looked back at.
	out["Approved.now"], out["AnswerApproval.at"] = testNow, testNow
	c.people(out)
	c.written(out)
	return out
}

// people adds what is asked and written about people.
func (c *crowd) people(out map[string]any) {
	out["string own"], out["string person"], out["people.Role"], out["DropTicket.hash"] = "", "p2", people.Viewer, "h"
	out["[]listing.Source"] = []listing.Source{{Connection: c.known.ledger.ID}, {Connection: c.known.stripe.ID, Book: c.known.book.ID}}
	out["listing.Filter"] = listing.Filter{Status: listing.All, Limit: 10, Today: "2026-11-22"}
	out["people.Organisation"] = people.Organisation{Tenant: books.Tenant, Name: "New", Zone: "UTC", Home: "EUR"}
	out["View.id"], out["DeleteView.id"], out["DropKey.id"], out["KeyUsed.id"] = "view", "view", "key", "key"
	out["CountRequests.id"], out["CountRequests.start"], out["CountRequests.n"], out["CountRequests.most"] = "key", testNow, 1, 10
	out["listing.View"] = listing.View{ID: "view", Person: "p1", Name: "changed", ChangedAt: testNow}
	out["people.Key"] = people.Key{ID: "new", Tenant: books.Tenant, Person: "p2", Hash: "new", CreatedAt: testNow}
	out["string key"], out["string request"], out["string digest"], out["int status"], out["string body"] = "key", "r", "d", 201, "{}"
	out["TakeAnswer.now"], out["TakeAnswer.request"] = testNow, "r2"
	for _, name := range []string{"SaveKey", "DropKey", "SetResponsible", "SetRole", "ChangeOrganisation", "DropTicket", "Record"} {
		out[name+".e"] = people.Event{ID: name, Tenant: books.Tenant, At: testNow, Kind: people.EventRole}
	}
}

// written adds what is written.
func (c *crowd) written(out map[string]any) {
	k := c.known
	told, err := notify.New(books.Tenant, notify.Test, testNow, "y", nil)
	if err != nil {
		c.Fatal(err)
	}
	tested, err := notify.New(books.Tenant, notify.Test, testNow, "z", nil)
	if err != nil {
		c.Fatal(err)
	}
	h := &history{}
	event := inbox.Row{
		Tenant: books.Tenant, Connection: k.stripe.ID, Vendor: "stripe", Event: connectors.Event{ID: "evt_new", Type: "x", ExternalID: k.stripe.ExternalID},
		State: inbox.StateNew, ReceivedAt: testNow, Delivery: "d",
	}
	before, taken := k.planned(), k.delivery
	before.ID, taken.Attempts, taken.State = "", 1, notify.DeliveryDelivered
	out["TellHook.n"], out["IntentsAfter.in"], out["FinishDelivery.d"], out["[]inbox.Row"] = tested, before, taken, []inbox.Row{event}
	out["AddHook.h"] = notify.Hook{Tenant: books.Tenant, ID: "hook-2", URL: "https://x.test", Secret: k.hook.Secret, State: notify.HookActive, CreatedAt: testNow}
	out["notify.Notice"], out["[]notify.Notice"] = told, []notify.Notice{told}
	out["[]statement.Finding"] = []statement.Finding{{Line: "l4", Meaning: statement.MeansUnknown, Why: "?"}}
	out["statement.Confirmation"] = h.confirmation("l2")
	opened := k.book // after SaveBook
	opened.Generation++
	opened.Opening = map[money.Currency]int64{"USD": 7}
	out["OpenBook.b"] = opened
	out["[]books.Earlier"] = []books.Earlier{{Connection: k.stripe.ID, Movement: "m4", Cause: books.CauseReceipt}}
	out["[]statement.Statement"] = []statement.Statement{{Format: statement.FormatCSV, Currency: "USD", Lines: []statement.Line{{ID: "l3", On: "2026-11-21", Amount: 5}}}}
	out["store.LineQuery"] = store.LineQuery{Limit: 1000}
	out["push.Outcome"] = push.Outcome{Intent: done(k.planned()), At: testNow}
	out["reconcile.Result"] = reconcile.Result{At: testNow, Done: k.marks, Links: []links.Link{{Book: k.book.ID, Tenant: books.Tenant, Invoice: "new", State: links.StateOff, Why: "x", CreatedAt: testNow}}}
	out["undo.Writing"] = undo.Writing{At: testNow, Entry: journal.Entry{
		Tenant: books.Tenant, Book: k.book.ID, Kind: journal.KindUndo, At: testNow, Who: "ann", Why: "x",
	}, Mark: []string{k.match}}
	out["pull.Page"] = pull.Page{Tenant: books.Tenant, Connection: k.ledger.ID, At: testNow, Mark: true, Records: []mapping.Record{{
		Ref: receivables.Ref{Kind: receivables.KindInvoice, ID: "fresh"}, Order: 1, Changed: testNow, Raw: []byte(`{}`),
		Entity: receivables.Invoice{ID: "fresh", Currency: "USD", State: receivables.StateLive, Issued: "2026-11-01", Due: "2026-11-30", CustomerID: "c"},
	}}}
	c.single(out)
}

// single adds the ids that single things are asked for with.
func (c *crowd) single(out map[string]any) {
	k := c.known
	for key, id := range map[string]string{
		"Book.id": k.book.ID, "Connection.id": k.ledger.ID, "Grant.id": k.grant.ID, "Hook.id": k.hook.ID, "RemoveHook.id": k.hook.ID, "Replay.id": k.hook.ID,
		"Proof.id": k.proof.ID, "DeleteRule.id": "rule/l1", "AnswerDecision.id": k.decision.ID, "WithdrawAnswer.id": k.decision.ID, "AnswerDecision.answer": "none", "AnswerApproval.id": "ap1", "ApprovalDone.id": "ap0", "ApprovalDone.why": "x",
		"Approved.subject": "undo", "Approved.digest": "granted", "ReopenLine.line": "l2", "SaveColumnMap.name": "bank", "RotateGrant.spent": k.grant.Refresh,
		"InvoicesNumbered.number": "1001", "OwnToken.invoice": "own", "OpenOf.customer": "nobody", "Responsible.customer": "c", "SetResponsible.customer": "c", "SetResponsible.person": "p2", "string subject": "c", "AddPayToken.token": "token-d",
		"ProofBefore.before": k.proof.ID, "MatchOf.id": k.match, "Unmatching.id": "m1", "SignOffs.month": "2026-10", "BankEntries.account": k.clearing(), "AccountSum.account": k.clearing(), "LinkedInvoices.only": "",
	} {
		out[key] = id
	}
}

func (c *crowd) refs() []receivables.Ref {
	var out []receivables.Ref
	for _, kind := range []receivables.Kind{receivables.KindInvoice, receivables.KindReceipt, receivables.KindBalanceTransaction, receivables.KindCharge} {
		for _, id := range c.known.ids {
			out = append(out, receivables.Ref{Kind: kind, ID: id})
		}
	}
	return out
}

// planned is an intent that has not been sent yet.
func (k known) planned() push.Intent {
	in := k.intent
	in.ID, in.State = in.ID+"/planned", push.StatePlanned
	return in
}

func done(in push.Intent) push.Intent {
	in.State, in.UpdatedAt = push.StateParked, testNow
	in.Problem = "x"
	return in
}

// again is the proof under another id.
func (k known) again() proof.Proof {
	p := k.proof
	p.ID, p.At = "proof-2", later
	return p
}
