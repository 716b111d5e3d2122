package stripe

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
)

// searchable are the query fields of each resource (Stripe docs: search,
// "Supported query fields for each resource"). n: number, t: text, e: exact
// text, m: metadata.
func searchable(kind string) map[string]byte {
	return map[string]map[string]byte{
		"charge": {
			"amount": 'n', "billing_details.address.postal_code": 'e', "created": 'n', "currency": 'e', "customer": 'e', "disputed": 'e', "metadata": 'm',
			"payment_method_details.card.brand": 'e', "payment_method_details.card.exp_month": 'n', "payment_method_details.card.exp_year": 'n',
			"payment_method_details.card.fingerprint": 'e', "payment_method_details.card.last4": 'e', "payment_method_details.us_bank_account.last4": 'e',
			"payment_method_details.sepa_debit.last4": 'e', "payment_method_details.bacs_debit.last4": 'e', "refunded": 'e', "status": 'e',
		},
		"customer": {"created": 'n', "email": 't', "metadata": 'm', "name": 't', "phone": 't'},
		"invoice": {
			"created": 'n', "currency": 'e', "customer": 'e', "last_finalization_error_code": 'e', "last_finalization_error_type": 'e',
			"metadata": 'm', "number": 'e', "receipt_number": 'e', "status": 'e', "subscription": 'e', "total": 'n',
		},
		"payment_intent": {"amount": 'n', "created": 'n', "currency": 'e', "customer": 'e', "metadata": 'm', "status": 'e'},
		"price":          {"active": 'e', "currency": 'e', "lookup_key": 'e', "metadata": 'm', "product": 'e', "type": 'e'},
		"product":        {"active": 'e', "description": 't', "metadata": 'm', "name": 't', "shippable": 'e', "url": 't'},
	}[kind]
}

func (s *Server) searchRoutes() {
	for path, shelf := range map[string]func(*Account) *shelf{
		"charges":         func(a *Account) *shelf { return a.charges },
		"customers":       func(a *Account) *shelf { return a.customers },
		"invoices":        func(a *Account) *shelf { return a.invoices },
		"payment_intents": func(a *Account) *shelf { return a.intents },
		"prices":          func(a *Account) *shelf { return a.prices },
		"products":        func(a *Account) *shelf { return a.products },
	} {
		url := "/v1/" + path + "/search"
		s.op("GET "+url, "query limit page", func(c *call) *Error { return c.search(shelf(c.Account), url) })
	}
}

// searchPage is the envelope of a search (Stripe docs: api/pagination/search).
type searchPage struct {
	Object   string            `json:"object"`
	Data     []json.RawMessage `json:"data"`
	HasMore  bool              `json:"has_more"`
	NextPage *string           `json:"next_page"`
	URL      string            `json:"url"`
}

// search answers a page of what a query finds, newest first. Unlike Stripe's,
// it sees every write at once (see README).
func (c *call) search(s *shelf, url string) *Error {
	if c.str("query") == "" {
		return missingParam("query")
	}
	matches, e := parseQuery(c.str("query"), s.kind)
	if e != nil {
		return e
	}
	q := query{limit: defaultLimit}
	if e := c.paging(s, &q); e != nil {
		return e
	}
	skip, e := c.pageCursor()
	if e != nil {
		return e
	}
	out := searchPage{Object: "search_result", Data: []json.RawMessage{}, URL: url}
	for _, found := range slices.Backward(s.items) {
		raw := body(found)
		v, ok := decode(raw)
		o, isObject := v.(node)
		if !ok || !isObject || !matches(o) {
			continue
		}
		if c.total >= skip && int64(len(out.Data)) < int64(q.limit) {
			out.Data = append(out.Data, raw)
		}
		c.total++
	}
	if end := skip + int64(len(out.Data)); end < c.total {
		out.HasMore = true
		out.NextPage = opt(base64.RawURLEncoding.EncodeToString([]byte("next:" + strconv.FormatInt(end, 10))))
	}
	return c.answer(out)
}

// pageCursor reads next_page of an earlier answer.
func (c *call) pageCursor() (int64, *Error) {
	page := c.str("page")
	if page == "" {
		return 0, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(page)
	const mark = "next:"
	if err != nil || len(raw) <= len(mark) || string(raw[:len(mark)]) != mark {
		return 0, invalid("", "page", "Invalid page: %s", page)
	}
	n, err := strconv.ParseInt(string(raw[len(mark):]), 10, 64)
	if err != nil {
		return 0, invalid("", "page", "Invalid page: %s", page)
	}
	return n, nil
}
