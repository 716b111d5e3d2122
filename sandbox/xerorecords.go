package sandbox

import (
	"encoding/json"
	"fmt"
	"strings"

	"tieout/sandbox/xero"
)

// xeroRecords lets the control API write an organisation's objects by kind and
// body alone, as Xero's own POST does: the id stands in the body, and
// allocations are a path under their credit.
type xeroRecords struct{ *xero.Organisation }

// Create enters an object; CreditNotes/{id}/Allocations and its like apply a
// credit.
func (x xeroRecords) Create(kind string, body []byte) ([]byte, error) {
	if parts := strings.Split(kind, "/"); len(parts) == 3 && parts[2] == "Allocations" {
		return x.Allocate(parts[0], parts[1], body)
	}
	return x.Organisation.Create(kind, body)
}

// Update changes the object whose id the body holds.
func (x xeroRecords) Update(kind string, body []byte) ([]byte, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, fmt.Errorf("xero: update %s: %w", kind, err)
	}
	key := strings.TrimSuffix(kind, "s") + "ID"
	id := strings.Trim(string(fields[key]), `"`)
	if id == "" {
		return nil, fmt.Errorf("xero: update %s: the body has no %s", kind, key)
	}
	delete(fields, key)
	rest, err := json.Marshal(fields)
	if err != nil {
		return nil, fmt.Errorf("xero: update %s: %w", kind, err)
	}
	return x.Organisation.Update(kind, id, rest)
}

// Delete deletes or archives an object and returns it as it is then.
func (x xeroRecords) Delete(kind, id string) ([]byte, error) {
	if parts := strings.Split(kind, "/"); len(parts) == 3 && parts[2] == "Allocations" {
		if err := x.Deallocate(parts[0], parts[1], id); err != nil {
			return nil, err
		}
		return x.Read(parts[0], parts[1])
	}
	if err := x.Organisation.Delete(kind, id); err != nil {
		return nil, err
	}
	return x.Read(kind, id)
}

// Void voids a document and returns it as it is then.
func (x xeroRecords) Void(kind, id string) ([]byte, error) {
	if err := x.Organisation.Void(kind, id); err != nil {
		return nil, err
	}
	return x.Read(kind, id)
}

// Merge makes one contact take over another's documents.
func (x xeroRecords) Merge(kind, winner, loser string) error {
	if kind != "Contacts" {
		return fmt.Errorf("xero: merge %s: only Contacts can be merged", kind)
	}
	return x.MergeContacts(loser, winner)
}
