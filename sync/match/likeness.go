package match

import (
	"math"
	"slices"
)

// Vocabulary knows how common each piece of a text is among many texts, so
// that two names are alike for what is rare in them: that both end in
// "systems" says little where every tenth name does.
//
// Pieces are three letters in a row within a word (its beginning and end
// count as letters). They survive what happens to names on the way through
// banks: other word order, punctuation, a legal form more or less, words run
// together, a wrong letter, an end cut off.
type Vocabulary struct {
	texts int
	in    map[Piece]int
}

// Piece is three letters in a row, packed into one number.
type Piece uint64

// NewVocabulary counts pieces over texts; a text that stands there twice
// counts twice.
func NewVocabulary(texts []string) *Vocabulary {
	v := &Vocabulary{in: map[Piece]int{}}
	for _, text := range texts {
		v.texts++
		for _, p := range Pieces(words(text)) {
			v.in[p]++
		}
	}
	return v
}

// Spelling is a text prepared for comparison.
type Spelling struct {
	pieces []Piece
	// Weight is how much the text says: the sum of its pieces' rarities. A
	// text without a rare piece names nobody.
	Weight float64
}

// Spell prepares a text.
func (v *Vocabulary) Spell(text string) Spelling {
	s := Spelling{pieces: Pieces(words(text))}
	for _, p := range s.pieces {
		s.Weight += v.rarity(p)
	}
	return s
}

// rarity is 0 for a piece that is in every text, and grows as fewer have it.
func (v *Vocabulary) rarity(p Piece) float64 {
	return math.Log((float64(v.texts) + 1) / (float64(v.in[p]) + 1))
}

// Shared is the weight of the pieces that both texts have.
func (v *Vocabulary) Shared(a, b Spelling) float64 {
	sum := 0.0
	for i, k := 0, 0; i < len(a.pieces) && k < len(b.pieces); {
		switch p, q := a.pieces[i], b.pieces[k]; {
		case p == q:
			sum += v.rarity(p)
			i++
			k++
		case p < q:
			i++
		default:
			k++
		}
	}
	return sum
}

// Likeness of two names is 1 when they have all in common and 0 when nothing.
// Half of it asks how much of both is common, half how much of the shorter
// one: a name that was cut off is contained in the whole one.
func (v *Vocabulary) Likeness(a, b Spelling) float64 {
	if a.Weight <= 0 || b.Weight <= 0 {
		return 0
	}
	shared := v.Shared(a, b)
	return shared/(a.Weight+b.Weight) + shared/(2*min(a.Weight, b.Weight))
}

// Pieces are the different pieces of words, in order.
func Pieces(words []string) []Piece {
	const bits = 21 // of one letter: Unicode ends at 0x10FFFF
	var out []Piece
	for _, word := range words {
		letters := []rune("^" + word + "$")
		for i := 0; i+2 < len(letters); i++ {
			out = append(out, Piece(letters[i])<<(2*bits)|Piece(letters[i+1])<<bits|Piece(letters[i+2]))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
