package main

import (
	"bufio"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// world is a sandbox in a process of its own.
type world struct {
	process *exec.Cmd
	ready   struct {
		QuickBooks, Xero struct {
			URL          string `json:"url"`
			ClientID     string `json:"client_id"`
			ClientSecret string `json:"client_secret"`
		}
		Stripe, Control struct {
			URL string `json:"url"`
		}
		Ledgers []struct {
			Vendor, ID string
			StripeKey  string `json:"stripe_secret_key"`
			Stripe     string `json:"stripe_account"`
		} `json:"ledgers"`
	}
}

// startWorld runs tieout sandbox, waits for its ready line, and tells the
// machine where the vendors are.
func startWorld(t *testing.T, m *machine) *world {
	t.Helper()
	w := &world{process: m.command(t, "sandbox", "--config", "sandbox.json")}
	out, err := w.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.process.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	if err != nil {
		t.Fatalf("the sandbox did not become ready: %v", err)
	}
	if err := json.Unmarshal([]byte(line), &w.ready); err != nil {
		t.Fatalf("ready line %q: %v", line, err)
	}
	t.Cleanup(func() {
		_ = w.process.Process.Signal(syscall.SIGTERM)
		rest, _ := io.ReadAll(lines)
		if err := w.process.Wait(); err != nil || len(rest) > 0 {
			t.Errorf("the sandbox ended with %v after %q, want a clean end without another word", err, rest)
		}
	})
	r := w.ready
	m.env = append(m.env, "TIEOUT_QUICKBOOKS_URL="+r.QuickBooks.URL, "TIEOUT_QUICKBOOKS_CLIENT_ID="+r.QuickBooks.ClientID,
		"TIEOUT_QUICKBOOKS_CLIENT_SECRET="+r.QuickBooks.ClientSecret, "TIEOUT_XERO_URL="+r.Xero.URL, "TIEOUT_XERO_CLIENT_ID="+r.Xero.ClientID,
		"TIEOUT_XERO_CLIENT_SECRET="+r.Xero.ClientSecret, "TIEOUT_STRIPE_URL="+r.Stripe.URL, "TIEOUT_UNLIMITED=true")
	return w
}

// ledger gives the id of the vendor's company and the key of its Stripe
// account.
func (w *world) ledger(t *testing.T, vendor string) (id, key string) {
	t.Helper()
	for _, l := range w.ready.Ledgers {
		if l.Vendor == vendor {
			return l.ID, l.StripeKey
		}
	}
	t.Fatalf("the sandbox has no %s", vendor)
	return "", ""
}

// consent runs tieout connect and plays the person with the browser.
func (m *machine) consent(t *testing.T, company string, args ...string) ran {
	t.Helper()
	c := m.command(t, append([]string{"connect", "--listen", "127.0.0.1:0"}, args...)...)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var problems strings.Builder
	c.Stderr = &problems
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	address := ""
	for address == "" {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatalf("no address to give consent at: %v %s", err, problems.String())
		}
		if strings.Contains(line, "http") {
			address = strings.TrimSpace(line)
		}
	}
	said := browse(t, address, company)
	rest, err := io.ReadAll(lines)
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	return ran{c.ProcessState.ExitCode(), said + string(rest), problems.String()}
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// browse allows the access on the consent page and follows the redirect; it
// gives what the last page says.
func browse(t *testing.T, address, company string) string {
	t.Helper()
	// The consent is tied to the browser that began it, by a cookie.
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Timeout: time.Minute, Jar: jar}
	page, at := fetch(t, client, address)
	form := url.Values{"decision": {"allow"}, "choice": {company}}
	for _, field := range hidden.FindAllStringSubmatch(page, -1) {
		form.Add(html.UnescapeString(field[1]), html.UnescapeString(field[2]))
	}
	target, _, _ := strings.Cut(at, "?")
	answer, err := client.PostForm(target, form)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	said, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(said)
}

// fetch gives a page, and where redirects have led to.
func fetch(t *testing.T, client *http.Client, address string) (page, at string) {
	t.Helper()
	answer, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s answered %s, %v", address, answer.Status, err)
	}
	return string(body), answer.Request.URL.String()
}

// found gives what the pattern's group matches.
func found(t *testing.T, pattern, text string) string {
	t.Helper()
	match := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if match == nil {
		t.Fatalf("no %q in\n%s", pattern, text)
	}
	return match[1]
}

// TestOperatorsPath goes the whole way of a person who sets Tieout up, with
// every process of its own and the vendors on real ports.
func TestOperatorsPath(t *testing.T) {
	t.Parallel()
	m := newMachine(t, map[string]string{"sandbox.json": `{"seed": 3, "invoices": 12, "no_history": true}`})
	w := startWorld(t, m)
	realm, key := w.ledger(t, "quickbooks")
	m.steps(t, []step{{args: "connect stripe", stdin: "sk_test_wrong\n", code: 1, err: []string{`the key is not usable: Stripe does not accept it`, `!sk_test_wrong`}}})
	got := m.run(t, key+"\n", "connect", "stripe")
	stripe := found(t, `connection (\S+)`, got.out)
	expect(t, "connect stripe", got.out, []string{`Connected stripe: .*, test\)`, `Next: tieout connect quickbooks`})
	wrong := &machine{dir: m.dir, env: append(slices.Clone(m.env), "TIEOUT_QUICKBOOKS_CLIENT_SECRET=wrong")}
	got = wrong.consent(t, realm, "quickbooks")
	expect(t, "wrong secret of the app", got.out, []string{`^Not connected: .*does not know the app's client id and secret`})
	if got.code != exitFailed {
		t.Errorf("wrong secret of the app: ended with %d, %s", got.code, got.err)
	}
	got = m.consent(t, realm, "quickbooks")
	expect(t, "connect quickbooks", got.out, []string{`^Connected\. You can close this window`, `Connected quickbooks: .*` + realm})
	ledger := found(t, `connection (\S+)`, got.out)
	expect(t, "connect quickbooks", got.out, []string{`Next: tieout book new --ledger ` + ledger + ` --stripe ` + stripe})

	m.steps(t, []step{
		{args: "doctor", out: []string{`answers as ` + realm}},
		{args: "sync", out: []string{`There is no book yet: what is connected was read`, `Next: tieout book new`}},
		{args: "book new --ledger typo --stripe " + stripe, code: 1, err: []string{`there is no connection "typo"; there are:`, ledger + `  quickbooks`}},
		{args: "book new --ledger " + ledger + " --stripe " + stripe, code: 1, err: []string{`test-mode money must never`, `--demo`}},
	})
	got = m.run(t, "", "book", "new", "--demo", "--ledger", ledger, "--stripe", stripe)
	book := found(t, `Book (\S+):`, got.out)
	day := time.Now().UTC().AddDate(0, 0, -1).Format("2006-01-02")
	m.steps(t, []step{
		{args: "book writes typo on", code: 1, err: []string{`there is no book "typo"; there are:`, book}},
		{args: "book writes " + book + " on", code: 1, err: []string{`cut-over, clearing accounts and the account for fees have to be chosen first`}},
		{args: "book accounts " + book + " --bank USD=nothing", code: 2, err: []string{`no such account`}},
		{args: "book accounts " + book + " --create", out: []string{`fees +\d+`, `Next: tieout book cutover ` + book}},
		{args: "book accounts " + book, out: []string{`!missing`}},
		{args: "book cutover " + book + " --day " + day, out: []string{`Nothing was changed. Confirm with --confirm`}},
		{args: "book cutover " + book + " --day " + day + " --confirm", out: []string{`Next: tieout preview --book ` + book + ` .* tieout book writes ` + book + ` on --confirm DIGEST`}},
		{args: "sync --dry-run", out: []string{`12 writes would be made. Nothing was written`, `would write payment link \d`}},
		{args: "sync", out: []string{`12 planned, 0 written`}},
		{args: "sync --dry-run", out: []string{`12 writes would be made`}},
		{args: "book writes " + book + " on", out: []string{`12 writes would be made. Nothing was changed`, `on --confirm [0-9a-f]{12}`}},
		{args: "book writes " + book + " on --confirm 0123456789ab", code: 1, err: []string{`this is not what was confirmed`}},
		{args: "preview --csv", out: []string{`^action,date,kind,`, `write,,payment link,`}},
		{args: "preview --try links=false", out: []string{`!Digest`}},
		{args: "preview --try nonsense=1", code: 2, err: []string{`unknown field "nonsense"`}},
		{args: "sync", out: []string{`0 written`}},
	})
	got = m.run(t, "", "preview", "--book", book)
	digest := found(t, `Digest (\S+)`, got.out)
	m.steps(t, []step{
		{args: "book writes " + book + " on --confirm " + digest, out: []string{`is on`}},
		{args: "sync", out: []string{`24 written`, `Everything agrees to the cent`}},
		{args: "sync", out: []string{`Nothing had to be written`, `Everything agrees to the cent`}},
		{args: "status", out: []string{`agrees to the cent`, `12 payment links, 12 visible`, `!Next:`}},
	})
	w.ask(t, "/economy/act", "{}")
	m.steps(t, []step{
		{args: "sync", out: []string{`Everything agrees to the cent`, `!, 0 written`}},
		{args: "sync", out: []string{`Nothing had to be written`}},
		{args: "sync --full --json", out: []string{`"written": 0`}},
		{args: "proof", out: []string{`clearing +USD`, `receivables +USD`}},
		{args: "proof --json", out: []string{`"unexplained": "0.00"`}},
		{args: "doctor"},
		{args: "journal --verify", out: []string{`lines, each as it was written`}},
		{args: "journal", out: []string{`writes  \S+ -: The writing was switched on`}},
		{args: "journal --csv", out: []string{`^book,seq,at,kind,who,why,`, `confirmed preview ` + digest}},
		{args: "journal --json", out: []string{`^{"hash":"[0-9a-f]{64}","entry":{"tenant":"main",`}},
		{args: "journal --json --from 2020-01-01 --to 2020-01-02", out: []string{`!hash`}},
		{args: "undo match ch_nothing", code: 1, err: []string{`nothing of ours stands in match ch_nothing`}},
		{args: "undo match", code: 2, err: []string{`say which match`}},
		{args: "undo book --confirm 0123456789ab", code: 1, err: []string{`this is not what was confirmed`}},
		{args: "undo book", out: []string{`Nothing was changed`, `would remove receipt`, `To do it, repeat the command with --confirm [0-9a-f]{12}`}},
		{args: "undo book --csv", out: []string{`^action,date,kind,`}},
	})
	m.decides(t, w)
	m.steps(t, []step{
		{args: "book links " + book, out: []string{`true +true`}},
		{args: "book links " + book + " --no-on --skip-invoice 17,18", out: []string{`false +true +17 18`}},
		{args: "book links typo", code: 1, err: []string{`there is no book "typo"`}},
		{args: "connection schedule " + ledger + " often", code: 1, err: []string{`"often" is not a cron expression`}},
		{args: "connection schedule " + ledger + " @daily", out: []string{`is active and runs @daily; next at`}},
		{args: "connection pause " + ledger, out: []string{`is paused`}},
		{args: "status", out: []string{`paused`}},
		{args: "connection resume " + ledger, out: []string{`is active and runs @daily`}},
		{args: "connection pause typo", code: 1, err: []string{`there is no connection "typo"`}},
	})
	// Reconnecting: the company of another consent is refused, the own one not.
	m.steps(t, []step{{args: "connect stripe --again " + ledger, code: 2, err: []string{`is with quickbooks, not with stripe`}}})
	got = m.consent(t, realm, "quickbooks", "--again", ledger)
	expect(t, "connect again", got.out, []string{`connection ` + ledger})
	got = m.run(t, "", "undo", "book", "--as", "Ada")
	expect(t, "undo book", got.out, []string{`would remove receipt`, `would remove account`, `What remains visible`})
	digest = found(t, `--confirm (\S+)`, got.out)
	m.steps(t, []step{
		{args: "undo book --confirm " + digest, out: []string{`\d\d writes were made`}},
		{args: "undo book", code: 1, err: []string{`nothing of ours stands`}},
		{args: "status", out: []string{`Next: tieout book accounts`}},
		{args: "journal", out: []string{`undo  \S+ -: undo: book, \d+ writes`, `removal  \S+ remove receipt`}},
		{args: "journal --verify"},
		{args: "sync", out: []string{`0 written`}},
	})
}

// ask asks the control API; a body makes it a POST.
func (w *world) ask(t *testing.T, path, body string) []byte {
	t.Helper()
	method := http.MethodGet
	if body != "" {
		method = http.MethodPost
	}
	request, err := http.NewRequestWithContext(t.Context(), method, w.ready.Control.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %s, %v", path, answer.Status, text, err)
	}
	return text
}

// decides answers the question about a payment by somebody unknown.
func (m *machine) decides(t *testing.T, w *world) {
	t.Helper()
	var all []struct {
		ID          string
		Balance     json.Number
		CurrencyRef struct{ Value string }
	}
	list := w.ask(t, "/quickbooks/"+w.ready.Ledgers[0].ID+"/Invoice", "")
	if err := json.Unmarshal(list, &all); err != nil {
		t.Fatalf("%v in %s", err, list)
	}
	for _, invoice := range all {
		cents := strings.Replace(invoice.Balance.String(), ".", "", 1)
		if len(invoice.Balance.String())-strings.Index(invoice.Balance.String(), ".") != 3 {
			continue // not written with two digits
		}
		w.ask(t, "/stripe/"+w.ready.Ledgers[0].Stripe+"/pay-direct", `{"amount":`+cents+`,"currency":"`+strings.ToLower(invoice.CurrencyRef.Value)+`","description":"thanks","name":"Nobody","email":"nobody@nowhere.example"}`)
		break
	}
	m.steps(t, []step{{args: "sync", out: []string{`Everything agrees to the cent`}}})
	asked := found(t, `(?s)(\S+)\n  Payment of [^\n]* by [^\n]*\n  The ledger has no customer with this payer`, m.run(t, "", "decide").out)
	key := found(t, `(?s)The ledger has no customer with this payer.*?\n    (invoice/\S+): `, m.run(t, "", "decide").out)
	m.steps(t, []step{
		{args: "decide --json", out: []string{`"answerable": true`, `"kind": "unknown_payer"`}},
		{args: "decide " + asked, code: 2, err: []string{`say the answer too`}},
		{args: "decide typo none", code: 1, err: []string{`there is no open question "typo"`}},
		{args: "decide " + asked + " invoice/0", code: 1, err: []string{`"invoice/0" is no answer`}},
		{args: "decide " + asked + " " + key + " --as Ada", out: []string{`Answered by Ada\. The next sync acts on it`}},
		{args: "decide " + asked + " " + key, code: 1, err: []string{`there is no open question`}},
		{args: "sync", out: []string{`Everything agrees to the cent`, `!, 0 written`}},
		{args: "sync", out: []string{`Nothing had to be written`}},
	})
}

// TestStop: a command that is interrupted says so and ends with 130.
func TestStop(t *testing.T) {
	t.Parallel()
	m := newMachine(t, map[string]string{})
	c := m.command(t, "connect", "quickbooks", "--listen", "127.0.0.1:0", "--quickbooks-client-id", "id", "--quickbooks-client-secret", "hush")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var problems strings.Builder
	c.Stderr = &problems
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if err := c.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	if code := c.ProcessState.ExitCode(); code != exitStopped {
		t.Errorf("ended with %d, want %d", code, exitStopped)
	}
	expect(t, "interrupted", problems.String(), []string{`tieout: stopped\.`, `!hush`, `!context canceled`})
}
