// Package mail sends e-mails of the installation through a configured server.
// A mail is a row until it was taken, so that nothing is lost by a restart; it is
// sent at least once. It composes nothing.
package mail

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"tieout/sync/lease"
)

// Mail is one e-mail on its way.
type Mail struct {
	Tenant, ID    string
	Subject, Body string
	// Attempts were made; the next comes not before NotBefore. Problem is why
	// the last one failed.
	Attempts  int
	NotBefore time.Time
	Problem   string
	// Ended says that it was taken or, with a problem, given up.
	Ended     bool
	CreatedAt time.Time
}

// Store is what sending needs of the database.
type Store interface {
	// DueMail gives the mails that are due at now, the oldest first.
	DueMail(ctx context.Context, tenant string, now time.Time, limit int) ([]Mail, error)
	// SaveMail writes how an attempt went.
	SaveMail(ctx context.Context, l lease.Lease, m Mail) error
}

// Secure says how the connection to the server is protected.
type Secure string

// The ways: STARTTLS is demanded, TLS is spoken from the first byte, or nothing
// is protected, for a server on the same machine.
const (
	SecureStartTLS Secure = "starttls"
	SecureTLS      Secure = "tls"
	SecureNone     Secure = "none"
)

// Server is where mails go.
type Server struct {
	// Address is host:port.
	Address        string
	User, Password string
	Secure         Secure
	From           string
	To             []string
}

const (
	// sendTime bounds one attempt.
	sendTime = 30 * time.Second
	// perRound bounds the mails of a round.
	perRound = 10
	// firstPause doubles with each failed attempt, up to longestPause; after
	// maxAttempts a mail is given up, about three days.
	firstPause   = time.Minute
	longestPause = 6 * time.Hour
	maxAttempts  = 20
)

// ErrServer says what is wrong with the configuration of a server.
var ErrServer = errors.New("the mail server cannot be used")

// Post sends the mails of a tenant.
type Post struct {
	Tenant string
	Server Server
	Now    func() time.Time
}

// Check refuses a configuration that cannot work.
func (s Server) Check() error {
	_, _, err := s.split()
	switch {
	case err != nil:
		return err
	case s.From == "" || len(s.To) == 0:
		return fmt.Errorf("%w: say who sends, and to whom", ErrServer)
	}
	_, err = s.message("check", "check")
	return err
}

func (s Server) split() (string, int, error) {
	host, text, err := net.SplitHostPort(s.Address)
	port, bad := strconv.Atoi(text)
	if err != nil || bad != nil || host == "" {
		return "", 0, fmt.Errorf("%w: %q is no host:port", ErrServer, s.Address)
	}
	return host, port, nil
}

func (s Server) message(subject, body string) (*gomail.Msg, error) {
	m := gomail.NewMsg()
	err := m.From(s.From)
	if err == nil {
		err = m.To(s.To...)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrServer, err)
	}
	m.Subject(subject)
	m.SetBodyString(gomail.TypeTextPlain, body)
	return m, nil
}

// Send makes one attempt.
func (s Server) Send(ctx context.Context, m Mail, now time.Time) error {
	host, port, err := s.split()
	if err != nil {
		return err
	}
	message, err := s.message(m.Subject, m.Body)
	if err != nil {
		return err
	}
	// The same for every attempt, so that a receiver can drop a repetition.
	message.SetMessageIDWithValue(m.ID + "@tieout")
	message.SetDateWithValue(now)
	options := []gomail.Option{gomail.WithPort(port), gomail.WithTimeout(sendTime), gomail.WithHELO(greeting())}
	switch s.Secure {
	case SecureTLS:
		options = append(options, gomail.WithSSL())
	case SecureNone:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if s.User != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.User), gomail.WithPassword(s.Password))
	}
	client, err := gomail.NewClient(host, options...)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrServer, err)
	}
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	if err := client.DialAndSendWithContext(ctx, message); err != nil {
		return fmt.Errorf("mail: send: %w", err)
	}
	return nil
}

// greeting is how a client names itself: by its full name or, where the machine
// has none, by an address (RFC 5321, section 4.1.4).
func greeting() string {
	if name, err := os.Hostname(); err == nil && strings.Contains(name, ".") {
		return name
	}
	return "[127.0.0.1]"
}

// Round sends what is due, under a lease.
func (p *Post) Round(ctx context.Context, l lease.Lease, s Store) error {
	due, err := s.DueMail(ctx, p.Tenant, p.Now(), perRound)
	if err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	var failed error
	for _, m := range due {
		now := p.Now()
		if l.Until.Add(-lease.Margin).Before(now) {
			break // the next round goes on under a new lease
		}
		m.Attempts++
		m.Ended, m.Problem = true, ""
		if err := p.Server.Send(ctx, m, now); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			failed = err
			pause := min(firstPause<<min(m.Attempts-1, 16), longestPause)
			m.Ended, m.Problem, m.NotBefore = m.Attempts >= maxAttempts, err.Error(), now.Add(pause)
		}
		if err := s.SaveMail(context.WithoutCancel(ctx), l, m); err != nil {
			return fmt.Errorf("mail: %w", err)
		}
	}
	return failed
}
