// Xero's own Node SDK against the sandbox. It knows only Xero's hosts, so its
// https calls are folded onto the sandbox's port; the SDK itself is untouched.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import xeroNode from 'xero-node';
import { consent } from './consent.mjs';
import { fold } from './hosts.mjs';
import { Inbox, start } from './sandbox.mjs';

const { XeroClient } = xeroNode;
const redirect = 'http://127.0.0.1:9499/xero/callback';
const key = 'judge-webhook-key';
const scopes = ['openid', 'profile', 'email', 'offline_access', 'accounting.invoices', 'accounting.payments', 'accounting.banktransactions',
  'accounting.contacts', 'accounting.settings', 'accounting.attachments', 'accounting.reports.balancesheet.read',
  'accounting.reports.trialbalance.read', 'accounting.reports.banksummary.read', 'accounting.reports.aged.read'];

// failure reads the text that the SDK rejects with.
const failure = async (call) => {
  let said;
  await assert.rejects(call, (e) => { said = e; return true; });
  return (typeof said === 'string' ? JSON.parse(said) : said).response;
};

describe('xero-node', () => {
  let box; let inbox; let xero; let api; let tenant; let contact;

  before(async () => {
    inbox = await new Inbox().open();
    box = await start({
      xero: { listen: '127.0.0.1:0', client_id: 'judge-x', client_secret: 'hush', redirect_uris: [redirect], webhook: { url: `${inbox.url}/xero`, key } },
      seed: 7, invoices: 3, no_history: true,
    });
    fold({ 'xero.com': box.ready.xero.url });
    // A receiver that passes Xero's validation: 200 for a good signature, 401 else.
    inbox.status = (request, body) => (sign(body) === request.headers['x-xero-signature'] ? 200 : 401);
    xero = new XeroClient({ clientId: 'judge-x', clientSecret: 'hush', redirectUris: [redirect], scopes, state: 's1', httpTimeout: 10000 });
    const back = await consent(await xero.buildConsentUrl());
    await xero.apiCallback(back);
    await xero.updateTenants();
    api = xero.accountingApi;
    tenant = xero.tenants[0].tenantId;
    contact = (await api.createContacts(tenant, { contacts: [{ name: 'Judge & Co', emailAddress: 'j@example.com' }] })).body.contacts[0];
  });
  after(async () => { inbox.close(); await box?.stop(); });

  const sign = (body) => createHmac('sha256', key).update(body).digest('base64');
  const line = (unitAmount = 100, more = {}) => ({ description: 'Work', quantity: 1, unitAmount, accountCode: '200', taxType: 'NONE', ...more });
  const invoice = async (amount = 100, more = {}) => (await api.createInvoices(tenant, { invoices: [{
    type: 'ACCREC', contact: { contactID: contact.contactID }, date: '2026-11-02', dueDate: '2026-12-02', status: 'AUTHORISED', lineItems: [line(amount)], ...more,
  }] })).body.invoices[0];
  const pay = (id, amount) => api.createPayment(tenant, { invoice: { invoiceID: id }, account: { code: '090' }, date: '2026-11-03', amount });
  const read = async (id) => (await api.getInvoice(tenant, id)).body.invoices[0];

  test('discovery, id token, tenants, refresh, old refresh token in its grace', async () => {
    const old = xero.readTokenSet();
    assert.equal(old.expires_in > 1700 && old.expires_in <= 1800, true);
    assert.ok(old.claims().xero_userid, 'the id token names the user');
    assert.match(tenant, /^[0-9a-f-]{36}$/);
    assert.equal(xero.tenants[0].tenantType, 'ORGANISATION');
    assert.equal(xero.tenants[0].orgData.organisationID, tenant);
    const next = await xero.refreshToken();
    assert.notEqual(next.refresh_token, old.refresh_token);
    await xero.refreshWithRefreshToken('judge-x', 'hush', old.refresh_token);
    assert.equal((await api.getOrganisations(tenant)).body.organisations.length, 1);
  });

  test('organisation, accounts, currencies, tax rates, themes, actions, users', async () => {
    const { body } = await api.getOrganisations(tenant);
    assert.ok(body.organisations[0].baseCurrency);
    const { body: { accounts } } = await api.getAccounts(tenant);
    assert.ok(accounts.find((a) => a.code === '200' && a.type === 'REVENUE'));
    assert.ok(accounts.find((a) => a.code === '090'));
    const banks = await api.getAccounts(tenant, undefined, 'Type=="BANK"', 'Name ASC');
    assert.ok(banks.body.accounts.every((a) => a.type === 'BANK'));
    const made = await api.createAccount(tenant, { code: 'J1', name: 'Judge clearing', type: 'CURRENT', enablePaymentsToAccount: true });
    assert.equal(made.body.accounts[0].code, 'J1');
    assert.ok((await api.getCurrencies(tenant)).body.currencies.length > 0);
    assert.ok((await api.getTaxRates(tenant)).body.taxRates.length > 0);
    assert.ok((await api.getBrandingThemes(tenant)).body.brandingThemes.length > 0);
  });

  test('contacts: create, update, list by page, where, search, archived', async () => {
    const name = 'Contact Zed';
    const [c] = (await api.updateOrCreateContacts(tenant, { contacts: [{ name, contactNumber: 'Z1' }] })).body.contacts;
    const changed = await api.updateContact(tenant, c.contactID, { contacts: [{ emailAddress: 'z@example.com' }] });
    assert.equal(changed.body.contacts[0].emailAddress, 'z@example.com');
    assert.ok(changed.body.contacts[0].updatedDateUTC instanceof Date);
    const found = await api.getContacts(tenant, undefined, `Name=="${name}"`, undefined, undefined, 1);
    assert.equal(found.body.contacts.length, 1);
    assert.equal((await api.getContacts(tenant, undefined, undefined, undefined, [c.contactID])).body.contacts[0].name, name);
    assert.equal((await api.getContacts(tenant, undefined, undefined, undefined, undefined, 1, false, true, 'Zed')).body.contacts.length, 1);
    await api.updateContact(tenant, c.contactID, { contacts: [{ contactStatus: 'ARCHIVED' }] });
    const all = (archived) => api.getContacts(tenant, undefined, undefined, undefined, undefined, 1, archived, undefined, 'Zed');
    assert.deepEqual([(await all(false)).body.contacts.length, (await all(true)).body.contacts.length], [0, 1]);
    const again = await failure(api.createContacts(tenant, { contacts: [{ name: 'Judge & Co' }] }));
    assert.equal(again.statusCode, 400);
  });

  test('invoices: totals computed, dates, update, read by number, void, delete a draft', async () => {
    const i = await invoice(120.5, { lineItems: [line(100), line(10.25, { quantity: 2 })], invoiceNumber: 'JUDGE-1' });
    assert.equal(i.total, 120.5);
    assert.deepEqual([i.amountDue, i.amountPaid], [120.5, 0]);
    const byNumber = await read('JUDGE-1');
    assert.equal(byNumber.invoiceID, i.invoiceID);
    assert.equal(byNumber.lineItems.length, 2);
    const { response } = await api.getInvoice(tenant, i.invoiceID);
    assert.match(JSON.stringify(response.data.Invoices[0].Date), /\/Date\(\d+\+0000\)\//);
    assert.match(response.data.Invoices[0].DateString, /^2026-11-02T00:00:00$/);
    for (const name of ['Id', 'Status', 'ProviderName', 'DateTimeUTC']) assert.ok(response.data[name], name);
    const touched = await api.updateInvoice(tenant, i.invoiceID, { invoices: [{ reference: 'PO 7', url: 'https://pay.example.com/x' }] });
    assert.equal(touched.body.invoices[0].reference, 'PO 7');
    assert.equal((await read(i.invoiceID)).lineItems.length, 2);
    const through = await api.updateOrCreateInvoices(tenant, { invoices: [{ invoiceID: i.invoiceID, reference: 'PO 8' }] });
    assert.equal(through.body.invoices[0].reference, 'PO 8');
    const voided = await api.updateInvoice(tenant, i.invoiceID, { invoices: [{ status: 'VOIDED' }] });
    assert.equal(voided.body.invoices[0].status, 'VOIDED');
    const draft = await invoice(10, { status: 'DRAFT' });
    assert.equal((await api.updateInvoice(tenant, draft.invoiceID, { invoices: [{ status: 'DELETED' }] })).body.invoices[0].status, 'DELETED');
    assert.equal((await failure(api.getInvoice(tenant, '00000000-0000-0000-0000-000000000001'))).statusCode, 404);
  });

  test('lists of invoices: pages, unpaged, filters, order, If-Modified-Since', async () => {
    for (let n = 0; n < 5; n++) await invoice(10 + n, { reference: `page-${n}` });
    const where = `Contact.ContactID==guid("${contact.contactID}")`;
    const page = (n, size) => api.getInvoices(tenant, undefined, where, 'InvoiceNumber ASC', undefined, undefined, undefined, undefined, n, undefined, undefined, undefined, undefined, size);
    const first = await page(1, 2);
    assert.equal(first.body.invoices.length, 2);
    assert.ok(first.body.invoices[0].lineItems.length > 0);
    assert.equal(first.body.pagination.pageSize, 2);
    assert.equal(first.body.pagination.pageCount, Math.ceil(first.body.pagination.itemCount / 2));
    assert.deepEqual((await page(99, 2)).body.invoices, []);
    const unpaged = await api.getInvoices(tenant, undefined, where);
    assert.equal(unpaged.body.invoices.length, first.body.pagination.itemCount);
    assert.deepEqual(unpaged.body.invoices[0].lineItems, []);
    assert.equal(unpaged.body.pagination, undefined);
    const ids = unpaged.body.invoices.slice(0, 2).map((i) => i.invoiceID);
    assert.equal((await api.getInvoices(tenant, undefined, undefined, undefined, ids)).body.invoices.length, 2);
    const statuses = await api.getInvoices(tenant, undefined, undefined, undefined, undefined, undefined, [contact.contactID], ['AUTHORISED'], 1);
    assert.ok(statuses.body.invoices.every((i) => i.status === 'AUTHORISED'));
    assert.deepEqual((await api.getInvoices(tenant, new Date('2030-01-01'))).body.invoices, []);
    const dated = await api.getInvoices(tenant, undefined, 'Date >= DateTime(2026, 11, 02) && Date < DateTime(2026, 11, 03)', undefined, undefined, undefined, undefined, undefined, 1);
    assert.ok(dated.body.invoices.length >= 5);
    assert.equal((await failure(api.getInvoices(tenant, undefined, 'Nonsense ===='))).statusCode, 400);
    const summary = await api.getInvoices(tenant, undefined, undefined, undefined, undefined, undefined, undefined, undefined, 1, undefined, undefined, undefined, true);
    assert.ok(summary.body.invoices.length > 0);
  });

  test('payments: partly, fully, deleted, overpaid', async () => {
    const i = await invoice(80);
    const [part] = (await pay(i.invoiceID, 30)).body.payments;
    assert.equal((await read(i.invoiceID)).amountDue, 50);
    await pay(i.invoiceID, 50);
    const done = await read(i.invoiceID);
    assert.deepEqual([done.status, done.amountDue, done.amountPaid], ['PAID', 0, 80]);
    assert.ok(done.fullyPaidOnDate);
    const gone = await api.deletePayment(tenant, part.paymentID, { status: 'DELETED' });
    assert.equal(gone.body.payments[0].status, 'DELETED');
    const back = await read(i.invoiceID);
    assert.deepEqual([back.status, back.amountDue], ['AUTHORISED', 30]);
    const over = await failure(pay(i.invoiceID, 31));
    assert.equal(over.statusCode, 400);
    assert.equal(over.body.ErrorNumber, 10);
    assert.equal(over.body.Type, 'ValidationException');
    assert.match(over.body.Elements[0].ValidationErrors[0].Message, /exceeds the amount outstanding/i);
    const blocked = await failure(api.updateInvoice(tenant, i.invoiceID, { invoices: [{ status: 'VOIDED' }] }));
    assert.equal(blocked.statusCode, 400);
    assert.ok((await api.getPayments(tenant, undefined, 'Status=="AUTHORISED"', undefined, 1)).body.payments.length > 0);
    assert.equal((await api.getPayment(tenant, part.paymentID)).body.payments[0].invoice.invoiceID, i.invoiceID);
    const several = await api.createPayments(tenant, { payments: [{ invoice: { invoiceID: i.invoiceID }, account: { code: '090' }, date: '2026-11-04', amount: 5 }] }, false);
    assert.equal(several.body.payments[0].amount, 5);
  });

  test('batch payments: made, read, deleted', async () => {
    const [a, b] = [await invoice(40), await invoice(60)];
    const account = (await api.getAccounts(tenant)).body.accounts.find((x) => x.code === '090');
    const made = await api.createBatchPayment(tenant, { batchPayments: [{
      account: { accountID: account.accountID }, date: '2026-11-05', reference: 'Deposit 1',
      payments: [{ invoice: { invoiceID: a.invoiceID }, amount: 40 }, { invoice: { invoiceID: b.invoiceID }, amount: 25 }],
    }] });
    const [batch] = made.body.batchPayments;
    assert.equal(Number(batch.totalAmount), 65);
    assert.equal(batch.type, 'RECBATCH');
    assert.equal((await read(a.invoiceID)).status, 'PAID');
    assert.equal((await api.getBatchPayment(tenant, batch.batchPaymentID)).body.batchPayments[0].payments.length, 2);
    assert.ok((await api.getBatchPayments(tenant)).body.batchPayments.length > 0);
    await api.deleteBatchPayment(tenant, { batchPaymentID: batch.batchPaymentID, status: 'DELETED' });
    assert.equal((await read(a.invoiceID)).status, 'AUTHORISED');
  });

  test('credit notes: allocated, too much, taken back', async () => {
    const i = await invoice(90);
    const [note] = (await api.createCreditNotes(tenant, { creditNotes: [{
      type: 'ACCRECCREDIT', contact: { contactID: contact.contactID }, date: '2026-11-06', status: 'AUTHORISED', lineItems: [line(50)],
    }] })).body.creditNotes;
    assert.equal(note.remainingCredit, 50);
    const [made] = (await api.createCreditNoteAllocation(tenant, note.creditNoteID, { allocations: [{ invoice: { invoiceID: i.invoiceID }, amount: 20, date: '2026-11-06' }] })).body.allocations;
    assert.equal(made.amount, 20);
    assert.deepEqual([(await read(i.invoiceID)).amountDue, (await read(i.invoiceID)).amountCredited], [70, 20]);
    const read1 = (await api.getCreditNote(tenant, note.creditNoteID)).body.creditNotes[0];
    assert.deepEqual([read1.remainingCredit, read1.allocations.length], [30, 1]);
    assert.equal((await failure(api.createCreditNoteAllocation(tenant, note.creditNoteID, { allocations: [{ invoice: { invoiceID: i.invoiceID }, amount: 31, date: '2026-11-06' }] }))).statusCode, 400);
    await api.deleteCreditNoteAllocations(tenant, note.creditNoteID, read1.allocations[0].allocationID);
    assert.equal((await read(i.invoiceID)).amountDue, 90);
    assert.ok((await api.getCreditNotes(tenant, undefined, undefined, undefined, 1)).body.creditNotes.length > 0);
  });

  test('overpayments and prepayments through bank transactions, allocated', async () => {
    const i = await invoice(200);
    for (const [type, list, allocate, id] of [
      ['RECEIVE-OVERPAYMENT', 'getOverpayments', 'createOverpaymentAllocations', 'overpaymentID'],
      ['RECEIVE-PREPAYMENT', 'getPrepayments', 'createPrepaymentAllocations', 'prepaymentID'],
    ]) {
      const lines = type === 'RECEIVE-OVERPAYMENT' ? [{ description: 'Too much', lineAmount: 35 }] : [line(35)];
      const { body } = await api.createBankTransactions(tenant, { bankTransactions: [{
        type, contact: { contactID: contact.contactID }, bankAccount: { code: '090' }, date: '2026-11-07', lineItems: lines,
      }] });
      const made = body.bankTransactions[0][id];
      assert.ok(made, `${type} names its ${id}`);
      const rows = (await api[list](tenant, undefined, undefined, undefined, 1)).body;
      const row = Object.values(rows).flat().find((r) => r && r[id] === made);
      assert.equal(row.remainingCredit, 35);
      await api[allocate](tenant, made, { allocations: [{ invoice: { invoiceID: i.invoiceID }, amount: 35, date: '2026-11-07' }] });
    }
    assert.equal((await read(i.invoiceID)).amountDue, 130);
  });

  test('bank transactions and transfers', async () => {
    const made = await api.createBankTransactions(tenant, { bankTransactions: [{
      type: 'SPEND', contact: { contactID: contact.contactID }, bankAccount: { code: '090' }, date: '2026-11-08', lineItems: [line(3.5, { accountCode: '404' })],
    }] });
    assert.equal(made.body.bankTransactions[0].total, 3.5);
    const banks = (await api.getAccounts(tenant, undefined, 'Type=="BANK"')).body.accounts.filter((a) => ['090', '091'].includes(a.code));
    const transfer = await api.createBankTransfer(tenant, { bankTransfers: [{ fromBankAccount: { accountID: banks[0].accountID }, toBankAccount: { accountID: banks[1].accountID }, amount: 12, date: '2026-11-08' }] });
    assert.equal(transfer.body.bankTransfers[0].amount, 12);
    assert.ok((await api.getBankTransfers(tenant)).body.bankTransfers.length > 0);
    assert.ok((await api.getBankTransactions(tenant, undefined, undefined, undefined, 1)).body.bankTransactions.length > 0);
  });

  test('history, online invoice, email, pdf, attachments', async () => {
    const i = await invoice(15);
    await api.createInvoiceHistory(tenant, i.invoiceID, { historyRecords: [{ details: 'Link sent' }] });
    const { historyRecords } = (await api.getInvoiceHistory(tenant, i.invoiceID)).body;
    assert.ok(historyRecords.some((h) => h.details === 'Link sent'));
    assert.match((await api.getOnlineInvoice(tenant, i.invoiceID)).body.onlineInvoices[0].onlineInvoiceUrl, /^http/);
    const mailed = await api.emailInvoice(tenant, i.invoiceID, {});
    assert.equal(mailed.response.status, 204);
    assert.equal((await read(i.invoiceID)).sentToContact, true);
    const pdf = await api.getInvoiceAsPdf(tenant, i.invoiceID);
    assert.equal(Buffer.from(pdf.body).subarray(0, 5).toString(), '%PDF-');
    const put = await api.createInvoiceAttachmentByFileName(tenant, i.invoiceID, 'note.txt', Buffer.from('hello'), true, undefined, { headers: { 'Content-Type': 'text/plain' } });
    assert.equal(put.body.attachments[0].fileName, 'note.txt');
    const listed = (await api.getInvoiceAttachments(tenant, i.invoiceID)).body.attachments;
    assert.equal(Number(listed[0].contentLength), 5);
    assert.equal((await read(i.invoiceID)).hasAttachments, true);
    const bytes = await api.getInvoiceAttachmentByFileName(tenant, i.invoiceID, 'note.txt', 'text/plain');
    assert.equal(Buffer.from(bytes.body).toString(), 'hello');
  });

  test('reports', async () => {
    for (const call of [() => api.getReportBalanceSheet(tenant, '2026-11-30'), () => api.getReportTrialBalance(tenant, '2026-11-30'),
      () => api.getReportBankSummary(tenant, '2026-11-01', '2026-11-30'), () => api.getReportAgedReceivablesByContact(tenant, contact.contactID)]) {
      const { body } = await call();
      assert.ok(body.reports[0].rows.length > 0);
      assert.equal(body.reports[0].rows[0].rowType, 'Header');
    }
  });

  test('payment services are for partners', async () => {
    const refused = await failure(api.createPaymentService(tenant, { paymentServices: [{ paymentServiceName: 'Pay', paymentServiceUrl: 'https://x.example.com', payNowText: 'Pay now' }] }));
    assert.ok([401, 403].includes(refused.statusCode), `${refused.statusCode}`);
  });

  test('errors: several elements, summarizeErrors, idempotency, foreign tenant, no token', async () => {
    const two = { invoices: [
      { type: 'ACCREC', contact: { contactID: contact.contactID }, date: '2026-11-02', dueDate: '2026-12-02', status: 'AUTHORISED', lineItems: [line(5)] },
      { type: 'ACCREC', contact: { contactID: contact.contactID }, date: '2026-11-02', status: 'AUTHORISED', lineItems: [line(5, { accountCode: 'NONE' })] },
    ] };
    const refused = await failure(api.createInvoices(tenant, two, true));
    assert.equal(refused.statusCode, 400);
    const { body } = await api.createInvoices(tenant, two, false);
    assert.deepEqual(body.invoices.map((i) => i.statusAttributeString), ['OK', 'ERROR']);
    assert.equal(body.invoices[1].hasErrors, true);
    assert.ok(body.invoices[1].validationErrors[0].message);
    const one = { invoices: [two.invoices[0]] };
    const ids = [];
    for (let n = 0; n < 2; n++) ids.push((await api.createInvoices(tenant, one, true, undefined, 'judge-key-1')).body.invoices[0].invoiceID);
    assert.equal(ids[0], ids[1]);
    assert.equal((await failure(api.getOrganisations('00000000-0000-0000-0000-000000000002'))).statusCode, 403);
    const stranger = new XeroClient();
    stranger.setTokenSet({ access_token: 'nonsense' });
    const unauthorised = await failure(stranger.accountingApi.getOrganisations(tenant));
    assert.equal(unauthorised.statusCode, 401);
  });

  test('limits are told on each answer', async () => {
    const { response } = await api.getOrganisations(tenant);
    for (const name of ['x-minlimit-remaining', 'x-daylimit-remaining', 'x-appminlimit-remaining']) assert.match(response.headers[name], /^\d+$/, name);
  });

  test('webhooks: intent to receive, then signed events', async () => {
    const answer = await fetch(`${box.ready.control.url}/xero/intent-to-receive`);
    assert.equal(answer.status, 200, await answer.text());
    const i = await invoice(77);
    const sent = await inbox.next((d) => d.status === 200 && d.body.includes(i.invoiceID), 20000);
    assert.equal(sign(sent.body), sent.headers['x-xero-signature']);
    const told = JSON.parse(sent.body);
    const event = told.events.find((e) => e.resourceId === i.invoiceID);
    assert.deepEqual([event.eventCategory, event.eventType, event.tenantId, event.tenantType], ['INVOICE', 'CREATE', tenant, 'ORGANISATION']);
    assert.equal(told.lastEventSequence - told.firstEventSequence + 1, told.events.length);
    assert.ok(told.entropy);
  });

  test('revocation ends the refresh token; a connection can be removed', async () => {
    const { refresh_token: token } = xero.readTokenSet();
    await xero.revokeToken();
    await assert.rejects(xero.refreshWithRefreshToken('judge-x', 'hush', token), (e) => {
      assert.equal(e.response.status, 400);
      assert.equal(e.response.data.error, 'invalid_grant');
      return true;
    });
  });
});
