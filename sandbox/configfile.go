package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Folders are names of folders; in a file one may stand alone.
type Folders []string

// UnmarshalJSON reads a list of names or one name.
func (f *Folders) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*f = Folders{one}
		return nil
	}
	var many []string
	if err := json.Unmarshal(raw, &many); err != nil {
		return errors.New("data: want a folder or a list of folders")
	}
	*f = many
	return nil
}

// ReadConfig reads a configuration as JSON; unknown names are refused, so that
// a misspelt one is not silently ignored. Once a file names a vendor, only
// those are served that it gives any setting.
func ReadConfig(r io.Reader) (Config, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return Config{}, fmt.Errorf("sandbox: configuration: %w", err)
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return Config{}, errors.New("sandbox: configuration: the file is empty; {} stands for the defaults")
	}
	var c Config
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return Config{}, misread(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Config{}, fmt.Errorf("sandbox: configuration: more than one JSON value")
	}
	var top map[string]json.RawMessage
	if err := json.Unmarshal(raw, &top); err != nil {
		return Config{}, fmt.Errorf("sandbox: configuration: %w", err)
	}
	c.markServed(top)
	fill(&c.Stripe.Payouts, PayoutsDaily)
	c = c.Defaults()
	return c, c.Validate()
}

// misread says in the file's own words what is wrong with it.
func misread(err error) error {
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong) && wrong.Field == "":
		return fmt.Errorf("sandbox: configuration: want a JSON object, not %s", article(wrong.Value))
	case errors.As(err, &wrong):
		return fmt.Errorf("sandbox: configuration: %s: %s is not what it takes", wrong.Field, article(wrong.Value))
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("sandbox: configuration: the JSON ends too early")
	}
	return fmt.Errorf("sandbox: configuration: %s", strings.TrimPrefix(err.Error(), "json: "))
}

// article puts one before a JSON type.
func article(kind string) string {
	if strings.HasPrefix(kind, "array") || strings.HasPrefix(kind, "object") {
		return "an " + kind
	}
	return "a " + kind
}

// markServed switches off what a file does not name, and takes an explicit 0
// invoices at its word.
func (c *Config) markServed(top map[string]json.RawMessage) {
	c.Invoices = explicit(top, c.Invoices)
	parts := map[string]map[string]json.RawMessage{}
	named := false
	for _, vendor := range []string{portQuickBooks, portXero, portStripe} {
		raw, there := top[vendor]
		named = named || there
		var part map[string]json.RawMessage
		if json.Unmarshal(raw, &part) == nil {
			parts[vendor] = part
		}
	}
	if named {
		c.QuickBooks.Off, c.Xero.Off, c.Stripe.Off = len(parts[portQuickBooks]) == 0, len(parts[portXero]) == 0, len(parts[portStripe]) == 0
	}
	c.Stripe.shared = c.Stripe.SecretKey == "" && len(c.Stripe.Accounts) > 0
	c.QuickBooks.Invoices = explicit(parts[portQuickBooks], c.QuickBooks.Invoices)
	c.Xero.Invoices = explicit(parts[portXero], c.Xero.Invoices)
}

// explicit is None for a 0 that stands in the file.
func explicit(part map[string]json.RawMessage, n int) int {
	if _, said := part["invoices"]; said && n == 0 {
		return None
	}
	return n
}
