package bank

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"tieout/mapping"
	"tieout/sync/match"
)

// traits are what is compared of a text.
type traits struct {
	// pieces are those of its words that hold no digit.
	pieces []match.Piece
	// numbers are those that stand in it, references those that it is known by.
	numbers, references []string
	// weight is how much a line's words say about who it is.
	weight float64
}

func traitsOf(text, reference string) traits {
	t := traits{numbers: numbersIn(text), references: numbersIn(reference)}
	t.pieces = match.Pieces(wordsIn(text))
	return t
}

// wordsIn are the words without digits. Legal forms stay: of two payees of one
// name they may be all that differs.
func wordsIn(text string) []string {
	words := strings.FieldsFunc(strings.ReplaceAll(text, "&", " and "), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	words = slices.DeleteFunc(words, func(w string) bool { return strings.ContainsFunc(w, unicode.IsDigit) })
	for i, word := range words {
		if words[i] = mapping.NameKey(word); words[i] == "" {
			words[i] = strings.ToLower(word)
		}
	}
	return words
}

// numbersIn are the numbers of at least three digits, without leading zeros.
func numbersIn(text string) []string {
	var out []string
	for _, n := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsDigit(r) }) {
		if n = strings.TrimLeft(n, "0"); len(n) >= 3 {
			out = append(out, n)
		}
	}
	return out
}

// evidence knows what the words of the bank's lines are worth. A bank writes
// words of its own ("POS DEBIT", "DEPOSIT") beside the names that the ledger
// writes too. A piece that fewer entries have than lines is less of a name; and
// amounts that stand only once on either side show which pieces the ledger's
// text holds as well.
type evidence struct {
	worth map[match.Piece]float64
	// named are the numbers by which entries are known.
	named map[string]bool
}

func learn(lines []line, entries []entry) evidence {
	e := evidence{worth: map[match.Piece]float64{}, named: map[string]bool{}}
	inLines, inEntries := map[match.Piece]float64{}, map[match.Piece]float64{}
	for _, x := range entries {
		for _, p := range x.pieces {
			inEntries[p]++
		}
		for _, n := range x.references {
			e.named[n] = true
		}
	}
	for _, l := range lines {
		for _, p := range l.pieces {
			inLines[p]++
		}
	}
	seen, agreed := map[match.Piece]float64{}, map[match.Piece]float64{}
	for l, x := range onlyOnes(lines, entries) {
		for _, p := range lines[l].pieces {
			seen[p]++
			if _, ok := slices.BinarySearch(entries[x].pieces, p); ok {
				agreed[p]++
			}
		}
	}
	// A short statement is a sample of many texts that hold other names.
	const elsewhere = 100
	texts := float64(len(lines) + len(entries) + elsewhere)
	for p, n := range inEntries {
		// Before anything is seen of a piece, it is taken for part of a name.
		name := min(1, n/max(inLines[p], 1)) * (agreed[p] + 1.5) / (seen[p] + 2)
		e.worth[p] = math.Log(texts/(n+inLines[p]+1)) * name
	}
	return e
}

// onlyOnes are the lines, with their entries, whose amount no other line and no
// other entry has.
func onlyOnes(lines []line, entries []entry) map[int]int {
	type place struct{ at, count int }
	ofLines, ofEntries := map[int64]place{}, map[int64]place{}
	for i, l := range lines {
		ofLines[l.Amount] = place{i, ofLines[l.Amount].count + 1}
	}
	for i, x := range entries {
		ofEntries[x.Amount] = place{i, ofEntries[x.Amount].count + 1}
	}
	pairs := map[int]int{}
	for amount, l := range ofLines {
		if x := ofEntries[amount]; l.count == 1 && x.count == 1 {
			pairs[l.at] = x.at
		}
	}
	return pairs
}

func (e evidence) weigh(pieces []match.Piece) float64 {
	sum := 0.0
	for _, p := range pieces {
		sum += e.worth[p]
	}
	return sum
}

// leastName is the weight from which a line's words are taken for a name.
const leastName = 8

// alike is the part of a line's name that stands in an entry, from 0 to 1.
func (e evidence) alike(l line, x entry) float64 {
	if l.weight <= 0 {
		return 0
	}
	sum := 0.0
	for i, k := 0, 0; i < len(l.pieces) && k < len(x.pieces); {
		switch p, q := l.pieces[i], x.pieces[k]; {
		case p == q:
			sum += e.worth[p]
			i++
			k++
		case p < q:
			i++
		default:
			k++
		}
	}
	return sum / l.weight
}

// The evidence is added up as logarithms of odds. A name that is not there says
// less than one that is: the ledger may call the payee otherwise.
const (
	sameAmount = 6.0
	onlyAmount = 2.5
	bestName   = 6.0
	worstName  = -4.0
	sameNumber = 8.0
)

// name is what the words say: nothing where a line has no name.
func (e evidence) name(l line, x entry) float64 {
	return max(worstName, bestName*(2*e.alike(l, x)-1)) * min(1, l.weight/(2*leastName))
}

// number is what numbers say. A number in a line that is the reference of some
// entry means that entry and no other.
func (e evidence) number(l line, x entry) float64 {
	said := 0.0
	for _, n := range l.numbers {
		switch {
		case slices.Contains(x.references, n):
			return sameNumber
		case e.named[n]:
			said = -sameNumber
		}
	}
	return said
}

// date is what the days between say: an entry is usually made some days before
// the bank's line, seldom after it. The further off, the more each day counts,
// so that of equal amounts the earlier belongs to the earlier.
func date(l line, x entry) float64 {
	const late, later, early = 0.2, 0.003, 0.8
	days := float64(l.day - x.day)
	if days < 0 {
		return early * days
	}
	return -late*days - later*days*days
}

// score is what all evidence says about a line and an entry of one amount.
func (e evidence) score(l line, x entry) float64 {
	return sameAmount + e.name(l, x) + e.number(l, x) + date(l, x)
}
