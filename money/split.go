package money

import (
	"errors"
	"math/big"
	"sort"
)

// ErrWeights is an empty, negative or all-zero list of weights.
var ErrWeights = errors.New("weights must be non-negative and not all zero")

// Split shares the amount in proportion to the weights without losing a unit:
// the shares add up to m, none is further than one unit from its exact part,
// and a zero weight gets nothing. Units left over go to the largest
// remainders, earlier weights first.
func (m Money) Split(weights []int64) ([]Money, error) {
	total := new(big.Int)
	for _, w := range weights {
		if w < 0 {
			return nil, ErrWeights
		}
		total.Add(total, big.NewInt(w))
	}
	if total.Sign() == 0 {
		return nil, ErrWeights
	}
	shares, order := m.floorShares(weights, total)
	rest := m.Minor
	for _, s := range shares {
		rest -= s.Minor
	}
	step := int64(1)
	if rest < 0 {
		step = -1
	}
	for i := 0; rest != 0; i++ {
		shares[order[i]].Minor += step
		rest -= step
	}
	return shares, nil
}

// floorShares gives each weight its share rounded towards zero, and the
// indices in the order in which left-over units are handed out.
func (m Money) floorShares(weights []int64, total *big.Int) ([]Money, []int) {
	shares := make([]Money, len(weights))
	remainders := make([]*big.Int, len(weights))
	order := make([]int, len(weights))
	for i, w := range weights {
		exact := new(big.Int).Mul(big.NewInt(m.Minor), big.NewInt(w))
		quotient, remainder := exact.QuoRem(exact, total, new(big.Int))
		shares[i] = Money{quotient.Int64(), m.Currency}
		remainders[i] = remainder.Abs(remainder)
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool {
		return remainders[order[a]].Cmp(remainders[order[b]]) > 0
	})
	return shares, order
}
