package simtest_test

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// object is one thing of a vendor or of our model, as text in which every id
// stands between two zero bytes, and the items of each list whose order means
// nothing between opens and closes, parted by next.
type object struct {
	kind, id, text string
}

const opens, next, closes = "\x01", "\x02", "\x03"

// canon is what stands in a world, without the ids that chance has given: two
// worlds with the same canon differ in nothing but ids, and in when our own
// calls were made.
type canon struct{ plain, lines []string }

// compared puts what an object refers to in the place of each id: first its
// kind, then what it is, then what it is with that.
func compared(objects []object) canon {
	colours := map[string]string{}
	for _, o := range objects {
		if o.id != "" && colours[o.id] == "" {
			colours[o.id] = o.kind
		}
	}
	out := canon{plain: rendered(objects, colours)}
	for range 4 {
		parts := map[string][]string{}
		for _, o := range objects {
			if o.id != "" {
				parts[o.id] = append(parts[o.id], o.kind+render(o.text, colours))
			}
		}
		refined := map[string]string{}
		for id, texts := range parts {
			slices.Sort(texts)
			sum := sha256.Sum256([]byte(strings.Join(texts, "\n")))
			refined[id] = hex.EncodeToString(sum[:5])
		}
		colours = refined
	}
	out.lines = rendered(objects, colours)
	return out
}

func rendered(objects []object, colours map[string]string) []string {
	lines := make([]string, len(objects))
	for i, o := range objects {
		lines[i] = o.kind + " " + render(o.text, colours)
	}
	slices.Sort(lines)
	return lines
}

// render writes the colours of ids; those of things that are not there any
// more have none.
func render(text string, colours map[string]string) string {
	pieces := strings.Split(text, "\x00")
	for i := 1; i < len(pieces); i += 2 {
		pieces[i] = "<" + colours[pieces[i]] + ">"
	}
	return inOrder(strings.Join(pieces, ""))
}

// inOrder sorts the items of lists whose order means nothing, the innermost
// first: only now is it known what their ids stand for.
func inOrder(text string) string {
	for {
		from := strings.LastIndex(text, opens)
		if from < 0 {
			return text
		}
		inside, rest, _ := strings.Cut(text[from+1:], closes)
		items := strings.Split(inside, next)
		slices.Sort(items)
		text = text[:from] + "[" + strings.Join(items, " ") + "]" + rest
	}
}

// differences of two worlds, in words; "" for none.
func (a canon) differences(b canon, nameA, nameB string) string {
	shown, width := 3, 400
	if *seedFlag != "" {
		shown, width = 12, 4000
	}
	if slices.Equal(a.lines, b.lines) {
		return ""
	}
	x, y := a.plain, b.plain
	if slices.Equal(x, y) {
		x, y = a.lines, b.lines
	}
	var out strings.Builder
	for _, side := range []struct {
		name       string
		has, lacks []string
	}{{nameA, x, y}, {nameB, y, x}} {
		left := map[string]int{}
		for _, line := range side.lacks {
			left[line]++
		}
		n := 0
		for _, line := range side.has {
			if left[line]--; left[line] < 0 {
				if n++; n <= shown {
					fmt.Fprintf(&out, "\n  only %s: %.*s", side.name, width, line)
				}
			}
		}
	}
	return out.String()
}

// taken is the state of a world as the dump of its sandbox gives it.
type taken struct {
	Entities, Objects map[string][]map[string]any
	Ledger, Balances  []map[string]any
	stripe            map[string]any
}

// look takes the sandbox's own dump.
func (w *world) look() taken {
	text, err := json.Marshal(w.box.Dump())
	if err != nil {
		w.Fatal(err)
	}
	var dump struct {
		QuickBooks, Xero map[string]taken
		Stripe           map[string]map[string]any
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&dump); err != nil {
		w.Fatal(err)
	}
	one := dump.QuickBooks[w.ready.ID]
	if w.vendor == "xero" {
		one = dump.Xero[w.ready.ID]
	}
	one.stripe = dump.Stripe[w.ready.StripeAccount]
	return one
}

// documents are the ledger's objects by kind.
func (d taken) documents() map[string][]map[string]any {
	all := map[string][]map[string]any{}
	maps.Copy(all, d.Entities)
	maps.Copy(all, d.Objects)
	return all
}

// canon is the state of the vendors and of the model in comparable form.
func (w *world) canon(db *sql.DB) canon {
	d := w.look()
	c := &collector{numbers: map[string]bool{}}
	for _, list := range d.documents() {
		for _, o := range list {
			if id, ok := o["Id"].(string); ok && o["TxnDate"] != nil {
				c.numbers[id] = true
			}
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(d.documents())) {
		for _, o := range d.documents()[kind] {
			if !gone(o) {
				c.add(kind, idOf(kind, o), o)
			}
		}
	}
	for _, line := range append(d.Ledger, d.Balances...) {
		c.add("balance", "", line)
	}
	c.stripe(d.stripe)
	w.model(db, c)
	return compared(c.objects)
}

// stripe adds what stands at Stripe.
func (c *collector) stripe(account map[string]any) {
	for _, kind := range slices.Sorted(maps.Keys(account)) {
		list, _ := account[kind].([]any)
		for _, item := range list {
			if o, ok := item.(map[string]any); ok && counts(kind, o) {
				id, _ := o["id"].(string)
				c.add(kind, id, o)
			}
		}
	}
	members, _ := account["members"].(map[string]any)
	for movement, payout := range members {
		c.add("member", "", map[string]any{"movement": movement, "payout": payout})
	}
}

// counts says whether an object of Stripe's is compared: links that are no
// longer there, and what led to them, depend on when we looked.
func counts(kind string, o map[string]any) bool {
	switch kind {
	case "events", "prices", "products", "webhook_endpoints":
		return false
	case "payment_links":
		return o["active"] == true
	case "checkout_sessions":
		return o["status"] == "complete"
	}
	return true
}

// gone says whether an object of ours was taken back; what it says no longer
// counts.
func gone(o map[string]any) bool {
	note, _ := o["PrivateNote"].(string)
	return o["Status"] == "DELETED" || o["Status"] == "VOIDED" || strings.HasPrefix(note, "Voided")
}

func idOf(kind string, o map[string]any) string {
	for _, key := range []string{"Id", strings.TrimSuffix(kind, "s") + "ID"} {
		if id, ok := o[key].(string); ok {
			if key == "Id" && o["TxnDate"] == nil {
				return "" // accounts, customers and items have numbers of their own
			}
			return id
		}
	}
	return ""
}

// collector gathers objects. numbers are QuickBooks' ids of transactions,
// which look like any other number.
type collector struct {
	objects []object
	numbers map[string]bool
}

func (c *collector) add(kind, id string, fields map[string]any) {
	var text strings.Builder
	c.write(&text, "", fields)
	c.objects = append(c.objects, object{kind, id, text.String()})
}

// moments are fields that only say when, or how often, something was written.
func moments() []string {
	return []string{
		"MetaData", "SyncToken", "UpdatedDateUTC", "created", "expires_at", "available_on", "updated", "due_by", "created_at", "updated_at", "opened_at",
		"ord", "seq", "hash", "tenant", "connection", "book", "intent", "answered_at", "evidence_details", "UpdatedDate", "LastUpdatedTime",
		"LineEx", "url", "Url", "receipt_url", "client_secret", "fingerprint", "tieout_key", "tieout_generation", "generation", "marker", "number_key", "calls",
	}
}

func (c *collector) write(out *strings.Builder, key string, v any) {
	switch v := v.(type) {
	case map[string]any:
		out.WriteByte('{')
		for _, k := range slices.Sorted(maps.Keys(v)) {
			// Lines have small numbers of their own for ids, as accounts have.
			own := key == "lines" || key == "contacts" || key == "Line"
			if !slices.Contains(moments(), k) && k != "Id" && (k != "id" || !own) {
				out.WriteString(k + ":")
				c.write(out, k, v[k])
				out.WriteByte(' ')
			}
		}
		out.WriteByte('}')
	case []any:
		var items []string
		for _, item := range v {
			var one strings.Builder
			c.write(&one, key, item)
			if strings.Contains(one.String(), "this link is closed") {
				continue // whether there was one for a moment depends on when we looked
			}
			items = append(items, one.String())
		}
		if key == "Line" || key == "LineItems" {
			out.WriteString("[" + strings.Join(items, " ") + "]")
		} else {
			out.WriteString(opens + strings.Join(items, next) + closes)
		}
	case string:
		out.WriteString(c.ids(key, v))
	case json.Number:
		out.WriteString(number(v.String()))
	default:
		fmt.Fprint(out, v)
	}
}

// number is a number without the instants among them.
func number(text string) string {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n > 1_700_000_000 && n < 2_000_000_000 {
		return "@"
	}
	return text
}

var (
	// known are ids that show that they are some.
	known = regexp.MustCompile(`\b(?:ch|py|pi|po|re|pyr|dp|du|txn|cus|pm|cs|plink|price|prod|evt|seti|trr|we)_(?:test_|live_)?[A-Za-z0-9]{8,}` +
		`|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`)
	markers  = regexp.MustCompile(`TIE-[A-Z2-7]{16}`)
	ownIDs   = regexp.MustCompile(`\b[a-z2-7]{26}\b`)
	instants = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?|/Date\(\d+(?:\+0000)?\)/`)
)

// ids marks the ids in a text, and leaves out what is only ours or a moment.
func (c *collector) ids(key, text string) string {
	if slices.Contains([]string{"TxnId", "id", "target", "doc_id", "invoice", "tieout_invoice"}, key) {
		if c.numbers[text] {
			return "\x00" + text + "\x00"
		}
		if kind, id, ok := strings.Cut(text, ":"); ok && c.numbers[id] {
			return kind + ":\x00" + id + "\x00"
		}
	}
	if at := strings.LastIndexByte(text, '/'); at >= 0 && (key == "subject" || key == "part_key") && c.numbers[text[at+1:]] {
		return c.ids("", text[:at]) + "/\x00" + text[at+1:] + "\x00"
	}
	text = known.ReplaceAllString(text, "\x00$0\x00")
	text = markers.ReplaceAllString(text, "TIE")
	text = ownIDs.ReplaceAllString(text, "OWN")
	return instants.ReplaceAllStringFunc(text, func(at string) string {
		if strings.Contains(at, "T00:00:00") {
			return at
		}
		if ms := strings.TrimSuffix(strings.TrimPrefix(at, "/Date("), ")/"); ms != at {
			if n, err := strconv.ParseInt(strings.TrimSuffix(ms, "+0000"), 10, 64); err == nil && n%86_400_000 == 0 {
				return at
			}
		}
		return "@"
	})
}

// tables are what the model says, without how it came to know.
func tables() []string {
	return []string{
		"select * from allocation",
		"select id, type, source, payout, amount, fee, net, currency from balance_transaction where not deleted",
		"select * from charge where not deleted",
		"select * from credit where not deleted and state not in ('void', 'deleted')",
		"select parent, active, currency, balance from customer where not deleted",
		// Whether a link that somebody took off is asked about depends on whether
		// the invoice was paid before we looked.
		"select id as own, subject, kind, about, question, answer from decision where closed_at is null and kind <> 'link_removed'",
		"select * from dispute where not deleted",
		"select * from document where not deleted and state not in ('void', 'deleted')",
		"select subject, kind, message from exception where closed_at is null",
		"select * from invoice where not deleted",
		"select * from ledger_allocation where live",
		"select * from link where state not in ('off', 'used')",
		"select movement, state, held from movement_state",
		"select part_key, movement, purpose, target, amount, state, doc_kind, doc_id from part where state not in ('undone', 'gone')",
		"select * from payout where not deleted",
		"select * from posting where live",
		"select * from receipt where not deleted and state not in ('void', 'deleted')",
		"select * from refund where not deleted",
	}
}

// model adds what the database holds.
func (w *world) model(db *sql.DB, c *collector) {
	for _, query := range tables() {
		table := strings.Fields(query[strings.Index(query, "from ")+5:])[0]
		rows, err := db.QueryContext(w.Context(), query)
		if err != nil {
			w.Fatal(err)
		}
		names, err := rows.Columns()
		if err != nil {
			w.Fatal(err)
		}
		for rows.Next() {
			values := make([]any, len(names))
			for i := range values {
				values[i] = new(any)
			}
			if err := rows.Scan(values...); err != nil {
				w.Fatal(err)
			}
			fields := map[string]any{}
			for i, name := range names {
				fields[name] = column(name, *values[i].(*any))
			}
			// The words of an invoice follow its doc, the line of its link included,
			// which may be there still or be gone.
			delete(fields, "printed")
			id, _ := fields["id"].(string)
			if _, bare, ok := strings.Cut(id, ":"); ok {
				id = bare
			}
			c.add("our "+table, id, fields)
		}
		if err := rows.Err(); err != nil {
			w.Fatal(err)
		}
		_ = rows.Close()
	}
}

// column is a value of the database as JSON has it.
func column(name string, v any) any {
	if raw, ok := v.([]byte); ok {
		v = string(raw)
	}
	text, ok := v.(string)
	if !ok || name != "doc" && name != "question" {
		return v
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var doc any
	if err := d.Decode(&doc); err != nil {
		return text
	}
	return doc
}
