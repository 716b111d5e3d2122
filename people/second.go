package people

import (
	"context"
	"crypto/subtle"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
)

// A time step of a code lasts 30 seconds (RFC 6238, 5.2), and one step before
// and after is taken, for clocks that differ.
const (
	period = 30
	skew   = 1
	// secretBytes is the length that RFC 4226, 4 recommends.
	secretBytes = 20
)

// SecondKey is a new second factor before it is confirmed.
type SecondKey struct {
	// Secret is its text for people who type it in, URL what an authenticator
	// scans.
	Secret, URL string
}

// StartSecond makes a secret for a person's authenticator and keeps it; it does
// not count before ConfirmSecond.
func (s *Service) StartSecond(ctx context.Context, id string) (SecondKey, error) {
	person, err := s.Accounts.Person(ctx, id)
	if err != nil {
		return SecondKey{}, err
	}
	if person.SecondOn {
		return SecondKey{}, InputError{"code", "A second factor is on already."}
	}
	secret := make([]byte, secretBytes)
	if _, err := io.ReadFull(s.Random, secret); err != nil {
		return SecondKey{}, fmt.Errorf("people: make a second factor: %w", err)
	}
	key, err := keyOf(person, secret)
	if err != nil {
		return SecondKey{}, err
	}
	person.Second = secret
	return key, s.Accounts.ChangePerson(ctx, person, s.event(EventProfileKept, "", id, id, "second factor begun"))
}

// SecondKeyOf shows the secret again while it is not confirmed.
func (s *Service) SecondKeyOf(p Person) (SecondKey, error) {
	if p.SecondOn || len(p.Second) == 0 {
		return SecondKey{}, ErrNotFound
	}
	return keyOf(p, p.Second)
}

func keyOf(p Person, secret []byte) (SecondKey, error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "Tieout", AccountName: p.Email, Period: period, Secret: secret, Digits: otp.DigitsSix})
	if err != nil {
		return SecondKey{}, fmt.Errorf("people: second factor: %w", err)
	}
	return SecondKey{Secret: key.Secret(), URL: key.URL()}, nil
}

// ConfirmSecond switches the second factor on, shown a code of it.
func (s *Service) ConfirmSecond(ctx context.Context, id, code string) error {
	person, err := s.Accounts.Person(ctx, id)
	if err != nil {
		return err
	}
	step, ok, err := stepOf(person.Second, code, s.Now())
	if err != nil {
		return err
	}
	if ok && !person.SecondOn {
		ok, err = s.Accounts.UseSecond(ctx, id, step)
	}
	if err != nil {
		return err
	}
	if !ok || person.SecondOn {
		return InputError{"code", "This is not the code that the authenticator shows now."}
	}
	person.SecondOn = true
	return s.Accounts.ChangePerson(ctx, person, s.event(EventSecondOn, "", id, id, ""))
}

// RemoveSecond switches it off for who knows the password.
func (s *Service) RemoveSecond(ctx context.Context, id, password string) error {
	person, err := s.confirmed(ctx, id, password)
	if err != nil {
		return err
	}
	person.Second, person.SecondOn = nil, false
	return s.Accounts.ChangePerson(ctx, person, s.event(EventSecondOff, "", id, id, ""))
}

// stepOf is the time step that a code belongs to, if it is right now.
func stepOf(secret []byte, code string, now time.Time) (int64, bool, error) {
	code = strings.Join(strings.Fields(code), "")
	if len(secret) == 0 || len(code) != otp.DigitsSix.Length() {
		return 0, false, nil
	}
	text := secretText(secret)
	at := now.Unix() / period
	var found int64
	for step := at - skew; step <= at+skew; step++ {
		want, err := hotp.GenerateCode(text, uint64(max(step, 0)))
		if err != nil {
			return 0, false, fmt.Errorf("people: check a code: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			found = step
		}
	}
	return found, found != 0, nil
}
