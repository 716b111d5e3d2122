package api

import (
	"tieout/people"
	"tieout/web"
)

// connectRoutes are those of making and giving up connections.
func connectRoutes() []Route {
	const tag = "Connecting"
	return []Route{
		as(Route{Method: get, Path: "/vendors", Need: people.Connect, Tag: tag, Name: "vendors", Pages: []string{"GET /connect"}, Summary: "What can be connected, and how", Doc: "A consent is given in a browser, on the vendor's page."}, vendors),
		as(Route{Method: post, Path: "/vendors/{vendor}/key", Need: people.Connect, Tag: tag, Name: "connectByKey", Pages: []string{"POST /connect/{vendor}/key"}, Summary: "Connect, or connect again, by a secret key"}, connectByKey),
		as(Route{Method: get, Path: "/consents/{consent}/companies", Need: people.Connect, Tag: tag, Name: "companies", Pages: []string{"GET /connect/companies"}, Summary: "Companies that a consent reaches"}, companies),
		as(Route{Method: post, Path: "/consents/{consent}/companies", Need: people.Connect, Tag: tag, Name: "connectCompanies", Pages: []string{"POST /connect/companies"}, Summary: "Connect companies of a consent"}, connectCompanies),
		as(Route{Method: post, Path: "/connections/{id}/disconnect", Need: people.Connect, Tag: tag, Name: "disconnect", Pages: []string{"GET /connections/{id}/disconnect", "POST /connections/{id}/disconnect"}, Summary: "Give a company up", Doc: "What was read of it stays, and what Tieout has written there stays too: take that back first if it shall go."}, disconnect),
	}
}

// Vendor is a vendor that can be connected.
type Vendor struct {
	Vendor  string   `json:"vendor"`
	Title   string   `json:"title"`
	Role    string   `json:"role" doc:"ledger or processor."`
	Consent bool     `json:"by_consent" doc:"It is connected on a page of the vendor's, in a browser."`
	Ready   bool     `json:"app_configured"`
	Setting string   `json:"setting,omitempty" doc:"What configures the app."`
	Key     bool     `json:"by_key"`
	Loose   []string `json:"consents" doc:"Consents under which nothing is connected yet."`
}

func vendors(c *Call, _ Nothing) (List[Vendor], error) {
	list, err := c.Readers.Connector.Offers(c.ctx(), c.tenant())
	return List[Vendor]{Items: each(list, func(o web.Offer) Vendor {
		return Vendor{Vendor: o.Vendor, Title: o.Title, Role: string(o.Role), Consent: o.Consent, Ready: o.App, Setting: o.Setting, Key: o.Key, Loose: each(o.Loose, same)}
	})}, err
}

// VendorKey is a vendor's secret key.
type VendorKey struct {
	Vendor string `json:"-" path:"vendor"`
	Key    string `json:"key"`
	Again  string `json:"again,omitempty" doc:"The connection that it renews; absent for a new one."`
}

// Connected is what was connected.
type Connected struct {
	Names  []string `json:"names"`
	Choose string   `json:"choose,omitempty" doc:"The consent whose companies have to be chosen from."`
	Notice string   `json:"notice,omitempty"`
}

func connectedOf(a web.Answered) Connected {
	return Connected{Names: each(a.Names, same), Choose: a.Choose, Notice: a.Notice}
}

func connectByKey(c *Call, in VendorKey) (Connected, error) {
	got, err := c.Readers.Connector.Key(c.ctx(), c.tenant(), in.Vendor, in.Key, in.Again)
	return connectedOf(got), err
}

// ConsentQuery names a consent.
type ConsentQuery struct {
	Consent string `json:"-" path:"consent"`
}

// Company is a company that a consent reaches.
type Company struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Connected string `json:"connection,omitempty" doc:"Its connection; absent where it is not connected."`
}

func companies(c *Call, q ConsentQuery) (List[Company], error) {
	list, err := c.Readers.Connector.Companies(c.ctx(), c.tenant(), q.Consent)
	return List[Company]{Items: each(list, func(x web.Company) Company { return Company(x) })}, err
}

// CompanyChoice are companies to be connected.
type CompanyChoice struct {
	ConsentQuery
	Companies []string `json:"companies" doc:"Their ids."`
}

func connectCompanies(c *Call, in CompanyChoice) (Connected, error) {
	if len(in.Companies) == 0 {
		return Connected{}, wrong("companies", "Choose at least one.")
	}
	got, err := c.Readers.Connector.Take(c.ctx(), c.tenant(), in.Consent, in.Companies)
	return connectedOf(got), err
}

// Disconnecting gives a company up.
type Disconnecting struct {
	ID   string `json:"-" path:"id"`
	Keep bool   `json:"keep_documents" doc:"Has to be true: what Tieout has written stays there."`
}

// Disconnected is what is left to do.
type Disconnected struct {
	Left string `json:"left_to_do,omitempty" doc:"What has to be done at the vendor by hand."`
}

func disconnect(c *Call, in Disconnecting) (Disconnected, error) {
	if !in.Keep {
		return Disconnected{}, wrong("keep_documents", "What was written stays at the vendor. If it shall go, undo the book first; then say true.")
	}
	left, err := c.Readers.Connections.Disconnect(c.ctx(), c.tenant(), in.ID, c.by())
	return Disconnected{Left: left}, err
}
