package bank

import (
	"fmt"
	"math"
	"math/rand"
	"strings"
	"testing"
)

// noise describes a statement and the ledger's side of it.
type noise struct {
	name string
	seed int64
	// lines is how many payments there are, typical how large they are, step
	// what they are a multiple of, in minor units.
	lines         int
	typical, step int64
	// The shares of payments that are batches of several entries, that differ by
	// a slip of digits, that are cancelled and never reach the bank, that stand
	// on one side only, and that another payee has for the same amount.
	batches, slips, cancelled, lone, twins float64
	// spoil is the share of names that are cut off, run together or misspelt.
	spoil float64
}

type truth map[[2]string]bool

func (n noise) make() (lines []Line, entries []Entry, want truth) {
	r := rand.New(rand.NewSource(n.seed))
	want = truth{}
	first := strings.Fields("Aldgate Bramble Corvus Dunmore Elstree Farrow Gannet Hollins Ivybridge Jarrow Kestrel Langdon Marlowe Norbury Oakham Pemberton Quillan Ravensdale Selwyn Tamworth Ulverton Verwood Wexham Yarrow Zennor")
	second := strings.Fields("Timber Optics Freight Bakery Textiles Printing Dairy Metals Motors Media Tools Farms")
	legal := strings.Fields("Ltd Inc LLC GmbH Corp")
	name := func() string {
		return first[r.Intn(len(first))] + " " + second[r.Intn(len(second))] + " " + legal[r.Intn(len(legal))]
	}
	amount := func() int64 {
		return n.step * max(1, int64(float64(n.typical)*math.Exp(1.3*r.NormFloat64()))/n.step)
	}
	enter := func(day int, payee string, minor int64) string {
		id := fmt.Sprintf("e%05d", len(entries))
		entries = append(entries, Entry{id, on(day), fmt.Sprintf("%s - bill %d", payee, 70_000+len(entries)), fmt.Sprintf("AP-%d", 70_000+len(entries)), minor})
		return id
	}
	show := func(day int, payee string, minor int64, ids ...string) {
		id := fmt.Sprintf("l%05d", len(lines))
		prefix := []string{"ACH DEBIT ", "POS DEBIT ", "E-PAYMENT ", "WIRE OUT 4411823 "}[r.Intn(4)]
		lines = append(lines, Line{id, on(day), prefix + n.spoiled(r, payee), minor})
		for _, e := range ids {
			want[[2]string{id, e}] = true
		}
	}
	for range n.lines {
		day, payee, minor := 1+r.Intn(60), name(), -amount()
		paid := day + r.Intn(5)
		switch x := r.Float64(); {
		case x < n.batches:
			var ids []string
			var sum int64
			for range 2 + r.Intn(4) {
				part := -amount()
				sum += part
				ids = append(ids, enter(paid-r.Intn(4), payee, part))
			}
			show(paid, payee, sum, ids...)
		case x < n.batches+n.slips:
			show(paid, payee, minor, enter(day, payee, swap(r, minor)))
		case x < n.batches+n.slips+n.cancelled:
			enter(day, payee, minor)
			entries = append(entries, Entry{fmt.Sprintf("v%05d", len(entries)), on(day + 2), "VOID " + payee, fmt.Sprintf("AP-%d", 70_000+len(entries)-1), -minor})
		case x < n.batches+n.slips+n.cancelled+n.lone:
			if r.Intn(2) == 0 {
				enter(day, payee, minor)
			} else {
				show(day, payee, minor)
			}
		default:
			show(paid, payee, minor, enter(day, payee, minor))
			if r.Float64() < n.twins {
				other := name()
				show(paid, other, minor, enter(day, other, minor))
			}
		}
	}
	r.Shuffle(len(lines), func(i, k int) { lines[i], lines[k] = lines[k], lines[i] })
	r.Shuffle(len(entries), func(i, k int) { entries[i], entries[k] = entries[k], entries[i] })
	return lines, entries, want
}

// swap exchanges two neighbouring digits.
func swap(r *rand.Rand, minor int64) int64 {
	digits := []byte(fmt.Sprint(-minor))
	for range 10 {
		i := r.Intn(max(1, len(digits)-1))
		if len(digits) > 1 && digits[i] != digits[i+1] && digits[i+1] != '0' {
			digits[i], digits[i+1] = digits[i+1], digits[i]
			break
		}
	}
	var out int64
	for _, d := range digits {
		out = 10*out + int64(d-'0')
	}
	return -out
}

func (n noise) spoiled(r *rand.Rand, payee string) string {
	text := strings.ToUpper(payee)
	if r.Float64() >= n.spoil {
		return text
	}
	switch r.Intn(4) {
	case 0:
		return text[:min(len(text), 16)]
	case 1:
		return strings.Replace(text, " ", "", 1)
	case 2:
		i := 1 + r.Intn(5)
		return text[:i] + text[i+1:i+2] + text[i:i+1] + text[i+2:]
	}
	return text[:strings.LastIndexByte(text, ' ')]
}

// TestNoise holds the matcher to its bars, with the one setting that it has,
// on statements of several kinds.
func TestNoise(t *testing.T) {
	t.Parallel()
	for i, n := range []noise{
		{name: "easy", lines: 600, typical: 60_000, step: 1, batches: 0.05, slips: 0.01, cancelled: 0.02, lone: 0.02, spoil: 0.05},
		{name: "usual", lines: 900, typical: 60_000, step: 1, batches: 0.08, slips: 0.03, cancelled: 0.04, lone: 0.05, twins: 0.05, spoil: 0.2},
		{name: "noisy", lines: 900, typical: 60_000, step: 1, batches: 0.1, slips: 0.05, cancelled: 0.08, lone: 0.1, twins: 0.15, spoil: 0.4},
		{name: "round amounts", lines: 600, typical: 60_000, step: 500, batches: 0.05, slips: 0.01, cancelled: 0.02, lone: 0.03, spoil: 0.1},
		{name: "small amounts", lines: 600, typical: 3_000, step: 1, batches: 0.05, slips: 0.01, cancelled: 0.02, lone: 0.03, spoil: 0.1},
		{name: "a large statement", lines: 4_000, typical: 60_000, step: 1, batches: 0.06, slips: 0.02, cancelled: 0.03, lone: 0.04, twins: 0.05, spoil: 0.15},
	} {
		t.Run(n.name, func(t *testing.T) {
			t.Parallel()
			n.seed = int64(300 + i)
			lines, entries, want := n.make()
			named, right := 0, 0
			for _, m := range Reconcile(lines, entries).Matches {
				for _, e := range m.Entries {
					named++
					if want[[2]string{m.Line, e}] {
						right++
					}
				}
			}
			precision, recall := float64(right)/float64(named), float64(right)/float64(len(want))
			f1 := 2 * precision * recall / (precision + recall)
			t.Logf("%d lines: precision %.4f, recall %.4f, F1 %.4f", len(lines), precision, recall, f1)
			if precision < 0.99 || f1 < 0.9 {
				t.Errorf("%d lines: precision %.4f, F1 %.4f", len(lines), precision, f1)
			}
		})
	}
}
