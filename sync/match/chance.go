package match

import "math"

// chance is the logarithm of the weight of all sets that add up to the amount
// by accident: with many open items some set hits any amount, and then adding
// up proves nothing. The sums of all sets spread like a bell; its height at
// the amount, for one minor unit, is that weight; where the amounts are round, so are the
// sums, and fewer of them share it. Far from its middle a bell is
// a bad picture, so the odds are first tilted until the middle lies at the
// amount, and the tilt is taken back from the result (a saddlepoint
// approximation: Daniels, Saddlepoint Approximations in Statistics, 1954).
func (c chain) chance(amount int64, tilt float64) float64 {
	wide := 1e-2 / c.largest()
	total := c.total(tilt)
	items := 0.0
	for _, fate := range c.marginals(tilt) {
		items += 1 / (1 + math.Exp(-fate))
	}
	spread := (c.total(tilt+wide) - 2*total + c.total(tilt-wide)) / (wide * wide)
	return total - tilt*float64(amount) - 0.5*math.Log(2*math.Pi*max(spread, 1)) + math.Log(c.grain(amount, items))
}

// tilt is by how much the odds have to change for each minor unit so that the
// middle of all sums lies at the amount, to a twentieth of the largest item.
//
// It walks out from a guess until the amount is passed, and then goes by the
// Illinois way of the false position (Dowell and Jarratt, 1971).
func (c chain) tilt(amount int64, guess float64) float64 {
	const far, steps = 500, 60
	largest := c.largest()
	small := 1e-3 / largest
	off := func(tilt float64) float64 {
		return (c.total(tilt+small)-c.total(tilt-small))/(2*small) - float64(amount)
	}
	here, there := guess, guess
	offHere := off(here)
	offThere := offHere
	for step := math.Copysign(1/largest, -offHere); offThere*offHere > 0; step *= 2 {
		here, offHere = there, offThere
		if there += step; math.Abs(there) > far/largest {
			return there - step
		}
		offThere = off(there)
	}
	for range steps {
		if math.Abs(offThere) < largest/20 {
			break
		}
		next := there - offThere*(there-here)/(offThere-offHere)
		offNext := off(next)
		if offNext*offThere < 0 {
			here, offHere = there, offThere
		} else {
			offHere /= 2
		}
		there, offThere = next, offNext
	}
	return there
}

func (c chain) largest() float64 {
	largest := 1.0
	for _, a := range c.amounts {
		largest = max(largest, float64(a))
	}
	return largest
}

// grain is the step in which sums of so many items fall that are as round as
// the amount: 1 where amounts are of any size, 100 where all are whole units.
func (c chain) grain(amount int64, items float64) float64 {
	most := 1.0
	for _, step := range [...]int64{5, 10} {
		for ; step <= amount && amount%step == 0; step *= 10 {
			round := 0
			for _, a := range c.amounts {
				if a%step == 0 {
					round++
				}
			}
			share := (float64(round) + 0.5) / (float64(len(c.amounts)) + 1)
			most = max(most, float64(step)*math.Pow(share, items))
		}
	}
	return most
}
