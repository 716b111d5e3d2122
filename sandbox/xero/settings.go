package xero

import (
	"fmt"
	"slices"
	"strings"
)

// settings are the small lists of an organisation: read whole, never paged.
type settings struct {
	themes        []object
	services      []object            // payment services
	themeServices map[string][]string // theme id to payment service ids, the last counts
	tracking      []*trackingCategory
	groups        []*contactGroup
	reminders     bool
}

// settingsReads answers the reads below an endpoint; the argument is the path
// after it.
func settingsReads() map[string]func(*Organisation, []string) (*answer, error) {
	return map[string]func(*Organisation, []string) (*answer, error){
		"Organisation": (*Organisation).readOrganisation,
		"Currencies": func(o *Organisation, p []string) (*answer, error) {
			return o.readRows("Currencies", o.currencyRows(), p)
		},
		"TaxRates":       (*Organisation).readTaxRates,
		"BrandingThemes": (*Organisation).readThemes,
		"PaymentServices": func(o *Organisation, p []string) (*answer, error) {
			return o.readRows("PaymentServices", rows(o.set.services), p)
		},
		"TrackingCategories": (*Organisation).readTracking,
		"ContactGroups":      (*Organisation).readGroups,
		"Users":              (*Organisation).readUsers,
		"InvoiceReminders":   (*Organisation).readReminders,
	}
}

func rows(fs []object) [][]byte {
	out := make([][]byte, 0, len(fs))
	for _, f := range fs {
		out = append(out, f.bytes())
	}
	return out
}

// readRows answers a list that has no single read.
func (o *Organisation) readRows(name string, list [][]byte, path []string) (*answer, error) {
	if len(path) > 0 {
		return nil, notFound()
	}
	return o.envelope(name, list), nil
}

// readOrganisation is Organisation/Actions and Organisation/{id}/CISSettings.
func (o *Organisation) readOrganisation(path []string) (*answer, error) {
	switch {
	case len(path) == 1 && path[0] == "Actions":
		var out [][]byte
		for _, name := range actions() {
			state := "ALLOWED"
			if name == "UseMulticurrency" && len(o.currencies) < 2 {
				state = "NOT-ALLOWED"
			}
			out = append(out, object{{"Name", quote(name)}, {"Status", quote(state)}}.bytes())
		}
		return o.envelope("Actions", out), nil
	case len(path) == 2 && path[1] == "CISSettings" && strings.EqualFold(path[0], o.id):
		return o.envelope("CISSettings", [][]byte{[]byte(`{"CISContractorEnabled":false,"CISSubContractorEnabled":false}`)}), nil
	}
	return nil, notFound()
}

// actions are those that Xero names (Xero docs: accounting/organisation,
// actions), as far as this stand-in lets them happen.
func actions() []string {
	return []string{
		"CreateApprovedInvoice", "CreateApprovedBill", "AttachFilesIntoInvoice", "UseMulticurrency", "CreateDraftInvoice", "CreateInvoicePayment",
		"CreateDraftBill", "ApproveTransactionsBeforePeriodLockDate",
	}
}

func (o *Organisation) currencyRows() [][]byte {
	var out [][]byte
	for _, c := range o.currencies {
		out = append(out, currencyRow(c))
	}
	return out
}

func currencyRow(code string) []byte {
	return object{{"Code", quote(code)}, {"Description", quote(orElse(currencyNames()[code], code))}}.bytes()
}

// currencyNames are descriptions as Xero's examples write them.
func currencyNames() map[string]string {
	return map[string]string{
		"USD": "United States Dollar", "EUR": "Euro", "GBP": "British Pound", "CAD": "Canadian Dollar", "AUD": "Australian Dollar", "NZD": "New Zealand Dollar",
		"CHF": "Swiss Franc", "JPY": "Japanese Yen", "SEK": "Swedish Krona", "NOK": "Norwegian Krone", "DKK": "Danish Krone", "SGD": "Singapore Dollar",
		"HKD": "Hong Kong Dollar", "ZAR": "South African Rand", "INR": "Indian Rupee", "MXN": "Mexican Peso", "BRL": "Brazilian Real", "PLN": "Polish Zloty",
		"ILS": "Israeli New Sheqel",
	}
}

// openSettings gives a new organisation its standard branding theme.
func (o *Organisation) openSettings() {
	var t object
	t.setStr("BrandingThemeID", o.uuid())
	t.setStr("Name", "Standard")
	t.setStr("LogoUrl", "https://in.xero.com/logo?id=standard")
	t.setStr("Type", "INVOICE")
	t.set("SortOrder", []byte("0"))
	t.set("CreatedDateUTC", msDate(o.now()))
	o.set.themes = []object{t}
	o.set.themeServices = map[string][]string{}
}

// defaultTheme is the id of the theme with SortOrder 0, "" without themes.
func (o *Organisation) defaultTheme() string {
	if len(o.set.themes) == 0 {
		return ""
	}
	return o.set.themes[0].str("BrandingThemeID")
}

func (o *Organisation) theme(id string) (object, bool) {
	for _, t := range o.set.themes {
		if strings.EqualFold(t.str("BrandingThemeID"), id) {
			return t, true
		}
	}
	return nil, false
}

func (o *Organisation) readThemes(path []string) (*answer, error) {
	if len(path) == 0 {
		return o.envelope("BrandingThemes", rows(o.set.themes)), nil
	}
	t, ok := o.theme(path[0])
	switch {
	case !ok:
		return nil, notFound()
	case len(path) == 1:
		return o.envelope("BrandingThemes", [][]byte{t.bytes()}), nil
	case len(path) == 2 && path[1] == "PaymentServices":
		return o.envelope("PaymentServices", rows(o.servicesOf(t))), nil
	}
	return nil, notFound()
}

func (o *Organisation) servicesOf(theme object) []object {
	var out []object
	for _, id := range o.set.themeServices[theme.str("BrandingThemeID")] {
		if s, ok := o.service(id); ok {
			out = append(out, s)
		}
	}
	return out
}

func (o *Organisation) service(id string) (object, bool) {
	for _, s := range o.set.services {
		if strings.EqualFold(s.str("PaymentServiceID"), id) {
			return s, true
		}
	}
	return nil, false
}

// putService registers a custom payment URL (Xero docs:
// accounting/paymentservices). There is no call to change or delete one.
func (o *Organisation) putService(f object) (object, error) {
	name := f.str("PaymentServiceName")
	switch {
	case name == "" || f.str("PaymentServiceUrl") == "" || f.str("PayNowText") == "":
		return nil, invalid("PaymentServiceName, PaymentServiceUrl and PayNowText are required.")
	case len(f.str("PayNowText")) > 255:
		return nil, invalid("The PayNowText field is longer than 255 characters.")
	case slices.ContainsFunc(o.set.services, func(s object) bool { return strings.EqualFold(s.str("PaymentServiceName"), name) }):
		return nil, invalid("Payment service could not be created because the name is already in use")
	}
	var s object
	s.setStr("PaymentServiceID", o.uuid())
	s.setStr("PaymentServiceName", name)
	s.setStr("PaymentServiceUrl", f.str("PaymentServiceUrl"))
	s.setStr("PaymentServiceType", "Custom")
	s.setStr("PayNowText", f.str("PayNowText"))
	o.set.services = append(o.set.services, s)
	return s, nil
}

// postThemeService hangs payment services on a branding theme.
func (o *Organisation) postThemeService(themeID string, sent []object) (*answer, error) {
	t, ok := o.theme(themeID)
	if !ok {
		return nil, notFound()
	}
	var added []object
	for _, f := range sent {
		s, ok := o.service(f.str("PaymentServiceID"))
		if !ok {
			return nil, invalid("Payment service could not be found")
		}
		id := t.str("BrandingThemeID")
		o.set.themeServices[id] = append(o.set.themeServices[id], s.str("PaymentServiceID"))
		added = append(added, s)
	}
	return o.envelope("PaymentServices", rows(added)), nil
}

func (o *Organisation) readUsers(path []string) (*answer, error) {
	if len(path) > 1 || len(path) == 1 && !strings.EqualFold(path[0], userID) {
		return nil, notFound()
	}
	u := fmt.Sprintf(`{"UserID":%q,"EmailAddress":"owner@example.com","FirstName":"Olive","LastName":"Owner","UpdatedDateUTC":%s,"IsSubscriber":true,"OrganisationRole":"FINANCIALADVISER"}`,
		userID, quote(o.info.str("CreatedDateUTC")))
	return o.envelope("Users", [][]byte{[]byte(u)}), nil
}

func (o *Organisation) readReminders(path []string) (*answer, error) {
	if len(path) != 1 || path[0] != "Settings" {
		return nil, notFound()
	}
	f := object{}
	f.setBool("Enabled", o.set.reminders)
	return o.envelope("InvoiceReminders", [][]byte{f.bytes()}), nil
}
