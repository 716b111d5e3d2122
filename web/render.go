package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"tieout/people"
)

//go:embed templates
var templateFiles embed.FS

// fragmentHeader names the element that the script wants again, in place of the
// whole page.
const fragmentHeader = "X-Fragment"

// freshness is the element that stands around every page. It is given without
// the page, whose own reading may be what has changed it.
const freshness = "freshness"

// pages are the parsed templates, by the name of their file.
type pages map[string]*template.Template

// parsePages parses every page together with the frame around all and with
// the parts that pages share. A page defines "main"; what is renewed while the
// page is open it defines under the id of its element.
func parsePages() (pages, error) {
	frame, err := template.New("frame.html").Funcs(functions()).ParseFS(templateFiles, "templates/frame.html", "templates/parts.html")
	if err != nil {
		return nil, fmt.Errorf("web: frame: %w", err)
	}
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("web: templates: %w", err)
	}
	out := pages{}
	for _, file := range names {
		name := strings.TrimSuffix(strings.TrimPrefix(file, "templates/"), ".html")
		if name == "frame" || name == "parts" {
			continue
		}
		page, err := frame.Clone()
		if err == nil {
			page, err = page.ParseFS(templateFiles, file)
		}
		if err != nil {
			return nil, fmt.Errorf("web: page %s: %w", name, err)
		}
		out[name] = page
	}
	return out, nil
}

// frame is what stands around a page.
type frame struct {
	view
	Title  string
	Assets string
	// Name is the page's template, Path its address.
	Name, Path   string
	Person       people.Person
	Organisation people.Organisation
	Others       []people.Membership
	Nav          []navItem
	Fresh        Freshness
	Versions     Versions
	Flash        string
	Query        string
	Page         any
}

// navItem is an entry of the navigation.
type navItem struct {
	Name, Path, Key string
	Here            bool
}

// navigation are the entries that a role may see.
func navigation(v *Visit) []navItem {
	entries := []struct {
		name, path, key string
		need            people.Permission
	}{
		{"Home", "/", "h", people.SeeOwn},
		{"Receivables", "/receivables", "r", people.SeeOwn},
		{"Payments", "/payments", "p", people.See},
		{"Payouts", "/payouts", "o", people.See},
		{"Bank", "/bank", "b", people.See},
		{"Decisions", "/decisions", "d", people.See},
		{"Proof", "/proof", "t", people.See},
		{"Journal", "/journal", "j", people.See},
		{"Connections", "/connections", "n", people.See},
	}
	var out []navItem
	if len(v.Members) > 1 {
		out = append(out, navItem{"Clients", "/clients", "f", under(v.r.URL.Path, "/clients")})
	}
	for _, e := range entries {
		if v.Member.Role.May(e.need) {
			out = append(out, navItem{e.name, e.path, e.key, under(v.r.URL.Path, e.path) || e.path == "/connections" && under(v.r.URL.Path, "/connect")})
		}
	}
	// Settings opens with the first of its pages that the role may see.
	if list := v.tabs().Tabs; len(list) > 0 {
		out = append(out, navItem{"Settings", list[0].Path, "s", v.tab() != ""})
	}
	return out
}

// under says whether a path is that of a page, or of one below it.
func under(path, page string) bool {
	return path == page || page != "/" && strings.HasPrefix(path, page+"/")
}

// render gives a page, or the one element of it that the script asks for.
func (s *Site) render(v *Visit, name, title string, page any) error {
	return s.show(v, http.StatusOK, name, title, page)
}

// show is render with a status code.
func (s *Site) show(v *Visit, code int, name, title string, page any) error {
	t, ok := s.pages[name]
	if !ok {
		return fmt.Errorf("web: there is no template %q", name)
	}
	f := frame{
		view: v.view(), Title: title, Assets: s.assets.version, Name: name, Path: v.r.URL.Path, Person: v.Person, Page: page,
		Query: v.r.URL.Query().Get("q"),
	}
	if v.signedIn() && len(v.Members) > 0 {
		if err := s.surround(v, &f); err != nil && code < http.StatusInternalServerError {
			return err
		}
	}
	fragment, data := v.r.Header.Get(fragmentHeader), any(f)
	if fragment != "" && fragment != "frame.html" && t.Lookup(fragment) != nil {
		if fragment != freshness {
			data = page
		}
	} else {
		fragment = "frame.html"
		f.Flash = s.sessions.PopString(v.ctx(), keyFlash)
		data = f
	}
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, fragment, data); err != nil {
		return fmt.Errorf("web: page %s: %w", name, err)
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.Header().Set("Vary", fragmentHeader)
	if fragment != "frame.html" {
		v.w.Header().Set(fragmentHeader, fragment)
	}
	v.w.WriteHeader(code)
	_, _ = v.w.Write(out.Bytes())
	return nil
}

// surround fills in what stands around the pages of an organisation. The
// versions were read before the page's own data, so that a page is never newer
// than it says.
func (s *Site) surround(v *Visit, f *frame) error {
	f.Organisation, f.Nav = v.Member.Organisation, navigation(v)
	for _, m := range v.Members {
		if m.Organisation.Tenant != v.tenant() {
			f.Others = append(f.Others, m)
		}
	}
	var err error
	if f.Versions, err = v.versions(); err != nil {
		return err
	}
	f.Fresh, err = s.Readers.Pulse.Freshness(v.ctx(), v.tenant())
	return err
}

// view is what a page's template may ask besides its own data.
type view struct {
	zone *time.Location
	now  time.Time
	role people.Role
}

func (v *Visit) view() view {
	zone, err := time.LoadLocation(v.Member.Organisation.Zone)
	if err != nil {
		zone = time.UTC
	}
	return view{zone: zone, now: v.site.Now(), role: v.Member.Role}
}

// May says whether the reader's role has a permission.
func (v view) May(p string) bool { return v.role.May(people.Permission(p)) }
