package web

import (
	"fmt"
	"html/template"
	"image"
	"image/color"
	"net/http"
	"strconv"
	"strings"

	"github.com/pquerna/otp"

	"tieout/people"
)

// accountPage is what a person may change about itself.
type accountPage struct {
	form
	Person people.Person
	// Key and Code are the second factor that waits for its first code.
	Key  people.SecondKey
	Code template.HTML
}

func (s *Site) accountPage(v *Visit) (accountPage, error) {
	page := accountPage{form: v.form(), Person: v.Person}
	key, err := s.People.SecondKeyOf(v.Person)
	if err != nil {
		return page, nil // none waits
	}
	page.Key = key
	page.Code, err = qrCode(key.URL)
	return page, err
}

// account is the page of one's own name, appearance, password and second
// factor.
func (s *Site) account(v *Visit) error {
	page, err := s.accountPage(v)
	if err != nil {
		return err
	}
	return s.render(v, "account", "Your account", page)
}

// changed answers a change of the account: with a word, or with what was wrong.
func (s *Site) changed(v *Visit, err error, word string) error {
	if err == nil {
		return v.done("/account", word)
	}
	page, problem := s.accountPage(v)
	if problem != nil || !page.refuse(err) {
		return err
	}
	return s.show(v, http.StatusUnprocessableEntity, "account", "Your account", page)
}

func (s *Site) accountProfile(v *Visit) error {
	err := s.People.ChangeProfile(v.ctx(), v.Person.ID, v.r.PostFormValue("name"), people.Theme(v.r.PostFormValue("theme")))
	return s.changed(v, err, "Your profile is changed.")
}

func (s *Site) accountPassword(v *Visit) error {
	person, err := s.People.ChangePassword(v.ctx(), v.Person.ID, v.r.PostFormValue("old"), v.r.PostFormValue("password"))
	if err == nil {
		// This session goes on; all others have ended.
		s.sessions.Put(v.ctx(), keyEpoch, person.Epoch)
		err = s.sessions.RenewToken(v.ctx())
	}
	return s.changed(v, err, "Your password is changed. Other devices have to sign in again.")
}

func (s *Site) accountSecond(v *Visit) error {
	_, err := s.People.StartSecond(v.ctx(), v.Person.ID)
	return s.changed(v, err, "Scan the code with your authenticator, then type in what it shows.")
}

func (s *Site) accountSecondConfirm(v *Visit) error {
	return s.changed(v, s.People.ConfirmSecond(v.ctx(), v.Person.ID, v.r.PostFormValue("code")), "The second factor is on.")
}

func (s *Site) accountSecondRemove(v *Visit) error {
	return s.changed(v, s.People.RemoveSecond(v.ctx(), v.Person.ID, v.r.PostFormValue("old")), "The second factor is off.")
}

func (s *Site) accountEverywhere(v *Visit) error {
	if err := s.People.SignOutEverywhere(v.ctx(), v.Person.ID); err != nil {
		return err
	}
	if err := s.sessions.Destroy(v.ctx()); err != nil {
		return err
	}
	return v.redirect("/login")
}

// qrSize is the picture's size in points; the code's squares are found in it.
const qrSize = 240

// qrCode draws the address of a second factor as an SVG: its policy lets a page
// draw, but load nothing.
func qrCode(address string) (template.HTML, error) {
	key, err := otp.NewKeyFromURL(address)
	if err != nil {
		return "", fmt.Errorf("web: second factor: %w", err)
	}
	picture, err := key.Image(qrSize, qrSize)
	if err != nil {
		return "", fmt.Errorf("web: second factor: %w", err)
	}
	var path strings.Builder
	for y := range qrSize {
		for x := 0; x < qrSize; x++ {
			if !dark(picture, x, y) {
				continue
			}
			from := x
			for x < qrSize && dark(picture, x, y) {
				x++
			}
			fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from, y, x-from, x-from)
		}
	}
	size := strconv.Itoa(qrSize)
	return markup(`<svg class="qr" viewBox="0 0 %s %s" role="img" aria-label="Code to scan with an authenticator"><rect width="%s" height="%s" fill="#fff"/><path d="%s" fill="#000"/></svg>`,
		size, size, size, size, path.String()), nil
}

func dark(picture image.Image, x, y int) bool {
	const half = 0x80
	gray, ok := color.GrayModel.Convert(picture.At(x, y)).(color.Gray)
	return ok && gray.Y < half
}
