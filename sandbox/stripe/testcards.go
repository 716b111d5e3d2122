package stripe

import "strings"

// When a card asks its holder to authenticate (Stripe docs: testing,
// "3D Secure authentication").
const (
	authNever      = iota
	authAlways     // every payment
	authUnlessSet  // on-session always; off-session unless it was set up
	authOnSession  // off-session never
	authWhenWanted // only when request_three_d_secure asks for it
)

// behaviour is what a test number does when it is used.
type behaviour struct {
	code, decline string // of the refusal of a charge; code card_declined when empty
	early         bool   // refused already when it is saved or attached
	auth          int
	dispute       string // reason of the dispute that follows a charge
	inquiry       bool   // the dispute is an inquiry
	refund        string // "pending" or "fails"
	bypass        bool   // the money is available at once
	warning       bool   // an early fraud warning follows
	risk          string // risk level other than normal
	blocked       bool   // refused by the fraud rules, not by the issuer
	cvc, zip, l1  string // results of the checks other than pass
	never         bool   // a bank debit that stays pending
	slow          bool   // a bank debit that the test numbers decide after minutes, not at once
}

// testCard is one number of Stripe's test cards.
type testCard struct {
	number, brand, funding, country string
	names                           string // after pm_card_ and tok_, separated by blanks
	behaviour
}

// testCards is Stripe's list (Stripe docs: testing, "Cards by brand",
// "Cards by country", "Declined payments", "Fraud prevention", "Invalid data",
// "Disputes", "Refunds", "Available balance", "3D Secure").
func testCards() []testCard {
	return append(append(cardsThatPay(), cardsThatFail()...), cardsThatDoMore()...)
}

func cardsThatPay() []testCard {
	plain := func(number, brand, funding, country, names string) testCard {
		return testCard{number: number, brand: brand, funding: funding, country: country, names: names}
	}
	return []testCard{
		plain("4242424242424242", "visa", "credit", "US", "visa us"),
		plain("4000056655665556", "visa", "debit", "US", "visa_debit"),
		plain("5555555555554444", "mastercard", "credit", "US", "mastercard"),
		plain("2223003122003222", "mastercard", "credit", "US", ""),
		plain("5200828282828210", "mastercard", "debit", "US", "mastercard_debit"),
		plain("5105105105105100", "mastercard", "prepaid", "US", "mastercard_prepaid"),
		plain("378282246310005", "amex", "credit", "US", "amex"),
		plain("371449635398431", "amex", "credit", "US", ""),
		plain("6011111111111117", "discover", "credit", "US", "discover"),
		plain("6011000990139424", "discover", "credit", "US", ""),
		plain("6011981111111113", "discover", "debit", "US", "discover_debit"),
		plain("3056930009020004", "diners", "credit", "US", "diners"),
		plain("36227206271667", "diners", "credit", "US", ""),
		plain("3566002020360505", "jcb", "credit", "JP", "jcb"),
		plain("6200000000000005", "unionpay", "credit", "CN", "unionpay"),
		plain("4000000760000002", "visa", "credit", "BR", "br"),
		plain("4000001240000000", "visa", "credit", "CA", "ca"),
		plain("4000004840008001", "visa", "credit", "MX", "mx"),
		plain("4000008260000000", "visa", "credit", "GB", "gb"),
		plain("4000058260000005", "visa", "debit", "GB", "gb_debit"),
		plain("4000002760000016", "visa", "credit", "DE", "de"),
		plain("4000002500000003", "visa", "credit", "FR", "fr"),
		plain("4000003720000005", "visa", "credit", "IE", "ie"),
		plain("4000005280000002", "visa", "credit", "NL", "nl"),
		plain("4000007240000007", "visa", "credit", "ES", "es"),
		plain("4000003800000008", "visa", "credit", "IT", "it"),
		plain("4000000400000008", "visa", "credit", "AT", "at"),
		plain("4000000560000004", "visa", "credit", "BE", "be"),
		plain("4000007560000009", "visa", "credit", "CH", "ch"),
		plain("4000000360000006", "visa", "credit", "AU", "au"),
		plain("4000005540000008", "visa", "credit", "NZ", "nz"),
		plain("4000003920000003", "visa", "credit", "JP", "jp"),
		plain("4000007020000003", "visa", "credit", "SG", "sg"),
	}
}

func cardsThatFail() []testCard {
	card := func(number, names string, b behaviour) testCard {
		return testCard{number: number, brand: "visa", funding: "credit", country: "US", names: names, behaviour: b}
	}
	return []testCard{
		card("4000000000000002", "visa_chargeDeclined chargeDeclined", behaviour{decline: "generic_decline", early: true}),
		card("4000000000009995", "visa_chargeDeclinedInsufficientFunds chargeDeclinedInsufficientFunds", behaviour{decline: "insufficient_funds", early: true}),
		card("4000000000009987", "visa_chargeDeclinedLostCard chargeDeclinedLostCard", behaviour{decline: "lost_card", early: true}),
		card("4000000000009979", "visa_chargeDeclinedStolenCard chargeDeclinedStolenCard", behaviour{decline: "stolen_card", early: true}),
		card("4000000000000069", "chargeDeclinedExpiredCard", behaviour{code: "expired_card", decline: "expired_card", early: true}),
		card("4000000000000127", "chargeDeclinedIncorrectCvc", behaviour{code: "incorrect_cvc", decline: "incorrect_cvc", early: true, cvc: "fail"}),
		card("4000000000000119", "chargeDeclinedProcessingError", behaviour{code: "processing_error", decline: "processing_error", early: true}),
		card("4000000000006975", "visa_chargeDeclinedVelocityLimitExceeded chargeDeclinedVelocityLimitExceeded",
			behaviour{decline: "card_velocity_exceeded", early: true}),
		card("4000000000000341", "chargeCustomerFail", behaviour{decline: "generic_decline"}),
		card("4100000000000019", "chargeDeclinedFraudulent radarBlock", behaviour{decline: "fraudulent", early: true, risk: "highest", blocked: true}),
		card("4000000000004954", "riskLevelHighest", behaviour{decline: "fraudulent", risk: "highest", blocked: true}),
		card("4000000000009235", "riskLevelElevated", behaviour{risk: "elevated"}),
		card("4000000000000101", "cvcCheckFail", behaviour{cvc: "fail"}),
		card("4000000000000036", "avsZipFail", behaviour{zip: "fail"}),
		card("4000000000000028", "avsLine1Fail", behaviour{l1: "fail"}),
		card("4000000000000010", "avsFail", behaviour{zip: "fail", l1: "fail"}),
		card("4000000000000044", "avsUnchecked", behaviour{zip: "unavailable", l1: "unavailable"}),
	}
}

func cardsThatDoMore() []testCard {
	card := func(number, country, names string, b behaviour) testCard {
		return testCard{number: number, brand: "visa", funding: "credit", country: country, names: names, behaviour: b}
	}
	return []testCard{
		card("4000000000000259", "US", "createDispute", behaviour{dispute: "fraudulent"}),
		card("4000000000002685", "US", "createDisputeProductNotReceived", behaviour{dispute: "product_not_received"}),
		card("4000000000001976", "US", "createDisputeInquiry", behaviour{dispute: "fraudulent", inquiry: true}),
		card("4000000000005423", "US", "createIssuerFraudRecord", behaviour{warning: true}),
		card("4000000000007726", "US", "pendingRefund", behaviour{refund: "pending"}),
		card("4000000000005126", "US", "refundFail", behaviour{refund: "fails"}),
		card("4000000000000077", "US", "bypassPending", behaviour{bypass: true}),
		card("4000003720000278", "IE", "bypassPendingInternational", behaviour{bypass: true}),
		card("4000002500003155", "FR", "authenticationRequiredOnSetup", behaviour{auth: authUnlessSet}),
		card("4000002760003184", "DE", "authenticationRequired", behaviour{auth: authAlways}),
		card("4000003800000446", "IT", "authenticationRequiredSetupForOffSession", behaviour{auth: authOnSession}),
		card("4000008260003178", "GB", "authenticationRequiredChargeDeclinedInsufficientFunds", behaviour{auth: authAlways, decline: "insufficient_funds"}),
		card("4000000000003220", "US", "threeDSecure2Required", behaviour{auth: authAlways}),
		card("4000000000003063", "US", "threeDSecureRequired", behaviour{auth: authAlways}),
		card("4000008400001629", "US", "threeDSecureRequiredChargeDeclined", behaviour{auth: authAlways, decline: "generic_decline"}),
		card("4000008400001280", "US", "threeDSecureRequiredProcessingError", behaviour{code: "processing_error", decline: "processing_error"}),
		card("4000000000003055", "US", "threeDSecureOptional", behaviour{auth: authWhenWanted}),
		card("4000000000003097", "US", "threeDSecureOptionalProcessingError", behaviour{auth: authWhenWanted}),
	}
}

// cardByName finds the card of a test id: what follows pm_card_ or tok_.
func cardByName(name string) (testCard, bool) {
	for _, c := range testCards() {
		for n := range strings.FieldsSeq(c.names) {
			if n == name {
				return c, true
			}
		}
	}
	return testCard{}, false
}

// cardByNumber finds the card of a number, written with or without blanks. A
// number that is no test card but well formed pays like a Visa of the US.
func cardByNumber(number string) (testCard, bool) {
	number = strings.NewReplacer(" ", "", "-", "").Replace(number)
	for _, c := range testCards() {
		if c.number == number {
			return c, true
		}
	}
	return testCard{}, false
}

// declineMessage is what Stripe tells the payer (Stripe docs: error-codes and
// declines/codes).
func declineMessage(code, decline string) string {
	switch {
	case code == "expired_card":
		return "Your card has expired."
	case code == "incorrect_cvc":
		return "Your card's security code is incorrect."
	case code == "processing_error":
		return "An error occurred while processing your card. Try again in a little bit."
	case decline == "insufficient_funds":
		return "Your card has insufficient funds."
	case decline == "card_velocity_exceeded":
		return "Your card was declined for making repeated attempts too frequently or exceeding its amount limit."
	case decline == "authentication_required":
		return "Your card was declined. This transaction requires authentication."
	}
	return "Your card was declined."
}

// cardError is the refusal of a card by its behaviour.
func (b behaviour) cardError() *Error {
	code := b.code
	if code == "" {
		code = "card_declined"
	}
	e := &Error{Status: 402, Type: typeCard, Code: code, DeclineCode: b.decline, DocURL: docURL(code), Message: declineMessage(code, b.decline)}
	switch code {
	case "expired_card":
		e.Param = "exp_month"
	case "incorrect_cvc":
		e.Param = "cvc"
	}
	return e
}

// testBank is one account number of Stripe's test banks (Stripe docs:
// ach-direct-debit, sepa-debit, bacs-debit and au-becs-debit, "Test").
type testBank struct {
	kind, number, names string // names after the pm_ of the kind
	fails               string // failure code
	behaviour
}

func testBanks() []testBank {
	bank := func(kind, number, names, fails string, b behaviour) testBank {
		return testBank{kind: kind, number: number, names: names, fails: fails, behaviour: b}
	}
	const us, sepa, bacs, becs = "us_bank_account", "sepa_debit", "bacs_debit", "au_becs_debit"
	unauthorised := behaviour{dispute: "fraudulent"}
	return []testBank{
		bank(us, "000123456789", "usBankAccount_success usBankAccount", "", behaviour{}),
		bank(us, "000111111113", "usBankAccount_accountClosed", "account_closed", behaviour{}),
		bank(us, "000111111116", "usBankAccount_noAccount", "no_account", behaviour{}),
		bank(us, "000222222227", "usBankAccount_insufficientFunds", "insufficient_funds", behaviour{}),
		bank(us, "000333333335", "usBankAccount_debitNotAuthorized", "debit_not_authorized", behaviour{}),
		bank(us, "000444444440", "usBankAccount_invalidCurrency", "invalid_currency", behaviour{}),
		bank(us, "000555555559", "usBankAccount_dispute", "", unauthorised),
		bank(us, "000000000009", "usBankAccount_processing", "", behaviour{never: true}),
		bank(sepa, "AT611904300234573201", "sepaDebit", "", behaviour{}),
		bank(sepa, "AT321904300235473204", "", "", behaviour{slow: true}),
		bank(sepa, "AT861904300235473202", "", "insufficient_funds", behaviour{}),
		bank(sepa, "AT051904300235473205", "", "insufficient_funds", behaviour{slow: true}),
		bank(sepa, "AT591904300235473203", "", "", unauthorised),
		bank(sepa, "DE89370400440532013000", "", "", behaviour{}),
		bank(sepa, "DE08370400440532013003", "", "", behaviour{slow: true}),
		bank(sepa, "DE62370400440532013001", "", "insufficient_funds", behaviour{}),
		bank(sepa, "DE78370400440532013004", "", "insufficient_funds", behaviour{slow: true}),
		bank(sepa, "DE35370400440532013002", "", "", unauthorised),
		bank(bacs, "00012345", "bacsDebit_success", "", behaviour{}),
		bank(bacs, "90012345", "", "", behaviour{slow: true}),
		bank(bacs, "33333335", "", "debit_not_authorized", behaviour{}),
		bank(bacs, "93333335", "", "debit_not_authorized", behaviour{slow: true}),
		bank(bacs, "22222227", "", "insufficient_funds", behaviour{}),
		bank(bacs, "92222227", "", "insufficient_funds", behaviour{slow: true}),
		bank(bacs, "55555559", "", "", unauthorised),
		bank(becs, "000123456", "auBecsDebit_success", "", behaviour{}),
		bank(becs, "900123456", "", "", behaviour{slow: true}),
		bank(becs, "111111113", "", "account_closed", behaviour{}),
		bank(becs, "111111116", "", "no_account", behaviour{}),
		bank(becs, "222222227", "", "refer_to_customer", behaviour{}),
		bank(becs, "333333335", "", "debit_not_authorized", behaviour{}),
		bank(becs, "666666660", "", "", unauthorised),
	}
}

// bankByNumber finds a test account; others succeed.
func bankByNumber(kind, number string) testBank {
	number = strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(number))
	for _, b := range testBanks() {
		if b.kind == kind && b.number == number {
			return b
		}
	}
	return testBank{kind: kind, number: number}
}

func bankByName(name string) (testBank, bool) {
	for _, b := range testBanks() {
		for n := range strings.FieldsSeq(b.names) {
			if n == name {
				return b, true
			}
		}
	}
	return testBank{}, false
}

// debitMessage is the failure message of a returned debit (Stripe docs:
// error-codes and ach-direct-debit, "Failure codes").
func debitMessage(code string) string {
	return map[string]string{
		"account_closed":       "The customer's bank account has been closed.",
		"no_account":           "The customer's bank account could not be located.",
		"debit_not_authorized": "The customer has notified their bank that this debit was unauthorized.",
		"invalid_currency":     "The bank was unable to process this transaction because of its currency.",
		"refer_to_customer":    "The customer's bank could not make the payment; refer to the customer.",
		"insufficient_funds":   "The customer's account has insufficient funds to cover this payment.",
	}[code]
}
