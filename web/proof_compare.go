package web

import "fmt"

// Compared is one comparison of two proofs: how it stood, how it stands, and
// which items came and went in between.
type Compared struct {
	Title    string
	Currency string
	// Then and Now are the line in either proof; nil where it has none.
	Then, Now *ProofLine
	// Came and Went are items of the one proof that are not in the other, both
	// of those that explain and of those that do not.
	Came, Went []ComparedItem
}

// ComparedItem is something that explains or causes a difference.
type ComparedItem struct{ Kind, ID, Text, Amount string }

// Same says that nothing about the line is otherwise.
func (c Compared) Same() bool {
	return c.Then != nil && c.Now != nil && c.Then.Difference == c.Now.Difference && c.Then.Unexplained == c.Now.Unexplained && c.Then.Measured == c.Now.Measured && len(c.Came)+len(c.Went) == 0
}

type comparePage struct {
	view
	Book     BookName
	From, To Proof
	Lines    []Compared
	// Same counts the lines about which nothing is otherwise.
	Same int
}

// compareProofs shows what is otherwise in one proof of a book than in an
// earlier one.
func (s *Site) compareProofs(v *Visit) error {
	b, _, err := s.bookOf(v)
	if err != nil {
		return err
	}
	page := comparePage{view: v.view(), Book: b}
	for id, to := range map[string]*Proof{"from": &page.From, "to": &page.To} {
		found, ok, err := s.Readers.Proofs.Proof(v.ctx(), v.tenant(), b.ID, v.r.URL.Query().Get(id))
		if err != nil {
			return err
		}
		if !ok {
			return ErrNotFound
		}
		*to = found
	}
	for _, c := range CompareProofs(page.From.Lines, page.To.Lines) {
		if c.Same() {
			page.Same++
			continue
		}
		page.Lines = append(page.Lines, c)
	}
	return s.render(v, "compare", "Two proofs", page)
}

// CompareProofs puts the lines of two proofs side by side, in the order of the
// later one.
func CompareProofs(then, now []ProofLine) []Compared {
	var out []Compared
	before := map[string]*ProofLine{}
	keyed(then, func(key string, l *ProofLine) { before[key] = l })
	keyed(now, func(key string, l *ProofLine) {
		c := Compared{Title: l.Title, Currency: string(l.Currency), Then: before[key], Now: l, Came: itemsOf(l)}
		if c.Then != nil {
			c.Went = without(itemsOf(c.Then), c.Came)
			c.Came = without(c.Came, itemsOf(c.Then))
		}
		delete(before, key)
		out = append(out, c)
	})
	keyed(then, func(key string, l *ProofLine) {
		if before[key] != nil {
			out = append(out, Compared{Title: l.Title, Currency: string(l.Currency), Then: l, Went: itemsOf(l)})
		}
	})
	return out
}

// keyed names each line by what it compares; several of one kind are counted.
func keyed(lines []ProofLine, do func(key string, l *ProofLine)) {
	seen := map[string]int{}
	for i := range lines {
		key := string(lines[i].Check) + " " + string(lines[i].Currency)
		seen[key]++
		do(fmt.Sprint(key, " ", seen[key]), &lines[i])
	}
}

// itemsOf are what a line's difference is made of.
func itemsOf(l *ProofLine) []ComparedItem {
	var out []ComparedItem
	for _, i := range l.Explained {
		out = append(out, ComparedItem{i.Kind, i.ID, i.Text, l.Text(i.Amount)})
	}
	for _, c := range l.Causes {
		out = append(out, ComparedItem{string(c.Ref.Kind), c.Ref.ID, c.Text, l.Text(c.Amount)})
	}
	return out
}

// without are the items of a list that are not in another with the same amount.
func without(list, other []ComparedItem) []ComparedItem {
	known := map[ComparedItem]bool{}
	for _, i := range other {
		known[ComparedItem{Kind: i.Kind, ID: i.ID, Amount: i.Amount}] = true
	}
	var out []ComparedItem
	for _, i := range list {
		if !known[ComparedItem{Kind: i.Kind, ID: i.ID, Amount: i.Amount}] {
			out = append(out, i)
		}
	}
	return out
}
