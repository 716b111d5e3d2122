// Package mail sends e-mails of the installation through a configured server.
// A mail is a row until it was taken, so that nothing is lost by a restart; it is
// sent at least once. What holds a secret is composed when it is sent, so that no
// secret lies in a row.
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
	Tenant, ID string
	// Kind says who composes it; "" is as it stands.
	Kind Kind
	// To is who gets it; "" is whoever the server is configured for.
	To            string
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

// Kind is what is composed when it is sent.
type Kind string

// KindReset is a link to a new password for the address in To, if somebody has
// it. Its body is where it was asked from.
const KindReset Kind = "reset"

// Store is what sending needs of the database.
type Store interface {
	lease.Store
	// TenantsMailing gives the tenants with mails that are due at now; "" for
	// those of no tenant.
	TenantsMailing(ctx context.Context, now time.Time) ([]string, error)
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
	// To are the addresses that alarms go to; without any, none are mailed.
	To []string
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

// Post sends mails.
type Post struct {
	Store  Store
	Server Server
	// Holder names this worker in leases.
	Holder string
	Now    func() time.Time
	// Compose writes a mail of a kind; ErrNobody when there is nobody to write to.
	Compose func(context.Context, Mail) (Mail, error)
}

// ErrNobody says that a mail has no reader: it ends, and nobody is told.
var ErrNobody = errors.New("nobody has this address")

// leaseLife bounds how long a dead sender stands in the way.
const leaseLife = 5 * time.Minute

// Check refuses a configuration that cannot work.
func (s Server) Check() error {
	_, _, err := s.split()
	switch {
	case err != nil:
		return err
	case s.From == "":
		return fmt.Errorf("%w: say who sends", ErrServer)
	}
	to := s.To
	if len(to) == 0 {
		to = []string{s.From}
	}
	_, err = s.message(to, "check", "check")
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

func (s Server) message(to []string, subject, body string) (*gomail.Msg, error) {
	m := gomail.NewMsg()
	err := m.From(s.From)
	if err == nil {
		err = m.To(to...)
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
	to := s.To
	if m.To != "" {
		to = []string{m.To}
	}
	message, err := s.message(to, m.Subject, m.Body)
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

// Round sends what is due, of all tenants. Of several workers one sends a
// tenant's; the others leave it to that one.
func (p *Post) Round(ctx context.Context) error {
	now := p.Now()
	tenants, err := p.Store.TenantsMailing(ctx, now)
	if err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	var failed []error
	for _, tenant := range tenants {
		l, ok, err := p.Store.AcquireLease(ctx, lease.Lease{Tenant: tenant, Name: "mail", Holder: p.Holder, Until: now.Add(leaseLife)}, now)
		if err != nil {
			return fmt.Errorf("mail: lease: %w", err)
		}
		if ok {
			failed = append(failed, p.send(ctx, l), p.Store.ReleaseLease(context.WithoutCancel(ctx), l))
		}
	}
	return errors.Join(failed...)
}

// send sends what is due of a tenant, under its lease.
func (p *Post) send(ctx context.Context, l lease.Lease) error {
	due, err := p.Store.DueMail(ctx, l.Tenant, p.Now(), perRound)
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
		if err := p.attempt(ctx, m, now); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			failed = err
			pause := min(firstPause<<min(m.Attempts-1, 16), longestPause)
			m.Ended, m.Problem, m.NotBefore = m.Attempts >= maxAttempts, err.Error(), now.Add(pause)
		}
		if err := p.Store.SaveMail(context.WithoutCancel(ctx), l, m); err != nil {
			return fmt.Errorf("mail: %w", err)
		}
	}
	return failed
}

// attempt composes a mail, where that is still to be done, and sends it.
func (p *Post) attempt(ctx context.Context, m Mail, now time.Time) error {
	if m.Kind != "" {
		composed, err := p.Compose(ctx, m)
		if errors.Is(err, ErrNobody) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("mail: compose: %w", err)
		}
		m = composed
	}
	return p.Server.Send(ctx, m, now)
}
