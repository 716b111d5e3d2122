package match

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"tieout/mapping"
)

const (
	// leastLike is the likeness from which a name is looked at, and mostPayers
	// how many are: the amounts decide among them.
	leastLike  = 0.35
	mostPayers = 32
	// steep says how much a name has to be more alike to count for more: one
	// tenth of likeness is a factor of about two.
	steep = 8
	// runTogether is what the likeness of letters counts where words do not
	// agree: they may have been run together or torn apart.
	runTogether = 0.9
)

// Directory finds customers by a payer's name. It is not safe for use by several
// goroutines at once: it remembers what was asked.
type Directory struct {
	letters *Vocabulary
	// names is how many names there are, and bearing how many have a word.
	names   int
	bearing map[word]int
	entries []listed
	// listedFor are the entries of a customer.
	listedFor map[string][]int
	// sharing are the entries that have a piece.
	sharing map[Piece][]int
	// found keeps what was looked up: payers come again.
	found map[string][]Payer
}

// listed is a name in the directory.
type listed struct {
	customer string
	name     string
	letters  Spelling
	words    []word
	// joined are the words without what is between them.
	joined string
}

// word of a name. What a name begins with says more about who it is than what
// follows, so that a word is rare or common for its place: many names end in
// "us" that do not begin with it.
type word struct {
	text  string
	first bool
}

// Name is one of a customer's names.
type Name struct{ Customer, Name string }

// NewDirectory lists customers; one may have several names.
func NewDirectory(names []Name) *Directory {
	d := &Directory{names: len(names), bearing: map[word]int{}, listedFor: map[string][]int{}, sharing: map[Piece][]int{}, found: map[string][]Payer{}}
	texts := make([]string, len(names))
	for i, n := range names {
		texts[i] = n.Name
	}
	d.letters = NewVocabulary(texts)
	for i, n := range names {
		entry := d.list(n.Customer, n.Name)
		d.entries = append(d.entries, entry)
		d.listedFor[n.Customer] = append(d.listedFor[n.Customer], i)
		for _, w := range entry.words {
			d.bearing[w]++
		}
		for _, p := range entry.letters.pieces {
			d.sharing[p] = append(d.sharing[p], i)
		}
	}
	return d
}

// Payers are the customers that a payer's name may mean, the likeliest first,
// with a fit for each.
func (d *Directory) Payers(name string) []Payer {
	wanted := d.list("", name)
	key := strings.Join(words(name), " ")
	if known, ok := d.found[key]; ok {
		return slices.Clone(known)
	}
	best := map[string]float64{}
	looked := map[int]bool{}
	for _, p := range wanted.letters.pieces {
		for _, i := range d.sharing[p] {
			if looked[i] {
				continue
			}
			looked[i] = true
			other := d.entries[i]
			like := d.like(wanted, other)
			if like >= leastLike && like > best[other.customer] {
				best[other.customer] = like
			}
		}
	}
	var payers []Payer
	for customer, like := range best {
		payers = append(payers, Payer{customer, math.Exp(steep * (like - 1))})
	}
	slices.SortFunc(payers, func(a, b Payer) int { return cmp.Or(-cmp.Compare(a.Fit, b.Fit), cmp.Compare(a.Customer, b.Customer)) })
	payers = payers[:min(len(payers), mostPayers)]
	d.found[key] = payers
	return slices.Clone(payers)
}

// like is how much two names have in common, from 0 to 1.
func (d *Directory) like(a, b listed) float64 {
	return max(d.agreement(a.words, b.words), runTogether*d.letters.Likeness(a.letters, b.letters), misspelt(a.joined, b.joined))
}

func (d *Directory) list(customer, name string) listed {
	w := words(name)
	return listed{customer, name, d.letters.Spell(name), inPlaces(w), strings.Join(w, "")}
}

// misspelt is the likeness of two names as wholes, for those that several
// slips have changed beyond their words: each slip counts as two letters, and
// more than one in five letters makes another name.
func misspelt(a, b string) float64 {
	const oneIn = 5
	long := max(len(a), len(b))
	if far := max(long-len(a), long-len(b)); long == 0 || far*oneIn > long {
		return 0
	}
	slips := distance(a, b)
	if slips*oneIn > long {
		return 0
	}
	return 1 - 2*float64(slips)/float64(long)
}

// agreement of the words of two names, from 0 to 1, whatever their order. Each
// word counts with the square of its rarity, and words that are only nearly the
// same count less (soft TF-IDF: Cohen, Ravikumar and Fienberg, A Comparison of
// String Distance Metrics for Name-Matching Tasks, 2003).
func (d *Directory) agreement(a, b []word) float64 {
	var common, left, right float64
	for _, w := range b {
		right += d.rarity(w) * d.rarity(w)
	}
	for _, w := range a {
		left += d.rarity(w) * d.rarity(w)
		best := 0.0
		for _, other := range b {
			if near := nearness(w.text, other.text); near > 0 {
				// A word that was changed on its way is as rare as what it was.
				best = max(best, near*d.rarity(other)*min(d.rarity(w), d.rarity(other)))
			}
		}
		common += best
	}
	if left <= 0 || right <= 0 {
		return 0
	}
	// Two words of one name may both be near one word of the other.
	return min(1, common/math.Sqrt(left*right))
}

// rarity of a word is small when many names have it in its place, or where
// none has it there, in another.
func (d *Directory) rarity(w word) float64 {
	bearing := d.bearing[w]
	if bearing == 0 {
		bearing = d.bearing[word{w.text, !w.first}]
	}
	return math.Log((float64(d.names) + 1) / (float64(bearing) + 0.5))
}

// words are the words of a name without its legal form; what a name begins
// with is none.
func words(name string) []string {
	first, rest, _ := strings.Cut(strings.TrimSpace(name), " ")
	if mapping.NameKey(first) != "" {
		return strings.Fields(mapping.NameKey(name))
	}
	return append(strings.Fields(strings.ToLower(first)), strings.Fields(mapping.NameKey(rest))...)
}

func inPlaces(texts []string) []word {
	out := make([]word, len(texts))
	for i, text := range texts {
		out[i] = word{text, i == 0}
	}
	return out
}

// nearness of two words is 1 when they are the same, less when one is the
// beginning of the other, its abbreviation or a misspelling, else 0.
func nearness(a, b string) float64 {
	const cutOff, abbreviated, leastSpelling = 0.9, 0.7, 0.6
	if a == b {
		return 1
	}
	short, long := a, b
	if len(short) > len(long) {
		short, long = long, short
	}
	switch {
	case len(short) < 3:
		return 0
	case strings.HasPrefix(long, short):
		return cutOff
	case short[0] == long[0] && within(short, long):
		return abbreviated
	}
	if edits := distance(short, long); edits <= 1 || edits == 2 && len(short) >= 7 {
		return max(leastSpelling, 1-float64(edits)/float64(len(short)))
	}
	return 0
}

// within says whether the letters of short stand in long in their order.
func within(short, long string) bool {
	rest := long
	for i := range len(short) {
		at := strings.IndexByte(rest, short[i])
		if at < 0 {
			return false
		}
		rest = rest[at+1:]
	}
	return true
}

// distance is how many letters have to be changed, left out, put in or swapped
// with their neighbour to make one word the other.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for k := range last {
		last[k] = k
	}
	for i := range len(a) {
		row[0] = i + 1
		for k := range len(b) {
			change := last[k]
			if a[i] != b[k] {
				change++
			}
			row[k+1] = min(change, last[k+1]+1, row[k]+1)
			if i > 0 && k > 0 && a[i] == b[k-1] && a[i-1] == b[k] {
				row[k+1] = min(row[k+1], before[k-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
