// Package recorded reads folders of answers that the real vendors once gave
// and recognises in them the state of one company. It keeps every body byte
// for byte; it must neither repair nor complete what was recorded.
package recorded

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
)

// Vendors whose recordings are recognised.
const (
	QuickBooks = "quickbooks"
	Xero       = "xero"
)

// ErrUnknown says that a folder holds no list answer that is recognised.
var ErrUnknown = errors.New("no recorded company recognised")

// ErrTwoCompanies says that a folder mixes the state of two companies.
var ErrTwoCompanies = errors.New("two companies in one folder")

// Set is every recorded object of one kind, under the vendor's name for it:
// Invoice for QuickBooks, Invoices for Xero.
type Set struct {
	Kind   string
	Bodies [][]byte
}

// Company is the state of one company as recorded. Sets are ordered so that
// what others refer to comes first.
type Company struct {
	Vendor string
	Name   string // the company's own name where recorded, else the folder's
	Folder string
	Sets   []Set
}

// Count is the number of recorded objects of a kind.
func (c Company) Count(kind string) int {
	for _, s := range c.Sets {
		if s.Kind == kind {
			return len(s.Bodies)
		}
	}
	return 0
}

// Read recognises the company recorded in a folder. List answers are the
// company's state; single answers beside them (one read, one create) are
// ignored. Errors wrap ErrUnknown or ErrTwoCompanies where they apply.
func Read(folder string) (Company, error) {
	lists, err := readLists(folder)
	if err != nil {
		return Company{}, fmt.Errorf("recorded folder %s: %w", folder, err)
	}
	if len(lists) == 0 {
		return Company{}, fmt.Errorf("recorded folder %s: %w%s", folder, ErrUnknown, hint(folder))
	}
	company, err := merge(lists)
	if err != nil {
		return Company{}, fmt.Errorf("recorded folder %s: %w", folder, err)
	}
	company.Folder = folder
	if company.Name == "" {
		company.Name = filepath.Base(filepath.Clean(folder))
	}
	return company, nil
}

// readLists recognises each file of the folder itself; subfolders are other
// companies.
func readLists(folder string) ([]list, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var lists []list
	for _, e := range entries {
		if e.IsDir() || !strings.HasSuffix(e.Name(), ".json") {
			continue
		}
		body, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return nil, err
		}
		found, err := recognise(e.Name(), body)
		if err != nil {
			return nil, err
		}
		lists = append(lists, found...)
	}
	return lists, nil
}

// hint names subfolders that would have been recognised, because pointing one
// level too high is the likely mistake.
func hint(folder string) string {
	var good []string
	for _, pattern := range []string{"*", "*/*"} {
		subs, _ := filepath.Glob(filepath.Join(folder, pattern)) // only a malformed pattern fails
		for _, sub := range subs {
			if info, err := os.Stat(sub); err != nil || !info.IsDir() {
				continue
			}
			if lists, err := readLists(sub); err == nil && len(lists) > 0 {
				good = append(good, sub)
			}
		}
	}
	if len(good) == 0 {
		return "; expected QuickBooks lists (query_*.json, or customers.json with invoices.json) or Xero list answers (GET /api.xro/2.0/Invoices)"
	}
	return "; one folder is one company, found in it: " + strings.Join(good, ", ")
}

// merge joins the lists of one company. The same kind in two files is two
// pages of one list; the same object twice means two companies.
func merge(lists []list) (Company, error) {
	company := Company{Vendor: lists[0].vendor}
	origin := make(map[string]string)
	sets := make(map[string]*Set)
	for _, l := range lists {
		if l.vendor != company.Vendor {
			return Company{}, fmt.Errorf("%w: %s is a list of %s, %s is one of %s", ErrTwoCompanies, lists[0].file, company.Vendor, l.file, l.vendor)
		}
		if sets[l.kind] == nil {
			sets[l.kind] = &Set{Kind: l.kind}
		}
		for _, body := range l.bodies {
			id, err := identity(l, body)
			if err != nil {
				return Company{}, err
			}
			key := l.kind + " " + id
			if before, twice := origin[key]; twice {
				return Company{}, fmt.Errorf("%w: %s is in %s and in %s", ErrTwoCompanies, key, before, l.file)
			}
			origin[key] = l.file
			sets[l.kind].Bodies = append(sets[l.kind].Bodies, body)
		}
	}
	for _, s := range sets {
		company.Sets = append(company.Sets, *s)
	}
	sort.Slice(company.Sets, func(i, j int) bool { return rank(company.Sets[i].Kind) < rank(company.Sets[j].Kind) })
	return company, company.check()
}

// check refuses what cannot be a company's state and finds its name.
func (c *Company) check() error {
	owner := map[string]string{QuickBooks: "CompanyInfo", Xero: "Organisation"}[c.Vendor]
	for _, s := range c.Sets {
		if s.Kind != owner {
			continue
		}
		if len(s.Bodies) > 1 {
			return fmt.Errorf("%w: %d objects of kind %s", ErrTwoCompanies, len(s.Bodies), owner)
		}
		var named struct{ CompanyName, Name string }
		if err := json.Unmarshal(s.Bodies[0], &named); err != nil {
			return fmt.Errorf("%s: %w", owner, err)
		}
		c.Name = named.CompanyName + named.Name
	}
	invoices, people := "Invoice", "Customer"
	if c.Vendor == Xero {
		invoices, people = "Invoices", "Contacts"
	}
	if c.Count(invoices) == 0 && c.Count(people) == 0 {
		return fmt.Errorf("%w: lists of %s without %s or %s", ErrUnknown, c.Vendor, invoices, people)
	}
	return nil
}

// first are the kinds that others refer to, in loading order.
var first = []string{
	"CompanyInfo", "Organisation", "Preferences", "Currencies", "TaxRates", "Account", "Accounts", "Term", "PaymentMethod",
	"Vendor", "Customer", "Contacts", "Item", "Invoice", "Invoices", "CreditMemo", "CreditNotes", "Payment", "Payments",
}

func rank(kind string) string {
	if i := slices.Index(first, kind); i >= 0 {
		return fmt.Sprintf("%02d", i)
	}
	return "99" + kind
}
