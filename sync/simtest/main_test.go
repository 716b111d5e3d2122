package simtest_test

import (
	"os"
	"testing"

	"tieout/sandbox/oauth"
)

// prepared are the set-up installations of this run.
var prepared = &templates{all: map[string]*template{}, signer: oauth.NewSigner(1, "sandbox-xero")}

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "tieout-simtest-")
	if err != nil {
		panic(err)
	}
	prepared.folder = folder
	code := m.Run()
	_ = os.RemoveAll(folder)
	os.Exit(code)
}
