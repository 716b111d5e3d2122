package quickbooks

// settings are what business rules read from Preferences and CompanyInfo.
type settings struct {
	closed        string // AccountingInfoPrefs.BookCloseDate
	customNumbers bool   // SalesFormsPrefs.CustomTxnNumbers
	defaultItem   string
	address       []byte // CompanyAddr
	american      bool   // the tax model of the US: one code for a form
}

// settings reads them once after each change.
func (c *Company) settings() *settings {
	if c.prefs != nil {
		return c.prefs
	}
	s := &settings{}
	if o := c.single("Preferences"); o != nil {
		d := splitObject(o.raw)
		s.closed = d.sub("AccountingInfoPrefs").str("BookCloseDate")
		s.customNumbers = d.sub("SalesFormsPrefs").isTrue("CustomTxnNumbers")
		for _, nv := range d.sub("OtherPrefs").list("NameValue") {
			if nv.str("Name") == "SalesFormsPrefs.DefaultItem" {
				s.defaultItem = nv.str("Value")
			}
		}
	}
	if o := c.single("CompanyInfo"); o != nil {
		info := splitObject(o.raw)
		s.address, s.american = info.get("CompanyAddr"), orDefault(info.str("Country"), "US") == "US"
	} else {
		s.american = orDefault(c.options.Country, "US") == "US"
	}
	c.prefs = s
	return s
}
