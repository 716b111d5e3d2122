package quickbooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"
)

const (
	// firstAttachable starts a sequence of its own; recorded ids have 19 digits.
	firstAttachable = "5000000000000000001"
	// linkLife is how long a TempDownloadUri works (recorded: X-Amz-Expires=900).
	linkLife = 900 * time.Second
)

// attachableTo are the kinds a note or file can hang on (Intuit docs:
// attachable; any other type is fault 6050).
func (c *Company) attachableTo(typ string) *kind {
	k := c.kinds[strings.ToLower(typ)]
	if k == nil || k.single || k.unchanging || k.name == "Attachable" {
		return nil
	}
	return k
}

// buildAttachable prepares a note or the description of a file.
func buildAttachable(ch *change) *Fault {
	d := ch.doc
	if ch.old == nil && !d.has("Note") && !d.has("FileName") {
		return faultMissing("Note")
	}
	for _, ref := range d.list("AttachableRef") {
		entity := ref.sub("EntityRef")
		id, typ := entity.str("value"), entity.str("type")
		if id == "" {
			continue // a reference to a company note
		}
		k := ch.c.attachableTo(typ)
		if k == nil {
			return validation("6050", "The entity reference type is unsupported for Attachable",
				"The entity reference type "+typ+" is unsupported for Attachable").at("AttachableRef.EntityRef.type")
		}
		if ch.c.find(k.name, id) == nil {
			return faultReference("AttachableRef.EntityRef", k.name, id)
		}
	}
	if refs := d.list("AttachableRef"); len(refs) > 0 {
		for _, ref := range refs {
			ref.setDefault("IncludeOnSend", []byte("false"))
		}
		d.set("AttachableRef", joinArray(refs))
	}
	return nil
}

// attach makes an attachable with a content. fields may be nil: then only the
// file's own name and type are known (as when a client sends no metadata).
func (c *Company) attach(fields *document, name, contentType string, content []byte) ([]byte, *Fault) {
	if fields == nil {
		fields = &document{}
	}
	if name != "" {
		fields.setDefault("FileName", quote(name))
	}
	if !fields.has("FileName") {
		return nil, faultMissing("FileName")
	}
	if contentType != "" {
		fields.setDefault("ContentType", quote(contentType))
	}
	doc := fields.clone()
	doc.drop(c.kinds["attachable"].readOnly...)
	doc.drop("Id", "SyncToken")
	ch := &change{c: c, kind: c.kinds["attachable"], req: fields, doc: doc}
	if fault := ch.prepare(); fault != nil {
		return nil, fault
	}
	doc.set("Size", []byte(strconv.Itoa(len(content))))
	o := ch.insert()
	d := splitObject(o.raw)
	d.setStr("FileAccessUri", "/v3/company/"+c.realm+"/download/"+o.id)
	o.raw, o.dirty = d.bytes(), false
	c.files[o.id] = content
	return c.shown(o), nil
}

// shown is the text of an object as an answer carries it now: a file has a
// link of its own each time.
func (c *Company) shown(o *object) []byte {
	text := o.text(c.zone)
	if o.kind.name != "Attachable" || c.files[o.id] == nil {
		return text
	}
	d := splitObject(text)
	out := &document{}
	for _, f := range d.fields {
		out.fields = append(out.fields, f)
		if f.name == "FileAccessUri" {
			out.setStr("TempDownloadUri", c.fileLink(o.id, d.str("FileName")))
		}
	}
	return out.bytes()
}

// fileLink is a link that needs no token and dies after linkLife.
func (c *Company) fileLink(id, name string) string {
	expires := strconv.FormatInt(c.clock.Now().Add(linkLife).Unix(), 10)
	at := path.Join("/attachments", c.realm, id)
	return c.base() + at + "/" + url.PathEscape(name) + "?Expires=" + expires + "&Signature=" + signLink(at, expires)
}

// signLink ties a link to its time. It guards nothing: the key is public.
func signLink(at, expires string) string {
	mac := hmac.New(sha256.New, []byte("tieout sandbox"))
	mac.Write([]byte(at + "?" + expires))
	return hex.EncodeToString(mac.Sum(nil))
}

// serveFile answers a TempDownloadUri, as the object store that the real one
// points to does.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request) {
	realm, id := r.PathValue("realm"), r.PathValue("id")
	c := s.Company(realm)
	expires := r.URL.Query().Get("Expires")
	until, err := strconv.ParseInt(expires, 10, 64)
	good := err == nil && hmac.Equal([]byte(signLink(path.Join("/attachments", realm, id), expires)), []byte(r.URL.Query().Get("Signature")))
	if c == nil || !good || s.opt.Clock.Now().Unix() > until {
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>`))
		return
	}
	c.mu.Lock()
	o, content := c.find("Attachable", id), c.files[id]
	var contentType string
	if o != nil {
		contentType = splitObject(o.raw).str("ContentType")
	}
	c.mu.Unlock()
	if o == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", orDefault(contentType, "application/octet-stream"))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Disposition", "attachment")
	_, _ = w.Write(content)
}
