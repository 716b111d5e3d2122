package match

import "slices"

const (
	// wholeSearch is how many items are searched through completely: the sums
	// of 2^14 sets on either side are less than a millisecond.
	wholeSearch = 28
	// pairSearch is how many items are searched for runs and small sets: their
	// 45,000 pairs are joined in milliseconds.
	pairSearch = 300
	// mostSets bounds what is kept; an amount that so many sets hit is decided
	// by none of them.
	mostSets = 3_000
	// mostPlaces bounds what is kept of many long sets, and mostVisits how many
	// joins are looked at: thousands of equal items hit an amount in so many
	// ways that none of them is an answer.
	mostPlaces = 2_000_000
	mostVisits = 2_000_000
	// largest is the amount up to which sums of all items fit an integer, and
	// weights a fraction, exactly.
	largest = 1 << 52
)

// Sets are those that add up.
type Sets struct {
	// Sets are sorted places of amounts.
	Sets [][]int
	// Complete says that there are no others.
	Complete bool
}

// Subsets finds sets of amounts, which are positive and in the order of due
// dates, that add up to exactly target. Up to wholeSearch items it finds them
// all; beyond that those of a shape in which people pay: one run or two in the
// order of due dates, up to four items, all but up to four.
//
// Items larger than target are in none of them and are left out before.
func Subsets(amounts []int64, target int64) Sets {
	if target <= 0 {
		return Sets{Complete: true}
	}
	if target > largest {
		return Sets{}
	}
	var small []int64
	var at []int
	for i, a := range amounts {
		if a <= target {
			small, at = append(small, a), append(at, i)
		}
	}
	found := subsetsOf(small, target)
	for _, set := range found.Sets {
		for i := range set {
			set[i] = at[set[i]]
		}
	}
	return found
}

func subsetsOf(amounts []int64, target int64) Sets {
	if len(amounts) <= wholeSearch {
		return everySubset(amounts, target)
	}
	s := &shaped{amounts: amounts, seen: map[string]bool{}}
	for _, a := range amounts {
		s.total += a
	}
	s.runs(target)
	s.small(target, s.add)
	s.small(s.total-target, func(left []int) { s.add(s.others(left)) })
	if s.total == target {
		s.add(s.others(nil))
	}
	return Sets{Sets: s.found}
}

// everySubset joins the sums of all sets of the first half with those of the
// second.
func everySubset(amounts []int64, target int64) Sets {
	half := len(amounts) / 2
	first, second := sumsOf(amounts[:half]), sumsOf(amounts[half:])
	out := Sets{Complete: true}
	to := len(first)
	for _, high := range second {
		for to > 0 && first[to-1].sum > target-high.sum {
			to--
		}
		for at := to - 1; at >= 0 && first[at].sum == target-high.sum; at-- {
			if len(out.Sets) == mostSets {
				out.Complete = false
				return out
			}
			out.Sets = append(out.Sets, members(first[at].mask|high.mask<<half, len(amounts)))
		}
	}
	return out
}

// partial is a set, by its bits, with its sum.
type partial struct {
	sum  int64
	mask uint32
}

// sumsOf gives the sums of all sets in order: each further amount is added to
// all that there are, and both lists are merged.
func sumsOf(amounts []int64) []partial {
	sums, spare := make([]partial, 1, 1<<len(amounts)), make([]partial, 0, 1<<len(amounts))
	for bit, amount := range amounts {
		next := spare[:0]
		for i, k := 0, 0; k < len(sums); {
			if more := sums[k].sum + amount; i < len(sums) && sums[i].sum <= more {
				next = append(next, sums[i])
				i++
			} else {
				next = append(next, partial{more, sums[k].mask | 1<<bit})
				k++
			}
		}
		sums, spare = next, sums
	}
	return sums
}

func members(mask uint32, n int) []int {
	var set []int
	for i := range n {
		if mask&(1<<i) != 0 {
			set = append(set, i)
		}
	}
	return set
}

// shaped collects sets of the shapes that are looked for among many items.
type shaped struct {
	amounts []int64
	total   int64
	// ones and twos are the pieces of one and two items.
	ones, twos []piece
	found      [][]int
	seen       map[string]bool
	// kept counts the places of all sets that were found.
	kept int
}

func (s *shaped) add(set []int) {
	if len(set) == 0 || len(s.found) >= mostSets || s.kept > mostPlaces {
		return
	}
	key := make([]byte, 0, 2*len(set))
	for _, at := range set {
		key = append(key, byte(at), byte(at>>8), byte(at>>16))
	}
	if !s.seen[string(key)] {
		s.seen[string(key)] = true
		s.found = append(s.found, set)
		s.kept += len(set)
	}
}

// others are all items but some.
func (s *shaped) others(but []int) []int {
	set := make([]int, 0, len(s.amounts))
	for i := range s.amounts {
		if !slices.Contains(but, i) {
			set = append(set, i)
		}
	}
	return set
}

// runs finds one run of neighbours, or two with a gap between them.
func (s *shaped) runs(target int64) {
	var all []piece
	for a := range s.amounts {
		var sum int64
		for b := a; b < len(s.amounts); b++ {
			if sum += s.amounts[b]; sum > target {
				break
			}
			if sum == target && s.kept <= mostPlaces {
				s.add(span(nil, a, b+1))
			}
			if s.joins() {
				all = append(all, newPiece(sum, a, b+1))
			}
		}
	}
	slices.Sort(all)
	join(all, all, target, func(p, q piece) {
		if p.b() < q.a() {
			s.add(span(span(nil, p.a(), p.b()), q.a(), q.b()))
		}
	})
}

func span(set []int, from, to int) []int {
	for i := from; i < to; i++ {
		set = append(set, i)
	}
	return set
}

// small finds sets of one to four items.
func (s *shaped) small(target int64, emit func([]int)) {
	if target <= 0 {
		return
	}
	for i, amount := range s.amounts {
		if amount == target {
			emit([]int{i})
		}
	}
	if !s.joins() {
		return
	}
	s.pair()
	low, _ := slices.BinarySearch(s.twos, newPiece(target, 0, 0))
	for _, p := range s.twos[low:] {
		if p.sum() != target {
			break
		}
		emit([]int{p.a(), p.b()})
	}
	join(s.ones, s.twos, target, func(p, q piece) {
		if p.a() < q.a() {
			emit([]int{p.a(), q.a(), q.b()})
		}
	})
	join(s.twos, s.twos, target, func(p, q piece) {
		if p.b() < q.a() {
			emit([]int{p.a(), p.b(), q.a(), q.b()})
		}
	})
}

// joins says whether there are few enough items to join pieces.
func (s *shaped) joins() bool { return len(s.amounts) <= pairSearch && s.total < maxSum }

// pair makes the pieces of one and two items, once.
func (s *shaped) pair() {
	if s.ones != nil {
		return
	}
	for i, a := range s.amounts {
		s.ones = append(s.ones, newPiece(a, i, i))
		for j := i + 1; j < len(s.amounts); j++ {
			s.twos = append(s.twos, newPiece(a+s.amounts[j], i, j))
		}
	}
	slices.Sort(s.ones)
	slices.Sort(s.twos)
}

// piece is a part of a set: a sum and two places, for a run its first item and
// the one after its last. It is one number, because sorting pieces is most of
// the work.
type piece int64

const (
	placeBits = 9 // places up to pairSearch
	places    = 1<<placeBits - 1
	maxSum    = 1 << (63 - 2*placeBits)
)

func newPiece(sum int64, a, b int) piece {
	return piece(sum<<(2*placeBits) | int64(a)<<placeBits | int64(b))
}

func (p piece) sum() int64 { return int64(p >> (2 * placeBits)) }
func (p piece) a() int     { return int(p >> placeBits & places) }
func (p piece) b() int     { return int(p & places) }

// join visits the pairs of pieces, which are sorted, whose sums add up to
// target; mostVisits of them.
func join(left, right []piece, target int64, visit func(p, q piece)) {
	to, visits := len(right), 0
	for _, p := range left {
		for to > 0 && right[to-1].sum() > target-p.sum() {
			to--
		}
		for at := to - 1; at >= 0 && right[at].sum() == target-p.sum(); at-- {
			if visits++; visits > mostVisits {
				return
			}
			visit(p, right[at])
		}
	}
}
