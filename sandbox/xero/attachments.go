package xero

import (
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// maxAttachments is how many files an object takes (Xero docs: attachments).
const maxAttachments = 10

type attachment struct {
	id, name, mime string
	online         bool
	content        []byte
}

// attaches tells which endpoints take files (Xero docs: attachments, as far as
// this stand-in has them).
func attaches(k *kind) bool {
	switch k.name {
	case "Invoices", "CreditNotes", "BankTransactions", "BankTransfers", "Contacts", "Accounts", "ManualJournals":
		return true
	}
	return false
}

func (a *attachment) fields(o *Organisation, r *record) object {
	var f object
	f.setStr("AttachmentID", a.id)
	f.setStr("FileName", a.name)
	f.setStr("Url", fmt.Sprintf("%s/api.xro/2.0/%s/%s/Attachments/%s", o.base(), r.kind.name, r.id, url.PathEscape(a.name)))
	f.setStr("MimeType", a.mime)
	f.set("ContentLength", fmt.Append(nil, len(a.content)))
	if r.typ == "ACCREC" || r.typ == "ACCRECCREDIT" {
		f.setBool("IncludeOnline", a.online)
	}
	return f
}

// files are an object's attachments as its own JSON nests them.
func (o *Organisation) files(r *record) []byte {
	var out [][]byte
	if r.side != nil {
		for _, a := range r.side.attachments {
			out = append(out, a.fields(o, r).bytes())
		}
	}
	return array(out)
}

// getAttachment lists the files of an object or gives one, by id or name.
func (o *Organisation) getAttachment(r *record, rest []string) (*answer, error) {
	if len(rest) == 0 {
		return o.envelope("Attachments", splitArray(o.files(r))), nil
	}
	if a := r.attached(rest[0]); a != nil && len(rest) == 1 {
		return &answer{status: http.StatusOK, body: a.content, file: a.mime}, nil
	}
	return nil, notFound()
}

func (r *record) attached(name string) *attachment {
	if r.side == nil {
		return nil
	}
	for _, a := range r.side.attachments {
		if strings.EqualFold(a.id, name) || a.name == name {
			return a
		}
	}
	return nil
}

// putAttachment takes a file; one of the same name is replaced.
func (o *Organisation) putAttachment(r *record, req *http.Request, name string, body []byte) (*answer, error) {
	if len(body) == 0 {
		return nil, noData()
	}
	if strings.ContainsAny(name, "<>:\"/\\|?*+&#") {
		return nil, invalid("The file name '%s' contains a character that is not allowed.", name)
	}
	kind := req.Header.Get("Content-Type")
	if kind == "" || strings.HasPrefix(kind, "application/octet-stream") {
		kind = orElse(mime.TypeByExtension(path.Ext(name)), "application/octet-stream")
	}
	a := r.attached(name)
	if a == nil {
		s := o.beside(r)
		if len(s.attachments) >= maxAttachments {
			return nil, invalid("An object can have at most %d attachments.", maxAttachments)
		}
		a = &attachment{id: o.uuid(), name: name}
		s.attachments = append(s.attachments, a)
	}
	a.mime, a.content, a.online = kind, body, strings.EqualFold(req.URL.Query().Get("IncludeOnline"), "true")
	f := r.fields()
	f.setBool("HasAttachments", true)
	r.setRaw(f)
	o.note(r, "Attached a file", "Attached the file "+name+" through the Xero API using "+o.app)
	return o.envelope("Attachments", [][]byte{a.fields(o, r).bytes()}), nil
}
