package match

import (
	"fmt"
	"math"
)

// why explains a finding in a sentence.
func why(f Finding, p Payment, items []Item, set []int) string {
	what := fmt.Sprintf("%s %s to exactly the amount", what(items, set), adds(len(set)))
	if p.Name != "" {
		what = fmt.Sprintf("%s, and the customer's name fits %q", what, p.Name)
	}
	switch {
	case f.Rivals == 0 && f.Sure:
		return what + "; nothing else that is open does."
	case f.Sure:
		return fmt.Sprintf("%s; %s, but none that fits so well how this customer pays (%s).", what, others(f.Rivals), percent(f.Share))
	case f.Rivals == 0:
		return what + ", but that may be a coincidence."
	case f.Share >= Sure:
		return fmt.Sprintf("%s, but %s: where so many amounts meet, that is not sure enough (%s).", what, others(f.Rivals), percent(f.Share))
	}
	return fmt.Sprintf("%s, but %s, and it is not clear which was meant (%s).", what, others(f.Rivals), percent(f.Share))
}

// what names the shape of a set.
func what(items []Item, set []int) string {
	run := len(set) > 1 && set[len(set)-1]-set[0] == len(set)-1
	switch {
	case len(set) == len(items) && len(set) > 1:
		return fmt.Sprintf("All %d open items together", len(set))
	case len(set) == 1:
		return fmt.Sprintf("The open item due on %s", items[set[0]].Due.Words())
	case run && set[0] == 0:
		return fmt.Sprintf("The %d oldest open items", len(set))
	case run:
		return fmt.Sprintf("The %d open items due from %s to %s", len(set), items[set[0]].Due.Words(), items[set[len(set)-1]].Due.Words())
	}
	return fmt.Sprintf("%d of %d open items", len(set), len(items))
}

func adds(n int) string {
	if n == 1 {
		return "comes"
	}
	return "add up"
}

func others(n int) string {
	if n == 1 {
		return "so does one other combination"
	}
	return fmt.Sprintf("so do %d other combinations", n)
}

// percent never says that something is certain.
func percent(share float64) string {
	return fmt.Sprintf("%d %% sure", min(99, int(math.Floor(100*share))))
}
