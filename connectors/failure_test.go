package connectors_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"tieout/connectors"
)

// TestLoggedHoldsNoWordsOfAVendor: neither of one failure nor of several joined
// and wrapped; what we say ourselves stays.
func TestLoggedHoldsNoWordsOfAVendor(t *testing.T) {
	t.Parallel()
	one := &connectors.Failure{Class: connectors.ClassRequest, Vendor: "xero", Op: "write", Code: "10", RequestID: "r-1", Text: "Ada Lovelace owes too much"}
	two := &connectors.Failure{Class: connectors.ClassRetry, Vendor: "stripe", Op: "read", Code: "see ada@example.com", Text: "ada@example.com"}
	err := fmt.Errorf("book 7: %w", errors.Join(fmt.Errorf("push: %w", one), errors.New("the lease is gone"), two))
	got := connectors.Logged(err)
	for _, want := range []string{"book 7: ", "push: xero: write: request, code 10, call r-1", "the lease is gone", "stripe: read: retry"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q lacks %q", got, want)
		}
	}
	if strings.Contains(got, "Ada") || strings.Contains(got, "ada@") {
		t.Errorf("it names a customer: %q", got)
	}
	if connectors.Logged(nil) != "" {
		t.Error("nothing has a text")
	}
}
