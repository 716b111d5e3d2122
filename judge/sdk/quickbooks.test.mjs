// Intuit's own OAuth client and node-quickbooks, the library most Node
// programs use, against the sandbox. Both know only Intuit's hosts, so their
// https calls are folded onto the sandbox's port; neither is touched.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import OAuthClient from 'intuit-oauth';
import QuickBooks from 'node-quickbooks';
import { consent } from './consent.mjs';
import { fold } from './hosts.mjs';
import { Inbox, start } from './sandbox.mjs';

const redirect = 'http://127.0.0.1:9499/qbo/callback';
const verifier = 'judge-verifier';

// code reads the string code of a Fault, however the library wraps it.
const fault = async (call) => {
  let said;
  await assert.rejects(call, (e) => { said = e; return true; });
  const body = said.response?.data ?? said;
  assert.ok(body.Fault, `a Fault, not ${JSON.stringify(body)?.slice(0, 300)}`);
  return { status: said.response?.status ?? 200, type: body.Fault.type, ...body.Fault.Error[0] };
};

describe('intuit-oauth and node-quickbooks', () => {
  let box; let inbox; let oauth; let realm; let qbo; let customer; let item;
  // call runs one of the library's callback methods as a promise.
  const call = (method, ...args) => promisify(qbo[method].bind(qbo))(...args).catch((e) => {
    if (e.response?.data) e.message = `${method}: ${e.response.status} ${JSON.stringify(e.response.data)}`;
    throw e;
  });

  before(async () => {
    inbox = await new Inbox().open();
    box = await start({
      quickbooks: { listen: '127.0.0.1:0', client_id: 'judge-q', client_secret: 'hush', redirect_uris: [redirect], webhook: { url: `${inbox.url}/qbo`, verifier } },
      seed: 7, invoices: 3, no_history: true,
    });
    fold({ 'intuit.com': box.ready.quickbooks.url });
    oauth = new OAuthClient({ clientId: 'judge-q', clientSecret: 'hush', environment: 'sandbox', redirectUri: redirect });
    const page = new URL(oauth.authorizeUri({ scope: [OAuthClient.scopes.Accounting, OAuthClient.scopes.OpenId, OAuthClient.scopes.Email, OAuthClient.scopes.Profile], state: 'st' }));
    const back = await consent(box.ready.quickbooks.url + page.pathname + page.search);
    const { token } = await oauth.createToken(back);
    realm = token.realmId;
    qbo = new QuickBooks('judge-q', 'hush', token.access_token, false, realm, true, false, 75, '2.0', token.refresh_token);
    customer = await call('createCustomer', { DisplayName: 'Judge & Co', PrimaryEmailAddr: { Address: 'j@example.com' } });
    const { QueryResponse } = await call('findItems', { limit: 1, Type: 'Service' });
    item = QueryResponse.Item[0];
  });
  after(async () => { inbox.close(); await box?.stop(); });

  const lines = (Amount = 100) => [{ DetailType: 'SalesItemLineDetail', Amount, SalesItemLineDetail: { ItemRef: { value: item.Id }, Qty: 1, UnitPrice: Amount } }];
  const reference = () => ({ CustomerRef: { value: customer.Id } });
  const invoice = (amount, more = {}) => call('createInvoice', { ...reference(), Line: lines(amount), TxnDate: '2026-11-02', ...more });
  const payment = (TotalAmt, Line = []) => call('createPayment', { ...reference(), TotalAmt, Line });
  const applied = (Id, Amount, TxnType = 'Invoice') => ({ Amount, LinkedTxn: [{ TxnId: Id, TxnType }] });
  const bank = async () => (await call('findAccounts', { AccountType: 'Bank' })).QueryResponse.Account[0];

  test('consent, discovery, id token, userinfo, refresh', async () => {
    assert.match(realm, /^\d+$/);
    assert.equal(oauth.token.expires_in, 3600);
    assert.ok(oauth.token.x_refresh_token_expires_in > 8000000);
    for (const name of ['openid_configuration', 'openid_sandbox_configuration']) {
      const found = await (await fetch(`${box.ready.quickbooks.url}/.well-known/${name}`)).json();
      for (const field of ['issuer', 'authorization_endpoint', 'token_endpoint', 'revocation_endpoint', 'userinfo_endpoint', 'jwks_uri']) assert.ok(found[field], `${name}: ${field}`);
    }
    assert.equal(await oauth.validateIdToken(), true);
    const who = await oauth.getUserInfo();
    assert.ok(who.json.sub && who.json.email);
    const before = oauth.token.refresh_token;
    const fresh = await oauth.refresh();
    assert.ok(fresh.token.access_token);
    qbo.token = fresh.token.access_token;
    qbo.refreshToken = fresh.token.refresh_token;
    assert.ok(before);
    await assert.rejects(oauth.createToken(`${redirect}?code=used&state=st&realmId=${realm}`));
  });

  test('company, preferences, accounts, terms, methods, tax codes', async () => {
    const info = await call('getCompanyInfo', realm);
    assert.ok(info.CompanyName && info.Country);
    assert.equal((await call('findCompanyInfos', {})).QueryResponse.CompanyInfo.length, 1);
    assert.ok((await call('getPreferences')).CurrencyPrefs);
    assert.ok((await call('findPreferenceses', {})).QueryResponse.Preferences);
    assert.ok((await call('findAccounts', { fetchAll: true })).QueryResponse.Account.length > 5);
    const account = await call('createAccount', { Name: 'Judge clearing', AccountType: 'Other Current Asset', AccountSubType: 'OtherCurrentAssets' });
    assert.equal((await call('getAccount', account.Id)).Name, 'Judge clearing');
    const term = await call('createTerm', { Name: 'Net 9', DueDays: 9 });
    assert.equal((await call('getTerm', term.Id)).DueDays, 9);
    const method = await call('createPaymentMethod', { Name: 'Judge card', Type: 'CREDIT_CARD' });
    assert.equal((await call('updatePaymentMethod', { ...method, Name: 'Judge card 2' })).Name, 'Judge card 2');
    assert.ok((await call('findTaxCodes', {})).QueryResponse);
  });

  test('customers: create, sparse update, sub-customer, inactive, duplicate', async () => {
    const sub = await call('createCustomer', { DisplayName: 'Site A', Job: true, ParentRef: { value: customer.Id } });
    assert.equal(sub.FullyQualifiedName, 'Judge & Co:Site A');
    const changed = await call('updateCustomer', { Id: sub.Id, SyncToken: sub.SyncToken, sparse: true, Notes: 'x', DisplayName: sub.DisplayName });
    assert.equal(changed.SyncToken, String(Number(sub.SyncToken) + 1));
    assert.equal(changed.ParentRef.value, customer.Id);
    const off = await call('updateCustomer', { Id: changed.Id, SyncToken: changed.SyncToken, Active: false });
    assert.equal(off.Active, false);
    assert.equal((await fault(call('createCustomer', { DisplayName: 'Judge & Co' }))).code, '6240');
    assert.equal((await fault(call('updateCustomer', { Id: sub.Id, SyncToken: '0', Notes: 'y' }))).code, '5010');
  });

  test('invoices: what create adds, sparse and full update, void, delete', async () => {
    const i = await invoice(120.5);
    assert.equal(typeof i.Id, 'string');
    assert.equal(typeof i.TotalAmt, 'number');
    assert.equal(i.Line.at(-1).DetailType, 'SubTotalLineDetail');
    assert.ok(i.DocNumber && i.DueDate);
    assert.deepEqual([i.LinkedTxn, i.EmailStatus, i.Balance], [[], 'NotSet', 120.5]);
    assert.match(i.MetaData.LastUpdatedTime, /[+-]\d\d:\d\d$/);
    const noted = await call('updateInvoice', { Id: i.Id, SyncToken: i.SyncToken, CustomerMemo: { value: 'Pay at https://x' } });
    assert.equal(noted.Line.length, i.Line.length);
    const full = await call('updateInvoice', { Id: i.Id, SyncToken: noted.SyncToken, sparse: false, ...reference(), Line: lines(70), TxnDate: i.TxnDate });
    assert.deepEqual([full.TotalAmt, full.CustomerMemo], [70, undefined]);
    const { Invoice: gone } = await call('voidInvoice', full.Id);
    assert.deepEqual([gone.TotalAmt, gone.Balance], [0, 0]);
    assert.match(gone.PrivateNote, /^Voided/);
    const other = await invoice(5);
    const { Invoice: deleted } = await call('deleteInvoice', other.Id);
    assert.deepEqual(deleted, { status: 'Deleted', domain: 'QBO', Id: other.Id });
    const missing = await fault(call('getInvoice', other.Id));
    assert.deepEqual([missing.status, missing.code, missing.type], [400, '610', 'ValidationFault']);
  });

  test('payments: linked, unapplied, voided, deleted; a credit applied by a zero payment', async () => {
    const i = await invoice(100);
    const p = await payment(130, [applied(i.Id, 100)]);
    assert.equal(p.UnappliedAmt, 30);
    const paid = await call('getInvoice', i.Id);
    assert.deepEqual([paid.Balance, paid.LinkedTxn[0].TxnId, paid.LinkedTxn[0].TxnType], [0, p.Id, 'Payment']);
    await call('voidPayment', { Id: p.Id, SyncToken: p.SyncToken, sparse: true });
    assert.equal((await call('getInvoice', i.Id)).Balance, 100);
    const memo = await call('createCreditMemo', { ...reference(), Line: lines(40) });
    const zero = await payment(0, [applied(i.Id, 40), applied(memo.Id, 40, 'CreditMemo')]);
    assert.equal(zero.TotalAmt, 0);
    assert.deepEqual([(await call('getInvoice', i.Id)).Balance, (await call('getCreditMemo', memo.Id)).RemainingCredit], [60, 0]);
    await call('deletePayment', zero.Id);
    assert.equal((await call('getInvoice', i.Id)).Balance, 100);
  });

  test('the other entities: created, read, found, deleted', async () => {
    const from = await bank();
    const expense = (await call('findAccounts', { AccountType: 'Expense' })).QueryResponse.Account[0];
    const undeposited = (await call('findAccounts', { AccountSubType: 'UndepositedFunds' })).QueryResponse.Account[0];
    const to = await call('createAccount', { Name: 'Judge bank 2', AccountType: 'Bank', AccountSubType: 'Checking' });
    const kept = await payment(25);
    const posting = (Amount, PostingType, account) => ({ Amount, DetailType: 'JournalEntryLineDetail', JournalEntryLineDetail: { PostingType, AccountRef: { value: account } } });
    for (const [kind, find, body] of [
      ['SalesReceipt', 'findSalesReceipts', { ...reference(), Line: lines(12), DepositToAccountRef: { value: from.Id } }],
      ['RefundReceipt', 'findRefundReceipts', { ...reference(), Line: lines(6), DepositToAccountRef: { value: from.Id } }],
      ['CreditMemo', 'findCreditMemos', { ...reference(), Line: lines(7) }],
      ['Purchase', 'findPurchases', { PaymentType: 'Cash', AccountRef: { value: from.Id }, Line: [{ Amount: 3.2, DetailType: 'AccountBasedExpenseLineDetail', AccountBasedExpenseLineDetail: { AccountRef: { value: expense.Id } } }] }],
      ['Transfer', 'findTransfers', { FromAccountRef: { value: from.Id }, ToAccountRef: { value: to.Id }, Amount: 9 }],
      ['Deposit', 'findDeposits', { DepositToAccountRef: { value: from.Id }, Line: [{ Amount: 25, LinkedTxn: [{ TxnId: kept.Id, TxnType: 'Payment', TxnLineId: '0' }] }] }],
      ['JournalEntry', 'findJournalEntries', { Line: [posting(4, 'Debit', from.Id), posting(4, 'Credit', expense.Id)] }],
    ]) {
      const made = await call(`create${kind}`, body);
      assert.ok(made.Id, kind);
      assert.equal((await call(`get${kind}`, made.Id)).Id, made.Id);
      const found = await call(find, { Id: made.Id });
      assert.equal(found.QueryResponse[kind][0].SyncToken, made.SyncToken, kind);
      assert.equal((await call(`delete${kind}`, made.Id))[kind].status, 'Deleted');
    }
    assert.ok(undeposited);
  });

  test('queries: count, operators, order, pages, past the end, errors', async () => {
    for (let n = 0; n < 3; n++) await invoice(50 + n);
    const count = await call('findInvoices', { count: true });
    assert.equal(typeof count.QueryResponse.totalCount, 'number');
    const page = await call('findInvoices', { limit: 2, offset: 1, desc: 'MetaData.LastUpdatedTime' });
    assert.deepEqual([page.QueryResponse.startPosition, page.QueryResponse.maxResults, page.QueryResponse.Invoice.length], [1, 2, 2]);
    const all = await call('findInvoices', { limit: 2, fetchAll: true });
    assert.equal(all.QueryResponse.Invoice.length, count.QueryResponse.totalCount);
    assert.deepEqual((await call('findInvoices', { offset: 5000 })).QueryResponse, {});
    const like = await call('findCustomers', [{ field: 'DisplayName', value: 'Judge%', operator: 'LIKE' }, { field: 'Active', value: [true, false], operator: 'IN' }]);
    assert.ok(like.QueryResponse.Customer.length >= 1);
    const since = await call('findInvoices', [{ field: 'MetaData.LastUpdatedTime', value: '2026-01-01T00:00:00-08:00', operator: '>=' }, { field: 'asc', value: 'MetaData.LastUpdatedTime' }]);
    assert.ok(since.QueryResponse.Invoice.length >= 3);
    const quoted = await call('createCustomer', { DisplayName: "O'Judge" });
    assert.equal((await call('findCustomers', { DisplayName: "O'Judge" })).QueryResponse.Customer[0].Id, quoted.Id);
    assert.ok(['4000', '4001'].includes((await fault(call('findInvoices', { Nonsense: 'x' }))).code));
  });

  test('batch: each item its own answer', async () => {
    const i = await invoice(31);
    const { BatchItemResponse: answers } = await call('batch', [
      { bId: 'a', operation: 'create', Customer: { DisplayName: 'From batch' } },
      { bId: 'b', operation: 'create', Customer: { DisplayName: 'Judge & Co' } },
      { bId: 'c', Query: 'select * from Customer maxresults 1' },
      { bId: 'd', operation: 'update', Invoice: { Id: i.Id, SyncToken: i.SyncToken, sparse: true, PrivateNote: 'batched' } },
      { bId: 'e', operation: 'delete', Invoice: { Id: i.Id, SyncToken: '9' } },
    ]);
    const by = Object.fromEntries(answers.map((x) => [x.bId, x]));
    assert.equal(by.a.Customer.DisplayName, 'From batch');
    assert.equal(by.b.Fault.Error[0].code, '6240');
    assert.equal(by.c.QueryResponse.Customer.length, 1);
    assert.equal(by.d.Invoice.PrivateNote, 'batched');
    assert.equal(by.e.Fault.Error[0].code, '5010');
  });

  test('change data capture tells of changes and deletions', async () => {
    const before = new Date(Date.now() - 60000);
    const i = await invoice(8);
    const gone = await invoice(9);
    await call('deleteInvoice', gone.Id);
    const { CDCResponse: [{ QueryResponse: blocks }] } = await call('changeDataCapture', ['Invoice', 'Customer', 'Payment'], before);
    assert.equal(blocks.length, 3);
    const rows = blocks.find((b) => b.Invoice).Invoice;
    assert.ok(rows.find((r) => r.Id === i.Id && r.TotalAmt === 8));
    const deleted = rows.find((r) => r.Id === gone.Id);
    assert.equal(deleted.status, 'Deleted');
    assert.ok(deleted.MetaData.LastUpdatedTime);
  });

  test('send, pdf, upload, attachable, exchange rate', async () => {
    const i = await invoice(14, { BillEmail: { Address: 'old@example.com' } });
    const sent = await call('sendInvoicePdf', i.Id, 'new@example.com');
    assert.deepEqual([sent.EmailStatus, sent.DeliveryInfo.DeliveryType, sent.BillEmail.Address], ['EmailSent', 'Email', 'new@example.com']);
    const pdf = await call('getInvoicePdf', i.Id);
    assert.equal(Buffer.from(pdf).subarray(0, 5).toString(), '%PDF-');
    const file = await call('upload', 'note.txt', 'text/plain', Buffer.from('hello'), 'Invoice', i.Id);
    assert.equal(file.FileName, 'note.txt');
    assert.equal(file.AttachableRef[0].EntityRef.value, i.Id);
    const note = await call('createAttachable', { Note: 'Call first', AttachableRef: [{ EntityRef: { type: 'Invoice', value: i.Id } }] });
    assert.equal((await call('getAttachable', note.Id)).Note, 'Call first');
    assert.ok((await call('findAttachables', { Id: note.Id })).QueryResponse.Attachable.length);
    await call('deleteAttachable', note.Id);
    assert.ok((await call('getExchangeRate', { sourcecurrencycode: 'EUR', asofdate: '2026-11-02' })).ExchangeRate.Rate);
  });

  test('errors: unknown property, missing field, bad reference, token, realm; requestid', async () => {
    assert.equal((await fault(invoice(1, { Nonsense: 'x' }))).code, '2010');
    assert.equal((await fault(call('createInvoice', { Line: lines(1) }))).code, '2020');
    assert.equal((await fault(call('createInvoice', { CustomerRef: { value: '999999' }, Line: lines(1) }))).code, '2500');
    const once = () => invoice(3, { requestId: 'judge-request-1' });
    assert.equal((await once()).Id, (await once()).Id);
    const answer = await fetch(`${box.ready.quickbooks.url}/v3/company/${realm}/invoice/1`, { headers: { Authorization: 'Bearer wrong', Accept: 'application/json' } });
    assert.equal(answer.status, 401);
    assert.ok(answer.headers.get('intuit_tid') && answer.headers.get('www-authenticate'));
    assert.equal((await answer.json()).fault.error[0].code, '3200');
    const foreign = await fetch(`${box.ready.quickbooks.url}/v3/company/123/invoice/1`, { headers: { Authorization: `Bearer ${qbo.token}`, Accept: 'application/json' } });
    assert.equal(foreign.status, 403);
    assert.equal((await oauth.makeApiCall({ url: `v3/company/${realm}/companyinfo/${realm}` })).json.CompanyInfo.domain, 'QBO');
  });

  test('webhooks: CloudEvents, signed', async () => {
    const i = await invoice(66);
    const sent = await inbox.next((d) => d.path === '/qbo' && d.body.includes(`"${i.Id}"`) && d.body.includes('invoice.created'), 20000);
    assert.equal(sent.headers['intuit-signature'], createHmac('sha256', verifier).update(sent.body).digest('base64'));
    const event = JSON.parse(sent.body).find((e) => e.intuitentityid === i.Id && e.type === 'qbo.invoice.created.v1');
    assert.equal(event.intuitaccountid, realm);
    assert.equal(event.specversion, '1.0');
  });

  test('refresh and revoke through node-quickbooks', async () => {
    const fresh = await call('refreshAccessToken');
    assert.ok(fresh.access_token);
    const { refreshToken } = qbo;
    await call('revokeAccess', true);
    qbo.refreshToken = refreshToken;
    await assert.rejects(call('refreshAccessToken'), (e) => e.response.status === 400 && e.response.data.error === 'invalid_grant');
  });
});
