package proof

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// SigningKey is the key pair of an installation. Private is a seed (RFC 8032)
// and is kept sealed.
type SigningKey struct {
	ID      string
	Public  []byte
	Private []byte
	Created time.Time
}

// keyID names a public key: the start of its digest.
func keyID(public []byte) string {
	sum := sha256.Sum256(public)
	return hex.EncodeToString(sum[:8])
}

// PublicText is a public key as it is exported: standard base64 of its 32
// bytes.
func PublicText(public []byte) string { return base64.StdEncoding.EncodeToString(public) }

// ParsePublic reads an exported public key.
func ParsePublic(text string) ([]byte, error) {
	public, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(public) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("proof: %q is not a public key (32 bytes in base64)", text)
	}
	return public, nil
}

// statement is what is signed. Its digests cover the inputs and every line, and
// the statement of the proof before it, so that none can be taken out of the
// row unnoticed.
type statement struct {
	Version  int       `json:"tieout_proof"`
	Tenant   string    `json:"tenant"`
	Book     string    `json:"book"`
	ID       string    `json:"proof"`
	At       time.Time `json:"at"`
	Calls    int       `json:"calls"`
	Inputs   string    `json:"inputs_sha256"`
	Lines    string    `json:"lines_sha256"`
	Previous string    `json:"previous_sha256,omitempty"`
	Key      string    `json:"key"`
}

// Digest is the SHA-256 of a text, in hexadecimal.
func Digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// linesDigest does not depend on what the lines' database rows leave out.
func linesDigest(lines []Line) (string, error) {
	if lines == nil {
		lines = []Line{}
	}
	text, err := json.Marshal(lines)
	if err != nil {
		return "", fmt.Errorf("proof: encode lines: %w", err)
	}
	return Digest(text), nil
}

// Signer signs proofs with the installation's key, which it makes when there
// is none.
type Signer struct {
	Store Keeper
	// Random is the source of a new key; outside of tests it must be
	// cryptographically strong.
	Random io.Reader
}

// Sign completes a proof with its statement and signature. A nil signer leaves
// it as it is.
func (s *Signer) Sign(ctx context.Context, p Proof) (Proof, error) {
	if s == nil {
		return p, nil
	}
	key, err := s.Key(ctx, p.Tenant, p.At)
	if err != nil {
		return p, err
	}
	before, err := s.Store.LastStatement(ctx, p.Tenant, p.Book)
	if err != nil {
		return p, fmt.Errorf("proof: sign: %w", err)
	}
	said := statement{
		Version: 1, Tenant: p.Tenant, Book: p.Book, ID: p.ID, At: p.At, Calls: p.Calls, Inputs: Digest(p.Inputs), Key: key.ID,
	}
	if said.Lines, err = linesDigest(p.Lines); err != nil {
		return p, err
	}
	if before != "" {
		said.Previous = Digest([]byte(before))
	}
	text, err := json.Marshal(said)
	if err != nil {
		return p, fmt.Errorf("proof: sign: %w", err)
	}
	p.Statement, p.Key = string(text), key.ID
	p.Signature = ed25519.Sign(ed25519.NewKeyFromSeed(key.Private), text)
	return p, nil
}

// Key gives the installation's key, and makes one first where there is none.
func (s *Signer) Key(ctx context.Context, tenant string, at time.Time) (SigningKey, error) {
	key, ok, err := s.Store.SigningKey(ctx, tenant)
	if err != nil || ok {
		return key, wrapped("proof: read the signing key", err)
	}
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(s.Random, seed); err != nil {
		return key, fmt.Errorf("proof: draw a signing key: %w", err)
	}
	public, ok := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
	if !ok {
		return key, errors.New("proof: the key has no public part")
	}
	key = SigningKey{ID: keyID(public), Public: public, Private: seed, Created: at}
	if err := s.Store.SaveSigningKey(ctx, tenant, key); err != nil {
		return key, fmt.Errorf("proof: keep the signing key: %w", err)
	}
	// Another process may have been first: what is stored counts.
	key, _, err = s.Store.SigningKey(ctx, tenant)
	return key, wrapped("proof: read the signing key", err)
}

func wrapped(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// Verdict is what a check of a stored proof found. It holds when Problems is
// empty.
type Verdict struct {
	Proof string    `json:"proof"`
	Book  string    `json:"book"`
	At    time.Time `json:"at"`
	Key   string    `json:"key"`
	Lines int       `json:"lines"`
	// Problems say in words what does not fit.
	Problems []string `json:"problems"`
}

// Holds says that nothing was found.
func (v Verdict) Holds() bool { return len(v.Problems) == 0 }

// Verify checks a stored proof: its signature by the public key, that inputs,
// lines and the statement belong together, and that the lines follow from the
// inputs. previous is the statement of the proof before it, "" where there is
// none or where the chain is not to be checked.
func Verify(p Proof, public []byte, previous string) Verdict {
	v := Verdict{Proof: p.ID, Book: p.Book, At: p.At, Key: p.Key, Lines: len(p.Lines), Problems: []string{}}
	if p.Statement == "" || len(p.Signature) == 0 {
		v.Problems = append(v.Problems, "the proof was not signed")
		return v
	}
	if len(public) != ed25519.PublicKeySize || !ed25519.Verify(public, []byte(p.Statement), p.Signature) {
		v.Problems = append(v.Problems, "the signature is not by this key, or the statement was changed")
	}
	var said statement
	if err := json.Unmarshal([]byte(p.Statement), &said); err != nil {
		v.Problems = append(v.Problems, "the statement cannot be read")
		return v
	}
	v.check(said.Tenant == p.Tenant && said.Book == p.Book && said.ID == p.ID && said.At.Equal(p.At) && said.Calls == p.Calls && said.Key == p.Key,
		"the row says another book, time or key than the statement")
	v.check(said.Inputs == Digest(p.Inputs), "the inputs were changed")
	lines, err := linesDigest(p.Lines)
	v.check(err == nil && said.Lines == lines, "a line was changed")
	if previous != "" {
		v.check(said.Previous == Digest([]byte(previous)), "a proof before it was changed or taken away")
	}
	v.recompute(p)
	return v
}

func (v *Verdict) check(holds bool, otherwise string) {
	if !holds {
		v.Problems = append(v.Problems, otherwise)
	}
}

// recompute computes the lines anew from the stored inputs.
func (v *Verdict) recompute(p Proof) {
	in, err := decodeInputs(p.Inputs)
	if err != nil {
		v.Problems = append(v.Problems, "the inputs cannot be read")
		return
	}
	if in.Rules < rulesOfFigures || in.Rules > rules {
		v.Problems = append(v.Problems, fmt.Sprintf("it was computed by rules %d (program %s); this program has rules %d", in.Rules, in.Program, rules))
		return
	}
	lines, again := p.Lines, Lines(in)
	if in.Rules != rules {
		lines, again = wordless(lines), wordless(again)
	}
	stored, err := json.Marshal(lines)
	if err == nil {
		var computed []byte
		if computed, err = json.Marshal(again); err == nil && !bytes.Equal(stored, computed) {
			v.Problems = append(v.Problems, "the lines do not follow from the inputs")
		}
	}
	if err != nil {
		v.Problems = append(v.Problems, "the lines cannot be computed: "+err.Error())
	}
}

// wordless are lines without their sentences, which an older program worded
// otherwise. That those of a stored proof were not changed is what its digest
// shows.
func wordless(lines []Line) []Line {
	out := slices.Clone(lines)
	for i := range out {
		l := &out[i]
		l.Why, l.Explained, l.Causes = "", slices.Clone(l.Explained), slices.Clone(l.Causes)
		for k := range l.Explained {
			l.Explained[k].Text, l.Explained[k].Action = "", ""
		}
		for k := range l.Causes {
			l.Causes[k].Text, l.Causes[k].Action = "", ""
		}
	}
	return out
}
