package vendorhttp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"net/http"
	"sync"
)

// Witnessed is one answer of a vendor as it came: what was asked, and a digest
// of the body, so that it can be shown later that a figure was read from it.
type Witnessed struct {
	Vendor, Connection string
	Method             string
	// Path is the address without host and query: neither names nor figures.
	Path      string
	Status    int
	RequestID string
	// SHA256 is the digest of the body as it was read, in hexadecimal.
	SHA256 string
}

type witnessKey struct{}

type witness struct {
	mu   sync.Mutex
	list []Witnessed
}

// Witness keeps digests of the answers to calls made under the context that it
// gives; the function gives those whose bodies have been closed so far, in that
// order. No body is kept.
func Witness(ctx context.Context) (context.Context, func() []Witnessed) {
	w := &witness{}
	return context.WithValue(ctx, witnessKey{}, w), func() []Witnessed {
		w.mu.Lock()
		defer w.mu.Unlock()
		return append([]Witnessed(nil), w.list...)
	}
}

// witnessed lets the answer's body be digested while it is read.
func witnessed(r *http.Request, answer *http.Response, o Options) {
	w, _ := r.Context().Value(witnessKey{}).(*witness)
	if w == nil || answer == nil || answer.StatusCode >= http.StatusMultipleChoices {
		return
	}
	seen := Witnessed{Vendor: o.Vendor, Connection: o.Connection, Method: r.Method, Path: r.URL.Path, Status: answer.StatusCode}
	if o.Limits.RequestID != "" {
		seen.RequestID = answer.Header.Get(o.Limits.RequestID)
	}
	answer.Body = &digested{body: answer.Body, sum: sha256.New(), done: func(sum []byte) {
		seen.SHA256 = hex.EncodeToString(sum)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.list = append(w.list, seen)
	}}
}

// digested is a body that is digested while it is read.
type digested struct {
	body io.ReadCloser
	sum  hash.Hash
	done func(sum []byte)
}

// Read reads on.
func (d *digested) Read(p []byte) (int, error) {
	n, err := d.body.Read(p)
	d.sum.Write(p[:n])
	return n, err
}

// Close ends the digest.
func (d *digested) Close() error {
	if d.done != nil {
		d.done(d.sum.Sum(nil))
		d.done = nil
	}
	return d.body.Close()
}
