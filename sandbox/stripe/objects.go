package stripe

import (
	"encoding/json"
	"maps"
)

// head is what every stored object carries besides its own fields: its place
// in its shelf and its rendered JSON, kept until the object changes, also in
// the newer version that asked last.
type head struct {
	raw, shaped []byte
	shapedFor   string
	pos         int
}

func (h *head) place() *head { return h }

// touch forgets the rendered JSON after a change. The old bytes stay valid for
// events that hold the object as it was.
func (h *head) touch() { h.raw, h.shaped = nil, nil }

// object is anything with an id and an instant of creation.
type object interface {
	place() *head
	ident() string
	madeAt() int64
}

// body is the object's JSON, unexpanded.
func body(o object) []byte {
	h := o.place()
	if h.raw == nil {
		raw, err := json.Marshal(o)
		if err != nil { // only strings, integers and maps of strings: cannot fail
			raw = []byte("null")
		}
		h.raw = raw
	}
	return h.raw
}

// null is a field that the stand-in never fills.
type null = *struct{}

// opt is nil for the empty string: Stripe shows unset text as null.
func opt(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// val is the text behind opt.
func val(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// list is Stripe's list envelope around objects already rendered.
type list struct {
	Object  string            `json:"object"`
	Data    []json.RawMessage `json:"data"`
	HasMore bool              `json:"has_more"`
	URL     string            `json:"url"`
}

type enabled struct {
	Enabled bool `json:"enabled"`
}

type automaticTax struct {
	Enabled   bool `json:"enabled"`
	Liability null `json:"liability"`
}

type sessionTax struct {
	automaticTax
	Status null `json:"status"`
}

type customText struct {
	AfterSubmit     *textAt `json:"after_submit"`
	ShippingAddress *textAt `json:"shipping_address"`
	Submit          *textAt `json:"submit"`
	Terms           *textAt `json:"terms_of_service_acceptance"`
}

type textAt struct {
	Message string `json:"message"`
}

type address struct {
	City       *string `json:"city"`
	Country    *string `json:"country"`
	Line1      *string `json:"line1"`
	Line2      *string `json:"line2"`
	PostalCode *string `json:"postal_code"`
	State      *string `json:"state"`
}

// metadata is never null in Stripe's answers.
type metadata map[string]string

// MarshalJSON shows an empty map as {}.
func (m metadata) MarshalJSON() ([]byte, error) {
	if m == nil {
		return []byte("{}"), nil
	}
	return json.Marshal(map[string]string(m))
}

func (m metadata) clone() metadata {
	out := make(metadata, len(m))
	maps.Copy(out, m)
	return out
}
