package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"tieout/sync/alarm"
	"tieout/sync/monthend"
)

// ControlKeeper keeps an organisation's controls, and shows what was set when
// the program was started.
type ControlKeeper interface {
	Control(ctx context.Context, tenant string) (monthend.Control, error)
	// SaveControl changes them; ErrSecondPerson when somebody else has to agree
	// first, who is shown the page.
	SaveControl(ctx context.Context, tenant string, c monthend.Control, page, by string) error
	// Alarms are those that stand, and those that are over but were told lately.
	Alarms(ctx context.Context, tenant string) ([]alarm.Row, error)
	// Started is what was set when the program was started.
	Started() []StartSetting
}

// StartSetting is something that is chosen when the program is started, and only
// shown on the pages.
type StartSetting struct {
	// Name says what, Value how it is; "" is not set. Variable is the variable
	// of the environment that sets it.
	Name, Value, Variable string
}

type controlPage struct {
	form
	tabs
	Control monthend.Control
	Alarms  []alarm.Row
	Started []StartSetting
}

func (s *Site) controlPage(v *Visit) (controlPage, error) {
	page := controlPage{form: v.form(), tabs: v.tabs(), Started: s.Readers.Control.Started()}
	var err error
	if page.Control, err = s.Readers.Control.Control(v.ctx(), v.tenant()); err != nil {
		return page, err
	}
	page.Values["years"] = strconv.Itoa(page.Control.RetentionYears)
	page.Alarms, err = s.Readers.Control.Alarms(v.ctx(), v.tenant())
	return page, err
}

// control is the page of controls: a second person, what is kept, alarms. What
// is in its address stands in its form, as it was put before a second person.
func (s *Site) control(v *Visit) error {
	page, err := s.controlPage(v)
	if err != nil {
		return err
	}
	if q := v.r.URL.Query(); q.Has("years") {
		page.Values["years"], page.Control.FourEyes = q.Get("years"), q.Get("four_eyes") == "on"
	}
	return s.render(v, "control", "Control", page)
}

func (s *Site) controlPost(v *Visit) error {
	page, err := s.controlPage(v)
	if err != nil {
		return err
	}
	page.Values["years"], page.Control.FourEyes = v.r.PostFormValue("years"), v.r.PostFormValue("four_eyes") == "on"
	code := http.StatusUnprocessableEntity
	page.Control.RetentionYears, err = strconv.Atoi(page.Values["years"])
	if err != nil || page.Control.Check() != nil {
		page.Problems["years"] = sentence(monthend.ErrRetention.Error())
		return s.show(v, code, "control", "Control", page)
	}
	err = s.Readers.Control.SaveControl(v.ctx(), v.tenant(), page.Control, ControlAddress(page.Control), v.Person.Signature())
	if words, ok := reason(err); ok {
		page.Problems[""] = words
		return s.show(v, http.StatusConflict, "control", "Control", page)
	}
	if err != nil {
		return err
	}
	return v.done("/settings/control", "The controls are changed.")
}

// ControlAddress is the page that shows controls as they would be.
func ControlAddress(c monthend.Control) string {
	shown := url.Values{"years": {strconv.Itoa(c.RetentionYears)}}
	if c.FourEyes {
		shown.Set("four_eyes", "on")
	}
	return "/settings/control?" + shown.Encode()
}
