package app

import (
	"context"
	"runtime/debug"
	"strings"

	"tieout/internal/vendorhttp"
	"tieout/sync/proof"
)

// evidence is what the proofs of this installation say of their making.
func (a *App) evidence() proof.Evidence {
	return proof.Evidence{Program: program(), Witness: witness, Signer: &proof.Signer{Store: a.Store, Random: drawer{a.ids}}}
}

// drawer reads from the installation's randomness.
type drawer struct{ ids *idSource }

// Read fills b.
func (d drawer) Read(b []byte) (int, error) {
	d.ids.read(b)
	return len(b), nil
}

// witness keeps digests of the vendors' answers.
func witness(ctx context.Context) (context.Context, func() []proof.Answer) {
	ctx, seen := vendorhttp.Witness(ctx)
	return ctx, func() []proof.Answer {
		var answers []proof.Answer
		for _, w := range seen() {
			answers = append(answers, proof.Answer{
				Vendor: w.Vendor, Connection: w.Connection, Method: w.Method, Path: w.Path, RequestID: w.RequestID, SHA256: w.SHA256,
			})
		}
		return answers
	}
}

// program is the version of the program as the build knows it.
func program() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	words := []string{info.Main.Version}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			words = append(words, s.Value)
		}
	}
	return strings.Join(append(words, info.GoVersion), " ")
}
