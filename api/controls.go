package api

import (
	"time"

	"tieout/people"
	"tieout/sync/alarm"
	"tieout/sync/monthend"
	"tieout/web"
)

// Learned is a rule that came out of a person's confirmation.
type Learned struct {
	Book     string    `json:"book"`
	ID       string    `json:"id"`
	Kind     string    `json:"kind" doc:"alias or habit."`
	Why      string    `json:"why"`
	Customer string    `json:"customer"`
	By       string    `json:"by,omitempty"`
	At       time.Time `json:"at"`
}

func learned(c *Call, _ Nothing) (List[Learned], error) {
	list, err := c.Readers.Learned.Learned(c.ctx(), c.tenant())
	return List[Learned]{Items: each(list, func(l web.Learned) Learned {
		return Learned{Book: l.Book, ID: l.ID, Kind: l.Kind, Why: l.Why, Customer: l.Customer, By: l.By, At: l.At}
	})}, err
}

func forget(c *Call, q DecisionQuery) (Done, error) {
	err := c.Readers.Learned.Forget(c.ctx(), c.tenant(), q.Book, q.ID)
	return Done{Done: err == nil}, err
}

// controlRoutes are those of an organisation and its controls.
func controlRoutes() []Route {
	const tag = "Settings"
	return []Route{
		as(Route{Method: get, Path: "/organisation", Need: people.Manage, Tag: tag, Name: "organisation", Pages: []string{"GET /settings"}, Summary: "The organisation"}, organisation),
		as(Route{Method: post, Path: "/organisation", Need: people.Manage, Tag: tag, Name: "saveOrganisation", Pages: []string{"POST /settings/organisation"}, Summary: "Change its name, time zone or home currency"}, saveOrganisation),
		as(Route{Method: get, Path: "/controls", Need: people.Manage, Tag: tag, Name: "controls", Pages: []string{"GET /settings/control"}, Summary: "Controls, alarms, and what was set at the start"}, controls),
		as(Route{Method: post, Path: "/controls", Need: people.Manage, Tag: tag, Name: "saveControls", Pages: []string{"POST /settings/control"}, Summary: "Change the controls"}, saveControls),
	}
}

func organisation(c *Call, _ Nothing) (Organisation, error) {
	return organisationOf(c.Member.Organisation), nil
}

func organisationOf(o people.Organisation) Organisation {
	return Organisation{ID: o.Tenant, Name: o.Name, Zone: o.Zone, Home: o.Home}
}

// NewOrganisation is an organisation as it shall be.
type NewOrganisation struct {
	Name string `json:"name"`
	Zone string `json:"zone" doc:"An IANA time zone, such as Europe/Vienna."`
	Home string `json:"home_currency" doc:"ISO 4217."`
}

func saveOrganisation(c *Call, in NewOrganisation) (Organisation, error) {
	o := c.Member.Organisation
	o.Name, o.Zone, o.Home = in.Name, in.Zone, in.Home
	return organisationOf(o), c.People.Rename(c.ctx(), c.Person.ID, o)
}

// Controls are an organisation's controls.
type Controls struct {
	FourEyes       bool           `json:"four_eyes" doc:"A second person has to agree to first writes, cut-overs, changes of accounts and rules, and undos."`
	RetentionYears int            `json:"retention_years"`
	Alarms         []Alarm        `json:"alarms" doc:"Those that stand, and those that were over lately."`
	Started        []StartSetting `json:"started_with" doc:"What is chosen when the program is started."`
}

// Alarm is something that somebody has to know of.
type Alarm struct {
	Kind       string     `json:"kind"`
	Connection string     `json:"connection,omitempty"`
	Name       string     `json:"name,omitempty"`
	Text       string     `json:"text"`
	Raised     time.Time  `json:"raised"`
	Cleared    *time.Time `json:"cleared,omitempty"`
}

// StartSetting is something that is chosen when the program is started.
type StartSetting struct {
	Name     string `json:"name"`
	Value    string `json:"value"`
	Variable string `json:"variable"`
}

func controls(c *Call, _ Nothing) (Controls, error) {
	control, err := c.Readers.Control.Control(c.ctx(), c.tenant())
	if err != nil {
		return Controls{}, err
	}
	alarms, err := c.Readers.Control.Alarms(c.ctx(), c.tenant())
	return Controls{
		FourEyes: control.FourEyes, RetentionYears: control.RetentionYears,
		Alarms: each(alarms, func(a alarm.Row) Alarm {
			return Alarm{Kind: string(a.Kind), Connection: a.Connection, Name: a.Name, Text: a.Text, Raised: a.Raised, Cleared: a.Cleared}
		}),
		Started: each(c.Readers.Control.Started(), func(s web.StartSetting) StartSetting { return StartSetting(s) }),
	}, err
}

// NewControls are controls as they shall be.
type NewControls struct {
	FourEyes       bool `json:"four_eyes"`
	RetentionYears int  `json:"retention_years" range:"1-100"`
}

func saveControls(c *Call, in NewControls) (Done, error) {
	control := monthend.Control{FourEyes: in.FourEyes, RetentionYears: in.RetentionYears}
	if control.Check() != nil {
		return Done{}, wrong("retention_years", monthend.ErrRetention.Error())
	}
	err := c.Readers.Control.SaveControl(c.ctx(), c.tenant(), control, web.ControlAddress(control), c.by())
	return Done{Done: err == nil}, err
}
