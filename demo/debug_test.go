package demo_test

import (
	"fmt"
	"testing"
	"tieout/sandbox/stripe"
)

func TestDebug(t *testing.T) {
	w := quiet(t)
	s := w.sides[0]
	d := s.pick(0)
	if false {
		s.direct(stripe.DirectPayment{Amount: int64(d.Balance) / 3, Description: "Part of " + d.Number, PayOptions: stripe.PayOptions{Name: d.Name, Email: d.Email}})
	}
	s.pay(d, stripe.PayOptions{})
	show := func() {
		db := w.database()
		rows, err := db.Query("select generation,state,id,amount,shown,seen,why from link where invoice=$1 and book=$2", d.ID, s.book.ID)
		if err != nil { t.Fatal(err) }
		for rows.Next() { var a,b,c,e,f,g,h any; rows.Scan(&a,&b,&c,&e,&f,&g,&h); fmt.Println("link",a,b,c,e,f,g,h) }
		rows, err = db.Query("select state,effect,why,problem,generation from intent where book=$1 and (invoice=$2 or invoice='')", s.book.ID, d.ID)
		if err != nil { t.Fatal(err) }
		for rows.Next() { var a,b,c,e,f any; rows.Scan(&a,&b,&c,&e,&f); fmt.Println("intent",a,b,c,e,f) }
	}
	show()
	fmt.Println("----- after"); w.sync(); show(); fmt.Println("---- again"); w.sync(); show()
}
