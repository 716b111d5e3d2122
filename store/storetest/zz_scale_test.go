package storetest
import ("testing";"fmt";"time";"tieout/sync/pull";"tieout/mapping";"tieout/money";"tieout/receivables";"tieout/sync/reconcile";"tieout/store";"tieout/sync/push")
func TestZZ(t *testing.T){
 for name,op:=range map[string]func(testing.TB)*store.Store{"sqlite":engines.SQLite,"pg":engines.Postgres}{
 s:=op(t); w:=newWorld(t,s)
 load:=func(conn string,n int,f func(i int) receivables.Entity){ t0:=time.Now(); for p:=0;p<n;p+=1000 { var r []mapping.Record
 for i:=range 1000 { r=append(r,record(f(p+i),1)) }
 w.page(conn,pull.Page{Records:r}) }; fmt.Println(name,"load",n,time.Since(t0)) }
 load(ledgerID,50000,func(i int) receivables.Entity{ x:=invoice(fmt.Sprintf("%06d",i),fmt.Sprintf("c%d",i%5000),int64(1000+i),int64(1000+i)); return x})
 load(ledgerID,5000,func(i int) receivables.Entity{ return receivables.Customer{ID:fmt.Sprintf("c%d",i),Name:fmt.Sprintf("Name %d",i),Active:true,Contacts:[]receivables.Contact{{Email:fmt.Sprintf("a%d@x.com",i)}}}})
 load(ledgerID,20000,func(i int) receivables.Entity{ return receipt(fmt.Sprintf("r%d",i),fmt.Sprintf("c%d",i%5000),100,pays(fmt.Sprintf("z%06d",i),100))})
 load(stripeID,10000,func(i int) receivables.Entity{ c:=charge(fmt.Sprint(i),int64(1000+i)); c.PayerID=fmt.Sprintf("cus_%d",i%5000); return c})
 load(stripeID,10000,func(i int) receivables.Entity{ return movement(fmt.Sprintf("txn_%06d",i),fmt.Sprint(i),int64(1000+i),3)})
 load(stripeID,10000,func(i int) receivables.Entity{ return receivables.Checkout{ID:fmt.Sprintf("cs_%d",i),PaymentIntent:fmt.Sprintf("pi_%d",i),Link:"l"}})
 load(stripeID,5000,func(i int) receivables.Entity{ return receivables.Payer{ID:fmt.Sprintf("cus_%d",i)}})
 tot:=map[string]time.Duration{}
 tm:=func(n string,f func() error){ t0:=time.Now(); w.must(f()); tot[n]+=time.Since(t0) }
 after:=""
 for b:=range 20 {
  var ids []string
  tm("open",func() (err error){ ids,err=s.OpenMovements(w.ctx,w.book,[]reconcile.MovementState{"new"},after,500); return})
  if len(ids)==0 {t.Fatal("none")}
  after=ids[len(ids)-1]
  var ms []reconcile.Movement
  tm("movements",func() (err error){ ms,err=s.Movements(w.ctx,w.book,ids); return})
  var emails,names,payers,nums,custs []string; var bal []money.Money
  for i:=range ms { k:=b*500+i; emails=append(emails,fmt.Sprintf("a%d@x.com",k%5000)); names=append(names,fmt.Sprintf("name %d",k%5000)); payers=append(payers,fmt.Sprintf("cus_%d",k%5000)); nums=append(nums,fmt.Sprintf("INV%06d",k)); custs=append(custs,fmt.Sprintf("c%d",k%5000)); bal=append(bal,money.Money{Minor:int64(1000+k),Currency:"USD"})}
  tm("customers",func() error{ _,err:=s.Customers(w.ctx,w.book,reconcile.CustomerQuery{Emails:emails,Names:names,Payers:payers}); return err})
  tm("customers2",func() error{ _,err:=s.Customers(w.ctx,w.book,reconcile.CustomerQuery{IDs:custs,Parents:custs}); return err})
  var inv []receivables.Invoice
  tm("invoices",func() (err error){ inv,err=s.Invoices(w.ctx,w.book,reconcile.InvoiceQuery{Numbers:nums,Customers:custs,Balances:bal}); return})
  var iids []string; for _,i:=range inv { iids=append(iids,i.ID) }
  tm("receipts",func() error{ _,err:=s.Receipts(w.ctx,w.book,custs,iids,"2026-02-01"); return err})
  tm("ties",func() error{ _,err:=s.Ties(w.ctx,w.book,ids,iids); return err})
  var refs []receivables.Ref; for _,i:=range iids[:500] { refs=append(refs,receivables.Ref{Kind:"invoice",ID:i}) }
  tm("raw",func() error{ _,err:=s.Raw(w.ctx,w.book,refs); return err})
  var r reconcile.Result; r.At=now
  for i,id:=range ids { r.Outcomes=append(r.Outcomes,reconcile.Outcome{Connection:stripeID,Movement:id,State:"settled"}); r.Allocations=append(r.Allocations,w.allocation(id,inv[i].ID,5))
   in:=w.intent("i"+id,push.StatePlanned); r.Intents=append(r.Intents,in); p:=w.part(id,"receipt",inv[i].ID,5,"planned"); p.Intent=in.ID; r.Parts=append(r.Parts,p)}
  l:=w.hold("book/"+bookID)
  tm("save",func() error{ return s.Save(w.ctx,l,w.book,r)})
  var mk []string; for _,p:=range r.Parts { mk=append(mk,p.Marker) }
  tm("documents",func() error{ _,err:=s.Documents(w.ctx,w.book,mk,nil); return err})
 }
 tm("ledgersums",func() error{ _,err:=s.LedgerSums(w.ctx,w.book); return err})
 tm("unbooked",func() error{ _,err:=s.Unbooked(w.ctx,w.book); return err})
 tm("doubles",func() error{ _,err:=s.Doubles(w.ctx,w.book); return err})
 tm("payouts",func() error{ _,err:=s.Payouts(w.ctx,w.book); return err})
 tm("suspects",func() error{ _,err:=s.Suspects(w.ctx,w.book); return err})
 tm("next",func() error{ _,_,err:=s.NextIntent(w.ctx,"main",bookID,now); return err})
 in,_,_:=s.NextIntent(w.ctx,"main",bookID,now)
 l:=w.hold("book/"+bookID)
 tm("begin",func() error{ return s.BeginIntent(w.ctx,l,in,now)})
 tm("match",func() error{ _,err:=s.MatchCounts(w.ctx,w.book); return err})
 n:=0; tm("ageing",func() error{ return s.AgeingRows(w.ctx,"main",ledgerID,func(store.AgeingRow) error {n++; return nil})})
 a:=""; tm("invoiceids",func() error{ for { ids,err:=s.InvoiceIDs(w.ctx,w.book,a,500); if err!=nil||len(ids)==0 {return err}; a=ids[len(ids)-1]}})
 for k,v:=range tot { fmt.Println(name,k,v) }
 }
}
