package xero_test

import (
	"strings"
	"testing"
)

// TestManualJournals posts a journal, reads it both ways, and voids it; what
// must not be journalled is refused.
func TestManualJournals(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.token = r.consent(allScopes+" accounting.manualjournals", r.org.ID())["access_token"].(string)
	before := r.trial("Bank Fees", "2026-05-31")
	journal := func(status, from, to, amount string) string {
		return `{"ManualJournals":[{"Narration":"Lost","Date":"2026-05-02","Status":"` + status + `","JournalLines":[
			{"Description":"in","LineAmount":` + amount + `,"AccountCode":"` + to + `"},{"Description":"out","LineAmount":-` + amount + `,"AccountCode":"` + from + `"}]}]}`
	}
	draft := r.call("PUT", "/api.xro/2.0/ManualJournals", journal("DRAFT", "200", "404", "12.50")).ok().first("ManualJournals")
	if draft["Status"] != "DRAFT" || r.trial("Bank Fees", "2026-05-31") != before {
		t.Errorf("a draft is in the books: %v", draft)
	}
	path := "/api.xro/2.0/ManualJournals/" + id(draft, "ManualJournalID")
	r.call("POST", path, `{"ManualJournals":[{"Narration":"Lost","Status":"POSTED"}]}`).ok()
	if r.trial("Bank Fees", "2026-05-31") == before {
		t.Error("a posted journal is not in the books")
	}
	if lines := r.call("GET", path, "").ok().first("ManualJournals")["JournalLines"].([]any); len(lines) != 2 {
		t.Errorf("%d lines", len(lines))
	}
	if lines := r.get("ManualJournals").ok().first("ManualJournals")["JournalLines"].([]any); len(lines) != 0 {
		t.Errorf("%d lines in an unpaged list", len(lines))
	}
	for body, words := range map[string]string{
		journal("POSTED", "200", "090", "1"):                                "Account code '090' is not a valid code",
		journal("POSTED", "200", "4040", "1"):                               "Account code '4040' is not a valid code",
		strings.Replace(journal("POSTED", "200", "404", "1"), "-1", "2", 1): "must equal total credits",
		journal("VOID", "200", "404", "1"):                                  "The status 'VOID' cannot be applied to the document",
		`{"Narration":"x","JournalLines":[]}`:                               "at least two",
		strings.Replace(journal("DRAFT", "200", "404", "1"), "Lost", "", 1): "Narration",
	} {
		p := r.call("PUT", "/api.xro/2.0/ManualJournals", body)
		if p.status != 400 || !strings.Contains(string(p.raw), words) {
			t.Errorf("%s: %d %s", body, p.status, p.raw)
		}
	}
	r.call("POST", path, `{"ManualJournals":[{"Narration":"Lost","Status":"VOIDED"}]}`).ok()
	if r.trial("Bank Fees", "2026-05-31") != before {
		t.Error("a voided journal is in the books")
	}
	if p := r.call("POST", path, `{"ManualJournals":[{"Narration":"Lost","Status":"POSTED"}]}`); p.status != 400 {
		t.Errorf("a voided journal was posted again: %s", p.raw)
	}
	lost := r.call("PUT", "/api.xro/2.0/ManualJournals", journal("DRAFT", "200", "4040", "1")).ok()
	if !strings.Contains(string(lost.raw), "has been removed as it does not match") {
		t.Errorf("a draft with an unknown code: %s", lost.raw)
	}
}
