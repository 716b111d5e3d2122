// Stripe's own Node SDK against the sandbox: the newest release, the last of
// the dahlia versions, and the one of API version 2023-10-16. The SDK's own
// host, port and protocol options are its whole configuration.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import Newest from 'stripe';
import Dahlia from 'stripe-dahlia';
import Old from 'stripe-2023-10-16';
import { formOf } from './consent.mjs';
import { Inbox, start } from './sandbox.mjs';

for (const [name, Stripe, modern] of [['newest', Newest, true], ['dahlia', Dahlia, true], ['2023-10-16', Old, false]]) {
  describe(`stripe-node ${name} (${Stripe.PACKAGE_VERSION})`, () => {
    let box; let inbox; let stripe;

    before(async () => {
      inbox = await new Inbox().open();
      box = await start({ stripe: { listen: '127.0.0.1:0', secret_key: 'sk_test_judge' }, seed: 7, invoices: 3, no_history: true });
      const { hostname, port } = new URL(box.ready.stripe.url);
      stripe = new Stripe('sk_test_judge', { host: hostname, port, protocol: 'http', maxNetworkRetries: 0, telemetry: false });
    });
    after(async () => { inbox.close(); await box?.stop(); });

    const customer = (more = {}) => stripe.customers.create({ name: 'Ada', email: 'ada@example.com', ...more });
    const paid = async (amount = 5000, more = {}) => stripe.paymentIntents.create({
      amount, currency: 'usd', payment_method: 'pm_card_visa', confirm: true,
      automatic_payment_methods: { enabled: true, allow_redirects: 'never' }, ...more,
    });
    // An invoice with one line of the amount, a draft.
    const draft = async (amount = 2500, more = {}) => {
      const c = await customer();
      const invoice = await stripe.invoices.create({
        customer: c.id, collection_method: 'send_invoice', days_until_due: 30, currency: 'usd', ...more,
      });
      await stripe.invoiceItems.create({ customer: c.id, invoice: invoice.id, amount, currency: 'usd', description: 'Work' });
      return invoice.id;
    };

    test('customers: metadata merges, empty removes, deleted stay readable', async () => {
      const c = await customer({ metadata: { a: '1', b: '2' }, address: { line1: 'High St 1', country: 'GB' } });
      assert.equal(c.object, 'customer');
      assert.equal(c.livemode, false);
      const changed = await stripe.customers.update(c.id, { metadata: { b: '', c: '3' } });
      assert.deepEqual(changed.metadata, { a: '1', c: '3' });
      assert.equal((await stripe.customers.retrieve(c.id)).address.line1, 'High St 1');
      assert.deepEqual(await stripe.customers.del(c.id), { id: c.id, object: 'customer', deleted: true });
      assert.equal((await stripe.customers.retrieve(c.id)).deleted, true);
    });

    test('lists: newest first, auto-pagination over pages, has_more to the point', async () => {
      const ids = [];
      for (let i = 0; i < 7; i++) ids.push((await customer({ email: 'page@example.com', name: `P${i}` })).id);
      const page = await stripe.customers.list({ email: 'page@example.com', limit: 7 });
      assert.equal(page.has_more, false);
      assert.deepEqual(page.data.map((c) => c.id).reverse(), ids);
      const walked = await stripe.customers.list({ email: 'page@example.com', limit: 3 }).autoPagingToArray({ limit: 100 });
      assert.deepEqual(walked.map((c) => c.id).reverse(), ids);
      const back = await stripe.customers.list({ email: 'page@example.com', limit: 2, ending_before: ids[3] });
      assert.deepEqual(back.data.map((c) => c.id), [ids[5], ids[4]]);
      assert.equal(back.has_more, true);
    });

    test('errors: types, codes, params, request ids', async () => {
      await assert.rejects(stripe.customers.retrieve('cus_none'), (e) => {
        assert.equal(e.type, 'StripeInvalidRequestError');
        assert.equal(e.statusCode, 404);
        assert.equal(e.code, 'resource_missing');
        assert.equal(e.param, 'id');
        assert.match(e.requestId, /^req_/);
        return true;
      });
      await assert.rejects(stripe.customers.create({ nonsense: 'x' }), (e) => e.code === 'parameter_unknown' && e.param === 'nonsense' && e.statusCode === 400);
      await assert.rejects(stripe.paymentIntents.create({ currency: 'usd' }), (e) => e.code === 'parameter_missing' && e.param === 'amount');
      const wrong = new Stripe('sk_test_wrong', { host: '127.0.0.1', port: new URL(box.ready.stripe.url).port, protocol: 'http', maxNetworkRetries: 0 });
      await assert.rejects(wrong.customers.list(), (e) => e.type === 'StripeAuthenticationError' && e.statusCode === 401);
      await assert.rejects(paid(5000, { payment_method: 'pm_card_chargeDeclinedInsufficientFunds' }), (e) => {
        assert.equal(e.type, 'StripeCardError');
        assert.equal(e.statusCode, 402);
        assert.equal(e.code, 'card_declined');
        assert.equal(e.decline_code, 'insufficient_funds');
        assert.equal(e.payment_intent.status, 'requires_payment_method');
        return true;
      });
    });

    test('idempotency: the same answer again, other parameters refused', async () => {
      const options = { idempotencyKey: `key-${name}` };
      const first = await stripe.customers.create({ name: 'Once' }, options);
      const again = await stripe.customers.create({ name: 'Once' }, options);
      assert.equal(again.id, first.id);
      assert.equal(again.lastResponse.headers['idempotent-replayed'], 'true');
      await assert.rejects(stripe.customers.create({ name: 'Twice' }, options), (e) => e.type === 'StripeIdempotencyError' && e.statusCode === 400);
    });

    test('products, prices, payment link, checkout session, paid on the hosted page', async () => {
      const product = await stripe.products.create({ name: 'Consulting', metadata: { sku: '7' } });
      const price = await stripe.prices.create({ product: product.id, currency: 'usd', unit_amount: 4200 });
      assert.equal(price.type, 'one_time');
      assert.equal(price.unit_amount_decimal.toString(), '4200');
      const link = await stripe.paymentLinks.create({ line_items: [{ price: price.id, quantity: 1 }], metadata: { invoice: '1' } });
      assert.match(link.url, /^http/);
      assert.equal((await stripe.paymentLinks.listLineItems(link.id)).data[0].amount_total, 4200);
      assert.equal((await stripe.paymentLinks.update(link.id, { active: false })).active, false);

      const session = await stripe.checkout.sessions.create({
        mode: 'payment', line_items: [{ price: price.id, quantity: 2 }], success_url: 'http://127.0.0.1:1/thanks', cancel_url: 'http://127.0.0.1:1/no',
      });
      assert.equal(session.status, 'open');
      assert.equal(session.amount_total, 8400);
      await payOnPage(session.url);
      const done = await stripe.checkout.sessions.retrieve(session.id, { expand: ['payment_intent.latest_charge.balance_transaction', 'line_items'] });
      assert.equal(done.status, 'complete');
      assert.equal(done.payment_status, 'paid');
      const bt = done.payment_intent.latest_charge.balance_transaction;
      assert.equal(bt.amount, 8400);
      assert.equal(bt.amount - bt.fee, bt.net);
      assert.equal(done.line_items.data[0].quantity, 2);
      const open = await stripe.checkout.sessions.create({
        mode: 'payment', line_items: [{ price: price.id, quantity: 1 }], success_url: 'http://127.0.0.1:1/thanks',
      });
      assert.equal((await stripe.checkout.sessions.expire(open.id)).status, 'expired');
    });

    test('invoice: draft, finalised, paid; void; uncollectible', async () => {
      const id = await draft();
      let invoice = await stripe.invoices.retrieve(id);
      assert.equal(invoice.status, 'draft');
      assert.equal(invoice.number, null);
      assert.equal(invoice.total, 2500);
      assert.equal(typeof invoice.hosted_invoice_url === 'string', false, 'a draft has no hosted page');
      invoice = await stripe.invoices.finalizeInvoice(id);
      assert.equal(invoice.status, 'open');
      assert.ok(invoice.number && invoice.hosted_invoice_url && invoice.invoice_pdf && invoice.due_date);
      assert.equal((await stripe.invoices.sendInvoice(id)).id, id);
      invoice = await stripe.invoices.pay(id, { payment_method: await attached(invoice.customer) });
      assert.equal(invoice.status, 'paid');
      assert.equal(invoice.amount_remaining, 0);
      if (modern) {
        assert.equal('charge' in invoice, false, 'no invoice.charge since basil');
        assert.equal('payment_intent' in invoice, false, 'no invoice.payment_intent since basil');
        const [payment] = (await stripe.invoicePayments.list({ invoice: id })).data;
        assert.equal(payment.amount_paid, 2500);
        assert.equal(payment.status, 'paid');
        const wide = await stripe.invoices.retrieve(id, { expand: ['payments'] });
        assert.equal(wide.payments.data[0].id, payment.id);
        assert.equal(wide.lines.data[0].parent.type, 'invoice_item_details');
      } else {
        assert.match(invoice.charge, /^(ch|py)_/);
        assert.match(invoice.payment_intent, /^pi_/);
        assert.equal(invoice.paid, true);
      }
      const voided = await draft();
      await stripe.invoices.finalizeInvoice(voided);
      assert.equal((await stripe.invoices.voidInvoice(voided)).status, 'void');
      const lost = await draft();
      await stripe.invoices.finalizeInvoice(lost);
      assert.equal((await stripe.invoices.markUncollectible(lost)).status, 'uncollectible');
      const gone = await draft();
      assert.equal((await stripe.invoices.del(gone)).deleted, true);
      await assert.rejects(stripe.invoices.retrieve(gone), (e) => e.code === 'resource_missing');
    });

    test('invoice items wait until they are asked for; paid out of band', async () => {
      const c = await customer();
      await stripe.invoiceItems.create({ customer: c.id, amount: 700, currency: 'usd' });
      const without = await stripe.invoices.create({ customer: c.id, currency: 'usd', pending_invoice_items_behavior: 'exclude' });
      assert.equal(without.total, 0);
      const withThem = await stripe.invoices.create({ customer: c.id, collection_method: 'send_invoice', days_until_due: 1, pending_invoice_items_behavior: 'include' });
      assert.equal(withThem.total, 700);
      const lines = await stripe.invoices.listLineItems(withThem.id);
      assert.equal(lines.data[0].amount, 700);
      await stripe.invoices.finalizeInvoice(withThem.id);
      const invoice = await stripe.invoices.pay(withThem.id, { paid_out_of_band: true });
      assert.equal(invoice.status, 'paid');
    });

    test('credit notes: on an open invoice, on a paid one, voided', async () => {
      const id = await draft(3000);
      await stripe.invoices.finalizeInvoice(id);
      const note = await stripe.creditNotes.create({ invoice: id, amount: 1000, reason: 'order_change' });
      assert.equal(note.status, 'issued');
      let invoice = await stripe.invoices.retrieve(id);
      assert.deepEqual([invoice.total, invoice.amount_remaining], [3000, 2000]);
      assert.equal((await stripe.creditNotes.voidCreditNote(note.id)).status, 'void');
      invoice = await stripe.invoices.retrieve(id);
      assert.equal(invoice.amount_remaining, 3000);
      await stripe.invoices.pay(id, { payment_method: await attached(invoice.customer) });
      const refunding = await stripe.creditNotes.create({ invoice: id, amount: 500, refund_amount: 500 });
      assert.equal(refunding.type, 'post_payment');
      assert.equal((await stripe.creditNotes.list({ invoice: id })).data.length, 2);
    });

    test('payments: authorise and capture, refunds, balance transactions add up', async () => {
      const intent = await paid(5000, { capture_method: 'manual', metadata: { order: '9' } });
      assert.equal(intent.status, 'requires_capture');
      const captured = await stripe.paymentIntents.capture(intent.id, { amount_to_capture: 4000 });
      assert.equal(captured.amount_received, 4000);
      const refund = await stripe.refunds.create({ payment_intent: intent.id, amount: 1500, reason: 'requested_by_customer' });
      assert.equal(refund.status, 'succeeded');
      const charge = await stripe.charges.retrieve(captured.latest_charge);
      assert.equal(charge.amount_refunded, 1500 + 1000 * (charge.amount === 5000 ? 1 : 0));
      await assert.rejects(stripe.refunds.create({ payment_intent: intent.id, amount: 9999 }), (e) => e.statusCode === 400);
      const all = await stripe.balanceTransactions.list({ limit: 100 }).autoPagingToArray({ limit: 1000 });
      for (const bt of all) assert.equal(bt.amount - bt.fee, bt.net);
      const balance = await stripe.balance.retrieve();
      const held = [...balance.available, ...balance.pending].filter((b) => b.currency === 'usd').reduce((sum, b) => sum + b.amount, 0);
      assert.equal(all.filter((bt) => bt.currency === 'usd').reduce((sum, bt) => sum + bt.net, 0), held);
    });

    test('payouts: what is available leaves, its transactions add up', async () => {
      await paid(10000, { payment_method: 'pm_card_bypassPending' });
      const manual = await stripe.payouts.create({ amount: 100, currency: 'usd' });
      assert.equal(manual.automatic, false);
      assert.equal((await stripe.payouts.retrieve(manual.id, { expand: ['balance_transaction'] })).balance_transaction.amount, -100);
      await paid(20000);
      await box.control('POST', '/clock/advance', { days: 8 });
      // The sandbox's payers and payouts move when the control API says so.
      const { id: account } = modern ? await stripe.accounts.retrieveCurrent() : await stripe.accounts.retrieve();
      await box.control('POST', `/stripe/${account}/payouts/run`, {});
      const [payout] = (await stripe.payouts.list({ limit: 100 })).data.filter((p) => p.automatic);
      assert.ok(payout, 'an automatic payout after eight days');
      const members = await stripe.balanceTransactions.list({ payout: payout.id, limit: 100 }).autoPagingToArray({ limit: 1000 });
      assert.equal(members.filter((m) => m.source !== payout.id).reduce((sum, m) => sum + m.net, 0), payout.amount);
    });

    test('search: query language, pages', async () => {
      for (let i = 0; i < 3; i++) await customer({ email: 'find@example.com', metadata: { lot: 'x7' } });
      const found = await stripe.customers.search({ query: "email:'find@example.com' AND metadata['lot']:'x7'", limit: 2 });
      assert.equal(found.object, 'search_result');
      assert.equal(found.has_more, true);
      const all = await stripe.customers.search({ query: "email:'find@example.com'", limit: 2 }).autoPagingToArray({ limit: 10 });
      assert.equal(all.length, 3);
      assert.ok((await stripe.paymentIntents.search({ query: "status:'succeeded'" })).data.length > 0);
      await assert.rejects(stripe.customers.search({ query: 'nonsense' }), (e) => e.statusCode === 400);
    });

    test('webhooks: constructEvent on a real delivery', async () => {
      const hook = await stripe.webhookEndpoints.create({ url: `${inbox.url}/stripe`, enabled_events: ['customer.created', 'customer.updated'] });
      assert.match(hook.secret, /^whsec_/);
      assert.equal((await stripe.webhookEndpoints.retrieve(hook.id)).secret, undefined, 'the secret is shown once');
      const c = await customer({ name: 'Hooked' });
      const sent = await inbox.next((d) => d.body.includes(c.id) && d.body.includes('customer.created'));
      const event = stripe.webhooks.constructEvent(sent.body, sent.headers['stripe-signature'], hook.secret, 600 + 9 * 86400);
      assert.equal(event.type, 'customer.created');
      assert.equal(event.data.object.name, 'Hooked');
      assert.throws(() => stripe.webhooks.constructEvent(sent.body + ' ', sent.headers['stripe-signature'], hook.secret), /signature/i);
      await stripe.customers.update(c.id, { name: 'Renamed' });
      const second = JSON.parse((await inbox.next((d) => d.body.includes(c.id) && d.body.includes('customer.updated'))).body);
      assert.equal(second.data.previous_attributes.name, 'Hooked');
      const listed = await stripe.events.list({ type: 'customer.updated', limit: 1 });
      assert.equal(listed.data[0].id, second.id);
      assert.equal((await stripe.webhookEndpoints.del(hook.id)).deleted, true);
    });

    test('payment methods, setup intents, accounts', async () => {
      const c = await customer();
      const setup = await stripe.setupIntents.create({ customer: c.id, payment_method: 'pm_card_visa', confirm: true, automatic_payment_methods: { enabled: true, allow_redirects: 'never' } });
      assert.equal(setup.status, 'succeeded');
      const methods = await stripe.customers.listPaymentMethods(c.id, { type: 'card' });
      assert.equal(methods.data[0].card.last4, '4242');
      const off = await stripe.paymentIntents.create({ amount: 900, currency: 'usd', customer: c.id, payment_method: methods.data[0].id, off_session: true, confirm: true });
      assert.equal(off.status, 'succeeded');
      assert.equal((await stripe.paymentMethods.detach(methods.data[0].id)).customer, null);
      const me = modern ? await stripe.accounts.retrieveCurrent() : await stripe.accounts.retrieve();
      assert.match(me.id, /^acct_/);
    });

    test('bank debits: processing, settled by the clock, failing', async () => {
      const c = await customer();
      const debit = (payment_method) => stripe.paymentIntents.create({
        amount: 7000, currency: 'usd', customer: c.id, payment_method, payment_method_types: ['us_bank_account'], confirm: true,
        mandate_data: { customer_acceptance: { type: 'offline', offline: {} } },
      });
      const [good, bad] = [await debit('pm_usBankAccount_success'), await debit('pm_usBankAccount_insufficientFunds')];
      assert.deepEqual([good.status, bad.status], ['processing', 'processing']);
      await box.control('POST', '/clock/advance', { days: 6 });
      assert.equal((await stripe.paymentIntents.retrieve(good.id)).status, 'succeeded');
      const failed = await stripe.paymentIntents.retrieve(bad.id);
      assert.equal(failed.status, 'requires_payment_method');
      assert.ok(failed.last_payment_error.code);
    });

    test('several payments of one invoice', { skip: !modern && 'since basil' }, async () => {
      const id = await draft(5000);
      await stripe.invoices.addLines(id, { lines: [{ amount: 1000, description: 'More' }] });
      const { customer: who } = await stripe.invoices.finalizeInvoice(id);
      const part = await paid(6000, { customer: who, payment_method: await attached(who) });
      const invoice = await stripe.invoices.attachPayment(id, { payment_intent: part.id });
      assert.equal((await stripe.invoicePayments.list({ invoice: id, status: 'paid' })).data[0].payment.payment_intent, part.id);
      assert.equal((await stripe.invoices.retrieve(invoice.id)).status, 'paid');
    });

    test('disputes: a card that is disputed, evidence, closing', async () => {
      const intent = await paid(3100, { payment_method: 'pm_card_createDispute' });
      const [dispute] = (await stripe.disputes.list({ payment_intent: intent.id })).data;
      assert.equal(dispute.amount, 3100);
      assert.equal(dispute.status, 'needs_response');
      assert.equal((await stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: 'losing_evidence' }, submit: true })).id, dispute.id);
      assert.equal((await stripe.disputes.retrieve(dispute.id)).status, 'lost');
    });

    async function attached(c) {
      const method = await stripe.paymentMethods.attach('pm_card_visa', { customer: typeof c === 'string' ? c : c.id });
      return method.id;
    }
  });
}

/** payOnPage fills the hosted page with Stripe's test card, without scripts. */
async function payOnPage(url) {
  const shown = await fetch(url);
  const page = await shown.text();
  assert.equal(shown.status, 200, page);
  const fields = formOf(page);
  for (const key of [...fields.keys()]) {
    if (/number|card/i.test(key) && !fields.get(key)) fields.set(key, '4242424242424242');
    if (/exp/i.test(key) && !fields.get(key)) fields.set(key, '12 / 34');
    if (/cvc/i.test(key) && !fields.get(key)) fields.set(key, '123');
    if (/email/i.test(key) && !fields.get(key)) fields.set(key, 'ada@example.com');
    if (/name/i.test(key) && !fields.get(key)) fields.set(key, 'Ada');
  }
  const action = page.match(/<form[^>]*action="([^"]*)"/)?.[1];
  const button = page.match(/<button[^>]*name="([^"]+)"[^>]*value="([^"]*)"/);
  if (button) fields.set(button[1], button[2]);
  const answer = await fetch(new URL(action ?? '', shown.url), { method: 'POST', body: fields, redirect: 'manual' });
  assert.ok(answer.status < 400, `${answer.status} ${await answer.text()}`);
}
