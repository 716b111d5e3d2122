package quickbooks

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/textproto"
	"strings"
)

// maxUpload is the most an upload may hold (Intuit docs: error 6030).
const maxUpload = 100 << 20

// uploadPart is one file of an upload with what describes it.
type uploadPart struct {
	metadata    []byte
	metadataXML bool
	content     []byte
	has         bool
	name, typ   string
}

// upload stores the files of a multipart body: parts file_metadata_NN and
// file_content_NN go together by number, metadata may be missing (Intuit docs:
// attachable, upload). Every file has an answer or a fault of its own.
func (c *Company) upload(contentType string, body []byte) ([]byte, *Fault) {
	parts, fault := readUpload(contentType, body)
	if fault != nil {
		return nil, fault
	}
	var answers []*document
	for _, key := range sortedKeys(parts) {
		answers = append(answers, c.uploadOne(parts[key]))
	}
	return c.envelope("AttachableResponse", joinArray(answers)), nil
}

func (c *Company) uploadOne(p *uploadPart) *document {
	out := &document{}
	text, fault := c.attachPart(p)
	if fault != nil {
		out.set("Fault", fault.raw())
		return out
	}
	out.set("Attachable", text)
	return out
}

func (c *Company) attachPart(p *uploadPart) ([]byte, *Fault) {
	if !p.has {
		return nil, faultMissing("file_content")
	}
	if p.metadata == nil {
		return c.attach(nil, p.name, p.typ, p.content)
	}
	raw := p.metadata
	if p.metadataXML {
		var err error
		if raw, err = xmlToJSON(raw); err != nil {
			return nil, faultMalformed(err.Error())
		}
	}
	_, d, fault := c.request("Attachable", raw)
	if fault != nil {
		return nil, fault
	}
	d.dropNulls()
	return c.attach(d, p.name, p.typ, p.content)
}

func readUpload(contentType string, body []byte) (map[string]*uploadPart, *Fault) {
	typ, params, err := mime.ParseMediaType(contentType)
	if err != nil || !strings.HasPrefix(typ, "multipart/") {
		return nil, validation("1050", "Invalid Content Type", "Invalid content type : "+contentType)
	}
	parts := map[string]*uploadPart{}
	reader := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, faultMalformed("the multipart body is damaged")
		}
		if fault := takePart(parts, part); fault != nil {
			return nil, fault
		}
	}
	if len(parts) == 0 {
		return nil, faultMissing("file_content_01")
	}
	return parts, nil
}

func takePart(parts map[string]*uploadPart, part *multipart.Part) *Fault {
	content, err := io.ReadAll(part)
	if err != nil {
		return faultMalformed("the multipart body is damaged")
	}
	what, number, ok := splitPartName(part.FormName())
	if !ok {
		return nil
	}
	p := parts[number]
	if p == nil {
		p = &uploadPart{}
		parts[number] = p
	}
	if content, err = decodePart(part.Header, content); err != nil {
		return faultMalformed("the transfer encoding is damaged")
	}
	if what == "metadata" {
		p.metadata, p.metadataXML = content, strings.Contains(part.Header.Get("Content-Type"), "xml")
		return nil
	}
	p.content, p.has, p.name, p.typ = content, true, part.FileName(), part.Header.Get("Content-Type")
	return nil
}

// splitPartName reads "file_content_01".
func splitPartName(name string) (what, number string, ok bool) {
	rest, ok := strings.CutPrefix(name, "file_")
	if !ok {
		return "", "", false
	}
	what, number, ok = strings.Cut(rest, "_")
	return what, number, ok && (what == "metadata" || what == "content")
}

// decodePart undoes base64, which some clients use.
func decodePart(h textproto.MIMEHeader, content []byte) ([]byte, error) {
	if !strings.EqualFold(h.Get("Content-Transfer-Encoding"), "base64") {
		return content, nil
	}
	clean := bytes.Map(func(r rune) rune {
		if r == '\n' || r == '\r' || r == ' ' {
			return -1
		}
		return r
	}, content)
	return base64.StdEncoding.AppendDecode(nil, clean)
}
