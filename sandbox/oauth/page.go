package oauth

import (
	"html/template"
	"net/http"
	"slices"
	"strings"
)

type hiddenField struct{ Name, Value string }

type pageData struct {
	Action  string
	Hidden  []hiddenField
	Scopes  []string
	Choices []Choice
	Input   string // radio or checkbox
	Single  bool
}

// consentHTML has no script: the form posts back all that the page was asked
// with, to the same path without its query.
const consentHTML = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Allow access</title></head><body>
<h1>Allow access</h1>
<form method="post" action="{{.Action}}">
{{range .Hidden}}<input type="hidden" name="{{.Name}}" value="{{.Value}}">
{{end}}<fieldset><legend>{{if .Single}}Choose one{{else}}Choose one or more{{end}}</legend>
{{$d := .}}{{range $i, $c := .Choices}}<label><input type="{{$d.Input}}" name="choice" value="{{$c.ID}}"{{if or (not $d.Single) (eq $i 0)}} checked{{end}}> {{$c.Name}}</label><br>
{{end}}</fieldset>
<p>The application asks for:</p><ul>{{range .Scopes}}<li>{{.}}</li>{{end}}</ul>
<button type="submit" name="decision" value="allow">Allow access</button>
<button type="submit" name="decision" value="deny">Cancel</button>
</form></body></html>
`

func (s *Server) consentPage(w http.ResponseWriter, r *http.Request) {
	data := pageData{Action: r.URL.Path, Choices: s.opt.Choices(), Input: "checkbox", Single: s.opt.Single, Scopes: strings.Fields(r.Form.Get("scope"))}
	if s.opt.Single {
		data.Input = "radio"
	}
	for name, values := range r.Form {
		if name == "decision" || name == "choice" {
			continue
		}
		for _, v := range values {
			data.Hidden = append(data.Hidden, hiddenField{name, v})
		}
	}
	slices.SortFunc(data.Hidden, func(a, b hiddenField) int { return strings.Compare(a.Name, b.Name) })
	t, err := template.New("consent").Parse(consentHTML)
	if err != nil {
		http.Error(w, "consent page: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_ = t.Execute(w, data) // only a broken connection fails here
}
