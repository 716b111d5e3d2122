package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
)

// example is the configuration that the documentation shows, with names in
// place of the ports.
const example = `{"quickbooks":{"listen":"QUICKBOOKS","client_id":"a","client_secret":"b","redirect_uris":["http://127.0.0.1:9499/qbo/callback"],"webhook":{"url":"http://127.0.0.1:9712/qbo","verifier":"k"}},"xero":{"listen":"XERO","client_id":"c","client_secret":"d","redirect_uris":["http://127.0.0.1:9499/xero/callback"],"webhook":{"url":"http://127.0.0.1:9711/xero","key":"k"}},"stripe":{"listen":"STRIPE","secret_key":"sk_test_x"},"control":{"listen":"CONTROL"},"limits":"vendor","seed":7,"invoices":300}`

// freePorts puts free addresses in place of the names.
func freePorts(t *testing.T, text string) (string, map[string]string) {
	t.Helper()
	at := map[string]string{}
	var held []net.Listener
	for _, name := range []string{"QUICKBOOKS", "XERO", "STRIPE", "CONTROL"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, l)
		at[name] = l.Addr().String()
		text = strings.ReplaceAll(text, name, at[name])
	}
	for _, l := range held {
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return text, at
}

func TestSandboxServesTheExample(t *testing.T) {
	t.Parallel()
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			text, at := freePorts(t, example)
			m := newMachine(t, map[string]string{"sandbox.json": text})
			c := m.command(t, "sandbox", "--config", "sandbox.json")
			out, err := c.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			var problems strings.Builder
			c.Stderr = &problems
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			line, err := bufio.NewReader(out).ReadBytes('\n')
			if err != nil {
				t.Fatalf("ready line: %v: %s", err, problems.String())
			}
			checkReady(t, line, at)
			if err := c.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			if err := c.Wait(); err != nil || problems.Len() > 0 {
				t.Errorf("ended with %v and %q", err, problems.String())
			}
		})
	}
}

func checkReady(t *testing.T, line []byte, at map[string]string) {
	t.Helper()
	var ready struct {
		QuickBooks, Xero, Stripe, Control struct{ URL string }
		Ledgers                           []struct{ ID string }
	}
	if err := json.Unmarshal(line, &ready); err != nil || len(ready.Ledgers) != 2 {
		t.Fatalf("ready line: %v: %s", err, line)
	}
	for _, ask := range []struct{ url, want, path, key string }{
		{ready.QuickBooks.URL, "QUICKBOOKS", "/.well-known/openid_sandbox_configuration", ""},
		{ready.Xero.URL, "XERO", "/.well-known/openid-configuration", ""},
		{ready.Stripe.URL, "STRIPE", "/v1/balance", "sk_test_x"},
		{ready.Control.URL, "CONTROL", "/healthz", ""},
	} {
		if ask.url != "http://"+at[ask.want] {
			t.Errorf("%s at %q, want %s", ask.want, ask.url, at[ask.want])
			continue
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, ask.url+ask.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if ask.key != "" {
			req.SetBasicAuth(ask.key, "")
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Errorf("%s: %v", ask.want, err)
			continue
		}
		raw, err := io.ReadAll(res.Body)
		if res.StatusCode != http.StatusOK || err != nil || !json.Valid(raw) {
			t.Errorf("%s%s: %s, %v: %.200s", ask.want, ask.path, res.Status, err, raw)
		}
		if err := res.Body.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestSandboxRefusesWrongFiles: one clear line, and an exit code that says so.
func TestSandboxRefusesWrongFiles(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	for name, c := range map[string]struct{ text, want string }{
		"an unknown name":        {`{"stripe":{"secret":"x"}}`, `unknown field "secret"`},
		"a wrong type":           {`{"invoices":"many"}`, "invoices: a string is not what it takes"},
		"a port in use":          {`{"stripe":{"listen":"` + taken.Addr().String() + `"}}`, "address already in use"},
		"two vendors on a port":  {`{"xero":{"listen":"127.0.0.1:9"},"stripe":{"listen":"127.0.0.1:9"}}`, "a port of its own"},
		"a bad URL":              {`{"xero":{"webhook":{"url":"::no","key":"k"}}}`, "xero.webhook.url"},
		"negative invoices":      {`{"invoices":-5}`, "invoices -5"},
		"an unknown limits word": {`{"limits":"sometimes"}`, "vendor or off"},
		"an empty file":          {``, "the file is empty"},
		"no such folder":         {`{"data":"nowhere"}`, "nowhere"},
		"one key twice":          {`{"stripe":{"accounts":[{"secret_key":"k"},{"secret_key":"k"}]}}`, "used twice"},
		"an old API version":     {`{"stripe":{"secret_key":"k","api_version":"2010-01-01"}}`, "2010-01-01"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, map[string]string{"wrong.json": c.text})
			got := m.run(t, "", "sandbox", "--config", "wrong.json")
			if got.code != exitFailed || got.out != "" || !strings.Contains(got.err, c.want) || strings.Count(got.err, "\n") != 1 {
				t.Errorf("exit %d, %q and %q; want one line with %q", got.code, got.out, got.err, c.want)
			}
		})
	}
	if got := newMachine(t, nil).run(t, "", "sandbox", "--config", "absent.json"); got.code != exitUsage || !strings.Contains(got.err, "absent.json") {
		t.Errorf("no such file: exit %d, %q", got.code, got.err)
	}
}
