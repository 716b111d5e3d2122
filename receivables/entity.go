package receivables

// Ref names the customer.
func (c Customer) Ref() Ref { return Ref{KindCustomer, c.ID} }

// Ref names the payer.
func (p Payer) Ref() Ref { return Ref{KindPayer, p.ID} }

// Ref names the account.
func (a Account) Ref() Ref { return Ref{KindAccount, a.ID} }

// Ref names the invoice.
func (i Invoice) Ref() Ref { return Ref{KindInvoice, i.ID} }

// Ref names the credit.
func (c Credit) Ref() Ref { return Ref{KindCredit, c.ID} }

// Ref names the receipt.
func (r Receipt) Ref() Ref { return Ref{KindReceipt, r.ID} }

// Ref names the document.
func (d Document) Ref() Ref { return Ref{KindDocument, d.ID} }

// Ref names the charge.
func (c Charge) Ref() Ref { return Ref{KindCharge, c.ID} }

// Ref names the checkout session.
func (c Checkout) Ref() Ref { return Ref{KindCheckout, c.ID} }

// Ref names the refund.
func (r Refund) Ref() Ref { return Ref{KindRefund, r.ID} }

// Ref names the dispute.
func (d Dispute) Ref() Ref { return Ref{KindDispute, d.ID} }

// Ref names the payout.
func (p Payout) Ref() Ref { return Ref{KindPayout, p.ID} }

// Ref names the balance transaction.
func (b BalanceTransaction) Ref() Ref { return Ref{KindBalanceTransaction, b.ID} }

// Settled is what was applied to the invoice so far: by receipts, credits and
// journals, without the deposit taken on the form.
func (i Invoice) Settled() int64 { return i.Total - i.Balance - i.Deposit }
