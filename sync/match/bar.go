package match

// Sure is the share from which a set is taken without asking. What was not
// looked at counts against it, so that fewer are wrong than the figure says.
const Sure = 0.95

// Where amounts collide more is asked for. Whole hundreds up to 5,000.00 are
// fifty amounts: among many combinations nearly each of them is somebody's, and
// an answer hangs on habits more than on the amount. There every doubt comes
// true more often.
const (
	// contested is the share from which a set is taken that has more than one
	// rival for so many amounts that can be told apart.
	contested = 0.99
	crowded   = 100
	// never is a share that no set has: with as many rivals as amounts the
	// amount says nothing any more. Nor is a set with a rival taken for a single
	// payment by somebody of whom nothing is known: only its looks speak for it.
	never = 2
)

// barOf is the share from which a set is sure. apart is how many amounts up to
// the payment's can be told apart.
func barOf(rivals int, apart float64) float64 {
	switch each := apart / float64(rivals); {
	case rivals == 0 || each > crowded:
		return Sure
	case each > 1:
		return contested
	}
	return never
}
